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

/// Commits while nobody hears of it, as `who` if somebody else does.
fn unheard(ground: &Ground, path: &str, text: &str, who: &[&str]) {
    ground.write(path, text);
    ground.git(&["add", path]);
    let mut args = vec!["-c", "core.hooksPath=/dev/null"];
    args.extend(who);
    args.extend(["commit", "--quiet", "-m", "feat: unheard"]);
    ground.git(&args);
}

const THEM: [&str; 4] = ["-c", "user.name=B", "-c", "user.email=b@example.org"];

#[test]
fn what_others_add_before_a_commit_is_judged_stays_as_it_is_and_is_not_asked_about() {
    const BEFORE: &str =
        "import requests\n\n\ndef load(url):\n    return requests.get(url, timeout=3)\n";
    const MINE: &str = "\n\ndef mine(name):\n    print(name)\n    return requests.get(name)\n";
    const THEIRS: &str = "\n\ndef theirs( url ):\n    print(url)\n    return requests.get( url )\n";
    let ground = Ground::new();
    full(&ground);
    // The file is clean, and nobody's own.
    unheard(&ground, "shop/users.py", BEFORE, &THEM);
    ground.drain();
    unheard(&ground, "shop/users.py", &format!("{BEFORE}{MINE}"), &[]);
    unheard(
        &ground,
        "shop/users.py",
        &format!("{BEFORE}{MINE}{THEIRS}"),
        &THEM,
    );
    // Nothing lands on a tip that is another's.
    unheard(&ground, "other.py", "x = 1\n", &[]);
    ground.drain();
    ground.settled();
    let now = ground.read("shop/users.py");
    assert!(now.contains("    logger.info(\"%s\", name)\n"), "{now}");
    assert!(now.ends_with(THEIRS), "{now}");
    let asked = open(&ground);
    let asked: Vec<(&str, &str)> = asked
        .iter()
        .map(|one| {
            (
                one["rule"].as_str().unwrap(),
                one["symbol"].as_str().unwrap(),
            )
        })
        .filter(|(rule, _)| *rule != "GR12")
        .collect();
    assert_eq!(asked, [("GR39", "mine")]);
}

#[test]
fn what_others_add_between_two_commits_is_not_asked_about() {
    let ground = Ground::new();
    let get = |name: &str| format!("\n\ndef {name}(url):\n    return requests.get(url)\n");
    let texts = [
        "import requests\n\nX = 1\n".to_owned(),
        get("first"),
        get("theirs"),
        get("last"),
    ];
    unheard(&ground, "load.py", &texts[0], &THEM);
    ground.drain();
    unheard(&ground, "load.py", &texts[..2].concat(), &[]);
    unheard(&ground, "load.py", &texts[..3].concat(), &THEM);
    unheard(&ground, "load.py", &texts.concat(), &[]);
    ground.drain();
    let mut asked: Vec<String> = open(&ground)
        .iter()
        .map(|one| format!("{} {}", one["rule"], one["symbol"]))
        .collect();
    asked.sort();
    assert_eq!(asked, ["\"GR39\" \"first\"", "\"GR39\" \"last\""]);
}

#[test]
fn a_golden_fix_is_merged_with_edits_elsewhere_in_the_file() {
    crate::ground::both(|ground| {
        full(&ground);
        let begin = "import logging\n\nlogger = logging.getLogger(__name__)\n";
        let committed =
            crate::ground::long(begin).replace("def one(x):\n", "def one(x):\n    print(x)\n");
        let edit = |text: &str| text.replace("def three(x):\n", "def three(x):\n    # mine\n");
        ground.write("shop/users.py", &committed);
        ground.git(&["add", "shop/users.py"]);
        ground.write("shop/users.py", &edit(&committed));
        ground.git(&["commit", "--quiet", "-m", "feat: users"]);
        let mended = committed.replace("    print(x)\n", "    logger.info(\"%s\", x)\n");
        wait_for("the fix in the tip", || {
            ground.stored("HEAD", "shop/users.py") == mended
        });
        ground.settled();
        assert_eq!(ground.read("shop/users.py"), edit(&mended));
        assert_eq!(ground.git(&["status", "--porcelain"]), " M shop/users.py");
        ground.is_sound();
    });
}

/// What the list of questions says, without what is over.
fn open(ground: &Ground) -> Vec<serde_json::Value> {
    ground.settled();
    let answer = ground.sandbox.hive(&["escalations", "--json"]).expect(0);
    let answer: serde_json::Value = serde_json::from_str(&answer.stdout).unwrap();
    answer["escalations"].as_array().unwrap().clone()
}

const BARE: &str =
    "def load(path):\n    try:\n        return open(path)\n    except:\n        return None\n";

#[test]
fn what_the_linter_and_a_rule_say_is_one_question() {
    crate::ground::both(|ground| {
        ground.commit("load.py", BARE, "feat: load");
        let asked = open(&ground);
        assert_eq!(asked.len(), 1, "{asked:?}");
        let one = &asked[0];
        // The linter asks; the rule lends its level and its patch.
        assert_eq!(
            (&one["rule"], &one["stage"], &one["level"]),
            (&"E722".into(), &"qa".into(), &"error".into())
        );
        let id = one["id"].to_string();
        let show = ground
            .hive(&["escalations", "show", &id, "--json"])
            .expect(0);
        assert!(
            show.stdout.contains("+    except Exception:"),
            "{}",
            show.stdout
        );
        // Who does not want to hear of it hears it from neither.
        ground.hive(&["dismiss", &id]).expect(0);
        ground.commit("load.py", &BARE.replace("None", "{}"), "fix: load");
        assert_eq!(open(&ground), Vec::<serde_json::Value>::new());
    });
}

#[test]
fn the_tools_are_not_heard_again_after_a_rule_has_changed_the_file() {
    let ground = Ground::new().watch();
    full(&ground);
    let code = format!("{BARE}\n\ndef tell(name):\n    print(name)\n    return name\n");
    let mine = ground.commit("load.py", &code, "feat: load");
    wait_for("the rule's commit", || {
        ground.git(&["rev-list", "--count", &format!("{mine}..HEAD")]) == "1"
    });
    let bare: Vec<_> = open(&ground)
        .into_iter()
        .filter(|one| one["rule"] == "E722" || one["rule"] == "GR08")
        .collect();
    assert_eq!(bare.len(), 1, "{bare:?}");
    assert_eq!(bare[0]["rule"], "E722");
}
