//! How much there is to do.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::codec::{Sql, count, get};
use super::error::Result;
use super::handle::Queue;
use super::task::TaskState;
use crate::schedule::{Priority, Stage};

/// How many tasks of a stage and priority are in a state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The stage.
    pub stage: Stage,
    /// The name of the state.
    pub state: String,
    /// The priority.
    pub priority: Priority,
    /// How many.
    pub count: usize,
}

/// How much there is to do in this work tree.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Counts {
    /// The counts that are not zero.
    pub rows: Vec<Count>,
    /// When the oldest task that has not ended was seen first, in milliseconds since
    /// the epoch.
    pub oldest_ms: Option<i64>,
}

impl Counts {
    /// How many tasks are in a state, of all stages and priorities.
    pub fn of(&self, state: &str) -> usize {
        let rows = self.rows.iter().filter(|row| row.state == state);
        rows.map(|row| row.count).sum()
    }
}

impl Queue {
    /// How much there is to do; dead letters that were taken up again do not count.
    pub fn counts(&self) -> Result<Counts> {
        self.read(|reader| {
            let worktree = self.worktree().as_str();
            let mut statement = reader.prepare_cached(
                "SELECT stage, iif(state = 3 AND unmet > 0, 8, state) AS name, priority,
                    count(*) AS count
                 FROM tasks WHERE worktree = ?1 AND (state <> 5 OR successor IS NULL)
                 GROUP BY stage, name, priority ORDER BY stage, name, priority",
            )?;
            let rows = statement.query_map([worktree], |row| {
                let state = count(row, 1)?;
                Ok(Count {
                    stage: get(row, "stage")?,
                    state: TaskState::NAMES
                        .get(state)
                        .copied()
                        .unwrap_or("")
                        .to_owned(),
                    priority: get(row, "priority")?,
                    count: count(row, 3)?,
                })
            })?;
            let rows = rows.collect::<rusqlite::Result<_>>()?;
            let oldest_ms = reader
                .prepare_cached(
                    "SELECT min(at) FROM (
                        SELECT min(first_seen) AS at FROM tasks
                            WHERE worktree = ?1 AND state IN (0, 2, 3)
                        UNION ALL
                        SELECT min(first_seen) FROM tasks WHERE worktree = ?1 AND state = 1)",
                )?
                .query_row([worktree], |row| row.get(0))?;
            Ok(Counts { rows, oldest_ms })
        })
    }

    /// How many tasks of a stage could be claimed now; cheap enough for every decision
    /// about the number of workers.
    pub fn ready(&self, stage: Stage) -> Result<usize> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT count(*) FROM tasks WHERE worktree = ?1 AND stage = ?2 AND kind = 0
                   AND state = 0",
            )?;
            let values = params![self.worktree().as_str(), Sql(stage)];
            Ok(statement.query_row(values, |row| count(row, 0))?)
        })
    }
}
