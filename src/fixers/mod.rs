//! How one file is fixed.
//!
//! In: bytes, the path they belong to, a [`Recipe`] (which tool does what, with
//! which settings) and a [`Scope`]. Out: bytes, [`Finding`]s that remain, counts
//! of fixes by rule and [`Class`], or a [`Trouble`] that says why there is no
//! result. Always: a result is a fixed point, and what is to be written has been
//! verified. This room does not know where the bytes came from, where they go,
//! git, or the queue.

pub mod blocks;
pub mod chain;
pub mod course;
pub mod encoding;
mod finding;
pub mod golden;
pub mod job;
pub mod modules;
mod native_path;
pub mod program;
pub mod proof;
pub mod ruff;
pub mod steps;
pub mod toolbox;
pub mod verify;
pub mod warm;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::golden::Config;

pub use finding::{Finding, GoldenFinding, Seconded, Suggestion};
pub use job::Job;

/// What a tool does to a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Lint findings and their fixes.
    Lint,
    /// The order of imports.
    Imports,
    /// Layout.
    Format,
}

impl Kind {
    /// All kinds, in the order in which they run.
    pub const ALL: [Self; 3] = [Self::Lint, Self::Imports, Self::Format];

    /// The name used in settings and messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Imports => "imports",
            Self::Format => "format",
        }
    }
}

/// A program that fixes Python files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// The linter, import sorter and formatter that is also compiled in.
    Ruff,
    /// The formatter black.
    Black,
    /// The import sorter isort.
    Isort,
}

impl Tool {
    /// The name of the program.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ruff => "ruff",
            Self::Black => "black",
            Self::Isort => "isort",
        }
    }
}

/// The ruff that is compiled in.
pub const EMBEDDED_RUFF: &str = ruff_linter::VERSION;

/// Where a tool is executed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Engine {
    /// The ruff inside this binary.
    Embedded,
    /// A program, run with files in a scratch directory or on standard input.
    Program {
        /// Absolute path of the executable.
        #[serde(with = "native_path")]
        path: PathBuf,
        /// Its version, as its metadata or `--version` states it.
        version: String,
    },
    /// black or isort imported once in an interpreter that stays alive.
    Warm {
        /// Absolute path of the interpreter in which the tool is installed.
        #[serde(with = "native_path")]
        python: PathBuf,
        /// The tool's version.
        version: String,
    },
}

/// One tool that takes part in a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Step {
    /// Which tool.
    pub tool: Tool,
    /// Where it runs.
    pub engine: Engine,
    /// Extra command line arguments that the evidence gives (a hook's `args`),
    /// without paths and without those that only change output.
    pub args: Vec<String>,
}

/// How a project's files are fixed: at most one tool of each kind.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Recipe {
    /// Absolute path of the project's directory (tool configurations are looked
    /// for from the file upwards, never above `boundary`).
    #[serde(with = "native_path")]
    pub project: PathBuf,
    /// Absolute path of the repository's root, or of the project outside one.
    #[serde(with = "native_path")]
    pub boundary: PathBuf,
    /// The linter, if any.
    pub lint: Option<Step>,
    /// The import sorter, if any.
    pub imports: Option<Step>,
    /// The formatter, if any.
    pub format: Option<Step>,
    /// The configuration that ruff uses, and what stands in for one.
    pub ruff: RuffConfiguration,
    /// hive's own policy on top of the tools.
    pub policy: Policy,
    /// The Golden Rules that are active.
    pub golden: Config,
    /// A fingerprint of what the configuration files said when this recipe was made:
    /// a worker that lives longer than they do reads them again for the next one.
    pub configuration: [u8; 32],
}

impl Recipe {
    /// The step of a kind.
    pub fn step(&self, kind: Kind) -> Option<&Step> {
        match kind {
            Kind::Lint => self.lint.as_ref(),
            Kind::Imports => self.imports.as_ref(),
            Kind::Format => self.format.as_ref(),
        }
    }

