

# isort, see warm.py
class Isort:
    NAMES = (".isort.cfg", "pyproject.toml", "setup.cfg", "tox.ini", ".editorconfig")

    def __init__(self):
        import isort
        import isort.api
        import isort.exceptions
        import isort.main
        import isort.place
        import isort.settings

        self.isort = isort
        self.version = isort.__version__
        self.configs = {}
        self.placed = None
        # A search for settings that begins here ends here.
        self.nowhere = WORK / "nowhere"
        (self.nowhere / ".git").mkdir(parents=True)

    # What its command line takes and its configuration does not know.
    COMMAND_LINE = (
        "allow_root", "ask_to_apply", "check", "config_root", "deprecated_flags", "ext_format",
        "filename", "files", "jobs", "remapped_deprecated_args", "resolve_all_configs",
        "show_config", "show_diff", "show_files", "show_version", "write_to_stdout",
    )

    def capture(self, request):
        """The configuration as `isort .` has it in the project's directory: from
        its own parser of arguments, by the steps that its main function takes.
        (The function itself cannot be stopped halfway where it is compiled.)"""
        isort, settings = self.isort, self.isort.settings
        with Captured() as captured, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                given = isort.main.parse_args([*request["args"], "."])
                options = {k: v for k, v in given.items() if k not in self.COMMAND_LINE}
                if "filter_files" not in settings._Config.__dataclass_fields__:
                    options.pop("filter_files", None)
                own = options.get("settings_path")
                if own and os.path.isfile(own):
                    options["settings_file"] = os.path.abspath(own)
                    options["settings_path"] = os.path.dirname(options["settings_file"])
                else:
                    options["settings_path"] = os.path.abspath(own or ".")
                if "virtual_env" in options:
                    options["virtual_env"] = os.path.abspath(options["virtual_env"])
                if "src_paths" in options:
                    options["src_paths"] = {Path(one).resolve() for one in options["src_paths"]}
                config = settings.Config(**options)
                if not own and self.is_from_above(config, request["boundary"]):
                    options["settings_path"] = str(self.nowhere)
                    config = settings.Config(**options)
                trie = None
                if given.get("resolve_all_configs"):
                    trie = settings.find_all_configs(given.get("config_root", "."))
            except (Exception, SystemExit) as error:
                raise Refusal("config", captured.said(error))
        for warning in warned:
            # isort goes on without the file's settings, and would sort otherwise.
            if "Failed to pull configuration" in str(warning.message):
                raise Refusal("config", str(warning.message))
        return config, given.get("ext_format"), trie

    def is_from_above(self, config, boundary):
        """Whether the settings are from a file above the boundary."""
        files = [one.get("source", "") for one in getattr(config, "sources", ())]
        files = [os.path.realpath(str(one)) for one in files if os.path.isabs(str(one))]
        return any(not is_inside(one, os.path.realpath(boundary)) for one in files)

    def forget(self):
        for module in (self.isort.place, self.isort.settings):
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()

    def find(self, request):
        project, boundary = request["project"], request["boundary"]
        state = configuration(request, self.NAMES)
        key = (project, boundary, tuple(request["args"]))
        known = self.configs.get(key)
        if known is None or known[0] != state:
            self.forget()
            known = self.configs[key] = (state, self.capture(request))
        return known[1]

    def place_again(self, config):
        """Where a module belongs is looked up in the directories of sources, and
        remembered; forget when those change, and in any case after a while."""
        now = time.monotonic()
        state = tuple(stamp(path) for path in getattr(config, "src_paths", ()))
        if self.placed is None or self.placed[0] != state or now - self.placed[1] > 2:
            for value in list(vars(self.isort.place).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()
            self.placed = (state, now)

    def skipped(self, config, path):
        if not path.exists():
            # A file that is not in the work tree (any more) is no less sorted.
            kept = os.path.isfile
            os.path.isfile = lambda other: str(other) == str(path) or kept(other)
            try:
                return config.is_skipped(path)
            finally:
                os.path.isfile = kept
        if not config.is_skipped(path):
            return False
        listed = getattr(config, "git_ls_files", None)
        if getattr(config, "skip_gitignore", False) and listed:
            listed.clear()
            return config.is_skipped(path)
        return True

    def excluded(self, request, config):
        path, project = Path(request["path"]), Path(request["project"])
        filtered = request["walked"] or getattr(config, "filter_files", False)
        if not filtered or not is_inside(path, project):
            return None
        if request["walked"]:
            inside = project
            for part in path.relative_to(project).parts[:-1]:
                inside = inside / part
                if config.is_skipped(inside):
                    return "isort skips the directory %s" % inside.relative_to(project)
            # The first versions had a function for it.
            supports = getattr(config, "is_supported_filetype", None)
            supports = supports or self.isort.main.is_python_file
            if not supports(str(path)):
                return "isort does not sort this type of file"
        if self.skipped(config, path):
            return "isort's settings skip it"
        return None

    def answer(self, request, source):
        isort = self.isort
        config, extension, trie = self.find(request)
        if trie is not None:
            name, settings = trie.search(request["path"])
            config = isort.settings.Config(**settings)
        reason = self.excluded(request, config)
        if reason:
            raise Refusal("excluded", reason)
        self.place_again(config)
        path = WORK / ("file" + Path(request["path"]).suffix)
        path.write_bytes(source)
        with Captured(), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            self.sort(config, path, request, extension)
        said = [str(warning.message) for warning in warned]
        introduced = [text for text in said if "introduces" in text]
        if introduced:
            raise Refusal("internal", introduced[0])
        return path.read_bytes()

    def sort(self, config, path, request, extension):
        errors = self.isort.exceptions
        try:
            self.isort.api.sort_file(
                path,
                config=config,
                file_path=Path(request["path"]),
                disregard_skip=True,
                extension=extension,
            )
        except errors.FileSkipComment:
            raise Refusal("excluded", "an `isort: skip_file` comment")
        except errors.FileSkipped as error:
            raise Refusal("excluded", words(error))
        except (getattr(errors, "UnsupportedEncoding", UnicodeError), UnicodeError) as error:
            raise Refusal("syntax", words(error).replace(str(path), request["path"]))
        except errors.ISortError as error:
            raise Refusal("config", words(error).replace(str(path), request["path"]))
