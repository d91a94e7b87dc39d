//! The batches against the same programs run by hand on a copy.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Batch, File, ToolOutput, Trouble, run_batch};
use crate::fixers::{Class, Engine, Kind, Policy, Recipe, RuffConfiguration, Step, Tool};
use crate::process::{Limits, Program};
use crate::settings::environment;

pub(super) fn tool(name: &str) -> PathBuf {
    hive_test_support::tools()
        .to_path_buf()
        .join("bin")
        .join(name)
}

pub(super) fn step(tool: Tool, path: PathBuf) -> Step {
    Step {
        tool,
        engine: Engine::Program {
            path,
            version: String::new(),
        },
        args: Vec::new(),
    }
}

/// A project in a directory of its own.
pub(super) struct Project {
    pub(super) top: TempDir,
    pub(super) recipe: Recipe,
}

impl Project {
    pub(super) fn new(files: &[(&str, &str)]) -> Self {
        let top = TempDir::new().expect("a directory");
        let root = fs::canonicalize(top.path())
            .expect("a directory")
            .join("project");
        for (name, text) in files {
            let path = root.join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        let ruff = || Some(step(Tool::Ruff, tool("ruff")));
        let recipe = Recipe {
            project: root.clone(),
            boundary: root.clone(),
            lint: ruff(),
            imports: ruff(),
            format: ruff(),
            ruff: RuffConfiguration::File(root.join("pyproject.toml")),
            policy: Policy::default(),
            golden: crate::golden::Config::none(),
            configuration: [0; 32],
        };
        Self { top, recipe }
    }

    pub(super) fn files(&self) -> Vec<File> {
        files(&self.recipe.project)
    }

    pub(super) fn batch<'a>(&'a self, kinds: &'a [Kind], files: &'a [File]) -> Batch<'a> {
        Batch {
            recipe: &self.recipe,
            kinds,
            files,
            cache: self.top.path(),
            walked: true,
            look_again: true,
            limits: Limits::default(),
        }
    }

    /// Each file's name with what came of it.
    pub(super) fn run(&self, kinds: &[Kind]) -> BTreeMap<String, Result<ToolOutput, Trouble>> {
        let files = self.files();
        let root = &self.recipe.project;
        let name = |path: &Path| {
            path.strip_prefix(root)
                .expect("inside")
                .display()
                .to_string()
        };
        run_batch(&self.batch(kinds, &files))
            .into_iter()
            .map(|(path, result)| (name(&path), result))
            .collect()
    }

    pub(super) fn one(&self, kinds: &[Kind]) -> Result<ToolOutput, Trouble> {
        self.run(kinds).into_values().next().expect("a file")
    }
}

