//! Whether git is busy in a work tree, so that hive keeps its hands off.
//!
//! Looked at from the cheapest to the dearest: an operation that is not finished
//! (files in the git directory), locks, the time since anything moved, conflicts in
//! the index, git commands that write. Nothing here waits or locks; the answer may be
//! old when it is read, and landing checks again under its locks.

mod command;
mod hidden;
mod still;

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::bstr::ByteSlice;

use super::{Place, reftable};
use crate::clock;
use crate::crash;
use crate::process::table::{self, Running};
use command::{Command, Doing};
pub use still::{Still, quiet_for};

/// How long git itself believes in the file of a `git gc`.
const COLLECTS: Duration = Duration::from_hours(12);

/// Why git is busy here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Busy {
    /// An operation of several steps is not finished: `merge`, `rebase`,
    /// `cherry-pick`, `revert`, `bisect`, `am`.
    Operation(String),
    /// The index has conflicts.
    Unmerged,
    /// `index.lock` is there.
    IndexLock,
    /// HEAD, its branch or the packed references are locked.
    RefLock,
    /// A git command that writes is at work here.
    Process {
        /// Its process id.
        pid: u32,
        /// What it does, as `git commit`.
        command: String,
    },
    /// What would be moved is being pushed.
    Pushing {
        /// The process id of git.
        pid: u32,
    },
    /// Something moved so short a time ago.
    Recent(Duration),
}

impl fmt::Display for Busy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operation(name) => write!(f, "a {name} is in progress"),
            Self::Unmerged => f.write_str("the index has conflicts"),
            Self::IndexLock => {
                f.write_str("index.lock is there: a git command is at work, or one was killed")
            }
            Self::RefLock => f.write_str("a reference is locked"),
            Self::Process { pid, command } => write!(f, "`{command}` is at work (process {pid})"),
            Self::Pushing { pid } => write!(f, "the branch is being pushed (process {pid})"),
            Self::Recent(ago) => write!(f, "git was at work {} ms ago", ago.as_millis()),
        }
    }
}

/// The first reason to wait, or `None`.
///
/// `still` remembers what the index looked like, `quiet` is how long nothing may have
/// moved, and programs started by one of `own` (or by this process) do not count.
pub fn look(place: &Place, still: &mut Still, quiet: Duration, own: &[u32]) -> Option<Busy> {
    if let Some(busy) = operation(place).or_else(|| locked(place)) {
        return Some(busy);
    }
    let ago = still.look(place);
    if ago < quiet {
        return Some(Busy::Recent(ago));
    }
    if still.unmerged() {
        return Some(Busy::Unmerged);
    }
    if crash::off("process-scan") {
        return None;
    }
    processes(place, own).into_iter().next()
}

/// The operation that is not finished, by the files that git itself goes by, in its
/// order.
pub fn operation(place: &Place) -> Option<Busy> {
    let there = |name: &str| place.git_dir.join(name).symlink_metadata().is_ok();
    // In a table these two are references like any other.
    let table = reftable::is_used(&place.common_dir).then(|| reftable::read(&place.git_dir));
    let table = table.and_then(Result::ok).unwrap_or_default();
    let picks = |name: &str| there(name) || table.refs.contains_key(name);
    let name = if there("MERGE_HEAD") {
        "merge"
    } else if there("rebase-apply") {
        if there("rebase-apply/applying") {
            "am"
        } else {
            "rebase"
        }
    } else if there("rebase-merge") {
        "rebase"
    } else if picks("CHERRY_PICK_HEAD") {
        "cherry-pick"
    } else if picks("REVERT_HEAD") {
        "revert"
    } else if let Some(name) = sequence(&place.git_dir.join("sequencer/todo")) {
        name
    } else if there("BISECT_LOG") || there("BISECT_START") {
        "bisect"
    } else {
        return None;
    };
    Some(Busy::Operation(name.to_owned()))
}

/// What a sequence that stopped between two commits does: its next step says so.
fn sequence(todo: &Path) -> Option<&'static str> {
    let text = fs::read_to_string(todo).ok()?;
    let step = text
        .lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !line.starts_with('#'))?;
    Some(if step.starts_with("revert") {
        "revert"
    } else {
        "cherry-pick"
    })
}

/// A lock that git has taken in this work tree.
pub fn locked(place: &Place) -> Option<Busy> {
    let there = |path: PathBuf| path.symlink_metadata().is_ok();
    if there(place.git_dir.join("index.lock")) {
        return Some(Busy::IndexLock);
    }
    let head = fs::read_to_string(place.git_dir.join("HEAD")).unwrap_or_default();
    let branch = head.strip_prefix("ref:").map(str::trim);
    let tables = reftable::lists(place).map(|list| list.with_added_extension("lock"));
    let locked = tables.into_iter().any(there)
        || there(place.git_dir.join("HEAD.lock"))
        || there(place.common_dir.join("packed-refs.lock"))
        || branch.is_some_and(|name| there(place.common_dir.join(format!("{name}.lock"))));
    locked.then_some(Busy::RefLock)
}

