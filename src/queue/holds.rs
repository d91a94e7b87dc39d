//! Why a work tree waits: a person's pause, and the gate.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::error::Result;
use super::handle::Queue;
use super::writer::Work;
use crate::journal::Event;

/// Why something waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Why; empty if nobody said.
    pub reason: String,
    /// Since when, in milliseconds since the epoch.
    pub since_ms: i64,
}

impl Queue {
    /// Stops claims in this work tree until [`resume`](Self::resume), also over restarts.
    pub fn pause(&self, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.write("queue.pause", move |work| {
            if work.set_hold("pause", Some(&reason))? {
                work.record(Event::Paused { reason });
            }
            Ok(())
        })
    }

    /// Lets claims go on. Returns whether they were stopped.
    pub fn resume(&self) -> Result<bool> {
        self.write("queue.resume", move |work| {
            let changed = work.set_hold("pause", None)?;
            if changed {
                work.record(Event::Resumed);
            }
            Ok(changed)
        })
    }

    /// Whether claims are stopped, and why.
    pub fn paused(&self) -> Result<Option<Hold>> {
        self.read(|reader| find(reader, self.worktree().as_str(), "pause"))
    }

    /// Says why the agent waits with landing, for `hive status`; `None` if it does not.
    /// Claims go on.
    pub fn set_gate(&self, reason: Option<&str>) -> Result<()> {
        let reason = reason.map(ToOwned::to_owned);
        self.write("queue.gate", move |work| {
            if work.set_hold("gate", reason.as_deref())? {
                work.record(Event::Gate { reason });
            }
            Ok(())
        })
    }

    /// Why the agent waits.
    pub fn gate(&self) -> Result<Option<Hold>> {
        self.read(|reader| find(reader, self.worktree().as_str(), "gate"))
    }
}

impl Work<'_> {
    /// Why something waits here.
    pub(super) fn hold(&self, name: &str) -> Result<Option<Hold>> {
        find(self.tx, self.worktree, name)
    }

    /// Sets or ends a hold; returns whether that changed anything.
    fn set_hold(&self, name: &str, reason: Option<&str>) -> Result<bool> {
        let before = self.hold(name)?;
        if before.as_ref().map(|hold| hold.reason.as_str()) == reason {
            return Ok(false);
        }
        match reason {
            // Since when it waits at all, also if the reason is another one now.
            Some(reason) => self
                .tx
                .prepare_cached(
                    "INSERT INTO holds (worktree, name, reason, since) VALUES (?1, ?2, ?3, ?4)
                     ON CONFLICT DO UPDATE SET reason = excluded.reason",
                )?
                .execute(params![self.worktree, name, reason, self.now])?,
            None => self
                .tx
                .prepare_cached("DELETE FROM holds WHERE worktree = ?1 AND name = ?2")?
                .execute(params![self.worktree, name])?,
        };
        Ok(true)
    }
}

fn find(reader: &Connection, worktree: &str, name: &str) -> Result<Option<Hold>> {
    let mut statement = reader
        .prepare_cached("SELECT reason, since FROM holds WHERE worktree = ?1 AND name = ?2")?;
    let found = statement.query_row(params![worktree, name], |row| {
        Ok(Hold {
            reason: row.get(0)?,
            since_ms: row.get(1)?,
        })
    });
    Ok(found.optional()?)
}
