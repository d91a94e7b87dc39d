

# black, see warm.py
class Black:
    NAMES = ("pyproject.toml", ".gitignore")

    def __init__(self):
        import black
        import black.files

        self.black = black
        self.version = black.__version__
        self.options = {}

    def forget(self):
        for module in (self.black, self.black.files):
            for value in list(vars(module).values()):
                clear = getattr(value, "cache_clear", None)
                if callable(clear):
                    clear()

    def capture(self, request):
        """The options as `black .` has them in the project's directory."""
        black, project = self.black, Path(request["project"])
        arguments = list(request["args"])
        try:
            root = black.find_project_root((str(project),))
        except Exception as error:
            text = "cannot read %s: %s" % (project / "pyproject.toml", words(error))
            raise Refusal("config", text)
        root = Path(root[0] if isinstance(root, tuple) else root)
        if not is_inside(root, Path(os.path.realpath(request["boundary"]))):
            root = Path(os.path.realpath(request["project"]))
            if not any(a == "--config" or a.startswith("--config=") for a in arguments):
                own = project / "pyproject.toml"
                config = own if own.is_file() else WORK / "empty.toml"
                arguments += ["--config", str(config)]
        # A name of the right kind inside the project, so that the search for a
        # configuration begins where `black .` begins it. It is never read.
        arguments += ["--stdin-filename", str(project / "hive.py"), "-"]
        modes = []

        def reformat_one(src, fast, write_back, mode, report, **_):
            modes.append(mode)

        problem = None
        original, black.reformat_one = black.reformat_one, reformat_one
        with Captured() as captured:
            try:
                with black.main.make_context("black", arguments) as context:
                    parameters = dict(context.params)
                    # The made-up name must not be excluded; the file's own is
                    # looked at for each request.
                    context.params["force_exclude"] = None
                    black.main.invoke(context)
            except (Exception, SystemExit) as error:
                problem = captured.said(error)
            finally:
                black.reformat_one = original
        if not modes:
            said = captured.text.getvalue().strip()
            raise Refusal("config", said or problem or "black gave no options")
        return modes[0], root, parameters

    def find(self, request):
        project, boundary = request["project"], request["boundary"]
        state = configuration(request, self.NAMES)
        key = (project, boundary, tuple(request["args"]))
        known = self.options.get(key)
        if known is None or known[0] != state:
            self.forget()
            known = self.options[key] = (state, self.capture(request))
        return known[1]

    def excluded(self, path, root, parameters, walked):
        """Why the command line would leave a file out."""
        black, path = self.black, Path(path)
        path = Path(os.path.realpath(str(path.parent))) / path.name
        if not is_inside(path, root):
            return None
        pattern = parameters.get("force_exclude")
        match = pattern and pattern.search("/" + path.relative_to(root).as_posix())
        if match and match.group(0):
            return "matches black's `force-exclude`"
        if not walked:
            return None
        exclude = parameters.get("exclude")
        ignore = exclude is None
        if ignore:
            compile_pattern = black.re_compile_maybe_verbose
            exclude = compile_pattern(black.DEFAULT_EXCLUDES)
        parts = path.relative_to(root).parts
        inside = root
        ignored = []
        for at, part in enumerate(parts):
            if ignore and (inside / ".gitignore").is_file():
                ignored.append((inside, black.files.get_gitignore(inside)))
            inside = inside / part
            last = at + 1 == len(parts)
            tail = "" if last else "/"
            for directory, spec in ignored:
                if spec.match_file(inside.relative_to(directory).as_posix() + tail):
                    return "matches a .gitignore file"
            name = "/" + "/".join(parts[: at + 1]) + tail
            for option, pattern in (
                ("exclude", exclude),
                ("extend-exclude", parameters.get("extend_exclude")),
                ("force-exclude", parameters.get("force_exclude")),
            ):
                match = pattern and pattern.search(name)
                if match and match.group(0):
                    return "matches black's `%s`" % option
        include = parameters.get("include")
        if include and not include.search("/" + "/".join(parts)):
            return "does not match black's `include`"
        return None

    def answer(self, request, source):
        black = self.black
        mode, root, parameters = self.find(request)
        reason = self.excluded(request["path"], root, parameters, request["walked"])
        if reason:
            raise Refusal("excluded", reason)
        path = WORK / ("file" + Path(request["path"]).suffix)
        path.write_bytes(source)
        extra = {}
        if request["lines"] is not None:
            extra["lines"] = [tuple(pair) for pair in request["lines"]]
        try:
            with Captured():
                changed = black.format_file_in_place(
                    path, fast=True, mode=mode, write_back=black.WriteBack.YES, **extra
                )
        except TypeError as error:
            if extra and "lines" in str(error):
                text = "black %s cannot format ranges of lines" % self.version
                raise Refusal("config", text)
            raise
        except Exception as error:
            text = words(error).replace(str(path), request["path"])
            kinds = (black.InvalidInput, ValueError, SyntaxError, LookupError)
            if isinstance(error, kinds):
                raise Refusal("syntax", text)
            raise Refusal("internal", text)
        return path.read_bytes() if changed else source
