//! Workers that are not hive's own: registered, given work, heard of, gone.

use std::time::Duration;

use super::error::{ClientError, Result};
use super::{Client, ErrorClass, TaskId, WorkerRow};
use crate::clock;
use crate::process::table;
use crate::queue::{AfterFailure, Claimed, Done, Fenced, Finish, Owner, Token};
use crate::schedule::Stage;

/// The workers of a repository that are not hive's own.
#[derive(Debug)]
pub struct Workers<'c> {
    pub(super) client: &'c Client,
}

impl Workers<'_> {
    /// Registers a worker of this process for a kind of work. One that was registered under
    /// the name before is replaced: it is the same worker, come back. It is an error if the
    /// name is one of hive's own workers', whether there is one now or not.
    pub fn register(&self, name: &str, kind: &str) -> Result<Worker> {
        let queue = self.client.queue();
        let is_own = [Stage::Qa, Stage::Golden].into_iter().any(|stage| {
            let number = name.rsplit_once('-').and_then(|(_, it)| it.parse().ok());
            number.is_some_and(|number| stage.worker(number) == name)
        });
        if is_own {
            return Err(ClientError::Own(name.to_owned()));
        }
        queue.register(name, kind, std::process::id())?;
        Ok(Worker {
            client: self.client.clone(),
            name: name.to_owned(),
            kind: kind.to_owned(),
            owner: Owner {
                boot: table::boot_id(),
                instance: format!("{name}-{}-{}", std::process::id(), clock::wall_ms()),
            },
        })
    }

    /// Those that are registered and have not gone, by age.
    pub fn active(&self) -> Result<Vec<WorkerRow>> {
        let all = self.client.queue().workers()?.into_iter();
        Ok(all
            .filter(|row| row.stage == Stage::External && row.ended_ms.is_none())
            .collect())
    }

    /// One by its name, gone ones included; `None` if there is none.
    pub fn get(&self, name: &str) -> Result<Option<WorkerRow>> {
        let found = self.client.queue().worker(name)?;
        Ok(found.filter(|row| row.stage == Stage::External))
    }

    /// Writes down that one has gone: another process may do so for one that is dead. What
    /// it has is given to another when its lease has run out.
    pub fn unregister(&self, name: &str, reason: &str) -> Result<()> {
        if self.get(name)?.is_none() {
            return Err(ClientError::NoWorker(name.to_owned()));
        }
        let queue = self.client.queue();
        Ok(queue.worker_ended(name, Stage::External, reason)?)
    }
}

/// A worker of this process, registered for a kind of work.
#[derive(Debug, Clone)]
pub struct Worker {
    client: Client,
    name: String,
    kind: String,
    owner: Owner,
}

/// A task that a worker has, until its lease ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    claimed: Claimed,
}

impl Assignment {
    /// The task.
    pub fn task(&self) -> TaskId {
        self.claimed.token.task
    }

    /// What it is about.
    pub fn subject(&self) -> &str {
        let path = self.claimed.path.as_str();
        path.split_once(':').map_or(path, |(_, subject)| subject)
    }

    /// What the worker is told.
    pub fn payload(&self) -> Option<&str> {
        self.claimed.errand.as_ref()?.payload.as_deref()
    }

    /// Which attempt this is, counted from 1.
    pub fn attempt(&self) -> u32 {
        self.claimed.attempt
    }
}

impl Worker {
    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next task of its kind, with a lease of so long; `None` if none is ready. The
    /// attempt is counted with the claim.
    pub fn next(&self, lease: Duration) -> Result<Option<Assignment>> {
        Ok(self.claim(1, lease)?.pop())
    }

    /// At most so many at once.
    pub fn claim(&self, most: usize, lease: Duration) -> Result<Vec<Assignment>> {
        let queue = self.client.queue();
        let claimed = queue.claim_kind(&self.kind, &self.name, &self.owner, most, lease)?;
        Ok(claimed
            .into_iter()
            .map(|claimed| Assignment { claimed })
            .collect())
    }

    /// Shows that the worker is alive, and extends the leases of what it has from now.
    /// Returns those that are its own no longer: their results would be refused.
    pub fn heartbeat(&self, having: &[Assignment], lease: Duration) -> Result<Vec<TaskId>> {
        let queue = self.client.queue();
        let tokens: Vec<Token> = having.iter().map(|one| one.claimed.token).collect();
        queue.worker_beat(
            &self.name,
            Stage::External,
            tokens.first().map(|it| it.task),
        )?;
        Ok(queue.renew(&tokens, lease)?)
    }

    /// It is done, with what is to be kept of it. What waited for it can begin.
    pub fn finish(&self, assignment: &Assignment, result: Option<&str>) -> Result<()> {
        let done = Done::Served(result.map(str::to_owned));
        let token = assignment.claimed.token;
        match self.client.queue().finish(token, done, None)? {
            Fenced::Done => Ok(()),
            Fenced::Stale => Err(ClientError::Lost(token.task)),
        }
    }

    /// Several at once, all in one transaction. Returns those that were not its own any
    /// more, whose results are not recorded.
    pub fn finish_all(&self, ends: &[(&Assignment, Option<&str>)]) -> Result<Vec<TaskId>> {
        let finishes = ends.iter().map(|(one, result)| Finish {
            token: one.claimed.token,
            done: Done::Served(result.map(str::to_owned)),
            next: None,
        });
        let fenced = self.client.queue().finish_many(finishes.collect())?;
        let stale = ends.iter().zip(fenced);
        Ok(stale
            .filter(|(_, fenced)| *fenced == Fenced::Stale)
            .map(|((one, _), _)| one.task())
            .collect())
    }

    /// It failed. A permanent failure is final; others are tried again after a while, as
    /// long as there are attempts left. `true` if another attempt follows.
    pub fn fail(&self, assignment: &Assignment, class: ErrorClass, message: &str) -> Result<bool> {
        let token = assignment.claimed.token;
        match self.client.queue().fail(token, class, None, message)? {
            AfterFailure::Retry { .. } => Ok(true),
            AfterFailure::Dead | AfterFailure::Superseded => Ok(false),
            AfterFailure::Stale => Err(ClientError::Lost(token.task)),
        }
    }

    /// It cannot be done before a time, in milliseconds since the epoch. No attempt is lost.
    pub fn defer(&self, assignment: &Assignment, reason: &str, until_ms: i64) -> Result<()> {
        let token = assignment.claimed.token;
        let queue = self.client.queue();
        match queue.defer(token, reason, Some(until_ms))? {
            Fenced::Done => Ok(()),
            Fenced::Stale => Err(ClientError::Lost(token.task)),
        }
    }

    /// Gives work back without a lost attempt, as a worker does that stops.
    pub fn release(&self, having: &[Assignment]) -> Result<()> {
        let tokens: Vec<Token> = having.iter().map(|one| one.claimed.token).collect();
        Ok(self.client.queue().release(&tokens)?)
    }

    /// Writes down that it goes.
    pub fn unregister(self, reason: &str) -> Result<()> {
        let queue = self.client.queue();
        Ok(queue.worker_ended(&self.name, Stage::External, reason)?)
    }
}
