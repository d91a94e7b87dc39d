//! What a person takes back does not come again.

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};
use crate::tree::Tree;

/// What is appended to a file: hive has something to do there.
const MORE: &str = "\n\ndef g( y ):\n    return y\n";
const MORE_NEAT: &str = "\n\ndef g(y):\n    return y\n";

/// How many refusals are kept.
fn declined(ground: &Ground) -> usize {
    let said = ground
        .hive(&["history", "--declined", "--json"])
        .expect(0)
        .stdout;
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    said["declines"].as_array().unwrap().len()
}

/// A landed fix of `app.py`.
fn landed(ground: &Ground) -> String {
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    assert_eq!(ground.read("app.py"), NEAT);
    mine
}

#[test]
fn a_reverted_fix_does_not_come_again() {
    let ground = Ground::new().watch();
    landed(&ground);
    ground.git(&["revert", "--no-edit", "HEAD"]);
    let reverted = ground.head();
    ground.said(&format!("{} took", &reverted[..7]));
    ground.settled();
    assert_eq!(
        ground.head(),
        reverted,
        "{}",
        ground.git(&["log", "--oneline"])
    );
    assert_eq!(ground.read("app.py"), MESSY);

    let next = ground.commit("app.py", &format!("{MESSY}{MORE}"), "feat: g");
    ground.landed_after(&next);
    assert_eq!(ground.read("app.py"), format!("{MESSY}{MORE_NEAT}"));
    ground.is_clean();
    let listed = ground.hive(&["history", "--declined"]).expect(0).stdout;
    assert!(
        listed.contains("F401") && listed.contains("app.py"),
        "{listed}"
    );
}

#[test]
fn a_revert_and_new_lines_may_be_seen_at_once() {
    let ground = Ground::new();
    landed(&ground);
    // No hook: nobody looks in between.
    ground.git(&[
        "-c",
        "core.hooksPath=/dev/null",
        "revert",
        "--no-edit",
        "HEAD",
    ]);
    let next = ground.commit("app.py", &format!("{MESSY}{MORE}"), "feat: g");
    ground.landed_after(&next);
    assert_eq!(ground.read("app.py"), format!("{MESSY}{MORE_NEAT}"));
    ground.is_clean();
}

#[test]
fn a_fix_that_was_reset_away_does_not_come_again() {
    let ground = Ground::new().watch();
    landed(&ground);
    ground.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    ground.said("left the branch");
    // The amended commit makes all of its lines new again.
    ground.write("app.py", &format!("{MESSY}{MORE}"));
    ground.git(&[
        "commit",
        "--quiet",
        "--all",
        "--amend",
        "-m",
        "feat: app and g",
    ]);
    ground.landed_after(&ground.head());
    assert_eq!(ground.read("app.py"), format!("{MESSY}{MORE_NEAT}"));
    ground.is_clean();
}

#[test]
fn what_is_folded_by_hand_is_no_no() {
    let ground = Ground::new().watch();
    landed(&ground);
    ground.git(&["reset", "--quiet", "--soft", "HEAD~1"]);
    ground.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    // What lands for a later commit shows that this was looked at.
    let later = ground.commit("lib.py", MESSY, "feat: lib");
    ground.landed_after(&later);
    assert_eq!(declined(&ground), 0);
    assert_eq!(ground.read("app.py"), NEAT);
}

/// A clone of the ground's repository with hive in it.
fn cloned<'a>(ground: &'a Ground, kind: &str) -> Tree<'a> {
    for (name, value) in [("user.name", "Ada"), ("user.email", "ada@example.org")] {
        ground.git(&["config", "--global", name, value]);
    }
    ground.git(&["config", "uploadpack.allowFilter", "true"]);
    let address = format!("file://{}", ground.sandbox.root().display());
    let there = ground.beside("clone");
    ground.git(&["clone", "-q", kind, &address, there.to_str().unwrap()]);
    let tree = ground.tree_at(&there);
    tree.hive(&["init", "--yes"]).expect(0);
    tree
}

/// Takes hive's newest commit back, and demands that it stays so.
fn stays_reverted(tree: &Tree<'_>) {
    let before = tree.git(&["show", "HEAD~1:app.py"]);
    tree.git(&["revert", "--no-commit", "HEAD"]);
    tree.git(&["commit", "--quiet", "--all", "-m", "back"]);
    let reverted = tree.head();
    wait_for("the refusal", || {
        let said = tree.asked(&["history", "--declined", "--json"]);
        let all = said["declines"].as_array();
        all.is_some_and(|all| !all.is_empty())
    });
    tree.settled();
    assert_eq!(tree.head(), reverted, "{}", tree.git(&["log", "--oneline"]));
    assert_eq!(tree.read("app.py").trim_end(), before);
}

#[test]
fn a_no_is_heard_in_a_shallow_clone() {
    let ground = Ground::new();
    ground.commit("lib.py", "x = 1\n", "feat: lib");
    let tree = cloned(&ground, "--depth=2");
    assert_eq!(tree.git(&["rev-list", "--count", "HEAD"]), "2");
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    stays_reverted(&tree);
}

#[test]
fn a_no_is_heard_in_a_clone_without_old_files() {
    let ground = Ground::new();
    landed(&ground);
    ground.commit("app.py", "x = 1\n", "feat: another app");
    ground.settled();
    let tree = cloned(&ground, "--filter=blob:none");
    let missing = tree.git(&["rev-list", "--objects", "--missing=print", "HEAD"]);
    assert!(missing.lines().any(|line| line.starts_with('?')));
    // Not the same text again: its blobs would be those that are missing.
    let text = MESSY.replace("sys", "re");
    let mine = tree.commit("app.py", text, "feat: app");
    tree.followed(&mine);
    stays_reverted(&tree);
}
