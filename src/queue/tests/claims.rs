//! Claims, fences, failures, recovery.

use std::collections::HashSet;

use super::*;

#[test]
fn the_earliest_deadline_is_claimed_first() {
    let world = world();
    let with = |name: &str, priority| NewTask {
        priority,
        ..change(name, 1)
    };
    world.take(vec![
        with("low.py", Priority::Low),
        with("normal.py", Priority::Normal),
        with("critical.py", Priority::Critical),
        with("high.py", Priority::High),
    ]);
    let order: Vec<String> = world
        .claim(9)
        .iter()
        .map(|one| one.path.to_string())
        .collect();
    assert_eq!(order, ["critical.py", "high.py", "normal.py", "low.py"]);
}

#[test]
fn two_stages_of_one_file_are_not_claimed_at_once() {
    let world = world();
    let golden = NewTask {
        stage: Stage::Golden,
        ..change("a.py", 1)
    };
    world.take(vec![change("a.py", 1), golden]);
    assert_eq!(world.claim(9).len(), 1);
    let golden = world
        .queue
        .claim(Stage::Golden, "GOLDEN-1", 9, LEASE)
        .unwrap();
    assert!(golden.is_empty());
}

#[test]
fn many_workers_never_get_the_same_task() {
    let world = world();
    world.take((0..400).map(|n| change(&format!("f{n}.py"), 1)).collect());
    let seen: Vec<TaskId> = std::thread::scope(|scope| {
        let threads: Vec<_> = (1..=8)
            .map(|n| {
                let queue = world.queue.clone();
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    loop {
                        let some = queue
                            .claim(Stage::Qa, &format!("QA-{n}"), 3, LEASE)
                            .unwrap();
                        if some.is_empty() {
                            return mine;
                        }
                        for one in some {
                            queue.finish(one.token, Done::Clean, None).unwrap();
                            mine.push(one.token.task);
                        }
                    }
                })
            })
            .collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(seen.len(), 400);
    assert_eq!(seen.iter().collect::<HashSet<_>>().len(), 400);
    assert_eq!(world.queue.counts().unwrap().of("done"), 400);
}

#[test]
fn a_stale_word_changes_nothing() {
    let world = world();
    let first = world.claimed("a.py", 1);
    world.queue.release(&[first.token]).unwrap();
    let second = world.claim(1).remove(0);
    assert_eq!(second.attempt, 1, "a released attempt was not made");
    assert!(second.token.epoch > first.token.epoch);
    let queue = &world.queue;
    let stale = queue
        .finish(first.token, fixed(&first, b"x"), Some(Stage::Golden))
        .unwrap();
    assert_eq!(stale, Fenced::Stale);
    let failed = queue
        .fail(first.token, ErrorClass::Crash, None, "")
        .unwrap();
    assert_eq!(failed, AfterFailure::Stale);
    assert_eq!(queue.defer(first.token, "x", None).unwrap(), Fenced::Stale);
    assert!(queue.waiting_fixes().unwrap().is_empty());
    assert!(matches!(
        world.state(second.token.task),
        TaskState::Running { .. }
    ));
    assert_eq!(
        queue.finish(second.token, Done::Clean, None).unwrap(),
        Fenced::Done
    );
    assert_eq!(
        queue.finish(second.token, Done::Clean, None).unwrap(),
        Fenced::Stale
    );
}

#[test]
fn what_follows_a_failure_depends_on_its_class() {
    // The classes of the failures, and whether the last is the end.
    for (classes, dead) in [
        (&[ErrorClass::Permanent][..], true),
        (&[ErrorClass::Transient, ErrorClass::Timeout][..], false),
        (
            &[
                ErrorClass::Transient,
                ErrorClass::Timeout,
                ErrorClass::Transient,
            ][..],
            true,
        ),
        (&[ErrorClass::Crash][..], false),
        (&[ErrorClass::Crash, ErrorClass::Crash][..], true),
        (&[ErrorClass::Transient, ErrorClass::Crash][..], false),
    ] {
        let world = world();
        world.take(vec![change("a.py", 1)]);
        let mut task = TaskId(0);
        for (n, class) in classes.iter().enumerate() {
            let claimed = world.claim(1).remove(0);
            task = claimed.token.task;
            assert_eq!(claimed.attempt as usize, n + 1);
            let tool = ToolId {
                tool: "ruff".to_owned(),
                version: "0.16.4".to_owned(),
            };
            let after = world.queue.fail(claimed.token, *class, Some(tool), "oh");
            if let AfterFailure::Retry { at_ms } = after.unwrap() {
                world.queue.promote(at_ms).unwrap();
            }
        }
        let state = world.state(task);
        assert_eq!(state.name() == "dead", dead, "{classes:?}: {state:?}");
        if let TaskState::Dead { letter, .. } = state {
            assert_eq!(letter.message, "oh");
            assert_eq!(letter.tool.unwrap().tool, "ruff");
        } else {
            let priority = world.queue.show(task).unwrap().unwrap().task.priority;
            assert!(priority < Priority::Normal, "a retry is more urgent");
        }
    }
}

