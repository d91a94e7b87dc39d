//! The hooks of git that wake hive: where they go, how they get there and away again.
//!
//! In: a [`Place`] and the path of the binary. Out: for each
//! hook what was done with it ([`Done`]), and the lines that a person has to add
//! where hive does not write ([`ByHand`]). Always: a hook that was there is kept
//! whole, called first (before a commit or a push: after ours), and comes back byte for byte; nothing is written inside the
//! work tree or into a directory that other repositories share; doing it twice
//! changes nothing. This room does not know what a woken hive does.
//!
//! **One scheme for hooks of others**: the file is renamed to `NAME.before-hive` and
//! called from ours. Appending a block to it was the alternative; it fails for hooks
//! that are no shell scripts, that end in `exec` or `exit`, that are links, and it
//! changes a file whose maker may compare it. A rename changes no byte, no mode and
//! no link, and undoing it is a rename too.
//!
//! **Managers**: pre-commit and prek write their hook file anew whenever they like and
//! call `NAME.legacy` first, where they put a hook that they find. Behind them our
//! script takes exactly that place, so it survives their `install` in both orders,
//! and nothing calls itself in a circle (their file, called from ours, called from
//! theirs, would). lefthook moves what it finds to `NAME.old` and does not call it:
//! after a `lefthook install` for one of our hooks, hive is not woken by it until
//! the next `hive init`, which puts itself in front again and tidies the `.old` away.
//!
//! **Before a commit hive comes first.** The hook of the mode `tidy` lays out what is
//! staged, so a hook of others that only checks the layout finds nothing any more and
//! lets the commit pass, and one that formats and stages finds nothing to do; the other
//! way round the first would refuse a commit that hive is about to mend. pre-commit and
//! prek call `NAME.legacy` before their own hooks, which is this order by itself, and git
//! calls configured hooks before the file. The last word is theirs: what they say is
//! what git hears.
//!
//! Git from 2.54 on runs commands from its configuration beside hook files. Where it
//! does (it is asked, not its version), hive uses these in the repository's own
//! configuration and touches no file.
//!
//! To read it: `script` (texts), `home` (which directory), `files` (one directory's
//! hooks), `configured` (git's own way), `git` (asking git).

mod configured;
mod files;
mod git;
mod home;
mod script;

use std::path::{Path, PathBuf};

pub use git::Git;
pub use script::{is_ours, line_to_add, quoted};

use crate::repo::Place;
use home::Home;

/// The hooks that call hive: those that wake it, and the one before a push.
pub const EVENTS: [&str; 5] = [
    "post-commit",
    "post-merge",
    "post-checkout",
    "post-rewrite",
    "pre-push",
];

/// The hook that lays out what is staged. It is there only where `commit.mode` is `tidy`:
/// whoever has another mode has nothing of hive's before a commit, not even a shell that
/// starts and finds nothing to do, and a manager of hooks finds the name free.
pub const TIDY: &str = "pre-commit";

/// Every hook that may be hive's.
fn all() -> impl Iterator<Item = &'static str> {
    EVENTS.into_iter().chain([TIDY])
}

/// The hooks that a repository is to have, with or without the mode `tidy`.
pub fn wanted(tidies: bool) -> Vec<&'static str> {
    let tidy = tidies.then_some(TIDY);
    EVENTS.into_iter().chain(tidy).collect()
}

/// What was done with one hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Which hook.
    pub event: &'static str,
    /// The file; the configuration file where git runs hooks from it.
    pub path: PathBuf,
    /// What.
    pub what: What,
}

/// What can be done with a hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// There was none, and ours is there now.
    Installed,
    /// There was one; it is kept and called first.
    Chained,
    /// A manager's hook calls ours.
    Behind(&'static str),
    /// Ours was there and is as it should be.
    Already,
    /// Ours was there and named another binary or was of another version.
    Updated,
    /// Ours is gone, and there was nothing before it.
    Removed,
    /// Ours is gone, and what was there before is back.
    Restored,
}

