//! Prerequisites of tasks that are there: asked for, added, and taken over.

use std::collections::{BTreeMap, VecDeque};

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use crate::queue::error::{QueueError, Result};
use crate::queue::handle::Queue;
use crate::queue::ids::TaskId;
use crate::queue::list::state_name;
use crate::queue::writer::Work;

/// What a task waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prerequisite {
    /// The task that is waited for.
    pub task: TaskId,
    /// The name of its state.
    pub state: String,
    /// Whether it is waited for no longer.
    pub met: bool,
}

impl Queue {
    /// What each of these tasks waits for, or has waited for, in order of id; none for a
    /// task that waits for nothing, or that there is not. Those that were pruned are left
    /// out: they had ended.
    pub fn prerequisites(&self, tasks: &[TaskId]) -> Result<Vec<(TaskId, Vec<Prerequisite>)>> {
        self.read(|reader| {
            let found = tasks.iter();
            found
                .map(|task| {
                    Ok((
                        *task,
                        prerequisites(reader, self.worktree().as_str(), *task)?,
                    ))
                })
                .collect()
        })
    }

    /// Lets a task wait for one more. The task must stand for itself and not have been
    /// begun. It is an error if the other would then wait for it, too, through however
    /// many tasks: the error names the circle.
    pub fn require(&self, task: TaskId, need: TaskId) -> Result<()> {
        self.write("queue.require", move |work| work.require(task, need))
    }
}

fn prerequisites(reader: &Connection, worktree: &str, task: TaskId) -> Result<Vec<Prerequisite>> {
    let mut statement = reader.prepare_cached(
        "SELECT needs, state, unmet FROM task_needs JOIN tasks ON tasks.id = needs
         WHERE task = ?1 AND worktree = ?2 ORDER BY needs",
    )?;
    let rows = statement.query_map(params![task, worktree], |row| {
        let state: i64 = row.get(1)?;
        Ok(Prerequisite {
            task: row.get(0)?,
            state: state_name(state, row.get(2)?).to_owned(),
            met: state == 4 || state == 6,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

impl Work<'_> {
    fn require(&mut self, task: TaskId, need: TaskId) -> Result<()> {
        let waiting = self.task(task)?;
        let refused = |state: &str| QueueError::Illegal {
            what: "task",
            id: task.0,
            state: state.to_owned(),
            wanted: "made to wait for another",
        };
        if !waiting.own {
            return Err(refused("one into which changes of its file fold"));
        }
        if !["ready", "scheduled", "deferred", "blocked"].contains(&waiting.state.name()) {
            return Err(refused(waiting.state.name()));
        }
        let other = self.task(need)?;
        let is_met = match other.state.name() {
            "dead" | "cancelled" => {
                return Err(QueueError::Illegal {
                    what: "task",
                    id: need.0,
                    state: other.state.name().to_owned(),
                    wanted: "waited for",
                });
            }
            name => name == "done" || name == "superseded",
        };
        if let Some(way) = self.way(need, task)? {
            let named = std::iter::once(task).chain(way);
            return Err(QueueError::Cycle(
                named.map(|task| format!("task {task}")).collect(),
            ));
        }
        let known = self
            .tx
            .prepare_cached("SELECT 1 FROM task_needs WHERE task = ?1 AND needs = ?2")?
            .exists(params![task, need])?;
        if known {
            return Ok(());
        }
        self.wait_for(task, need, true)?;
        if !is_met {
            self.tx
                .prepare_cached(
                    "UPDATE tasks SET unmet = unmet + 1, state = 3, reason = NULL WHERE id = ?1",
                )?
                .execute([task])?;
        }
        self.deepen(task, other.depth + 1)
    }

    /// A way from a task over what it waits for to another, both ends included.
    fn way(&self, from: TaskId, to: TaskId) -> Result<Option<Vec<TaskId>>> {
        let mut needs = self
            .tx
            .prepare_cached("SELECT needs FROM task_needs WHERE task = ?1")?;
        let mut came: BTreeMap<TaskId, TaskId> = BTreeMap::from([(from, from)]);
        let mut next = VecDeque::from([from]);
        while let Some(task) = next.pop_front() {
            if task == to {
                let mut way = vec![task];
                let mut at = task;
                while at != from {
                    at = came[&at];
                    way.push(at);
                }
                way.reverse();
                return Ok(Some(way));
            }
            let found = needs.query_map([task], |row| row.get::<_, TaskId>(0))?;
            for need in found {
                let need = need?;
                if let std::collections::btree_map::Entry::Vacant(place) = came.entry(need) {
                    place.insert(task);
                    next.push_back(need);
                }
            }
        }
        Ok(None)
    }

    /// Moves a task at least so deep, and what waits for it behind it.
    fn deepen(&self, task: TaskId, depth: u32) -> Result<()> {
        let mut deepen = self
            .tx
            .prepare_cached("UPDATE tasks SET depth = ?2 WHERE id = ?1 AND depth < ?2")?;
        let mut behind = self
            .tx
            .prepare_cached("SELECT task FROM task_needs WHERE needs = ?1")?;
        let mut next = VecDeque::from([(task, depth)]);
        while let Some((task, depth)) = next.pop_front() {
            if deepen.execute(params![task, depth])? > 0 {
                let found = behind.query_map([task], |row| row.get::<_, TaskId>(0))?;
                for other in found {
                    next.push_back((other?, depth + 1));
                }
            }
        }
        Ok(())
    }

    /// What waits for a task waits for the newer one that has taken its place.
    pub(in crate::queue) fn wait_instead(&self, older: TaskId, newer: TaskId) -> Result<()> {
        // Who waits for both has one prerequisite less.
        self.tx
            .prepare_cached(
                "UPDATE tasks SET unmet = unmet - 1 WHERE id IN (
                    SELECT a.task FROM task_needs AS a JOIN task_needs AS b ON a.task = b.task
                    WHERE a.needs = ?1 AND b.needs = ?2) AND state = 3 AND unmet > 1",
            )?
            .execute(params![older, newer])?;
        let moved = self
            .tx
            .prepare_cached("UPDATE OR IGNORE task_needs SET needs = ?2 WHERE needs = ?1")?
            .execute(params![older, newer])?;
        self.tx
            .prepare_cached("DELETE FROM task_needs WHERE needs = ?1")?
            .execute([older])?;
        self.tx
            .prepare_cached("UPDATE tasks SET dependants = dependants + ?2 WHERE id = ?1")?
            .execute(params![newer, i64::try_from(moved).unwrap_or(i64::MAX)])?;
        Ok(())
    }
}