#[test]
fn a_failed_task_gives_way_to_a_newer_one() {
    let world = world();
    let old = world.claimed("a.py", 1);
    world.take(vec![change("a.py", 2)]);
    let after = world
        .queue
        .fail(old.token, ErrorClass::Transient, None, "busy");
    assert_eq!(after.unwrap(), AfterFailure::Superseded);
    assert_eq!(world.state(old.token.task).name(), "superseded");
    let new = world.claim(9);
    assert_eq!(new.len(), 1);
    assert_eq!((new[0].base, new[0].tip), (Some(oid(0)), Some(oid(2))));
    assert_eq!(new[0].commits, [oid(1), oid(2)]);
}

#[test]
fn a_deferral_gives_the_attempt_back() {
    let world = world();
    let claimed = world.claimed("a.py", 1);
    let (queue, burst) = (&world.queue, claimed.burst.unwrap());
    assert_eq!(queue.burst_open(burst).unwrap(), 1);
    queue
        .defer(claimed.token, "pyproject.toml is not committed", None)
        .unwrap();
    assert_eq!(queue.burst_open(burst).unwrap(), 0);
    let TaskState::Deferred { reason, until_ms } = world.state(claimed.token.task) else {
        panic!("not deferred");
    };
    assert_eq!(
        (reason.as_str(), until_ms),
        ("pyproject.toml is not committed", None)
    );
    queue.promote(i64::MAX).unwrap();
    assert!(world.claim(1).is_empty(), "nothing has changed");
    assert_eq!(queue.wake_deferred(Some(&path("b.py"))).unwrap(), 0);
    assert_eq!(queue.wake_deferred(None).unwrap(), 1);
    let again = world.claim(1).remove(0);
    assert_eq!((again.attempt, again.token.epoch), (1, 2));
    let later = clock::wall_ms() + 100_000;
    queue.defer(again.token, "busy", Some(later)).unwrap();
    assert_eq!(queue.promote(later - 1).unwrap().next_ms, Some(later));
    assert_eq!(queue.promote(later).unwrap().promoted, 1);
}

#[test]
fn a_lease_that_ran_out_is_a_lost_attempt() {
    let world = world();
    let claimed = world.claimed("a.py", 1);
    let end = clock::wall_ms() + 61_000;
    let long = Duration::from_mins(2);
    world.queue.heartbeat(&[claimed.token], long).unwrap();
    assert_eq!(world.queue.promote(end).unwrap().expired, 0);
    let due = world.queue.promote(end + 60_000).unwrap();
    assert_eq!(due.expired, 1);
    let done = world
        .queue
        .finish(claimed.token, Done::Clean, None)
        .unwrap();
    assert_eq!(done, Fenced::Stale);
    let shown = world.queue.show(claimed.token.task).unwrap().unwrap();
    assert_eq!(shown.attempts[0].outcome, AttemptOutcome::Expired);
    assert_eq!(shown.task.attempt, 1);
}

#[test]
fn a_task_that_ends_its_agent_again_and_again_is_dead() {
    let world = world();
    let owner = |n: u32| Owner {
        boot: "boot".to_owned(),
        instance: n.to_string(),
    };
    let task = world.claimed("a.py", 1).token.task;
    // Eight times, not twice: it may be any file of those that the agent had, or none.
    for n in 1..=9 {
        let (ready, dead) = match n {
            1..8 => (1, 0),
            8 => (0, 1),
            _ => (0, 0),
        };
        let queue = world.again();
        let recovered = queue.recover(&owner(n)).unwrap();
        assert_eq!(
            (recovered.ready, recovered.dead),
            (ready, dead),
            "agent {n}"
        );
        assert_eq!(queue.recover(&owner(n)).unwrap(), Recovered::default());
        for claimed in queue.claim(Stage::Qa, "QA-1", 1, LEASE).unwrap() {
            assert_eq!((claimed.crashes, claimed.attempt), (0, n + 1));
            // Its own claims survive.
            assert_eq!(queue.recover(&owner(n)).unwrap(), Recovered::default());
        }
    }
    assert_eq!(world.state(task).name(), "dead");
}

/// A subject of another worker is no file, even where it is called as one.
#[test]
fn work_on_a_file_does_not_wait_for_another_worker() {
    let world = world();
    let theirs = super::errands::errand("a.py", Vec::new());
    world.queue.enqueue(vec![theirs]).unwrap();
    let owner = Owner::default();
    let claim = || {
        let claimed = world.queue.claim_kind("docs", "D-1", &owner, 1, LEASE);
        claimed.unwrap().len()
    };
    assert_eq!(claim(), 1);
    world.take(vec![change("a.py", 1)]);
    assert_eq!(world.claim(1).len(), 1);
    // Nor the other way round, and two of one kind still exclude each other.
    let theirs = || super::errands::errand("b.py", Vec::new());
    world.queue.enqueue(vec![theirs(), theirs()]).unwrap();
    world.take(vec![change("b.py", 2)]);
    assert_eq!(world.claim(1).len(), 1);
    assert_eq!((claim(), claim()), (1, 0));
}
