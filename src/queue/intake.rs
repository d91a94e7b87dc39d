//! Taking in what is new: marks move and tasks come in one transaction.

use rusqlite::{OptionalExtension, params};
use serde::{Deserialize, Serialize};

use super::codec::{Sql, get, maybe};
use super::content::Content;
use super::error::Result;
use super::handle::Queue;
use super::ids::{BurstId, FixId, TaskId};
use super::moves::Incoming;
use super::task::Cause;
use super::writer::Work;
use crate::journal::Event;
use crate::repo::{Oid, RepoPath};
use crate::schedule::{Priority, Stage};

/// The last commit of a ref that was dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// `refs/heads/…`, or `HEAD` when detached.
    pub reference: String,
    /// The commit.
    pub oid: Oid,
    /// The hash of the line of the reflog that was dealt with; empty without one.
    pub log: String,
}

/// A file that is to be dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTask {
    /// The first stage that it goes to.
    pub stage: Stage,
    /// The file.
    pub path: RepoPath,
    /// Why.
    pub cause: Cause,
    /// How much it matters.
    pub priority: Priority,
    /// The commit whose content it is about; `None` for a save.
    pub tip: Option<Oid>,
    /// The content.
    pub blob: Option<Oid>,
    /// The commit that it is compared with.
    pub base: Option<Oid>,
    /// The commits that it is for.
    pub commits: Vec<Oid>,
    /// When it may run, in milliseconds since the epoch.
    pub run_at_ms: i64,
}

/// What came of an intake pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// The pass, if it brought any work.
    pub burst: Option<BurstId>,
    /// How many new tasks there are.
    pub enqueued: usize,
    /// How many changes were folded into tasks that waited.
    pub folded: usize,
    /// How many files were left alone, because a task of the same content is dead.
    pub parked: usize,
}

