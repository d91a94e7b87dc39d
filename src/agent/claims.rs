//! The tasks that this agent has claimed, from the claim to the end that is written down.

use std::collections::HashMap;
use std::time::Duration;

use crate::clock;
use crate::queue::{Claimed, Done, Fenced, Finish, Queue, QueueError, Token, ToolId};
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// How long a claim lasts without a sign of life.
pub(super) const LEASE: Duration = Duration::from_secs(30);

/// How far off a task may be that a drain waits for, in milliseconds: any that is tried
/// again. Who asks for work tomorrow has it done by whoever is at work then.
const SOON_MS: i64 = 60_000;

/// A claimed task, from the claim to its end.
pub(super) struct Claim {
    pub(super) claimed: Claimed,
    /// Who works on it, once that is known.
    pub(super) worker: Option<String>,
    /// The programs that take part.
    pub(super) tools: Vec<ToolId>,
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
    /// When the queue last heard of what is at work, by the wall clock.
    heard_ms: i64,
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
            heard_ms: 0,
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
        let soon = clock::wall_ms().saturating_add(SOON_MS);
        self.at_work.is_empty() && self.waiting == 0 && self.next_ms.is_none_or(|at| at > soon)
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

    /// Notes that a task has been claimed now.
    pub(super) fn claimed(&mut self, id: u64, claim: Claim) {
        if self.at_work.is_empty() {
            self.heard_ms = clock::wall_ms();
        }
        self.at_work.insert(id, claim);
    }

    /// Whether leases may have run out although nobody is dead. They do so by the wall
    /// clock, which goes on while the machine sleeps or this process is stopped.
    pub(super) fn was_asleep(&self, wall_ms: i64) -> bool {
        let ago = Duration::from_millis(wall_ms.abs_diff(self.heard_ms));
        self.is_busy() && ago > LEASE / 2
    }

    pub(super) fn beat(&mut self, queue: &Queue) -> Result<(), QueueError> {
        self.heard_ms = clock::wall_ms();
        queue.heartbeat(&self.tokens(), LEASE)
    }

    /// Gives everything back: another agent will do it.
    pub(super) fn release(&mut self, queue: &Queue) -> Result<(), QueueError> {
        let tokens = self.tokens();
        self.at_work.clear();
        queue.release(&tokens)
    }
}
