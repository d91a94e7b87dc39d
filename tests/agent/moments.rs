//! Where HEAD is and what else is going on: editors, detached and unborn HEADs,
//! configuration that is being edited.

use std::fs;

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT, both};

#[test]
fn an_open_commit_editor_is_waited_for_and_its_commit_succeeds() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        if agent {
            ground.start();
        }
        let first = ground.commit("app.py", MESSY, "feat: app");
        ground.write("lib.py", MESSY);
        ground.git(&["add", "lib.py"]);
        // An editor that stays open until it is told.
        let (open, close) = (ground.outside("open"), ground.outside("close"));
        let editor = format!(
            "sh -c 'echo feat: lib > \"$1\"; : > {}; until [ -e {} ]; do sleep 0.02; done' -",
            open.display(),
            close.display()
        );
        let config = format!("core.editor={editor}");
        let mut commit = ground
            .sandbox
            .start_program("git", &["-c", &config, "commit"]);
        wait_for("the editor", || open.exists());
        assert_eq!(ground.head(), first);
        // The quiet time passes meanwhile, and then it is the editor that is waited for.
        ground.status_says("`git commit` is at work");
        assert_eq!(ground.head(), first);
        assert_eq!(ground.read("app.py"), MESSY);
        fs::write(&close, "").unwrap();
        assert!(commit.wait().unwrap().success(), "the commit failed");
        let mine = ground.git(&["log", "-1", "--format=%H", "--grep=feat: lib"]);
        assert_eq!(ground.git(&["rev-parse", &format!("{mine}^")]), first);
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.read("lib.py"), NEAT);
        ground.is_clean();
    }
}

#[test]
fn a_commit_on_a_detached_head_is_followed_there() {
    both(|ground| {
        let branch = ground.head();
        ground.git(&["switch", "--quiet", "--detach"]);
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        assert_eq!(ground.git(&["rev-parse", "main"]), branch);
        assert!(ground.read(".git/HEAD").starts_with(&ground.head()));
        ground.is_clean();
        let reflog = ground.git(&["reflog", "-1", "--format=%gs"]);
        assert!(reflog.starts_with("commit: chore(qa)"), "{reflog}");
    });
}

#[test]
fn the_first_commit_of_a_repository_is_followed() {
    for agent in [true, false] {
        let mut ground = Ground::unborn();
        ground.hive(&["init", "--yes"]).expect(0);
        if agent {
            ground.start();
        }
        ground.write("app.py", MESSY);
        ground.sandbox.commit("begin");
        let mine = ground.git(&["rev-list", "--max-parents=0", "HEAD"]);
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
        let reflog = ground.git(&["reflog", "-2", "--format=%gs"]);
        assert!(reflog.ends_with("commit (initial): begin"), "{reflog}");
    }
}

#[test]
fn a_commit_on_a_new_branch_without_history_is_followed() {
    both(|ground| {
        ground.git(&["switch", "--quiet", "--orphan", "other"]);
        // Without the settings that were trusted nothing would land here.
        ground.git(&["checkout", "--quiet", "main", "--", "hive.toml"]);
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.is_clean();
    });
}

#[test]
fn configuration_that_is_being_edited_is_waited_for() {
    let extends = "[tool.ruff]\nextend = \"conf/base.toml\"\n";
    for (keep, project, edited) in [
        (true, "[tool.ruff]\nline-length = 100\n", "pyproject.toml"),
        (false, "[tool.ruff]\nline-length = 100\n", "pyproject.toml"),
        (false, extends, "conf/base.toml"),
    ] {
        let ground = Ground::new().watch();
        let hive = ground.read("hive.toml");
        ground.write("conf/base.toml", "line-length = 100\n");
        ground.write("pyproject.toml", project);
        ground.git(&["add", "pyproject.toml", "conf"]);
        ground.git(&["commit", "--quiet", "-m", "build: ruff"]);
        ground.settled();
        let table = ground.read(edited);
        ground.write(edited, &table.replace("100", "24"));
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.status_says(&format!("{edited} has changes that are not committed"));
        assert_eq!(ground.head(), mine);
        assert_eq!(ground.stored("HEAD", "app.py"), MESSY);
        let last = if keep {
            ground.git(&["commit", "--quiet", "--all", "-m", "build: less"]);
            ground.git(&["log", "-1", "--format=%H", "--grep=build: less"])
        } else {
            ground.git(&["restore", edited]);
            mine
        };
        ground.landed_after(&last);
        // What is committed counts, not what was there for a while.
        let narrow = NEAT.replace("(x, b)", "(\n        x, b\n    )");
        assert_eq!(ground.read("app.py"), if keep { &narrow } else { NEAT });
        assert_eq!(ground.read("hive.toml"), hive);
        ground.is_clean();
    }
}

/// Its line of the log lay behind the mark of the branch that HEAD had gone back to.
#[test]
fn a_commit_that_was_left_before_a_look_is_dealt_with_when_it_is_merged() {
    let ground = Ground::new();
    let unheard = |args: &[&str]| {
        let silent = ["-c", "core.hooksPath=/dev/null"];
        ground.git(&[&silent, args].concat())
    };
    unheard(&["checkout", "--quiet", "-b", "other"]);
    ground.write("app.py", MESSY);
    unheard(&["add", "app.py"]);
    unheard(&["commit", "--quiet", "-m", "feat: app"]);
    unheard(&["checkout", "--quiet", "main"]);
    ground.hive(&["wait"]).expect(0);
    ground.git(&["merge", "--quiet", "--no-ff", "--no-edit", "other"]);
    let merged = ground.git(&["log", "-1", "--merges", "--format=%H"]);
    ground.landed_after(&merged);
    assert_eq!(ground.read("app.py"), NEAT);
    ground.is_clean();
}
