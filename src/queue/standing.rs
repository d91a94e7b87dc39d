//! How things stand, by queries whose cost does not grow with what is over.

use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::asked::open_escalations;
use super::codec::{count, get};
use super::counts::{PUT_OFF, cells};
use super::error::Result;
use super::handle::Queue;
use super::prompt;
use crate::repo::{Place, RepoPath, WorktreeId};
use crate::schedule::Stage;
use crate::store;

/// The numbers of one work tree: of the agent's own work, not of that for other workers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Tasks that can be claimed.
    pub ready: usize,
    /// Tasks that a worker has.
    pub running: usize,
    /// Tasks that will be ready at a time.
    pub scheduled: usize,
    /// Tasks that cannot be done now, or not for a while.
    pub deferred: usize,
    /// Dead letters that nobody has taken up again.
    pub dead: usize,
    /// Fixes that are about to land.
    pub landing: usize,
    /// Fixes that wait for something to change.
    pub waiting: usize,
    /// Fixes that wait for a person.
    pub held: usize,
    /// Questions that wait for a person.
    pub questions: usize,
    /// When the task that is next was seen first, in milliseconds since the epoch.
    pub next_ms: Option<i64>,
}

impl Standing {
    /// Whether nothing is being done and nothing is about to be.
    pub fn is_quiet(&self) -> bool {
        self.ready + self.running + self.scheduled + self.landing == 0
    }
}

/// A file that is kept back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptBack {
    /// The file.
    pub path: RepoPath,
    /// `deferred` or `held`; `ready` for a fix that is about to land.
    pub state: String,
    /// Why, if it is kept back.
    pub reason: Option<String>,
}

impl Queue {
    /// How things stand now.
    pub fn standing(&self) -> Result<Standing> {
        self.read(|reader| standing(reader, self.worktree().as_str()))
    }

    /// The same for who has milliseconds, as a prompt: nothing is opened for writing, what
    /// only time has changed may be a minute old, and `None` where that does not do.
    pub fn glance(place: &Place) -> Option<Standing> {
        prompt::glance(place)
    }

    /// Fixes that have not landed, without their contents, at most `limit`.
    pub fn kept_fixes(&self, limit: usize) -> Result<Vec<KeptBack>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT path, state, reason FROM fixes
                 WHERE worktree = ?1 AND state IN (0, 1, 2) ORDER BY id LIMIT ?2",
            )?;
            let rows = statement.query_map(params![self.worktree().as_str(), limit], |row| {
                Ok(KeptBack {
                    path: get(row, 0)?,
                    state: match row.get::<_, i64>(1)? {
                        0 => "ready",
                        1 => "deferred",
                        _ => "held",
                    }
                    .to_owned(),
                    reason: row.get(2)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Files whose tasks cannot be done now, at most `limit`.
    pub fn kept_tasks(&self, limit: usize) -> Result<Vec<KeptBack>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT path, reason FROM tasks
                 WHERE worktree = ?1 AND state = 3 AND unmet = 0
                 UNION ALL
                 SELECT path, reason FROM tasks INDEXED BY tasks_put_off
                 WHERE worktree = ?1 AND state = 2 AND reason IS NOT NULL
                 LIMIT ?2",
            )?;
            let rows = statement.query_map(params![self.worktree().as_str(), limit], |row| {
                Ok(KeptBack {
                    path: get(row, 0)?,
                    state: "deferred".to_owned(),
                    reason: row.get(1)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

/// One look into the database of a repository, which changes nothing there.
pub(super) fn look(place: &Place) -> Option<Standing> {
    let worktree = WorktreeId::known(place)?;
    let reader = store::glance(place)?;
    standing(&reader, worktree.as_str()).ok()
}

fn standing(reader: &Connection, worktree: &str) -> Result<Standing> {
    let number = |sql: &str| -> Result<usize> {
        let mut statement = reader.prepare_cached(sql)?;
        Ok(statement.query_row([worktree], |row| count(row, 0))?)
    };
    let cells = cells(reader, worktree)?;
    let tasks = |states: &[usize], own: bool| -> usize {
        let counted = cells
            .iter()
            .filter(|cell| states.contains(&cell.state) && !(own && cell.stage == Stage::External));
        counted.map(|cell| cell.count).sum()
    };
    let fixes = |state: i64| {
        number(&format!(
            "SELECT count(*) FROM fixes
             WHERE worktree = ?1 AND state IN (0, 1, 2) AND state = {state}"
        ))
    };
    let next_ms = reader
        .prepare_cached(
            "SELECT first_seen FROM tasks WHERE worktree = ?1 AND stage = 0 AND kind = 0 AND state = 0
             ORDER BY vdl, id LIMIT 1",
        )?
        .query_row([worktree], |row| row.get(0))
        .optional()?;
    Ok(Standing {
        ready: tasks(&[0], true),
        running: tasks(&[1], true),
        scheduled: tasks(&[2], true),
        deferred: tasks(&[3, PUT_OFF], false),
        dead: tasks(&[5], false),
        landing: fixes(0)?,
        waiting: fixes(1)?,
        held: fixes(2)?,
        questions: open_escalations(reader, worktree, crate::clock::wall_ms())?,
        next_ms,
    })
}
