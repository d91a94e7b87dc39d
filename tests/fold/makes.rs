//! What a fix in the person's own commit looks like, to git and to hive.

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn a_fix_becomes_part_of_the_commit_and_that_is_all() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        let new = ground.folded(&mine);
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
        // It was dealt with once and is not taken for a commit of the person's that is new.
        let status = ground.asks(&["status", "--json"]);
        assert_eq!(status["queue"]["ready"], 0);
        let tasks = ground.asks(&["queue", "list", "--state", "all", "--json"]);
        let tasks = tasks["tasks"].as_array().unwrap().clone();
        let app = tasks
            .iter()
            .filter(|task| task["path"] == "app.py" && task["stage"] == "qa");
        assert_eq!(app.count(), 1, "{tasks:?}");
        assert_eq!(ground.landed(), ["fold"]);
        let waited = ground.asks(&["wait", "--json"]);
        assert_eq!(waited["quiet"], true, "{waited}");
        assert_eq!(waited["landed"][0]["commit"], new.as_str(), "{waited}");
        assert_eq!(waited["landed"][0]["instead_of"], mine.as_str());
        assert_eq!(waited["landed"][0]["paths"][0], "app.py");
        let history = ground.asks(&["history", "--json"]);
        assert_eq!(history["fixes"][0]["commit"], new.as_str(), "{history}");
        let shown = ground.hive(&["show", &new]).expect(0).stdout;
        assert!(shown.contains("fold on main"), "{shown}");
        // hive's part, not all that is new in the commit.
        assert!(shown.contains("-import sys"), "{shown}");
        // The next commit is folded like the first.
        let next = ground.commit("lib.py", MESSY, "feat: lib");
        ground.folded(&next);
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), new);
        assert_eq!(ground.landed(), ["fold", "fold"]);
        ground.is_clean();
    });
}

#[test]
fn a_file_of_the_commit_before_gets_a_commit_of_its_own() {
    let mut ground = Ground::folding();
    ground.sandbox.set("HIVE_COMMIT_QUIET", "1500ms");
    let ground = ground.watch();
    let one = ground.commit("one.py", MESSY, "feat: one");
    let two = ground.commit("two.py", MESSY, "feat: two");
    hive_test_support::wait_for("both fixes", || {
        ground.read("one.py") == NEAT && ground.read("two.py") == NEAT
    });
    ground.settled();
    // hive's commit for the first, on the second with its own.
    assert_eq!(ground.git(&["rev-parse", "HEAD~2"]), one);
    let folded = ground.git(&["rev-parse", "HEAD~1"]);
    assert_ne!(folded, two);
    let changed = |rev: &str| ground.git(&["show", "--format=", "--name-only", rev]);
    assert_eq!(changed(&folded), "two.py");
    assert_eq!(changed("HEAD"), "one.py");
    assert_eq!(ground.landed(), ["fold", "own"]);
    assert_eq!(ground.hives(), 1);
    ground.is_clean();
}

#[test]
fn what_may_not_be_folded_lands_beside_it_or_is_held() {
    Ground::both_fold(|ground| {
        let paused = |between: &dyn Fn()| {
            ground.hive(&["queue", "pause", "not yet"]).expect(0);
            between();
            ground.hive(&["queue", "resume"]).expect(0);
        };
        // A tag: beside it.
        paused(&|| {
            ground.commit("app.py", MESSY, "feat: app");
            ground.git(&["tag", "v1"]);
        });
        ground.landed_after(&ground.git(&["rev-parse", "v1"]));
        assert_eq!(ground.landed(), ["own"]);
        // Pushed: held.
        paused(&|| {
            ground.commit("lib.py", MESSY, "feat: lib");
            ground.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        });
        let mine = ground.head();
        ground.status_says("origin/main has the tip already");
        ground.settled();
        assert_eq!(ground.head(), mine);
        assert_eq!(ground.landed(), ["own"]);
        ground.is_clean();
    });
}

#[test]
fn the_age_is_that_of_the_commit() {
    let ground = Ground::folding();
    ground.hive(&["config", "set", "fold.age", "1s"]).expect(0);
    ground.hive(&["queue", "pause", "not yet"]).expect(0);
    let mine = ground.commit("app.py", MESSY, "feat: app");
    let begun = std::time::Instant::now();
    hive_test_support::wait_for("more than a second", || begun.elapsed().as_millis() > 2100);
    ground.hive(&["queue", "resume"]).expect(0);
    ground.landed_after(&mine);
    assert_eq!(ground.landed(), ["own"]);
    ground.is_clean();
}

#[test]
fn fixes_by_hand_are_folded_as_one() {
    let ground = Ground::folding();
    ground.hive(&["queue", "pause", "by hand"]).expect(0);
    ground.write("one.py", MESSY);
    ground.write("two.py", MESSY);
    ground.sandbox.commit("feat: two files");
    let mine = ground.head();
    // The tip was taken in, though nothing was done about it.
    hive_test_support::wait_for("the tip to be taken in", || {
        let status = ground.asks(&["status", "--json"]);
        status["queue"]["ready"].as_u64().unwrap_or(0) >= 2
    });
    ground.settled_drain();
    ground
        .hive(&["fix", "--commit", "one.py", "two.py"])
        .expect(0);
    assert_ne!(ground.head(), mine);
    assert_eq!(ground.git(&["log", "-1", "--format=%s"]), "feat: two files");
    assert_eq!(
        ground.git(&["rev-parse", "HEAD^"]),
        ground.git(&["rev-parse", &format!("{mine}^")])
    );
    ground.hive(&["queue", "resume"]).expect(0);
    ground.settled();
    assert_eq!(ground.landed(), ["fold"]);
    ground.is_clean();
}

impl Ground {
    /// Waits until no drain is at work.
    fn settled_drain(&self) {
        hive_test_support::wait_for("the drain's end", || {
            let all = self.sandbox.processes();
            !all.iter()
                .any(|line| line.split_whitespace().any(|word| word == "drain"))
        });
    }
}
