//! The golden stage: what a team's own laws do behind a commit.

use hive_test_support::wait_for;

use crate::ground::Ground;

/// A function with an unused variable, a long line and a `print`.
const STORY: &str = "\
import os


def load(name):
    unused = 1
    print(\"loading\", name, \"from\", os.sep, \"which is a rather long line for a print to be written in\")
    return name
";

const TOLD: &str = "\
import logging
import os

logger = logging.getLogger(__name__)


def load(name):
    logger.info(
        \"%s %s %s %s %s\",
        \"loading\",
        name,
        \"from\",
        os.sep,
        \"which is a rather long line for a print to be written in\",
    )
    return name
";

fn full(ground: &Ground) {
    ground.write("hive.toml", "[golden]\npreset = \"full\"\n");
    ground.sandbox.hive(&["trust", "--yes"]).expect(0);
    ground.sandbox.commit("laws");
    ground.settled();
}

#[test]
fn both_stages_follow_a_commit_each_in_a_commit_of_its_own() {
    crate::ground::both(|ground| {
        full(&ground);
        let mine = ground.commit("shop/users.py", STORY, "feat: users");
        wait_for("the commits of both stages", || {
            ground.git(&["rev-list", "--count", &format!("{mine}..HEAD")]) == "2"
        });
        ground.settled();
        let log = ground.git(&["log", "--format=%s", &format!("{mine}..HEAD")]);
        let subjects: Vec<&str> = log.lines().collect();
        assert_eq!(subjects.len(), 2, "{log}");
        assert!(
            subjects[0].starts_with("chore(golden): ") && subjects[0].ends_with("[GOLDEN-1]"),
            "{log}"
        );
        assert!(
            subjects[1].starts_with("chore(qa): ") && subjects[1].ends_with("[QA-1]"),
            "{log}"
        );
        assert_eq!(ground.read("shop/users.py"), TOLD);
        let message = ground.git(&["log", "-1", "--format=%B"]);
        assert!(message.contains("GR09"), "{message}");
        ground.is_clean();
    });
}

#[test]
fn what_no_fix_mends_is_a_question_with_its_level_and_place() {
    let ground = Ground::new().watch();
    let code = "import requests\n\n\ndef load(url):\n    return requests.get(url)\n";
    ground.commit("load.py", code, "feat: load");
    ground.settled();
    let answer = ground.sandbox.hive(&["escalations", "--json"]).expect(0);
    let answer: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    let asked = &answer["escalations"][0];
    assert_eq!(asked["rule"], "GR39", "{answer}");
    assert_eq!(asked["level"], "error");
    assert_eq!(asked["stage"], "golden");
    assert_eq!(
        (&asked["line"], &asked["symbol"]),
        (&5.into(), &"load".into())
    );
}

#[test]
fn older_lines_are_not_asked_about() {
    let ground = Ground::new();
    let code = "import requests\n\n\ndef load(url):\n    return requests.get(url)\n";
    ground.write("load.py", code);
    ground.sandbox.run("git", &["add", "load.py"]).expect(0);
    // Committed as nobody's own: hive does not look at it.
    ground
        .sandbox
        .run(
            "git",
            &[
                "-c",
                "user.name=B",
                "-c",
                "user.email=b@example.org",
                "commit",
                "-qm",
                "theirs",
            ],
        )
        .expect(0);
    ground.settled();
    ground.commit("load.py", &format!("{code}\n\nx = 1\n"), "feat: x");
    ground.settled();
    let answer = ground.sandbox.hive(&["escalations"]).expect(0);
    assert!(!answer.stdout.contains("GR39"), "{}", answer.stdout);
}
