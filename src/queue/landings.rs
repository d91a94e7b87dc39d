//! What was published, and which commits are hive's own.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, get, maybe};
use super::error::{QueueError, Result};
use super::fix::total;
use super::handle::Queue;
use super::ids::{FixId, LandingId};
use super::waiting::counts;
use super::writer::Work;
use crate::journal::Event;
use crate::repo::Oid;
use crate::schedule::Stage;

/// How many files an entry of the journal names.
const NAMED: usize = 100;

/// What a landing made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LandingKind {
    /// Commits of hive's own.
    Own,
    /// A commit of hive's own that takes one back.
    Undo,
    /// The person's tip with other content: theirs.
    Fold,
    /// A part of the person's commit: theirs.
    Tidy,
}

impl LandingKind {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Undo => "undo",
            Self::Fold => "fold",
            Self::Tidy => "tidy",
        }
    }
}

/// A landing that has just been published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLanding {
    /// The commits, the oldest first, each with its stage.
    pub commits: Vec<(Oid, Stage)>,
    /// The tip before.
    pub tip_before: Oid,
    /// The tip after.
    pub tip_after: Oid,
    /// The ref that moved.
    pub reference: String,
    /// The mode (`commit.mode`).
    pub mode: String,
    /// Whose the commits are.
    pub kind: LandingKind,
    /// The fixes that are in them.
    pub fixes: Vec<FixId>,
    /// How long the index was locked, in microseconds; 0 where nobody measured.
    pub held_us: u64,
}

/// A commit of a landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandingCommit {
    /// The commit.
    pub oid: Oid,
    /// The stage.
    pub stage: Stage,
    /// The commit that a person made of it by an amend.
    pub reowned_by: Option<Oid>,
}

/// A landing as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    /// Its id.
    pub id: LandingId,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The ref that moved.
    pub reference: String,
    /// The mode.
    pub mode: String,
    /// Whose the commits are.
    pub kind: LandingKind,
    /// The tip before.
    pub tip_before: Oid,
    /// The tip after.
    pub tip_after: Oid,
    /// The commits, in the order of their stages.
    pub commits: Vec<LandingCommit>,
}

impl Queue {
    /// Records a landing, and that its fixes have landed. A fix that was superseded
    /// while the landing was under way has landed all the same. A landing that is
    /// recorded already (whoever recorded it died before it could say so) stays as it is.
    pub fn landed(&self, landing: NewLanding) -> Result<LandingId> {
        self.write("queue.landed", move |work| work.landed(landing))
    }

    /// Whether a commit is hive's own, by its id alone: an amended one is another
    /// commit, and the person's.
    pub fn is_own(&self, oid: &Oid) -> Result<bool> {
        let oid = Sql(*oid);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT 1 FROM landing_commits JOIN landings ON landings.id = landing
                 WHERE oid = ?1 AND kind IN (0, 1)",
            )?;
            Ok(statement.exists([oid])?)
        })
    }

    /// The landings of this work tree, the newest first.
    pub fn landings(&self, limit: usize) -> Result<Vec<Landing>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT * FROM landings WHERE worktree = ?1 ORDER BY id DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![self.worktree().as_str(), limit], landing)?;
            let landings: Vec<Landing> = rows.collect::<rusqlite::Result<_>>()?;
            landings
                .into_iter()
                .map(|landing| with_commits(reader, landing))
                .collect()
        })
    }

    /// The landing that made a commit, in whichever work tree.
    pub fn landing_of(&self, oid: &Oid) -> Result<Option<Landing>> {
        let oid = Sql(*oid);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT landings.* FROM landings
                 JOIN landing_commits ON landings.id = landing
                 WHERE oid = ?1 ORDER BY landings.id DESC LIMIT 1",
            )?;
            let found = statement.query_row([oid], landing).optional()?;
            found
                .map(|landing| with_commits(reader, landing))
                .transpose()
        })
    }

    /// Records that a person amended a commit of hive's: what came of it is theirs.
    pub fn reowned(&self, oid: &Oid, by: &Oid) -> Result<()> {
        let (commit, by) = (*oid, *by);
        self.write("queue.reowned", move |work| {
            let changed = work
                .tx
                .prepare_cached(
                    "UPDATE landing_commits SET reowned_by = ?2
                     WHERE oid = ?1 AND reowned_by IS NOT ?2",
                )?
                .execute(params![Sql(commit), Sql(by)])?;
            if changed > 0 {
                work.record(Event::Reowned { commit, by });
            }
            Ok(())
        })
    }
}

