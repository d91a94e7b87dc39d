//! The warm interpreter against the real command lines.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::{Answer, Request, Tool, Trouble, WarmServer};
use crate::process::{Program, Status};

pub(super) const TIME: Duration = Duration::from_mins(1);

/// The virtual environment with the real tools.
pub(super) struct Tools(PathBuf);

pub(super) fn tools() -> Tools {
    let venv = hive_test_support::tools().to_path_buf();
    Tools(venv.join("bin"))
}

impl Tools {
    pub(super) fn python(&self) -> PathBuf {
        self.0.join("python")
    }

    fn version(&self, tool: Tool) -> String {
        let code = format!("import {0}; print({0}.__version__)", tool.name());
        let finished = Program::new(self.python())
            .args(["-I", "-c", &code])
            .run()
            .expect("the interpreter runs");
        let version = String::from_utf8(finished.stdout).expect("text");
        version.trim().to_owned()
    }

    pub(super) fn server(&self) -> WarmServer {
        let both = [Tool::Black, Tool::Isort].map(|tool| (tool, self.version(tool)));
        WarmServer::start(&self.python(), &both, &std::env::temp_dir(), None).expect("it starts")
    }

    /// Runs the tool's own command line and returns its exit code.
    pub(super) fn run(&self, tool: Tool, args: &[&str], directory: &Path) -> i32 {
        let finished = Program::new(self.0.join(tool.name()))
            .arg("-q")
            .args(args)
            .env("XDG_CACHE_HOME", directory.join(".cache"))
            .current_dir(directory)
            .run()
            .expect("the tool runs");
        match finished.status {
            Status::Code(code) => code,
            status @ Status::Signal(_) => panic!("{} {status}", tool.name()),
        }
    }
}

/// A project in a directory of its own.
pub(super) struct Project(TempDir);

impl Project {
    pub(super) fn new(pyproject: &str) -> Self {
        let project = Self(TempDir::new().expect("a directory"));
        project.write("pyproject.toml", pyproject);
        project
    }

    pub(super) fn root(&self) -> &Path {
        self.0.path()
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(&path, text).expect("a file");
        path
    }

    fn request<'a>(&'a self, tool: Tool, path: &'a Path, source: &'a [u8]) -> Request<'a> {
        Request {
            tool,
            path,
            project: self.root(),
            boundary: self.root(),
            args: &[],
            source,
            lines: None,
            walked: true,
        }
    }

    pub(super) fn ask(
        &self,
        server: &mut WarmServer,
        tool: Tool,
        path: &Path,
        source: &[u8],
    ) -> Result<Answer, Trouble> {
        server.answer(&self.request(tool, path, source), TIME)
    }
}

const SOURCE: &str = "import b\nimport a, os\nfrom pkg import z, y\nx = {'a': 1, 'b':  'text that is long enough', 'c': [1,2,3,],}\nclass A:\n    def f(self): ...\n";

/// Settings that must reach the tool as its command line reads them.
const SETTINGS: &[(&str, &str, &[&str])] = &[
    ("", "a.py", &[]),
    ("[tool.black]\nline-length = 40\n", "a.py", &[]),
    (
        "[tool.black]\nskip-string-normalization = true\n",
        "a.py",
        &[],
    ),
    (
        "[tool.black]\nskip-magic-trailing-comma = true\nline-length = 120\n",
        "a.py",
        &[],
    ),
    ("[tool.black]\npreview = true\n", "a.py", &[]),
    ("[tool.black]\ntarget-version = ['py39']\n", "a.py", &[]),
    (
        "[project]\nname = 'a'\nversion = '1'\nrequires-python = '>=3.9'\n",
        "a.py",
        &[],
    ),
    ("[tool.black]\npyi = true\n", "a.py", &[]),
    ("", "a.pyi", &[]),
    ("[tool.black]\nforce-exclude = 'sub/'\n", "sub/a.py", &[]),
    ("[tool.black]\nextend-exclude = '/sub/'\n", "sub/a.py", &[]),
    (
        "[tool.black]\nextend-exclude = 'b\\.py$'\n",
        "sub/a.py",
        &[],
    ),
    (
        "[tool.black]\nexclude = '''\n(\n  ^/sub/a\\.py$ # this\n)\n'''\n",
        "sub/a.py",
        &[],
    ),
    ("[tool.black]\nexclude = 'other'\n", "build/a.py", &[]),
    ("", "build/a.py", &[]),
    ("", "ignored/a.py", &[]),
    ("", "sub/a.txt", &[]),
    ("[tool.black]\ninclude = '\\.txt$'\n", "sub/a.txt", &[]),
    ("", "a.py", &["--line-length=30"]),
    ("[tool.isort]\nprofile = 'black'\n", "a.py", &[]),
    (
        "[tool.isort]\nprofile = 'google'\nline_length = 20\n",
        "a.py",
        &[],
    ),
    (
        "[tool.isort]\nforce_single_line = true\nknown_first_party = ['a']\n",
        "a.py",
        &[],
    ),
    ("[tool.isort]\nskip = ['sub']\n", "sub/a.py", &[]),
    (
        "[tool.isort]\nextend_skip_glob = ['sub/*']\n",
        "sub/a.py",
        &[],
    ),
    (
        "[tool.isort]\nadd_imports = ['from __future__ import annotations']\n",
        "a.py",
        &[],
    ),
    ("[tool.isort]\nfloat_to_top = true\n", "a.py", &[]),
    (
        "[tool.isort]\nsrc_paths = ['lib']\n",
        "lib/pkg/__init__.py",
        &[],
    ),
];

