//! What the linter and a Golden Rule both find is said once, by the linter.

use serde_json::Value;

use super::repository;

const BARE: &str =
    "def load(path):\n    try:\n        return open(path)\n    except:\n        return None\n";
const GLOBAL: &str = "X = 1\n\n\ndef change():\n    global X\n    X = 2\n";
const RUFF: &str = "[tool.ruff.lint]\nselect = [\"E4\", \"E7\", \"F\", \"PLW0603\"]\n";

fn checked(sandbox: &hive_test_support::Sandbox, format: &str, code: i32) -> String {
    let ran = sandbox.hive(&["check", "--no-memo", "--format", format, "."]);
    ran.expect(code).stdout
}

#[test]
fn one_finding_in_every_format_and_the_verdict_of_both() {
    let sandbox = repository();
    sandbox.write("a.py", BARE);
    let text = checked(&sandbox, "concise", 1);
    assert_eq!(
        text,
        "a.py:4:5: E722 Do not use bare `except` (GR08 error-handling)\n"
    );
    let json: Value = serde_json::from_str(&checked(&sandbox, "json", 1)).unwrap();
    let findings = json["files"][0]["findings"].as_array().unwrap();
    assert_eq!(findings.len(), 1, "{json}");
    assert_eq!(findings[0]["code"], "E722");
    assert!(findings[0]["golden"].is_null(), "{json}");
    let seconded = &findings[0]["seconded"];
    assert_eq!(seconded["code"], "GR08");
    assert_eq!(seconded["rule"]["linter"], "E722");
    assert_eq!(seconded["rule"]["suggestion"]["title"], "Catch `Exception`");
    let rules = json["rules"].as_array().unwrap();
    let verdict = rules.iter().find(|it| it["rule"] == "GR08").unwrap();
    assert_eq!(verdict["verdict"], "failed", "{verdict}");
    for (format, once) in [
        ("sarif", "\"ruleId\": \"E722\""),
        ("github", "title=hive (E722)"),
        ("junit", ">4:5: E722"),
    ] {
        let report = checked(&sandbox, format, 1);
        assert_eq!(report.matches(once).count(), 1, "{report}");
        assert!(report.contains("(GR08 error-handling)"), "{report}");
    }
    // What is known answers the same.
    for _ in 0..2 {
        let ran = sandbox.hive(&["check", "--format", "concise", "."]);
        assert_eq!(ran.expect(1).stdout, text);
    }
    // `fix` says it in the same way.
    let fixed = sandbox.hive(&["fix", "--format", "concise", "."]);
    assert_eq!(fixed.expect(1).stdout, text);
}

#[test]
fn the_exit_code_is_that_of_the_linter_where_it_speaks() {
    let sandbox = repository();
    sandbox.write("a.py", GLOBAL);
    sandbox.write(
        "hive.toml",
        "lint = \"ruff\"\n[golden]\npreset = \"full\"\n",
    );
    sandbox.write("pyproject.toml", "[tool.ruff.lint]\nselect = [\"F\"]\n");
    sandbox.hive(&["trust", "--yes"]).expect(0);
    // A warning of a rule alone fails nothing.
    let alone = checked(&sandbox, "text", 0);
    assert!(alone.contains("GR10 "), "{alone}");
    sandbox.write("pyproject.toml", RUFF);
    let both = checked(&sandbox, "text", 1);
    assert!(
        both.contains("PLW0603") && both.contains("(GR10 no-global-state)"),
        "{both}"
    );
    assert!(!both.contains("GR10 Using"), "{both}");
    // One comment silences both.
    let excused = GLOBAL.replace("global X", "global X  # noqa: PLW0603");
    sandbox.write("a.py", excused);
    let none = checked(&sandbox, "text", 0);
    assert!(
        !none.contains("GR10") && !none.contains("PLW0603"),
        "{none}"
    );
}

/// Violations of what the repository is as a whole are new or not as all others are.
#[test]
fn only_what_is_new_is_said_of_the_whole() {
    let sandbox = repository();
    let project = "[project]\nname = \"old\"\n";
    sandbox.write(
        "hive.toml",
        "[golden]\nenable = [\"python-version-spec\"]\n",
    );
    sandbox.write("old/pyproject.toml", project);
    sandbox.write("a.py", "x = 1\n");
    sandbox.commit("one");
    sandbox.hive(&["trust", "--yes"]).expect(0);
    sandbox.write("new/pyproject.toml", project.replace("old", "new"));
    sandbox.write("old/pyproject.toml", format!("# moved\n{project}"));
    sandbox.write("a.py", "x = 2\n");
    let all = sandbox.hive(&["check", "."]).expect(0).stdout;
    assert!(all.contains("old/pyproject.toml:2"), "{all}");
    assert!(all.contains("new/pyproject.toml:1"), "{all}");
    let new = sandbox.hive(&["check", "--since", "HEAD", "."]).expect(0);
    assert!(!new.stdout.contains("old/pyproject.toml"), "{}", new.stdout);
    assert!(
        new.stdout.contains("new/pyproject.toml:1"),
        "{}",
        new.stdout
    );
}
