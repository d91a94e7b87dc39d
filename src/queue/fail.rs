//! Ending an attempt badly: another one, or a dead letter.

use rusqlite::params;

use super::attempts::{AttemptOutcome, Error};
use super::claim::Token;
use super::codec::Sql;
use super::errands::Ended;
use super::error::Result;
use super::handle::Queue;
use super::moves::{Back, Running};
use super::task::{ErrorClass, ToolId, tail};
use super::writer::Work;
use crate::journal::Event;
use crate::schedule::backoff;

/// How many crashes of its worker end a task.
const CRASHES: u32 = 2;

/// How many attempts end a task if the last one ended with the agent itself. More than
/// the usual: the agent dies with a batch of files in its hands, and of a reboot or a
/// full memory rather than of one of them.
const FALLS: u32 = 8;

/// What follows a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterFailure {
    /// Another attempt, at a time in milliseconds since the epoch.
    Retry {
        /// When.
        at_ms: i64,
    },
    /// No other: it is a dead letter.
    Dead,
    /// A newer task of the file waits and has taken it over.
    Superseded,
    /// The claim is not valid any more; nothing was recorded.
    Stale,
}

impl Queue {
    /// Ends an attempt with an error. The class decides what follows: a permanent one
    /// is final until the content changes, so is the second crash of a worker; others
    /// are tried again, one step more urgent, after a backoff with jitter, as long as
    /// there are attempts left.
    pub fn fail(
        &self,
        token: Token,
        class: ErrorClass,
        tool: Option<ToolId>,
        message: &str,
    ) -> Result<AfterFailure> {
        let message = tail(message).to_owned();
        self.write("queue.fail", move |work| {
            let Some(task) = work.running(token)? else {
                return Ok(AfterFailure::Stale);
            };
            let error = Error {
                class,
                message: &message,
                tool: tool.as_ref(),
            };
            work.failed(&task, AttemptOutcome::Failed, &error)
        })
    }
}

impl Work<'_> {
    /// A lease ran out: nobody has said what happened.
    pub(super) fn expired(&mut self, task: &Running) -> Result<AfterFailure> {
        let error = Error {
            class: ErrorClass::Timeout,
            message: "the worker was not heard of within its lease",
            tool: None,
        };
        self.failed(task, AttemptOutcome::Expired, &error)
    }

    /// The agent died while the task ran.
    pub(super) fn died(&mut self, task: &Running) -> Result<AfterFailure> {
        let error = Error {
            class: ErrorClass::Crash,
            message: "hive ended while the task ran",
            tool: None,
        };
        self.failed(task, AttemptOutcome::Died, &error)
    }

    fn failed(
        &mut self,
        task: &Running,
        outcome: AttemptOutcome,
        error: &Error<'_>,
    ) -> Result<AfterFailure> {
        self.attempted(task, outcome, Some(error))?;
        let fell = outcome == AttemptOutcome::Died;
        let crashes = task.crashes + u32::from(error.class == ErrorClass::Crash && !fell);
        let last = match error.class {
            _ if fell => task.attempt >= task.max_attempts.max(FALLS),
            ErrorClass::Permanent => true,
            ErrorClass::Crash => crashes >= CRASHES || task.attempt >= task.max_attempts,
            ErrorClass::Transient | ErrorClass::Timeout => task.attempt >= task.max_attempts,
        };
        if last {
            self.bury(task, crashes, error)?;
            return Ok(AfterFailure::Dead);
        }
        // After the death of the whole agent the wait is long over.
        let at_ms = if fell {
            self.now
        } else {
            let delay = backoff::delay(task.attempt, seed(task.token, self.now));
            self.now + i64::try_from(delay.as_millis()).unwrap_or(0)
        };
        let back = Back::Retry {
            at_ms,
            priority: task.content.priority.raised(),
        };
        if !self.put_back(task, &back, task.attempt, crashes)? {
            return Ok(AfterFailure::Superseded);
        }
        self.record(Event::TaskFailed {
            task: task.token.task,
            path: task.path.clone(),
            stage: task.stage,
            worker: task.worker.clone(),
            class: error.class,
            message: error.message.to_owned(),
            retry_at_ms: at_ms,
        });
        Ok(AfterFailure::Retry { at_ms })
    }

    /// Makes a dead letter of a running task.
    fn bury(&mut self, task: &Running, crashes: u32, error: &Error<'_>) -> Result<()> {
        self.tx
            .prepare_cached(
                "UPDATE tasks SET state = 5, ended = ?3, crashes = ?4, error_class = ?5,
                    error = ?6, tool = ?7, tool_version = ?8, lease_until = NULL
                 WHERE id = ?1 AND epoch = ?2 AND state = 1",
            )?
            .execute(params![
                task.token.task,
                task.token.epoch,
                self.now,
                crashes,
                Sql(error.class),
                error.message,
                error.tool.map(|tool| &tool.tool),
                error.tool.map(|tool| &tool.version),
            ])?;
        self.record(Event::TaskDead {
            task: task.token.task,
            path: task.path.clone(),
            stage: task.stage,
            class: error.class,
            message: error.message.to_owned(),
        });
        let first = error.message.lines().next().unwrap_or_default();
        let reason = format!("task {} failed: {first}", task.token.task);
        let ended = Ended::Dead;
        self.failed_to(task.token.task, task.plan, task.dependants, ended, &reason)
    }
}

/// Differs between tasks, attempts and runs.
fn seed(token: Token, now: i64) -> u64 {
    let parts = [token.task.0, i64::from(token.epoch), now];
    parts.iter().fold(0, |seed: u64, part| {
        seed.wrapping_mul(0x0000_0100_0000_01b3)
            .wrapping_add(u64::from_le_bytes(part.to_le_bytes()))
    })
}
