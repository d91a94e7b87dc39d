//! A stash is the person's work put aside: a landing does not get into its way.

use crate::ground::{Ground, MESSY, NEAT, both, long};

#[test]
fn a_stash_of_other_files_is_popped_after_a_landing() {
    both(|ground| {
        ground.write("clean.py", "x = 1\ny = 2\n");
        ground.git(&["stash", "--quiet"]);
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), NEAT);
        ground.git(&["stash", "pop", "--quiet"]);
        assert_eq!(ground.read("clean.py"), "x = 1\ny = 2\n");
        assert_eq!(ground.git(&["status", "--porcelain"]), " M clean.py");
        assert_eq!(ground.git(&["stash", "list"]), "");
        ground.is_sound();
    });
}

#[test]
fn a_path_in_a_stash_waits_until_the_stash_is_popped() {
    for agent in [true, false] {
        let mut ground = Ground::new().patient();
        if agent {
            ground.start();
        }
        let edit = |text: &str| text.replace("def two(x):\n", "def two(x):\n    # mine\n");
        ground.write("app.py", &long(MESSY));
        ground.git(&["add", "app.py"]);
        ground.git(&["commit", "--quiet", "-m", "feat: app"]);
        let mine = ground.head();
        ground.write("app.py", &edit(&long(MESSY)));
        ground.git(&["stash", "--quiet"]);
        ground.status_says("a stash entry touches it");
        assert_eq!(ground.head(), mine);
        assert_eq!(ground.read("app.py"), long(MESSY));
        ground.git(&["stash", "pop", "--quiet"]);
        if !agent {
            // A stash runs no hook: the next hive command or commit does.
            ground.drain();
        }
        ground.landed_after(&mine);
        assert_eq!(ground.stored("HEAD", "app.py"), long(NEAT));
        assert_eq!(ground.read("app.py"), edit(&long(NEAT)));
        assert_eq!(ground.git(&["status", "--porcelain"]), " M app.py");
        assert_eq!(ground.git(&["stash", "list"]), "");
        ground.is_sound();
    }
}
