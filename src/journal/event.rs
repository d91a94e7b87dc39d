//! The entries, as they are stored and as they are streamed. Pure.

use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::queue::{BurstId, Cause, ErrorClass, EscalationId, FixId, LandingId, PlanId, TaskId};
use crate::repo::{Oid, RepoPath, WorktreeId};
use crate::schedule::{Priority, Stage};

/// One line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Grows with every stored entry of the repository; 0 for what is only streamed.
    pub id: i64,
    /// When, in milliseconds since the epoch.
    pub at_ms: i64,
    /// The work tree that it is about.
    pub worktree: WorktreeId,
    /// What.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "docs/events.md explains every field once")]
pub enum Event {
    /// A file is to be dealt with; `folded` into a task that waits already.
    TaskEnqueued {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        cause: Cause,
        priority: Priority,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        burst: Option<BurstId>,
        folded: bool,
    },
    /// A worker has it.
    TaskStarted {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        worker: String,
        attempt: u32,
    },
    /// It is done; `outcome` is `clean`, `fixed`, `asked` or `superseded`.
    TaskCompleted {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        worker: String,
        outcome: String,
        ms: i64,
        /// How many findings were fixed.
        fixes: u32,
        /// How many questions it leaves.
        questions: u32,
    },
    /// An attempt failed, and another will be made.
    TaskFailed {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        worker: String,
        class: ErrorClass,
        message: String,
        retry_at_ms: i64,
    },
    /// It cannot be done now; no attempt was spent.
    TaskDeferred {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        reason: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until_ms: Option<i64>,
    },
    /// It waits again, without a lost attempt: the agent stops.
    TaskReleased {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
    },
    /// No further attempt will be made.
    TaskDead {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        class: ErrorClass,
        message: String,
    },
    /// A newer task of the file has taken its place.
    TaskSuperseded {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
    },
    /// A person does not want it; with a `reason`, what it waited for did not end well.
    TaskCancelled {
        task: TaskId,
        path: RepoPath,
        stage: Stage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// These waited for `by` alone and wait no longer.
    TasksUnblocked { by: TaskId, tasks: Vec<TaskId> },
    /// A plan has another status, or is new.
    PlanChanged {
        plan: PlanId,
        name: String,
        status: String,
    },
    /// A worker process runs.
    WorkerRegistered {
        worker: String,
        stage: Stage,
        pid: u32,
    },
    /// It works. Streamed, not stored.
    WorkerHeartbeat {
        worker: String,
        stage: Stage,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<TaskId>,
    },
    /// It is gone.
    WorkerEnded {
        worker: String,
        stage: Stage,
        reason: String,
    },
    /// The number of workers of a stage changes.
    Scaled {
        stage: Stage,
        from: usize,
        to: usize,
        waiting: usize,
    },
    /// A circuit breaker changed its state.
    Breaker {
        tool: String,
        version: String,
        state: String,
    },
    /// Why something was not fixed in a file.
    Noted {
        task: TaskId,
        path: RepoPath,
        message: String,
    },
    /// A file was fixed in place after a save.
    SaveFixed {
        path: RepoPath,
        task: TaskId,
        worker: String,
        fixes: u32,
    },
    /// Files became part of the person's own commit as hive lays them out. Written down
    /// when the hook has gone on, so perhaps after the commit.
    Tidied {
        paths: Vec<RepoPath>,
        worker: String,
        fixes: u32,
        /// How long the index was locked, in microseconds.
        held_us: u64,
    },
    /// Commits were published.
    Landed {
        landing: LandingId,
        reference: String,
        mode: String,
        kind: String,
        commits: Vec<Oid>,
        files: usize,
        /// What was rewritten, each path once, in order; of many only the first.
        #[serde(default)]
        paths: Vec<RepoPath>,
        fixes: u32,
        tip_before: Oid,
        /// How long the index was locked, in microseconds.
        #[serde(default)]
        held_us: u64,
    },
    /// A fix waits for something.
    LandingDeferred {
        fix: FixId,
        path: RepoPath,
        stage: Stage,
        reason: String,
    },
    /// A fix waits for a person.
    Held {
        fix: FixId,
        path: RepoPath,
        stage: Stage,
        reason: String,
    },
    /// A fix will not land.
    FixDropped {
        fix: FixId,
        path: RepoPath,
        stage: Stage,
        reason: String,
    },
    /// A person amended a commit of hive's: theirs from now on.
    Reowned { commit: Oid, by: Oid },
    /// A person said no to a fix.
    Declined {
        path: RepoPath,
        rule: String,
        how: String,
    },
    /// A landing was taken back.
    Undone { landing: LandingId, commit: Oid },
    /// There is a question.
    EscalationRaised {
        escalation: EscalationId,
        path: RepoPath,
        stage: Stage,
        rule: String,
        level: Level,
        line: u32,
        reason: String,
    },
    /// It has an end: `state` is `resolved`, `dismissed`, `snoozed` or `open` (again).
    EscalationChanged {
        escalation: EscalationId,
        path: RepoPath,
        rule: String,
        state: String,
    },
    /// Somebody works on a file, or on those below a directory: hive leaves them alone.
    Leased { path: RepoPath, until_ms: i64 },
    /// And has done with it before that time.
    LeaseReleased { path: RepoPath },
    /// Why the queue waits; nothing if it does not.
    Gate { reason: Option<String> },
    /// A person paused the queue.
    Paused { reason: String },
    /// And resumed it.
    Resumed,
    /// Interrupted work was put back.
    Recovered { ready: usize, dead: usize },
    /// The agent runs.
    AgentStarted { pid: u32, mode: String },
    /// The agent ends.
    AgentStopped { reason: String },
    /// Settings changed while it runs.
    SettingsReloaded { changed: Vec<String> },
    /// Everything was looked at again.
    Rescan { reason: String },
    /// Something went wrong that stops nothing.
    Problem { message: String },
}

impl Event {
    /// Whether it is kept; what is not is only streamed.
    pub fn is_stored(&self) -> bool {
        !matches!(self, Self::WorkerHeartbeat { .. })
    }

    /// The task that it is about.
    pub fn task(&self) -> Option<TaskId> {
        match self {
            Self::TaskEnqueued { task, .. }
            | Self::TaskStarted { task, .. }
            | Self::TaskCompleted { task, .. }
            | Self::TaskFailed { task, .. }
            | Self::TaskDeferred { task, .. }
            | Self::TaskReleased { task, .. }
            | Self::TaskDead { task, .. }
            | Self::TaskSuperseded { task, .. }
            | Self::TaskCancelled { task, .. }
            | Self::Noted { task, .. }
            | Self::SaveFixed { task, .. } => Some(*task),
            Self::TasksUnblocked { by, .. } => Some(*by),
            Self::WorkerHeartbeat { task, .. } => *task,
            _ => None,
        }
    }
}
