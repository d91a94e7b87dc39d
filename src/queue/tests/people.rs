//! What people ask and order: questions, retries, pauses, lists, pruning.

use super::*;
use crate::escalation::State;
use crate::escalation::policy::Move;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

fn open(queue: &Queue) -> Vec<String> {
    let open = queue.escalations(&EscalationFilter::default()).unwrap();
    open.into_iter().map(|one| one.question.rule).collect()
}

/// Two findings of one rule in one line are one question, which has the words of both.
#[test]
fn what_is_one_question_is_asked_once() {
    let world = world();
    let finding = |reason: &str| Question {
        reason: reason.to_owned(),
        ..question("F821", "a.py", "return first + second")
    };
    let (first, second) = (finding("`first`"), finding("`second`"));
    let asked = || vec![first.clone(), question("E501", "a.py", "x"), second.clone()];
    let raised = world.queue.raise(asked()).unwrap();
    assert_eq!(raised[0].id, raised[2].id);
    assert_ne!(raised[0].id, raised[1].id);
    let one = || world.queue.escalation(raised[0].id).unwrap().unwrap();
    assert_eq!(
        (one().question.reason.as_str(), one().count),
        ("`first`\n`second`", 1)
    );
    world.queue.raise(asked()).unwrap();
    assert_eq!(
        (one().question.reason.as_str(), one().count),
        ("`first`\n`second`", 2)
    );
}

#[test]
fn repeats_fold_and_dismissed_ones_stay_dismissed() {
    let world = world();
    let queue = &world.queue;
    let asked = || {
        vec![
            question("E501", "a.py", "x = 1"),
            question("F821", "a.py", "y"),
        ]
    };
    let raised = queue.raise(asked()).unwrap();
    assert!(raised.iter().all(|one| one.news));
    let moved = vec![question("E501", "a.py", "    x  =  1")];
    assert_eq!(
        queue.raise(moved).unwrap()[0],
        Raised {
            id: raised[0].id,
            news: false
        }
    );
    assert_eq!(queue.escalation(raised[0].id).unwrap().unwrap().count, 2);

    queue
        .move_escalation(raised[0].id, Move::Dismiss, Some("by design"))
        .unwrap();
    assert!(!queue.raise(asked()).unwrap()[0].news);
    assert_eq!(open(queue), ["F821"]);
    let kept = queue.escalation(raised[0].id).unwrap().unwrap();
    assert_eq!(
        (kept.state.name(), kept.note.as_deref()),
        ("dismissed", Some("by design"))
    );

    let later = clock::wall_ms() + 100_000;
    queue
        .move_escalation(raised[1].id, Move::Snooze { until_ms: later }, None)
        .unwrap();
    assert!(open(queue).is_empty());
    queue
        .move_escalation(raised[1].id, Move::Snooze { until_ms: 1 }, None)
        .unwrap();
    assert_eq!(open(queue), ["F821"], "the snooze is over");
    let error = queue
        .move_escalation(EscalationId(9), Move::Resolve, None)
        .unwrap_err();
    assert_eq!(error.to_string(), "there is no question 9");
    let error = queue
        .move_escalation(raised[0].id, Move::Dismiss, None)
        .unwrap_err();
    assert!(error.to_string().contains("is dismissed"), "{error}");
}

#[test]
fn a_question_resolves_itself_when_its_cause_is_gone_and_comes_back() {
    let world = world();
    let queue = &world.queue;
    let one = question("E501", "a.py", "x");
    let asked = Done::Asked(vec![one.clone(), question("F821", "a.py", "y")]);
    queue
        .finish(world.claimed("a.py", 1).token, asked, None)
        .unwrap();
    assert_eq!(open(queue).len(), 2);
    let still = Done::Asked(vec![one.clone()]);
    queue
        .finish(world.claimed("a.py", 2).token, still, None)
        .unwrap();
    assert_eq!(open(queue), ["E501"]);
    queue
        .finish(world.claimed("a.py", 3).token, Done::Clean, None)
        .unwrap();
    assert!(open(queue).is_empty());
    let raised = queue.raise(vec![one]).unwrap()[0];
    assert!(raised.news, "it is there again");
    assert_eq!(
        queue.escalation(raised.id).unwrap().unwrap().state,
        State::Open
    );
    assert_eq!(
        queue.resolve_absent(&path("b.py"), Stage::Qa, &[]).unwrap(),
        0
    );
    assert_eq!(
        queue.resolve_absent(&path("a.py"), Stage::Qa, &[]).unwrap(),
        1
    );
}

#[test]
fn a_retry_is_a_new_task_linked_to_the_old_one() {
    let world = world();
    let queue = &world.queue;
    let claimed = world.claimed("a.py", 1);
    let id = claimed.token.task;
    let error = queue.retry(id).unwrap_err();
    assert_eq!(error.to_string(), "task 1 is running: it cannot be retried");
    queue
        .fail(claimed.token, ErrorClass::Permanent, None, "no")
        .unwrap();
    let new = queue.retry(id).unwrap();
    assert_ne!(new, id);
    let task = queue.show(new).unwrap().unwrap().task;
    assert_eq!(
        (task.origin, task.attempt, task.priority),
        (Some(id), 0, Priority::High)
    );
    assert_eq!(task.commits, claimed.commits);
    let error = queue.retry(id).unwrap_err();
    assert_eq!(
        error.to_string(),
        "task 1 is retried as 2 already: it cannot be retried"
    );
    assert!(matches!(
        queue.retry(TaskId(77)),
        Err(QueueError::Unknown { .. })
    ));
}

