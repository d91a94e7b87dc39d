//! Questions as lists show them: rows without what only one of them at a time needs.

use rusqlite::{OptionalExtension, Row, ToSql, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, below, count, get, maybe, small};
use super::error::Result;
use super::escalations::{escalation, state};
use super::handle::Queue;
use super::ids::EscalationId;
use crate::escalation::policy;
use crate::escalation::{Ending, Escalation, Level, State};
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;

/// Which questions are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EscalationFilter {
    /// Of this rule.
    pub rule: Option<String>,
    /// Of this file, or of the files below this directory, relative to the root.
    pub path: Option<String>,
    /// Of this level or worse.
    pub level: Option<Level>,
    /// Of this stage.
    pub stage: Option<Stage>,
    /// In one of these states, by name; without any, the open ones.
    pub states: Vec<String>,
    /// Asked since, in milliseconds since the epoch.
    pub since_ms: Option<i64>,
}

/// The condition of a filter; its parameters are those of [`Values`]. A snooze that is
/// over counts as open.
pub(super) const FILTER: &str = "worktree = ?1
    AND iif(state = 1 AND until <= ?9, 0, state) IN (SELECT value FROM json_each(?10))
    AND (?2 IS NULL OR rule = ?2 COLLATE NOCASE)
    AND (?3 IS NULL OR path = ?3 OR (path >= ?4 AND path < ?5))
    AND (?6 IS NULL OR level >= ?6)
    AND (?7 IS NULL OR stage = ?7)
    AND (?8 IS NULL OR last >= ?8)";

/// The parameters of [`FILTER`].
pub(super) struct Values(Vec<Box<dyn ToSql>>);

impl Values {
    pub(super) fn params(&self) -> Vec<&dyn ToSql> {
        self.0.iter().map(AsRef::as_ref).collect()
    }
}

impl EscalationFilter {
    pub(super) fn values(&self, worktree: &str, now: i64) -> Values {
        const NAMES: [&str; 4] = ["open", "snoozed", "resolved", "dismissed"];
        let numbers: Vec<usize> = match self.states.as_slice() {
            [] => vec![0],
            states => states
                .iter()
                .filter_map(|name| NAMES.iter().position(|known| known == name))
                .collect(),
        };
        let path = self.path.as_deref().map(below);
        let (from, to, path) = path.map_or((None, None, None), |(from, to, path)| {
            (Some(from), Some(to), Some(path))
        });
        Values(vec![
            Box::new(worktree.to_owned()),
            Box::new(self.rule.clone()),
            Box::new(path),
            Box::new(from),
            Box::new(to),
            Box::new(self.level.map(Sql)),
            Box::new(self.stage.map(Sql)),
            Box::new(self.since_ms),
            Box::new(now),
            Box::new(format!("{numbers:?}")),
        ])
    }
}

/// A question as a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EscalationRow {
    /// A small number.
    pub id: EscalationId,
    /// The rule.
    pub rule: String,
    /// How bad it is.
    pub level: Level,
    /// The stage that asks.
    pub stage: Stage,
    /// The file.
    pub path: RepoPath,
    /// The line, counted from 1; 0 for the whole file.
    pub line: u32,
    /// The column, counted from 1; 0 for the whole line.
    pub column: u32,
    /// The enclosing function or class, dotted; empty at the top of the module.
    pub symbol: String,
    /// Why a person is needed.
    pub reason: String,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
    /// How often it was asked.
    pub count: u32,
    /// When it was asked first, in milliseconds since the epoch.
    pub first_ms: i64,
    /// When it was asked last.
    pub last_ms: i64,
    /// Whose line it is, where that is known.
    pub owner: Option<String>,
    /// Whether a patch is ready.
    pub has_patch: bool,
    /// How it ended, if it has.
    pub ending: Option<Ending>,
    /// What a person wrote about it.
    pub note: Option<String>,
}

