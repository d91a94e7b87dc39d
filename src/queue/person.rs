//! What a person orders: take a task up again, or leave it.

use rusqlite::{OptionalExtension, params};

use super::content::Content;
use super::errands::Ended;
use super::error::{QueueError, Result};
use super::handle::Queue;
use super::ids::TaskId;
use super::list::{COLUMNS, task};
use super::moves::Incoming;
use super::task::{Task, TaskState};
use super::writer::Work;
use crate::journal::Event;

impl Queue {
    /// Takes a dead or cancelled task up again, by a new task that is linked to it, one
    /// step more urgent and with all its attempts. Returns the new one, or the one that
    /// waits for the file already.
    pub fn retry(&self, id: TaskId) -> Result<TaskId> {
        self.write("queue.retry", move |work| {
            let old = work.task(id)?;
            if let Some(plan) = old.plan {
                return Err(QueueError::Illegal {
                    what: "task",
                    id: id.0,
                    state: format!("a step of plan {plan}, which is started again as a whole"),
                    wanted: "retried",
                });
            }
            let successor = match &old.state {
                TaskState::Dead { letter, .. } => letter.successor,
                // A file's own task folds into the one that waits; an errand would be two.
                TaskState::Cancelled { .. } if old.own => work.successor(id)?,
                TaskState::Cancelled { .. } => None,
                state => return Err(illegal(id, state, "retried")),
            };
            if let Some(successor) = successor {
                return Err(QueueError::Illegal {
                    what: "task",
                    id: id.0,
                    state: format!("retried as {successor} already"),
                    wanted: "retried",
                });
            }
            if old.own {
                return work.retry_own(&old);
            }
            let burst = work.burst()?;
            let (new, _) = work.enqueue(Incoming {
                stage: old.stage,
                path: old.path,
                content: Content {
                    cause: old.cause,
                    saved: old.saved,
                    priority: old.priority.raised(),
                    tip: old.tip,
                    blob: old.blob,
                    base: old.base,
                    commits: old.commits,
                    previous: old.previous,
                },
                burst: Some(burst),
                run_at: work.now,
                origin: Some(id),
            })?;
            work.succeed(id, new)?;
            Ok(new)
        })
    }

    /// Ends a task that has not ended, and those that wait for it. If a worker has it, its
    /// result will be refused.
    pub fn cancel(&self, id: TaskId) -> Result<()> {
        self.write("queue.cancel", move |work| {
            let task = work.task(id)?;
            let changed = work
                .tx
                .prepare_cached(
                    "UPDATE tasks SET state = 7, ended = ?2, lease_until = NULL, reason = NULL
                     WHERE id = ?1 AND state IN (0, 1, 2, 3)",
                )?
                .execute(params![id, work.now])?;
            if changed == 0 {
                return Err(illegal(id, &task.state, "cancelled"));
            }
            work.record(Event::TaskCancelled {
                task: id,
                path: task.path,
                stage: task.stage,
                reason: None,
            });
            let reason = format!("task {id} was cancelled");
            let plan = task.plan.map_or(0, |plan| plan.0);
            work.failed_to(id, plan, task.dependants, Ended::Cancelled, &reason)
        })
    }
}

impl Queue {
    /// Forgets a task that has ended, with its attempts and with who waited for it. Not one
    /// of a plan, which is forgotten with the plan, nor a dead letter of hive's own that
    /// nobody has taken up again.
    pub fn forget(&self, id: TaskId) -> Result<()> {
        self.write("queue.forget", move |work| {
            let task = work.task(id)?;
            let refused = |state: &str| QueueError::Illegal {
                what: "task",
                id: id.0,
                state: state.to_owned(),
                wanted: "forgotten",
            };
            match &task.state {
                _ if task.plan.is_some() => return Err(refused("a step of a plan")),
                TaskState::Dead { letter, .. } if letter.successor.is_none() && !task.own => {
                    return Err(refused("a dead letter that nobody has taken up again"));
                }
                TaskState::Done { .. }
                | TaskState::Dead { .. }
                | TaskState::Superseded { .. }
                | TaskState::Cancelled { .. } => {}
                state => return Err(refused(state.name())),
            }
            work.erase(id.0)
        })
    }
}

impl Work<'_> {
    pub(super) fn task(&self, id: TaskId) -> Result<Task> {
        self.tx
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM tasks WHERE id = ?1 AND worktree = ?2"
            ))?
            .query_row(params![id, self.worktree], task)
            .optional()?
            .ok_or(QueueError::Unknown {
                what: "task",
                id: id.0,
            })
    }
}

impl Work<'_> {
    /// The task that takes another one up again.
    fn successor(&self, id: TaskId) -> Result<Option<TaskId>> {
        let found = self
            .tx
            .prepare_cached("SELECT successor FROM tasks WHERE id = ?1")?
            .query_row([id], |row| row.get(0))?;
        Ok(found)
    }
}

fn illegal(id: TaskId, state: &TaskState, wanted: &'static str) -> QueueError {
    QueueError::Illegal {
        what: "task",
        id: id.0,
        state: state.name().to_owned(),
        wanted,
    }
}