impl Work<'_> {
    pub(super) fn landed(&mut self, landing: NewLanding) -> Result<LandingId> {
        let known = self
            .tx
            .prepare_cached("SELECT landing FROM landing_commits WHERE oid = ?1")?
            .query_row([Sql(landing.tip_after)], |row| row.get(0))
            .optional()?;
        if let Some(id) = known {
            return Ok(id);
        }
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO landings (worktree, at, reference, mode, kind, tip_before,
                    tip_after)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .insert(params![
                self.worktree,
                self.now,
                landing.reference,
                landing.mode,
                Sql(landing.kind),
                Sql(landing.tip_before),
                Sql(landing.tip_after),
            ])?;
        let id = LandingId(id);
        for (oid, stage) in &landing.commits {
            self.tx
                .prepare_cached(
                    "INSERT OR IGNORE INTO landing_commits (oid, landing, stage)
                     VALUES (?1, ?2, ?3)",
                )?
                .execute(params![Sql(*oid), id, Sql(*stage)])?;
        }
        let mut fixed = 0;
        let mut paths = BTreeSet::new();
        for fix in &landing.fixes {
            let (counts, path) = self
                .tx
                .prepare_cached(
                    "UPDATE fixes SET state = 3, reason = NULL, seen = NULL, ended = ?3,
                        landing = ?4
                     WHERE id = ?1 AND worktree = ?2 AND state <> 3 RETURNING counts, path",
                )?
                .query_row(params![fix, self.worktree, self.now, id], |row| {
                    Ok((counts(row)?, get(row, "path")?))
                })
                .optional()?
                .ok_or(QueueError::Unknown {
                    what: "fix",
                    id: fix.0,
                })?;
            fixed += total(&counts);
            self.no_conflict(&path)?;
            paths.insert(path);
        }
        self.record(Event::Landed {
            landing: id,
            reference: landing.reference,
            mode: landing.mode,
            kind: landing.kind.name().to_owned(),
            commits: landing.commits.iter().map(|(oid, _)| *oid).collect(),
            files: landing.fixes.len(),
            paths: paths.into_iter().take(NAMED).collect(),
            fixes: fixed,
            tip_before: landing.tip_before,
            held_us: landing.held_us,
        });
        Ok(id)
    }
}

fn landing(row: &Row<'_>) -> rusqlite::Result<Landing> {
    Ok(Landing {
        id: row.get("id")?,
        at_ms: row.get("at")?,
        reference: row.get("reference")?,
        mode: row.get("mode")?,
        kind: get(row, "kind")?,
        tip_before: get(row, "tip_before")?,
        tip_after: get(row, "tip_after")?,
        commits: Vec::new(),
    })
}

fn with_commits(reader: &Connection, mut landing: Landing) -> Result<Landing> {
    let mut statement = reader.prepare_cached(
        "SELECT oid, stage, reowned_by FROM landing_commits WHERE landing = ?1 ORDER BY stage",
    )?;
    let rows = statement.query_map([landing.id], |row| {
        Ok(LandingCommit {
            oid: get(row, "oid")?,
            stage: get(row, "stage")?,
            reowned_by: maybe(row, "reowned_by")?,
        })
    })?;
    landing.commits = rows.collect::<rusqlite::Result<_>>()?;
    Ok(landing)
}
