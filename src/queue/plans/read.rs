//! Looking at plans.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::{Plan, PlanStatus};
use crate::queue::codec::{count, get};
use crate::queue::error::{QueueError, Result};
use crate::queue::handle::Queue;
use crate::queue::ids::{PlanId, TaskId};
use crate::queue::list::{self, state_name};
use crate::queue::task::Task;
use crate::repo::RepoPath;
use crate::schedule::{Priority, Stage};

/// Everything that a [`Plan`] has.
pub(super) const PLAN: &str = "SELECT id, name, about, status, created, since, worked, total, \
     done, before, dead, cancelled, landing FROM plans";

/// A step of a plan, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its place in the plan, counted from 0.
    pub step: usize,
    /// Its name.
    pub name: String,
    /// Who does it.
    pub stage: Stage,
    /// The file; for other workers what the work is about.
    pub path: RepoPath,
    /// For other workers the kind of work.
    pub kind: Option<String>,
    /// What such a worker is told.
    pub payload: Option<String>,
    /// Only these rules; empty for all.
    pub rules: Vec<String>,
    /// How much it matters.
    pub priority: Priority,
    /// The steps that it waits for, by their places.
    pub needs: Vec<usize>,
    /// Its task, once the plan was started.
    pub task: Option<TaskId>,
    /// The state of that task; nothing before, and when it was pruned.
    pub state: Option<String>,
    /// Why it is dead, was cancelled, or is deferred.
    pub reason: Option<String>,
}

/// How far a plan is, by the states of its tasks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps that a worker has.
    pub running: usize,
    /// Steps that can be claimed.
    pub ready: usize,
    /// Steps that wait for a time, or for a change of the repository.
    pub waiting: usize,
    /// Steps that wait for others, or for the plan to go on.
    pub blocked: usize,
}

impl Queue {
    /// The plans of this work tree, the newest first.
    pub fn plans(&self) -> Result<Vec<Plan>> {
        self.read(|reader| {
            let mut statement =
                reader.prepare_cached(&format!("{PLAN} WHERE worktree = ?1 ORDER BY id DESC"))?;
            let rows = statement.query_map([self.worktree().as_str()], plan)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The plans that are executing or paused, the newest first.
    pub fn plans_under_way(&self) -> Result<Vec<Plan>> {
        self.read(|reader| {
            // The bound is that of the index of those that have not ended.
            let mut statement = reader.prepare_cached(&format!(
                "{PLAN} WHERE worktree = ?1 AND status < 4 AND status IN (2, 3)
                 ORDER BY id DESC"
            ))?;
            let rows = statement.query_map([self.worktree().as_str()], plan)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The newest plan of a name.
    pub fn plan_named(&self, name: &str) -> Result<Plan> {
        self.read(|reader| {
            let found = reader
                .prepare_cached(&format!(
                    "{PLAN} WHERE worktree = ?1 AND name = ?2 ORDER BY id DESC LIMIT 1"
                ))?
                .query_row(params![self.worktree().as_str(), name], plan)
                .optional()?;
            found.ok_or_else(|| QueueError::NoPlan(name.to_owned()))
        })
    }

    /// A plan with its numbers as they were kept with the last end of a step: however large
    /// it is, one row.
    pub fn plan(&self, id: PlanId) -> Result<Plan> {
        self.read(|reader| {
            let found = reader
                .prepare_cached(&format!("{PLAN} WHERE id = ?1 AND worktree = ?2"))?
                .query_row(params![id, self.worktree().as_str()], plan)
                .optional()?;
            found.ok_or(QueueError::Unknown {
                what: "plan",
                id: id.0,
            })
        })
    }

    /// The steps of a plan, in its order.
    pub fn plan_steps(&self, id: PlanId) -> Result<Vec<Step>> {
        self.read(|reader| steps(reader, id))
    }

    /// How far a plan is, counted.
    pub fn plan_progress(&self, id: PlanId) -> Result<Progress> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT state, count(*), sum(unmet > 0) FROM tasks
                 WHERE plan = ?1 AND plan > 0 AND state IN (0, 1, 2, 3) GROUP BY state",
            )?;
            let mut progress = Progress::default();
            let mut rows = statement.query([id])?;
            while let Some(row) = rows.next()? {
                let (all, unmet) = (count(row, 1)?, count(row, 2)?);
                match row.get::<_, i64>(0)? {
                    0 => progress.ready = all,
                    1 => progress.running = all,
                    2 => progress.waiting += all,
                    _ => {
                        progress.blocked = unmet;
                        progress.waiting += all - unmet;
                    }
                }
            }
            Ok(progress)
        })
    }

    /// The step of a plan that will be claimed next: the one with the earliest deadline of
    /// those that can be.
    pub fn next_of_plan(&self, id: PlanId) -> Result<Option<Task>> {
        self.read(|reader| {
            let found = reader
                .prepare_cached(
                    "SELECT * FROM tasks WHERE plan = ?1 AND plan > 0 AND state = 0
                     ORDER BY vdl, id LIMIT 1",
                )?
                .query_row([id], list::task)
                .optional()?;
            Ok(found)
        })
    }
}

pub(super) fn plan(row: &Row<'_>) -> rusqlite::Result<Plan> {
    let status: usize = count(row, 3)?;
    Ok(Plan {
        id: row.get(0)?,
        name: row.get(1)?,
        about: row.get(2)?,
        status: PlanStatus::ALL
            .get(status)
            .copied()
            .unwrap_or(PlanStatus::Cancelled),
        created_ms: row.get(4)?,
        since_ms: row.get(5)?,
        worked_ms: row.get(6)?,
        total: count(row, 7)?,
        done: count(row, 8)?,
        before: count(row, 9)?,
        dead: count(row, 10)?,
        cancelled: count(row, 11)?,
        landing: count(row, 12)?,
    })
}

pub(super) fn steps(reader: &Connection, id: PlanId) -> Result<Vec<Step>> {
    let mut statement = reader.prepare_cached(
        "SELECT s.step, s.name, s.stage, s.path, s.kind, s.payload, s.rules, s.priority, s.task,
            t.state, t.unmet, coalesce(t.reason, t.error)
         FROM plan_steps AS s LEFT JOIN tasks AS t ON t.id = s.task
         WHERE s.plan = ?1 ORDER BY s.step",
    )?;
    let rows = statement.query_map([id], |row| {
        let state: Option<i64> = row.get(9)?;
        let unmet: Option<i64> = row.get(10)?;
        let rules: String = row.get(6)?;
        let reason: Option<String> = row.get(11)?;
        let state = state.map(|state| state_name(state, unmet.unwrap_or(0)).to_owned());
        Ok(Step {
            step: count(row, 0)?,
            name: row.get(1)?,
            stage: get(row, 2)?,
            path: get(row, 3)?,
            kind: row.get(4)?,
            payload: row.get(5)?,
            rules: rules.split_whitespace().map(str::to_owned).collect(),
            priority: get(row, 7)?,
            needs: Vec::new(),
            task: row.get(8)?,
            reason: reason.filter(|_| state.as_deref() != Some("done")),
            state,
        })
    })?;
    let mut steps: Vec<Step> = rows.collect::<rusqlite::Result<_>>()?;
    let mut statement = reader
        .prepare_cached("SELECT step, needs FROM plan_needs WHERE plan = ?1 ORDER BY step")?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        let (step, needs) = (count(row, 0)?, count(row, 1)?);
        if let Some(step) = steps.get_mut(step) {
            step.needs.push(needs);
        }
    }
    Ok(steps)
}
