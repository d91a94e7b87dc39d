//! Which workers there are.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::codec::{Sql, get};
use super::error::Result;
use super::handle::Queue;
use super::ids::TaskId;
use crate::journal::Event;
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// A worker. Times are in milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerRow {
    /// Its name, such as `QA-1`.
    pub name: String,
    /// Its stage.
    pub stage: Stage,
    /// Its process.
    pub pid: u32,
    /// Since when it runs.
    pub started_ms: i64,
    /// When it was heard of last.
    pub beat_ms: i64,
    /// When it ended.
    pub ended_ms: Option<i64>,
    /// Why it ended.
    pub reason: Option<String>,
    /// The task that it has.
    pub task: Option<TaskId>,
    /// The file of that task.
    pub path: Option<RepoPath>,
}

impl Queue {
    /// A worker process runs; the name may have been another process's before.
    pub fn worker_started(&self, name: &str, stage: Stage, pid: u32) -> Result<()> {
        let name = name.to_owned();
        self.write("queue.worker.started", move |work| {
            work.tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO workers (worktree, name, stage, pid, started, beat)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?5)",
                )?
                .execute(params![work.worktree, name, Sql(stage), pid, work.now])?;
            work.record(Event::WorkerRegistered {
                worker: name,
                stage,
                pid,
            });
            Ok(())
        })
    }

    /// A worker was heard of. Streamed to subscribers, not kept in the journal.
    pub fn worker_beat(&self, name: &str, stage: Stage, task: Option<TaskId>) -> Result<()> {
        let name = name.to_owned();
        self.write("queue.worker.beat", move |work| {
            work.tx
                .prepare_cached("UPDATE workers SET beat = ?3 WHERE worktree = ?1 AND name = ?2")?
                .execute(params![work.worktree, name, work.now])?;
            work.record(Event::WorkerHeartbeat {
                worker: name,
                stage,
                task,
            });
            Ok(())
        })
    }

    /// A worker process is gone.
    pub fn worker_ended(&self, name: &str, stage: Stage, reason: &str) -> Result<()> {
        let (name, reason) = (name.to_owned(), reason.to_owned());
        self.write("queue.worker.ended", move |work| {
            work.tx
                .prepare_cached(
                    "UPDATE workers SET ended = ?3, reason = ?4
                     WHERE worktree = ?1 AND name = ?2",
                )?
                .execute(params![work.worktree, name, work.now, reason])?;
            work.record(Event::WorkerEnded {
                worker: name,
                stage,
                reason,
            });
            Ok(())
        })
    }

    /// The workers of this work tree, ended ones included, by stage and age.
    pub fn workers(&self) -> Result<Vec<WorkerRow>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT w.*, t.id AS task, t.path AS path FROM workers AS w
                 LEFT JOIN tasks AS t ON t.id = (SELECT min(id) FROM tasks
                    WHERE worktree = w.worktree AND state = 1 AND worker = w.name)
                 WHERE w.worktree = ?1 ORDER BY w.stage, w.started, w.name",
            )?;
            let rows = statement.query_map([self.worktree().as_str()], |row| {
                Ok(WorkerRow {
                    name: row.get("name")?,
                    stage: get(row, "stage")?,
                    pid: row.get("pid")?,
                    started_ms: row.get("started")?,
                    beat_ms: row.get("beat")?,
                    ended_ms: row.get("ended")?,
                    reason: row.get("reason")?,
                    task: row.get("task")?,
                    path: super::codec::maybe(row, "path")?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}
