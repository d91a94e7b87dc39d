//! History: every fix that was made.

use rusqlite::{Row, params};

use super::codec::{Sql, below, classes, count, get, maybe};
use super::error::Result;
use super::fix::{Fix, FixState};
use super::handle::Queue;
use super::ids::{LandingId, TaskId};
use super::waiting::counts;

/// Which fixes are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FixFilter {
    /// Of this file, or of the files below this directory, relative to the root.
    pub path: Option<String>,
    /// That applied this rule.
    pub rule: Option<String>,
    /// Made since, in milliseconds since the epoch.
    pub since_ms: Option<i64>,
    /// With this landing.
    pub landing: Option<LandingId>,
    /// At most this many.
    pub limit: Option<usize>,
}

impl Queue {
    /// The fixes of this work tree, the newest first.
    pub fn fixes(&self, filter: &FixFilter) -> Result<Vec<Fix>> {
        let path = filter.path.as_deref().map(below);
        let (from, to, path) = path.map_or((None, None, None), |(from, to, path)| {
            (Some(from), Some(to), Some(path))
        });
        let limit = filter
            .limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT fixes.*, oid FROM fixes
                 LEFT JOIN landing_commits AS c
                   ON c.landing = fixes.landing AND (c.stage = fixes.stage
                     OR 1 = (SELECT count(*) FROM landing_commits AS all_of
                             WHERE all_of.landing = fixes.landing))
                 WHERE worktree = ?1
                   AND (?2 IS NULL OR path = ?2 OR (path >= ?3 AND path < ?4))
                   AND (?5 IS NULL OR made >= ?5)
                   AND (?6 IS NULL OR fixes.landing = ?6)
                   AND (?7 IS NULL OR EXISTS (SELECT 1 FROM json_each(counts)
                        WHERE json_each.value ->> 'code' = ?7 COLLATE NOCASE))
                 ORDER BY id DESC LIMIT ?8",
            )?;
            let rows = statement.query_map(
                params![
                    self.worktree().as_str(),
                    path,
                    from,
                    to,
                    filter.since_ms,
                    filter.landing,
                    filter.rule,
                    limit,
                ],
                fix,
            )?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The fixes that a task made, the newest first, each with its content as long as that
    /// is kept (7 days after its end).
    pub fn fixes_of_task(&self, task: TaskId) -> Result<Vec<(Fix, Option<Vec<u8>>)>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT fixes.*, oid FROM fixes
                 LEFT JOIN landing_commits AS c
                   ON c.landing = fixes.landing AND (c.stage = fixes.stage
                     OR 1 = (SELECT count(*) FROM landing_commits AS all_of
                             WHERE all_of.landing = fixes.landing))
                 WHERE worktree = ?1 AND task = ?2 ORDER BY id DESC",
            )?;
            let rows = statement.query_map(params![self.worktree().as_str(), task], |row| {
                let packed: Option<Vec<u8>> = row.get("after")?;
                let after = packed.and_then(|packed| {
                    // What cannot be read is as good as forgotten; git has what landed.
                    lz4_flex::decompress_size_prepended(&packed).ok()
                });
                Ok((fix(row)?, after))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many fixes of a file and stage had this content as their input, and have
    /// landed; content that comes back after it was fixed is an oscillation.
    pub fn fixed_before(
        &self,
        path: &crate::repo::RepoPath,
        before: &crate::repo::Oid,
    ) -> Result<usize> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT count(*) FROM fixes
                 WHERE worktree = ?1 AND path = ?2 AND before = ?3 AND state = 3",
            )?;
            let values = params![self.worktree().as_str(), Sql(path), Sql(*before)];
            Ok(statement.query_row(values, |row| count(row, 0))?)
        })
    }
}

fn fix(row: &Row<'_>) -> rusqlite::Result<Fix> {
    let reason: Option<String> = row.get("reason")?;
    let reason = reason.unwrap_or_default();
    let made_ms = row.get("made")?;
    let ended_ms = row.get::<_, Option<i64>>("ended")?.unwrap_or(made_ms);
    let state = match row.get::<_, i64>("state")? {
        0 => FixState::Ready,
        1 => FixState::Deferred { reason },
        2 => FixState::Held { reason },
        3 => FixState::Landed {
            landing: row.get("landing")?,
            commit: maybe(row, "oid")?,
            ended_ms,
        },
        4 => FixState::Superseded { ended_ms },
        _ => FixState::Dropped { reason, ended_ms },
    };
    Ok(Fix {
        id: row.get("id")?,
        path: get(row, "path")?,
        stage: get(row, "stage")?,
        state,
        task: row.get("task")?,
        worker: row.get("worker")?,
        tip: get(row, "tip")?,
        before: get(row, "before")?,
        counts: counts(row)?,
        classes: classes(row.get("classes")?),
        ms: row.get("ms")?,
        commits: get(row, "commits")?,
        made_ms,
    })
}
