//! What is said, how loudly, and in which colours.

use std::fs;

use hive_test_support::Sandbox;

use super::{expected, repository, said};

fn example() -> Sandbox {
    let sandbox = repository();
    sandbox.write("a.py", "import os\nx=1\n");
    sandbox.write("b.py", "y = undefined\n");
    sandbox.write("c.py", "z = 1\n");
    sandbox
}

#[test]
fn quiet_keeps_results_and_errors() {
    let sandbox = example();
    let out = "a.py: would fix F401, format\nb.py:1:5: F821 Undefined name `undefined`\n";
    assert_eq!(
        said(&sandbox.hive(&["check", "-q", "--format", "concise"])),
        expected(1, out, "")
    );
    assert_eq!(
        said(&sandbox.hive(&["check", "--quiet", "c.py"])),
        expected(0, "", "")
    );
    sandbox
        .hive(&["check", "--quiet", "nope.py"])
        .expect(2)
        .warns("error: nope.py cannot be opened");
    sandbox.hive(&["check", "-q", "-v"]).expect(2);
}

/// By itself a report shows what each finding is about, whoever has found it; a notebook's
/// lines are those of its cells, and no lines of the file.
#[test]
fn a_finding_is_shown_with_its_code() {
    let sandbox = repository();
    sandbox.write("b.py", "import a\n\n\ndef f():\n\treturn a, undefined\n");
    let text = "would fix format\n";
    let frame = "F821 Undefined name `undefined`\n --> b.py:5:12\n  |\n4 | def f():\n5 |     \
                 return a, undefined\n  |               ^^^^^^^^^\n\n";
    let ran = sandbox.hive(&["check", "b.py"]).expect(1);
    assert_eq!(ran.stdout, format!("b.py: {text}{frame}"));
    let cells = r#"{"cells": [{"cell_type": "code", "execution_count": null, "id": "a",
        "metadata": {}, "outputs": [], "source": ["undefined\n"]}],
        "metadata": {"language_info": {"name": "python"}}, "nbformat": 4, "nbformat_minor": 5}"#;
    sandbox.write("n.ipynb", cells);
    let ran = sandbox.hive(&["check", "n.ipynb"]);
    assert!(ran.stdout.contains("n.ipynb:1:1: F821"), "{ran:?}");
}

#[test]
fn verbose_names_every_file() {
    let sandbox = example();
    let out =
        "a.py: would fix F401, format\nb.py:1:5: F821 Undefined name `undefined`\nc.py: clean\n";
    let one_line = |flag| sandbox.hive(&[flag, "check", "--format", "concise"]);
    one_line("--verbose").expect(1).is(out);
    one_line("-v").expect(1).is(out);
}

#[test]
fn piped_output_has_no_escapes_unless_asked_for() {
    let mut sandbox = example();
    let plain = sandbox.hive(&["check"]).expect(1);
    assert!(!plain.stdout.contains('\x1b') && !plain.stderr.contains('\x1b'));
    sandbox.set("HIVE_OUTPUT_COLOUR", "always");
    let coloured = sandbox.hive(&["check"]).expect(1);
    assert!(
        coloured.stdout.contains("\x1b[31m"),
        "{:?}",
        coloured.stdout
    );
    assert!(coloured.stderr.contains("\x1b["), "{:?}", coloured.stderr);
    let patch = sandbox.hive(&["fix", "--diff"]).expect(1);
    assert!(
        patch.stdout.contains("\x1b[32m+x = 1\x1b[0m\n"),
        "{:?}",
        patch.stdout
    );
    // For machines there is no colour to ask for.
    let json = sandbox.hive(&["check", "--format", "json"]).expect(1);
    assert!(!json.stdout.contains('\x1b'));
    sandbox.set("HIVE_OUTPUT_COLOUR", "never");
    assert!(!sandbox.hive(&["check"]).stdout.contains('\x1b'));
}

/// Runs hive on a terminal of its own and returns what that would show.
fn on_a_terminal(sandbox: &Sandbox, args: &[&str]) -> String {
    let program = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    let all = [&["-c", program, env!("CARGO_BIN_EXE_hive")], args].concat();
    sandbox.run("python3", &all).stdout
}

