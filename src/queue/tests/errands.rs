//! Errands: prerequisites, circles, cascades, and workers that are not hive's own.

use super::*;

pub(super) fn errand(name: &str, needs: Vec<Need>) -> NewErrand {
    NewErrand {
        stage: Stage::External,
        path: path(name),
        kind: Some("docs".to_owned()),
        payload: None,
        rules: Vec::new(),
        cause: Cause::Person,
        priority: Priority::Normal,
        needs,
        run_at_ms: 0,
        max_attempts: 2,
    }
}

fn owner() -> Owner {
    Owner {
        boot: "boot".to_owned(),
        instance: "worker".to_owned(),
    }
}

impl World {
    fn next(&self) -> Option<Claimed> {
        self.some(1).pop()
    }

    fn some(&self, max: usize) -> Vec<Claimed> {
        let claimed = self.queue.claim_kind("docs", "D-1", &owner(), max, LEASE);
        claimed.unwrap()
    }

    fn serve(&self, claimed: &Claimed) -> Fenced {
        let done = Done::Served(Some("it is so".to_owned()));
        self.queue.finish(claimed.token, done, None).unwrap()
    }

    fn name(&self, id: TaskId) -> &'static str {
        self.state(id).name()
    }
}

#[test]
fn what_waits_begins_when_the_last_it_waits_for_is_done() {
    let world = world();
    let ids = world
        .queue
        .enqueue(vec![
            errand("c", vec![Need::Nth(1), Need::Nth(2)]),
            errand("a", vec![]),
            errand("b", vec![Need::Nth(1)]),
        ])
        .unwrap();
    let [c, a, b] = ids[..] else {
        panic!("{ids:?}")
    };
    assert_eq!(world.state(c), TaskState::Blocked { by: 2 });
    assert_eq!(world.state(b), TaskState::Blocked { by: 1 });
    let depth = |id| world.queue.task(id).unwrap().unwrap().depth;
    assert_eq!((depth(a), depth(b), depth(c)), (0, 1, 2));
    let events = world.queue.subscribe();
    for wanted in [a, b, c] {
        let one = world.next().unwrap();
        assert_eq!(one.token.task, wanted);
        assert!(world.next().is_none(), "only one can run");
        assert_eq!(world.serve(&one), Fenced::Done);
    }
    assert_eq!(
        world.queue.errand(c).unwrap().result.as_deref(),
        Some("it is so")
    );
    let freed: Vec<Event> = events
        .try_iter()
        .map(|entry| entry.event)
        .filter(|event| matches!(event, Event::TasksUnblocked { .. }))
        .collect();
    let unblocked = |by, tasks| Event::TasksUnblocked { by, tasks };
    assert_eq!(freed, [unblocked(a, vec![b]), unblocked(b, vec![c])]);
}

#[test]
fn prerequisites_that_are_there_count_as_they_stand() {
    let world = world();
    let first = world.queue.enqueue(vec![errand("a", vec![])]).unwrap()[0];
    let waiting = world
        .queue
        .enqueue(vec![errand("b", vec![Need::Task(first)])])
        .unwrap()[0];
    assert_eq!(world.name(waiting), "blocked");
    let one = world.next().unwrap();
    world.serve(&one);
    assert_eq!(world.name(waiting), "ready");
    let late = world
        .queue
        .enqueue(vec![errand(
            "c",
            vec![Need::Task(first), Need::Task(first)],
        )])
        .unwrap()[0];
    assert_eq!(world.name(late), "ready", "it waits for what is done");
    let met = world.queue.prerequisites(&[late, waiting, first]).unwrap();
    let met: Vec<usize> = met
        .iter()
        .map(|(_, needs)| needs.iter().filter(|need| need.met).count())
        .collect();
    assert_eq!(met, [1, 1, 0]);
    world.queue.cancel(late).unwrap();
    let error = world
        .queue
        .enqueue(vec![errand("d", vec![Need::Task(late)])])
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("is cancelled: it cannot be waited for"),
        "{error}"
    );
    let error = world
        .queue
        .enqueue(vec![errand("d", vec![Need::Task(TaskId(99))])])
        .unwrap_err();
    assert!(matches!(
        error,
        QueueError::Unknown {
            what: "task",
            id: 99
        }
    ));
}

