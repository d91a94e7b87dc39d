//! Which workers there are.

use rusqlite::{OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, get, maybe};
use super::errands::is_kind;
use super::error::{QueueError, Result};
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
    /// Of one that is not hive's own, the kind of work that it takes.
    pub kind: Option<String>,
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

    /// A worker that is not hive's own is there, for a kind of work.
    pub fn register(&self, name: &str, kind: &str, pid: u32) -> Result<()> {
        if !is_kind(kind) {
            return Err(QueueError::Kind(kind.to_owned()));
        }
        let (name, kind) = (name.to_owned(), kind.to_owned());
        self.write("queue.worker.register", move |work| {
            work.tx
                .prepare_cached(
                    "INSERT OR REPLACE INTO workers
                        (worktree, name, stage, kind, pid, started, beat)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6)",
                )?
                .execute(params![
                    work.worktree,
                    name,
                    Sql(Stage::External),
                    kind,
                    pid,
                    work.now
                ])?;
            work.record(Event::WorkerRegistered {
                worker: name,
                stage: Stage::External,
                pid,
            });
            Ok(())
        })
    }

    /// A worker of this work tree by its name, ended ones included.
    pub fn worker(&self, name: &str) -> Result<Option<WorkerRow>> {
        self.read(|reader| {
            let found = reader
                .prepare_cached(&format!("{WORKER} WHERE w.worktree = ?1 AND w.name = ?2"))?
                .query_row(params![self.worktree().as_str(), name], worker)
                .optional()?;
            Ok(found)
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
            let mut statement = reader.prepare_cached(&format!(
                "{WORKER} WHERE w.worktree = ?1 ORDER BY w.stage, w.started, w.name"
            ))?;
            let rows = statement.query_map([self.worktree().as_str()], worker)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

const WORKER: &str = "SELECT w.*, t.id AS task, t.path AS path FROM workers AS w
     LEFT JOIN tasks AS t ON t.id = (SELECT min(id) FROM tasks INDEXED BY tasks_running
        WHERE worktree = w.worktree AND state = 1 AND worker = w.name)";

fn worker(row: &Row<'_>) -> rusqlite::Result<WorkerRow> {
    Ok(WorkerRow {
        name: row.get("name")?,
        stage: get(row, "stage")?,
        kind: row.get("kind")?,
        pid: row.get("pid")?,
        started_ms: row.get("started")?,
        beat_ms: row.get("beat")?,
        ended_ms: row.get("ended")?,
        reason: row.get("reason")?,
        task: row.get("task")?,
        path: maybe(row, "path")?,
    })
}
