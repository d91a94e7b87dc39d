//! A fix, from its making to its landing. Pure.

use serde::{Deserialize, Serialize};

use super::ids::{BurstId, FixId, LandingId, TaskId};
use crate::escalation::Question;
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;

/// What a fix does to the code, the mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FixClass {
    /// The syntax tree is equal.
    Same,
    /// The linter calls it safe.
    Linter,
    /// A Golden Rule changed the code.
    Golden,
}

impl FixClass {
    /// All classes.
    pub const ALL: [Self; 3] = [Self::Same, Self::Linter, Self::Golden];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Linter => "linter",
            Self::Golden => "golden",
        }
    }
}

/// How often a rule was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixCount {
    /// The code of the rule, or `format`.
    pub code: String,
    /// Its class.
    pub class: FixClass,
    /// How often.
    pub count: u32,
}

/// A fix that a worker has made of committed content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFix {
    /// The file.
    pub path: RepoPath,
    /// The stage.
    pub stage: Stage,
    /// The task.
    pub task: TaskId,
    /// The worker.
    pub worker: String,
    /// The intake pass.
    pub burst: Option<BurstId>,
    /// The commit whose content it is about.
    pub tip: Oid,
    /// The content that it was made of.
    pub before: Oid,
    /// The fixed content.
    pub after: Vec<u8>,
    /// What was done, by rule.
    pub counts: Vec<FixCount>,
    /// The classes of what was done.
    pub classes: Vec<FixClass>,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// The commits that it is for.
    pub commits: Vec<Oid>,
    /// Questions about what remains; they are recorded with the fix.
    pub asked: Vec<Question>,
}

/// Where a fix stands that has not landed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum WaitingState {
    /// It can land.
    Ready,
    /// It waits for something to change.
    Deferred {
        /// For what.
        reason: String,
        /// What was there when it was tried last; tried again when that differs.
        seen: String,
    },
    /// It waits for a person.
    Held {
        /// Why.
        reason: String,
    },
}

/// A fix that has not landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFix {
    /// Its id.
    pub id: FixId,
    /// The file.
    pub path: RepoPath,
    /// The stage.
    pub stage: Stage,
    /// Where it stands.
    pub state: WaitingState,
    /// The task.
    pub task: TaskId,
    /// The worker.
    pub worker: String,
    /// The intake pass.
    pub burst: Option<BurstId>,
    /// The commit whose content it is about.
    pub tip: Oid,
    /// The oldest commit that the work compared with.
    pub base: Option<Oid>,
    /// The content that it was made of.
    pub before: Oid,
    /// The fixed content.
    pub after: Vec<u8>,
    /// What was done, by rule.
    pub counts: Vec<FixCount>,
    /// The classes of what was done.
    pub classes: Vec<FixClass>,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// The commits that it is for.
    pub commits: Vec<Oid>,
    /// When it was made, in milliseconds since the epoch.
    pub made_ms: i64,
}

/// Where a fix stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum FixState {
    /// It can land.
    Ready,
    /// It waits for something to change.
    Deferred {
        /// For what.
        reason: String,
    },
    /// It waits for a person.
    Held {
        /// Why.
        reason: String,
    },
    /// It has landed.
    Landed {
        /// With what.
        landing: LandingId,
        /// In which commit, if its stage has one.
        commit: Option<Oid>,
        /// When, in milliseconds since the epoch.
        ended_ms: i64,
    },
    /// A newer fix or task has taken its place.
    Superseded {
        /// When.
        ended_ms: i64,
    },
    /// It will not land.
    Dropped {
        /// Why.
        reason: String,
        /// When.
        ended_ms: i64,
    },
}

impl FixState {
    /// The name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Deferred { .. } => "deferred",
            Self::Held { .. } => "held",
            Self::Landed { .. } => "landed",
            Self::Superseded { .. } => "superseded",
            Self::Dropped { .. } => "dropped",
        }
    }
}

/// A fix as history knows it, without its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// Its id.
    pub id: FixId,
    /// The file.
    pub path: RepoPath,
    /// The stage.
    pub stage: Stage,
    /// Where it stands.
    #[serde(flatten)]
    pub state: FixState,
    /// The task.
    pub task: TaskId,
    /// The worker.
    pub worker: String,
    /// The commit whose content it is about.
    pub tip: Oid,
    /// The content that it was made of.
    pub before: Oid,
    /// What was done, by rule.
    pub counts: Vec<FixCount>,
    /// The classes of what was done.
    pub classes: Vec<FixClass>,
    /// How long it took, in milliseconds.
    pub ms: i64,
    /// The commits that it is for.
    pub commits: Vec<Oid>,
    /// When it was made, in milliseconds since the epoch.
    pub made_ms: i64,
}

/// How many findings these counts are.
pub(super) fn total(counts: &[FixCount]) -> u32 {
    counts
        .iter()
        .fold(0, |sum, count| sum.saturating_add(count.count))
}
