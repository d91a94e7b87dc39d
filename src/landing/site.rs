//! Where a landing happens, and the lock that there is one at a time.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::error::{LandError, io};
use crate::repo::flock::exclusive;
use crate::repo::{Place, WorktreeId};

/// A work tree to land in.
#[derive(Debug, Clone)]
pub struct Site {
    /// Where it is.
    pub place: Place,
    /// Which one it is.
    pub worktree: WorktreeId,
}

impl Site {
    /// The work tree at a place.
    pub fn at(place: Place) -> std::io::Result<Self> {
        let worktree = WorktreeId::of(&place)?;
        Ok(Self { place, worktree })
    }

    /// Where the intents of all work trees lie.
    pub(super) fn intents(&self) -> PathBuf {
        Self::intents_of(&self.place)
    }

    /// The same for who knows the place alone.
    pub(super) fn intents_of(place: &Place) -> PathBuf {
        place.state_dir().join("landing")
    }

    /// Where what is prepared for this work tree lies.
    pub(super) fn own(&self) -> PathBuf {
        self.place.landing_dir()
    }

    /// Makes that directory; an error where the work tree is gone.
    pub(super) fn make_own(&self) -> Result<PathBuf, LandError> {
        let made = self.place.make_landing_dir();
        made.map_err(io("making", &self.own()))
    }

    pub(super) fn index(&self) -> PathBuf {
        self.place.git_dir.join("index")
    }
}

/// The landing lock of a work tree: held by whoever lands there, and by whoever cleans
/// up after one that died. The kernel takes it back with the process.
#[derive(Debug)]
pub struct LandingLock {
    _file: File,
}

impl LandingLock {
    /// Takes the lock, waiting at most `patience`; `None` if somebody else holds it.
    pub fn take(site: &Site, patience: Duration) -> Result<Option<Self>, LandError> {
        let own = site.place.own_dir();
        let made = site.place.make_own_dir();
        made.map_err(io("making", &own))?;
        let path = own.join("landing.lock");
        // Descriptors are close-on-exec: no child holds it after its parent.
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(io("opening", &path))?;
        let held = exclusive(file, patience).map_err(io("locking", &path))?;
        Ok(held.map(|file| Self { _file: file }))
    }
}
