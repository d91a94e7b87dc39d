//! The tasks that this agent has claimed, from the claim to the end that is written down.

use std::collections::HashMap;
use std::time::Duration;

use crate::queue::{Claimed, Done, Fenced, Finish, Queue, QueueError, Token};
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// How long a claim lasts without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// A claimed task, from the claim to its end.
pub(super) struct Claim {
    pub(super) claimed: Claimed,
    /// Who works on it, once that is known.
    pub(super) worker: Option<String>,
    /// The file as it was read, for a save.
    pub(super) snapshot: Option<crate::writing::Snapshot>,
}

/// All claimed tasks, and whether more wait.
pub(super) struct Claims {
    pub(super) at_work: HashMap<u64, Claim>,
    pub(super) waiting: usize,
    /// When the next scheduled task is due.
    pub(super) next_ms: Option<i64>,
    /// Whether a task may have been scheduled since that was found out.
    pub(super) unsure: bool,
    /// Whether an errand has ended in this look: others may have waited for it.
    pub(super) freed: bool,
    /// Ends that are written down together, with the next look at the queue.
    ends: Vec<(Finish, RepoPath)>,
}

impl Default for Claims {
    fn default() -> Self {
        Self {
            at_work: HashMap::new(),
            waiting: 0,
            next_ms: None,
            unsure: true,
            freed: false,
            ends: Vec::new(),
        }
    }
}

impl Claims {
    pub(super) fn is_busy(&self) -> bool {
        !self.at_work.is_empty()
    }

    /// Whether no task can run now and none will for a while that a drain waits for.
    pub(super) fn nothing_waits(&self) -> bool {
        self.at_work.is_empty() && self.waiting == 0 && self.next_ms.is_none()
    }

    /// Ends a task well, when the ends are written down next.
    pub(super) fn end(&mut self, claimed: &Claimed, done: Done, next: Option<Stage>) {
        let token = claimed.token;
        self.freed |= claimed.errand.is_some();
        let end = Finish { token, done, next };
        self.ends.push((end, claimed.path.clone()));
    }

    /// Writes down the ends that there are: each transaction costs about as much as a
    /// dozen tasks in it.
    pub(super) fn write_ends(&mut self, queue: &Queue) -> Result<(), QueueError> {
        if self.ends.is_empty() {
            return Ok(());
        }
        let (ends, paths): (Vec<_>, Vec<_>) = self.ends.drain(..).unzip();
        let fenced = queue.finish_many(ends)?;
        // When the next task is due was found out while these were leased.
        self.unsure |= self.at_work.is_empty();
        for (path, _) in paths
            .iter()
            .zip(fenced)
            .filter(|(_, fenced)| *fenced == Fenced::Stale)
        {
            tracing::info!(%path, "the lease was lost; the result is dropped");
        }
        Ok(())
    }

    fn tokens(&self) -> Vec<Token> {
        self.at_work
            .values()
            .map(|claim| claim.claimed.token)
            .collect()
    }

    pub(super) fn beat(&self, queue: &Queue) -> Result<(), QueueError> {
        queue.heartbeat(&self.tokens(), LEASE)
    }

    /// Gives everything back: another agent will do it.
    pub(super) fn release(&mut self, queue: &Queue) -> Result<(), QueueError> {
        let tokens = self.tokens();
        self.at_work.clear();
        queue.release(&tokens)
    }
}
