//! Looking at tasks.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Row, params};

use super::attempts::{self, Attempt};
use super::codec::{Sql, below, get, maybe, small};
use super::content::Content;
use super::errands::{Errand, errand};
use super::error::{QueueError, Result};
use super::events;
use super::handle::Queue;
use super::ids::{PlanId, TaskId};
use super::task::{DeadLetter, ErrorClass, Outcome, Task, TaskState, ToolId};
use crate::journal::Entry;
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// Every column that a [`Task`] has.
pub(super) const COLUMNS: &str = "*";

/// Which tasks are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// In one of these states, by name; without any, all that have not ended and the
    /// dead letters that nobody has taken up again.
    pub states: Vec<String>,
    /// Of this file, or of the files below this directory, relative to the root.
    pub path: Option<String>,
    /// Of this stage.
    pub stage: Option<Stage>,
    /// At most this many.
    pub limit: Option<usize>,
}

/// All about one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The task.
    pub task: Task,
    /// Its attempts that have ended, the oldest first.
    pub attempts: Vec<Attempt>,
    /// Its entries in the journal, the oldest first.
    pub events: Vec<Entry>,
}

impl Queue {
    /// The tasks of this work tree: running ones first, then in the order in which they
    /// will be claimed.
    pub fn list(&self, filter: &TaskFilter) -> Result<Vec<Task>> {
        let states: Vec<usize> = filter
            .states
            .iter()
            .filter_map(|name| TaskState::NAMES.iter().position(|known| known == name))
            .collect();
        let states = if filter.states.is_empty() {
            "[0, 1, 2, 3, 5]".to_owned()
        } else {
            format!("{states:?}")
        };
        let blocked = filter.states.is_empty() || filter.states.iter().any(|it| it == "blocked");
        let all_dead = !filter.states.is_empty();
        let path = filter.path.as_deref().map(below);
        let (from, to, path) = path.map_or((None, None, None), |(from, to, path)| {
            (Some(from), Some(to), Some(path))
        });
        let limit = filter
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM tasks
                 WHERE worktree = ?1
                   AND (state IN (SELECT value FROM json_each(?2))
                            AND NOT (state = 3 AND unmet > 0)
                        OR ?9 AND state = 3 AND unmet > 0)
                   AND (state <> 5 OR ?3 OR successor IS NULL)
                   AND (?4 IS NULL OR path = ?4 OR (path >= ?5 AND path < ?6))
                   AND (?7 IS NULL OR stage = ?7)
                 ORDER BY state <> 1, state >= 4, vdl, id LIMIT ?8"
            ))?;
            let rows = statement.query_map(
                params![
                    self.worktree().as_str(),
                    states,
                    all_dead,
                    path,
                    from,
                    to,
                    filter.stage.map(Sql),
                    limit,
                    blocked,
                ],
                task,
            )?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The dead letters that nobody has taken up again, in the order of a [list](Self::list),
    /// at most `limit`; as cheap as there are few of them.
    pub fn dead_letters(&self, limit: usize) -> Result<Vec<Task>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM tasks INDEXED BY tasks_dead
                 WHERE worktree = ?1 AND state = 5 AND successor IS NULL
                 ORDER BY vdl, id LIMIT ?2"
            ))?;
            let rows = statement.query_map(params![self.worktree().as_str(), limit], task)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A task of this work tree; `None` if there is none of this id.
    pub fn task(&self, id: TaskId) -> Result<Option<Task>> {
        self.read(|reader| {
            let found = reader
                .prepare_cached("SELECT * FROM tasks WHERE id = ?1 AND worktree = ?2")?
                .query_row(params![id, self.worktree().as_str()], task)
                .optional()?;
            Ok(found)
        })
    }

    /// What only a task has that stands for itself.
    pub fn errand(&self, id: TaskId) -> Result<Errand> {
        let task = self.task(id)?.ok_or(QueueError::Unknown {
            what: "task",
            id: id.0,
        })?;
        self.read(|reader| errand(reader, id, task.plan.map_or(0, |plan| plan.0)))
    }

    /// The last tasks of a file, the newest first.
    pub fn tasks_of(&self, path: &RepoPath, limit: usize) -> Result<Vec<Task>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM tasks WHERE worktree = ?1 AND path = ?2
                 ORDER BY id DESC LIMIT ?3"
            ))?;
            let values = params![self.worktree().as_str(), Sql(path), limit];
            let rows = statement.query_map(values, task)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A file of each directory that the last tasks were about, the newest first; at most
    /// `limit` files, of the last thousand tasks.
    pub fn lately(&self, limit: usize) -> Result<Vec<RepoPath>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT path FROM tasks
                 WHERE id > (SELECT max(id) FROM tasks) - 1000 AND worktree = ?1
                 ORDER BY id DESC",
            )?;
            let mut rows = statement.query(params![self.worktree().as_str()])?;
            let mut directories: HashSet<String> = HashSet::new();
            let mut files = Vec::new();
            while files.len() < limit
                && let Some(row) = rows.next()?
            {
                let path: RepoPath = get(row, "path")?;
                let directory = path
                    .as_str()
                    .rsplit_once('/')
                    .map_or("", |(above, _)| above);
                if directories.insert(directory.to_owned()) {
                    files.push(path);
                }
            }
            Ok(files)
        })
    }

    /// All about one task of this work tree; `None` if there is none of this id.
    pub fn show(&self, id: TaskId) -> Result<Option<Shown>> {
        self.read(|reader| {
            let worktree = self.worktree().as_str();
            let found = reader
                .prepare_cached(&format!(
                    "SELECT {COLUMNS} FROM tasks WHERE id = ?1 AND worktree = ?2"
                ))?
                .query_row(params![id, worktree], task)
                .optional()?;
            let Some(task) = found else {
                return Ok(None);
            };
            Ok(Some(Shown {
                attempts: attempts::of_task(reader, id)?,
                events: events::of_task(reader, worktree, id, task.first_seen_ms)?,
                task,
            }))
        })
    }
}

