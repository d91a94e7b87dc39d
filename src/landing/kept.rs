//! New objects until it is certain that nobody takes them away.
//!
//! `git prune`, which `git gc` starts, first finds out what is reachable, which takes
//! seconds in a large repository, and then removes all that is not, however young it may
//! be if it was told `--expire=now`. An object that a reference came to name in between
//! goes, too, and the repository is broken. People are told not to do anything beside it;
//! they cannot know that hive does. So nothing lands while one is at work
//! ([`activity::processes`]), and since one may begin between that look and the moment
//! in which the branch moves, each object keeps a second name in a directory of hive's
//! own until those that may have begun before have ended: what they removed is linked to
//! its name again. One that begins later finds the branch moved.

use std::fs::{self, File};
use std::io;
use std::io::ErrorKind::{AlreadyExists, NotFound};
use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::error::{LandError, io};
use super::objects::{STAGING, make};
use crate::clock;
use crate::crash;
use crate::repo::{Oid, Place, activity};

/// An object that was made, and the file it lies in.
pub(super) type Made = (Oid, PathBuf);

const HOLDING: &str = "keeping new objects in";

/// How often it is looked what a `git prune` has removed.
const TURN: Duration = Duration::from_millis(10);

/// How long one is waited for: longer than any takes to remove what it has found.
const PATIENCE: Duration = Duration::from_mins(10);

/// Objects in the database, and their second names.
#[derive(Debug)]
pub(super) struct Kept {
    made: Vec<Made>,
    /// Goes with this value, unless something may refer to the objects already
    /// ([`Kept::stay`]). What is left is swept by the next landing.
    staging: tempfile::TempDir,
    database: PathBuf,
}

impl Kept {
    /// The objects `made` lie in `database` and, by the same two steps of their names, in
    /// `staging`.
    pub(super) fn new(made: Vec<Made>, staging: tempfile::TempDir, database: &Path) -> Self {
        Self {
            made,
            staging,
            database: database.to_owned(),
        }
    }

    pub(super) fn made(&self) -> &[Made] {
        &self.made
    }

    /// From now on something may come to refer to the objects. Whatever ends this process
    /// or this landing, the second names remain for the recovery.
    pub(super) fn stay(&mut self) {
        self.staging.disable_cleanup(true);
    }

    /// Nothing refers to the objects, that is certain: the second names go.
    pub(super) fn let_go(&mut self) {
        self.staging.disable_cleanup(false);
    }

    /// To be called as soon as something refers to the objects: sees to it that they stay,
    /// at once, and beside what else is to be done, which must not wait for a `git prune`.
    /// After an error the second names remain, for the recovery.
    pub(super) fn hold_beside<T>(
        &mut self,
        place: &Place,
        other: impl FnOnce() -> T,
    ) -> (T, Result<(), LandError>) {
        let restoring = || restore(self.staging.path(), &self.database);
        // Mostly none is at work: that costs one look, and no thread.
        let (done, held) = match turn(place, &restoring) {
            Ok(true) => (other(), Ok(())),
            _ => thread::scope(|scope| {
                let holding = scope.spawn(|| hold(place, restoring));
                let done = other();
                let held = holding.join();
                (done, held.unwrap_or_else(|panic| resume_unwind(panic)))
            }),
        };
        self.staging.disable_cleanup(held.is_err());
        (done, held.map_err(io(HOLDING, &self.database)))
    }
}

/// The same for what landings that died have left in `own`, before their intents go.
pub(super) fn hold_left(place: &Place, own: &Path) -> Result<(), LandError> {
    let database = place.common_dir.join("objects");
    let again = || {
        left(own)?
            .iter()
            .try_for_each(|one| restore(one, &database))
    };
    hold(place, again).map_err(io(HOLDING, &database))
}

/// Removes them. Nothing refers to what is in them alone.
pub(super) fn sweep(own: &Path) -> Result<(), LandError> {
    let all = left(own).and_then(|all| all.iter().try_for_each(fs::remove_dir_all));
    all.map_err(io("tidying up", own))
}

/// The directories that objects were made in.
fn left(own: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(own) {
        Err(error) if error.kind() == NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(STAGING) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

fn hold(place: &Place, restore: impl Fn() -> io::Result<()>) -> io::Result<()> {
    let since = clock::now();
    while !turn(place, &restore)? && clock::since(since) <= PATIENCE {
        thread::sleep(TURN);
    }
    Ok(())
}

/// Brings back what is missing now; whether it was the last time.
fn turn(place: &Place, restore: &impl Fn() -> io::Result<()>) -> io::Result<bool> {
    if crash::off("kept-objects") {
        return Ok(true);
    }
    // In this order: what one removed that has ended by the look is seen after it.
    let none = activity::prunes(place).is_empty();
    restore()?;
    Ok(none)
}

/// Links what is missing in the database to its names there again. An object that has
/// gone into a pack meanwhile comes back, too, which the next `git gc` puts right.
fn restore(staging: &Path, database: &Path) -> io::Result<()> {
    for shelf in fs::read_dir(staging)? {
        let shelf = shelf?;
        if !shelf.file_type()?.is_dir() {
            continue;
        }
        let home = database.join(shelf.file_name());
        let mut missed = false;
        for object in fs::read_dir(shelf.path())? {
            let object = object?;
            let path = home.join(object.file_name());
            if path.exists() {
                continue;
            }
            make(&home)?;
            match fs::hard_link(object.path(), &path) {
                Err(error) if error.kind() != AlreadyExists => return Err(error),
                _ => missed = true,
            }
        }
        if missed {
            File::open(&home)?.sync_all()?;
        }
    }
    Ok(())
}
