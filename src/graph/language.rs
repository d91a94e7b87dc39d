//! The languages whose imports are understood.
//!
//! Pure.

use super::extract;
use super::facts::Reading;
use super::layout::is_python;
use super::script::{self, Dialect};
use crate::repo::RepoPath;

/// The language of a file, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// Python, also stubs.
    Python,
    /// JavaScript or TypeScript.
    Script(Dialect),
}

/// Which languages a graph is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Languages {
    /// Python alone, as for rules about Python code.
    Python,
    /// All that are understood. Files of one language never import those of another.
    All,
}

impl Language {
    /// The language of a file; `None` if it is no node of any graph.
    pub fn of(path: &RepoPath) -> Option<Self> {
        if is_python(path) {
            Some(Self::Python)
        } else {
            Dialect::of(path).map(Self::Script)
        }
    }

    /// The facts of a file of this language. Only the bytes count.
    pub(super) fn facts(self, bytes: &[u8]) -> Reading {
        match self {
            Self::Python => extract::facts(bytes),
            Self::Script(dialect) => script::facts(bytes, dialect),
        }
    }
}
