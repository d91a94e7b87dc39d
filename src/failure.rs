//! Errors that reach a person: what happened, where, and the next command.
//!
//! A [`Failure`] has a [`Kind`] that fixes the exit code, a message, a chain of
//! causes and hints. Rooms that callers branch on have their own error types;
//! here they become something to read.

use std::error::Error;
use std::fmt;

/// What went wrong, as far as the exit code is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line makes no sense.
    Usage,
    /// A setting or a tool's configuration cannot be used.
    Configuration,
    /// A tool, the system or hive itself failed.
    Internal,
    /// No file matched.
    NothingMatched,
    /// The person pressed Ctrl-C.
    Interrupted,
}

impl Kind {
    /// The exit code of the process that ends with this kind of failure.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Usage | Self::Configuration => 2,
            Self::Internal => 3,
            Self::NothingMatched => 4,
            Self::Interrupted => 130,
        }
    }
}

/// An error for a person.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
    hints: Vec<String>,
}

impl Failure {
    /// Makes a failure of a kind; the message says what happened and where.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            cause: None,
            hints: Vec::new(),
        }
    }

    /// Makes a failure of kind [`Kind::Usage`].
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// Makes a failure of kind [`Kind::Configuration`].
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(Kind::Configuration, message)
    }

    /// Makes a failure of kind [`Kind::Internal`].
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Kind::Internal, message)
    }

    /// Standard output cannot be written.
    pub fn from_output(error: std::io::Error) -> Self {
        Self::internal("standard output cannot be written").caused_by(error)
    }

    /// Adds the error below this one; its own sources follow it.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Adds a line that names the next command or the way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// What went wrong, as far as the exit code is concerned.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Whether the reader of standard output went away, as `head` does: nothing is
    /// wrong then, and nobody is left to be told.
    pub fn is_closed_pipe(&self) -> bool {
        let cause = self.cause.as_ref();
        cause
            .and_then(|cause| cause.downcast_ref::<std::io::Error>())
            .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    }

    /// The lines under the message that name the next command.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause
            .as_deref()
            .map(|cause| cause as &(dyn Error + 'static))
    }
}

/// What a verb returns.
pub type Outcome<T> = Result<T, Failure>;