#[test]
fn a_circle_is_refused_by_its_names_and_leaves_nothing() {
    let world = world();
    let error = world
        .queue
        .enqueue(vec![
            errand("a", vec![Need::Nth(1)]),
            errand("b", vec![Need::Nth(2)]),
            errand("c", vec![Need::Nth(0)]),
        ])
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "they would wait for each other: a → b → c → a"
    );
    assert_eq!(world.queue.list(&TaskFilter::default()).unwrap(), []);
    // And later, one edge at a time.
    let ids = world
        .queue
        .enqueue(vec![
            errand("a", vec![]),
            errand("b", vec![Need::Nth(0)]),
            errand("c", vec![Need::Nth(1)]),
        ])
        .unwrap();
    let error = world.queue.require(ids[0], ids[2]).unwrap_err();
    let said = format!(
        "task {} → task {} → task {} → task {}",
        ids[0], ids[2], ids[1], ids[0]
    );
    assert!(error.to_string().ends_with(&said), "{error}");
    let error = world.queue.require(ids[0], ids[0]).unwrap_err();
    assert!(matches!(error, QueueError::Cycle(_)), "{error}");
    assert_eq!(world.name(ids[0]), "ready");
}

#[test]
fn a_prerequisite_can_be_added_until_the_work_begins() {
    let world = world();
    let ids = world
        .queue
        .enqueue(vec![
            errand("a", vec![]),
            errand("b", vec![]),
            errand("c", vec![Need::Nth(1)]),
        ])
        .unwrap();
    world.queue.require(ids[1], ids[0]).unwrap();
    world.queue.require(ids[1], ids[0]).unwrap();
    assert_eq!(world.state(ids[1]), TaskState::Blocked { by: 1 });
    assert_eq!(world.queue.task(ids[2]).unwrap().unwrap().depth, 2);
    let one = world.next().unwrap();
    assert_eq!(one.token.task, ids[0]);
    let error = world.queue.require(ids[0], ids[1]).unwrap_err();
    assert!(error.to_string().contains("is running"), "{error}");
    // What folds changes in must never wait for something else.
    world.take(vec![change("f.py", 1)]);
    let folding = world.queue.list(&TaskFilter::default()).unwrap();
    let folding = folding.iter().find(|task| !task.own).unwrap().id;
    let error = world.queue.require(folding, ids[1]).unwrap_err();
    assert!(
        error.to_string().contains("changes of its file fold"),
        "{error}"
    );
}

#[test]
fn a_failure_takes_along_all_that_waits_for_it() {
    let world = world();
    let ids = world
        .queue
        .enqueue(vec![
            errand("a", vec![]),
            errand("b", vec![Need::Nth(0)]),
            errand("c", vec![Need::Nth(0), Need::Nth(1)]),
            errand("d", vec![Need::Nth(2)]),
            errand("e", vec![]),
        ])
        .unwrap();
    let one = world.next().unwrap();
    assert_eq!(one.token.task, ids[0]);
    let after = world
        .queue
        .fail(one.token, ErrorClass::Permanent, None, "no ink\nat all")
        .unwrap();
    assert_eq!(after, AfterFailure::Dead);
    for id in &ids[1..4] {
        let TaskState::Cancelled { reason, .. } = world.state(*id) else {
            panic!("{:?}", world.state(*id));
        };
        assert_eq!(reason.unwrap(), format!("task {} failed: no ink", ids[0]));
    }
    assert_eq!(
        world.name(ids[4]),
        "ready",
        "it has nothing to do with that"
    );
}

#[test]
fn a_cancelled_one_takes_along_what_waits_and_its_result_is_refused() {
    let world = world();
    let ids = world
        .queue
        .enqueue(vec![errand("a", vec![]), errand("b", vec![Need::Nth(0)])])
        .unwrap();
    let one = world.next().unwrap();
    world.queue.cancel(ids[0]).unwrap();
    assert_eq!(world.name(ids[1]), "cancelled");
    assert_eq!(world.serve(&one), Fenced::Stale);
    let again = world.queue.retry(ids[0]).unwrap();
    let task = world.queue.task(again).unwrap().unwrap();
    assert_eq!((task.origin, task.priority), (Some(ids[0]), Priority::High));
    assert_eq!(world.next().unwrap().token.task, again);
}

#[test]
fn a_worker_that_is_not_hives_keeps_its_task_when_an_agent_starts() {
    let world = world();
    let id = world.queue.enqueue(vec![errand("a", vec![])]).unwrap()[0];
    world.queue.register("D-1", "docs", 1).unwrap();
    let one = world.next().unwrap();
    let recovered = world
        .queue
        .recover(&Owner {
            boot: "another".to_owned(),
            instance: "agent".to_owned(),
        })
        .unwrap();
    assert_eq!(recovered, Recovered::default());
    assert_eq!(world.name(id), "running");
    let row = world.queue.worker("D-1").unwrap().unwrap();
    assert_eq!(
        (row.kind.as_deref(), row.task, row.ended_ms),
        (Some("docs"), Some(id), None)
    );
    // Nor does an agent wait for it, or take it.
    assert_eq!(world.queue.promote(clock::wall_ms()).unwrap().next_ms, None);
    assert!(world.queue.standing().unwrap().is_quiet());
    assert_eq!(world.serve(&one), Fenced::Done);
    // A lease that ran out is found by whoever claims next.
    world.queue.enqueue(vec![errand("b", vec![])]).unwrap();
    let short = Duration::ZERO;
    let lost = world
        .queue
        .claim_kind("docs", "D-1", &owner(), 1, short)
        .unwrap();
    assert_eq!(lost.len(), 1);
    let again = world.some(5);
    assert!(
        again.iter().all(|one| one.token != lost[0].token),
        "{again:?}"
    );
    assert_eq!(
        world.queue.renew(&[lost[0].token], LEASE).unwrap(),
        [lost[0].token.task]
    );
}

