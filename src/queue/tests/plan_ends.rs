//! When a plan has come to its end: not before what its steps made has landed.

use super::*;

impl World {
    /// A plan of one step, which has been done: its fix waits to land.
    fn with_fix(&self) -> (PlanId, FixId) {
        let step = NewStep {
            name: "a".to_owned(),
            stage: Stage::Qa,
            path: path("a.py"),
            kind: None,
            payload: None,
            rules: vec!["F401".to_owned()],
            priority: Priority::Low,
            needs: Vec::new(),
        };
        let plan = NewPlan {
            name: "one".to_owned(),
            about: String::new(),
            steps: vec![step],
        };
        let id = self.queue.create_plan(plan).unwrap();
        self.queue.approve_plan(id).unwrap();
        self.queue.start_plan(id).unwrap();
        let fix = self.fix_step(1);
        (id, fix)
    }

    /// Claims what is next and ends it with a fix of commit `n`.
    fn fix_step(&self, n: u32) -> FixId {
        let mut one = self.claim(1).remove(0);
        (one.tip, one.blob) = (Some(oid(n)), Some(oid(100 + n)));
        self.queue
            .finish(one.token, fixed(&one, b"x"), None)
            .unwrap();
        self.queue.waiting_fixes().unwrap().pop().unwrap().id
    }

    fn land(&self, fix: FixId, n: u32) {
        let landing = NewLanding {
            commits: vec![(oid(n), Stage::Qa)],
            tip_before: oid(n - 1),
            tip_after: oid(n),
            reference: "refs/heads/main".to_owned(),
            mode: "direct".to_owned(),
            kind: LandingKind::Own,
            instead_of: None,
            fixes: vec![fix],
            held_us: 0,
        };
        self.queue.landed(landing).unwrap();
    }

    /// Status, steps that are done, fixes that wait.
    #[track_caller]
    fn stands(&self, id: PlanId, status: PlanStatus, done: usize, landing: usize) {
        let plan = self.queue.plan(id).unwrap();
        assert_eq!(
            (plan.status, plan.done, plan.landing),
            (status, done, landing),
            "{plan:?}"
        );
    }
}

#[test]
fn a_plan_is_completed_by_the_landing_of_its_last_fix() {
    let world = world();
    let (id, fix) = world.with_fix();
    world.stands(id, PlanStatus::Executing, 1, 1);
    world
        .queue
        .defer_fix(fix, "the index is locked", "x")
        .unwrap();
    world.queue.hold_fix(fix, "the tip is pushed").unwrap();
    world.stands(id, PlanStatus::Executing, 1, 1);
    world.queue.ready_fix(fix).unwrap();
    world.land(fix, 50);
    world.stands(id, PlanStatus::Completed, 1, 0);
    // It is said after the landing that it follows from.
    let events = world.queue.entries_since(0, 1_000).unwrap();
    let place = |wanted: fn(&Event) -> bool| {
        let found = events.iter().rposition(|entry| wanted(&entry.event));
        found.unwrap()
    };
    let landed = place(|event| matches!(event, Event::Landed { .. }));
    let ended = place(|event| matches!(event, Event::PlanChanged { .. }));
    assert!(landed < ended);
}

#[test]
fn a_fix_that_is_given_up_keeps_no_plan_open() {
    let world = world();
    let (id, fix) = world.with_fix();
    world.queue.pause_plan(id).unwrap();
    world.queue.drop_fix(fix, "a person said no").unwrap();
    world.stands(id, PlanStatus::Completed, 1, 0);
}

/// The step was done with content that is no longer the file's, and nothing of it has
/// landed: it is done again, with what is committed now.
#[test]
fn a_step_whose_file_is_committed_before_its_fix_lands_is_done_again() {
    let world = world();
    let (id, _) = world.with_fix();
    let before = world.queue.plan_steps(id).unwrap()[0].task.unwrap();
    world.take(vec![change("a.py", 2)]);
    world.stands(id, PlanStatus::Executing, 0, 0);
    let after = world.queue.plan_steps(id).unwrap()[0].task.unwrap();
    assert_ne!(before, after);
    assert_eq!(world.state(after).name(), "scheduled");
    let commit = world.claim(5).remove(0);
    assert_ne!(commit.token.task, after, "the commit's own task goes first");
    world.queue.finish(commit.token, Done::Clean, None).unwrap();
    world.queue.promote(clock::wall_ms() + 60_000).unwrap();
    let fix = world.fix_step(2);
    world.stands(id, PlanStatus::Executing, 1, 1);
    assert_eq!(
        world.queue.errand(after).unwrap().rules,
        ["F401"],
        "it is the same work"
    );
    world.land(fix, 50);
    world.stands(id, PlanStatus::Completed, 1, 0);
}

#[test]
fn a_step_that_is_to_be_done_again_waits_while_its_plan_is_paused() {
    let world = world();
    let (id, _) = world.with_fix();
    world.queue.pause_plan(id).unwrap();
    world.take(vec![change("a.py", 2)]);
    world.stands(id, PlanStatus::Paused, 0, 0);
    let task = world.queue.plan_steps(id).unwrap()[0].task.unwrap();
    assert_eq!(world.state(task), TaskState::Blocked { by: 1 });
    world.queue.resume_plan(id).unwrap();
    world.queue.promote(clock::wall_ms() + 60_000).unwrap();
    assert_eq!(world.state(task), TaskState::Ready);
}

/// A plan that has ended is not woken by what happens to its files later.
#[test]
fn a_cancelled_plan_stays_as_it_is() {
    let world = world();
    let (id, fix) = world.with_fix();
    world.queue.cancel_plan(id).unwrap();
    world.stands(id, PlanStatus::Cancelled, 1, 1);
    world.take(vec![change("a.py", 2)]);
    assert!(world.queue.waiting_fix(fix).unwrap().is_none());
    world.stands(id, PlanStatus::Cancelled, 1, 0);
}
