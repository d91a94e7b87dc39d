//! One file's way through the fixers, as it travels to a worker and back.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::native_path;
use super::program::Stamp;
use super::ruff::package::Package;
use super::{Finding, Kind, Scope};

/// Which kinds of tools take part for one file. Excludes are per tool, so a file
/// may be linted and yet not formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Kinds(u8);

impl Kinds {
    /// No kind at all.
    pub const NONE: Self = Self(0);

    /// These kinds and one more.
    #[must_use]
    pub fn with(self, kind: Kind) -> Self {
        Self(self.0 | Self::bit(kind))
    }

    /// These kinds but one.
    #[must_use]
    pub fn without(self, kind: Kind) -> Self {
        Self(self.0 & !Self::bit(kind))
    }

    /// Whether a kind takes part.
    pub fn has(self, kind: Kind) -> bool {
        self.0 & Self::bit(kind) != 0
    }

    /// Whether none takes part.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The set as a number, for keys.
    pub fn bits(self) -> u8 {
        self.0
    }

    fn bit(kind: Kind) -> u8 {
        match kind {
            Kind::Lint => 1,
            Kind::Imports => 2,
            Kind::Format => 4,
        }
    }
}

/// What the result is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Purpose {
    /// To be written: run to the fixed point and verify. Findings are those of
    /// the result, in its positions.
    Fix,
    /// To be judged: one round, no verification. Findings are those that no fix
    /// takes away, in the input's positions.
    Check,
}

/// What the Golden Rules have to do with a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Golden {
    /// Nothing: the tools alone.
    #[default]
    Off,
    /// They follow the tools.
    After,
    /// They come first; the tools run only where a rule has changed something.
    First,
}

/// One file to be fixed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The caller's number for it.
    pub id: u64,
    /// Absolute path. Only a name: the bytes are never read from it.
    #[serde(with = "native_path")]
    pub path: PathBuf,
    /// The file's content.
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// Whether the file is executable, which some rules look at.
    pub executable: bool,
    /// What the file's inode said when the bytes were read, if they are those of the
    /// file at `path`. A program may then be asked about the file where it lies.
    pub stamp: Option<Stamp>,
    /// What the project's own linter said of these very bytes, if it was asked already
    /// and would change nothing in them: it need not be asked again.
    pub said: Option<Vec<Finding>>,
    /// Whether a person named this very file, so that excludes that are not
    /// forced do not count.
    pub named: bool,
    /// The package the file belongs to.
    pub package: Option<Package>,
    /// Which tools take part.
    pub kinds: Kinds,
    /// How much may change.
    pub scope: Scope,
    /// What the result is for.
    pub purpose: Purpose,
    /// Whether the Golden Rules of the recipe take part.
    pub golden: Golden,
}
