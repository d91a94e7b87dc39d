//! Operations that stop: nothing lands until they are done, and hive says what it
//! waits for.

use crate::ground::{MESSY, NEAT, both};

#[test]
fn a_merge_with_conflicts_is_waited_for() {
    both(|ground| {
        ground.commit("app.py", "x = 1\n", "feat: app");
        ground.git(&["switch", "--quiet", "--create", "side"]);
        ground.commit("app.py", "x = 2\n", "feat: two");
        ground.git(&["switch", "--quiet", "main"]);
        ground.commit("app.py", "x = 3\n", "feat: three");
        ground.settled();
        let before = ground.head();
        ground.sandbox.git(&["merge", "side"]).expect(1);
        let conflict = ground.read("app.py");
        // A saved file is left alone in the middle, too.
        ground.write("new.py", MESSY);
        ground.git(&["add", "new.py"]);
        ground.status_says("a merge is in progress");
        assert_eq!(ground.head(), before);
        assert_eq!(ground.read("app.py"), conflict);
        assert_eq!(ground.read("new.py"), MESSY);
        ground.write("app.py", "x  =  4\n");
        ground.git(&["add", "app.py"]);
        ground.git(&["commit", "--quiet", "--no-edit"]);
        let mine = ground.head();
        ground.landed_after(&mine);
        // Both files differ from both parents.
        assert_eq!(ground.read("app.py"), "x = 4\n");
        assert_eq!(ground.read("new.py"), NEAT);
        ground.is_clean();
    });
}

#[test]
fn a_merge_without_conflicts_adds_nothing() {
    both(|ground| {
        ground.git(&["switch", "--quiet", "--create", "side"]);
        ground.write("side.py", MESSY);
        ground.git(&["add", "--all"]);
        let (name, email) = ("user.name=Bob", "user.email=bob@example.org");
        let args = ["-c", name, "-c", email, "commit", "--quiet", "-m", "side"];
        ground.git(&args);
        ground.git(&["switch", "--quiet", "main"]);
        ground.commit("main.py", "x = 1\n", "feat: main");
        ground.git(&["merge", "--quiet", "--no-edit", "side"]);
        let merge = ground.head();
        // What comes later shows that the merge has been dealt with.
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        assert_eq!(ground.git(&["rev-parse", &format!("{mine}^")]), merge);
        assert_eq!(ground.read("side.py"), MESSY);
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
    });
}

#[test]
fn a_bisect_is_waited_for() {
    both(|ground| {
        let good = ground.head();
        for at in 1..4 {
            ground.commit("app.py", &format!("x = {at}\n"), "feat: app");
        }
        ground.settled();
        let bad = ground.head();
        ground.git(&["bisect", "start", &bad, &good]);
        ground.status_says("a bisect is in progress");
        let during = ground.commit("new.py", MESSY, "wip");
        ground.status_says("a bisect is in progress");
        assert_eq!(ground.head(), during);
        ground.git(&["bisect", "reset"]);
        // Back on the branch: the commit of the bisect belongs to no branch.
        assert_eq!(ground.head(), bad);
        let mine = ground.commit("lib.py", MESSY, "feat: lib");
        ground.landed_after(&mine);
        assert_eq!(ground.read("lib.py"), NEAT);
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
    });
}

#[test]
fn a_cherry_pick_with_conflicts_is_waited_for() {
    both(|ground| {
        ground.commit("app.py", "x = 1\n", "feat: app");
        ground.git(&["switch", "--quiet", "--create", "side"]);
        ground.commit("app.py", "x = 2\n", "feat: two");
        ground.git(&["switch", "--quiet", "main"]);
        ground.commit("app.py", "x = 3\n", "feat: three");
        ground.settled();
        let before = ground.head();
        ground.sandbox.git(&["cherry-pick", "side"]).expect(1);
        ground.status_says("a cherry-pick is in progress");
        assert_eq!(ground.head(), before);
        ground.write("app.py", MESSY);
        ground.git(&["add", "app.py"]);
        ground.git(&["-c", "core.editor=true", "cherry-pick", "--continue"]);
        let mine = ground.head();
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
    });
}
