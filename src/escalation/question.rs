//! A question and its state. Pure.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::queue::{EscalationId, TaskId};
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Good to know.
    Info,
    /// Worth a look.
    Warning,
    /// Fails `hive check`.
    Error,
    /// Always asks.
    Critical,
}

impl Level {
    /// All levels, the mildest first.
    pub const ALL: [Self; 4] = [Self::Info, Self::Warning, Self::Error, Self::Critical];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no level.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no level: say info, warning, error or critical")]
pub struct NoLevel(String);

impl FromStr for Level {
    type Err = NoLevel;

    fn from_str(text: &str) -> Result<Self, NoLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| NoLevel(text.to_owned()))
    }
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The rule of a tool (`F401`), or what happened in hive (`conflict`, `crash`).
    pub rule: String,
    /// How bad it is.
    pub level: Level,
    /// The stage that asks.
    pub stage: Stage,
    /// The file.
    pub path: RepoPath,
    /// The line, counted from 1; 0 for the whole file.
    pub line: u32,
    /// The column, counted from 1; 0 for the whole line.
    pub column: u32,
    /// The enclosing function or class, dotted; empty at the top of the module.
    pub symbol: String,
    /// The text it is about.
    pub snippet: String,
    /// Why a person is needed.
    pub reason: String,
    /// How often hive tried.
    pub attempts: u32,
    /// The worker that asks.
    pub worker: Option<String>,
    /// The task that it comes from.
    pub task: Option<TaskId>,
    /// The commit that it is about.
    pub commit: Option<Oid>,
    /// A suggestion, as a unified diff.
    pub patch: Option<String>,
}

/// Where a question stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum State {
    /// It waits for a person.
    Open,
    /// It waits, and is not shown before a time.
    Snoozed {
        /// Milliseconds since the epoch.
        until_ms: i64,
    },
    /// Its cause is gone.
    Resolved {
        /// Milliseconds since the epoch.
        at_ms: i64,
    },
    /// A person does not want to hear of it.
    Dismissed {
        /// Milliseconds since the epoch.
        at_ms: i64,
    },
}

impl State {
    /// The name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Snoozed { .. } => "snoozed",
            Self::Resolved { .. } => "resolved",
            Self::Dismissed { .. } => "dismissed",
        }
    }
}

/// A question as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// A small number.
    pub id: EscalationId,
    /// What is asked, as it was asked last.
    #[serde(flatten)]
    pub question: Question,
    /// Where it stands.
    #[serde(flatten)]
    pub state: State,
    /// How often it was asked.
    pub count: u32,
    /// When it was asked first, in milliseconds since the epoch.
    pub first_ms: i64,
    /// When it was asked last.
    pub last_ms: i64,
    /// What a person wrote about it.
    pub note: Option<String>,
    /// Who wrote the line last, as git's blame says; nobody where that is not known (yet).
    pub owner: Option<String>,
    /// How it ended, if it has.
    pub ending: Option<super::Ending>,
}
