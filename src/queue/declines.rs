//! A person's standing "no" to a fix, in every work tree.

use std::collections::BTreeSet;

use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, get};
use super::error::Result;
use super::handle::Queue;
use crate::journal::Event;
use crate::repo::RepoPath;

/// What was declined; it survives edits elsewhere in the file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct DeclineKey {
    /// The file.
    pub path: RepoPath,
    /// The rule.
    pub rule: String,
    /// The enclosing function or class, dotted; empty at the top of the module.
    pub symbol: String,
    /// The hash of the normalised text.
    pub text_hash: String,
}

/// A "no" as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decline {
    /// To what.
    #[serde(flatten)]
    pub key: DeclineKey,
    /// How it was said, as a phrase with the commit.
    pub how: String,
    /// When it was noticed, in milliseconds since the epoch.
    pub at_ms: i64,
}

impl Queue {
    /// Whether a person has said no.
    pub fn declined(&self, key: &DeclineKey) -> Result<bool> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT 1 FROM declines
                 WHERE path = ?1 AND rule = ?2 AND symbol = ?3 AND text_hash = ?4",
            )?;
            let values = params![Sql(&key.path), key.rule, key.symbol, key.text_hash];
            Ok(statement.exists(values)?)
        })
    }

    /// Records a no; said again it changes nothing.
    pub fn decline(&self, key: &DeclineKey, how: &str) -> Result<()> {
        self.decline_all(vec![(key.clone(), how.to_owned())])
    }

    /// Records several, each with how it was said; all or none.
    pub fn decline_all(&self, nos: Vec<(DeclineKey, String)>) -> Result<()> {
        if nos.is_empty() {
            return Ok(());
        }
        self.write("queue.decline", move |work| {
            let mut told: BTreeSet<(RepoPath, String, String)> = BTreeSet::new();
            for (key, how) in nos {
                let new = work
                    .tx
                    .prepare_cached(
                        "INSERT OR IGNORE INTO declines (path, rule, symbol, text_hash, how, at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![
                        Sql(&key.path),
                        key.rule,
                        key.symbol,
                        key.text_hash,
                        how,
                        work.now
                    ])?;
                // One entry of the journal for all lines of a file.
                if new > 0 && told.insert((key.path.clone(), key.rule.clone(), how.clone())) {
                    work.record(Event::Declined {
                        path: key.path,
                        rule: key.rule,
                        how,
                    });
                }
            }
            Ok(())
        })
    }

    /// Takes nos back that were said in one way.
    pub fn forget_declines(&self, how: &str) -> Result<()> {
        let how = how.to_owned();
        self.write("queue.forget-declines", move |work| {
            work.tx
                .prepare_cached("DELETE FROM declines WHERE how = ?1")?
                .execute(params![how])?;
            Ok(())
        })
    }

    /// What was declined in a file.
    pub fn declines_of(&self, path: &RepoPath) -> Result<Vec<DeclineKey>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached("SELECT * FROM declines WHERE path = ?1")?;
            let rows = statement.query_map(params![Sql(path)], key)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Every no, the newest first.
    pub fn declines(&self) -> Result<Vec<Decline>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT * FROM declines ORDER BY at DESC, path, rule, symbol, text_hash",
            )?;
            let rows = statement.query_map([], |row| {
                Ok(Decline {
                    key: key(row)?,
                    how: row.get("how")?,
                    at_ms: row.get("at")?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }
}

fn key(row: &Row<'_>) -> rusqlite::Result<DeclineKey> {
    Ok(DeclineKey {
        path: get(row, "path")?,
        rule: row.get("rule")?,
        symbol: row.get("symbol")?,
        text_hash: row.get("text_hash")?,
    })
}
