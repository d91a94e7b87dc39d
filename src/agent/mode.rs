//! What an agent is for, and why it ended. Pure.

use std::fmt;

/// What an agent is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Until it is stopped; also looks at saved files.
    Watch,
    /// Until nothing is left to do, or the gate has been shut for too long.
    Drain,
}

/// Why an agent ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Nothing is left that can be done now.
    Done,
    /// The gate stayed shut; says why.
    Waits(String),
    /// A signal.
    Stopped,
    /// `hive watch` takes over.
    HandedOver,
    /// The work tree has been removed, or hive's directory in it.
    Gone,
}

impl Mode {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Drain => "drain",
        }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("nothing is left to do"),
            Self::Waits(reason) => write!(f, "the queue waits: {reason}"),
            Self::Stopped => f.write_str("stopped by a signal"),
            Self::HandedOver => f.write_str("hive watch takes over"),
            Self::Gone => f.write_str("the work tree is gone, or hive's directory in it"),
        }
    }
}
