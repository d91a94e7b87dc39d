//! Settings, and the configuration of tools: TOML, YAML, INI, shell, make, nox.

use std::fs;
use std::path::Path;

use hive::evidence::{Surroundings, Survey, Wanted};
use hive::fixers::Kind;
use hive::repo::Place;
use hive::settings::{self, Overrides, SAMPLE};
use hive_test_support::{mutated, property};

#[test]
fn team_settings() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    fs::create_dir(root.join(".git")).unwrap();
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let place = Place::at(&root).unwrap();
    property("settings", 800, 1_024, |u| {
        let table = format!("[tool.hive]\n{}", "lint = \"auto\"\nformat = \"off\"\n");
        let words = [
            "=",
            "[",
            "]",
            "\"",
            "lint",
            "commit.mode",
            "99999999999999999999",
            "\"1000000h\"",
            "'''",
            "true",
            "{",
            "extend = \"hive.toml\"\n",
            "-1",
            "[[x]]\n",
        ];
        let (file, text) = if u.ratio(2, 3)? {
            (
                "hive.toml",
                mutated(
                    u,
                    &[SAMPLE, "lint = \"auto\"\n[commit]\nmode = \"hold\"\n"],
                    &words,
                )?,
            )
        } else {
            ("pyproject.toml", mutated(u, &[&table], &words)?)
        };
        let path = root.join(file);
        fs::write(&path, text).unwrap();
        if let Err(failure) = settings::load(Some(&place), &Overrides::default()) {
            assert!(!failure.to_string().is_empty());
        }
        fs::remove_file(path).unwrap();
        Ok(())
    });
}

/// A file of a project, and texts for it.
const FILES: [(&str, &[&str]); 9] = [
    (
        ".pre-commit-config.yaml",
        &[
            "default_language_version: {python: python3}\nrepos:\n- repo: https://github.com/astral-sh/ruff-pre-commit\n  rev: v0.16.4\n  hooks:\n  - id: ruff\n    args: [--fix, --select, 'E,F']\n    files: ^src/\n  - &f\n    id: ruff-format\n- repo: https://github.com/psf/black\n  rev: 24.10.0\n  hooks:\n  - {id: black, language_version: python3.11}\n- repo: local\n  hooks:\n  - id: x\n    entry: bash -c 'isort . && black --check .'\n    language: system\n",
        ],
    ),
    (
        ".github/workflows/ci.yml",
        &[
            "on: push\njobs:\n  lint:\n    runs-on: ubuntu\n    strategy: {matrix: {python: ['3.11', 3.12]}}\n    steps:\n    - uses: actions/checkout@v4\n    - run: |\n        pip install 'ruff==0.16.4' black~=24.1\n        cd sub; ruff check --output-format=github .\n        black --check $FILES || exit 1\n    - uses: astral-sh/ruff-action@v3\n      with: {args: 'check src', version: 0.16.4}\n",
        ],
    ),
    (
        "pyproject.toml",
        &[
            "[project]\nrequires-python = '>=3.9'\n[project.optional-dependencies]\ndev = ['ruff==0.16.4', 'black']\n[dependency-groups]\nlint = ['isort>=5', {include-group = 'x'}]\n[tool.ruff]\nline-length = 100\nselect = ['E', 'F', 'I']\n[tool.ruff.format]\nquote-style = 'single'\n[tool.black]\nline-length = 90\nexclude = '(a|b)'\n[tool.isort]\nprofile = 'black'\n[tool.tox]\nlegacy_tox_ini = '''\n[testenv]\ncommands = black .\n'''\n",
        ],
    ),
    (
        "tox.ini",
        &[
            "[tox]\nenvlist = py3{9,10}-{a,b}, lint\n[testenv:lint]\ndeps =\n  ruff==0.16.4\n  -r requirements.txt\ncommands =\n  ruff check {posargs:src}\n  black --check {toxinidir}\n  {[testenv]commands}\n[isort]\nprofile=black\n",
        ],
    ),
    (
        "Makefile",
        &[
            "SRC ?= src\nlint: $(SRC) ## lint\n\t@ruff check $(SRC) && \\\n\t black --check . ; isort -c $$x\nifeq ($(A),b)\n\tmake -C sub lint\nendif\n.PHONY: lint\n",
        ],
    ),
    (
        "noxfile.py",
        &[
            "import nox\nV = '24.1.0'\n@nox.session(python=['3.9'])\ndef lint(session):\n    session.install('ruff==0.16.4', f'black=={V}')\n    session.run('ruff', 'check', *session.posargs, 'src')\n    session.run(\"black\", '--check', '.')\n",
        ],
    ),
    (
        "lefthook.yml",
        &[
            "pre-commit:\n  parallel: true\n  commands:\n    ruff:\n      glob: '*.{py,pyi}'\n      run: ruff check --fix {staged_files}\n    black: {run: uv run black {all_files}, root: sub/}\n",
        ],
    ),
    (
        "uv.lock",
        &[
            "version = 1\n[[package]]\nname = \"ruff\"\nversion = \"0.16.4\"\nsource = { registry = \"x\" }\n[[package]]\nname = \"black\"\nversion = \"24.10.0\"\n",
        ],
    ),
    (
        "setup.cfg",
        &[
            "[isort]\nprofile = black\nknown_first_party = a,\n  b\n[flake8]\nmax-line-length = 100\n[options.extras_require]\ndev =\n  black==24.1\n",
        ],
    ),
];

const WORDS: [&str; 24] = [
    "&a ",
    "*a",
    "<<: *a\n",
    "- ",
    ": ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "'",
    "\"",
    "$(",
    "`",
    "|\n",
    ">\n",
    "!!python/object:x ",
    "---\n",
    "ruff",
    "black",
    "99999999999999999999",
    "\\\n",
    "%{",
    "=",
];

#[test]
fn evidence() {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap();
    property("evidence", 700, 1_024, |u| {
        let mut written = Vec::new();
        for _ in 0..u.int_in_range(1..=2)? {
            let (name, seeds) = *u.choose(&FILES)?;
            let path = root.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, mutated(u, seeds, &WORDS)?).unwrap();
            written.push(path);
        }
        let survey = Survey::new(root.clone(), &Surroundings::default());
        let project = survey.project_of(&root);
        for kind in Kind::ALL {
            let decision = project.decide(kind, Wanted::default());
            // Never two answers, and never one without a word of why.
            assert!(!format!("{decision:?}").is_empty());
        }
        let plan = project.plan(Wanted::default());
        assert!(!format!("{plan:?}").is_empty());
        let _ = survey.project_of(Path::new("/elsewhere"));
        for path in written {
            fs::remove_file(path).unwrap_or_default();
        }
        Ok(())
    });
}
