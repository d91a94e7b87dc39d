//! One row per attempt that has ended.

use rusqlite::{Connection, Statement, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, maybe};
use super::error::Result;
use super::ids::TaskId;
use super::moves::Running;
use super::task::{ErrorClass, ToolId};
use super::writer::Work;

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttemptOutcome {
    /// Nothing to do.
    Clean,
    /// With a fix.
    Fixed,
    /// With questions only.
    Asked,
    /// The result is not wanted any more.
    Superseded,
    /// With an error.
    Failed,
    /// It could not be done at the time.
    Deferred,
    /// The agent stopped.
    Released,
    /// The agent died.
    Died,
    /// The lease ran out.
    Expired,
    /// A worker that is not hive's own did what it was asked.
    Served,
}

impl AttemptOutcome {
    /// All of them, in the order of the numbers in the schema.
    const ALL: [Self; 10] = [
        Self::Clean,
        Self::Fixed,
        Self::Asked,
        Self::Superseded,
        Self::Failed,
        Self::Deferred,
        Self::Released,
        Self::Died,
        Self::Expired,
        Self::Served,
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Fixed => "fixed",
            Self::Asked => "asked",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Deferred => "deferred",
            Self::Released => "released",
            Self::Died => "died",
            Self::Expired => "expired",
            Self::Served => "served",
        }
    }

    /// The one with a number.
    pub(super) fn numbered(number: usize) -> Option<Self> {
        Self::ALL.get(number).copied()
    }

    /// Whether the run came to an end of its own, good or bad.
    pub(super) fn came_to_an_end(self) -> bool {
        matches!(
            self,
            Self::Clean | Self::Fixed | Self::Asked | Self::Served | Self::Failed
        )
    }

    pub(super) fn number(self) -> i64 {
        let number = Self::ALL.iter().position(|one| *one == self);
        number.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
    }
}

/// An attempt that has ended. Times are in milliseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its fencing number.
    pub epoch: u32,
    /// Who made it.
    pub worker: String,
    /// When it began.
    pub started_ms: i64,
    /// When it ended.
    pub ended_ms: i64,
    /// How.
    pub outcome: AttemptOutcome,
    /// What kind of failure it was.
    pub class: Option<ErrorClass>,
    /// What was said.
    pub message: Option<String>,
    /// Which tool failed.
    pub tool: Option<ToolId>,
}

/// The statement that writes a row.
pub(super) const ATTEMPT: &str = "INSERT INTO attempts (task, epoch, worker, started, ended,
        outcome, error_class, error, tool, tool_version)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";

/// What an attempt failed with.
pub(super) struct Error<'a> {
    pub(super) class: ErrorClass,
    pub(super) message: &'a str,
    pub(super) tool: Option<&'a ToolId>,
}

impl Work<'_> {
    /// Writes down how the attempt of a running task ended.
    pub(super) fn attempted(
        &self,
        task: &Running,
        outcome: AttemptOutcome,
        error: Option<&Error<'_>>,
    ) -> Result<()> {
        let mut statement = self.tx.prepare_cached(ATTEMPT)?;
        attempted(&mut statement, task, outcome, error, self.now)
    }
}

/// Writes a row by the statement [`ATTEMPT`].
pub(super) fn attempted(
    statement: &mut Statement<'_>,
    task: &Running,
    outcome: AttemptOutcome,
    error: Option<&Error<'_>>,
    now: i64,
) -> Result<()> {
    let tool = error.and_then(|error| error.tool);
    statement.execute(params![
        task.token.task,
        task.token.epoch,
        task.worker,
        task.started,
        now,
        outcome.number(),
        error.map(|error| Sql(error.class)),
        error.map(|error| error.message),
        tool.map(|tool| &tool.tool),
        tool.map(|tool| &tool.version),
    ])?;
    Ok(())
}

/// The attempts of a task, the oldest first.
pub(super) fn of_task(reader: &Connection, task: TaskId) -> Result<Vec<Attempt>> {
    let mut statement =
        reader.prepare_cached("SELECT * FROM attempts WHERE task = ?1 ORDER BY epoch")?;
    let rows = statement.query_map([task], |row| {
        let number: i64 = row.get("outcome")?;
        let outcome = usize::try_from(number)
            .ok()
            .and_then(AttemptOutcome::numbered)
            .ok_or(rusqlite::Error::IntegralValueOutOfRange(5, number))?;
        let tool: Option<String> = row.get("tool")?;
        let version: Option<String> = row.get("tool_version")?;
        Ok(Attempt {
            epoch: row.get("epoch")?,
            worker: row.get("worker")?,
            started_ms: row.get("started")?,
            ended_ms: row.get("ended")?,
            outcome,
            class: maybe(row, "error_class")?,
            message: row.get("error")?,
            tool: tool.map(|tool| ToolId {
                tool,
                version: version.unwrap_or_default(),
            }),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
