//! A directory for the scratch files of one run.
//!
//! It belongs to the process that owns the pool and not to the workers, so that
//! what a killed worker leaves goes with it. What a killed *run* leaves is told by
//! its lock, which the system drops with the process, and the next run removes it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

const PREFIX: &str = "run-";
const LOCK: &str = "lock";

/// A private directory, removed when this is dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    path: PathBuf,
    /// Dropped after the directory is gone.
    _lock: File,
}

impl Scratch {
    /// Makes one below `cache` and removes those of the dead.
    pub(super) fn open(cache: &Path) -> io::Result<Self> {
        sweep(cache);
        // Locked before it has the name by which it is found.
        let directory = tempfile::Builder::new().prefix(".new-").tempdir_in(cache)?;
        let lock = File::create(directory.path().join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive)?;
        let unborn = directory.keep();
        let name = unborn.file_name().unwrap_or_default().to_string_lossy();
        let path = cache.join(name.replace(".new-", PREFIX));
        fs::rename(&unborn, &path)?;
        Ok(Self { path, _lock: lock })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is left to the next run.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes the directories whose owners are dead. What cannot be removed now is
/// left to the next run.
fn sweep(cache: &Path) {
    for entry in fs::read_dir(cache).into_iter().flatten().flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let Ok(lock) = File::open(entry.path().join(LOCK)) else {
            continue;
        };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_with_its_owner_or_with_the_next_run() {
        let cache = tempfile::tempdir().unwrap();
        let count = || fs::read_dir(cache.path()).unwrap().count();
        let one = Scratch::open(cache.path()).unwrap();
        let two = Scratch::open(cache.path()).unwrap();
        fs::write(one.path().join("left"), "").unwrap();
        assert!(one.path().exists() && two.path() != one.path());
        drop(one);
        assert_eq!(count(), 1);
        // As a killed process leaves it: the directory is there, the lock is not held.
        let dead = cache.path().join("run-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join(LOCK), "").unwrap();
        let three = Scratch::open(cache.path()).unwrap();
        assert!(!dead.exists() && two.path().exists() && three.path().exists());
    }
}
