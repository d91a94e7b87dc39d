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
    /// The person's tip with a fold taken back: theirs.
    Unfold,
}

impl LandingKind {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Own => "own",
            Self::Undo => "undo",
            Self::Fold => "fold",
            Self::Tidy => "tidy",
            Self::Unfold => "unfold",
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
    /// The folded commit whose fixes are in these commits now, because it was given back.
    pub instead_of: Option<Oid>,
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

    /// Whether a commit is the person's, and what a landing made of it, or what it was
    /// before: dealt with.
    pub fn is_made_over(&self, oid: &Oid) -> Result<bool> {
        let oid = Sql(*oid);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT 1 FROM landings
                 WHERE (tip_after = ?1 AND kind IN (2, 3, 4)) OR (tip_before = ?1 AND kind = 2)",
            )?;
            Ok(statement.exists([oid])?)
        })
    }

    /// What the last landing on a tip made of it, in whichever work tree: after a fold the
    /// commit that took its place.
    pub fn became(&self, tip: &Oid) -> Result<Option<Oid>> {
        let tip = Sql(*tip);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT tip_after FROM landings WHERE tip_before = ?1 ORDER BY id DESC LIMIT 1",
            )?;
            let found = statement.query_row([tip], |row| get(row, "tip_after"));
            Ok(found.optional()?)
        })
    }

    /// The landing that folded fixes into the commit of this id, if one did: its
    /// `tip_before` is the commit as the person made it.
    pub fn fold_of(&self, oid: &Oid) -> Result<Option<Landing>> {
        let oid = Sql(*oid);
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT * FROM landings WHERE tip_after = ?1 AND kind = 2
                 ORDER BY id DESC LIMIT 1",
            )?;
            let found = statement.query_row([oid], landing).optional()?;
            found
                .map(|landing| with_commits(reader, landing))
                .transpose()
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
        if let Some(id) = self.known(&landing)? {
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
        let mut files = landing.fixes.len();
        if let Some(folded) = landing.instead_of {
            let moved = self.taken_over(id, folded)?;
            (files, fixed) = (moved.len(), moved.iter().sum());
        }
        // Those of a commit that was given back have landed, once already.
        let none = landing.instead_of.is_none();
        for fix in landing.fixes.iter().filter(|_| none) {
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
            files,
            paths: paths.into_iter().take(NAMED).collect(),
            fixes: fixed,
            tip_before: landing.tip_before,
            held_us: landing.held_us,
        });
        self.end_plans()?;
        Ok(id)
    }
}

impl Work<'_> {
    /// The landing, if it is recorded already. A tip may become the same commit twice, of
    /// two commits: what takes a fold back makes the person's commit of it again.
    pub(super) fn known(&self, landing: &NewLanding) -> Result<Option<LandingId>> {
        let found = self
            .tx
            .prepare_cached(
                "SELECT landing FROM landing_commits JOIN landings ON landings.id = landing
                 WHERE oid = ?1 AND tip_before = ?2",
            )?
            .query_row(
                params![Sql(landing.tip_after), Sql(landing.tip_before)],
                |row| row.get(0),
            )
            .optional()?;
        Ok(found)
    }

    /// Moves the fixes of a folded commit to another landing; how many findings each fixed.
    fn taken_over(&self, to: LandingId, folded: Oid) -> Result<Vec<u32>> {
        let mut statement = self.tx.prepare_cached(
            "UPDATE fixes SET landing = ?1 WHERE worktree = ?2 AND landing IN
                 (SELECT id FROM landings WHERE tip_after = ?3 AND kind = 2)
             RETURNING counts",
        )?;
        let rows = statement.query_map(params![to, self.worktree, Sql(folded)], |row| {
            Ok(total(&counts(row)?))
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
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