impl What {
    /// What was done with the hook of an event, as a person reads it.
    pub fn describe(self, event: &str) -> String {
        match self {
            Self::Installed => "installed".to_owned(),
            // Before a commit hive comes first; why, says the room. A push is told of
            // before a hook may take minutes over it.
            Self::Chained if event == TIDY || event == "pre-push" => {
                "installed; the hook that was there is kept and called after it".to_owned()
            }
            Self::Chained => {
                "installed; the hook that was there is kept and called first".to_owned()
            }
            Self::Behind(manager) => format!("installed behind {manager}, which calls it"),
            Self::Already => "already there".to_owned(),
            Self::Updated => "updated".to_owned(),
            Self::Removed => "removed".to_owned(),
            Self::Restored => "removed; the hook that was there before is back".to_owned(),
        }
    }
}

/// Why hive does not write the hooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// `core.hooksPath` leads into the work tree: its files are the team's.
    InWorkTree,
    /// `core.hooksPath` is not the repository's own setting.
    Shared,
    /// The directory cannot be written.
    ReadOnly,
}

impl Why {
    /// The reason in words that follow "the hooks are in X, ".
    pub fn describe(self) -> &'static str {
        match self {
            Self::InWorkTree => "which is part of the work tree: hive does not write there",
            Self::Shared => "which all your repositories share: hive does not write there",
            Self::ReadOnly => "which cannot be written",
        }
    }
}

/// What a person has to do where hive does not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// Where git looks for hooks.
    pub directory: PathBuf,
    /// Why hive does not write there.
    pub why: Why,
    /// Files, and the line to add to each; those that have it are not here.
    pub lines: Vec<(PathBuf, String)>,
}

/// What came of an installation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Hooks that hive dealt with.
    pub done: Vec<Done>,
    /// What is left for a person.
    pub by_hand: Option<ByHand>,
}

/// Why hooks could not be installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// A file could not be read, written or renamed.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: std::io::Error,
    },
    /// git could not be run.
    #[error(transparent)]
    Program(#[from] crate::process::ProgramError),
    /// git refused.
    #[error("{0}")]
    Git(crate::process::ProgramReport),
    /// Something lies where the hook that was there would be kept.
    #[error("{} is in the way: two hooks would have to be kept", .0.display())]
    InTheWay(PathBuf),
}

/// Installs the hooks so that they call `binary` (absolute), or says what a person
/// has to do. Idempotent. One installation serves all work trees of a repository.
///
/// `wanted` are the hooks to have, see [`wanted`]; others of hive's are taken away.
pub fn install(
    place: &Place,
    binary: &Path,
    git: &Git,
    wanted: &[&'static str],
) -> Result<Report, HookError> {
    if git.runs_configured_hooks(place)? {
        // An installation from before git could do this would wake hive twice.
        for directory in home::own_directories(place, git)? {
            files::remove(&directory)?;
        }
        let done = configured::install(place, binary, git, wanted)?;
        return Ok(Report {
            done,
            by_hand: None,
        });
    }
    let mut report = Report::default();
    match home::find(place, git)? {
        Home::Own(directory) => report.done = files::install(&directory, binary, place, wanted)?,
        Home::Foreign { directory, why } => {
            report.by_hand = home::by_hand(directory, why, wanted);
        }
    }
    Ok(report)
}

/// Takes the hooks away and puts back what was there. Lines that a person added by
/// hand are the person's to remove; they do nothing without hive.
pub fn remove(place: &Place, git: &Git) -> Result<Vec<Done>, HookError> {
    let mut done = configured::remove(place, git)?;
    for directory in home::own_directories(place, git)? {
        done.extend(files::remove(&directory)?);
        files::remove_made(place, &directory)?;
    }
    Ok(done)
}

/// Whether any hook of ours is in place, in files or in the configuration.
pub fn installed(place: &Place, git: &Git) -> Result<bool, HookError> {
    if configured::any(place, git)? {
        return Ok(true);
    }
    let directories = home::own_directories(place, git)?;
    Ok(directories.iter().any(|directory| files::any(directory)))
}

/// The hooks of ours that git calls here: installed where it looks, or called from a
/// manager's or from a line that a person has added. Others than [`installed`], which also
/// finds what lies where git does not look any more.
pub fn present(place: &Place, git: &Git) -> Result<Vec<&'static str>, HookError> {
    let mut found = configured::present(place, git)?;
    let files = match home::find(place, git)? {
        Home::Own(directory) => files::present(&directory),
        Home::Foreign { directory, .. } => home::added(&directory),
    };
    found.extend(files);
    Ok(all().filter(|event| found.contains(event)).collect())
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> HookError + '_ {
    move |source| HookError::File {
        path: path.to_path_buf(),
        source,
    }
}
