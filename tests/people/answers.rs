//! Answers to questions: each does what it says, or says why not.

use serde_json::Value;

use crate::ground::Ground;

/// A question with a patch: the name that is not used here is imported elsewhere.
pub(crate) const KEPT: &str = "import os\nimport sys\n\nX = sys.path\n";

/// A repository with one question that has a patch.
pub(crate) fn with_patch() -> Ground {
    let ground = Ground::new();
    ground.write("user.py", "from kept import os\n\nprint(os)\n");
    ground.write("kept.py", KEPT);
    ground.sandbox.commit("feat: kept");
    ground.hive(&["wait"]);
    ground.settled();
    ground
}

/// A repository with one question, which the linter and a Golden Rule both ask.
fn bare_except(text: &str) -> Ground {
    let ground = Ground::new();
    ground.commit("a.py", text, "feat: a");
    ground.hive(&["wait"]);
    ground.settled();
    ground
}

pub(crate) const BARE: &str = "\
def f(x):
    try:
        return x()
    except:
        return None
";

fn json(ground: &Ground, args: &[&str]) -> Value {
    let ran = ground.hive(args);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn states(ground: &Ground) -> Vec<String> {
    let all = json(ground, &["escalations", "--state", "all", "--json"]);
    let all = all["escalations"].as_array().unwrap().clone();
    all.iter()
        .map(|one| {
            let ending = one["ending"].as_str().unwrap_or("");
            format!("{} {ending}", one["state"].as_str().unwrap())
        })
        .collect()
}

#[test]
fn every_field_is_filled() {
    let ground = with_patch();
    let one = json(&ground, &["escalations", "show", "1", "--json"])["escalation"].clone();
    assert_eq!(one["rule"], "F401");
    assert_eq!(
        (one["path"].as_str(), one["line"].as_u64()),
        (Some("kept.py"), Some(1))
    );
    assert_eq!(one["snippet"], "import os");
    assert!(
        one["reason"].as_str().unwrap().contains("user.py:1"),
        "{one}"
    );
    assert!(
        one["patch"].as_str().unwrap().contains("-import os"),
        "{one}"
    );
    assert_eq!(one["owner"], "Ada <ada@example.org>");
    assert_eq!(one["worker"], "QA-1");
    for field in ["task", "attempts", "count", "first_ms", "last_ms"] {
        assert!(one[field].as_u64().unwrap() > 0, "{field} in {one}");
    }
    assert_eq!(one["commit"].as_str().unwrap().len(), 40);
    assert_eq!(one["frame"]["current"], true);
    assert!(one["similar"].as_array().unwrap().is_empty());

    let ground = bare_except(BARE);
    let one = json(&ground, &["escalations", "show", "1", "--json"])["escalation"].clone();
    assert_eq!(
        (one["rule"].as_str(), one["symbol"].as_str()),
        (Some("E722"), Some("f"))
    );
    assert_eq!(
        (one["line"].as_u64(), one["column"].as_u64()),
        (Some(4), Some(5))
    );
}

#[test]
fn a_patch_goes_into_the_file_and_can_be_taken_back() {
    let ground = with_patch();
    let said = ground.hive(&["apply", "1"]).expect(0).stdout;
    assert!(
        said.contains("kept.py has the patch of question 1"),
        "{said}"
    );
    assert_eq!(ground.read("kept.py"), KEPT.replace("import os\n", ""));
    assert_eq!(states(&ground), ["resolved applied"]);
    ground.hive(&["undo"]).expect(0);
    assert_eq!(ground.read("kept.py"), KEPT);
    ground.is_sound();
}

#[test]
fn a_patch_is_merged_into_edits_or_says_why_not() {
    let ground = with_patch();
    let edited = format!("# head\n{KEPT}Y = 1\n");
    ground.write("kept.py", &edited);
    let said = ground.hive(&["apply", "#1"]).expect(0).stdout;
    assert!(said.contains("merged with your edits"), "{said}");
    assert_eq!(ground.read("kept.py"), edited.replace("import os\n", ""));

    let ground = with_patch();
    let edited = KEPT.replace("import os\n", "import os  # for user\n");
    ground.write("kept.py", &edited);
    let refused = ground.hive(&["apply", "1"]).expect(2).stderr;
    assert!(refused.contains("does not fit any more"), "{refused}");
    assert!(refused.contains("hive escalations open 1"), "{refused}");
    assert_eq!(ground.read("kept.py"), edited);
    assert_eq!(states(&ground), ["open "]);

    // What the file uses by now may not go, however clean the merge.
    let ground = with_patch();
    let edited = format!("{KEPT}\n\nprint(os.sep)\n");
    ground.write("kept.py", &edited);
    let refused = ground.hive(&["apply", "1"]).expect(2).stderr;
    assert!(refused.contains("F821"), "{refused}");
    assert_eq!(ground.read("kept.py"), edited);
}

#[test]
fn windows_line_ends_stay() {
    let ground = with_patch();
    let windows = KEPT.replace('\n', "\r\n");
    ground.write("kept.py", &windows);
    ground.hive(&["apply", "1"]).expect(0);
    assert_eq!(ground.read("kept.py"), windows.replace("import os\r\n", ""));
}

#[test]
fn a_suppression_is_verified_and_heeded() {
    let ground = bare_except(BARE);
    let refused = ground.hive(&["suppress", "1", "-m", " "]).expect(2).stderr;
    assert!(refused.contains("needs a reason"), "{refused}");
    ground
        .hive(&["suppress", "1", "-m", "callers\ncount on it"])
        .expect(0);
    let line = "    except:  # noqa: E722 - callers count on it\n";
    assert_eq!(ground.read("a.py"), BARE.replace("    except:\n", line));
    let check = ground.hive(&["check", "a.py"]);
    assert_eq!(check.code, Some(0), "{check:?}");
    assert_eq!(states(&ground), ["resolved suppressed"]);
    let shown = ground.hive(&["escalations", "show", "1"]).expect(0).stdout;
    assert!(
        shown.contains("suppressed") && shown.contains("callers count on it"),
        "{shown}"
    );
}

#[test]
fn a_rule_of_the_team_is_suppressed_by_its_name() {
    let ground = Ground::new();
    let laws = "[[rule]]\nid = \"billing-clock\"\ncall = \"time.time\"\nmessage = \"m\"\n\n\
                [[rule]]\nid = \"no-fork\"\ncall = \"os.fork\"\nmessage = \"m\"\n";
    let config = ground.read("hive.toml");
    ground.write("hive.toml", &format!("{config}\n{laws}"));
    ground.hive(&["trust", "--yes"]).expect(0);
    ground.sandbox.commit("laws");
    let code = "import os\nimport time\n\n\ndef f():\n    return time.time(), os.fork()\n";
    ground.commit("a.py", code, "feat: a");
    ground.hive(&["wait"]);
    ground.settled();
    let open = json(&ground, &["escalations", "--json"]);
    let mut ids: Vec<(String, String)> = Vec::new();
    for one in open["escalations"].as_array().unwrap() {
        ids.push((
            one["rule"].as_str().unwrap().to_owned(),
            one["id"].to_string(),
        ));
    }
    ids.sort();
    let rules: Vec<&str> = ids.iter().map(|(rule, _)| rule.as_str()).collect();
    assert_eq!(rules, ["billing-clock", "no-fork"]);
    for (_, id) in &ids {
        ground.hive(&["suppress", id, "-m", "ok"]).expect(0);
    }
    let line = "time.time(), os.fork()  # golden-rule-ignore: billing-clock, no-fork - ok\n";
    assert_eq!(
        ground.read("a.py"),
        code.replace("time.time(), os.fork()\n", line)
    );
    ground.hive(&["check", "a.py"]).expect(0);
    assert_eq!(states(&ground), ["resolved suppressed"; 2]);
}

#[test]
fn a_suppression_says_when_it_has_no_place() {
    let ground = bare_except(BARE);
    ground.write("a.py", &BARE.replace("except:", "except OSError:"));
    let refused = ground
        .hive(&["suppress", "1", "-m", "why"])
        .expect(2)
        .stderr;
    assert!(refused.contains("is not in a.py any more"), "{refused}");
}

#[test]
fn words_move_a_question() {
    let ground = bare_except(BARE);
    let orders: [(&[&str], &str); 5] = [
        (&["escalations", "snooze", "1", "--for", "2h"], "snoozed "),
        (&["escalations", "reopen", "1"], "open "),
        (&["dismiss", "1", "-m", "by design"], "dismissed dismissed"),
        (&["escalations", "reopen", "1"], "open "),
        (
            &["escalations", "resolve", "1", "-m", "done"],
            "resolved resolved",
        ),
    ];
    for (order, state) in orders {
        ground.hive(order).expect(0);
        assert_eq!(states(&ground), [state], "{order:?}");
    }
    let refused = ground
        .hive(&["escalations", "resolve", "1"])
        .expect(2)
        .stderr;
    assert!(refused.contains("is resolved"), "{refused}");
    let none = ground.hive(&["dismiss", "9"]).expect(2).stderr;
    assert!(none.contains("there is no question 9"), "{none}");
    let none = ground.hive(&["dismiss"]).expect(2).stderr;
    assert!(none.contains("no question is named"), "{none}");
}

#[test]
fn orders_take_filters() {
    let ground = Ground::new();
    for path in ["one.py", "tests/two.py", "tests/three.py"] {
        ground.write(path, BARE);
    }
    ground.sandbox.commit("feat: three");
    ground.hive(&["wait"]);
    ground.settled();
    let said = ground
        .hive(&["dismiss", "--rule", "E722", "--path", "tests"])
        .expect(0)
        .stdout;
    assert_eq!(said.lines().count(), 2, "{said}");
    let open = ground.hive(&["escalations"]).expect(0).stdout;
    assert!(
        open.contains("one.py:4") && !open.contains("tests/"),
        "{open}"
    );
    let both = ground
        .hive(&["dismiss", "1", "--rule", "E722"])
        .expect(2)
        .stderr;
    assert!(both.contains("either"), "{both}");
}

#[test]
fn retry_looks_again() {
    let ground = bare_except(BARE);
    ground.hive(&["dismiss", "1"]).expect(0);
    let said = ground.hive(&["escalations", "retry", "1"]).expect(0).stdout;
    assert!(said.contains("looks at a.py again"), "{said}");
    ground.hive(&["wait"]);
    ground.settled();
    assert_eq!(states(&ground), ["open "]);
    let one = json(&ground, &["escalations", "show", "1", "--json"]);
    assert!(one["escalation"]["count"].as_u64().unwrap() > 1, "{one}");
}

#[test]
fn the_editor_opens_at_the_place_as_it_is_now() {
    let mut ground = bare_except(BARE);
    ground.write("a.py", &format!("# one more line\n{BARE}"));
    let log = ground.outside("editor.log");
    let editor = ground.outside("code");
    std::fs::write(
        &editor,
        format!("#!/bin/sh\necho \"$@\" > '{}'\n", log.display()),
    )
    .unwrap();
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&editor, mode).unwrap();
    ground
        .sandbox
        .set("VISUAL", format!("{} --wait", editor.display()));
    ground.hive(&["escalations", "open", "1"]).expect(0);
    let said = std::fs::read_to_string(&log).unwrap();
    assert!(
        said.starts_with("--wait --goto ") && said.ends_with("a.py:5:5\n"),
        "{said}"
    );
    ground.sandbox.set("VISUAL", "/nowhere/editor");
    let refused = ground.hive(&["escalations", "open", "1"]).expect(2).stderr;
    assert!(refused.contains("/nowhere/editor"), "{refused}");
}