pub(super) fn task(row: &Row<'_>) -> rusqlite::Result<Task> {
    let content = Content {
        cause: get(row, "cause")?,
        saved: row.get("saved")?,
        priority: get(row, "priority")?,
        tip: maybe(row, "tip")?,
        blob: maybe(row, "blob")?,
        base: maybe(row, "base")?,
        commits: get(row, "commits")?,
        previous: row.get("previous")?,
    };
    Ok(Task {
        id: row.get("id")?,
        stage: get(row, "stage")?,
        path: get(row, "path")?,
        state: state(row)?,
        cause: content.cause,
        saved: content.saved,
        priority: content.priority,
        tip: content.tip,
        blob: content.blob,
        base: content.base,
        commits: content.commits,
        burst: row.get("burst")?,
        previous: content.previous,
        origin: row.get("origin")?,
        first_seen_ms: row.get("first_seen")?,
        generation: small(row, "gen")?,
        attempt: small(row, "attempt")?,
        max_attempts: small(row, "max_attempts")?,
        crashes: small(row, "crashes")?,
        own: row.get::<_, i64>("own")? != 0,
        depth: small(row, "depth")?,
        dependants: small(row, "dependants")?,
        plan: Some(row.get("plan")?).filter(|plan: &PlanId| plan.0 > 0),
    })
}

/// The name of a state by its number, and by how many prerequisites are not met.
pub(super) fn state_name(state: i64, unmet: i64) -> &'static str {
    let number = match (state, unmet) {
        (3, 1..) => 8,
        _ => usize::try_from(state).unwrap_or(usize::MAX),
    };
    TaskState::NAMES.get(number).copied().unwrap_or("")
}

/// The state with the facts that exist in it.
fn state(row: &Row<'_>) -> rusqlite::Result<TaskState> {
    let run_at_ms: i64 = row.get("run_at")?;
    let reason: Option<String> = row.get("reason")?;
    let ended_ms = || row.get("ended");
    Ok(match (row.get::<_, i64>("state")?, reason) {
        (0, _) => TaskState::Ready,
        (1, _) => TaskState::Running {
            worker: row.get("worker")?,
            started_ms: row.get("started")?,
            lease_until_ms: row.get("lease_until")?,
        },
        (2, None) => TaskState::Scheduled { run_at_ms },
        (2, Some(reason)) => TaskState::Deferred {
            reason,
            until_ms: Some(run_at_ms),
        },
        (3, _) if small(row, "unmet")? > 0 => TaskState::Blocked {
            by: small(row, "unmet")?,
        },
        (3, reason) => TaskState::Deferred {
            reason: reason.unwrap_or_default(),
            until_ms: None,
        },
        (4, _) => TaskState::Done {
            outcome: match row.get::<_, i64>("outcome")? {
                0 => Outcome::Clean,
                1 => Outcome::Fixed,
                2 => Outcome::Asked,
                _ => Outcome::Served,
            },
            ended_ms: ended_ms()?,
        },
        (5, _) => TaskState::Dead {
            letter: letter(row)?,
            ended_ms: ended_ms()?,
        },
        (6, _) => TaskState::Superseded {
            ended_ms: ended_ms()?,
        },
        (_, reason) => TaskState::Cancelled {
            ended_ms: ended_ms()?,
            reason,
        },
    })
}

fn letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    let tool: Option<String> = row.get("tool")?;
    let version: Option<String> = row.get("tool_version")?;
    Ok(DeadLetter {
        class: maybe(row, "error_class")?.unwrap_or(ErrorClass::Permanent),
        message: row.get::<_, Option<String>>("error")?.unwrap_or_default(),
        tool: tool.map(|tool| ToolId {
            tool,
            version: version.unwrap_or_default(),
        }),
        successor: row.get("successor")?,
    })
}
