//! Fixes that a person ordered and that landed at once: they never wait in the queue.
//!
//! Their tasks and fixes come into being, ended, in the transaction that records the
//! landing, so that history, `hive undo` and the memory of a person's "no" know them
//! like all others, and no agent can claim them in between.

use rusqlite::params;

use super::codec::{Sql, class_bits};
use super::error::Result;
use super::fix::NewFix;
use super::handle::Queue;
use super::ids::{FixId, LandingId, TaskId};
use super::landings::NewLanding;
use super::task::Cause;
use super::writer::Work;
use crate::schedule::Priority;

impl Queue {
    /// Records a landing like [`landed`](Self::landed), of fixes that have no rows yet;
    /// they get them here, with tasks that are done. A landing that is
    /// recorded already stays as it is.
    pub fn landed_by_hand(&self, mut landing: NewLanding, fixes: Vec<NewFix>) -> Result<LandingId> {
        self.write("queue.landed-by-hand", move |work| {
            if let Some(id) = work.known(&landing)? {
                return Ok(id);
            }
            for fix in fixes {
                landing.fixes.push(work.made_by_hand(&fix)?);
            }
            work.landed(landing)
        })
    }
}

impl Work<'_> {
    /// A task that is done, and its fix, which lands in this transaction.
    fn made_by_hand(&self, fix: &NewFix) -> Result<FixId> {
        let task = self
            .tx
            .prepare_cached(
                "INSERT INTO tasks (worktree, stage, path, state, cause, saved, priority, tip,
                    blob, commits, first_seen, vdl, run_at, attempt, worker, started, outcome,
                    ended)
                 VALUES (?1, ?2, ?3, 4, ?4, 0, ?5, ?6, ?7, ?8, ?9, ?9, ?9, 1, ?10, ?9, 1, ?9)",
            )?
            .insert(params![
                self.worktree,
                Sql(fix.stage),
                Sql(&fix.path),
                Sql(Cause::Person),
                Sql(Priority::High),
                Sql(fix.tip),
                Sql(fix.before),
                Sql(fix.commits.as_slice()),
                self.now,
                fix.worker,
            ])?;
        let counts = serde_json::to_string(&fix.counts)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO fixes (worktree, path, stage, state, task, worker, tip, before,
                    after, counts, classes, ms, commits, made)
                 VALUES (?1, ?2, ?3, 4, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?
            .insert(params![
                self.worktree,
                Sql(&fix.path),
                Sql(fix.stage),
                TaskId(task),
                fix.worker,
                Sql(fix.tip),
                Sql(fix.before),
                lz4_flex::compress_prepend_size(&fix.after),
                counts,
                class_bits(&fix.classes),
                fix.ms,
                Sql(fix.commits.as_slice()),
                self.now,
            ])?;
        Ok(FixId(id))
    }
}
