//! How much there is to do, by numbers that are kept as tasks move (`task_counts` in the
//! schema): what it costs to ask does not grow with the tasks.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
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

/// A number of tasks of one kind.
pub(super) struct Cell {
    pub(super) stage: Stage,
    /// As `tasks.cell` in the schema, with those that run (1) apart.
    pub(super) state: usize,
    priority: Priority,
    pub(super) count: usize,
}

/// Cells that are no states, beside the numbers of [`TaskState::NAMES`].
pub(super) const TAKEN_UP: usize = 9;
pub(super) const PUT_OFF: usize = 10;

/// All numbers of a work tree that are not zero, of one moment, by stage, state and
/// priority.
pub(super) fn cells(reader: &Connection, worktree: &str) -> Result<Vec<Cell>> {
    let mut statement = reader.prepare_cached(
        "SELECT stage, cell, priority, count FROM task_counts
         WHERE worktree = ?1 AND count > 0
         UNION ALL
         SELECT stage, 1, priority, count(*) FROM tasks INDEXED BY tasks_running
         WHERE worktree = ?1 AND state = 1 GROUP BY stage, priority
         ORDER BY 1, 2, 3",
    )?;
    let rows = statement.query_map([worktree], |row| {
        Ok(Cell {
            stage: get(row, 0)?,
            state: count(row, 1)?,
            priority: get(row, 2)?,
            count: count(row, 3)?,
        })
    })?;
    let mut cells: Vec<Cell> = rows.collect::<rusqlite::Result<_>>()?;
    // Those that are counted as ready or running, less those that run.
    for at in 0..cells.len() {
        if cells[at].state != 0 {
            continue;
        }
        let (stage, priority) = (cells[at].stage, cells[at].priority);
        let mut running = cells
            .iter()
            .filter(|cell| (cell.stage, cell.state, cell.priority) == (stage, 1, priority));
        let running = running.next().map_or(0, |cell| cell.count);
        cells[at].count = cells[at].count.saturating_sub(running);
    }
    cells.retain(|cell| cell.count > 0);
    Ok(cells)
}

impl Queue {
    /// How much there is to do; dead letters that were taken up again do not count.
    pub fn counts(&self) -> Result<Counts> {
        self.read(|reader| {
            let worktree = self.worktree().as_str();
            let mut numbers: BTreeMap<(Stage, usize, Priority), usize> = BTreeMap::new();
            for cell in cells(reader, worktree)? {
                let state = match cell.state {
                    TAKEN_UP => continue,
                    // What has a reason to wait is called deferred, also until a time.
                    PUT_OFF => 3,
                    state => state,
                };
                let number = numbers.entry((cell.stage, state, cell.priority));
                *number.or_default() += cell.count;
            }
            let rows = numbers.into_iter();
            let rows = rows.map(|((stage, state, priority), count)| Count {
                stage,
                state: TaskState::NAMES
                    .get(state)
                    .copied()
                    .unwrap_or("")
                    .to_owned(),
                priority,
                count,
            });
            let rows = rows.collect();
            Ok(Counts { rows })
        })
    }

    /// How many tasks of a stage could be claimed now; cheap enough for every decision
    /// about the number of workers.
    pub fn ready(&self, stage: Stage) -> Result<usize> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT (SELECT coalesce(sum(count), 0) FROM task_counts
                         WHERE worktree = ?1 AND stage = ?2 AND cell = 0)
                      - (SELECT count(*) FROM tasks INDEXED BY tasks_running
                         WHERE worktree = ?1 AND stage = ?2 AND state = 1)",
            )?;
            let values = params![self.worktree().as_str(), Sql(stage)];
            Ok(statement.query_row(values, |row| count(row, 0))?)
        })
    }
}
