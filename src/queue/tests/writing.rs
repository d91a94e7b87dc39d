//! The writer, the journal, breakers, other processes.

use super::*;
use crate::journal::{Entry, Event};
use crate::schedule::{Admission, Breaker};

fn names(entries: &[Entry]) -> Vec<String> {
    let name = |entry: &Entry| {
        let value = serde_json::to_value(entry).unwrap();
        value["event"].as_str().unwrap().to_owned()
    };
    entries.iter().map(name).collect()
}

#[test]
fn the_journal_is_streamed_and_kept_in_order() {
    let world = world();
    let stream = world.queue.subscribe();
    let claimed = world.claimed("a.py", 1);
    world
        .queue
        .worker_beat("QA-1", Stage::Qa, Some(claimed.token.task))
        .unwrap();
    world
        .queue
        .finish(claimed.token, Done::Clean, Some(Stage::Golden))
        .unwrap();
    let streamed: Vec<Entry> = stream.try_iter().collect();
    let expected = [
        "task-enqueued",
        "task-started",
        "worker-heartbeat",
        "task-completed",
        "task-enqueued",
    ];
    assert_eq!(names(&streamed), expected);
    let kept = world.again().entries_since(0, 99).unwrap();
    let stored: Vec<Entry> = streamed.into_iter().filter(|entry| entry.id > 0).collect();
    assert_eq!(kept, stored);
    let ids: Vec<i64> = kept.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
    for since in 0..=4 {
        let rest = world.queue.entries_since(since, 2).unwrap();
        let expected: Vec<i64> = (since + 1..=4).take(2).collect();
        assert_eq!(
            rest.iter().map(|entry| entry.id).collect::<Vec<_>>(),
            expected
        );
    }
    let shown = world.queue.show(claimed.token.task).unwrap().unwrap();
    assert_eq!(
        names(&shown.events),
        ["task-enqueued", "task-started", "task-completed"]
    );
    assert_eq!(shown.attempts.len(), 1);
}

#[test]
fn an_operation_that_fails_leaves_nothing_and_hurts_no_other() {
    let world = world();
    let good = world.claimed("a.py", 1);
    std::thread::scope(|scope| {
        for n in 0..64 {
            let queue = world.queue.clone();
            let good = &good;
            scope.spawn(move || {
                if n == 32 {
                    queue.finish(good.token, Done::Clean, None).unwrap();
                } else {
                    // The first fix is there and lands twice, in one operation.
                    queue
                        .landed(NewLanding {
                            commits: vec![(oid(50 + n), Stage::Qa)],
                            tip_before: oid(1),
                            tip_after: oid(2),
                            reference: "HEAD".to_owned(),
                            mode: "direct".to_owned(),
                            kind: LandingKind::Own,
                            instead_of: None,
                            fixes: vec![FixId(1_000)],
                            held_us: 0,
                        })
                        .unwrap_err();
                }
            });
        }
    });
    assert_eq!(world.state(good.token.task).name(), "done");
    assert!(world.queue.landings(99).unwrap().is_empty());
    assert!(!world.queue.is_own(&oid(50)).unwrap());
    let entries = world.queue.entries_since(0, 999).unwrap();
    assert_eq!(
        names(&entries),
        ["task-enqueued", "task-started", "task-completed"]
    );
}

#[test]
fn others_see_that_something_changed() {
    let world = world();
    let tick = world.place.state_dir().join("tick");
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    let file = std::fs::File::options().write(true).open(&tick).unwrap();
    file.set_modified(long_ago).unwrap();
    world.queue.marks().unwrap();
    assert_eq!(file.metadata().unwrap().modified().unwrap(), long_ago);
    world.take(vec![change("a.py", 1)]);
    assert_ne!(file.metadata().unwrap().modified().unwrap(), long_ago);
}

#[test]
fn ids_grow_over_two_writers() {
    let world = world();
    let other = Queue::open(&world.place, WorktreeId::stored("0123456789abcdef")).unwrap();
    std::thread::scope(|scope| {
        for queue in [&world.queue, &other] {
            scope.spawn(move || {
                for n in 0..100 {
                    let message = n.to_string();
                    queue.record(Event::Problem { message }).unwrap();
                }
            });
        }
    });
    let entries = other.entries_since(0, 999).unwrap();
    let ids: Vec<i64> = entries.iter().map(|entry| entry.id).collect();
    assert_eq!(ids, (1..=200).collect::<Vec<i64>>());
}

#[test]
fn a_breaker_survives_a_restart() {
    let world = world();
    let tool = ToolId {
        tool: "black".to_owned(),
        version: "24.10.0".to_owned(),
    };
    for _ in 0..4 {
        world.queue.ran(&tool, false).unwrap();
    }
    assert_eq!(world.queue.admit(&tool).unwrap(), Admission::Go);
    world.queue.ran(&tool, false).unwrap();
    let queue = world.again();
    assert!(matches!(
        queue.admit(&tool).unwrap(),
        Admission::Wait { .. }
    ));
    let other = ToolId {
        version: "25.1.0".to_owned(),
        ..tool.clone()
    };
    assert_eq!(queue.admit(&other).unwrap(), Admission::Go);
    queue.save_breaker(&tool, &Breaker::default()).unwrap();
    assert_eq!(queue.breaker(&tool).unwrap(), Breaker::default());
    let entries = queue.entries_since(0, 99).unwrap();
    assert_eq!(names(&entries), ["breaker", "breaker"]);
}

#[test]
fn the_last_handle_leaves_everything_written() {
    let world = world();
    world.take(vec![change("a.py", 1)]);
    let queue = world.again();
    drop(world.queue);
    assert_eq!(queue.list(&TaskFilter::default()).unwrap().len(), 1);
}
