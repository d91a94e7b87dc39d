//! Why a landing failed.

use std::path::{Path, PathBuf};

use crate::causes;

/// A landing failed; nothing that a person can see has changed unless the variant says
/// so. A lost race is no error but an [`Outcome`](super::Outcome).
#[derive(Debug, thiserror::Error)]
pub enum LandError {
    /// The system refused something.
    #[error("{doing} {} failed", path.display())]
    Io {
        /// What was being done, as a verb in -ing.
        doing: &'static str,
        /// To what.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Git's data could not be read or written.
    #[error("{doing} failed: {reason}")]
    Git {
        /// What was being done, as a verb in -ing.
        doing: &'static str,
        /// What the library said.
        reason: String,
    },
    /// A program could not do its part.
    #[error("{doing} failed: {reason}")]
    Program {
        /// What was being done.
        doing: &'static str,
        /// What it said.
        reason: String,
    },
    /// Commits were published, which could not be written down; the next recovery
    /// tries again.
    #[error("recording the landing failed: {0}")]
    Record(String),
    /// An object was not what had been written when it was read back.
    #[error("the new object {0} could not be read back: the disk is full or failing")]
    Torn(String),
    /// The order contradicts itself.
    #[error("the order to land makes no sense: {0}")]
    Order(String),
    /// The process that makes the visible changes said this; what it had done is
    /// undone or is the state "not committed yet".
    #[error("the landing process failed: {0}")]
    Child(String),
}

/// Makes an error of the system one about a path.
pub(super) fn io<'a>(
    doing: &'static str,
    path: &'a Path,
) -> impl FnOnce(std::io::Error) -> LandError + use<'a> {
    move |source| LandError::Io {
        doing,
        path: path.to_owned(),
        source,
    }
}

/// Makes an error of gix one about a step.
pub(super) fn git<E: std::error::Error>(doing: &'static str) -> impl FnOnce(E) -> LandError {
    move |error| LandError::Git {
        doing,
        reason: causes::told(&error),
    }
}