#[test]
fn settings_are_read_as_the_command_line_reads_them() {
    let mut server = tools().server();
    let mut changed = 0;
    for tool in [Tool::Black, Tool::Isort] {
        for (settings, name, args) in SETTINGS {
            let ours = args.is_empty() || tool == Tool::Black;
            if !ours {
                continue;
            }
            let project = Project::new(settings);
            project.write(".gitignore", "ignored/\n");
            let path = project.write(name, SOURCE);
            let arguments: Vec<String> = args.iter().map(ToString::to_string).collect();
            let request = Request {
                args: &arguments,
                ..project.request(tool, &path, SOURCE.as_bytes())
            };
            let answer = server.answer(&request, TIME);
            assert_eq!(
                tools().run(tool, &[*args, &["."]].concat(), project.root()),
                0
            );
            let expected = fs::read(&path).expect("a file");
            let label = format!("{} {args:?}, {name}, {settings}", tool.name());
            match answer.unwrap_or_else(|trouble| panic!("{label}: {trouble}")) {
                Answer::Changed(bytes) => {
                    changed += 1;
                    let text = |bytes| String::from_utf8(bytes).expect("text");
                    assert_eq!(text(bytes), text(expected), "{label}");
                }
                Answer::Unchanged | Answer::Excluded { .. } => {
                    assert_eq!(expected, SOURCE.as_bytes(), "{label}");
                }
            }
        }
    }
    assert!(changed >= 25, "only {changed} cases changed the file");
}

#[test]
fn changed_settings_and_new_modules_count_at_once() {
    let project = Project::new("[tool.black]\nline-length = 10\n");
    let mut server = tools().server();
    let path = project.write("a.py", SOURCE);
    let mut ask = |tool| match project.ask(&mut server, tool, &path, SOURCE.as_bytes()) {
        Ok(Answer::Changed(bytes)) => String::from_utf8(bytes).expect("text"),
        other => panic!("{other:?}"),
    };
    let (narrow, third) = (ask(Tool::Black), ask(Tool::Isort));
    project.write("pyproject.toml", "[tool.black]\nline-length = 100\n");
    project.write("pkg/__init__.py", "");
    let (wide, first) = (ask(Tool::Black), ask(Tool::Isort));
    assert!(narrow.lines().count() > wide.lines().count());
    assert!(third.contains("import b\nfrom pkg"), "{third}");
    assert!(first.contains("import b\n\nimport a\nfrom pkg"), "{first}");
}

#[test]
fn settings_above_the_boundary_do_not_count() {
    let above = "[tool.black]\nline-length = 10\n[tool.isort]\nforce_single_line = true\n";
    let project = Project::new(above);
    let mut server = tools().server();
    let source = "from b import c, d\nx=[c,d,'some text']\n";
    let path = project.write("inner/a.py", source);
    let inner = project.path("inner");
    let mut ask = |tool, boundary| {
        let request = Request {
            project: &inner,
            boundary,
            ..project.request(tool, &path, source.as_bytes())
        };
        match server.answer(&request, TIME) {
            Ok(Answer::Changed(bytes)) => String::from_utf8(bytes).expect("text"),
            other => panic!("{other:?}"),
        }
    };
    let black = "from b import c, d\n\nx = [c, d, \"some text\"]\n";
    assert_eq!(ask(Tool::Black, &inner), black);
    assert_eq!(ask(Tool::Isort, &inner), source.replace("\nx", "\n\nx"));
    assert_ne!(ask(Tool::Black, project.root()), black);
    assert!(ask(Tool::Isort, project.root()).contains("import c\nfrom b import d"));
}

