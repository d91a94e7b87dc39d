//! What is to be done, what is being done, and what was done: the rows of one work tree.
//!
//! In: marks and tasks from intake, claims and results from the agent, fixes and
//! landings, questions, a person's orders. Out: claimed tasks, waiting fixes, lists,
//! and the journal as it grows. Always: one connection writes, in immediate
//! transactions that answer after the commit; every move of a task is one
//! fenced statement in one function, and an illegal move is an error; at most one task
//! waits per file and stage, and at most one of hive's own runs per file, by unique
//! indexes and not by looking first; the facts and their journal entries are one transaction. A lost
//! database loses history, never work. This room does not know git, files or
//! processes, nor what a fix is.

mod asked;
mod attempts;
mod breakers;
mod by_hand;
mod claim;
mod codec;
mod content;
mod counts;
mod declines;
mod errands;
mod error;
mod escalations;
mod events;
mod fail;
mod finish;
mod fix;
mod fixes;
mod glance;
mod handle;
mod holds;
mod ids;
mod inspections;
mod intake;
mod keep;
mod landings;
mod leases;
mod list;
mod metrics;
mod moves;
mod person;
mod plans;
mod precedents;
mod prompt;
mod prune;
mod rates;
mod recover;
mod standing;
mod task;
mod ticks;
mod waiting;
mod workers;
mod writer;

pub use asked::{EscalationFilter, EscalationRow};
pub use attempts::{Attempt, AttemptOutcome};
pub use claim::{Claimed, Due, Token};
pub use counts::{Count, Counts};
pub use declines::{Decline, DeclineKey};
pub use errands::shape::Shape;
pub use errands::{Errand, Need, NewErrand, Prerequisite};
pub use error::{QueueError, Result};
pub use escalations::Raised;
pub use fail::AfterFailure;
pub use finish::{Done, Fenced, Finish};
pub use fix::{Fix, FixClass, FixCount, FixState, NewFix, WaitingFix, WaitingState};
pub use fixes::FixFilter;
pub use glance::Glance;
pub use handle::Queue;
pub use holds::Hold;
pub use ids::{BadId, BurstId, EscalationId, FixId, LandingId, PlanId, TaskId};
pub use inspections::{Begun, Inspected, Inspection};
pub use intake::{Mark, NewTask, Taken};
pub use landings::{Landing, LandingCommit, LandingKind, NewLanding};
pub use leases::Lease;
pub use list::{Shown, TaskFilter};
pub use metrics::{BreakerState, Metrics, RESTARTED, StageMetrics};
pub use plans::{NewPlan, NewStep, Plan, PlanStatus, Progress, Step, shape_of};
pub use prune::Pruned;
pub use rates::{Quantiles, Rates, RuleRates};
pub use recover::{Owner, Recovered};
pub use standing::{KeptBack, Standing};
pub use task::{Cause, DeadLetter, ErrorClass, Outcome, Task, TaskState, ToolId};
pub use ticks::{Teller, Ticks};
pub use workers::WorkerRow;

#[cfg(test)]
mod tests;
