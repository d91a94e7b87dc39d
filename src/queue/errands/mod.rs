//! Errands: tasks that stand for themselves, and may wait for others.
//!
//! In: what is to be done, with prerequisites, from plans and from clients. Out: rows of
//! the same table, claimed, leased and ended by the same statements as all tasks; what
//! waits for a task that ended. Always: no change of a file folds into an errand, and none
//! takes its place; prerequisites form no circle, because that is looked for in the
//! transaction that adds them; a task is blocked exactly as long as it has prerequisites
//! that have not been met, or its plan is paused; what waits for a task that ended badly
//! is cancelled with the reason in the transaction of that end. This room does not know
//! what a plan is for, nor who the workers are.

mod ended;
pub(in crate::queue) mod enqueue;
mod external;
mod needs;
mod retry;
pub(in crate::queue) mod shape;

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

pub use enqueue::{Need, NewErrand};
pub(in crate::queue) use external::is_kind;
pub use needs::Prerequisite;

use super::codec::small;
use super::error::Result;
use super::ids::{PlanId, TaskId};
use super::moves::Running;
use super::writer::Work;

/// What only an errand has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Errand {
    /// The plan that it is a step of.
    pub plan: Option<PlanId>,
    /// Only these rules; empty for all.
    pub rules: Vec<String>,
    /// For a worker that is not hive's own: the kind of work.
    pub kind: Option<String>,
    /// What that worker is told.
    pub payload: Option<String>,
    /// What it answered.
    pub result: Option<String>,
}

/// How a task came to its end, as those see it that wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::queue) enum Ended {
    Done,
    Dead,
    Cancelled,
}

impl Work<'_> {
    /// What only an errand has.
    pub(in crate::queue) fn errand(&self, task: &Running) -> Result<Errand> {
        errand(self.tx, task.token.task, task.plan)
    }

    /// Keeps what a worker answered.
    pub(in crate::queue) fn answer(&self, task: TaskId, result: &str) -> Result<()> {
        self.tx
            .prepare_cached(
                "INSERT INTO task_orders (task, rules, result) VALUES (?1, '', ?2)
                 ON CONFLICT DO UPDATE SET result = excluded.result",
            )?
            .execute(params![task, result])?;
        Ok(())
    }
}

/// What only an errand has.
pub(in crate::queue) fn errand(
    reader: &rusqlite::Connection,
    task: TaskId,
    plan: i64,
) -> Result<Errand> {
    let found = reader
        .prepare_cached(
            "SELECT coalesce(o.rules, ''), o.payload, o.result, k.name
             FROM tasks AS t LEFT JOIN task_orders AS o ON o.task = t.id
                LEFT JOIN kinds AS k ON k.id = t.kind
             WHERE t.id = ?1",
        )?
        .query_row([task], |row| {
            let rules: String = row.get(0)?;
            Ok(Errand {
                plan: None,
                rules: rules.split_whitespace().map(str::to_owned).collect(),
                payload: row.get(1)?,
                result: row.get(2)?,
                kind: row.get(3)?,
            })
        })
        .optional()?;
    Ok(Errand {
        plan: (plan > 0).then_some(PlanId(plan)),
        ..found.unwrap_or_default()
    })
}

/// How many steps of work lie before a task, by its row.
fn depth(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u32> {
    small(row, column)
}
