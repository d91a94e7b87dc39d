//! What can be seen of it: the steps that the hook does itself, for which git waits.
//!
//! They bear the names of a landing's steps 5 to 8, since they are these, without a
//! branch to move. Nothing here waits for anybody or for the disk.
//!
//! The races, and what closes each:
//!
//! - *Somebody stages or commits beside this commit*: the index is locked by link(2) of
//!   the prepared one, tried once; under the lock it must be the file that was read, by
//!   inode, size and time. A `git commit -a` keeps the index locked itself and commits
//!   from that lock file; then the lock of the lock file is taken, as `git add` in such
//!   a hook would.
//! - *An editor saves a file*: before the lock and under it each file must be what was
//!   read; the exchange looks at what it displaced, and a save that fell in between goes
//!   back, with everything that was exchanged before it.
//! - *git commits while this is at work*: it cannot, it waits for this process. Where the
//!   process is killed git may go on from any of these points, and finds an index that is
//!   either the old one or the new one, whole.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::clock;
use crate::crash;
use crate::landing::index::Stamp;
use crate::landing::locked::{self, Stop, exchange, micros, rehearse, take_back};
use crate::landing::refs::Lock;
use crate::writing::{Held, Quiet, Swap};

/// Everything that the hook needs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// The index that git will commit from.
    pub(super) index: PathBuf,
    /// The one that takes its place, durable.
    pub(super) prepared: PathBuf,
    /// The former as it was read.
    pub(super) stamp: Stamp,
    /// The files.
    pub(super) swaps: Vec<Swap>,
    /// The files of the new objects.
    pub(super) objects: Vec<PathBuf>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Report {
    /// Files and index have changed.
    Done {
        /// How long the index was locked, in microseconds.
        held_us: u64,
    },
    /// Nothing has changed; why.
    Left(String),
}

impl Plan {
    /// How many files are to be exchanged.
    pub fn files(&self) -> usize {
        self.swaps.len()
    }
}

/// Does what was planned, all of it or nothing.
pub fn carry_out(plan: &Plan) -> Report {
    // A signal that came in the middle would leave the middle.
    let quiet = Quiet::begin();
    let report = match steps(plan) {
        Ok(held_us) => Report::Done { held_us },
        Err(Stop::Report(report)) => Report::Left(left(report)),
        Err(Stop::Io(doing, error)) => Report::Left(format!("{doing}: {error}")),
    };
    drop(quiet);
    report
}

fn steps(plan: &Plan) -> Result<u64, Stop> {
    let swaps = rehearse(&plan.swaps)?;
    let lock = Lock::take(&plan.prepared, &plan.index)
        .map_err(locked::io("locking the index"))?
        .ok_or_else(|| lost("the index is locked"))?;
    let since = clock::now();
    crash::pass("landing.lock").map_err(locked::io("locking the index"))?;
    check(plan, &swaps)?;
    crash::pass("landing.check").map_err(locked::io("checking"))?;
    exchange(&swaps)?;
    let published = crash::pass("landing.exchange.all").and_then(|()| lock.publish(&plan.index));
    if let Err(error) = published {
        take_back(&swaps);
        return Err(Stop::Io("replacing the index", error));
    }
    crash::point("landing.publish");
    Ok(micros(since))
}

/// Whether everything still is what the plan was made of.
fn check(plan: &Plan, swaps: &[Held<'_>]) -> Result<(), Stop> {
    let stamp = Stamp::of(&plan.index).map_err(locked::io("looking at the index"))?;
    if stamp.as_ref() != Some(&plan.stamp) && !crash::off("index-stat") {
        return Err(locked::Report::IndexChanged.into());
    }
    let changed: Vec<PathBuf> = swaps
        .iter()
        .filter(|swap| !swap.is_as_read())
        .map(|swap| swap.target().to_owned())
        .collect();
    if !changed.is_empty() {
        return Err(locked::Report::FilesChanged(changed).into());
    }
    // They are minutes too young for any garbage collection; an index that named one that
    // is not there could not be committed.
    if !plan.objects.iter().all(|file| file.exists()) {
        return Err(lost("git removed the new objects meanwhile"));
    }
    Ok(())
}

fn lost(why: &str) -> Stop {
    Stop::Report(locked::Report::Lost(why.to_owned()))
}

fn left(report: locked::Report) -> String {
    let named = |file: &Path| file.display().to_string();
    match report {
        locked::Report::Lost(why) | locked::Report::Failed(why) => why,
        locked::Report::IndexChanged => "the index has changed meanwhile".to_owned(),
        locked::Report::FilesChanged(files) => format!(
            "{} was saved meanwhile",
            files.first().map_or_else(String::new, |file| named(file))
        ),
        locked::Report::NoExchange(file) => {
            format!("the file system of {} cannot exchange files", named(&file))
        }
        locked::Report::NotWritable(file) => format!("{} cannot be written", named(&file)),
        // Nobody says so where no branch moves.
        locked::Report::Landed { .. } => "a branch has moved".to_owned(),
    }
}
