//! Whose word hive takes on a repository, and what happens once a person gives theirs.

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn what_init_has_written_decides_without_trust() {
    // With evidence nothing but comments is written, and here no formatter is used.
    let linted = NEAT.replace("(x):", "( x ):").replace("(x, b)", "( x,b )");
    for (evidence, fixed) in [("", NEAT), ("[tool.ruff]\n", linted.as_str())] {
        let ground = Ground::bare();
        if !evidence.is_empty() {
            ground.commit("pyproject.toml", evidence, "build: settings");
        }
        // There is no terminal to ask on, so nothing is trusted.
        ground.hive(&["init"]).expect(0);
        ground.hive(&["trust", "--show"]).expect(1);
        ground.sandbox.commit("hive");
        ground.settled();
        let mine = ground.commit("app.py", MESSY, "feat: app");
        ground.landed_after(&mine);
        assert_eq!(ground.read("app.py"), fixed, "{evidence}");
    }
}

#[test]
fn what_somebody_else_makes_of_it_is_held_until_a_person_trusts() {
    for watched in [false, true] {
        let mut ground = Ground::bare();
        ground.hive(&["init"]).expect(0);
        let written = ground.read("hive.toml");
        let theirs = format!("{written}scope = \"file\"\n");
        ground.commit("hive.toml", &theirs, "chore: a colleague's settings");
        ground.settled();
        if watched {
            ground.start();
        }
        let mine = ground.commit("app.py", MESSY, "feat: app");
        // Nothing was trusted, so nothing is said to have been.
        ground.status_says("`scope` is \"file\", the default is \"auto\"");
        let said = ground.hive(&["status"]).expect(0).stdout;
        assert!(!said.contains("trusted was"), "{said}");
        wait_for("the end of the drain", || {
            watched || !ground.hive(&["status"]).stdout.contains("process ")
        });
        // Trust alone lets it land: nobody commits or starts anything.
        ground.hive(&["trust", "--yes"]).expect(0);
        ground.landed_after(&mine);
    }
}
