//! Ending an attempt well.

use rusqlite::params;

use super::attempts::AttemptOutcome;
use super::claim::Token;
use super::codec::{Sql, class_bits};
use super::content::Content;
use super::error::Result;
use super::fix::{NewFix, total};
use super::handle::Queue;
use super::ids::FixId;
use super::moves::{Back, Incoming, Running};
use super::task::{Cause, tail};
use super::writer::Work;
use crate::crash;
use crate::escalation::Question;
use crate::journal::Event;
use crate::schedule::Stage;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// There is nothing to fix and nothing to ask.
    Clean,
    /// The content it was about is no longer the content that counts.
    Superseded,
    /// There is a fix.
    Fixed(Box<NewFix>),
    /// There are questions only.
    Asked(Vec<Question>),
}

/// The end of one of several attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finish {
    /// The claim.
    pub token: Token,
    /// How it ended.
    pub done: Done,
    /// The stage that the file goes to now.
    pub next: Option<Stage>,
}

/// Whether a word about a claim counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fenced {
    /// It did.
    Done,
    /// The task was claimed, cancelled or ended by somebody else meanwhile: nothing was
    /// recorded, and the result must not be used.
    Stale,
}

impl Queue {
    /// Ends an attempt; see [`finish_many`](Self::finish_many).
    pub fn finish(&self, token: Token, done: Done, next: Option<Stage>) -> Result<Fenced> {
        let finish = Finish { token, done, next };
        let fenced = self.finish_many(vec![finish])?;
        Ok(fenced.first().copied().unwrap_or(Fenced::Stale))
    }

    /// Ends attempts: the fixes wait to land, the questions are raised, those of
    /// committed content whose cause is gone resolve themselves, and the tasks of the
    /// next stages come in, all in one transaction. The answers are in the order of the
    /// ends.
    ///
    /// A fix of content that has been committed again meanwhile is recorded as
    /// superseded, and the waiting task takes over what it was for.
    pub fn finish_many(&self, mut ends: Vec<Finish>) -> Result<Vec<Fenced>> {
        // Compressed here, not in the transaction in which others wait.
        let packed: Vec<Option<Vec<u8>>> = ends
            .iter_mut()
            .map(|end| match &mut end.done {
                Done::Fixed(fix) => {
                    let after = std::mem::take(&mut fix.after);
                    Some(lz4_flex::compress_prepend_size(&after))
                }
                _ => None,
            })
            .collect();
        let fenced = self.write(move |work| {
            let fenced = ends
                .into_iter()
                .zip(packed)
                .map(|(end, packed)| work.finish(end, packed))
                .collect();
            crash::point("queue.finish");
            fenced
        })?;
        crash::point("queue.finished");
        Ok(fenced)
    }

    /// Gives a task back that cannot be done now, with the attempt. It is ready again
    /// at a time; without one, when [`wake_deferred`](Self::wake_deferred) or a change
    /// of the file comes.
    pub fn defer(&self, token: Token, reason: &str, until_ms: Option<i64>) -> Result<Fenced> {
        let reason = tail(reason).to_owned();
        self.write(move |work| {
            let Some(task) = work.running(token)? else {
                return Ok(Fenced::Stale);
            };
            work.attempted(&task, AttemptOutcome::Deferred, None)?;
            let back = Back::Deferred {
                reason: reason.clone(),
                until_ms,
            };
            let attempt = task.attempt.saturating_sub(1);
            if work.put_back(&task, &back, attempt, task.crashes)? {
                work.record(Event::TaskDeferred {
                    task: token.task,
                    path: task.path,
                    stage: task.stage,
                    reason,
                    until_ms,
                });
            }
            Ok(Fenced::Done)
        })
    }
}