#[test]
fn next_takes_lines_and_takes_an_answer_back() {
    let ground = Ground::new();
    for path in ["one.py", "two.py"] {
        ground.write(path, BARE);
    }
    ground.sandbox.commit("feat: two");
    ground.hive(&["wait"]);
    ground.settled();
    // The newest first: 2 is dismissed, that is taken back while 1 is shown, and 1 skipped.
    let ran = ground.sandbox.hive_with(&["next"], b"n\nu\ns\n").expect(0);
    assert!(
        ran.stdout.contains("two.py:4") && ran.stdout.contains("one.py:4"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("question 2 stands as before"),
        "{ran:?}"
    );
    assert_eq!(states(&ground), ["open ", "open "]);
    let ran = ground.sandbox.hive_with(&["next"], b"q\n").expect(0);
    assert!(!ran.stdout.contains("one.py"), "{ran:?}");
    let ran = ground.sandbox.hive_with(&["next"], b"").expect(0);
    assert_eq!(states(&ground), ["open ", "open "], "{ran:?}");
    let ran = ground
        .sandbox
        .hive_with(&["next"], b"i it may\nn\n")
        .expect(0);
    assert!(ran.stderr.contains("no question is open"), "{ran:?}");
    assert!(
        ground
            .read("two.py")
            .contains("except:  # noqa: E722 - it may")
    );
}

#[test]
fn held_fixes_are_applied() {
    let ground = Ground::new();
    ground
        .hive(&["config", "set", "commit.mode", "hold"])
        .expect(0);
    let end = "\n\nX = 1\nY = 1\n";
    let messy = format!("{}{end}", crate::ground::MESSY);
    ground.commit("app.py", &messy, "feat: app");
    let waited = ground.hive(&["wait"]).expect(1).stdout;
    assert!(
        waited.contains("kept back  app.py  commit.mode is hold (held)"),
        "{waited}"
    );
    ground.settled();
    ground.write("app.py", &format!("{messy}Z = 1\n"));
    let said = ground.hive(&["apply"]).expect(0).stdout;
    assert!(said.contains("app.py has its fix"), "{said}");
    assert_eq!(
        ground.read("app.py"),
        format!("{}{end}Z = 1\n", crate::ground::NEAT)
    );
    let none = ground.hive(&["apply"]).expect(0).stderr;
    assert!(none.contains("no fix is held"), "{none}");
    ground.git(&["commit", "--quiet", "-am", "take it"]);
    ground.hive(&["wait"]).expect(0);
}

/// The patch of a question that was asked behind a fix which nobody has taken yet.
#[test]
fn a_patch_behind_a_held_fix_is_merged_or_says_what_goes_first() {
    let behind = |kept: &str| {
        let ground = Ground::new();
        ground
            .hive(&["config", "set", "commit.mode", "hold"])
            .expect(0);
        ground.write("user.py", "from kept import os\n\nprint(os)\n");
        ground.write("kept.py", kept);
        ground.sandbox.commit("feat: kept");
        ground.hive(&["wait"]).expect(1);
        ground
    };
    // Lines that the fix is about stand beside those of the patch.
    let messy = KEPT.replace("X = ", "X  = ");
    let ground = behind(&messy);
    let said = ground.hive(&["apply", "1"]).expect(0).stdout;
    assert!(said.contains("merged"), "{said}");
    assert_eq!(ground.read("kept.py"), messy.replace("import os\n", ""));
    // They are the same lines.
    let joined = KEPT.replace("import os\nimport sys\n", "import os, sys\n");
    let ground = behind(&joined);
    let said = ground.hive(&["apply", "1"]).expect(2).stderr;
    assert!(
        said.contains("behind a fix that is held: hive apply"),
        "{said}"
    );
    assert_eq!(ground.read("kept.py"), joined);
    ground.hive(&["apply"]).expect(0);
    assert_eq!(ground.read("kept.py"), KEPT);
    ground.hive(&["apply", "1"]).expect(0);
    assert_eq!(ground.read("kept.py"), KEPT.replace("import os\n", ""));
    ground.is_sound();
}
