//! What a run found, for people and for machines.
//!
//! In: a [`Run`]: one [`FileReport`] per file, what was held, how long it took.
//! Out: text, JSON, SARIF, GitHub annotations, JUnit. Always: files in order of
//! path, findings in order of position; a file without a result is never shown
//! as one without findings. This room does not know how files are fixed, and
//! prints nothing itself.

mod frame;
mod github;
mod json;
mod junit;
mod patch;
mod sarif;
mod span;
mod text;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde::Serialize;

use crate::escalation::Level;
use crate::fixers::{Finding, FixCount, Trouble};
use crate::terminal::{plain, plain_json};

pub use patch::{coloured, unified};
pub use sarif::uri;
pub use span::{duration, span};
pub use text::Styles;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// For people, each finding with the code around it.
    #[default]
    Text,
    /// The same with one line per finding: `PATH:LINE:COLUMN: CODE message`.
    Concise,
    /// One JSON object; the schema is in docs/json.md.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Annotations of GitHub Actions.
    Github,
    /// JUnit XML, for CI dashboards.
    Junit,
}

impl Format {
    /// Whether it is for people.
    pub fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Concise)
    }
}

/// What the run was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Files were changed.
    Fix,
    /// Files were judged.
    Check,
    /// A patch was asked for.
    Diff,
}

/// What became of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// Nothing to change.
    Unchanged,
    /// It was changed.
    Fixed,
    /// It would be changed.
    WouldChange,
    /// It was left alone, with the reason.
    Skipped(String),
    /// There is something to fix, and it was left as it is, with the reason.
    Left(String),
    /// There is no result, with the reason.
    Failed(Trouble),
}

impl Status {
    /// The word for it that machines read.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Fixed => "fixed",
            Self::WouldChange => "would-change",
            Self::Skipped(_) => "skipped",
            Self::Left(_) => "left",
            Self::Failed(_) => "failed",
        }
    }
}

/// One file's result.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// As it is shown: relative to the current directory where it is below it.
    pub shown: String,
    /// Relative to the repository, with `/`, for machines.
    pub relative: String,
    /// Absolute.
    pub path: PathBuf,
    /// What became of it.
    pub status: Status,
    /// What remains.
    pub findings: Vec<Finding>,
    /// What was done, or would be.
    pub fixes: Vec<FixCount>,
    /// Observations.
    pub notes: Vec<String>,
    /// Old and new text, kept only when a patch is wanted.
    pub texts: Option<(Vec<u8>, Vec<u8>)>,
    /// The text that findings are about, where it is shown with them.
    pub source: Option<String>,
}

impl FileReport {
    /// Whether its findings can be shown with its code: there are some, and their lines are
    /// lines of the file, not of a notebook's cells.
    pub fn has_frames(&self) -> bool {
        let is_notebook = self.path.extension().is_some_and(|it| it == "ipynb");
        !self.findings.is_empty() && !is_notebook
    }
}

/// What a Golden Rule says of the files of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The rule's code, or the id of a rule of the repository.
    pub code: String,
    /// Its name.
    pub slug: String,
    /// How bad a violation is.
    pub level: Level,
    /// What came of it.
    pub finds: Finds,
    /// How many files it saw.
    pub files: usize,
}

/// What came of a Golden Rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finds {
    /// Nothing violates it, and it saw files.
    Passed,
    /// So many violations.
    Failed(usize),
    /// It could not judge, with the reason.
    Error(String),
    /// There was nothing to judge, or nothing is configured.
    NotApplicable,
}

impl Finds {
    /// The word for it that machines read.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed(_) => "failed",
            Self::Error(_) => "error",
            Self::NotApplicable => "not-applicable",
        }
    }
}