impl Work<'_> {
    fn finish(&mut self, end: Finish, packed: Option<Vec<u8>>) -> Result<Fenced> {
        let Some(task) = self.running(end.token)? else {
            return Ok(Fenced::Stale);
        };
        let committed = task.content.cause.is_committed();
        let mut fixes = 0;
        let mut questions = 0;
        let mut previous = task.content.previous;
        let outcome = match end.done {
            Done::Superseded => {
                self.attempted(&task, AttemptOutcome::Superseded, None)?;
                self.superseded(&task)?;
                return Ok(Fenced::Done);
            }
            Done::Clean => {
                if committed {
                    self.resolve_absent(&task.path, task.stage, &[])?;
                }
                AttemptOutcome::Clean
            }
            Done::Asked(asked) => {
                questions = asked.len();
                if committed {
                    self.resolve_absent(&task.path, task.stage, &asked)?;
                }
                self.raise(asked)?;
                AttemptOutcome::Asked
            }
            Done::Fixed(mut fix) => {
                let asked = std::mem::take(&mut fix.asked);
                questions = asked.len();
                fixes = total(&fix.counts);
                if committed {
                    self.resolve_absent(&task.path, task.stage, &asked)?;
                }
                self.raise(asked)?;
                if let Some(newer) = self.newer_commit(&task.path, task.stage)? {
                    tracing::debug!(task = %task.token.task, %newer, "fixed too late");
                    self.keep_fix(&task, &fix, &packed.unwrap_or_default(), false)?;
                    self.attempted(&task, AttemptOutcome::Superseded, None)?;
                    self.superseded(&task)?;
                    return Ok(Fenced::Done);
                }
                previous = Some(self.keep_fix(&task, &fix, &packed.unwrap_or_default(), true)?);
                AttemptOutcome::Fixed
            }
        };
        self.attempted(&task, outcome, None)?;
        self.tx
            .prepare_cached(
                "UPDATE tasks SET state = 4, outcome = ?3, ended = ?4, lease_until = NULL
                 WHERE id = ?1 AND epoch = ?2 AND state = 1",
            )?
            .execute(params![
                task.token.task,
                task.token.epoch,
                outcome.number(),
                self.now
            ])?;
        self.record(Event::TaskCompleted {
            task: task.token.task,
            path: task.path.clone(),
            stage: task.stage,
            worker: task.worker.clone(),
            outcome: outcome.name().to_owned(),
            ms: self.now - task.started,
            fixes,
            questions: u32::try_from(questions).unwrap_or(u32::MAX),
        });
        if let Some(stage) = end.next {
            self.follow(task, stage, previous)?;
        }
        Ok(Fenced::Done)
    }

    /// The task of the next stage, for the same content and in the same burst.
    fn follow(&mut self, task: Running, stage: Stage, previous: Option<FixId>) -> Result<()> {
        self.enqueue(Incoming {
            stage,
            path: task.path,
            content: Content {
                previous,
                ..task.content
            },
            burst: task.burst,
            run_at: self.now,
            origin: None,
        })?;
        Ok(())
    }

    /// Keeps a fix: to land, or only as history. An older one of the same file and
    /// stage that waits is superseded, and what it was for is the newer one's, too.
    fn keep_fix(
        &mut self,
        task: &Running,
        fix: &NewFix,
        packed: &[u8],
        lands: bool,
    ) -> Result<FixId> {
        if lands {
            self.supersede_fix(fix)?;
        }
        let counts = serde_json::to_string(&fix.counts)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))?;
        // A save was written in place and never lands.
        let (state, ended) = match (lands, task.content.cause) {
            (false, _) => (4, Some(self.now)),
            (true, Cause::Save) => (5, Some(self.now)),
            (true, _) => (0, None),
        };
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO fixes (worktree, path, stage, state, reason, task, worker, burst,
                    tip, base, before, after, counts, classes, ms, commits, made, ended)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                    ?17, ?18)",
            )?
            .insert(params![
                self.worktree,
                Sql(&fix.path),
                Sql(fix.stage),
                state,
                (state == 5).then_some("written in place after a save"),
                fix.task,
                fix.worker,
                fix.burst,
                Sql(fix.tip),
                task.content.base.map(Sql),
                Sql(fix.before),
                packed,
                counts,
                class_bits(&fix.classes),
                fix.ms,
                Sql(fix.commits.as_slice()),
                self.now,
                ended,
            ])?;
        Ok(FixId(id))
    }

    fn supersede_fix(&mut self, newer: &NewFix) -> Result<()> {
        let ended: Vec<FixId> = self
            .tx
            .prepare_cached(
                "UPDATE fixes SET state = 4, ended = ?4
                 WHERE worktree = ?1 AND path = ?2 AND stage = ?3 AND state IN (0, 1, 2)
                 RETURNING id",
            )?
            .query_map(
                params![self.worktree, Sql(&newer.path), Sql(newer.stage), self.now],
                |row| row.get(0),
            )?
            .collect::<rusqlite::Result<_>>()?;
        for fix in ended {
            self.record(Event::FixDropped {
                fix,
                path: newer.path.clone(),
                stage: newer.stage,
                reason: "there is a newer fix".to_owned(),
            });
        }
        Ok(())
    }
}