impl Queue {
    /// The marks of this work tree, by ref.
    pub fn marks(&self) -> Result<Vec<Mark>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT reference, oid, log FROM marks WHERE worktree = ?1 ORDER BY reference",
            )?;
            let rows = statement.query_map([self.worktree().as_str()], |row| {
                Ok(Mark {
                    reference: row.get("reference")?,
                    oid: get(row, "oid")?,
                    log: row.get("log")?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The marks of the repository's other work trees, by ref. Their lines are of
    /// other logs of HEAD, so they name none.
    pub fn marks_elsewhere(&self) -> Result<Vec<Mark>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT reference, oid FROM marks WHERE worktree <> ?1 AND reference <> 'HEAD'
                 ORDER BY reference, worktree",
            )?;
            let rows = statement.query_map([self.worktree().as_str()], |row| {
                Ok(Mark {
                    reference: row.get("reference")?,
                    oid: get(row, "oid")?,
                    log: String::new(),
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Moves marks, forgets refs that are gone, and takes work in, in one
    /// transaction: whatever a mark has passed is in the queue.
    ///
    /// A change of a file that waits is folded in: the newest content, the oldest base,
    /// the commits of both, the earlier deadline. A committed change supersedes fixes
    /// of the file that have not landed and takes over their base and commits. A dead
    /// task of the file is taken up again by a new one if the content is another one,
    /// or a person asks.
    pub fn take_in(
        &self,
        marks: Vec<Mark>,
        gone: Vec<String>,
        work: Vec<NewTask>,
    ) -> Result<Taken> {
        let name = if work.is_empty() {
            "queue.mark"
        } else {
            "queue.take-in"
        };
        self.write(name, move |to| {
            for mark in &marks {
                to.tx
                    .prepare_cached(
                        "INSERT INTO marks (worktree, reference, oid, log)
                         VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT DO UPDATE SET oid = excluded.oid, log = excluded.log",
                    )?
                    .execute(params![
                        to.worktree,
                        mark.reference,
                        Sql(mark.oid),
                        mark.log
                    ])?;
            }
            for reference in &gone {
                to.tx
                    .prepare_cached("DELETE FROM marks WHERE worktree = ?1 AND reference = ?2")?
                    .execute(params![to.worktree, reference])?;
                to.tx
                    .prepare_cached(
                        "DELETE FROM inspections WHERE worktree = ?1 AND reference = ?2",
                    )?
                    .execute(params![to.worktree, reference])?;
            }
            to.take(work)
        })
    }
}

impl Work<'_> {
    fn take(&mut self, work: Vec<NewTask>) -> Result<Taken> {
        let mut taken = Taken::default();
        for new in work {
            let dead = self.dead(&new)?;
            if let Some((_, true)) = dead {
                taken.parked += 1;
                continue;
            }
            let burst = match taken.burst {
                Some(burst) => burst,
                None => self.burst()?,
            };
            taken.burst = Some(burst);
            let mut content = Content {
                cause: new.cause,
                saved: new.cause == Cause::Save,
                priority: new.priority,
                tip: new.tip,
                blob: new.blob,
                base: new.base,
                commits: new.commits,
                previous: None,
            };
            if new.cause.is_committed() {
                content = self.supersede_fixes(&new.path, content)?;
            }
            let (id, folded) = self.enqueue(Incoming {
                stage: new.stage,
                path: new.path,
                content,
                burst: Some(burst),
                run_at: new.run_at_ms,
                origin: dead.map(|(id, _)| id),
            })?;
            if let Some((dead, _)) = dead {
                self.succeed(dead, id)?;
            }
            if folded {
                taken.folded += 1;
            } else {
                taken.enqueued += 1;
            }
        }
        Ok(taken)
    }

    /// A new burst.
    pub(super) fn burst(&self) -> Result<BurstId> {
        let id = self
            .tx
            .prepare_cached("INSERT INTO bursts (worktree, at) VALUES (?1, ?2)")?
            .insert(params![self.worktree, self.now])?;
        Ok(BurstId(id))
    }

    /// The dead task of a file that nobody has taken up again, and whether it died of
    /// the same content.
    fn dead(&self, new: &NewTask) -> Result<Option<(TaskId, bool)>> {
        let found = self
            .tx
            .prepare_cached(
                "SELECT id, blob FROM tasks
                 WHERE worktree = ?1 AND path = ?2 AND stage = ?3 AND state = 5 AND own = 0
                   AND successor IS NULL
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(
                params![self.worktree, Sql(&new.path), Sql(new.stage)],
                |row| Ok((row.get("id")?, maybe::<Oid>(row, "blob")?)),
            )
            .optional()?;
        Ok(found.map(|(id, blob)| {
            let same = blob.is_some() && blob == new.blob && new.cause != Cause::Person;
            (id, same)
        }))
    }

    /// Notes which task has taken up a final one again.
    pub(super) fn succeed(&self, old: TaskId, new: TaskId) -> Result<()> {
        self.tx
            .prepare_cached("UPDATE tasks SET successor = ?2 WHERE id = ?1")?
            .execute(params![old, new])?;
        Ok(())
    }

    /// Ends the waiting fixes of a file. What they were for is the new task's, too:
    /// their commits have not been dealt with.
    fn supersede_fixes(&mut self, path: &RepoPath, newer: Content) -> Result<Content> {
        let found: Vec<_> = self
            .tx
            .prepare_cached(
                "SELECT id, task, stage, base, commits FROM fixes
                 WHERE worktree = ?1 AND path = ?2 AND state IN (0, 1, 2) ORDER BY stage",
            )?
            .query_map(params![self.worktree, Sql(path)], |row| {
                let (fix, task): (FixId, TaskId) = (row.get("id")?, row.get("task")?);
                let stage: Stage = get(row, "stage")?;
                let base: Option<Oid> = maybe(row, "base")?;
                let commits: Vec<Oid> = get(row, "commits")?;
                Ok((fix, task, stage, base, commits))
            })?
            .collect::<rusqlite::Result<_>>()?;
        let mut content = newer;
        for (fix, task, stage, base, commits) in found {
            let older = Content {
                base,
                commits,
                tip: None,
                blob: None,
                ..content.clone()
            };
            content = Content::merged(older, &content);
            self.tx
                .prepare_cached("UPDATE fixes SET state = 4, ended = ?2 WHERE id = ?1")?
                .execute(params![fix, self.now])?;
            self.record(Event::FixDropped {
                fix,
                path: path.clone(),
                stage,
                reason: "the file was committed again".to_owned(),
            });
            self.step_again(task)?;
        }
        Ok(content)
    }
}
