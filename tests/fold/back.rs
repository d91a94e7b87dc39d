//! Taking a fold back, by the person and by hive.

use std::fs;

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn an_undo_makes_the_tip_the_very_commit_that_it_was() {
    Ground::both_fold(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        let new = ground.folded(&mine);
        let said = ground.hive(&["undo"]).expect(0).stdout;
        assert!(
            said.contains(&format!("{} is {} now", &new[..7], &mine[..7])),
            "{said}"
        );
        assert_eq!(ground.head(), mine);
        assert_eq!(ground.read("app.py"), MESSY);
        ground.settled();
        assert_eq!(ground.head(), mine);
        // What lands for a later commit shows that the undo was looked at.
        let next = ground.commit("lib.py", MESSY, "feat: lib");
        ground.folded(&next);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        assert_eq!(ground.stored("HEAD", "lib.py"), NEAT);
        assert_eq!(ground.landed(), ["fold", "unfold", "fold"]);
        ground.is_clean();
    });
}

#[test]
fn an_undo_of_some_files_leaves_the_others() {
    let ground = Ground::folding();
    ground.write("app.py", MESSY);
    ground.write("lib.py", MESSY);
    ground.sandbox.commit("feat: two");
    let mine = ground.head();
    ground.folded(&mine);
    ground.hive(&["undo", "--file", "app.py"]).expect(0);
    assert_eq!(ground.subject(), "feat: two");
    assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
    assert_eq!(ground.stored("HEAD", "lib.py"), NEAT);
    assert_eq!(ground.hives(), 0);
    ground.is_clean();
}

#[test]
fn once_somebody_has_it_an_undo_is_a_commit() {
    for tag in [true, false] {
        let ground = Ground::folding();
        let mine = ground.commit("app.py", MESSY, "feat: app");
        let new = ground.folded(&mine);
        if tag {
            ground.git(&["tag", "v1"]);
        } else {
            ground.commit("lib.py", "x = 1\n", "feat: lib");
            ground.settled();
        }
        let before = ground.head();
        let said = ground.hive(&["undo", &new]).expect(0).stdout;
        assert!(said.contains("is taken back by"), "{said}");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), before);
        assert_eq!(ground.subject(), "Take hive's fixes in \"feat: app\" back");
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        ground.settled();
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        ground.is_clean();
    }
}

/// Has something happen in the moment in which the tip is about to move, when everything
/// has been looked at.
fn in_the_moment(happens: impl Fn(&Ground)) -> (Ground, String) {
    let mut ground = Ground::folding();
    let mark = ground.outside("mark");
    let order = format!(
        "landing.exchange.all:delay={},tell:{}",
        mark.display(),
        ground.outside("told").display()
    );
    ground.sandbox.set("HIVE_CRASH", order);
    ground.start();
    ground.sandbox.forget("HIVE_CRASH");
    let mine = ground.commit("app.py", MESSY, "feat: app");
    wait_for("the moment", || mark.exists());
    happens(&ground);
    fs::remove_file(&mark).unwrap();
    (ground, mine)
}

#[test]
fn a_tip_that_somebody_has_at_the_last_moment_is_given_back() {
    type Happens = fn(&Ground);
    let cases: [(&str, Happens); 3] = [
        ("a tag", |ground| drop(ground.git(&["tag", "v1"]))),
        ("a branch", |ground| drop(ground.git(&["branch", "other"]))),
        ("a push that has ended", |ground| {
            drop(ground.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]));
        }),
    ];
    for (what, happens) in cases {
        let (ground, mine) = in_the_moment(happens);
        ground.landed_after(&mine);
        assert_eq!(ground.landed(), ["fold", "own"], "{what}");
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT, "{what}");
        assert_eq!(ground.hives(), 1, "{what}");
        // Its commit is known as hive's, with the fix in it.
        let hives = ground.head();
        let shown = ground.hive(&["show", &hives]).expect(0).stdout;
        assert!(shown.contains("own on main"), "{what}: {shown}");
        let history = ground.asks(&["history", "--json"]).to_string();
        assert!(history.contains(&hives), "{what}: {history}");
        ground.is_clean();
        ground.hive(&["undo"]).expect(0);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY, "{what}");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), hives, "{what}");
    }
}

#[test]
fn a_tip_that_was_pushed_unseen_is_given_back_by_the_next_agent() {
    let mut ground = Ground::folding();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    let new = ground.folded(&mine);
    // As a push leaves it that read the branch before it moved, and ended after hive did.
    ground.git(&["update-ref", "refs/remotes/origin/main", &mine]);
    ground.start();
    ground.landed_after(&mine);
    assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
    ground.is_clean();
    ground.stop();
    // What was pushed as it is now is never touched.
    ground.git(&["reset", "-q", "--hard", &new]);
    ground.git(&["update-ref", "refs/remotes/origin/main", &new]);
    ground.start();
    ground.settled();
    assert_eq!(ground.head(), new);
}
