//! Steps 5 to 8: everything that a person can see changes here, while it is locked.
//!
//! Runs in the landing child. Nothing here waits for anybody, and little can fail:
//! objects, files, index and references have been prepared. Any step that does fail
//! before the index is renamed leaves everything as it was; locks go by being dropped,
//! in the reverse of the order in which they were taken.
//!
//! HEAD and branch are locked before the index, since `git commit` holds the index only
//! for moments but reads HEAD first and locks it last: whoever is in the middle of a
//! commit when our lock appears finds the tip it read, or fails to lock for the moment
//! that we hold it, and never finds a HEAD that moved under a lock of its own.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::index::Stamp;
use super::intent::Temps;
use super::kept::Made;
use super::refs::{Lock, LogLine, Refs};
use super::transaction::Transaction;
use crate::clock;
use crate::crash;
use crate::repo::activity::Busy;
use crate::repo::{Oid, pushing};
use crate::writing::{Held, Placed, Swap};

/// How many files are looked at before anything is locked. The first warm what all
/// need; that any of the others has changed is seen under the lock.
const REHEARSED: usize = 16;

/// Everything that the child needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) root: PathBuf,
    pub(super) refs: Refs,
    pub(super) reference: Option<String>,
    pub(super) tip: Oid,
    pub(super) new: Oid,
    pub(super) way: Way,
    pub(super) temps: Temps,
    pub(super) index: Stamp,
    pub(super) swaps: Vec<Swap>,
    /// Files that were not there and must not be.
    pub(super) absent: Vec<PathBuf>,
    pub(super) objects: Vec<Made>,
    pub(super) log: LogLine,
}

/// How the reference is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Way {
    /// By links and renames of our own.
    Own,
    /// By `git update-ref`: a `reference-transaction` hook wants to be asked, references
    /// are not files here, or the branch is a name for another one.
    Git,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Report {
    /// The branch has moved.
    Landed {
        /// How long the index was locked, in microseconds.
        held_us: u64,
    },
    /// Somebody was faster; nothing has changed.
    Lost(String),
    /// The index is not what was read; nothing has changed.
    IndexChanged,
    /// These files are not what was read; nothing has changed.
    FilesChanged(Vec<PathBuf>),
    /// This file cannot be exchanged where it lies; nothing has changed.
    NoExchange(PathBuf),
    /// This file cannot be written, or nothing can in its directory; nothing has changed.
    NotWritable(PathBuf),
    /// Something failed.
    Failed(String),
}

impl Report {
    /// Whether it is certain that nothing refers to the new objects: a step that failed may
    /// have worked.
    pub(super) fn says_nothing_changed(&self) -> bool {
        !matches!(self, Self::Landed { .. } | Self::Failed(_))
    }
}