#[test]
fn kinds_and_stages_do_not_take_each_others_work() {
    let world = world();
    let other = NewErrand {
        kind: Some("site".to_owned()),
        ..errand("a", vec![])
    };
    let own = NewErrand {
        stage: Stage::Qa,
        kind: None,
        rules: vec!["F401".to_owned(), "I001".to_owned()],
        ..errand("a.py", vec![])
    };
    let ids = world.queue.enqueue(vec![other, own]).unwrap();
    assert!(world.next().is_none());
    let mine = world.claim(5);
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].token.task, ids[1]);
    assert_eq!(mine[0].errand.as_ref().unwrap().rules, ["F401", "I001"]);
    let odd = NewErrand {
        kind: Some("Odd One".to_owned()),
        ..errand("a", vec![])
    };
    assert!(matches!(
        world.queue.enqueue(vec![odd]),
        Err(QueueError::Kind(_))
    ));
}

/// A commit of the file neither changes an errand nor waits for it, and a result for old
/// content is not the errand's end.
#[test]
fn an_errand_and_the_commits_of_its_file_do_not_meet() {
    let world = world();
    let own = NewErrand {
        stage: Stage::Qa,
        kind: None,
        ..errand("a.py", vec![])
    };
    let id = world.queue.enqueue(vec![own]).unwrap()[0];
    let taken = world.take(vec![change("a.py", 1)]);
    assert_eq!((taken.enqueued, taken.folded), (1, 0));
    let mut mine = world.claim(1).remove(0);
    assert_eq!(mine.token.task, id, "a person's goes first");
    assert!(world.claim(5).is_empty(), "one at a time per file");
    (mine.tip, mine.blob) = (Some(oid(1)), Some(oid(101)));
    world
        .queue
        .finish(mine.token, fixed(&mine, b"x"), None)
        .unwrap();
    assert_eq!(world.name(id), "deferred");
    let fixes = world.queue.waiting_fixes().unwrap();
    assert!(
        fixes.is_empty(),
        "made of what a commit has changed: {fixes:?}"
    );
    let commit = world.claim(5).remove(0);
    assert_ne!(commit.token.task, id);
    world.queue.finish(commit.token, Done::Clean, None).unwrap();
    world.queue.wake_deferred(None).unwrap();
    let again = world.claim(5).remove(0);
    assert_eq!(
        (again.token.task, again.attempt),
        (id, 1),
        "no attempt is lost"
    );
    world.queue.finish(again.token, Done::Clean, None).unwrap();
    assert_eq!(world.name(id), "done");
}

/// What waits for the fix of a commit waits for the newer task that takes its place.
#[test]
fn who_waited_for_a_task_waits_for_the_one_in_its_place() {
    let world = world();
    let old = world.claimed("a.py", 1);
    let waiting = world
        .queue
        .enqueue(vec![errand("x", vec![Need::Task(old.token.task)])])
        .unwrap()[0];
    world.take(vec![change("a.py", 2)]);
    world
        .queue
        .finish(old.token, Done::Superseded, None)
        .unwrap();
    assert_eq!(world.name(old.token.task), "superseded");
    assert_eq!(world.state(waiting), TaskState::Blocked { by: 1 });
    let new = world.claim(1).remove(0);
    world.queue.finish(new.token, Done::Clean, None).unwrap();
    assert_eq!(world.name(waiting), "ready");
}

#[test]
fn only_what_has_ended_is_forgotten() {
    let world = world();
    let ids = world
        .queue
        .enqueue(vec![errand("a", vec![]), errand("b", vec![Need::Nth(0)])])
        .unwrap();
    assert!(world.queue.forget(ids[0]).is_err());
    let one = world.next().unwrap();
    world.serve(&one);
    world.queue.forget(ids[0]).unwrap();
    assert_eq!(world.queue.task(ids[0]).unwrap(), None);
    assert_eq!(world.name(ids[1]), "ready");
    assert_eq!(world.queue.prerequisites(&[ids[1]]).unwrap()[0].1, []);
}
