//! Files, settings and programs that are not as they should be.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::tests::{Project, step, tool};
use super::{Batch, File, Trouble, run_batch};
use crate::fixers::{Kind, Tool};
use crate::process::Limits;

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_done() {
    let project = Project::new(&[
        ("pyproject.toml", "[tool.ruff.lint]\nselect = ['F', 'UP']\n"),
        ("a.py", "import os\n"),
        ("broken.py", "x = (\n"),
        ("latin.py", "x=1\n"),
    ]);
    fs::write(project.recipe.project.join("latin.py"), b"x='\xe9'\n").expect("a file");
    for kinds in [&Kind::ALL[..], &[Kind::Format]] {
        let results = project.run(kinds);
        let broken = results["broken.py"].as_ref().expect("a finding");
        assert_eq!(broken.findings[0].code, "invalid-syntax", "{kinds:?}");
        assert_eq!(broken.findings.len(), 1, "{kinds:?}");
        assert_eq!((broken.bytes.as_ref(), broken.findings[0].line), (None, 2));
        let latin = &results["latin.py"];
        assert!(
            matches!(latin, Err(Trouble::Unreadable { .. })),
            "{latin:?}"
        );
        assert!(results["a.py"].is_ok());
    }
}

#[test]
fn one_bad_file_does_not_stop_black_and_isort() {
    let mut project = Project::new(&[
        ("a.py", "x=1\n"),
        ("sub/a.py", "x = (\n"),
        ("z.py", "y=1\n"),
    ]);
    project.recipe.format = Some(step(Tool::Black, tool("black")));
    for walked in [true, false] {
        let files = project.files();
        let results = run_batch(&Batch {
            walked,
            ..project.batch(&[Kind::Format], &files)
        });
        let ok: Vec<_> = results.iter().map(|(_, result)| result.is_ok()).collect();
        assert_eq!(ok, [true, false, true], "{results:?}");
        let trouble = results[1]
            .1
            .as_ref()
            .expect_err("a syntax error")
            .to_string();
        assert!(trouble.contains("annot parse"), "{trouble}");
    }
}

#[test]
fn configurations_that_cannot_be_used_are_said_in_the_tools_words() {
    let cases = [
        (Tool::Ruff, "[tool.ruff.lint]\nselect = ['ZZZ9']\n", "ZZZ9"),
        (Tool::Ruff, "[tool.ruff\n", "pyproject.toml"),
        (Tool::Ruff, "[tool.ruff]\nnonsense = 1\n", "nonsense"),
        (
            Tool::Ruff,
            "[tool.ruff]\nrequired-version = '==0.1'\n",
            "equired version",
        ),
        (
            Tool::Ruff,
            "[tool.ruff]\nextend = '../../outside.toml'\n",
            "outside",
        ),
        (
            Tool::Ruff,
            "[tool.ruff]\nextend = 'missing.toml'\n",
            "missing.toml",
        ),
        (Tool::Black, "[tool.black]\nline-length = 'wide'\n", "wide"),
        (
            Tool::Black,
            "[tool.black]\nrequired-version = '1.0'\n",
            "required version",
        ),
        (
            Tool::Isort,
            "[tool.isort]\nprofile = 'nonsense'\n",
            "nonsense",
        ),
        (Tool::Isort, "[tool.isort]\nnonsense = 1\n", "nonsense"),
        (Tool::Isort, "[tool.isort\n", "pyproject.toml"),
    ];
    for (which, settings, words) in cases {
        let mut project = Project::new(&[("pyproject.toml", settings), ("a.py", "x=1\n")]);
        let kinds = match which {
            Tool::Ruff => &[Kind::Lint, Kind::Format][..],
            Tool::Black => &[Kind::Format],
            Tool::Isort => &[Kind::Imports],
        };
        project.recipe.format = Some(step(which, tool(which.name())));
        project.recipe.imports = Some(step(which, tool(which.name())));
        let trouble = project.one(kinds).expect_err(settings);
        assert!(
            matches!(trouble, Trouble::Configuration { .. }),
            "{settings} {trouble:?}"
        );
        assert!(trouble.to_string().contains(words), "{trouble}");
        let scratch = project.top.path().join("program-");
        assert!(
            !trouble.to_string().contains(&*scratch.to_string_lossy()),
            "{trouble}"
        );
    }
}

#[test]
fn a_program_that_misbehaves_is_trouble_and_never_no_findings() {
    let cases = [
        ("exit 0", "exit code 0"),
        ("echo nonsense; exit 1", "stdout:\n  nonsense"),
        ("echo '[]' | cut -c1; exit 0", "stdout:\n  ["),
        ("echo boom >&2; exit 101", "stderr:\n  boom"),
        (
            "echo \"thread 'main' panicked at x\" >&2; exit 2",
            "panicked at x",
        ),
        ("kill -9 $$", "signal 9"),
        ("sleep 60", "killed after"),
        ("yes", "killed after printing more than"),
    ];
    for (script, words) in cases {
        let mut project = Project::new(&[("a.py", "x=1\n")]);
        let path = project.top.path().join("ruff");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).expect("a mode");
        project.recipe.lint = Some(step(Tool::Ruff, path));
        let files = project.files();
        let limits = Limits {
            memory: None,
            output: 1 << 20,
            deadline: Some(Duration::from_millis(500)),
        };
        let results = run_batch(&Batch {
            limits,
            ..project.batch(&[Kind::Lint], &files)
        });
        let trouble = results[0].1.as_ref().expect_err(script);
        assert!(
            matches!(trouble, Trouble::Tool { .. }),
            "{script}: {trouble:?}"
        );
        assert!(trouble.to_string().contains(words), "{script}: {trouble}");
    }
}

#[test]
fn files_outside_are_refused() {
    let project = Project::new(&[("a.py", "x=1\n")]);
    for path in ["/etc/passwd".into(), project.recipe.project.join("../b.py")] {
        let files = [File {
            path,
            bytes: Vec::new(),
            mode: 0o644,
            lines: None,
            stamp: None,
            said: None,
        }];
        let results = run_batch(&project.batch(&[Kind::Format], &files));
        let trouble = results[0].1.as_ref().expect_err("outside").to_string();
        assert!(trouble.contains("not inside"), "{trouble}");
    }
}
