//! A task and its states. Pure.

use serde::{Deserialize, Serialize};

use super::ids::{BurstId, FixId, PlanId, TaskId};
use crate::repo::{Oid, RepoPath};
use crate::schedule::{Priority, Source, Stage};

/// Why a file is dealt with; the strongest first. A task that has several causes
/// carries the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// A commit of the person's.
    Commit,
    /// A person asked for it.
    Person,
    /// A saved file.
    Save,
    /// A sweep over everything.
    Sweep,
}

impl Cause {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Person => "person",
            Self::Save => "save",
            Self::Sweep => "sweep",
        }
    }

    /// The same as a plan of the work sees it.
    pub(super) fn source(self) -> Source {
        match self {
            Self::Commit => Source::Commit,
            Self::Person => Source::Person,
            Self::Save => Source::Save,
            Self::Sweep => Source::Sweep,
        }
    }

    /// Whether the work is about committed content, so that its fix may land.
    pub fn is_committed(self) -> bool {
        matches!(self, Self::Commit | Self::Person | Self::Sweep)
    }
}

/// What kind of failure an attempt ended with; it decides what follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorClass {
    /// Likely to pass: a busy lock, no memory, a full disk. Tried again.
    Transient,
    /// The same content will fail again. Not tried again until it changes.
    Permanent,
    /// The worker died. The second time is the last.
    Crash,
    /// The worker did not end in time. Tried again.
    Timeout,
}

impl ErrorClass {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Transient => "transient",
            Self::Permanent => "permanent",
            Self::Crash => "crash",
            Self::Timeout => "timeout",
        }
    }
}

/// A tool and its version.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ToolId {
    /// The name, such as `ruff`.
    pub tool: String,
    /// The version, such as `0.16.4`.
    pub version: String,
}

/// How a task ended well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Nothing to do.
    Clean,
    /// There is a fix.
    Fixed,
    /// There are only questions.
    Asked,
    /// A worker that is not hive's own did what it was asked.
    Served,
}

impl Outcome {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Fixed => "fixed",
            Self::Asked => "asked",
            Self::Served => "served",
        }
    }
}

/// Why no further attempt is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The kind of the last failure.
    pub class: ErrorClass,
    /// What was said last, at most its last 4 KiB.
    pub message: String,
    /// The tool that failed.
    pub tool: Option<ToolId>,
    /// The task that has taken it up again.
    pub successor: Option<TaskId>,
}

/// Where a task stands, with the facts that exist there. Times are in milliseconds
/// since the epoch. The last four are final.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum TaskState {
    /// It can be claimed.
    Ready,
    /// A worker has it.
    Running {
        /// The name of the worker.
        worker: String,
        /// Since when.
        started_ms: i64,
        /// When the lease ends.
        lease_until_ms: i64,
    },
    /// It can be claimed at a time: it settles, or is tried again.
    Scheduled {
        /// When.
        run_at_ms: i64,
    },
    /// It cannot be done now.
    Deferred {
        /// Why.
        reason: String,
        /// When it is tried again; without, when something changes.
        until_ms: Option<i64>,
    },
    /// It waits for other tasks, or for its plan to go on.
    Blocked {
        /// For how many.
        by: u32,
    },
    /// It was done.
    Done {
        /// How it ended.
        outcome: Outcome,
        /// When.
        ended_ms: i64,
    },
    /// It failed for good.
    Dead {
        /// Why.
        letter: DeadLetter,
        /// When.
        ended_ms: i64,
    },
    /// A newer task has taken its place.
    Superseded {
        /// When.
        ended_ms: i64,
    },
    /// A person did not want it, or a task that it waited for did not end well.
    Cancelled {
        /// When.
        ended_ms: i64,
        /// Why, if not by an order about this very task.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
}

impl TaskState {
    /// The names of all states; the first eight are in the order of their numbers in the
    /// schema.
    pub const NAMES: [&'static str; 9] = [
        "ready",
        "running",
        "scheduled",
        "deferred",
        "done",
        "dead",
        "superseded",
        "cancelled",
        "blocked",
    ];

    /// The name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ready => Self::NAMES[0],
            Self::Running { .. } => Self::NAMES[1],
            Self::Scheduled { .. } => Self::NAMES[2],
            Self::Deferred { .. } => Self::NAMES[3],
            Self::Done { .. } => Self::NAMES[4],
            Self::Dead { .. } => Self::NAMES[5],
            Self::Superseded { .. } => Self::NAMES[6],
            Self::Cancelled { .. } => Self::NAMES[7],
            Self::Blocked { .. } => Self::NAMES[8],
        }
    }
}

/// A task as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// The stage.
    pub stage: Stage,
    /// The file.
    pub path: RepoPath,
    /// Where it stands.
    #[serde(flatten)]
    pub state: TaskState,
    /// Why it is there.
    pub cause: Cause,
    /// Whether a save is among the causes.
    pub saved: bool,
    /// How much it matters.
    pub priority: Priority,
    /// The commit whose content it is about.
    pub tip: Option<Oid>,
    /// The content.
    pub blob: Option<Oid>,
    /// The oldest commit that the work compares with.
    pub base: Option<Oid>,
    /// The commits that it is for.
    pub commits: Vec<Oid>,
    /// The intake pass it came with.
    pub burst: Option<BurstId>,
    /// The fix of the stage before.
    pub previous: Option<FixId>,
    /// The task that it takes up again.
    pub origin: Option<TaskId>,
    /// When its first change was seen, in milliseconds since the epoch.
    pub first_seen_ms: i64,
    /// How many changes are folded in.
    pub generation: u32,
    /// How many attempts were made.
    pub attempt: u32,
    /// How many there may be.
    pub max_attempts: u32,
    /// How often a worker died of it.
    pub crashes: u32,
    /// Whether it stands for itself, so that no change of its file folds into it.
    #[serde(default)]
    pub own: bool,
    /// How many steps of work lie before it.
    #[serde(default)]
    pub depth: u32,
    /// How many tasks wait for it, or have.
    #[serde(default)]
    pub dependants: u32,
    /// The plan that it is a step of.
    #[serde(default)]
    pub plan: Option<PlanId>,
}

/// What is kept of a long message: its last 4 KiB, from the beginning of a character.
pub(super) fn tail(message: &str) -> &str {
    const KEPT: usize = 4096;
    let mut from = message.len().saturating_sub(KEPT);
    while !message.is_char_boundary(from) {
        from += 1;
    }
    &message[from..]
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_tail_of_a_message_is_whole_characters() {
        assert_eq!(tail("short"), "short");
        let long = "ä".repeat(5_000);
        assert_eq!(tail(&long).len(), 4096);
        let odd = format!("{}x", "ä".repeat(5_000));
        assert_eq!(tail(&odd).len(), 4095);
    }
}
