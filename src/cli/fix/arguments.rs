//! What `hive fix` and `hive check` understand.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::escalation::Level;
use crate::report;
use crate::settings::{Engine, Format, Imports, Lint};

/// Fix files here and now, and print what changed and what remains
///
/// Lint fixes, import order and layout, by the tools that the project uses
/// (`hive doctor` shows which and why). Every result is verified before it is
/// written, and a file somebody saves in the meantime is left as they saved it.
///
/// Exit codes: 0 clean or all fixed, 1 findings remain (or would change, with
/// --diff), 2 usage or configuration error, 3 a tool or internal failure,
/// 4 no file matched, 130 interrupted.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(in crate::cli) struct FixArgs {
    /// The file that standard input stands for, with `-` as the path
    #[arg(long, value_name = "PATH", help_heading = "Files")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Only files that are staged
    #[arg(long, conflicts_with = "since", help_heading = "Files")]
    pub(super) staged: bool,
    /// Only files that differ from this revision
    #[arg(long, value_name = "REV", help_heading = "Files")]
    pub(super) since: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
    /// Print the patch and change nothing
    #[arg(long, help_heading = "Result")]
    pub(super) diff: bool,
    /// Fix what is committed, and commit the fixes
    ///
    /// The files of HEAD are fixed under the committed configuration and committed right
    /// away, in a commit of hive's own that holds nothing else: staged and unstaged edits
    /// stay as they are. Works beside a running agent, and whatever the size
    /// (`commit.max_lines` does not count). Nothing is committed where hive commits
    /// nothing (a protected branch, a tip that is pushed or somebody else's): then it
    /// says so and ends with 1, as for files that have to wait. With `--scope lines`
    /// what the last commit changed counts, or what is new since --since.
    #[arg(
        long,
        conflicts_with_all = ["diff", "staged", "plain", "no_exchange", "stdin_filename"],
        help_heading = "Result"
    )]
    pub(super) commit: bool,
    /// Write also where files cannot be exchanged atomically
    ///
    /// On some network and FUSE file systems a save that falls into the moment of
    /// writing can be lost; without this flag such files are refused.
    #[arg(long, help_heading = "Result")]
    pub(super) no_exchange: bool,
}

/// Say what `hive fix` would do and what would remain, and touch nothing
///
/// Plain `check` judges whole files. With --since only lines that are new against
/// that revision count; `--since merge-base` takes the commit where this branch
/// left the one it will be merged into. With `-` the text on standard input is judged
/// in the place of the file that --stdin-filename names, for editors.
///
/// Exit codes: 0 clean, 1 findings or files that would change, 2 usage or
/// configuration error, 3 a tool or internal failure, 4 no file matched,
/// 130 interrupted.
#[derive(Debug, Args)]
pub(in crate::cli) struct CheckArgs {
    /// Only lines that are new against this revision, or `merge-base`
    #[arg(long, value_name = "REV", help_heading = "Files")]
    pub(super) since: Option<String>,
    /// The file that standard input stands for, with `-` as the path
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with_all = ["since", "scope"],
        help_heading = "Files"
    )]
    pub(super) stdin_filename: Option<PathBuf>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// What both understand.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub(super) struct Common {
    /// Files and directories; the current directory when none is given
    #[arg(value_name = "PATH")]
    pub(super) paths: Vec<PathBuf>,
    /// Whole files, or only the lines that changed
    ///
    /// Changed against HEAD, or against the revision of --since.
    #[arg(long, value_enum, conflicts_with = "plain", help_heading = "Files")]
    pub(super) scope: Option<ScopeChoice>,
    /// A hook names the files: excluded ones count as such, and none is fine
    ///
    /// Whoever names a file means it, so it is fixed also where the settings of a tool
    /// exclude it (but for ruff's `force-exclude`). A hook names whatever is committed: its
    /// files are taken as if they had been found in a directory, and where that leaves none
    /// the exit code is 0 and not 4.
    #[arg(long, help_heading = "Files")]
    pub(super) as_hook: bool,
    /// How to report
    #[arg(long, value_enum, default_value_t, help_heading = "Result")]
    pub(super) format: report::Format,
    /// Which linter to use
    #[arg(long, value_enum, value_name = "TOOL", help_heading = "Tools")]
    pub(super) lint: Option<Lint>,
    /// Which import sorter to use
    #[arg(long, value_enum, value_name = "TOOL", help_heading = "Tools")]
    pub(super) imports: Option<Imports>,
    /// Which formatter to use
    #[arg(long, value_enum, value_name = "TOOL", help_heading = "Tools")]
    pub(super) format_with: Option<Format>,
    /// Where the tools come from
    #[arg(long, value_enum, help_heading = "Tools")]
    pub(super) engine: Option<Engine>,
    /// The tools as they are, without any policy of hive
    ///
    /// No fix counts as safe that the tool does not call safe, no file is left
    /// alone for its name, and files are always taken whole.
    #[arg(long, help_heading = "Tools")]
    pub(super) plain: bool,
    /// Only Golden Rules of at least this level
    #[arg(
        long,
        value_name = "LEVEL",
        conflicts_with = "plain",
        help_heading = "Tools"
    )]
    pub(super) level: Option<Level>,
    /// Trust this checkout to run its tools, for this run
    #[arg(long, help_heading = "Tools")]
    pub(super) trust: bool,
    /// Do not use or fill the memo of known results
    #[arg(long, help_heading = "Tools")]
    pub(super) no_memo: bool,
}

/// Values of `--scope`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ScopeChoice {
    /// Whole files
    File,
    /// Changed statements, and import blocks with a changed line
    Lines,
}
