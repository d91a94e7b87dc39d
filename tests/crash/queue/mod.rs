//! Every operation of the queue in a fixed order, by a process that dies or fails in one
//! of them: what is there then is exactly what the operations before have left, or those
//! and that one, and the rest of them comes to the same end.

mod dump;
mod made;
mod steps;

use std::path::Path;
use std::time::Duration;

use hive::clock;
use hive::queue::{Done, Queue};
use hive::repo::{Place, WorktreeId};
use hive::schedule::Stage;

use self::dump::dump;
use self::made::change;
use self::steps::{DAY_MS, LEASE, STEPS};
use crate::case::Case;
use crate::database::{bare, is_sound};
use crate::victim;

fn open(root: &Path) -> Queue {
    let place = Place::at(root).unwrap();
    let worktree = WorktreeId::of(&place).unwrap();
    Queue::open(&place, worktree).unwrap()
}

/// What is in the database after each operation, before the first one first.
pub(crate) struct Course(Vec<String>);

pub(crate) fn undisturbed() -> Course {
    let bare = bare();
    let queue = open(&bare.root);
    let mut dumps = vec![dump(&bare.root)];
    for (name, step) in STEPS {
        step(&queue).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let now = dump(&bare.root);
        let timely = ["queue.worker.beat", "queue.heartbeat"].contains(name);
        assert!(
            timely || Some(&now) != dumps.last(),
            "{name} changes nothing"
        );
        dumps.push(now);
    }
    Course(dumps)
}

pub(crate) fn run(case: &Case, course: &Course) -> bool {
    let bare = bare();
    let ran = victim::run("queue", &bare.root, case, "", &mut || {});
    let name = format!("{case}\n{}", ran.said());
    if ran.reached && case.kills() {
        assert!(ran.killed, "{name}");
    }
    let said = ran.said();
    let done = said
        .lines()
        .filter(|line| line.contains("did queue."))
        .count();
    if !ran.reached {
        assert_eq!(done, STEPS.len(), "{name}");
    }
    let behind =
        ran.reached && (case.point.strip_suffix(".done").is_some() || case.point == "queue.vacuum");
    // What is over is forgotten in batches, one plan in each, so the rest of it may be left.
    let batches = case.point.starts_with("queue.prune");
    let there = done + usize::from(behind && !batches);
    let file = bare.root.join(".git/hive/hive.db");
    let queue = open(&bare.root);
    is_sound(&file, &name);
    if !batches {
        same(&dump(&bare.root), &course.0[there], &name);
    }
    for (step, act) in &STEPS[there..] {
        act(&queue).unwrap_or_else(|error| panic!("{step} after {name}: {error:?}"));
    }
    same(&dump(&bare.root), course.0.last().unwrap(), &name);
    ran.reached
}

#[track_caller]
fn same(found: &str, expected: &str, name: &str) {
    let only = |one: &str, other: &str| {
        let other: Vec<&str> = other.lines().collect();
        let lines = one.lines().filter(|line| !other.contains(line));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert!(
        found == expected,
        "{name}\nthere is\n{}\nexpected is\n{}",
        only(found, expected),
        only(expected, found)
    );
}

/// What the process does that works with the queue.
pub(crate) fn works(root: &Path) -> String {
    let queue = open(root);
    for (name, step) in STEPS {
        if let Err(error) = step(&queue) {
            return format!("{name} failed: {error:?}");
        }
        println!("did {name}");
    }
    "everything".to_owned()
}

/// What the process does whose first worker is given up and comes back when the second
/// one has the task.
pub(crate) fn fences(root: &Path) -> String {
    let queue = open(root);
    let work = vec![change("a", 2, 0)];
    queue.take_in(Vec::new(), Vec::new(), work).unwrap();
    let lease = Duration::from_millis(1);
    let first = queue.claim(Stage::Qa, "QA-1", 1, lease).unwrap().remove(0);
    // Its lease is over, and so is the wait before the next attempt.
    queue.promote(clock::wall_ms() + DAY_MS).unwrap();
    queue.promote(clock::wall_ms() + DAY_MS).unwrap();
    let second = queue.claim(Stage::Qa, "QA-2", 1, LEASE).unwrap().remove(0);
    let first = queue.finish(first.token, Done::Clean, None).unwrap();
    let second = queue.finish(second.token, Done::Clean, None).unwrap();
    format!("first word: {first:?}\nsecond word: {second:?}")
}
