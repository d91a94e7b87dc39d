//! What the next hook says.

use hive_test_support::wait_for;

use crate::answers::BARE;
use crate::ground::{Ground, MESSY, both};

/// Commits and returns what the hooks said.
fn says(ground: &Ground, args: &[&str]) -> String {
    ground
        .sandbox
        .git(&[&["commit", "--quiet", "--allow-empty", "-m", "next"], args].concat())
        .expect(0)
        .stderr
}

#[test]
fn news_are_told_once_in_one_line() {
    both(|ground| {
        ground.write("app.py", MESSY);
        ground.write("a.py", BARE);
        ground.sandbox.commit("feat: both");
        ground.hive(&["wait"]).expect(1);
        wait_for("the notice", || {
            ground.sandbox.path(".git/hive/notice").exists()
        });
        ground.settled();
        let said = says(&ground, &[]);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("hive fixed ") && said.contains(" in 1 file ("),
            "{said}"
        );
        assert!(
            said.ends_with("asks #1 E722 a.py:4 (hive next)\n"),
            "{said}"
        );
        ground.settled();
        assert_eq!(says(&ground, &[]), "");
    });
}

#[test]
fn nothing_is_told_when_nothing_happened() {
    let ground = Ground::new();
    ground.commit("clean.py", "y = 1\n", "clean");
    ground.hive(&["wait"]).expect(0);
    ground.settled();
    assert_eq!(says(&ground, &[]), "");
}

#[test]
fn what_is_held_is_told() {
    let ground = Ground::new();
    ground
        .hive(&["config", "set", "commit.mode", "hold"])
        .expect(0);
    ground.commit("app.py", MESSY, "feat: app");
    ground.hive(&["wait"]).expect(1);
    wait_for("the notice", || {
        ground.sandbox.path(".git/hive/notice").exists()
    });
    ground.settled();
    assert_eq!(
        says(&ground, &[]),
        "hive keeps the fix of app.py back: commit.mode is hold (hive apply)\n"
    );
}
