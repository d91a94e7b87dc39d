//! Whose a commit is: what a person makes of hive's commits is theirs.

use crate::ground::{MESSY, NEAT, both};

#[test]
fn an_amended_commit_of_hives_is_the_persons() {
    both(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        let hives = ground.head();
        ground.write("lib.py", "y = 2\n");
        ground.git(&["add", "lib.py"]);
        ground.git(&["commit", "--quiet", "--amend", "--no-edit"]);
        let amended = ground.head();
        assert_ne!(amended, hives);
        ground.status_says("amended by you: yours now");
        ground.settled();
        // It is clean already: nothing more is made of it.
        assert_eq!(ground.head(), amended);
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
        // And a finding in it is dealt with like any of the person's.
        ground.write("lib.py", MESSY);
        ground.git(&["add", "lib.py"]);
        ground.git(&["commit", "--quiet", "--amend", "--no-edit"]);
        let again = ground.git(&["log", "-1", "--format=%H", "--", "lib.py"]);
        ground.landed_after(&again);
        assert_eq!(ground.read("lib.py"), NEAT);
        ground.is_clean();
    });
}

#[test]
fn a_reverted_fix_does_not_come_back() {
    both(|ground| {
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        ground.git(&["revert", "--no-edit", "HEAD"]);
        let revert = ground.head();
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        // What is landed for a later commit shows that the revert was dealt with.
        let later = ground.commit("lib.py", MESSY, "feat: lib");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), revert);
        ground.landed_after(&later);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        assert_eq!(ground.read("lib.py"), NEAT);
        // Nor when the file is edited elsewhere.
        let more = format!("{MESSY}\n\ndef g():\n    return 1\n");
        let edited = ground.commit("app.py", &more, "feat: more");
        let last = ground.commit("last.py", MESSY, "feat: last");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), edited);
        ground.landed_after(&last);
        assert_eq!(ground.stored("HEAD", "app.py"), more);
        ground.is_clean();
    });
}