#[test]
fn a_terminal_has_colour_and_no_color_takes_it() {
    let mut sandbox = example();
    sandbox.set("TERM", "xterm-256color");
    let shown = on_a_terminal(&sandbox, &["check"]);
    assert!(
        shown.contains("\x1b[") && shown.contains("F821"),
        "{shown:?}"
    );
    sandbox.set("NO_COLOR", "1");
    let shown = on_a_terminal(&sandbox, &["check"]);
    assert!(
        !shown.contains('\x1b') && shown.contains("F821"),
        "{shown:?}"
    );
}

#[test]
fn names_from_a_repository_cannot_move_the_cursor() {
    let sandbox = repository();
    sandbox.write("a\u{1b}[2J.py", "x=1\n");
    sandbox
        .hive(&["check"])
        .expect(1)
        .is("a\\u{1b}[2J.py: would fix format\n");
}

#[test]
fn the_log_says_what_happened_where_it_is_asked_for() {
    let mut sandbox = example();
    let log = sandbox.home().join("hive.log");
    sandbox.set("HIVE_OUTPUT_LOG", &log);
    let ran = sandbox.hive(&["check"]).expect(1);
    assert_eq!(
        super::timeless(&ran.stderr),
        "1 file would change, 1 finding in 1 file (3 files in TIME)\n"
    );
    let text = fs::read_to_string(&log).unwrap();
    assert!(
        text.contains("INFO hive::cli::fix::execute: all files are through files=3"),
        "{text}"
    );
    assert!(!text.contains("DEBUG"), "{text}");
    sandbox.set("HIVE_LOG", "hive=debug");
    sandbox.hive(&["check"]).expect(1);
    let more = fs::read_to_string(&log).unwrap();
    assert!(more.starts_with(&text), "the log is appended to");
    assert!(
        more.contains("file=\"a.py\" status=\"would-change\""),
        "{more}"
    );
    // Without a file it goes to standard error.
    sandbox.set("HIVE_OUTPUT_LOG", "");
    sandbox
        .hive(&["check", "--no-memo"])
        .expect(1)
        .warns("a worker has started");
    sandbox.set("HIVE_LOG", "hive=loudest");
    sandbox
        .hive(&["check"])
        .expect(2)
        .warns("HIVE_LOG=hive=loudest is not a filter");
}

#[test]
fn what_the_command_line_does_not_know_is_refused() {
    let sandbox = example();
    for args in [
        &["fix", "--nope"][..],
        &["fixx"],
        &[],
        &["check", "--staged"],
        &["check", "--diff"],
        &["fix", "--format", "xml"],
        &["fix", "--scope", "auto"],
    ] {
        sandbox.hive(args).expect(2).is("");
    }
    sandbox.hive(&["fix", "--dif"]).expect(2).warns("--diff");
    let version = sandbox.hive(&["-V"]).expect(0);
    assert_eq!(
        version.stdout,
        format!("hive {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert_eq!(sandbox.read("a.py"), "import os\nx=1\n");
}

#[test]
fn completions_are_scripts_that_their_shells_can_read() {
    let sandbox = example();
    for (shell, check) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        let script = sandbox.hive(&["completions", shell]).expect(0).stdout;
        assert!(script.contains("complete -- "), "{shell}");
        let path = sandbox.home().join(format!("hive.{shell}"));
        fs::write(&path, script).unwrap();
        let there = sandbox
            .run("sh", &["-c", &format!("command -v {shell}")])
            .code
            == Some(0);
        if there {
            sandbox
                .run(shell, &[check, path.to_str().unwrap()])
                .expect(0);
        }
    }
    sandbox.hive(&["completions", "tcsh"]).expect(2);
}

#[test]
fn help_fits_80_columns_and_is_what_was_agreed() {
    let mut sandbox = example();
    sandbox.set("COLUMNS", "80");
    for (args, snapshot) in [
        (&["--help"][..], include_str!("help/hive.txt")),
        (&["fix", "-h"], include_str!("help/fix.txt")),
        (&["check", "-h"], include_str!("help/check.txt")),
    ] {
        let help = sandbox.hive(args).expect(0).stdout;
        assert_eq!(help, snapshot, "{args:?}");
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    for verb in [
        "fix",
        "check",
        "doctor",
        "init",
        "uninit",
        "config",
        "trust",
        "completions",
        "watch",
        "undo",
        "status",
        "queue",
        "history",
        "workers",
        "escalations",
        "next",
        "apply",
        "suppress",
        "dismiss",
        "why",
        "wait",
        "show",
        "mcp",
        "lsp",
        "stats",
        "log",
    ] {
        let help = sandbox.hive(&[verb, "--help"]).expect(0).stdout;
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
