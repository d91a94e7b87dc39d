//! Keeping the fix that an attempt ended with.

use rusqlite::params;

use super::codec::{Sql, class_bits};
use super::error::Result;
use super::fix::NewFix;
use super::ids::FixId;
use super::moves::Running;
use super::task::Cause;
use super::writer::Work;
use crate::journal::Event;

impl Work<'_> {
    /// Keeps a fix: to land, or only as history. An older one of the same file and
    /// stage that waits is superseded, and what it was for is the newer one's, too.
    pub(super) fn keep_fix(
        &mut self,
        task: &Running,
        fix: &NewFix,
        packed: &[u8],
        lands: bool,
    ) -> Result<FixId> {
        if lands {
            self.supersede_fix(fix)?;
        }
        let counts = serde_json::to_string(&fix.counts)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        // A save was written in place and never lands.
        let (state, ended) = match (lands, task.content.cause) {
            (false, _) => (4, Some(self.now)),
            (true, Cause::Save) => (5, Some(self.now)),
            (true, _) => (0, None),
        };
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO fixes (worktree, path, stage, state, reason, task, worker, burst,
                    tip, base, before, after, counts, classes, ms, commits, made, ended)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                    ?17, ?18)",
            )?
            .insert(params![
                self.worktree,
                Sql(&fix.path),
                Sql(fix.stage),
                state,
                (state == 5).then_some("written in place after a save"),
                fix.task,
                fix.worker,
                fix.burst,
                Sql(fix.tip),
                task.content.base.map(Sql),
                Sql(fix.before),
                packed,
                counts,
                class_bits(&fix.classes),
                fix.ms,
                Sql(fix.commits.as_slice()),
                self.now,
                ended,
            ])?;
        Ok(FixId(id))
    }

    fn supersede_fix(&mut self, newer: &NewFix) -> Result<()> {
        let ended: Vec<FixId> = self
            .tx
            .prepare_cached(
                "UPDATE fixes SET state = 4, ended = ?4
                 WHERE worktree = ?1 AND path = ?2 AND stage = ?3 AND state IN (0, 1, 2)
                 RETURNING id",
            )?
            .query_map(
                params![self.worktree, Sql(&newer.path), Sql(newer.stage), self.now],
                |row| row.get(0),
            )?
            .collect::<rusqlite::Result<_>>()?;
        if !ended.is_empty() {
            self.end_plans()?;
        }
        for fix in ended {
            self.record(Event::FixDropped {
                fix,
                path: newer.path.clone(),
                stage: newer.stage,
                reason: "there is a newer fix".to_owned(),
            });
        }
        Ok(())
    }
}
