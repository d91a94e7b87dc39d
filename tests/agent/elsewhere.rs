//! Other people: what was pushed, and branches that are theirs.

use crate::ground::{Ground, MESSY, NEAT};

/// A remote that has the branch, and its name.
fn with_remote(ground: &Ground) {
    let remote = ground.outside("remote.git");
    let remote = remote.to_str().unwrap();
    let begin = "--initial-branch=main";
    ground.git(&["init", "--quiet", "--bare", begin, remote]);
    ground.git(&["remote", "add", "origin", remote]);
    ground.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
}

#[test]
fn a_tip_that_was_pushed_meanwhile_holds_its_fix_for_the_next_commit() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        with_remote(&ground);
        if agent {
            ground.start();
        }
        let pushed = ground.commit("app.py", MESSY, "feat: app");
        ground.git(&["push", "--quiet"]);
        ground.status_says("app.py: origin/main has the tip already (held)");
        assert_eq!(ground.head(), pushed);
        assert_eq!(ground.read("app.py"), MESSY);
        ground.is_clean();
        ground.git(&["pull", "--quiet", "--ff-only"]);
        let mine = ground.commit("lib.py", "y = 2\n", "feat: lib");
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        let changed = ground.git(&["diff", "--name-only", "HEAD^", "HEAD"]);
        assert_eq!(changed, "app.py");
        ground.is_clean();
        // What is there now can be pushed without force.
        ground.git(&["push", "--quiet"]);
    }
}

#[test]
fn a_branch_of_a_colleague_is_left_alone() {
    for agent in [true, false] {
        let mut ground = Ground::new();
        with_remote(&ground);
        let clone = ground.outside("theirs");
        let (remote, clone) = (ground.outside("remote.git"), clone.as_path());
        let remote = remote.to_str().unwrap();
        ground.git(&["clone", "--quiet", remote, clone.to_str().unwrap()]);
        for (key, value) in [("user.name", "Bob"), ("user.email", "bob@example.org")] {
            ground.git_in(clone, &["config", key, value]);
        }
        ground.git_in(clone, &["switch", "--quiet", "--create", "theirs"]);
        std::fs::write(clone.join("theirs.py"), MESSY).unwrap();
        ground.git_in(clone, &["add", "theirs.py"]);
        ground.git_in(clone, &["commit", "--quiet", "-m", "feat: theirs"]);
        ground.git_in(clone, &["push", "--quiet", "origin", "theirs"]);
        if agent {
            ground.start();
        }
        ground.git(&["fetch", "--quiet"]);
        ground.git(&["switch", "--quiet", "theirs"]);
        let theirs = ground.head();
        ground.git(&["switch", "--quiet", "main"]);
        ground.git(&["switch", "--quiet", "theirs"]);
        ground.settled();
        // Their work beside mine: only mine is followed.
        let mine = ground.commit("app.py", MESSY, "feat: app");
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), theirs);
        ground.landed_after(&mine);
        assert_eq!(ground.read("theirs.py"), MESSY);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
    }
}

#[test]
fn a_commit_that_somebody_else_made_here_is_left_alone() {
    let ground = Ground::new().watch();
    ground.write("theirs.py", MESSY);
    ground.git(&["add", "theirs.py"]);
    let (name, email) = ("user.name=Bob", "user.email=bob@example.org");
    ground.git(&["-c", name, "-c", email, "commit", "--quiet", "-m", "theirs"]);
    let theirs = ground.head();
    ground.said("is by bob@example.org, not by ada@example.org: left alone");
    ground.settled();
    assert_eq!(ground.head(), theirs);
    ground.is_clean();
}

#[test]
fn a_tip_of_somebody_else_holds_the_fix_below_it() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        if agent {
            ground.start();
        }
        ground.commit("app.py", MESSY, "feat: app");
        let (name, email) = ("user.name=Bob", "user.email=bob@example.org");
        let args = ["commit", "--quiet", "--allow-empty", "-m", "theirs"];
        ground.git(&[&["-c", name, "-c", email], &args[..]].concat());
        let theirs = ground.head();
        ground.status_says("app.py: the tip is somebody else's commit (held)");
        assert_eq!(ground.head(), theirs);
        let mine = ground.commit("lib.py", "y = 2\n", "feat: lib");
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
    }
}

#[test]
fn a_switch_before_the_landing_leaves_the_fix_for_the_way_back() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        ground.git(&["branch", "other"]);
        if agent {
            ground.start();
        }
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.status_says("1 file to land");
        ground.git(&["switch", "--quiet", "other"]);
        let other = ground.head();
        ground.status_says("app.py: its commit is not on this branch");
        assert_eq!(ground.head(), other);
        ground.is_clean();
        ground.git(&["switch", "--quiet", "main"]);
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.git(&["rev-parse", "other"]), other);
        ground.is_clean();
    }
}