/// The git commands that write at work in this work tree, and those that remove objects
/// of the repository, but for those that this process or one of `own` has started,
/// directly or not.
///
/// An open commit editor is its `git commit`. A command that could belong to any work
/// tree, since it does not show its directory, counts as here if its user could write here.
pub fn processes(place: &Place, own: &[u32]) -> Vec<Busy> {
    at_work(place, own, &[Doing::Writes, Doing::Arranges, Doing::Prunes])
}

/// The git commands that push from this repository, whichever work tree they run in.
pub fn pushes(place: &Place, own: &[u32]) -> Vec<Busy> {
    at_work(place, own, &[Doing::Pushes])
}

/// The git commands that remove objects from this repository which nothing referred to
/// when they began, whichever work tree they run in.
pub fn prunes(place: &Place) -> Vec<Busy> {
    at_work(place, &[], &[Doing::Prunes])
}

/// Whether a `git gc` is at work in this repository, by the file in which it says so: for
/// who has no time to look at every process. One that was killed leaves its file, and its
/// process id goes to somebody else.
pub fn is_collecting(place: &Place) -> bool {
    let path = place.common_dir.join("gc.pid");
    let text = fs::read_to_string(&path).unwrap_or_default();
    // Its process id and the name of the host.
    let mut words = text.split_whitespace();
    let pid = words.next().and_then(|pid| pid.parse().ok());
    let is_ours = words.next() == Some(table::host_name().as_str());
    is_ours && is_young(&path) && pid.is_some_and(|pid| table::is_running(pid, "git"))
}

/// Whether a file was written within the time that git heeds it for.
fn is_young(path: &Path) -> bool {
    let written = path.metadata().and_then(|about| about.modified());
    written.is_ok_and(|written| clock::age(written) <= COLLECTS)
}

fn at_work(place: &Place, own: &[u32], doing: &[Doing]) -> Vec<Busy> {
    let mut own = own.to_vec();
    own.push(std::process::id());
    commands(place, &own, doing)
}

/// The commands that neither are one of `own` nor descend from one.
fn commands(place: &Place, own: &[u32], doing: &[Doing]) -> Vec<Busy> {
    let mut aliases = Aliases::new(place);
    let mut found = Vec::new();
    for running in table::running("git", "GIT_DIR") {
        let Some(command) = command::parse(&running.args, &mut |name| aliases.meaning(name)) else {
            continue;
        };
        if doing.contains(&command.doing)
            && is_here(place, &running, &command)
            && !is_own(running.pid, own)
        {
            found.push(Busy::Process {
                pid: running.pid,
                command: format!("git {}", command.name),
            });
        }
    }
    found
}

fn is_own(pid: u32, own: &[u32]) -> bool {
    let is_ours = |pid: &u32| own.contains(pid);
    is_ours(&pid) || table::ancestors(pid).iter().any(is_ours)
}

/// Whether a command works on this work tree: by the git directory it was told
/// (option, then environment), else by the directory it is in. Some concern the whole
/// repository.
fn is_here(place: &Place, running: &Running, command: &Command) -> bool {
    // A path that was given in full says it without a directory to begin in.
    let cwd = running.directory.as_deref().unwrap_or(Path::new(""));
    let directory = cwd.join(&command.directory);
    let told = command
        .git_dir
        .as_deref()
        .or_else(|| running.variable.as_deref().map(Path::new));
    let whole_path = told.map_or_else(|| directory.clone(), |told| directory.join(told));
    if !whole_path.is_absolute() {
        return hidden::may_write(place, running.owner);
    }
    let whole = command.doing.is_wide();
    let same = |git_dir: &Path, common_dir: &Path| {
        git_dir == place.git_dir || whole && common_dir == place.common_dir
    };
    if let Some(told) = told.filter(|told| *told != OsStr::new("")) {
        // The variable was given relative to where git began, which may be below.
        let told = directory.join(told);
        let told = fs::canonicalize(&told).unwrap_or(told);
        let of_a_linked = told.parent() == Some(&place.common_dir.join("worktrees"));
        return same(
            &told,
            if of_a_linked {
                &place.common_dir
            } else {
                &told
            },
        );
    }
    match Place::find(&directory) {
        Some(there) => same(&there.git_dir, &there.common_dir),
        // Inside the git directory itself, or in a directory that was deleted.
        None => {
            directory.starts_with(&place.git_dir)
                || whole && directory.starts_with(&place.common_dir)
        }
    }
}

/// The person's abbreviations of git commands, read when one is met.
struct Aliases<'a> {
    place: &'a Place,
    config: Option<gix::Repository>,
}

impl<'a> Aliases<'a> {
    fn new(place: &'a Place) -> Self {
        Self {
            place,
            config: None,
        }
    }

    fn meaning(&mut self, name: &str) -> Option<String> {
        if self.config.is_none() {
            self.config = gix::open(self.place.root.clone()).ok();
        }
        let config = self.config.as_ref()?.config_snapshot();
        let meaning = config.string(&format!("alias.{name}"))?;
        Some(meaning.to_str_lossy().into_owned())
    }
}

#[cfg(test)]
mod tests;
