//! `hive init --from pre-commit`.

use hive_test_support::Sandbox;

use super::with_hive_in_path;

const CONFIGURATION: &str = "\
repos:
- repo: https://github.com/astral-sh/ruff-pre-commit
  rev: v0.16.4
  hooks:
  - id: ruff-check  # the linter
    args: [--fix]
  - id: ruff-format
- repo: local
  hooks:
  - {id: types, name: types, entry: mypy, language: system}
";

fn repository() -> Sandbox {
    let sandbox = with_hive_in_path(&[]);
    sandbox.write(".pre-commit-config.yaml", CONFIGURATION);
    sandbox.write(
        ".github/workflows/ci.yml",
        "jobs:\n  a:\n    steps:\n    - run: pre-commit run --all-files\n",
    );
    sandbox.commit("first");
    sandbox
}

#[test]
fn the_change_is_shown_and_not_made_unasked() {
    let sandbox = repository();
    let ran = sandbox.hive(&["init", "--from", "pre-commit"]).expect(0);
    assert!(
        ran.stdout.ends_with(
            "--- a/.pre-commit-config.yaml\n+++ b/.pre-commit-config.yaml\n@@ -3,8 +3,10 @@\n   rev: v0.16.4\n   hooks:\n   - id: ruff-check  # the linter\n+    stages: [pre-push]\n     args: [--fix]\n   - id: ruff-format\n+    stages: [pre-push]\n - repo: local\n   hooks:\n   - {id: types, name: types, entry: mypy, language: system}\n"
        ),
        "{}",
        ran.stdout
    );
    for said in [
        "ruff-check           lint, as hive does: moves to the push",
        "types                stays: hive does nothing of it",
        ".github/workflows/ci.yml:4 runs hooks in CI",
        "is as it was",
    ] {
        assert!(ran.stderr.contains(said), "no {said} in\n{}", ran.stderr);
    }
    assert_eq!(sandbox.read(".pre-commit-config.yaml"), CONFIGURATION);
    // hive is installed all the same, and says the same as before about the tools.
    assert!(sandbox.path(".git/hooks/post-commit").exists());
}

#[test]
fn with_yes_it_is_made_and_what_counts_stays() {
    let sandbox = repository();
    let doctor = || sandbox.hive(&["doctor", "--json"]).expect(0).stdout;
    let before = doctor();
    sandbox
        .hive(&["init", "--from", "pre-commit", "--yes"])
        .expect(0);
    let text = sandbox.read(".pre-commit-config.yaml");
    assert_eq!(
        text.matches("    stages: [pre-push]\n").count(),
        2,
        "{text}"
    );
    assert_eq!(text.replace("    stages: [pre-push]\n", ""), CONFIGURATION);
    let of_tools = |text: &str| {
        let value: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut decisions = value["projects"].clone();
        // The lines have moved.
        strip_lines(&mut decisions);
        decisions
    };
    assert_eq!(of_tools(&doctor()), of_tools(&before));
    let again = sandbox
        .hive(&["init", "--from", "pre-commit", "--yes"])
        .expect(0);
    assert!(
        again.stderr.contains("nothing in it is to be moved"),
        "{}",
        again.stderr
    );
    assert_eq!(sandbox.read(".pre-commit-config.yaml"), text);
}

fn strip_lines(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Object(entries) => {
            entries.remove("line");
            entries.values_mut().for_each(strip_lines);
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(strip_lines),
        _ => {}
    }
}

#[test]
fn what_cannot_be_read_stops_before_anything_is_done() {
    let sandbox = with_hive_in_path(&[]);
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("first");
    sandbox
        .hive(&["init", "--yes", "--from", "pre-commit"])
        .expect(2)
        .warns("there is no .pre-commit-config.yaml here");
    sandbox.write(".pre-commit-config.yaml", "repos: [\n");
    sandbox
        .hive(&["init", "--yes", "--from", "pre-commit"])
        .expect(2)
        .warns(".pre-commit-config.yaml cannot be read");
    assert!(!sandbox.path(".git/hooks/post-commit").exists());
    assert!(!sandbox.path("hive.toml").exists());
}

#[test]
fn on_a_terminal_the_person_is_asked() {
    for (answer, moved) in [("y\n", true), ("\n", false)] {
        let sandbox = repository();
        let mut command = sandbox.command(super::HIVE.as_ref(), &["init", "--from", "pre-commit"]);
        command.env("TERM", "xterm-256color");
        let mut terminal = hive_test_support::Pty::start(command, 80, 60);
        terminal.waits_for("1-6 or the word [1]:");
        terminal.types("\n");
        terminal.waits_for("[y/N]");
        terminal.types("\n");
        terminal.waits_for("Write it to .pre-commit-config.yaml? [y/N]");
        terminal.types(answer);
        assert_eq!(terminal.ends(), Some(0), "{}", terminal.shows());
        let text = sandbox.read(".pre-commit-config.yaml");
        assert_eq!(text != CONFIGURATION, moved, "{text}");
    }
}
