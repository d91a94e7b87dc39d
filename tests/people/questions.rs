//! How questions come, fold, resolve themselves and come again.

use serde_json::Value;

use crate::answers::BARE;
use crate::ground::{Ground, MESSY, NEAT};

fn question(ground: &Ground, id: &str) -> Value {
    let said = ground
        .hive(&["escalations", "show", id, "--json"])
        .expect(0)
        .stdout;
    serde_json::from_str::<Value>(&said).unwrap()["escalation"].clone()
}

#[test]
fn a_question_goes_with_its_cause_and_teaches() {
    for ground in [Ground::new(), Ground::new().watch()] {
        ground.commit("a.py", BARE, "feat: a");
        ground.hive(&["wait"]).expect(1);
        let fixed = BARE.replace("except:", "except OSError:");
        ground.commit("a.py", &fixed, "fix: a");
        ground.hive(&["wait"]).expect(0);
        let one = question(&ground, "1");
        assert_eq!(
            (one["state"].as_str(), one["ending"].as_str()),
            (Some("resolved"), Some("gone"))
        );
        // The lesson is learnt when nothing else is to be done.
        ground.commit("b.py", &BARE.replace("def f", "def g"), "feat: b");
        ground.hive(&["wait"]).expect(1);
        hive_test_support::wait_for("a precedent", || {
            let two = question(&ground, "2");
            two["similar"][0]["patch"]
                .as_str()
                .is_some_and(|patch| patch.contains("+    except OSError:"))
        });
        ground.commit("a.py", BARE, "again");
        ground.hive(&["wait"]);
        let one = question(&ground, "1");
        assert_eq!(
            (one["state"].as_str(), one["count"].as_u64()),
            (Some("open"), Some(2))
        );
    }
}

#[test]
fn a_question_goes_with_its_file() {
    let ground = Ground::new();
    ground.commit("a.py", BARE, "feat: a");
    ground.hive(&["wait"]).expect(1);
    ground.git(&["rm", "--quiet", "a.py"]);
    ground.git(&["commit", "--quiet", "-m", "drop a"]);
    ground.hive(&["wait"]).expect(0);
    assert_eq!(question(&ground, "1")["state"], "resolved");
}

#[test]
fn a_fix_that_meets_edits_is_a_question_until_it_lands() {
    let ground = Ground::new().patient();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    let edited = MESSY.replace("def f( x ):", "def f( x,y ):");
    ground.write("app.py", &edited);
    let waited = ground.hive(&["wait"]).expect(1).stdout;
    assert!(
        waited.contains("conflict") && waited.contains("app.py"),
        "{waited}"
    );
    let one = question(&ground, "1");
    assert_eq!(
        (one["rule"].as_str(), one["level"].as_str()),
        (Some("conflict"), Some("info"))
    );
    assert!(
        one["patch"].as_str().unwrap().contains("-import sys"),
        "{one}"
    );
    assert_eq!(ground.read("app.py"), edited);
    // The edits go; the fix comes.
    ground.write("app.py", MESSY);
    ground.drain();
    ground.landed_after(&mine);
    assert_eq!(ground.read("app.py"), NEAT);
    assert_eq!(question(&ground, "1")["state"], "resolved");
}

#[test]
fn questions_are_exported() {
    let ground = Ground::new();
    ground.commit("a b.py", BARE, "feat: a");
    ground.hive(&["wait"]).expect(1);
    let sarif = ground.hive(&["escalations", "--sarif"]).expect(0).stdout;
    let sarif: Value = serde_json::from_str(&sarif).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "E722");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.py");
    assert_eq!(place["region"]["startLine"], 4);
    assert_eq!(sarif["runs"][0]["tool"]["driver"]["rules"][0]["id"], "E722");
    let text = ground.hive(&["escalations", "--markdown"]).expect(0).stdout;
    assert!(
        text.starts_with("## E722 in `a b.py:4` (#1, error)"),
        "{text}"
    );
    assert!(
        text.contains("```diff\n") && text.contains("\n-    except:\n"),
        "{text}"
    );
}