impl Queue {
    /// The questions of this work tree as lines of a list, the worst and then the newest
    /// first, without snippets and patches; at most `limit` of them.
    pub fn escalation_rows(
        &self,
        filter: &EscalationFilter,
        limit: Option<usize>,
    ) -> Result<Vec<EscalationRow>> {
        let now = crate::clock::wall_ms();
        let limit = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(-1));
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT id, rule, level, stage, path, line, column, symbol, reason, state, until,
                    ended, count, first, last, owner, patch IS NOT NULL AS has_patch, ending, note
                 FROM escalations WHERE {FILTER}
                 ORDER BY level DESC, last DESC, id DESC LIMIT {limit}"
            ))?;
            let values = filter.values(self.worktree().as_str(), now);
            let rows = statement.query_map(values.params().as_slice(), |row| listed(row, now))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How many questions wait for a person.
    pub fn open_escalations(&self) -> Result<usize> {
        let now = crate::clock::wall_ms();
        self.read(|reader| open_escalations(reader, self.worktree().as_str(), now))
    }

    /// The question that [`escalation_rows`](Self::escalation_rows) of a filter would
    /// list first after some that were seen already; `None` at the end.
    pub fn next_escalation(
        &self,
        filter: &EscalationFilter,
        seen: &[EscalationId],
    ) -> Result<Option<Escalation>> {
        let now = crate::clock::wall_ms();
        let seen: Vec<i64> = seen.iter().map(|id| id.0).collect();
        self.read(|reader| {
            let mut statement = reader.prepare_cached(&format!(
                "SELECT * FROM escalations
                 WHERE {FILTER} AND id NOT IN (SELECT value FROM json_each(?11))
                 ORDER BY level DESC, last DESC, id DESC LIMIT 1"
            ))?;
            let values = filter.values(self.worktree().as_str(), now);
            let seen = format!("{seen:?}");
            let mut params = values.params();
            params.push(&seen);
            let found = statement.query_row(params.as_slice(), |row| escalation(row, now));
            Ok(found.optional()?)
        })
    }

    /// Up to `limit` questions of one file that wait and whose owner nobody has looked
    /// for; empty when there are none.
    pub fn unowned(&self, limit: usize) -> Result<Vec<Escalation>> {
        let now = crate::clock::wall_ms();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT * FROM escalations
                 WHERE worktree = ?1 AND owner IS NULL AND state IN (0, 1)
                   AND path = (SELECT min(path) FROM escalations
                        WHERE worktree = ?1 AND owner IS NULL AND state IN (0, 1))
                 LIMIT ?2",
            )?;
            let values = params![self.worktree().as_str(), limit];
            let rows = statement.query_map(values, |row| escalation(row, now))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The files about which questions wait, by stage, each with a commit that one of
    /// them is about.
    pub fn asked_about(&self) -> Result<Vec<(RepoPath, Stage, Option<Oid>)>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT path, stage, max(\"commit\") AS oid FROM escalations
                 WHERE worktree = ?1 AND state IN (0, 1) GROUP BY path, stage",
            )?;
            let rows = statement.query_map([self.worktree().as_str()], |row| {
                Ok((get(row, "path")?, get(row, "stage")?, maybe(row, "oid")?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The questions that wait, each with the commit that it is about, if it is about one.
    pub fn asked_by_commit(&self) -> Result<Vec<(EscalationId, Oid)>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT id, \"commit\" FROM escalations
                 WHERE worktree = ?1 AND state IN (0, 1) AND \"commit\" IS NOT NULL",
            )?;
            let rows = statement.query_map([self.worktree().as_str()], |row| {
                Ok((row.get("id")?, get(row, "commit")?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Notes whose lines questions are about; an empty name where that is not known.
    pub fn own(&self, owners: Vec<(EscalationId, String)>) -> Result<()> {
        self.write("queue.own", move |work| {
            for (id, owner) in &owners {
                work.tx
                    .prepare_cached("UPDATE escalations SET owner = ?2 WHERE id = ?1")?
                    .execute(params![id, owner])?;
            }
            Ok(())
        })
    }

    /// Gives questions a level that is at least so high, and a patch where they have none.
    pub fn lend(&self, lent: Vec<(EscalationId, Level, Option<String>)>) -> Result<()> {
        self.write("queue.lend", move |work| {
            for (id, level, patch) in &lent {
                work.tx
                    .prepare_cached(
                        "UPDATE escalations SET level = max(level, ?2), patch = coalesce(patch, ?3)
                         WHERE id = ?1",
                    )?
                    .execute(params![id, Sql(*level), patch])?;
            }
            Ok(())
        })
    }

    /// Puts a question back as it stood before a person moved it, with its note.
    pub fn restore_escalation(&self, before: &Escalation) -> Result<()> {
        let before = before.clone();
        self.write("queue.restore", move |work| {
            work.tx
                .prepare_cached("UPDATE escalations SET note = ?2 WHERE id = ?1 AND worktree = ?3")?
                .execute(params![before.id, before.note, work.worktree])?;
            work.set_state(before.id, &before.question, &before.state, before.ending)
        })
    }
}

/// How many questions of a work tree wait for a person.
pub(super) fn open_escalations(
    reader: &rusqlite::Connection,
    worktree: &str,
    now: i64,
) -> Result<usize> {
    let mut statement = reader.prepare_cached(
        "SELECT (SELECT count(*) FROM escalations WHERE worktree = ?1 AND state = 0)
              + (SELECT count(*) FROM escalations
                    WHERE worktree = ?1 AND state = 1 AND until <= ?2)",
    )?;
    Ok(statement.query_row(params![worktree, now], |row| count(row, 0))?)
}

fn listed(row: &Row<'_>, now: i64) -> rusqlite::Result<EscalationRow> {
    Ok(EscalationRow {
        id: row.get("id")?,
        rule: row.get("rule")?,
        level: get(row, "level")?,
        stage: get(row, "stage")?,
        path: get(row, "path")?,
        line: small(row, "line")?,
        column: small(row, "column")?,
        symbol: row.get("symbol")?,
        reason: row.get("reason")?,
        state: policy::current(&state(row)?, now),
        count: small(row, "count")?,
        first_ms: row.get("first")?,
        last_ms: row.get("last")?,
        owner: row
            .get::<_, Option<String>>("owner")?
            .filter(|owner| !owner.is_empty()),
        has_patch: row.get("has_patch")?,
        ending: maybe(row, "ending")?,
        note: row.get("note")?,
    })
}
