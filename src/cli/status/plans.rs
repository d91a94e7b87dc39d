//! What `hive status` says of plans.

use serde::Serialize;

use crate::clock;
use crate::queue::{Plan, PlanStatus, Queue, QueueError};
use crate::report::span;

/// A plan, and how long the rest of it will take.
#[derive(Debug, Serialize)]
pub(super) struct Planned {
    #[serde(flatten)]
    plan: Plan,
    left_ms: Option<i64>,
}

impl Planned {
    /// The plans that are executing or paused.
    pub(super) fn under_way(queue: &Queue) -> Result<Vec<Self>, QueueError> {
        let now = clock::wall_ms();
        let plans = queue.plans_under_way()?.into_iter();
        Ok(plans
            .map(|plan| Self {
                left_ms: plan.left_ms(now),
                plan,
            })
            .collect())
    }

    /// How far it is, in one line.
    pub(super) fn told(&self) -> String {
        let plan = &self.plan;
        let failed = match plan.dead + plan.cancelled {
            0 => String::new(),
            count => format!(", {count} failed"),
        };
        let then = match (plan.status, self.left_ms) {
            (PlanStatus::Paused, _) => ", paused".to_owned(),
            (_, Some(left)) if plan.open() > 0 => format!(", about {} left", span(left)),
            _ => String::new(),
        };
        let landing = match plan.landing {
            0 => String::new(),
            1 => ", 1 fix waits to land".to_owned(),
            many => format!(", {many} fixes wait to land"),
        };
        format!(
            "{}: {} of {} done{failed}{landing}{then}",
            plan.name, plan.done, plan.total
        )
    }
}
