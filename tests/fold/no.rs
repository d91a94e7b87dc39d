//! A person's "no" to what was folded into their commit.

use crate::ground::{Ground, MESSY, NEAT};

/// What is appended to a file: hive has something to do there.
const MORE: &str = "\n\ndef g( y ):\n    return y\n";
const MORE_NEAT: &str = "\n\ndef g(y):\n    return y\n";

fn declined(ground: &Ground) -> usize {
    let said = ground.asks(&["history", "--declined", "--json"]);
    said["declines"].as_array().unwrap().len()
}

#[test]
fn what_an_amend_puts_back_stays_so() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.folded(&mine);
        ground.write("app.py", MESSY);
        ground.git(&["commit", "-q", "-a", "--amend", "--no-edit"]);
        let amended = ground.head();
        hive_test_support::wait_for("the no", || declined(&ground) > 0);
        ground.settled();
        assert_eq!(ground.head(), amended);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        // New lines of the same file are dealt with, and only these.
        let next = ground.commit("app.py", &format!("{MESSY}{MORE}"), "feat: g");
        ground.folded(&next);
        assert_eq!(
            ground.stored("HEAD", "app.py"),
            format!("{MESSY}{MORE_NEAT}")
        );
        ground.is_clean();
    });
}

/// git moves the branch before it renames the new index: an amend that hive sees in between.
#[test]
fn an_amend_is_looked_at_when_its_index_is_there() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        let folded = ground.folded(&mine);
        ground.write("app.py", MESSY);
        let lock = ground.sandbox.path(".git/index.lock");
        std::fs::copy(ground.sandbox.path(".git/index"), &lock).unwrap();
        let args = ["commit", "-q", "-a", "--amend", "--no-edit"];
        let mut amend = ground.sandbox.command("git".as_ref(), &args);
        amend.env("GIT_INDEX_FILE", &lock);
        ground.sandbox.run_command(amend).expect(0);
        assert_ne!(ground.head(), folded);
        ground.status_says("index.lock is there");
        std::fs::rename(&lock, ground.sandbox.path(".git/index")).unwrap();
        let amended = ground.head();
        hive_test_support::wait_for("the no", || declined(&ground) > 0);
        ground.settled();
        assert_eq!(ground.head(), amended);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        ground.is_clean();
    });
}

#[test]
fn what_a_later_commit_inverts_stays_so() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.folded(&mine);
        let back = ground.commit("app.py", MESSY, "as it was");
        hive_test_support::wait_for("the no", || declined(&ground) > 0);
        ground.settled();
        assert_eq!(ground.head(), back);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        ground.is_clean();
    });
}

#[test]
fn going_back_to_the_commit_as_it_was_is_a_no() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.folded(&mine);
        ground.git(&["reset", "-q", "--hard", "HEAD@{1}"]);
        assert_eq!(ground.head(), mine);
        let next = ground.commit("lib.py", MESSY, "feat: lib");
        ground.folded(&next);
        assert!(declined(&ground) > 0);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        assert_eq!(ground.stored("HEAD", "lib.py"), NEAT);
        ground.is_clean();
    });
}

#[test]
fn keeping_it_is_no_no() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.folded(&mine);
        ground.git(&["commit", "-q", "--amend", "-m", "feat: another name"]);
        ground.git(&["commit", "-q", "--allow-empty", "-m", "on"]);
        ground.git(&["reset", "-q", "--soft", "HEAD~2"]);
        ground.git(&["commit", "-q", "-m", "feat: all"]);
        let next = ground.commit("lib.py", MESSY, "feat: lib");
        ground.folded(&next);
        assert_eq!(declined(&ground), 0);
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
        ground.is_clean();
    });
}
