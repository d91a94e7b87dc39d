//! Ending an attempt well.

use rusqlite::{CachedStatement, OptionalExtension, params};

use super::attempts::{ATTEMPT, AttemptOutcome, attempted};
use super::claim::Token;
use super::content::Content;
use super::error::Result;
use super::fix::{NewFix, total};
use super::handle::Queue;
use super::ids::FixId;
use super::moves::{Back, Incoming, RUNNING, Running, running};
use super::task::tail;
use super::writer::Work;
use crate::crash;
use crate::escalation::Question;
use crate::journal::Event;
use crate::schedule::Stage;

/// How soon a task that stands for itself is tried again after its content has changed,
/// in milliseconds.
const AGAIN_MS: i64 = 500;

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
    /// A worker that is not hive's own has done it, with this answer.
    Served(Option<String>),
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
        let (mut saved, mut served) = (None, None);
        let (outcome, mut asked, fix) = match end.done {
            Done::Superseded => return self.finish_in_vain(end.token, None),
            Done::Clean => (AttemptOutcome::Clean, Vec::new(), None),
            Done::Saved { fixes } => {
                saved = Some(fixes);
                (AttemptOutcome::Fixed, Vec::new(), None)
            }
            Done::Asked(asked) => (AttemptOutcome::Asked, asked, None),
            Done::Served(result) => {
                served = result;
                (AttemptOutcome::Served, Vec::new(), None)
            }
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
        if let Some(result) = served {
            self.answer(task.token.task, &result)?;
        }
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
        self.met(task.token.task, task.plan, task.dependants)?;
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
        if task.is_own {
            self.once_more(&task)?;
        } else {
            self.superseded(&task)?;
        }
        Ok(Fenced::Done)
    }

    /// Puts a task back that stands for itself and was done with content that no longer
    /// counts: the step of a plan is not done by that. It lets the newer content go first.
    fn once_more(&mut self, task: &Running) -> Result<()> {
        let reason = "the file was committed again meanwhile".to_owned();
        let until_ms = Some(self.now + AGAIN_MS);
        let back = Back::Deferred {
            reason: reason.clone(),
            until_ms,
        };
        let attempt = task.attempt.saturating_sub(1);
        if self.put_back(task, &back, attempt, task.crashes)? {
            self.record(Event::TaskDeferred {
                task: task.token.task,
                path: task.path.clone(),
                stage: task.stage,
                reason,
                until_ms,
            });
        }
        Ok(())
    }

    /// Raises what a task asks, and resolves what committed content asks no more. A step of
    /// a plan looks for something of its own: what it does not ask says nothing about
    /// other questions.
    fn put_questions(&mut self, task: &Running, asked: Vec<Question>) -> Result<()> {
        if !task.is_own && task.content.cause.is_committed() && self.any_asked()? {
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
}
