//! What comes in, and what folds into what.

use super::*;

#[test]
fn marks_move_with_the_work() {
    let world = world();
    let mark = |reference: &str, n| Mark {
        reference: reference.to_owned(),
        oid: oid(n),
        log: format!("line {n}"),
    };
    let marks = vec![mark("refs/heads/a", 1), mark("refs/heads/b", 1)];
    let queue = &world.queue;
    queue
        .take_in(marks, Vec::new(), vec![change("a.py", 1)])
        .unwrap();
    let gone = vec!["refs/heads/a".to_owned()];
    let taken = queue
        .take_in(vec![mark("refs/heads/b", 2)], gone, Vec::new())
        .unwrap();
    assert_eq!(taken, Taken::default(), "no work is no burst");
    assert_eq!(queue.marks().unwrap(), [mark("refs/heads/b", 2)]);
}

#[test]
fn at_most_one_waits_per_file_with_the_newest_content_and_the_oldest_base() {
    let world = world();
    let first = world.take(vec![change("a.py", 1), change("b.py", 1)]);
    assert_eq!((first.enqueued, first.folded), (2, 0));
    let second = world.take(vec![change("a.py", 2), save("a.py")]);
    assert_eq!((second.enqueued, second.folded), (0, 2));
    let tasks = world.queue.list(&TaskFilter::default()).unwrap();
    assert_eq!(tasks.len(), 2);
    let claimed = world.claim(9);
    let task = claimed.iter().find(|one| one.path == path("a.py")).unwrap();
    assert_eq!(task.cause, Cause::Commit);
    assert!(task.saved);
    assert_eq!((task.tip, task.blob), (Some(oid(2)), Some(oid(102))));
    assert_eq!(task.base, Some(oid(0)));
    assert_eq!(task.commits, [oid(1), oid(2)]);
    assert_eq!((task.generation, task.burst), (3, second.burst));
}

#[test]
fn a_change_during_a_run_makes_one_more_waiting_task() {
    let world = world();
    let running = world.claimed("a.py", 1);
    world.take(vec![change("a.py", 2)]);
    world.take(vec![change("a.py", 3)]);
    assert!(world.claim(9).is_empty(), "one file, one worker");
    let done = world
        .queue
        .finish(running.token, Done::Clean, None)
        .unwrap();
    assert_eq!(done, Fenced::Done);
    let next = world.claim(9);
    assert_eq!(next.len(), 1);
    assert_eq!(next[0].commits, [oid(2), oid(3)]);
}

#[test]
fn a_settling_file_runs_after_five_seconds_at_the_latest() {
    let world = world();
    let now = clock::wall_ms();
    let later = |run_at_ms| NewTask {
        run_at_ms,
        ..save("a.py")
    };
    world.take(vec![later(now + 700)]);
    world.take(vec![later(now + 60_000)]);
    assert!(world.claim(1).is_empty());
    let due = world.queue.promote(now).unwrap();
    let next = due.next_ms.unwrap();
    assert_eq!(due.promoted, 0);
    assert!((now + 5_000..now + 6_000).contains(&next), "{}", next - now);
    let due = world.queue.promote(next).unwrap();
    assert_eq!((due.promoted, due.next_ms), (1, None));
    assert_eq!(world.claim(1).len(), 1);
}

#[test]
fn a_dead_task_comes_back_only_for_other_content() {
    let world = world();
    let dead = world.claimed("a.py", 1).token;
    let after = world
        .queue
        .fail(dead, ErrorClass::Permanent, None, "no")
        .unwrap();
    assert_eq!(after, AfterFailure::Dead);
    let mut same = change("a.py", 2);
    same.blob = Some(oid(101));
    let taken = world.take(vec![same.clone()]);
    assert_eq!((taken.enqueued, taken.parked, taken.burst), (0, 1, None));
    let asked = NewTask {
        cause: Cause::Person,
        ..same
    };
    assert_eq!(world.take(vec![asked]).enqueued, 1);
    let new = world.claim(1).remove(0);
    let shown = world.queue.show(new.token.task).unwrap().unwrap();
    assert_eq!(shown.task.origin, Some(dead.task));
    let TaskState::Dead { letter, .. } = world.state(dead.task) else {
        panic!("it stays dead");
    };
    assert_eq!(letter.successor, Some(new.token.task));
    assert_eq!(world.queue.counts().unwrap().of("dead"), 0);
    assert!(world.queue.dead_letters(9).unwrap().is_empty());
}

#[test]
fn a_new_commit_of_the_file_supersedes_its_waiting_fix() {
    let world = world();
    let claimed = world.claimed("a.py", 1);
    world
        .queue
        .finish(claimed.token, fixed(&claimed, b"x = 1\n"), None)
        .unwrap();
    world.take(vec![save("a.py")]);
    assert_eq!(
        world.queue.waiting_fixes().unwrap().len(),
        1,
        "a save does not"
    );
    world.take(vec![change("a.py", 2)]);
    assert!(world.queue.waiting_fixes().unwrap().is_empty());
    let next = world.claim(1).remove(0);
    assert_eq!(
        next.base,
        Some(oid(0)),
        "what it was for is still to be done"
    );
    assert_eq!(next.commits, [oid(1), oid(2)]);
}

#[test]
fn work_trees_do_not_see_each_other() {
    let world = world();
    world.take(vec![change("a.py", 1)]);
    let other = Queue::open(&world.place, WorktreeId::stored("0123456789abcdef")).unwrap();
    assert!(other.claim(Stage::Qa, "QA-1", 9, LEASE).unwrap().is_empty());
    let taken = other.take_in(Vec::new(), Vec::new(), vec![change("a.py", 1)]);
    assert_eq!(taken.unwrap().enqueued, 1);
    assert_eq!(world.claim(9).len(), 1);
    assert_eq!(other.list(&TaskFilter::default()).unwrap().len(), 1);
}
