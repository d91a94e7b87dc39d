//! Plans, from a draft to their end.

use super::*;

fn part(name: &str, needs: &[usize]) -> NewStep {
    NewStep {
        name: name.to_owned(),
        stage: Stage::Qa,
        path: path(&format!("{name}.py")),
        kind: None,
        payload: None,
        rules: Vec::new(),
        priority: Priority::Low,
        needs: needs.to_vec(),
    }
}

impl World {
    /// A plan of three: c after b after a.
    fn chain(&self) -> PlanId {
        let steps = vec![part("a", &[]), part("b", &[0]), part("c", &[1])];
        let plan = NewPlan {
            name: "chain".to_owned(),
            about: "three".to_owned(),
            steps,
        };
        self.queue.create_plan(plan).unwrap()
    }

    fn started(&self) -> PlanId {
        let id = self.chain();
        self.queue.approve_plan(id).unwrap();
        assert_eq!(self.queue.start_plan(id).unwrap(), 3);
        id
    }

    fn plan(&self, id: PlanId) -> Plan {
        self.queue.plan(id).unwrap()
    }

    fn step_states(&self, id: PlanId) -> Vec<String> {
        let steps = self.queue.plan_steps(id).unwrap().into_iter();
        steps.map(|step| step.state.unwrap_or_default()).collect()
    }

    fn work_off(&self) -> usize {
        let mut count = 0;
        loop {
            let claimed = self.claim(5);
            if claimed.is_empty() {
                return count;
            }
            for one in claimed {
                self.queue.finish(one.token, Done::Clean, None).unwrap();
                count += 1;
            }
        }
    }
}

#[test]
fn nothing_of_a_plan_runs_before_it_is_approved_and_started() {
    let world = world();
    let id = world.chain();
    assert_eq!(world.plan(id).status, PlanStatus::Draft);
    assert!(world.claim(5).is_empty());
    let error = world.queue.start_plan(id).unwrap_err();
    assert_eq!(error.to_string(), "plan 1 is draft: it cannot be started");
    world.queue.approve_plan(id).unwrap();
    assert!(world.claim(5).is_empty());
    assert!(world.queue.approve_plan(id).is_err());
    assert!(world.queue.pause_plan(id).is_err());
    world.queue.start_plan(id).unwrap();
    assert_eq!(world.step_states(id), ["ready", "blocked", "blocked"]);
    let next = world.queue.next_of_plan(id).unwrap().unwrap();
    assert_eq!((next.path.as_str(), next.plan), ("a.py", Some(id)));
    assert!(world.queue.start_plan(id).is_err());
    assert_eq!(world.work_off(), 3);
    let plan = world.plan(id);
    assert_eq!(
        (plan.status, plan.done, plan.open()),
        (PlanStatus::Completed, 3, 0)
    );
    assert!(world.queue.cancel_plan(id).is_err());
    assert!(world.queue.start_plan(id).is_err(), "it is done");
}

#[test]
fn names_and_circles_are_checked_when_a_plan_is_written_down() {
    let world = world();
    let id = world.chain();
    let again = NewPlan {
        name: "chain".to_owned(),
        about: String::new(),
        steps: vec![part("a", &[])],
    };
    let error = world.queue.create_plan(again.clone()).unwrap_err();
    assert!(matches!(error, QueueError::Taken(_)), "{error}");
    world.queue.cancel_plan(id).unwrap();
    let newer = world.queue.create_plan(again).unwrap();
    assert_eq!(world.queue.plan_named("chain").unwrap().id, newer);
    let error = world.queue.start_plan(id).unwrap_err();
    assert!(
        matches!(error, QueueError::Taken(_)),
        "its name is another's: {error}"
    );
    let circle = NewPlan {
        name: "circle".to_owned(),
        about: String::new(),
        steps: vec![part("a", &[1]), part("b", &[0])],
    };
    let error = world.queue.create_plan(circle).unwrap_err();
    assert_eq!(
        error.to_string(),
        "they would wait for each other: a → b → a"
    );
    assert!(matches!(
        world.queue.plan_named("circle"),
        Err(QueueError::NoPlan(_))
    ));
}

#[test]
fn a_paused_plan_begins_nothing_and_goes_on_where_it_was() {
    let world = world();
    let id = world.started();
    let running = world.claim(1).remove(0);
    world.queue.pause_plan(id).unwrap();
    world
        .queue
        .finish(running.token, Done::Clean, None)
        .unwrap();
    assert_eq!(world.step_states(id), ["done", "blocked", "blocked"]);
    assert!(world.claim(5).is_empty());
    assert_eq!(world.queue.wake_deferred(None).unwrap(), 0);
    world.queue.resume_plan(id).unwrap();
    assert_eq!(world.step_states(id), ["done", "ready", "blocked"]);
    // One that is given back while its plan is paused waits for it, too.
    let running = world.claim(1).remove(0);
    world.queue.pause_plan(id).unwrap();
    world.queue.release(&[running.token]).unwrap();
    assert!(world.claim(5).is_empty());
    world.queue.resume_plan(id).unwrap();
    assert_eq!(world.work_off(), 2);
    assert_eq!(world.plan(id).status, PlanStatus::Completed);
}

