//! Leaving alone what somebody works on (`hive lease`).
//!
//! A lease is a row; that nothing is written once it is there, a lock sees to. Whoever
//! writes files unasked (a landing, a commit that is tidied, a saved file) has a *hand* on
//! the work tree, from before it reads the leases to the end of its writes; whoever takes
//! a lease waits until there is no hand. So when `hive lease` has answered, no write is
//! under way that did not know of it. Hands do not wait for each other.
//!
//! A lease ends by the clock. The agent has one timer for the end of the first one that
//! it has left something alone for.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use super::drain::PATIENCE;
use super::{Agent, Mode};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::{Lease, Queue, WaitingState};
use crate::repo::{Place, RepoPath, flock};

/// The file of a work tree's own directory whose lock it is.
const LOCK: &str = "lease.lock";
/// How long whoever writes waits for one who takes a lease, which needs a moment.
const MOMENT: Duration = Duration::from_secs(1);
/// How long whoever takes a lease waits for writes: a landing looks after its files for a
/// second.
const WRITES: Duration = Duration::from_secs(10);

/// How often a drain that waits for the end of a lease looks again.
const GLANCE: Duration = Duration::from_millis(500);

/// A hand on the files of a work tree: as long as it is there no lease begins.
#[derive(Debug)]
pub(super) struct Hand {
    _lock: File,
}

/// Lays a hand on the files; `None` where the lock cannot be had, which is for whoever is
/// about to write to judge.
pub(super) fn hand(place: &Place) -> Option<Hand> {
    let lock = open(place).and_then(|file| flock::shared(file, MOMENT));
    lock.ok().flatten().map(|lock| Hand { _lock: lock })
}

/// Takes leases, once nothing is being written any more.
pub fn take(place: &Place, queue: &Queue, paths: Vec<RepoPath>, ttl: i64) -> Outcome<Vec<Lease>> {
    let lock = open(place)
        .and_then(|file| flock::exclusive(file, WRITES))
        .map_err(|error| Failure::internal("the lock for leases cannot be taken").caused_by(error))?
        .ok_or_else(|| {
            Failure::internal("hive is writing files, and has been for ten seconds")
                .hint("hive status says what it does; then run the command again")
        })?;
    let leases = queue.lease(paths, ttl)?;
    drop(lock);
    Ok(leases)
}

fn open(place: &Place) -> io::Result<File> {
    let own = place.make_own_dir()?;
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(own.join(LOCK))
}

/// Why a file is left alone, if one of these leases covers it.
pub(super) fn reason(leases: &[Lease], path: &RepoPath) -> Option<String> {
    let covering = leases.iter().filter(|lease| lease.covers(path));
    covering
        .max_by_key(|lease| lease.until_ms)
        .map(Lease::reason)
}

impl Agent<'_> {
    /// Looks at leases: saved files that were left alone for one that is over are taken
    /// up again. Says when the next one ends.
    pub(super) fn look_at_leases(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        let leases = self.queue.leases()?;
        let leased = std::mem::take(&mut self.saves.leased);
        for path in leased {
            if leases.iter().any(|lease| lease.covers(&path)) {
                self.saves.leased.insert(path);
            } else {
                self.settle.touch(path, now);
            }
        }
        let first = leases.iter().map(|lease| lease.until_ms).min();
        Ok(first.map(|at| {
            let left = u64::try_from(at - clock::wall_ms()).unwrap_or(0);
            let left = Duration::from_millis(left + 1);
            now + match self.mode {
                Mode::Watch => left,
                // Nothing tells a drain that a lease was released.
                Mode::Drain => left.min(GLANCE),
            }
        }))
    }

    /// Whether a drain waits for the end of a lease: a fix does, and it is not far.
    pub(super) fn awaits_lease(&self) -> bool {
        let Ok(leases) = self.queue.leases() else {
            return false;
        };
        let soon = clock::wall_ms() + i64::try_from(PATIENCE.as_millis()).unwrap_or(0);
        let near: Vec<Lease> = leases
            .into_iter()
            .filter(|lease| lease.until_ms <= soon)
            .collect();
        let waits = |fix: &crate::queue::WaitingFix| {
            matches!(fix.state, WaitingState::Deferred { .. })
                && near.iter().any(|lease| lease.covers(&fix.path))
        };
        !near.is_empty()
            && self
                .queue
                .waiting_fixes()
                .is_ok_and(|all| all.iter().any(waits))
    }
}
