//! Control characters and terminal escapes in the names of files and branches, in
//! messages, settings and code: they are shown, never sent.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use hive_test_support::{Ran, Sandbox};

use super::{LOOKING, MESSY, ended, repository};

/// Retitles a terminal, in the classic form and in the 8-bit one, turns text around,
/// returns to the beginning of the line, deletes.
const NAMES: [&str; 6] = [
    "\u{1b}]0;pwned\u{7}.py",
    "c1\u{9b}31m.py",
    "bidi\u{202e}yp.py",
    "back\rFORGED.py",
    "delete\u{7f}.py",
    "line\nFORGED: all is clean.py",
];

/// Demands that nothing but text is in what was said.
#[track_caller]
fn is_plain(ran: &Ran, what: &str) {
    ended(ran, what);
    for text in [&ran.stdout, &ran.stderr] {
        let odd = text.chars().find(|c| {
            c.is_control() && !matches!(c, '\n' | '\t')
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(odd, None, "{what} says {text:?}");
    }
    for line in ran.stdout.lines().chain(ran.stderr.lines()) {
        assert!(
            !line.starts_with("FORGED"),
            "{what} lets a name forge {line:?}"
        );
    }
}

fn odd_repository() -> Sandbox {
    let sandbox = repository();
    for name in NAMES {
        sandbox.write(name, format!("{MESSY}y = undefined_name\n"));
        sandbox.write(&format!("broken-{name}"), "def f(:\u{1b}[31m\n");
    }
    sandbox.write(
        "a.py",
        format!("{MESSY}y = undefined\nz = '\u{1b}[31m' + other  # \u{1b}]0;x\u{7}\u{202e}\n"),
    );
    sandbox
}

#[test]
fn every_look_at_odd_names_is_plain() {
    let sandbox = odd_repository();
    sandbox.git(&["add", "--all"]).expect(0);
    sandbox
        .git(&["commit", "-q", "-m", "feat: \u{1b}[31mred\u{7} \u{9b}0m"])
        .expect(0);
    sandbox
        .git(&["checkout", "-q", "-b", "ev\u{9b}31m\u{202e}il"])
        .expect(0);
    for verb in LOOKING {
        // A patch is made of the bytes of the file.
        if verb != ["fix", "--diff"] {
            is_plain(&sandbox.hive(verb), &format!("{verb:?}"));
        }
    }
}

#[test]
fn the_agent_and_its_verbs_are_plain() {
    let sandbox = repository();
    sandbox.write("clean.py", "x = 1\n");
    sandbox.commit("begin");
    sandbox
        .git(&["config", "user.name", "A\u{9b}31mda"])
        .expect(0);
    sandbox
        .git(&["checkout", "-q", "-b", "ev\u{9b}31m\u{202e}il"])
        .expect(0);
    is_plain(&sandbox.hive(&["init", "--yes"]), "init");
    sandbox
        .hive(&["config", "set", "commit.quiet", "20ms"])
        .expect(0);
    sandbox.write(".git/hive/hooks", "queue\n");
    sandbox.commit("hive");
    sandbox.hive(&["watch", "--once"]).expect(0);
    for name in NAMES {
        sandbox.write(name, format!("{MESSY}y = undefined_name\n"));
    }
    sandbox.write("broken\u{1b}[31m.py", "def f(:\n");
    sandbox.git(&["add", "--all"]).expect(0);
    sandbox
        .git(&["commit", "-q", "-m", "feat: \u{1b}[31mred\u{7} \u{9b}0m"])
        .expect(0);
    is_plain(&sandbox.hive(&["watch", "--once"]), "watch --once");
    sandbox.write("late\u{9b}31m.py", MESSY);
    sandbox.commit("late");
    let json = sandbox.hive(&["watch", "--once", "--json"]);
    is_plain(&json, "watch --json");
    let log = sandbox.git(&["log", "--format=%B"]).stdout;
    assert!(log.contains("Hive-Worker"), "nothing landed:\n{log}");
    for verb in LOOKING {
        if verb != ["fix", "--diff"] && verb != ["undo"] {
            is_plain(&sandbox.hive(verb), &format!("{verb:?}"));
        }
    }
    for verb in [
        &["status", "--short"][..],
        &["queue", "list", "--state", "all", "--json"],
        &["history", "--json"],
        &["history", "-v"],
        &["escalations"],
        &["escalations", "list", "--json"],
        &["escalations", "show", "1"],
        &["escalations", "show", "2"],
        &["escalations", "show", "3"],
        &["queue", "show", "1"],
        &["queue", "show", "4"],
        &["workers", "--json"],
        &["doctor", "--json"],
        &["undo"],
        &["hook", "post-commit"],
        &["uninit"],
    ] {
        is_plain(&sandbox.hive(verb), &format!("{verb:?}"));
    }
}

/// Where the kernel and git let a name be no text at all.
#[test]
fn names_that_are_no_text_are_shown() {
    let sandbox = repository();
    let name = std::ffi::OsStr::from_bytes(b"odd\xff\x9b31m\x1b[31m.py");
    fs::write(sandbox.root().join(name), MESSY).unwrap();
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("odd");
    for verb in LOOKING {
        if verb != ["fix", "--diff"] {
            is_plain(&sandbox.hive(verb), &format!("{verb:?}"));
        }
    }
}

#[test]
fn odd_settings_are_shown() {
    let sandbox = repository();
    sandbox.write("a.py", "x = 1\n");
    for (file, text) in [
        ("hive.toml", "\"\\u001B[31mkey\\u009B\" = 1\n"),
        ("hive.toml", "lint = \"\\u001B]0;x\\u0007\"\n"),
        ("hive.toml", "lint = \"\u{1b}[31m\"\n"),
        ("hive.toml", "extend = \"\\u001B[31m.toml\"\n"),
        ("hive.toml", "[\"\\u009B31m\"]\nx = 1\n"),
        ("pyproject.toml", "[tool.ruff]\n\"\\u001B[31m\" = 1\n"),
        (
            "pyproject.toml",
            "[tool.ruff]\nextend = \"\\u009B31m.toml\"\n",
        ),
        (
            "pyproject.toml",
            "[tool.ruff]\nrequired-version = \"\\u001B[31m\"\n",
        ),
        (
            "pyproject.toml",
            "[tool.black]\nrequired-version = \"\\u001B[31m\"\n",
        ),
        (
            "pyproject.toml",
            "[tool.ruff.lint]\nselect = [\"\\u001B[31m\"]\n",
        ),
        ("pyproject.toml", "= \u{9b}31m\n"),
        (
            ".pre-commit-config.yaml",
            "repos:\n- repo: \"\\e[31m\"\n  rev: \"\\e]0;x\\a\"\n  hooks:\n  - id: ruff\n",
        ),
        (".pre-commit-config.yaml", "repos: \u{1b}[31m: [\n"),
        ("ruff.toml", "line-length = \"\\u001B[31m\"\n"),
        (
            "tox.ini",
            "[testenv:lint]\ncommands = black \u{1b}[31m --check \u{9b}31m\n",
        ),
    ] {
        sandbox.write(file, text);
        for verb in [
            &["check"][..],
            &["doctor"],
            &["config", "show"],
            &["status"],
            &["trust", "--show"],
        ] {
            is_plain(&sandbox.hive(verb), &format!("{file} {text:?} {verb:?}"));
        }
        fs::remove_file(sandbox.path(file)).unwrap();
    }
}
