//! Where hive keeps what belongs to one work tree alone.
//!
//! In the main work tree that is the directory which all share. A linked work tree has a
//! git directory of its own, and `git worktree remove` deletes it name by name: a file
//! that an agent or a drain wrote there in the middle of that would let git fail, half
//! way through ("Directory not empty"). So there is one name only, a link to a directory
//! in the shared one, and once it is gone nobody makes it again: what is still at work
//! for that work tree writes to where nobody is in the way, or finds nothing. Each link
//! leads to a directory of its own: a work tree that gets the name of an earlier one
//! inherits nothing.

use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::Place;
use super::place::{private_dir, private_level, refused, sound};
use crate::clock;

/// Below the shared directory: the directories of linked work trees.
const LINKED: &str = "worktrees";

/// The way there from a linked work tree's git directory, such that a repository can be
/// moved as a whole.
const WAY: &str = "../../hive/worktrees";

/// For how long a directory stays whose work tree is gone: who is still at work there
/// comes to an end meanwhile.
const STAYS: Duration = Duration::from_hours(24);

impl Place {
    /// Where hive keeps what belongs to this work tree alone: its id, its locks, the
    /// wake and notice files, its temporary files. The same directory as
    /// [`state_dir`](Self::state_dir) in the main work tree.
    pub fn own_dir(&self) -> PathBuf {
        self.git_dir.join("hive")
    }

    /// Makes that directory, such that only the user can enter it, and says where it is.
    ///
    /// # Errors
    /// What the system says; [`io::ErrorKind::NotFound`] if the work tree is gone; also for
    /// what hive does not make ([`sound`]).
    pub fn make_own_dir(&self) -> io::Result<PathBuf> {
        let own = self.own_dir();
        if !self.is_linked() {
            private_dir(&own)?;
            return Ok(own);
        }
        if fs::symlink_metadata(&own).is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            self.link(&own)?;
        }
        match self.behind(&own)? {
            // It may have been removed with the shared directory, by hand.
            Some(home) => private_dir(&home)?,
            // As an older hive made it. Where nothing is, the work tree has gone meanwhile.
            None if own.is_dir() => private_dir(&own)?,
            None => return Err(io::ErrorKind::NotFound.into()),
        }
        Ok(own)
    }

    /// In that directory, where what landings prepare lies.
    pub fn landing_dir(&self) -> PathBuf {
        self.own_dir().join("landing")
    }

    /// Makes it. One level only: the way there may go at any moment, with its work tree, and
    /// is not made again.
    ///
    /// # Errors
    /// Those of [`make_own_dir`](Self::make_own_dir).
    pub fn make_landing_dir(&self) -> io::Result<PathBuf> {
        let made = self.make_own_dir()?.join("landing");
        private_level(&made)?;
        Ok(made)
    }

    /// Refuses a directory of this work tree that is not as hive makes it.
    pub(super) fn own_dir_is_sound(&self) -> io::Result<()> {
        let own = self.own_dir();
        let home = if self.is_linked() {
            self.behind(&own)?
        } else {
            None
        };
        sound(&home.unwrap_or(own))
    }

    fn is_linked(&self) -> bool {
        self.git_dir.parent() == Some(&self.common_dir.join("worktrees"))
    }

    /// Makes the link, unless somebody else is faster.
    fn link(&self, own: &Path) -> io::Result<()> {
        let all = self.state_dir().join(LINKED);
        private_dir(&self.state_dir())?;
        private_dir(&all)?;
        let home = tempfile::Builder::new()
            .prefix("")
            .rand_bytes(16)
            .tempdir_in(&all)?;
        let name = home.path().file_name().unwrap_or_default();
        match symlink(Path::new(WAY).join(name), own) {
            Ok(()) => {
                let _ = home.keep();
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The directory that the link leads to; `None` where there is none: nothing at all,
    /// or a directory, as an older hive made it. A link to elsewhere is refused, see
    /// [`sound`].
    fn behind(&self, own: &Path) -> io::Result<Option<PathBuf>> {
        match fs::symlink_metadata(own) {
            Ok(about) if about.is_symlink() => {}
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => return Ok(None),
        }
        let target = fs::read_link(own)?;
        let name = target.strip_prefix(WAY).ok().map(Path::components);
        match name.map(|mut name| (name.next(), name.next())) {
            Some((Some(Component::Normal(name)), None)) => {
                Ok(Some(self.state_dir().join(LINKED).join(name)))
            }
            _ => refused(own, "a symbolic link"),
        }
    }

    /// Removes what belonged to linked work trees that have been gone for a day. The bytes
    /// that hive keeps for people are not there, but in the shared directory.
    pub fn forget_gone_work_trees(&self) -> io::Result<()> {
        let all = self.state_dir().join(LINKED);
        let homes = match fs::read_dir(&all) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            homes => homes?,
        };
        // Before the links are read: what is made meanwhile is not looked at.
        let homes: Vec<_> = homes.collect::<io::Result<_>>()?;
        let linked = match fs::read_dir(self.common_dir.join("worktrees")) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            linked => linked?.collect::<io::Result<Vec<_>>>()?,
        };
        let kept: Vec<_> = linked
            .iter()
            .filter_map(|git_dir| fs::read_link(git_dir.path().join("hive")).ok())
            .collect();
        for home in homes {
            let name = home.file_name();
            let is_kept = kept.iter().any(|link| link.file_name() == Some(&name));
            let changed = home.metadata()?.modified()?;
            if !is_kept && clock::age(changed) > STAYS {
                fs::remove_dir_all(home.path())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