pub(super) enum Stop {
    Report(Report),
    Io(&'static str, io::Error),
}

impl From<Report> for Stop {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Stop {
    move |error| Stop::Io(doing, error)
}

fn lost(why: &str) -> Stop {
    Stop::Report(Report::Lost(why.to_owned()))
}

/// Lands what was planned.
pub(super) fn execute(plan: &Plan) -> Report {
    match steps(plan) {
        Ok(held_us) => Report::Landed { held_us },
        Err(Stop::Report(report)) => report,
        Err(Stop::Io(doing, error)) => Report::Failed(format!("{doing}: {error}")),
    }
}

/// The references under lock.
enum Locked {
    Own { head: Lock, branch: Option<Lock> },
    Git(Transaction),
}

fn steps(plan: &Plan) -> Result<u64, Stop> {
    let swaps = rehearse(&plan.swaps)?;
    let references = lock_references(plan)?;
    crash::pass("landing.lock.references").map_err(io("locking"))?;
    // What was true when the plan was made must be true now that nobody can change it.
    let tip = plan.refs.tip(plan.reference.as_deref());
    let tip = tip.map_err(io("reading HEAD"))?;
    if tip != Some(plan.tip) && !crash::off("compare-and-swap") {
        return Err(lost("the tip moved meanwhile"));
    }
    // A push that gives its word from now on finds the reference moved, or finds that we
    // intend to move it and waits until that is decided: its word comes before its look,
    // our look comes after our intent, and the reference is ours until it has moved.
    let pushes = pushing::of(&plan.refs.common_dir, plan.reference.as_deref(), &plan.tip);
    if let Some(pid) = pushes
        && !crash::off("in-flight")
    {
        return Err(lost(&Busy::Pushing { pid }.to_string()));
    }
    let mut logs = Vec::new();
    if plan.way == Way::Own {
        for log in plan.refs.logs(plan.reference.as_deref()) {
            logs.extend(plan.log.open(&log).map_err(io("opening the reflog"))?);
        }
    }
    let index = plan.refs.git_dir.join("index");
    let lock = Lock::take(&plan.temps.index, &index)
        .map_err(io("locking the index"))?
        .ok_or_else(|| lost("the index is locked"))?;
    let since = clock::now();
    crash::pass("landing.lock").map_err(io("locking the index"))?;

    check(plan, &swaps, &index)?;
    crash::pass("landing.check").map_err(io("checking"))?;
    exchange(&swaps)?;

    // From here on there is no way back that would be better than the way on.
    let published = crash::pass("landing.exchange.all").and_then(|()| lock.publish(&index));
    if let Err(error) = published {
        take_back(&swaps);
        return Err(Stop::Io("replacing the index", error));
    }
    let held_us = micros(since);
    crash::pass("landing.publish.index").map_err(io("moving the branch"))?;
    match references {
        Locked::Git(transaction) => transaction.commit().map_err(|error| {
            Stop::Io(
                "moving the branch with git update-ref",
                io::Error::other(error),
            )
        })?,
        Locked::Own { head, branch } => {
            for log in &mut logs {
                // A log that cannot be written is no reason to leave a fix half landed.
                let _ = plan.log.append(log);
            }
            crash::pass("landing.publish.log").map_err(io("moving the branch"))?;
            let moved = plan.refs.moved(plan.reference.as_deref());
            if let Some(branch) = branch {
                branch.publish(&moved).map_err(io("moving the branch"))?;
                crash::pass("landing.publish.reference").map_err(io("moving the branch"))?;
                drop(head);
            } else {
                head.publish(&moved).map_err(io("moving HEAD"))?;
                crash::pass("landing.publish.reference").map_err(io("moving the branch"))?;
            }
        }
    }
    crash::pass("landing.publish").map_err(io("ending"))?;
    Ok(held_us)
}

/// What needs no lock: for the first files the way to them, and a look like the one under
/// the lock, so that pages and directories are at hand then.
pub(super) fn rehearse(swaps: &[Swap]) -> Result<Vec<Held<'_>>, Stop> {
    let mut held = Vec::with_capacity(swaps.len());
    let mut changed = Vec::new();
    for swap in swaps {
        if held.len() >= REHEARSED {
            held.push(swap.unopened());
            continue;
        }
        match swap.hold().map_err(io("opening the prepared files"))? {
            Some(swap) if swap.rehearse() => held.push(swap),
            _ => changed.push(swap.target().to_owned()),
        }
    }
    if changed.is_empty() {
        Ok(held)
    } else {
        Err(Report::FilesChanged(changed).into())
    }
}

fn lock_references(plan: &Plan) -> Result<Locked, Stop> {
    if plan.way == Way::Git {
        let transaction = Transaction::prepare(plan).map_err(Report::Lost)?;
        return Ok(Locked::Git(transaction));
    }
    let head = Lock::take(&plan.temps.head, &plan.refs.git_dir.join("HEAD"))
        .map_err(io("locking HEAD"))?
        .ok_or_else(|| lost("HEAD is locked"))?;
    crash::pass("landing.lock.head").map_err(io("locking HEAD"))?;
    let branch = match &plan.reference {
        None => None,
        Some(name) => {
            let path = plan.refs.common_dir.join(name);
            if let Some(directory) = path.parent() {
                // A branch that is packed only may have no directory.
                fs::create_dir_all(directory).map_err(io("making"))?;
            }
            let lock = Lock::take(&plan.temps.branch, &path)
                .map_err(io("locking the branch"))?
                .ok_or_else(|| lost("the branch is locked"))?;
            Some(lock)
        }
    };
    Ok(Locked::Own { head, branch })
}

/// Step 6: a look at everything, cheap; what matters most is looked at once more by the
/// exchange itself.
fn check(plan: &Plan, swaps: &[Held<'_>], index: &Path) -> Result<(), Stop> {
    let stamp = Stamp::of(index).map_err(io("looking at the index"))?;
    if stamp.as_ref() != Some(&plan.index) && !crash::off("index-stat") {
        return Err(Report::IndexChanged.into());
    }
    let mut changed: Vec<PathBuf> = swaps
        .iter()
        .filter(|swap| !swap.is_as_read())
        .map(|swap| swap.target().to_owned())
        .collect();
    let appeared = |path: &&PathBuf| fs::symlink_metadata(path).is_ok();
    changed.extend(plan.absent.iter().filter(appeared).cloned());
    if !changed.is_empty() {
        return Err(Report::FilesChanged(changed).into());
    }
    let gone: Vec<&Oid> = plan
        .objects
        .iter()
        .filter(|(_, file)| !file.exists())
        .map(|(oid, _)| oid)
        .collect();
    if !gone.is_empty() && !are_packed(plan, &gone) {
        return Err(lost("git removed the new objects meanwhile"));
    }
    Ok(())
}

/// Whether objects whose files are gone are in a pack now.
fn are_packed(plan: &Plan, oids: &[&Oid]) -> bool {
    gix::open(&plan.root)
        .is_ok_and(|repo| oids.iter().all(|oid| repo.find_header(oid.id()).is_ok()))
}

/// Step 7: all files or none.
pub(super) fn exchange(swaps: &[Held<'_>]) -> Result<(), Stop> {
    for (at, swap) in swaps.iter().enumerate() {
        let placed = crash::pass("landing.exchange").and_then(|()| swap.place());
        crash::point("landing.exchanged");
        let stop = match placed {
            Ok(Placed::Done) => continue,
            Ok(Placed::Overtaken) => Report::FilesChanged(vec![swap.target().to_owned()]).into(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Report::FilesChanged(vec![swap.target().to_owned()]).into()
            }
            Err(error) if crate::writing::cannot_exchange(&error) => {
                Report::NoExchange(swap.target().to_owned()).into()
            }
            // No reason to let the others wait for it.
            Err(error) if crate::writing::is_not_writable(&error) => {
                Report::NotWritable(swap.target().to_owned()).into()
            }
            Err(error) => Stop::Io("exchanging a file", error),
        };
        take_back(&swaps[..at]);
        return Err(stop);
    }
    Ok(())
}

/// Puts back what was read, under the lock of the index: git can have written none of
/// these files since. A save that came after the exchange stays.
pub(super) fn take_back(swaps: &[Held<'_>]) {
    for swap in swaps.iter().rev() {
        crash::point("landing.take-back");
        // What cannot be taken back is "modified"; the displaced bytes are kept, and
        // the parent looks at every file afterwards.
        let _ = swap.take_back();
    }
}

pub(super) fn micros(since: Instant) -> u64 {
    u64::try_from(clock::since(since).as_micros()).unwrap_or(u64::MAX)
}