    /// Whether a tool of this recipe is a program that is started once for many
    /// files.
    pub fn takes_batches(&self) -> bool {
        Kind::ALL
            .iter()
            .filter_map(|kind| self.step(*kind))
            .any(|step| matches!(step.engine, Engine::Program { .. }))
    }
}

/// Where ruff's settings come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum RuffConfiguration {
    /// A `pyproject.toml`, `ruff.toml` or `.ruff.toml` in the repository.
    File(#[serde(with = "native_path")] PathBuf),
    /// No configuration in the repository, but evidence that ruff is used: the
    /// user's own ruff configuration, else the defaults of that version.
    ToolDefaults,
    /// No evidence of any tool: hive's own stated set ([`HIVE_SELECT`]).
    HiveDefaults,
}

/// The rules that hive enables where a project shows no evidence of any tool.
pub const HIVE_SELECT: [&str; 5] = ["E4", "E7", "E9", "F", "I"];

/// hive's own policy on top of what the tools do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Policy {
    /// Codes whose fixes count as safe where the removed expression has no
    /// effect (`extend_safe`). Empty with `--plain`.
    pub extend_safe: Vec<String>,
    /// Codes that are reported and not fixed, whatever the tool calls them: what
    /// does not land unasked.
    pub keep: Vec<String>,
    /// The tools as they are (`--plain`): what a sorter does to star imports is
    /// then its own affair.
    pub plain: bool,
}

/// How much of a file may change.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// All of it.
    File,
    /// Only statements, import blocks and fixes that meet these lines, given as
    /// half-open ranges of 0-based line numbers of the *input*, sorted and disjoint.
    Lines(Vec<(u32, u32)>),
}

/// What kind of change a fix is; the policy for landing hangs on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Class {
    /// The syntax tree is equal, or only the order of imports changes.
    Same,
    /// The linter calls the fix safe; the tree changes.
    Linter,
    /// A Golden Rule changed the code.
    Golden,
}

/// How many fixes of one rule were applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FixCount {
    /// The rule, or `format` for layout.
    pub code: String,
    /// The class of these fixes.
    pub class: Class,
    /// How many.
    pub count: u32,
}

/// What came of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fixed {
    /// The new bytes, or `None` when nothing changes.
    #[serde(with = "serde_bytes")]
    pub bytes: Option<Vec<u8>>,
    /// What remains.
    pub findings: Vec<Finding>,
    /// What was done.
    pub fixes: Vec<FixCount>,
    /// Whether the result was verified; a write requires it.
    pub verified: bool,
    /// Observations worth a line: a fix left out because it could not be
    /// verified, findings that the tool's own fix caused, …
    pub notes: Vec<String>,
}

/// Why there is no result for a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Trouble {
    /// The bytes are not Python text that can be decoded.
    #[error("{reason}")]
    Unreadable {
        /// What is wrong with them.
        reason: String,
    },
    /// A tool's configuration cannot be used.
    #[error("{tool}: {message}")]
    Configuration {
        /// Which tool.
        tool: String,
        /// What it says.
        message: String,
    },
    /// A tool failed on this file.
    #[error("{tool} failed: {message}")]
    Tool {
        /// Which tool.
        tool: String,
        /// What it printed or how it ended.
        message: String,
    },
    /// A result was computed and found wrong; nothing may be written.
    #[error("verification failed: {reason}")]
    Verification {
        /// What is wrong with the result.
        reason: String,
    },
    /// Two tools undo each other's work.
    #[error("{between} do not agree on this file")]
    Oscillation {
        /// The two sides, as `ruff format and isort`.
        between: String,
        /// One version.
        #[serde(with = "serde_bytes")]
        one: Vec<u8>,
        /// The other.
        #[serde(with = "serde_bytes")]
        other: Vec<u8>,
    },
    /// The worker died or was killed while it had this file.
    #[error("{reason}")]
    Worker {
        /// How it ended.
        reason: String,
    },
    /// The system refused something that has nothing to do with the file: a process, a
    /// descriptor, room on the disk. The same is tried again as it is.
    #[error("{reason}")]
    System {
        /// What could not be had.
        reason: String,
    },
}
