//! Numbers that are kept, and what is asked often without going through everything.

use super::*;

fn external(number: usize, run_at_ms: i64) -> NewErrand {
    NewErrand {
        stage: Stage::External,
        path: path(&format!("docs:{number}")),
        kind: Some("docs".to_owned()),
        payload: None,
        rules: Vec::new(),
        cause: Cause::Person,
        priority: Priority::Normal,
        needs: Vec::new(),
        run_at_ms,
        max_attempts: 3,
    }
}

/// What waits for another program's time is not the agent's to wait for, however much it is.
#[test]
fn the_agent_wakes_for_its_own_tasks_alone() {
    let world = world();
    let later = clock::wall_ms() + 60_000;
    let many = (0..50).map(|number| external(number, later)).collect();
    world.queue.enqueue(many).unwrap();
    let due = world.queue.promote(clock::wall_ms()).unwrap();
    assert_eq!((due.promoted, due.next_ms), (0, None));
    world.take(vec![NewTask {
        run_at_ms: later + 5,
        ..change("a.py", 1)
    }]);
    let due = world.queue.promote(clock::wall_ms()).unwrap();
    assert_eq!(due.next_ms, Some(later + 5));
    let due = world.queue.promote(later).unwrap();
    assert_eq!(due.promoted, 50);
    assert_eq!(world.queue.standing().unwrap().ready, 0, "not hive's own");
    assert_eq!(world.queue.counts().unwrap().of("ready"), 50);
}

#[test]
fn what_is_put_off_is_counted_and_named() {
    let world = world();
    let one = world.claimed("a.py", 1);
    let until = Some(clock::wall_ms() + 60_000);
    world.queue.defer(one.token, "it waits", until).unwrap();
    let standing = world.queue.standing().unwrap();
    assert_eq!((standing.scheduled, standing.deferred), (0, 1));
    let kept = world.queue.kept_tasks(5).unwrap();
    assert_eq!(kept[0].reason.as_deref(), Some("it waits"));
    assert_eq!(world.queue.counts().unwrap().of("deferred"), 1);
    assert_eq!(world.queue.wake_deferred(Some(&path("b.py"))).unwrap(), 0);
    assert_eq!(world.queue.wake_deferred(Some(&path("a.py"))).unwrap(), 1);
    assert_eq!(world.queue.ready(Stage::Qa).unwrap(), 1);
}