#[test]
fn the_last_step_of_a_paused_plan_ends_it() {
    let world = world();
    let id = world.started();
    for _ in 0..2 {
        let one = world.claim(1).remove(0);
        world.queue.finish(one.token, Done::Clean, None).unwrap();
    }
    let last = world.claim(1).remove(0);
    world.queue.pause_plan(id).unwrap();
    world.queue.finish(last.token, Done::Clean, None).unwrap();
    assert_eq!(world.plan(id).status, PlanStatus::Completed);
}

#[test]
fn a_plan_that_failed_goes_on_with_what_is_left() {
    let world = world();
    let id = world.started();
    let one = world.claim(1).remove(0);
    world.queue.finish(one.token, Done::Clean, None).unwrap();
    let two = world.claim(1).remove(0);
    world
        .queue
        .fail(two.token, ErrorClass::Permanent, None, "it cannot be read")
        .unwrap();
    let plan = world.plan(id);
    assert_eq!(
        (plan.status, plan.done, plan.dead, plan.cancelled),
        (PlanStatus::Failed, 1, 1, 1)
    );
    assert_eq!(world.step_states(id), ["done", "dead", "cancelled"]);
    let steps = world.queue.plan_steps(id).unwrap();
    assert_eq!(steps[1].reason.as_deref(), Some("it cannot be read"));
    assert!(
        world.queue.retry(two.token.task).is_err(),
        "the plan is started again"
    );
    assert_eq!(world.queue.start_plan(id).unwrap(), 2);
    assert_eq!(world.step_states(id), ["done", "ready", "blocked"]);
    let plan = world.plan(id);
    assert_eq!((plan.done, plan.before, plan.dead), (1, 1, 0));
    assert_eq!(world.work_off(), 2);
    assert_eq!(world.plan(id).status, PlanStatus::Completed);
}

#[test]
fn a_cancelled_plan_ends_all_its_steps_and_what_waits_for_them() {
    let world = world();
    let id = world.started();
    let running = world.claim(1).remove(0);
    let last = world.queue.plan_steps(id).unwrap()[2].task.unwrap();
    let outside = NewErrand {
        stage: Stage::Qa,
        path: path("z.py"),
        kind: None,
        payload: None,
        rules: Vec::new(),
        cause: Cause::Person,
        priority: Priority::Normal,
        needs: vec![Need::Task(last)],
        run_at_ms: 0,
        max_attempts: 3,
    };
    let outside = world.queue.enqueue(vec![outside]).unwrap()[0];
    assert_eq!(world.queue.cancel_plan(id).unwrap(), 3);
    let stale = world
        .queue
        .finish(running.token, Done::Clean, None)
        .unwrap();
    assert_eq!(stale, Fenced::Stale);
    assert_eq!(world.step_states(id), ["cancelled"; 3]);
    assert_eq!(world.state(outside).name(), "cancelled");
    let plan = world.plan(id);
    assert_eq!((plan.status, plan.cancelled), (PlanStatus::Cancelled, 3));
    assert_eq!(world.queue.start_plan(id).unwrap(), 3);
    assert_eq!(world.work_off(), 3);
}

#[test]
fn an_ended_plan_is_kept_for_a_week_with_its_tasks() {
    const DAY_MS: i64 = 24 * 60 * 60 * 1000;
    let world = world();
    let id = world.started();
    world.work_off();
    let now = clock::wall_ms();
    assert_eq!(world.queue.prune(now + 6 * DAY_MS).unwrap().tasks, 0);
    assert_eq!(world.step_states(id), ["done"; 3]);
    let pruned = world.queue.prune(now + 8 * DAY_MS).unwrap();
    assert_eq!((pruned.plans, pruned.tasks), (1, 3));
    assert!(world.queue.plan(id).is_err());
}

/// Work that commits bring is not behind a plan that was there first.
#[test]
fn a_commit_goes_before_the_steps_of_a_large_plan() {
    let world = world();
    let steps = (0..2_000).map(|number| part(&format!("f{number}"), &[]));
    let plan = NewPlan {
        name: "large".to_owned(),
        about: String::new(),
        steps: steps.collect(),
    };
    let id = world.queue.create_plan(plan).unwrap();
    world.queue.approve_plan(id).unwrap();
    world.queue.start_plan(id).unwrap();
    world.claim(3);
    world.take(vec![change("commit.py", 1)]);
    assert_eq!(world.claim(1)[0].path.as_str(), "commit.py");
}
