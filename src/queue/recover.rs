//! Putting interrupted work into an honest state.

use rusqlite::params;
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::fail::AfterFailure;
use super::handle::Queue;
use super::moves::{RUNNING, Running, running};
use crate::journal::Event;

/// In whose name tasks are claimed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Owner {
    /// The id of the kernel's boot.
    pub boot: String,
    /// A random text of the agent's run.
    pub instance: String,
}

/// What was put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Recovered {
    /// Tasks that can be claimed again.
    pub ready: usize,
    /// Tasks that have no attempt left.
    pub dead: usize,
    /// Tasks that a newer one has replaced.
    pub superseded: usize,
    /// Workers that were still written down as running.
    pub workers: usize,
}

impl Queue {
    /// Takes the work of this work tree over, as its only agent: the caller holds the
    /// agent's lock, so whoever ran a task before is dead, in this boot or another.
    /// Their attempts stay counted, though not as crashes of a worker. Claims are made
    /// in this name from now on. Workers that are not hive's own go on: they lose a task
    /// when their lease runs out.
    pub fn recover(&self, owner: &Owner) -> Result<Recovered> {
        let mine = owner.clone();
        let recovered = self.write("queue.recover", move |work| {
            let orphans: Vec<Running> = work
                .tx
                .prepare_cached(&format!(
                    "SELECT {RUNNING} FROM tasks INDEXED BY tasks_running
                     WHERE worktree = ?1 AND state = 1 AND stage <> 2
                       AND NOT (boot IS ?2 AND instance IS ?3) ORDER BY id"
                ))?
                .query_map(params![work.worktree, mine.boot, mine.instance], running)?
                .collect::<rusqlite::Result<_>>()?;
            let mut recovered = Recovered::default();
            for task in &orphans {
                match work.died(task)? {
                    AfterFailure::Retry { .. } => recovered.ready += 1,
                    AfterFailure::Dead => recovered.dead += 1,
                    AfterFailure::Superseded => recovered.superseded += 1,
                    AfterFailure::Stale => {}
                }
            }
            recovered.workers = work
                .tx
                .prepare_cached(
                    "UPDATE workers SET ended = ?2, reason = 'hive ended'
                     WHERE worktree = ?1 AND ended IS NULL AND stage <> 2",
                )?
                .execute(params![work.worktree, work.now])?;
            if !orphans.is_empty() {
                work.record(Event::Recovered {
                    ready: recovered.ready,
                    dead: recovered.dead,
                });
            }
            Ok(recovered)
        })?;
        self.set_owner(owner.clone());
        Ok(recovered)
    }
}
