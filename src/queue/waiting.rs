//! Fixes that wait to land.

use rusqlite::{OptionalExtension, Row, params};

use super::codec::{Sql, classes, get, maybe};
use super::error::{QueueError, Result};
use super::fix::{WaitingFix, WaitingState};
use super::handle::Queue;
use super::ids::FixId;
use super::writer::Work;
use crate::journal::Event;
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;

const COLUMNS: &str = "id, path, stage, state, reason, seen, task, worker, burst, tip, base, \
     before, after, counts, classes, ms, commits, made";

impl Queue {
    /// The fixes of this work tree that have not landed, in the order in which they
    /// were made.
    pub fn waiting_fixes(&self) -> Result<Vec<WaitingFix>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM fixes
                 WHERE worktree = ?1 AND state IN (0, 1, 2) ORDER BY id"
            ))?;
            let rows = statement.query_map([self.worktree().as_str()], waiting)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// A fix that has not landed; `None` if there is none of this id, or none any more.
    pub fn waiting_fix(&self, id: FixId) -> Result<Option<WaitingFix>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT {COLUMNS} FROM fixes
                 WHERE worktree = ?1 AND id = ?2 AND state IN (0, 1, 2)"
            ))?;
            let found = statement.query_row(params![self.worktree().as_str(), id], waiting);
            Ok(found.optional()?)
        })
    }

    /// The fix of a stage that waits for a file and was made of this content.
    pub fn waiting_fix_of(
        &self,
        path: &RepoPath,
        stage: Stage,
        before: &Oid,
    ) -> Result<Option<FixId>> {
        self.read(|reader| {
            let found = reader
                .prepare_cached(
                    "SELECT id FROM fixes WHERE worktree = ?1 AND path = ?2 AND stage = ?3
                       AND state IN (0, 1, 2) AND before = ?4",
                )?
                .query_row(
                    params![
                        self.worktree().as_str(),
                        Sql(path),
                        Sql(stage),
                        Sql(*before)
                    ],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(found)
        })
    }

    /// Whether a fix of a file, of a stage or a later one, waits to land.
    pub fn lands_first(&self, path: &RepoPath, stage: Stage) -> Result<bool> {
        self.read(|reader| {
            let found = reader
                .prepare_cached(
                    "SELECT 1 FROM fixes WHERE worktree = ?1 AND path = ?2 AND stage >= ?3
                       AND state IN (0, 1, 2)",
                )?
                .exists(params![self.worktree().as_str(), Sql(path), Sql(stage)])?;
            Ok(found)
        })
    }

    /// Lets a fix wait until what was `seen` is something else.
    pub fn defer_fix(&self, id: FixId, reason: &str, seen: &str) -> Result<()> {
        let (reason, seen) = (reason.to_owned(), seen.to_owned());
        self.write("queue.fix.defer", move |work| {
            let same = work.is_deferred(id, &reason)?;
            let (path, stage) = work.move_fix(id, 1, "deferred", Some(&reason), Some(&seen))?;
            // The same reason again is no news.
            if !same {
                work.record(Event::LandingDeferred {
                    fix: id,
                    path,
                    stage,
                    reason,
                });
            }
            Ok(())
        })
    }

    /// Lets a fix wait for a person.
    pub fn hold_fix(&self, id: FixId, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.write("queue.fix.hold", move |work| {
            let (path, stage) = work.move_fix(id, 2, "held", Some(&reason), None)?;
            work.record(Event::Held {
                fix: id,
                path,
                stage,
                reason,
            });
            Ok(())
        })
    }

    /// Lets a deferred or held fix land.
    pub fn ready_fix(&self, id: FixId) -> Result<()> {
        self.write("queue.fix.ready", move |work| {
            work.move_fix(id, 0, "made ready", None, None).map(drop)
        })
    }

    /// Gives a fix up.
    pub fn drop_fix(&self, id: FixId, reason: &str) -> Result<()> {
        let reason = reason.to_owned();
        self.write("queue.fix.drop", move |work| {
            let (path, stage) = work.move_fix(id, 5, "dropped", Some(&reason), None)?;
            work.no_conflict(&path)?;
            work.record(Event::FixDropped {
                fix: id,
                path,
                stage,
                reason,
            });
            work.end_plans()
        })
    }
}

impl Work<'_> {
    fn is_deferred(&self, id: FixId, reason: &str) -> Result<bool> {
        let found = self
            .tx
            .prepare_cached("SELECT 1 FROM fixes WHERE id = ?1 AND state = 1 AND reason = ?2")?
            .exists(params![id, reason])?;
        Ok(found)
    }

    /// Moves a fix of this work tree that has not landed to a state by its number.
    fn move_fix(
        &self,
        id: FixId,
        state: i64,
        wanted: &'static str,
        reason: Option<&str>,
        seen: Option<&str>,
    ) -> Result<(RepoPath, Stage)> {
        let moved = self
            .tx
            .prepare_cached(
                "UPDATE fixes SET state = ?3, reason = ?4, seen = ?5,
                    ended = iif(?3 >= 3, ?6, NULL)
                 WHERE id = ?1 AND worktree = ?2 AND state IN (0, 1, 2)
                 RETURNING path, stage",
            )?
            .query_row(
                params![id, self.worktree, state, reason, seen, self.now],
                |row| Ok((get(row, "path")?, get(row, "stage")?)),
            )
            .optional()?;
        match moved {
            Some(moved) => Ok(moved),
            None => Err(self.not_waiting(id, wanted)?),
        }
    }

    fn not_waiting(&self, id: FixId, wanted: &'static str) -> Result<QueueError> {
        let state: Option<i64> = self
            .tx
            .prepare_cached("SELECT state FROM fixes WHERE id = ?1 AND worktree = ?2")?
            .query_row(params![id, self.worktree], |row| row.get(0))
            .optional()?;
        let id = id.0;
        Ok(match state {
            None => QueueError::Unknown { what: "fix", id },
            Some(state) => QueueError::Illegal {
                what: "fix",
                id,
                state: match state {
                    3 => "landed",
                    4 => "superseded",
                    _ => "dropped",
                }
                .to_owned(),
                wanted,
            },
        })
    }
}

fn waiting(row: &Row<'_>) -> rusqlite::Result<WaitingFix> {
    let reason: Option<String> = row.get("reason")?;
    let reason = reason.unwrap_or_default();
    let state = match row.get::<_, i64>("state")? {
        0 => WaitingState::Ready,
        1 => WaitingState::Deferred {
            reason,
            seen: row.get::<_, Option<String>>("seen")?.unwrap_or_default(),
        },
        _ => WaitingState::Held { reason },
    };
    let after = row.get_ref("after")?.as_blob()?;
    let after = lz4_flex::decompress_size_prepended(after).map_err(unreadable)?;
    Ok(WaitingFix {
        id: row.get("id")?,
        path: get(row, "path")?,
        stage: get(row, "stage")?,
        state,
        task: row.get("task")?,
        worker: row.get("worker")?,
        burst: row.get("burst")?,
        tip: get(row, "tip")?,
        base: maybe(row, "base")?,
        before: get(row, "before")?,
        after,
        counts: counts(row)?,
        classes: classes(row.get("classes")?),
        ms: row.get("ms")?,
        commits: get(row, "commits")?,
        made_ms: row.get("made")?,
    })
}

pub(super) fn counts(row: &Row<'_>) -> rusqlite::Result<Vec<super::fix::FixCount>> {
    serde_json::from_str(row.get_ref("counts")?.as_str()?).map_err(unreadable)
}

fn unreadable(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Blob, Box::new(error))
}