fn files(root: &Path) -> Vec<File> {
    let walk = ignore::WalkBuilder::new(root)
        .standard_filters(false)
        .build();
    let mut files: Vec<_> = walk
        .map(|entry| entry.expect("an entry").into_path())
        .filter(|path| path.extension().is_some_and(|end| end == "py"))
        .map(|path| File {
            bytes: fs::read(&path).expect("a file"),
            mode: fs::metadata(&path).expect("a file").permissions().mode(),
            path,
            lines: None,
            stamp: None,
            said: None,
        })
        .collect();
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn by_hand(program: &str, args: &[&str], directory: &Path) -> i32 {
    let finished = Program::new(tool(program))
        .args(args)
        .env("XDG_CACHE_HOME", directory.join(".cache"))
        .current_dir(directory)
        .run()
        .expect("the tool runs");
    match finished.status {
        crate::process::Status::Code(code) => code,
        status @ crate::process::Status::Signal(_) => panic!("{program} {status}"),
    }
}

fn text(output: &Result<ToolOutput, Trouble>) -> String {
    let output = output.as_ref().expect("no trouble");
    let bytes = output.bytes.clone().expect("a change");
    String::from_utf8(bytes).expect("text")
}

const LAYOUT: &[(&str, &str)] = &[
    (
        "pyproject.toml",
        "[tool.ruff]\nextend = 'config/base.toml'\nsrc = ['lib*']\n[tool.ruff.lint.per-file-ignores]\n'lib/app/b.py' = ['F401']\n[tool.black]\nextend-exclude = 'sub/'\n[tool.isort]\nprofile = 'google'\nsrc_paths = ['lib']\nskip = ['sub']\n",
    ),
    (
        "config/base.toml",
        "line-length = 60\n[lint]\nselect = ['E', 'F', 'I', 'UP', 'B', 'INP']\n",
    ),
    ("lib/app/__init__.py", ""),
    (
        "lib/app/a.py",
        "import zlib\nfrom app import b\nimport app.b, os\nimport django\nimport other\nx = {'a': [1,2,3], 'b': 'some text', 'c': zlib, 'd': b, 'e': other, 'f': django}\n",
    ),
    (
        "lib/app/b.py",
        "import os\ny = '%s' % (1,)\ndef f(a=[]): return a\n",
    ),
    ("lib/other.py", "x=1\n"),
    (
        "sub/ruff.toml",
        "line-length = 100\nlint.select = ['F']\nformat.quote-style = 'single'\n",
    ),
    ("sub/c.py", "import sys, os\nimport app\nx = \"a\"\n"),
    ("build/d.py", "import os\n"),
    (
        "e.py",
        "#!/usr/bin/env python\nimport app, other\nprint (app,other )\n",
    ),
];

#[test]
fn a_batch_is_what_the_programs_make_of_a_copy() {
    type Hands = &'static [(&'static str, &'static [&'static str])];
    let cases: &[(&[Kind], Tool, Hands)] = &[
        (
            &[Kind::Lint, Kind::Imports],
            Tool::Ruff,
            &[("ruff", &["check", "--fix", "--no-cache", "."])],
        ),
        (
            &[Kind::Format],
            Tool::Ruff,
            &[("ruff", &["format", "--no-cache", "."])],
        ),
        (
            &[Kind::Lint, Kind::Imports, Kind::Format],
            Tool::Ruff,
            &[
                ("ruff", &["check", "--fix", "--no-cache", "."]),
                ("ruff", &["format", "--no-cache", "."]),
            ],
        ),
        (&[Kind::Format], Tool::Black, &[("black", &["-q", "."])]),
        (&[Kind::Imports], Tool::Isort, &[("isort", &["-q", "."])]),
    ];
    for (kinds, which, hands) in cases {
        let (ours, theirs) = (&mut Project::new(LAYOUT), Project::new(LAYOUT));
        match which {
            Tool::Ruff => {}
            Tool::Black => ours.recipe.format = Some(step(Tool::Black, tool("black"))),
            Tool::Isort => ours.recipe.imports = Some(step(Tool::Isort, tool("isort"))),
        }
        for (program, args) in *hands {
            by_hand(program, args, &theirs.recipe.project);
        }
        let mut changed = 0;
        for (name, output) in ours.run(kinds) {
            let expected = fs::read(theirs.recipe.project.join(&name)).expect("a file");
            let before = fs::read(ours.recipe.project.join(&name)).expect("a file");
            let output = output.unwrap_or_else(|trouble| panic!("{which:?} {name}: {trouble}"));
            changed += usize::from(output.bytes.is_some());
            let bytes = output.bytes.unwrap_or(before);
            let text = |bytes| String::from_utf8(bytes).expect("text");
            assert_eq!(text(bytes), text(expected), "{which:?} {kinds:?} {name}");
        }
        assert!(changed >= 2, "{which:?} {kinds:?} changed {changed} files");
        let left = fs::read_dir(ours.top.path()).expect("a directory").count();
        assert_eq!(left, 1, "a scratch directory is left behind");
    }
}

#[test]
fn findings_and_counts_belong_to_the_result() {
    let project = Project::new(&[
        (
            "pyproject.toml",
            "[tool.ruff.lint]\nselect = ['E', 'F', 'I']\n",
        ),
        (
            "a.py",
            "import sys, os\n\n\n\n\nx = [os,\n  1]\nfor l in x: undefined\n",
        ),
    ]);
    let output = project.one(&Kind::ALL).expect("no trouble");
    let findings: Vec<_> = output
        .findings
        .iter()
        .map(|finding| {
            (
                &*finding.code,
                finding.line,
                finding.column,
                finding.fixable,
            )
        })
        .collect();
    assert_eq!(findings, [("E741", 4, 5, false), ("F821", 5, 5, false)]);
    assert_eq!(output.findings[1].message, "Undefined name `undefined`");
    let fixes: Vec<_> = output
        .fixes
        .iter()
        .map(|fix| (&*fix.code, fix.class, fix.count))
        .collect();
    let expected = [
        ("E401", Class::Linter, 1),
        ("F401", Class::Linter, 1),
        ("I001", Class::Same, 1),
        ("format", Class::Same, 1),
    ];
    assert_eq!(fixes, expected);
}