#[test]
fn lines_are_formatted_alone() {
    let project = Project::new("");
    let mut server = tools().server();
    let path = project.path("a.py");
    let source = b"a=1\nb=2\nc=3\n";
    let request = Request {
        lines: Some(&[(2, 2)]),
        ..project.request(Tool::Black, &path, source)
    };
    let answer = server.answer(&request, TIME);
    assert_eq!(answer, Ok(Answer::Changed(b"a=1\nb = 2\nc=3\n".to_vec())));
}

#[test]
fn errors_keep_the_tools_words_and_the_server() {
    let mut server = tools().server();
    let cases = [
        (Tool::Black, "", "x = (\n", "annot parse"),
        (Tool::Black, "[tool.black\n", "x=1\n", "pyproject.toml"),
        (
            Tool::Black,
            "[tool.black]\nline-length = 'wide'\n",
            "x=1\n",
            "wide",
        ),
        (
            Tool::Black,
            "[tool.black]\nrequired-version = '1.0'\n",
            "x=1\n",
            "required version",
        ),
        (
            Tool::Black,
            "[tool.black]\nexclude = '('\n",
            "x=1\n",
            "regular expression",
        ),
        (
            Tool::Isort,
            "[tool.isort]\nprofile = 'nonsense'\n",
            "import a\n",
            "nonsense",
        ),
        (
            Tool::Isort,
            "[tool.isort]\nnonsense = 1\n",
            "import a\n",
            "nonsense",
        ),
        (Tool::Isort, "[tool.isort\n", "import a\n", "pyproject.toml"),
    ];
    let pid = server.pid();
    for (tool, settings, source, words) in cases {
        let project = Project::new(settings);
        let path = project.path("a.py");
        let trouble = project.ask(&mut server, tool, &path, source.as_bytes());
        let trouble = trouble.expect_err(settings);
        let configuration = matches!(trouble, Trouble::Configuration { .. });
        assert_eq!(configuration, !settings.is_empty(), "{trouble:?}");
        assert!(trouble.to_string().contains(words), "{trouble}");
    }
    assert_eq!(server.pid(), pid);
}

#[test]
fn a_late_answer_and_a_dead_interpreter_cost_one_file() {
    let project = Project::new("");
    let mut server = tools().server();
    let path = project.path("a.py");
    let long = "x = [1,2]\n".repeat(20_000);
    let request = project.request(Tool::Black, &path, long.as_bytes());
    let late = server.answer(&request, Duration::from_millis(50));
    assert!(
        matches!(&late, Err(Trouble::Worker { reason }) if reason.contains("longer")),
        "{late:?}"
    );
    assert_eq!(server.pid(), None);
    let answer = project.ask(&mut server, Tool::Black, &path, b"x=1\n");
    assert_eq!(answer, Ok(Answer::Changed(b"x = 1\n".to_vec())));
}

#[test]
fn an_interpreter_is_replaced_after_its_share_of_requests() {
    let project = Project::new("");
    let mut server = tools().server();
    let path = project.path("a.py");
    let mut pids = std::collections::BTreeSet::new();
    for _ in 0..super::REQUESTS + 2 {
        let answer = project.ask(&mut server, Tool::Isort, &path, b"import a\n");
        assert_eq!(answer, Ok(Answer::Unchanged));
        pids.extend(server.pid());
    }
    assert_eq!(pids.len(), 2);
}

#[test]
fn another_version_and_a_missing_tool_are_errors() {
    let start = |tools: &[(Tool, String)], python: &Path| {
        WarmServer::start(python, tools, &std::env::temp_dir(), None)
            .map(|_| ())
            .expect_err("no such tool")
            .to_string()
    };
    let python = tools().python();
    let other = start(&[(Tool::Black, "1.0".to_owned())], &python);
    assert!(other.contains("but 1.0 counts"), "{other}");
    let none = start(
        &[(Tool::Black, "1.0".to_owned())],
        Path::new("/nonexistent/python"),
    );
    assert!(none.contains("not found"), "{none}");
}
