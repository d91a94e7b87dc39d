//! Leases: files that somebody works on, which hive leaves alone until a time.
//!
//! A lease ends by itself. Nobody is told of that and no row changes: whoever asks
//! compares the time, and rows that are over go when the next lease is taken.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, get};
use super::error::Result;
use super::handle::Queue;
use crate::clock;
use crate::journal::Event;
use crate::repo::RepoPath;

/// A lease that is not over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// A file, or a directory: then all files below it.
    pub path: RepoPath,
    /// Since when, in milliseconds since the epoch.
    pub since_ms: i64,
    /// When it ends, in milliseconds since the epoch.
    pub until_ms: i64,
}

impl Lease {
    /// Whether it is about a file.
    pub fn covers(&self, path: &RepoPath) -> bool {
        let below = path.as_str().strip_prefix(self.path.as_str());
        below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// Why a file is left alone, as it follows its name and a colon.
    pub fn reason(&self) -> String {
        let left = (self.until_ms - clock::wall_ms()).max(0).div_euclid(1000) + 1;
        format!("somebody works on it (hive lease, for {left} s more)")
    }
}

impl Queue {
    /// Takes leases of this work tree, or makes those that are there last as long as the
    /// longer of the two times. Returns when each ends, in the order of the paths.
    pub fn lease(&self, paths: Vec<RepoPath>, ttl_ms: i64) -> Result<Vec<Lease>> {
        self.write("queue.lease", move |work| {
            work.tx
                .prepare_cached("DELETE FROM leases WHERE until <= ?1")?
                .execute(params![work.now])?;
            let until = work.now.saturating_add(ttl_ms);
            let mut taken = Vec::with_capacity(paths.len());
            for path in paths {
                let (since_ms, until_ms) = work
                    .tx
                    .prepare_cached(
                        "INSERT INTO leases (worktree, path, since, until)
                         VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT DO UPDATE SET until = max(until, excluded.until)
                         RETURNING since, until",
                    )?
                    .query_row(params![work.worktree, Sql(&path), work.now, until], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })?;
                work.record(Event::Leased {
                    path: path.clone(),
                    until_ms,
                });
                taken.push(Lease {
                    path,
                    since_ms,
                    until_ms,
                });
            }
            Ok(taken)
        })
    }

    /// Ends leases of this work tree: of these paths, or all. Returns those that were
    /// there and not over.
    pub fn release_leases(&self, paths: Option<Vec<RepoPath>>) -> Result<Vec<RepoPath>> {
        self.write("queue.release-lease", move |work| {
            let there = all(work.tx, work.worktree, work.now)?;
            let named = |lease: &Lease| paths.as_ref().is_none_or(|it| it.contains(&lease.path));
            let mut ended = Vec::new();
            for lease in there.into_iter().filter(named) {
                work.tx
                    .prepare_cached("DELETE FROM leases WHERE worktree = ?1 AND path = ?2")?
                    .execute(params![work.worktree, Sql(&lease.path)])?;
                work.record(Event::LeaseReleased {
                    path: lease.path.clone(),
                });
                ended.push(lease.path);
            }
            Ok(ended)
        })
    }

    /// The leases of this work tree that are not over, in order of path.
    pub fn leases(&self) -> Result<Vec<Lease>> {
        self.read(|reader| all(reader, self.worktree().as_str(), clock::wall_ms()))
    }

    /// The lease of a file that ends last, if there is one.
    pub fn lease_of(&self, path: &RepoPath) -> Result<Option<Lease>> {
        let leases = self.leases()?.into_iter();
        Ok(leases
            .filter(|lease| lease.covers(path))
            .max_by_key(|lease| lease.until_ms))
    }
}

fn all(reader: &Connection, worktree: &str, now: i64) -> Result<Vec<Lease>> {
    let mut statement = reader.prepare_cached(
        "SELECT path, since, until FROM leases
         WHERE worktree = ?1 AND until > ?2 ORDER BY path",
    )?;
    let rows = statement.query_map(params![worktree, now], |row| {
        Ok(Lease {
            path: get(row, "path")?,
            since_ms: row.get("since")?,
            until_ms: row.get("until")?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
