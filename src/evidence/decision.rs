//! What is decided for one kind of work, with everything that speaks for it.

use std::path::PathBuf;

use serde::Serialize;

use super::document::Unreadable;
use super::engine::{EngineChoice, VersionSource};
use super::filter::PathFilter;
use super::mention::Source;
use crate::fixers::{Kind, Step, Tool};

/// What the settings say about one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Wish {
    /// As the evidence says.
    #[default]
    Auto,
    /// ruff, whatever the evidence says.
    Ruff,
    /// black, for the format.
    Black,
    /// isort, for imports.
    Isort,
    /// Nothing.
    Off,
}

impl Wish {
    /// The tool that is wished for by name.
    pub fn tool(self) -> Option<Tool> {
        match self {
            Self::Auto | Self::Off => None,
            Self::Ruff => Some(Tool::Ruff),
            Self::Black => Some(Tool::Black),
            Self::Isort => Some(Tool::Isort),
        }
    }
}

/// What the settings say about all kinds. The default leaves all to evidence.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Wanted {
    /// The linter.
    pub lint: Wish,
    /// The import sorter.
    pub imports: Wish,
    /// The formatter.
    pub format: Wish,
    /// Which engines may run.
    pub engine: EngineChoice,
}

impl Wanted {
    /// What is wished for a kind.
    pub fn of(self, kind: Kind) -> Wish {
        match kind {
            Kind::Lint => self.lint,
            Kind::Imports => self.imports,
            Kind::Format => self.format,
        }
    }
}

/// The decision for one kind of work on the files that a filter lets pass.
#[derive(Debug, Clone)]
pub struct Decision {
    /// Which kind.
    pub kind: Kind,
    /// What is done.
    pub choice: Choice,
    /// What speaks about this kind, the deciding piece first.
    pub evidence: Vec<Evidence>,
    /// Evidence and versions that say something else.
    pub disagreements: Vec<String>,
    /// What is missing, in words.
    pub missing: Vec<String>,
    /// Configuration that could have said something and cannot be read.
    pub unreadable: Vec<Unreadable>,
    /// The files it is about.
    pub filter: PathFilter,
}

/// What is done for one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Nothing, and that is right.
    Off {
        /// Why.
        reason: String,
    },
    /// A tool runs.
    Use {
        /// The tool, where it runs and with which arguments.
        step: Step,
        /// Which version, and why that one.
        version: VersionSource,
    },
    /// A tool should run and cannot; nothing else runs in its place.
    Hold {
        /// Which tool, if that much is known.
        tool: Option<Tool>,
        /// What kind of reason it is.
        cause: Cause,
        /// Why not.
        reason: String,
        /// One command that changes it.
        remedy: String,
    },
}

/// What kind of reason holds a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The version that counts is not to be had.
    Missing,
    /// Some configuration cannot be used.
    Configuration,
}

impl Choice {
    /// The step, if a tool runs.
    pub fn step(&self) -> Option<&Step> {
        match self {
            Self::Use { step, .. } => Some(step),
            _ => None,
        }
    }
}

/// One piece of evidence as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// In what kind of place.
    pub source: Source,
    /// Which program, by name: also one that hive does not run.
    pub program: &'static str,
    /// Absolute path; empty for settings and for hive's own set.
    pub file: PathBuf,
    /// 1-based line.
    pub line: Option<u32>,
    /// What is written there.
    pub text: String,
}

/// What a tool of a kind does, as a word in a sentence.
pub(super) fn verb(kind: Kind) -> &'static str {
    match kind {
        Kind::Lint => "lints",
        Kind::Imports => "sorts imports",
        Kind::Format => "formats",
    }
}
