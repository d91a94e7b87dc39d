//! Plans: named sets of errands, from a draft to their end.
//!
//! In: steps with what each waits for; a person's approval and orders. Out: errands, once a
//! plan is started; how far it is. Always: nothing of a plan runs before a person has
//! approved it; each move of a plan is one function, and an illegal one is an error; the
//! numbers of a plan change in the transaction of the end that they count, so that a plan
//! whose last step has ended, and whose last fix has landed or was given up, has ended; a step
//! that has ended well is never done again, unless its file is committed before its fix lands.
//! This room does not know where a plan comes from, nor what its steps do.
//!
//! ```text
//! draft ─ approve ─▶ approved ─ start ─▶ executing ◀─ resume ─ pause ─▶ paused
//!                                  ▲         │
//!                                  │         ├─ done and landed ─▶ completed
//!                                  └─ start ─┼─ a step died ─────▶ failed
//!                                            └─ cancel (also before) ─▶ cancelled
//! ```

mod create;
mod landing;
mod moves;
mod read;

use serde::{Deserialize, Serialize};

pub use create::{NewPlan, NewStep};
pub use read::{Progress, Step};

use super::errands::shape::Shape;
use super::ids::PlanId;

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanStatus {
    /// It is written down, and nothing of it runs.
    Draft,
    /// A person wants it.
    Approved,
    /// Its steps are tasks, and run as soon as they can.
    Executing,
    /// None of its steps begins.
    Paused,
    /// Every step has ended well, and no fix of any waits to land.
    Completed,
    /// Every step has ended, some of them badly or not at all; it can be started again for
    /// those.
    Failed,
    /// A person does not want it any more; it can be started again all the same.
    Cancelled,
}

impl PlanStatus {
    /// All of them, in the order of their numbers in the schema.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Approved,
        Self::Executing,
        Self::Paused,
        Self::Completed,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Executing => "executing",
            Self::Paused => "paused",
            Self::Completed => "completed",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether it has come to an end.
    pub fn has_ended(self) -> bool {
        matches!(self, Self::Completed | Self::Failed | Self::Cancelled)
    }
}

/// A plan, with its numbers as the last end of a step left them. Times are in milliseconds
/// since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its id.
    pub id: PlanId,
    /// Its name: one plan that has not ended has it.
    pub name: String,
    /// What it is, for people.
    pub about: String,
    /// Where it stands.
    pub status: PlanStatus,
    /// When it was made.
    pub created_ms: i64,
    /// Since when it has this status.
    pub since_ms: i64,
    /// For how long it has been executing, in milliseconds, up to `since_ms`.
    pub worked_ms: i64,
    /// How many steps it has.
    pub total: usize,
    /// How many of them have ended well.
    pub done: usize,
    /// How many had when it was last started.
    pub before: usize,
    /// How many failed for good.
    pub dead: usize,
    /// How many were cancelled, because of those or by order.
    pub cancelled: usize,
    /// How many of the fixes that its steps made wait to land. It has not ended as long as
    /// any does.
    pub landing: usize,
}

impl Plan {
    /// How many steps have not ended.
    pub fn open(&self) -> usize {
        self.total
            .saturating_sub(self.done + self.dead + self.cancelled)
    }

    /// How long it has been executing by a time, in milliseconds.
    pub fn worked_by(&self, now_ms: i64) -> i64 {
        let now = match self.status {
            PlanStatus::Executing => (now_ms - self.since_ms).max(0),
            _ => 0,
        };
        self.worked_ms + now
    }

    /// How long the steps that have not ended will take at the pace of those that have
    /// since the last start, in milliseconds; `None` before any has.
    pub fn left_ms(&self, now_ms: i64) -> Option<i64> {
        let ended = (self.done + self.dead).saturating_sub(self.before);
        let open = i64::try_from(self.open()).unwrap_or(i64::MAX);
        let ended = i64::try_from(ended).ok().filter(|ended| *ended > 0)?;
        Some(self.worked_by(now_ms).saturating_mul(open) / ended)
    }
}

/// What follows from who waits for whom among steps.
pub fn shape_of(steps: &[Step]) -> Shape {
    let needs: Vec<Vec<usize>> = steps.iter().map(|step| step.needs.clone()).collect();
    // No plan with a circle is ever kept.
    Shape::of(&needs).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_is_that_of_the_pace_so_far() {
        let plan = Plan {
            id: PlanId(1),
            name: "all".to_owned(),
            about: String::new(),
            status: PlanStatus::Executing,
            created_ms: 0,
            since_ms: 10_000,
            worked_ms: 2_000,
            total: 100,
            done: 40,
            before: 20,
            dead: 0,
            cancelled: 10,
            landing: 0,
        };
        // Twenty ended in 2 s before a pause and 3 s after it; fifty are open.
        assert_eq!(plan.worked_by(13_000), 5_000);
        assert_eq!(plan.left_ms(13_000), Some(12_500));
        let paused = Plan {
            status: PlanStatus::Paused,
            ..plan.clone()
        };
        assert_eq!(paused.worked_by(13_000), 2_000);
        assert_eq!(Plan { before: 40, ..plan }.left_ms(13_000), None);
    }
}
