//! Commands that rewrite or replay commits: amend, rebase, cherry-pick.

use std::fmt::Write;

use crate::ground::{Ground, MESSY, NEAT, both};

#[test]
fn an_amended_commit_is_dealt_with_as_it_became() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        if agent {
            ground.start();
        }
        let first = ground.commit("app.py", MESSY, "feat: app");
        ground.write("lib.py", "y  =  2\n");
        ground.git(&["add", "lib.py"]);
        ground.git(&["commit", "--quiet", "--amend", "--no-edit"]);
        let mine = ground.head();
        assert_ne!(first, mine);
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.read("lib.py"), "y = 2\n");
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
    }
}

#[test]
fn nothing_lands_while_a_rebase_stops_and_everything_after_it() {
    both(|ground| {
        let base = ground.head();
        let one = ground.commit("app.py", "x = 1\n", "feat: app");
        let two = ground.commit("lib.py", "y = 2\n", "feat: lib");
        ground.settled();
        let edit = "sh -c 'sed -i 1s/pick/edit/ \"$1\"' -";
        let sequence = format!("sequence.editor={edit}");
        ground.git(&["-c", &sequence, "rebase", "--quiet", "--interactive", &base]);
        assert_eq!(ground.head(), one);
        // A commit in the middle.
        let middle = ground.commit("mid.py", MESSY, "feat: mid");
        ground.status_says("a rebase is in progress");
        assert_eq!(ground.head(), middle);
        assert_eq!(ground.read("mid.py"), MESSY);
        ground.git(&["rebase", "--continue"]);
        let mine = ground.head();
        assert_ne!(mine, two);
        ground.landed_after(&mine);
        assert_eq!(ground.read("mid.py"), NEAT);
        assert_eq!(ground.subject().matches("QA").count(), 1);
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
        let reflog = ground.git(&["reflog", "-1", "--format=%H %gs"]);
        let expected = format!("{} commit: chore(qa)", ground.head());
        assert!(reflog.starts_with(&expected), "{reflog}");
    });
}

/// Commits as somebody else.
fn commit_as_bob(ground: &Ground, message: &str) {
    ground.git(&["add", "--all"]);
    let (name, email) = ("user.name=Bob", "user.email=bob@example.org");
    let args = ["commit", "--quiet", "-m", message];
    ground.git(&[&["-c", name, "-c", email], &args[..]].concat());
}

#[test]
fn a_rebase_over_forty_files_of_a_colleague_touches_only_own_ones() {
    both(|ground| {
        ground.git(&["switch", "--quiet", "--create", "theirs"]);
        for at in 0..40 {
            let mut text = String::from(MESSY);
            let _ = writeln!(text, "y  =  {at}");
            ground.write(&format!("theirs/file{at}.py"), &text);
        }
        commit_as_bob(&ground, "feat: forty files");
        let theirs = ground.head();
        ground.git(&["switch", "--quiet", "main"]);
        // Clean on its own branch; nothing to land before the rebase.
        ground.commit("app.py", "x = 1\n", "feat: app");
        ground.settled();
        ground.git(&["rebase", "--quiet", "theirs"]);
        assert_eq!(ground.git(&["rev-parse", "HEAD^"]), theirs);
        let mine = ground.commit("lib.py", MESSY, "feat: lib");
        ground.landed_after(&mine);
        let changed = ground.git(&["diff", "--name-only", "HEAD^", "HEAD"]);
        assert_eq!(changed, "lib.py");
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
    });
}

#[test]
fn commits_that_a_rebase_replays_before_their_fix_landed_are_fixed_after_it() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        if agent {
            ground.start();
        }
        ground.git(&["branch", "theirs"]);
        ground.git(&["switch", "--quiet", "theirs"]);
        for at in 0..40 {
            ground.write(&format!("theirs/file{at}.py"), "y  =  1\n");
        }
        commit_as_bob(&ground, "feat: forty files");
        ground.git(&["switch", "--quiet", "main"]);
        ground.commit("app.py", MESSY, "feat: app");
        ground.git(&["rebase", "--quiet", "theirs"]);
        let mine = ground.head();
        ground.landed_after(&mine);
        let changed = ground.git(&["diff", "--name-only", "HEAD^", "HEAD"]);
        assert_eq!(changed, "app.py");
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.hives(), 1);
        ground.is_clean();
    }
}

#[test]
fn a_cherry_picked_commit_is_dealt_with() {
    both(|ground| {
        ground.git(&["switch", "--quiet", "--create", "theirs"]);
        ground.write("app.py", MESSY);
        commit_as_bob(&ground, "feat: theirs");
        let theirs = ground.head();
        ground.git(&["switch", "--quiet", "main"]);
        ground.git(&["cherry-pick", &theirs]);
        let mine = ground.head();
        assert_ne!(mine, theirs);
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
    });
}