#[test]
fn a_prompt_shows_little_and_nothing_at_rest() {
    let ground = Ground::new();
    assert_eq!(ground.hive(&["status", "--short"]).expect(0).stdout, "");
    ground.commit("a.py", BARE, "feat: a");
    ground.hive(&["wait"]).expect(1);
    assert_eq!(ground.hive(&["status", "--short"]).expect(0).stdout, "?1\n");
    ground.hive(&["queue", "pause"]).expect(0);
    ground.commit("b.py", MESSY, "feat: b");
    let waited = ground.hive(&["wait"]).expect(3).stdout;
    assert!(
        waited.contains("not quiet: the queue is paused"),
        "{waited}"
    );
}

#[test]
fn waiting_ends_in_the_middle_of_a_rebase_and_without_hive() {
    let ground = Ground::new();
    ground.commit("a.py", "x = 1\n", "one");
    ground.git(&["switch", "--quiet", "--create", "side", "HEAD~1"]);
    ground.commit("a.py", "x = 2\n", "two");
    ground.hive(&["wait"]).expect(0);
    assert_ne!(
        ground.sandbox.git(&["rebase", "--quiet", "main"]).code,
        Some(0)
    );
    let waited = ground.hive(&["wait", "--json"]).expect(3).stdout;
    let waited: Value = serde_json::from_str(&waited).unwrap();
    assert!(
        waited["reason"].as_str().unwrap().contains("rebase"),
        "{waited}"
    );
    let bare = Ground::bare();
    let refused = bare.hive(&["wait"]).expect(2).stderr;
    assert!(refused.contains("hive init"), "{refused}");
}

#[test]
fn history_is_read_in_words_and_numbers() {
    let ground = Ground::new();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    ground.commit("a.py", BARE, "feat: a");
    ground.hive(&["wait"]).expect(1);
    let log = ground.hive(&["log"]).expect(0).stdout;
    for part in [
        "seen    app.py",
        "fixed   app.py",
        "landed",
        "asks    #1  a.py:4",
    ] {
        assert!(log.contains(part), "no {part} in {log}");
    }
    let about = ground.hive(&["log", "a.py", "--all"]).expect(0).stdout;
    assert!(
        about.contains("a.py") && !about.contains("app.py"),
        "{about}"
    );
    let stats = ground.hive(&["stats", "--json"]).expect(0).stdout;
    let stats: Value = serde_json::from_str(&stats).unwrap();
    let rule = |name: &str| {
        let rules = stats["rules"].as_array().unwrap().iter();
        rules
            .clone()
            .find(|rule| rule["rule"] == name)
            .unwrap()
            .clone()
    };
    assert_eq!(
        (
            rule("F401")["landed"].as_u64(),
            rule("F401")["accept_rate"].as_u64()
        ),
        (Some(1), Some(100))
    );
    assert_eq!(
        (
            rule("E722")["asked"].as_u64(),
            rule("E722")["fix_rate"].as_u64()
        ),
        (Some(1), Some(0))
    );
    assert_eq!(stats["files"][0]["path"], "app.py");
    ground.settled();
    let hives = ground.git(&["log", "--format=%H", "--grep=^Hive-Worker: "]);
    ground.hive(&["undo", &hives]).expect(0);
    let stats = ground.hive(&["stats", "--json"]).expect(0).stdout;
    let stats: Value = serde_json::from_str(&stats).unwrap();
    let back = stats["rules"]
        .as_array()
        .unwrap()
        .iter()
        .find(|rule| rule["rule"] == "F401");
    assert_eq!(back.unwrap()["taken_back"], 1, "{stats}");
    let shown = ground.hive(&["show", &hives]).expect(0).stdout;
    assert!(
        shown.contains("-import sys") && shown.contains("QA-1"),
        "{shown}"
    );
    let refused = ground.hive(&["show", &mine]).expect(2).stderr;
    assert!(refused.contains("git show"), "{refused}");
}