/// A tool that does not run, and the one command that changes that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// Where: the project's directory relative to the repository, or `.`.
    pub project: String,
    /// Which tool.
    pub tool: String,
    /// Why.
    pub reason: String,
    /// The command.
    pub remedy: String,
    /// What kind of reason it is.
    #[serde(skip)]
    pub by: HeldBy,
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            tool,
            reason,
            remedy,
            ..
        } = self;
        write!(f, "{tool} is held: {reason}; {remedy}")
    }
}

/// What kind of reason a tool is held for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBy {
    /// The version that counts is not to be had.
    Missing,
    /// It may not run here.
    Trust,
    /// Its configuration cannot be used.
    Configuration,
}

/// A whole run.
#[derive(Debug)]
pub struct Run {
    /// The commits that the fixes are in; none where files were written, or nothing was.
    pub commits: Vec<String>,
    /// What it was for.
    pub mode: Mode,
    /// The files, in order of path.
    pub files: Vec<FileReport>,
    /// Tools that did not run.
    pub held: Vec<Held>,
    /// The verdicts of the Golden Rules, in order of code.
    pub verdicts: Vec<Verdict>,
    /// Violations that golden-freeze.txt knows.
    pub frozen: usize,
    /// Files taken from the memo instead of being run.
    pub remembered: usize,
    /// How long it took.
    pub took: Duration,
}

impl Run {
    /// Sums over the files.
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for file in &self.files {
            totals.findings += file.findings.len();
            totals.failing += file.findings.iter().filter(|one| one.fails()).count();
            totals.with_findings += usize::from(!file.findings.is_empty());
            match &file.status {
                Status::Unchanged => totals.unchanged += 1,
                Status::Fixed | Status::WouldChange => {
                    totals.changed += 1;
                    totals.fixes += file
                        .fixes
                        .iter()
                        .map(|fix| fix.count as usize)
                        .sum::<usize>();
                }
                Status::Skipped(_) => totals.skipped += 1,
                Status::Left(_) => totals.left += 1,
                Status::Failed(Trouble::Unreadable { .. }) => totals.unreadable += 1,
                Status::Failed(Trouble::Configuration { .. }) => totals.misconfigured += 1,
                Status::Failed(_) => totals.failed += 1,
            }
        }
        totals
    }
}

/// Sums over the files of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Files without a change.
    pub unchanged: usize,
    /// Files that were or would be changed.
    pub changed: usize,
    /// Single fixes in them.
    pub fixes: usize,
    /// Findings that remain.
    pub findings: usize,
    /// Those among them for which a check fails.
    pub failing: usize,
    /// Files that have some.
    pub with_findings: usize,
    /// Files left alone.
    pub skipped: usize,
    /// Files with something to fix that were left as they are.
    pub left: usize,
    /// Files whose bytes cannot be read as Python.
    pub unreadable: usize,
    /// Files whose tool configuration cannot be used.
    pub misconfigured: usize,
    /// Files without a result for another reason.
    pub failed: usize,
}

impl Totals {
    /// Files that were looked at.
    pub fn seen(&self) -> usize {
        self.unchanged
            + self.changed
            + self.left
            + self.unreadable
            + self.misconfigured
            + self.failed
    }
}

/// Writes a run in a format.
pub fn render(run: &Run, format: Format, styles: &Styles, verbose: bool) -> Vec<u8> {
    match format {
        Format::Text | Format::Concise => text::render(run, styles, verbose),
        Format::Json => plain_json(&json::render(run)).as_bytes().to_vec(),
        Format::Sarif => plain_json(&sarif::render(run)).as_bytes().to_vec(),
        Format::Github => plain(&github::render(run)).as_bytes().to_vec(),
        Format::Junit => plain(&junit::render(run)).as_bytes().to_vec(),
    }
}

/// What there is to say beside a patch: what remains, and what there is no result for.
pub fn beside_patch(run: &Run, styles: &Styles) -> String {
    text::beside_patch(run, styles)
}

/// The line that sums a run up, for standard error.
pub fn summary(run: &Run, styles: &Styles) -> String {
    text::summary(run, styles)
}
