//! Repositories that keep their references in tables (`reftable`).

use std::fs;

use crate::ground::{Ground, MESSY, NEAT};

/// Such a repository with hive in it; `None` where git cannot make one.
fn ground(agent: bool) -> Option<Ground> {
    let ground = Ground::bare();
    fs::remove_dir_all(ground.sandbox.path(".git")).unwrap();
    let made = ground
        .sandbox
        .git(&["init", "-q", "-b", "main", "--ref-format=reftable"]);
    if made.code != Some(0) {
        println!("this git makes no reftable: nothing to test");
        return None;
    }
    ground.git(&["config", "user.name", "Ada"]);
    ground.git(&["config", "user.email", "ada@example.org"]);
    ground.sandbox.commit("begin");
    ground.init();
    Some(if agent { ground.watch() } else { ground })
}

#[test]
fn commits_are_followed_on_every_branch_and_where_head_is_detached() {
    for agent in [true, false] {
        let Some(ground) = ground(agent) else { return };
        let tree = ground.tree();
        let mine = tree.commit("app.py", MESSY, "feat: app");
        tree.followed(&mine);
        assert_eq!(tree.read("app.py"), NEAT);
        let log = tree.git(&["reflog", "-1", "--format=%gs"]);
        assert!(log.starts_with("commit: chore(qa)"), "{log}");
        tree.git(&["switch", "-q", "-c", "side"]);
        let mine = tree.commit("side.py", MESSY, "feat: side");
        tree.followed(&mine);
        assert_eq!(tree.read("side.py"), NEAT);
        tree.git(&["switch", "-q", "--detach"]);
        tree.commit("loose.py", "x = 1\n", "feat: loose");
        tree.settled();
        tree.write("loose.py", MESSY);
        tree.git(&["add", "loose.py"]);
        tree.git(&["commit", "-q", "--amend", "-m", "feat: amended"]);
        let mine = tree.head();
        tree.followed(&mine);
        assert_eq!(tree.read("loose.py"), NEAT);
        // A switch back and forth is no work.
        let before = ground.hives();
        tree.git(&["switch", "-q", "main"]);
        tree.git(&["switch", "-q", "side"]);
        tree.settled();
        assert!(ground.hives() <= before);
        tree.is_clean();
        assert!(!ground.sandbox.path(".git/logs/HEAD").exists());
    }
}

#[test]
fn what_holds_elsewhere_holds_here() {
    let Some(ground) = ground(false) else { return };
    let tree = ground.tree();
    // A pick that stops is a reference here, not a file.
    tree.git(&["switch", "-q", "-c", "side"]);
    tree.commit("clean.py", "x = 2\n", "side");
    tree.settled();
    tree.git(&["switch", "-q", "main"]);
    tree.commit("clean.py", "x = 3\n", "main");
    tree.settled();
    assert_eq!(ground.sandbox.git(&["cherry-pick", "side"]).code, Some(1));
    ground.status_says("a cherry-pick is in progress");
    tree.git(&["cherry-pick", "--abort"]);
    // A stash entry on the tip keeps its files back.
    tree.write("clean.py", "x = 4\n");
    tree.write("app.py", MESSY);
    tree.git(&["add", "app.py"]);
    tree.git(&["commit", "-q", "-m", "feat: app"]);
    let mine = tree.head();
    tree.followed(&mine);
    tree.git(&["stash", "-q"]);
    let stashed = tree.hive(&["fix", "--commit"]).expect(0);
    assert!(stashed.stdout.is_empty(), "{}", stashed.stdout);
    tree.git(&["stash", "pop", "-q"]);
    assert_eq!(tree.read("clean.py"), "x = 4\n");
    tree.git(&["restore", "clean.py"]);
    // A tip that its upstream has is held.
    let remote = ground.beside("remote.git");
    let remote = remote.to_str().unwrap();
    tree.git(&["init", "-q", "--bare", "-b", "main", remote]);
    tree.git(&["remote", "add", "origin", remote]);
    tree.git(&["push", "-q", "-u", "origin", "main"]);
    ground.set("hooks.when_idle", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
    tree.commit("more.py", MESSY, "feat: more");
    tree.git(&["push", "-q"]);
    let ran = tree.hive(&["fix", "--commit", "more.py"]).expect(1);
    assert!(
        ran.stdout.contains("origin/main has the tip already"),
        "{}",
        ran.stdout
    );
    tree.hive(&["check", "--since", "HEAD~1", "more.py"])
        .expect(1);
    tree.hive(&["undo"]).expect(0);
    assert_eq!(tree.git(&["show", "HEAD:app.py"]) + "\n", MESSY);
    tree.is_clean();
}

#[test]
fn a_linked_work_tree_has_a_head_of_its_own() {
    let Some(ground) = ground(true) else { return };
    let linked = ground.beside("linked");
    ground.git(&[
        "worktree",
        "add",
        "-q",
        "-b",
        "side",
        linked.to_str().unwrap(),
    ]);
    let tree = ground.tree_at(&linked);
    let before = ground.head();
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
    assert_eq!(ground.head(), before);
}

#[test]
fn a_landing_that_is_killed_leaves_no_lock() {
    let Some(mut ground) = ground(false) else {
        return;
    };
    ground.set("hooks.when_idle", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
    for point in [
        "landing.lock",
        "landing.exchange.all",
        "landing.publish.index",
    ] {
        let path = format!("{point}.py");
        let tree = ground.tree();
        let mine = tree.commit(&path, MESSY, "feat: app");
        ground.sandbox.set("HIVE_CRASH", point);
        let ran = ground.hive(&["fix", "--commit", &path]).expect(3);
        assert!(ran.stderr.contains("could not be landed"), "{}", ran.stderr);
        ground.sandbox.forget("HIVE_CRASH");
        let list = ground.sandbox.path(".git/reftable/tables.list.lock");
        assert!(!list.exists() && !ground.sandbox.path(".git/index.lock").exists());
        let tree = ground.tree();
        assert_eq!(tree.head(), mine, "{point}");
        ground.hive(&["fix", "--commit", &path]).expect(0);
        assert_eq!(tree.git(&["rev-parse", "HEAD^"]), mine, "{point}");
        assert_eq!(tree.read(&path), NEAT, "{point}");
        tree.is_clean();
        // git moves its branches as before.
        tree.git(&["branch", &format!("after-{path}")]);
    }
}
