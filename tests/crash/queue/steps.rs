//! The operations, in their order.

use std::time::Duration;

use hive::clock;
use hive::escalation::policy::Move;
use hive::escalation::{Escalation, Level, Question};
use hive::journal::Event;
use hive::queue::{
    DeclineKey, Done, ErrorClass, EscalationId, FixId, Inspected, Mark, Need, NewFix, NewLanding,
    Owner, PlanId, Queue, TaskId, ToolId,
};
use hive::schedule::{Breaker, Stage};

use super::made::{
    about, black, change, errand, fix, inspection, landing, lesson, oid, other, path, plan,
    question, token, words,
};

pub(super) const LEASE: Duration = Duration::from_hours(240);
pub(super) const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(super) type Step = (&'static str, fn(&Queue) -> hive::queue::Result<()>);

/// The operations, each with the point that it passes.
pub(super) const STEPS: &[Step] = &[
    ("queue.mark", |queue| {
        let mark = Mark {
            reference: "refs/heads/main".to_owned(),
            oid: oid(1),
            log: "line".to_owned(),
        };
        queue.take_in(vec![mark], Vec::new(), Vec::new()).map(drop)
    }),
    ("queue.take-in", |queue| {
        let work = ["a", "b", "c", "d", "e", "f", "g", "h"].map(|name| change(name, 2, 0));
        queue.take_in(Vec::new(), Vec::new(), work.into()).map(drop)
    }),
    ("queue.take-in", |queue| {
        let later = clock::wall_ms() + DAY_MS;
        let work = vec![change("a", 3, 0), change("later", 3, later)];
        queue.take_in(Vec::new(), Vec::new(), work).map(drop)
    }),
    ("queue.worker.started", |queue| {
        queue.worker_started("QA-1", Stage::Qa, 4242)
    }),
    ("queue.claim", |queue| {
        queue.claim(Stage::Qa, "QA-1", 6, LEASE).map(drop)
    }),
    ("queue.worker.beat", |queue| {
        queue.worker_beat("QA-1", Stage::Qa, Some(TaskId(1)))
    }),
    ("queue.heartbeat", |queue| {
        queue.heartbeat(&[token(1), token(2)], LEASE)
    }),
    ("queue.finish", |queue| {
        let done = Done::Fixed(Box::new(fix("a", 1)));
        queue.finish(token(1), done, Some(Stage::Golden)).map(drop)
    }),
    ("queue.finish", |queue| {
        let done = Done::Fixed(Box::new(fix("b", 2)));
        queue.finish(token(2), done, None).map(drop)
    }),
    ("queue.fail", |queue| {
        let tool = ToolId {
            tool: "black".to_owned(),
            version: "1".to_owned(),
        };
        queue
            .fail(token(3), ErrorClass::Permanent, Some(tool), "it failed")
            .map(drop)
    }),
    ("queue.defer", |queue| {
        queue
            .defer(token(4), "something is in the way", None)
            .map(drop)
    }),
    ("queue.wake-deferred", |queue| {
        queue.wake_deferred(None).map(drop)
    }),
    ("queue.release", |queue| queue.release(&[token(5)])),
    ("queue.promote", |queue| {
        queue.promote(clock::wall_ms() + 2 * DAY_MS).map(drop)
    }),
    ("queue.retry", |queue| queue.retry(TaskId(3)).map(drop)),
    ("queue.cancel", |queue| queue.cancel(TaskId(7))),
    ("queue.fix.defer", |queue| {
        queue.defer_fix(FixId(1), "the file was edited", "seen")
    }),
    ("queue.fix.ready", |queue| queue.ready_fix(FixId(1))),
    ("queue.fix.hold", |queue| {
        queue.hold_fix(FixId(2), "it is large")
    }),
    ("queue.landed", |queue| queue.landed(landing()).map(drop)),
    ("queue.fix.drop", |queue| {
        queue.drop_fix(FixId(2), "a person said no")
    }),
    ("queue.reowned", |queue| queue.reowned(&oid(50), &oid(51))),
    ("queue.raise", |queue| {
        queue.raise(vec![question("E1"), question("E2")]).map(drop)
    }),
    ("queue.answer", |queue| {
        queue
            .move_escalation(EscalationId(1), Move::Dismiss, Some("no"))
            .map(drop)
    }),
    ("queue.resolve", |queue| {
        queue.resolve_absent(&path("h"), Stage::Qa, &[]).map(drop)
    }),
    ("queue.lend", |queue| {
        let patch = Some("a patch".to_owned());
        queue.lend(vec![(EscalationId(1), Level::Error, patch)])
    }),
    ("queue.inspect.later", |queue| {
        queue.inspect_later(inspection())
    }),
    ("queue.inspect.begin", |queue| {
        queue.begin_inspection("refs/heads/main").map(drop)
    }),
    ("queue.inspect.end", |queue| {
        let found = Inspected {
            asked: vec![Question {
                stage: Stage::Golden,
                ..question("GR07")
            }],
            ..Inspected::default()
        };
        queue.end_inspection(&inspection(), found, Vec::new())
    }),
    ("queue.own", |queue| {
        queue.own(vec![(EscalationId(1), "Ada".to_owned())])
    }),
    ("queue.restore", |queue| {
        let before = queue.escalation(EscalationId(1))?;
        before.map_or(Ok(()), |before| {
            let before = Escalation {
                note: Some("another".to_owned()),
                ..before
            };
            queue.restore_escalation(&before)
        })
    }),
    ("queue.teach", |queue| queue.teach(&lesson(), &words())),
    ("queue.unlearn", |queue| queue.unlearn(EscalationId(1))),
    ("queue.learnt", |queue| queue.learnt(EscalationId(2))),
    ("queue.landed-by-hand", |queue| {
        let landing = NewLanding {
            tip_after: oid(61),
            commits: vec![(oid(61), Stage::Qa)],
            fixes: Vec::new(),
            ..landing()
        };
        queue.landed_by_hand(landing, Vec::new()).map(drop)
    }),
    ("queue.decline", |queue| {
        let key = DeclineKey {
            path: path("h"),
            rule: "F401".to_owned(),
            symbol: String::new(),
            text_hash: "hash".to_owned(),
        };
        queue.decline(&key, "reverted")
    }),
    ("queue.forget-declines", |queue| {
        queue.forget_declines("reverted")
    }),
    ("queue.lease", |queue| {
        queue.lease(vec![path("h")], 60_000).map(drop)
    }),
    ("queue.release-lease", |queue| {
        queue.release_leases(None).map(drop)
    }),
    ("queue.breaker.save", |queue| {
        let open = Breaker::Open {
            until_ms: 0,
            openings: 1,
        };
        queue.save_breaker(&black(), &open)
    }),
    ("queue.breaker.admit", |queue| {
        queue.admit(&black()).map(drop)
    }),
    ("queue.breaker.ran", |queue| {
        queue.ran(&black(), true).map(drop)
    }),
    ("queue.errands", |queue| {
        let needs = [vec![], vec![Need::Nth(0)], vec![]];
        let errands = ["a", "b", "c"].into_iter().zip(needs);
        let errands = errands.map(|(name, needs)| errand(name, needs));
        queue.enqueue(errands.collect()).map(drop)
    }),
    ("queue.require", |queue| {
        queue.require(about(queue, "c"), about(queue, "b"))
    }),
    ("queue.worker.register", |queue| {
        queue.register("D-1", "docs", 4243)
    }),
    ("queue.claim.kind", |queue| {
        queue
            .claim_kind("docs", "D-1", &other(), 1, LEASE)
            .map(drop)
    }),
    ("queue.finish", |queue| {
        let claim = token(about(queue, "a").0);
        let done = Done::Served(Some("it is so".to_owned()));
        queue.finish(claim, done, None).map(drop)
    }),
    ("queue.cancel", |queue| queue.cancel(about(queue, "b"))),
    ("queue.forget", |queue| queue.forget(about(queue, "a"))),
    ("queue.plan.create", |queue| {
        queue.create_plan(plan()).map(drop)
    }),
    ("queue.plan.approve", |queue| queue.approve_plan(PlanId(1))),
    ("queue.plan.start", |queue| {
        queue.start_plan(PlanId(1)).map(drop)
    }),
    ("queue.plan.pause", |queue| queue.pause_plan(PlanId(1))),
    ("queue.plan.resume", |queue| queue.resume_plan(PlanId(1))),
    ("queue.plan.cancel", |queue| {
        queue.cancel_plan(PlanId(1)).map(drop)
    }),
    ("queue.plan.create", |queue| {
        let mut one = plan();
        "one".clone_into(&mut one.name);
        one.steps.truncate(1);
        one.steps[0].path = path("p");
        queue.create_plan(one).map(drop)
    }),
    ("queue.plan.approve", |queue| queue.approve_plan(PlanId(2))),
    ("queue.plan.start", |queue| {
        queue.start_plan(PlanId(2)).map(drop)
    }),
    ("queue.claim", |queue| {
        queue.claim(Stage::Qa, "QA-1", 20, LEASE).map(drop)
    }),
    // Its fix waits to land when the file is committed: the step is to be done again.
    ("queue.finish", |queue| {
        let step = step_of(queue);
        let done = Done::Fixed(Box::new(fix("p", step.0)));
        queue.finish(token(step.0), done, None).map(drop)
    }),
    ("queue.take-in", |queue| {
        queue
            .take_in(Vec::new(), Vec::new(), vec![change("p", 4, 0)])
            .map(drop)
    }),
    ("queue.claim", |queue| {
        queue.claim(Stage::Qa, "QA-1", 20, LEASE).map(drop)
    }),
    ("queue.finish", |queue| {
        let commit = queue.tasks_of(&path("p"), 1)?[0].id;
        queue.finish(token(commit.0), Done::Clean, None).map(drop)
    }),
    ("queue.promote", |queue| {
        queue.promote(clock::wall_ms() + 2 * DAY_MS).map(drop)
    }),
    ("queue.claim", |queue| {
        queue.claim(Stage::Qa, "QA-1", 20, LEASE).map(drop)
    }),
    ("queue.finish", |queue| {
        let step = step_of(queue);
        let fix = NewFix {
            tip: oid(4),
            before: oid(104),
            ..fix("p", step.0)
        };
        let done = Done::Fixed(Box::new(fix));
        queue.finish(token(step.0), done, None).map(drop)
    }),
    // With the landing the plan has come to its end.
    ("queue.landed", |queue| {
        let waiting = queue.waiting_fixes()?.into_iter();
        let landing = NewLanding {
            commits: vec![(oid(70), Stage::Qa)],
            tip_before: oid(4),
            tip_after: oid(70),
            fixes: waiting
                .filter(|fix| fix.path == path("p"))
                .map(|fix| fix.id)
                .collect(),
            ..landing()
        };
        queue.landed(landing).map(drop)
    }),
    ("queue.pause", |queue| queue.pause("later")),
    ("queue.resume", |queue| queue.resume().map(drop)),
    ("queue.gate", |queue| queue.set_gate(Some("git is at work"))),
    ("queue.record", |queue| {
        queue.record(Event::Problem {
            message: "something".to_owned(),
        })
    }),
    ("queue.worker.ended", |queue| {
        queue.worker_ended("QA-1", Stage::Qa, "idle")
    }),
    ("queue.recover", |queue| {
        let owner = Owner {
            boot: "another".to_owned(),
            instance: "another".to_owned(),
        };
        queue.recover(&owner).map(drop)
    }),
    ("queue.prune", |queue| {
        queue.prune(clock::wall_ms() + 30 * DAY_MS).map(drop)
    }),
];

/// The task of the only step of the second plan.
fn step_of(queue: &Queue) -> TaskId {
    queue.plan_steps(PlanId(2)).unwrap()[0].task.unwrap()
}
