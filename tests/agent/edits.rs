//! Work that is not committed yet survives every landing to the byte.

use crate::ground::{Ground, MESSY, NEAT, both, long};

#[test]
fn edits_that_are_not_staged_survive_a_landing() {
    both(|ground| {
        let (committed, fixed) = (long(MESSY), long(NEAT));
        ground.write("app.py", &committed);
        ground.git(&["add", "app.py"]);
        let edited = committed.replace("def three(x):\n", "def three(x):\n    # mine\n");
        ground.write("app.py", &edited);
        ground.git(&["commit", "--quiet", "-m", "feat: app"]);
        let mine = ground.head();
        ground.landed_after(&mine);
        assert_eq!(ground.stored("HEAD", "app.py"), fixed);
        assert_eq!(ground.stored("", "app.py"), fixed);
        let kept = fixed.replace("def three(x):\n", "def three(x):\n    # mine\n");
        assert_eq!(ground.read("app.py"), kept);
        assert_eq!(ground.git(&["status", "--porcelain"]), " M app.py");
        ground.git(&["diff", "--cached", "--exit-code"]);
        ground.is_sound();
    });
}

#[test]
fn a_file_saved_between_commit_and_landing_keeps_its_edit() {
    let ground = Ground::new().patient();
    let mine = ground.commit("app.py", &long(MESSY), "feat: app");
    let edit = |text: &str| text.replace("def two(x):\n", "def two(x):\n    # mine\n");
    ground.write("app.py", &edit(&long(MESSY)));
    assert_eq!(ground.head(), mine);
    ground.landed_after(&mine);
    assert_eq!(ground.stored("HEAD", "app.py"), long(NEAT));
    assert_eq!(ground.read("app.py"), edit(&long(NEAT)));
    assert_eq!(ground.git(&["status", "--porcelain"]), " M app.py");
    ground.is_sound();
}

#[test]
fn hunks_that_are_staged_and_hunks_that_are_not_survive_a_landing() {
    both(|ground| {
        let two = |text: &str| text.replace("def two(x):\n", "def two(x):\n    # staged\n");
        let three = |text: &str| text.replace("def three(x):\n", "def three(x):\n    # not\n");
        // The commit's own hunk is the first of three, the second is staged after it.
        ground.commit("app.py", &long(NEAT), "feat: app");
        ground.settled();
        ground.write("app.py", three(&two(&long(MESSY))).as_str());
        pick(&ground, "ynn");
        ground.git(&["commit", "--quiet", "-m", "feat: more"]);
        pick(&ground, "yn");
        let mine = ground.git(&["log", "-1", "--format=%H", "--grep=feat: more"]);
        assert_eq!(ground.stored(&mine, "app.py"), long(MESSY));
        ground.landed_after(&mine);
        assert_eq!(ground.stored("HEAD", "app.py"), long(NEAT));
        assert_eq!(ground.stored("", "app.py"), two(&long(NEAT)));
        assert_eq!(ground.read("app.py"), three(&two(&long(NEAT))));
        assert_eq!(ground.git(&["status", "--porcelain"]), "MM app.py");
        ground.is_sound();
    });
}

/// Answers `git add -p`: one letter for each hunk.
#[track_caller]
fn pick(ground: &Ground, answers: &str) {
    let script = format!("echo {answers} | fold -w1 | git add -p app.py");
    ground.sandbox.run("sh", &["-c", &script]).expect(0);
}

#[test]
fn hunks_that_were_staged_before_the_commit_survive() {
    // `commit PATH` takes the work tree's file, and leaves what else is staged.
    both(|ground| {
        ground.write("staged.py", "y = 2\n");
        ground.git(&["add", "staged.py"]);
        ground.write("app.py", MESSY);
        ground.git(&["add", "--intent-to-add", "app.py"]);
        ground.git(&["commit", "--quiet", "-m", "feat: app", "app.py"]);
        let mine = ground.head();
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.stored("HEAD", "app.py"), NEAT);
        assert_eq!(ground.git(&["status", "--porcelain"]), "A  staged.py");
        ground.is_sound();
    });
}

#[test]
fn everything_that_commit_all_takes_is_fixed() {
    both(|ground| {
        ground.commit("app.py", NEAT, "feat: app");
        ground.commit("lib.py", "y = 2\n", "feat: lib");
        ground.settled();
        ground.write("app.py", MESSY);
        ground.write("lib.py", "y = 2\nz  =  3\n");
        ground.git(&["commit", "--quiet", "--all", "-m", "feat: all"]);
        let mine = ground.head();
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.read("lib.py"), "y = 2\nz = 3\n");
        assert_eq!(ground.hives(), 1, "one commit for the burst");
        ground.is_clean();
    });
}

#[test]
fn a_file_that_was_fixed_on_save_before_its_commit_lands_whole() {
    let ground = Ground::new().watch();
    ground.write("app.py", MESSY);
    ground.git(&["add", "app.py"]);
    // On save only the meaning is kept: the unused import stays.
    hive_test_support::wait_for("a fix on save", || ground.read("app.py") != MESSY);
    ground.git(&["commit", "--quiet", "-m", "feat: app"]);
    let mine = ground.head();
    ground.landed_after(&mine);
    assert_eq!(ground.read("app.py"), NEAT);
    ground.is_clean();
}

#[test]
fn an_edit_in_the_same_lines_keeps_the_fix_back_until_it_is_gone() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        if agent {
            ground.start();
        }
        let mine = ground.commit("app.py", MESSY, "feat: app");
        let edited = MESSY.replace("import sys\n", "import sys  # for later\n");
        ground.write("app.py", &edited);
        ground.status_says("app.py: the fix and your edits meet in the same lines");
        assert_eq!(ground.head(), mine);
        assert!(ground.read("app.py").contains("import sys  # for later\n"));
        ground.git(&["restore", "app.py"]);
        if !agent {
            // No hook tells of a restored file: the next command does.
            ground.drain();
        }
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
    }
}
