//! How a question ended, and what is kept of it for the next one like it. Pure.

use serde::{Deserialize, Serialize};

use crate::queue::EscalationId;
use crate::repo::RepoPath;

/// How a question ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Its patch was put into the file.
    Applied,
    /// A comment suppresses the finding.
    Suppressed,
    /// A person said that it is dealt with.
    Resolved,
    /// Its cause went, by a commit.
    Gone,
    /// A person did not want to hear of it.
    Dismissed,
}

impl Ending {
    /// As people read it, after "it was".
    pub fn told(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Suppressed => "suppressed",
            Self::Resolved => "resolved",
            Self::Gone => "fixed by a commit",
            Self::Dismissed => "dismissed",
        }
    }
}

/// A past case: a question that has ended, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Precedent {
    /// The question that it was.
    pub escalation: EscalationId,
    /// The rule.
    pub rule: String,
    /// The file.
    pub path: RepoPath,
    /// The enclosing function or class; empty at the top of a module.
    pub symbol: String,
    /// What the tool said.
    pub message: String,
    /// The lines around the place, as they were.
    pub code: String,
    /// How it ended.
    pub ending: Ending,
    /// What a person wrote about it.
    pub note: Option<String>,
    /// What was changed at the place, as a unified diff.
    pub patch: Option<String>,
    /// When it ended, in milliseconds since the epoch.
    pub at_ms: i64,
}

impl Precedent {
    /// One line of it, not made safe for a terminal; `age` is how long ago it ended, as
    /// `3 d`.
    pub fn told(&self, age: &str) -> String {
        let note = self.note.as_deref().and_then(|note| note.lines().next());
        let note = note.map(|note| format!(": {note}")).unwrap_or_default();
        format!(
            "like #{} in {}, {} {age} ago{note}",
            self.escalation,
            self.path,
            self.ending.told(),
        )
    }
}
