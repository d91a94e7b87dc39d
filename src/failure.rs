//! Errors that reach a person: what happened, where, and the next command.
//!
//! A [`Failure`] has a [`Kind`] that fixes the exit code, a message, a chain of
//! causes and hints. Rooms that callers branch on have their own error types;
//! here they become something to read.

use std::error::Error;
use std::fmt;

use rustix::io::Errno;

/// What helps where the system refuses something.
const WAYS_OUT: [(Errno, &str); 9] = [
    (
        Errno::NOSPC,
        "make room on the disk, then run the command again",
    ),
    (
        Errno::DQUOT,
        "make room within the disk quota, then run the command again",
    ),
    (
        Errno::MFILE,
        "raise the limit of open files (`ulimit -n`), then run the command again",
    ),
    (
        Errno::NFILE,
        "the system has too many open files; run the command again when others have ended",
    ),
    (
        Errno::AGAIN,
        "raise the limit of processes (`ulimit -u`), then run the command again",
    ),
    (
        Errno::IO,
        "the disk reports a fault: look at the system's log (`dmesg`), then run the command again",
    ),
    (
        Errno::ACCESS,
        "see who owns the file and its directory (`ls -l`), then run the command again",
    ),
    (
        Errno::PERM,
        "see who owns the file and its directory (`ls -l`), then run the command again",
    ),
    (
        Errno::ROFS,
        "the disk is mounted read-only; mount it writable, then run the command again",
    ),
];

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

    /// The lines under the message that name the next command: those that it was given,
    /// else the one that the system's error below it calls for.
    pub fn hints(&self) -> Vec<&str> {
        if self.hints.is_empty() {
            return self.way_out().into_iter().collect();
        }
        self.hints.iter().map(String::as_str).collect()
    }

    /// What helps against the system's error in the message or below it.
    fn way_out(&self) -> Option<&'static str> {
        let mut below = self.source();
        let mut words = vec![self.message.clone()];
        while let Some(error) = below {
            words.push(error.to_string());
            below = error.source();
        }
        words.iter().find_map(|text| way_out(text))
    }
}

/// What helps against the system's error that a text tells of. It is looked for in the
/// words, since libraries hand on the words of an error more often than its number.
pub fn way_out(text: &str) -> Option<&'static str> {
    let (_, rest) = text.split_once("(os error ")?;
    let number: i32 = rest.split_once(')')?.0.parse().ok()?;
    WAYS_OUT
        .iter()
        .find(|(errno, _)| errno.raw_os_error() == number)
        .map(|(_, way)| *way)
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

#[cfg(test)]
mod tests {
    use std::io;

    use rustix::io::Errno;

    use super::Failure;

    #[test]
    fn an_error_of_the_system_has_a_way_out() {
        let full = || io::Error::from(Errno::NOSPC);
        let bare = Failure::internal("cannot write a").caused_by(full());
        assert!(
            bare.hints()[0].starts_with("make room"),
            "{:?}",
            bare.hints()
        );
        // Also where only its words are left, and not where there is a better one.
        let words = Failure::internal(format!("cannot write a: {}", full()));
        assert_eq!(words.hints(), bare.hints());
        assert_eq!(bare.hint("do this").hints(), ["do this"]);
        assert!(Failure::internal("no (os error here").hints().is_empty());
    }
}
