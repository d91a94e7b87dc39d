//! Errands for workers that are not hive's own: claiming them, by kind.
//!
//! Such a worker takes one kind of work, holds a lease like every other, and is not known
//! to the agent: neither its tasks nor its leases are looked at when an agent starts, and a
//! drain does not wait for them. Whoever claims next takes back what a dead worker held.

use std::time::Duration;

use rusqlite::OptionalExtension;

use crate::queue::claim::{Claim, Claimed};
use crate::queue::error::{QueueError, Result};
use crate::queue::handle::Queue;
use crate::queue::recover::Owner;
use crate::queue::writer::Work;
use crate::schedule::Stage;

impl Queue {
    /// Gives at most `max` ready tasks of a kind to a worker, the earliest deadline first,
    /// and never two that are about the same. What has become due meanwhile, and what other
    /// workers held beyond their lease, counts. Nothing while the queue is paused.
    pub fn claim_kind(
        &self,
        kind: &str,
        worker: &str,
        owner: &Owner,
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>> {
        let (kind, worker, owner) = (kind.to_owned(), worker.to_owned(), owner.clone());
        self.write("queue.claim.kind", move |work| {
            if work.hold("pause")?.is_some() {
                return Ok(Vec::new());
            }
            let Some(kind) = work.known_kind(&kind)? else {
                return Ok(Vec::new());
            };
            work.due()?;
            let claim = Claim {
                stage: Stage::External,
                kind,
                worker: &worker,
                owner: &owner,
                max,
                lease,
            };
            work.claim(&claim)
        })
    }
}

impl Work<'_> {
    /// What an agent does for its own tasks by [`Queue::promote`].
    fn due(&mut self) -> Result<()> {
        self.ripen(Stage::External, self.now)?;
        self.expire(self.now, Some(Stage::External)).map(drop)
    }

    fn known_kind(&self, name: &str) -> Result<Option<i64>> {
        let found = self
            .tx
            .prepare_cached("SELECT id FROM kinds WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        Ok(found)
    }

    /// The number of a kind; a new one for a new name.
    pub(super) fn kind(&self, name: &str) -> Result<i64> {
        if let Some(kind) = self.known_kind(name)? {
            return Ok(kind);
        }
        if !is_kind(name) {
            return Err(QueueError::Kind(name.to_owned()));
        }
        let kind = self
            .tx
            .prepare_cached("INSERT INTO kinds (name) VALUES (?1)")?
            .insert([name])?;
        Ok(kind)
    }
}

/// Whether a text may name a kind: lower-case letters, digits and `-`, a letter first.
pub(in crate::queue) fn is_kind(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .chars()
            .all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '-')
}
