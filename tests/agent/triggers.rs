//! What wakes hive where no hook does.

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn the_next_command_is_a_trigger_where_hooks_cannot_be() {
    let ground = Ground::bare();
    ground.sandbox.write("hooks/.keep", "");
    ground.git(&["config", "core.hooksPath", "hooks"]);
    let ran = ground.hive(&["init", "--yes"]).expect(0);
    assert!(
        ran.stdout.contains("with the next hive command"),
        "{}",
        ran.stdout
    );
    ground.sandbox.commit("hive");
    let tree = ground.tree();
    tree.settled();
    for (path, verb) in [
        ("one.py", &["status"][..]),
        ("two.py", &["queue"][..]),
        ("three.py", &["check", "clean.py"][..]),
        ("four.py", &["history"][..]),
    ] {
        let mine = tree.commit(path, MESSY, "feat: app");
        tree.hive(verb);
        tree.until("the commit that follows", || {
            tree.git(&["rev-parse", "HEAD^"]) == mine
        });
        tree.followed(&mine);
        assert_eq!(tree.read(path), NEAT);
        tree.is_clean();
    }
    // Where nothing has moved nobody is started.
    ground.set("output.log", ground.outside("log").to_str().unwrap());
    tree.settled();
    for _ in 0..3 {
        tree.hive(&["status"]).expect(0);
        assert!(tree.asked(&["status", "--json"])["agent"].is_null());
    }
    // Nor where hooks would do nothing.
    let mut ground = ground;
    ground.sandbox.set("HIVE", "0");
    let tree = ground.tree();
    let mine = tree.commit("five.py", MESSY, "feat: app");
    tree.hive(&["status"]).expect(0);
    assert!(tree.asked(&["status", "--json"])["agent"].is_null());
    assert_eq!(tree.head(), mine);
}