#[test]
fn a_cancelled_task_takes_no_result() {
    let world = world();
    let queue = &world.queue;
    let claimed = world.claimed("a.py", 1);
    queue.cancel(claimed.token.task).unwrap();
    let done = queue
        .finish(claimed.token, fixed(&claimed, b"x"), None)
        .unwrap();
    assert_eq!(done, Fenced::Stale);
    assert!(queue.waiting_fixes().unwrap().is_empty());
    let error = queue.cancel(claimed.token.task).unwrap_err();
    assert_eq!(
        error.to_string(),
        "task 1 is cancelled: it cannot be cancelled"
    );
}

#[test]
fn a_pause_outlives_the_agent_and_stops_claims() {
    let world = world();
    world.take(vec![change("a.py", 1)]);
    world.queue.pause("demo").unwrap();
    let queue = world.again();
    assert_eq!(queue.paused().unwrap().unwrap().reason, "demo");
    assert!(queue.claim(Stage::Qa, "QA-1", 1, LEASE).unwrap().is_empty());
    assert!(queue.resume().unwrap());
    assert!(!queue.resume().unwrap());
    assert_eq!(queue.claim(Stage::Qa, "QA-1", 1, LEASE).unwrap().len(), 1);
    queue.set_gate(Some("a rebase is in progress")).unwrap();
    let since = queue.gate().unwrap().unwrap().since_ms;
    queue.set_gate(Some("index.lock")).unwrap();
    let gate = queue.gate().unwrap().unwrap();
    assert_eq!((gate.reason.as_str(), gate.since_ms), ("index.lock", since));
    queue.set_gate(None).unwrap();
    assert_eq!(queue.gate().unwrap(), None);
}

#[test]
fn lists_and_counts_say_what_there_is() {
    let world = world();
    let queue = &world.queue;
    world.take(vec![change("src/a.py", 1), change("b.py", 1)]);
    queue.worker_started("QA-1", Stage::Qa, 42).unwrap();
    let claimed = world.claim(1).remove(0);
    let worker = queue.workers().unwrap().remove(0);
    assert_eq!(
        (worker.task, worker.path),
        (Some(claimed.token.task), Some(claimed.path))
    );
    let counts = queue.counts().unwrap();
    assert_eq!((counts.of("ready"), counts.of("running")), (1, 1));
    assert_eq!(queue.ready(Stage::Qa).unwrap(), 1);
    let states = |names: &[&str]| TaskFilter {
        states: names.iter().map(|name| (*name).to_owned()).collect(),
        ..TaskFilter::default()
    };
    let below = TaskFilter {
        path: Some("src".to_owned()),
        ..TaskFilter::default()
    };
    for (filter, count) in [
        (TaskFilter::default(), 2),
        (states(&["ready"]), 1),
        (states(&["done", "running"]), 1),
        (below, 1),
    ] {
        assert_eq!(queue.list(&filter).unwrap().len(), count, "{filter:?}");
    }
    queue.worker_ended("QA-1", Stage::Qa, "idle").unwrap();
    assert_eq!(queue.workers().unwrap()[0].reason.as_deref(), Some("idle"));
}

#[test]
fn what_is_over_is_forgotten_and_what_counts_is_not() {
    let world = world();
    let queue = &world.queue;
    for n in 1..=600 {
        world.take(vec![change(&format!("f{n}.py"), 1)]);
    }
    let mut claimed = world.claim(1_000);
    let kept = claimed.pop().unwrap();
    let dead = claimed.pop().unwrap();
    queue
        .fail(dead.token, ErrorClass::Permanent, None, "no")
        .unwrap();
    queue.finish(kept.token, fixed(&kept, b"x"), None).unwrap();
    queue.raise(vec![question("E501", "a.py", "x")]).unwrap();
    let ends = claimed.iter().map(|one| Finish {
        token: one.token,
        done: Done::Clean,
        next: None,
    });
    queue.finish_many(ends.collect()).unwrap();
    let now = clock::wall_ms();
    assert_eq!(queue.prune(now).unwrap(), Pruned::default());
    let pruned = queue.prune(now + DAY_MS + 60_000).unwrap();
    assert_eq!(pruned.tasks, 599);
    assert!(pruned.pages > 500, "{pruned:?}");
    assert_eq!(world.state(dead.token.task).name(), "dead");
    let letters = queue.dead_letters(9).unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].id, dead.token.task);
    assert!(queue.dead_letters(0).unwrap().is_empty());
    assert_eq!(queue.waiting_fixes().unwrap()[0].after, b"x");
    let newest = queue.newest_entry().unwrap();
    world.take(vec![change("z.py", 1)]);
    assert!(queue.newest_entry().unwrap() > newest);
    let fix = queue.waiting_fixes().unwrap()[0].id;
    queue.drop_fix(fix, "not wanted").unwrap();
    let pruned = queue.prune(now + 8 * DAY_MS).unwrap();
    assert_eq!(pruned.contents, 1);
    assert_eq!(queue.fixes(&FixFilter::default()).unwrap().len(), 1);
    assert_eq!(open(queue), ["E501"]);
}
