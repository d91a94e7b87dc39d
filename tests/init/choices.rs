//! What `hive init` writes, says and does not ask without a terminal.

use super::{init, repository};

#[test]
fn without_evidence_hives_own_set_is_written_out_and_means_the_same() {
    let sandbox = repository();
    sandbox.write("bad.py", "import os\nimport abc\nx=[abc,\n]\n");
    let check = || {
        let ran = sandbox.hive(&["check", "--format", "json"]);
        let tree: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        tree["files"].to_string()
    };
    let before = check();
    init(&sandbox);
    let text = sandbox.read("hive.toml");
    assert!(
        text.ends_with("\nlint = \"ruff\"\nimports = \"ruff\"\nformat = \"ruff\"\n"),
        "{text}"
    );
    assert_eq!(check(), before);
}

#[test]
fn with_evidence_nothing_that_is_a_default_is_written() {
    let sandbox = repository();
    sandbox.write("pyproject.toml", "[tool.ruff.format]\n");
    init(&sandbox);
    let text = sandbox.read("hive.toml");
    assert!(text.lines().all(|line| line.starts_with('#')), "{text}");
    sandbox.write("hive.toml", "# mine\n");
    init(&sandbox);
    assert_eq!(sandbox.read("hive.toml"), "# mine\n");
}

#[test]
fn settings_in_pyproject_are_settings() {
    let sandbox = repository();
    sandbox.write("pyproject.toml", "[tool.hive]\n");
    let said = init(&sandbox).stderr;
    assert!(said.contains("the team's settings are there"), "{said}");
    assert!(!sandbox.path("hive.toml").exists());
}

#[test]
fn without_a_terminal_there_is_no_trust_and_it_is_said() {
    let sandbox = repository();
    let ran = sandbox.hive(&["init"]).expect(0);
    assert!(
        ran.stderr
            .contains("no trust was recorded, since there is no terminal to ask on"),
        "{}",
        ran.stderr
    );
    sandbox.hive(&["trust", "--show"]).expect(1);
    let ran = init(&sandbox);
    assert!(
        ran.stdout.contains("commit.mode "),
        "what is trusted is shown: {}",
        ran.stdout
    );
    sandbox.hive(&["trust", "--show"]).expect(0);
}

#[test]
fn mistakes_in_settings_stop_it_before_anything_is_written() {
    let sandbox = repository();
    sandbox.write("hive.toml", "lnit = 1\n");
    let ran = sandbox.hive(&["init", "--yes"]);
    assert_eq!(ran.code, Some(2));
    assert!(!sandbox.path(".git/hive").exists());
    assert!(!sandbox.path(".git/hooks/post-commit").exists());
}

#[test]
fn a_persons_own_settings_need_no_trust_and_the_teams_do() {
    let mut sandbox = repository();
    init(&sandbox);
    sandbox
        .hive(&["config", "set", "commit.mode", "hold"])
        .expect(0);
    sandbox.set("HIVE_ON_SAVE", "off");
    sandbox.hive(&["trust", "--show"]).expect(0);
    let text = sandbox.read("hive.toml");
    sandbox.write(
        "hive.toml",
        format!("{text}\n[commit]\nmode = \"branch\"\n"),
    );
    let ran = sandbox.hive(&["trust", "--show"]).expect(1);
    assert!(
        ran.stdout
            .contains("`commit.mode` is \"branch\", trusted was \"direct\""),
        "{}",
        ran.stdout
    );
}