#[test]
fn imports_are_sorted_only_by_their_own_tool() {
    let files = [
        ("pyproject.toml", "[tool.ruff.lint]\nselect = ['F', 'I']\n"),
        ("a.py", "import sys\nimport os\nimport re\nprint(sys, os)\n"),
    ];
    let mut project = Project::new(&files);
    assert_eq!(
        text(&project.one(&[Kind::Lint])),
        "import sys\nimport os\nprint(sys, os)\n"
    );
    let sorted = project.one(&[Kind::Imports]);
    assert_eq!(
        text(&sorted),
        "import os\nimport re\nimport sys\n\nprint(sys, os)\n"
    );
    project.recipe.imports = None;
    assert_eq!(
        text(&project.one(&Kind::ALL)),
        "import sys\nimport os\n\nprint(sys, os)\n"
    );
}

#[test]
fn only_the_lines_in_scope_change() {
    let project = Project::new(&[
        ("pyproject.toml", "[tool.ruff.lint]\nselect = ['F', 'UP']\n"),
        (
            "a.py",
            "import os\nimport re\na=1\nx = set([1])\nb=2\nclass A(object):\n    c=3\n\n\nd=4\n",
        ),
    ]);
    let run = |lines: &[(u32, u32)], format| {
        let mut files = project.files();
        files[0].lines = Some(lines.to_vec());
        let mut project = Project {
            recipe: project.recipe.clone(),
            top: TempDir::new().expect("a directory"),
        };
        project.recipe.format = Some(step(format, tool(format.name())));
        let mut results = run_batch(&project.batch(&Kind::ALL, &files));
        text(&results.remove(0).1)
    };
    for format in [Tool::Ruff, Tool::Black] {
        assert_eq!(
            run(&[(2, 3)], format),
            "import os\nimport re\na = 1\nx = set([1])\nb=2\nclass A(object):\n    c=3\n\n\nd=4\n",
            "{format:?}"
        );
        assert_eq!(
            run(&[(0, 1), (9, 10)], format),
            "import re\n\na=1\nx = set([1])\nb=2\nclass A(object):\n    c=3\n\n\nd = 4\n",
            "{format:?}"
        );
    }
}

#[test]
fn settings_above_the_boundary_do_not_count() {
    let mut project = Project::new(&[("a.py", "from b import c, d\nx=[c,d,'some text']\n")]);
    let above = "[tool.black]\nline-length = 10\n[tool.isort]\nforce_single_line = true\n[tool.ruff]\nline-length = 10\n";
    fs::write(project.top.path().join("pyproject.toml"), above).expect("a file");
    project.recipe.imports = Some(step(Tool::Isort, tool("isort")));
    let expected = "from b import c, d\n\nx = [c, d, \"some text\"]\n";
    for format in [Tool::Black, Tool::Ruff] {
        project.recipe.format = Some(step(format, tool(format.name())));
        let output = project.one(&[Kind::Imports, Kind::Format]);
        assert_eq!(text(&output), expected, "{format:?}");
    }
}

/// Compares a tree that is dealt with here, until nothing changes, with one that
/// the programs dealt with by hand. Run by hand: `HIVE_TEST_BEFORE`,
/// `HIVE_TEST_AFTER` (directories).
#[test]
#[ignore = "needs two directories, see its documentation"]
fn two_trees() {
    let directory = |name| environment::path(name).unwrap_or_else(|| panic!("{name} is not set"));
    let (before, after) = (directory("HIVE_TEST_BEFORE"), directory("HIVE_TEST_AFTER"));
    let mut project = Project::new(&[]);
    project.recipe.project.clone_from(&before);
    project.recipe.boundary.clone_from(&before);
    let mut files = files(&before);
    let (mut changed, mut different) = (0, 0);
    for round in 0..5 {
        let started = crate::clock::now();
        let results = run_batch(&project.batch(&Kind::ALL, &files));
        let seconds = started.elapsed().as_secs_f64();
        let mut now = 0;
        for (file, (path, result)) in files.iter_mut().zip(results) {
            match result {
                Ok(ToolOutput {
                    bytes: Some(bytes), ..
                }) => {
                    file.bytes = bytes;
                    now += 1;
                }
                Err(trouble) if round == 0 => println!("{}: {trouble}", path.display()),
                Ok(_) | Err(_) => {}
            }
        }
        println!(
            "round {round}: {now} of {} changed in {seconds:.2} s",
            files.len()
        );
        changed += now;
        if now == 0 {
            break;
        }
    }
    for file in &files {
        let name = file.path.strip_prefix(&before).expect("inside");
        if fs::read(after.join(name)).expect("a file") != file.bytes {
            different += 1;
            println!("{}: not what the programs wrote by hand", name.display());
        }
    }
    println!(
        "{} files, {changed} changes, {different} different",
        files.len()
    );
}
