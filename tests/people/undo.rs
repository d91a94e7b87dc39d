//! `hive undo` of more than the last thing.

use hive::notice::NOTICE;
use hive::repo::Place;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn one_file_of_a_commit_is_taken_back_and_then_the_rest() {
    let ground = Ground::new();
    for path in ["one.py", "two.py"] {
        ground.write(path, MESSY);
    }
    ground.sandbox.commit("feat: two");
    ground.hive(&["wait"]).expect(0);
    ground.settled();
    let hives = ground.head();
    ground.hive(&["undo", "--file", "one.py"]).expect(0);
    assert_eq!(
        (ground.read("one.py"), ground.read("two.py")),
        (MESSY.to_owned(), NEAT.to_owned())
    );
    let nothing = ground.hive(&["undo", "--file", "one.py"]).expect(2).stderr;
    assert!(
        nothing.contains("nothing to take back in one.py"),
        "{nothing}"
    );
    // What is left of the commit is the last thing that stands.
    ground.hive(&["undo"]).expect(0);
    assert_eq!(
        (ground.read("one.py"), ground.read("two.py")),
        (MESSY.to_owned(), MESSY.to_owned())
    );
    let nothing = ground.hive(&["undo"]).expect(2).stderr;
    assert!(nothing.contains("nothing of hive's"), "{nothing}");
    assert_ne!(ground.head(), hives);
    ground.is_clean();
    // And the next hook does not tell of it.
    let own = Place::find(&ground.sandbox.root()).unwrap().own_dir();
    let told = std::fs::read_to_string(own.join(NOTICE)).unwrap_or_default();
    assert!(!told.contains(&hives[..7]), "{told}");
    // The no is about each file that was taken back.
    let declined = ground.hive(&["history", "--declined"]).expect(0).stdout;
    assert!(
        declined.contains("one.py") && declined.contains("two.py"),
        "{declined}"
    );
}

#[test]
fn a_task_and_a_span_are_taken_back() {
    let ground = Ground::new();
    for path in ["one.py", "two.py", "three.py"] {
        let mine = ground.commit(path, MESSY, path);
        ground.landed_after(&mine);
    }
    let history = ground
        .hive(&["history", "two.py", "--json"])
        .expect(0)
        .stdout;
    let history: serde_json::Value = serde_json::from_str(&history).unwrap();
    let task = history["fixes"][0]["task"].to_string();
    ground.hive(&["undo", "--task", &task]).expect(0);
    assert_eq!(ground.read("two.py"), MESSY);
    assert_eq!(ground.read("one.py"), NEAT);
    let said = ground.hive(&["undo", "--since", "1h"]).expect(0).stdout;
    assert_eq!(said.lines().count(), 2, "{said}");
    for path in ["one.py", "two.py", "three.py"] {
        assert_eq!(ground.read(path), MESSY, "{path}");
    }
    ground.is_clean();
    ground.hive(&["wait"]).expect(0);
    ground.settled();
    // What was taken back is not done again.
    for path in ["one.py", "two.py", "three.py"] {
        assert_eq!(ground.read(path), MESSY, "{path}");
    }
    let nothing = ground.hive(&["undo", "--task", "999"]).expect(2).stderr;
    assert!(nothing.contains("task 999 made no fix"), "{nothing}");
}

#[test]
fn the_last_write_of_one_file_is_put_back() {
    let ground = Ground::new();
    for path in ["one.py", "two.py"] {
        ground.write(path, MESSY);
    }
    ground.hive(&["fix", "one.py", "two.py"]).expect(0);
    ground.hive(&["undo", "--file", "two.py"]).expect(0);
    assert_eq!(
        (ground.read("one.py"), ground.read("two.py")),
        (NEAT.to_owned(), MESSY.to_owned())
    );
    ground.hive(&["undo", "--since", "1h"]).expect(0);
    assert_eq!(ground.read("one.py"), MESSY);
}
