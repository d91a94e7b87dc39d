//! Ending an attempt well.

use rusqlite::{CachedStatement, OptionalExtension, params};

use super::attempts::{ATTEMPT, AttemptOutcome, attempted};
use super::claim::Token;
use super::codec::{Sql, class_bits};
use super::content::Content;
use super::error::Result;
use super::fix::{NewFix, total};
use super::handle::Queue;
use super::ids::FixId;
use super::moves::{Back, Incoming, RUNNING, Running, running};
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
    /// A saved file was fixed in place.
    Saved {
        /// How many findings were fixed.
        fixes: u32,
    },
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
        self.write("queue.finish", move |work| {
            let mut statements = Statements::new(work)?;
            ends.into_iter()
                .zip(packed)
                .map(|(end, packed)| work.finish(&mut statements, end, packed))
                .collect()
        })
    }

    /// Gives a task back that cannot be done now, with the attempt. It is ready again
    /// at a time; without one, when [`wake_deferred`](Self::wake_deferred) or a change
    /// of the file comes.
    pub fn defer(&self, token: Token, reason: &str, until_ms: Option<i64>) -> Result<Fenced> {
        let reason = tail(reason).to_owned();
        self.write("queue.defer", move |work| {
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

/// What every end runs, looked up once for all ends of an operation.
struct Statements<'t> {
    /// Ends a running task and returns it.
    end: CachedStatement<'t>,
    attempt: CachedStatement<'t>,
}

impl<'t> Statements<'t> {
    fn new(work: &Work<'t>) -> Result<Self> {
        // Whose claim it was is of no more use, and what is short is read faster.
        let fence = if crash::off("fencing") {
            "?2 = ?2"
        } else {
            "epoch = ?2"
        };
        let end = format!(
            "UPDATE tasks SET state = 4, outcome = ?4, ended = ?5, lease_until = NULL,
                boot = NULL, instance = NULL
             WHERE id = ?1 AND {fence} AND worktree = ?3 AND state = 1
             RETURNING {RUNNING}"
        );
        Ok(Self {
            end: work.tx.prepare_cached(&end)?,
            attempt: work.tx.prepare_cached(ATTEMPT)?,
        })
    }

    /// Ends a task well; `None` if the token is stale.
    fn end(
        &mut self,
        work: &Work<'_>,
        token: Token,
        outcome: AttemptOutcome,
    ) -> Result<Option<Running>> {
        let ended = self.end.query_row(
            params![
                token.task,
                token.epoch,
                work.worktree,
                outcome.number(),
                work.now
            ],
            running,
        );
        let Some(task) = ended.optional()? else {
            return Ok(None);
        };
        attempted(&mut self.attempt, &task, outcome, None, work.now)?;
        Ok(Some(task))
    }
}

impl Work<'_> {
    fn finish(
        &mut self,
        statements: &mut Statements<'_>,
        end: Finish,
        packed: Option<Vec<u8>>,
    ) -> Result<Fenced> {
        let mut saved = None;
        let (outcome, mut asked, fix) = match end.done {
            Done::Superseded => return self.finish_in_vain(end.token, None),
            Done::Clean => (AttemptOutcome::Clean, Vec::new(), None),
            Done::Saved { fixes } => {
                saved = Some(fixes);
                (AttemptOutcome::Fixed, Vec::new(), None)
            }
            Done::Asked(asked) => (AttemptOutcome::Asked, asked, None),
            Done::Fixed(fix) => (AttemptOutcome::Fixed, Vec::new(), Some(fix)),
        };
        let mut fix = fix.map(|fix| (fix, packed.unwrap_or_default()));
        if let Some((fix, packed)) = &mut fix {
            if let Some(newer) = self.newer_commit(&fix.path, fix.stage)? {
                tracing::debug!(task = %end.token.task, %newer, "fixed too late");
                return self.finish_in_vain(end.token, Some((fix, packed)));
            }
            asked = std::mem::take(&mut fix.asked);
        }
        let Some(task) = statements.end(self, end.token, outcome)? else {
            return Ok(Fenced::Stale);
        };
        let questions = asked.len();
        self.put_questions(&task, asked)?;
        let mut previous = task.content.previous;
        let mut fixes = saved.unwrap_or_default();
        if let Some(fixes) = saved {
            self.record(Event::SaveFixed {
                path: task.path.clone(),
                task: task.token.task,
                worker: task.worker.clone(),
                fixes,
            });
        }
        if let Some((fix, packed)) = &fix {
            fixes = total(&fix.counts);
            previous = Some(self.keep_fix(&task, fix, packed, true)?);
        }
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

    /// Ends an attempt whose result is no longer wanted: a fix is kept as history.
    fn finish_in_vain(
        &mut self,
        token: Token,
        fix: Option<(&mut NewFix, &[u8])>,
    ) -> Result<Fenced> {
        let Some(task) = self.running(token)? else {
            return Ok(Fenced::Stale);
        };
        if let Some((fix, packed)) = fix {
            self.put_questions(&task, std::mem::take(&mut fix.asked))?;
            self.keep_fix(&task, fix, packed, false)?;
        }
        self.attempted(&task, AttemptOutcome::Superseded, None)?;
        self.superseded(&task)?;
        Ok(Fenced::Done)
    }

    /// Raises what a task asks, and resolves what committed content asks no more.
    fn put_questions(&mut self, task: &Running, asked: Vec<Question>) -> Result<()> {
        if task.content.cause.is_committed() && self.any_asked()? {
            self.resolve_absent(&task.path, task.stage, &asked)?;
        }
        if !asked.is_empty() {
            self.raise(asked)?;
        }
        Ok(())
    }

    /// Whether any question of the work tree is open: in most there is none, and then
    /// none has to be looked for file by file.
    fn any_asked(&mut self) -> Result<bool> {
        if let Some(asked) = self.asked {
            return Ok(asked);
        }
        let asked = self
            .tx
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM escalations
                                WHERE worktree = ?1 AND state IN (0, 1))",
            )?
            .query_row([self.worktree], |row| row.get(0))?;
        self.asked = Some(asked);
        Ok(asked)
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
