//! What there is, at a glance: numbers and names for who completes a command line.

use rusqlite::{Connection, Row};

use crate::repo::{Place, WorktreeId};
use crate::store;

/// At most this many of each kind; more help nobody who types.
const MOST: u32 = 200;

/// The rows of a work tree, looked at without changing anything.
#[derive(Debug)]
pub struct Glance {
    connection: Connection,
    worktree: WorktreeId,
}

impl Glance {
    /// Looks into the database of a repository; `None` where that cannot be done at once
    /// and without changing anything.
    pub fn at(place: &Place) -> Option<Self> {
        Some(Self {
            worktree: WorktreeId::known(place)?,
            connection: store::glance(place)?,
        })
    }

    /// The numbers of the questions that are open or snoozed, the newest first, each with
    /// its rule and place.
    pub fn questions(&self) -> Vec<(String, String)> {
        let sql = "SELECT id, rule || ' ' || path || ':' || line FROM escalations
                   WHERE worktree = ?1 AND state IN (0, 1) ORDER BY id DESC LIMIT ?2";
        self.rows(sql, numbered)
    }

    /// The rules of those questions.
    pub fn asked_rules(&self) -> Vec<(String, String)> {
        let sql = "SELECT rule, count(*) FROM escalations
                   WHERE worktree = ?1 AND state IN (0, 1) GROUP BY rule ORDER BY rule LIMIT ?2";
        self.rows(sql, |row| {
            let count: i64 = row.get(1)?;
            let what = if count == 1 { "question" } else { "questions" };
            Ok((row.get(0)?, format!("{count} {what}")))
        })
    }

    /// The numbers of tasks, the newest first, each with its file.
    pub fn tasks(&self) -> Vec<(String, String)> {
        let sql = "SELECT id, path FROM tasks WHERE worktree = ?1 ORDER BY id DESC LIMIT ?2";
        self.rows(sql, numbered)
    }

    /// The names of plans, the newest first, each with what it is about.
    pub fn plans(&self) -> Vec<(String, String)> {
        let sql = "SELECT name, about FROM plans WHERE worktree = ?1 ORDER BY id DESC LIMIT ?2";
        self.rows(sql, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// What a statement finds; nothing where it cannot be read.
    fn rows(
        &self,
        sql: &str,
        of: impl FnMut(&Row<'_>) -> rusqlite::Result<(String, String)>,
    ) -> Vec<(String, String)> {
        let found = || -> rusqlite::Result<Vec<(String, String)>> {
            let mut statement = self.connection.prepare(sql)?;
            let rows = statement.query_map((self.worktree.as_str(), MOST), of)?;
            rows.collect()
        };
        found().unwrap_or_default()
    }
}

fn numbered(row: &Row<'_>) -> rusqlite::Result<(String, String)> {
    let id: i64 = row.get(0)?;
    let what: Option<String> = row.get(1)?;
    Ok((id.to_string(), what.unwrap_or_default()))
}
