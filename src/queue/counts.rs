//! How much there is to do.

use std::collections::BTreeMap;

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
    /// The counts that are not zero, in the order of their fields.
    pub rows: Vec<Count>,
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
            // As they lie, and counted here: by an index each row would be looked up, and
            // groups would be sorted.
            let mut statement = reader.prepare_cached(
                "SELECT stage, iif(state = 3 AND unmet > 0, 8, state), priority
                 FROM tasks NOT INDEXED
                 WHERE worktree = ?1 AND (state <> 5 OR successor IS NULL)",
            )?;
            let mut counted: BTreeMap<(Stage, usize, Priority), usize> = BTreeMap::new();
            let mut rows = statement.query([worktree])?;
            while let Some(row) = rows.next()? {
                let key = (get(row, 0)?, count(row, 1)?, get(row, 2)?);
                *counted.entry(key).or_default() += 1;
            }
            let rows = counted
                .into_iter()
                .map(|((stage, state, priority), count)| Count {
                    stage,
                    state: TaskState::NAMES
                        .get(state)
                        .copied()
                        .unwrap_or("")
                        .to_owned(),
                    priority,
                    count,
                })
                .collect();
            Ok(Counts { rows })
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
