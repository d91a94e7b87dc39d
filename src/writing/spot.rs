//! A name in an open directory, so that what happens to the path above it does
//! not matter any more.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Component, Path};
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, RenameFlags, Stat, openat, renameat_with, statat};
use rustix::io::{Errno, Result};

/// A name in a directory that is held open.
#[derive(Debug, Clone)]
pub(super) struct Spot {
    pub(super) dir: Arc<OwnedFd>,
    pub(super) name: OsString,
}

/// Whether a file could not be opened because something has run out in this process or
/// system. That says nothing of the file.
pub(super) fn is_shortage(errno: Errno) -> bool {
    matches!(errno, Errno::MFILE | Errno::NFILE | Errno::NOMEM)
}

/// The flags to hold a directory by.
#[cfg(any(target_os = "linux", target_os = "android"))]
const HOLD: OFlags = OFlags::PATH.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);
#[cfg(not(any(target_os = "linux", target_os = "android")))]
const HOLD: OFlags = OFlags::RDONLY
    .union(OFlags::DIRECTORY)
    .union(OFlags::CLOEXEC);

impl Spot {
    /// Resolves an absolute path none of whose directories is a symbolic link.
    ///
    /// Paths are made so when they are read; a directory that has meanwhile been
    /// swapped for a link is an error here (`ELOOP` or `ENOTDIR`), and one that
    /// is swapped later does not matter, since the directory is held.
    pub(super) fn resolve(path: &Path) -> io::Result<Self> {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(Errno::INVAL.into());
        };
        Ok(Self {
            dir: Arc::new(hold(parent)?),
            name: name.to_owned(),
        })
    }

    /// Another name in the same directory.
    pub(super) fn sibling(&self, name: impl Into<OsString>) -> Self {
        Self {
            dir: Arc::clone(&self.dir),
            name: name.into(),
        }
    }

    /// Opens for reading whatever is there, except through a link; never waits
    /// for the other end of a pipe.
    pub(super) fn open(&self) -> Result<File> {
        let flags =
            OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        openat(&self.dir, &self.name, flags, Mode::empty()).map(File::from)
    }

    /// What is there, links themselves.
    pub(super) fn stat(&self) -> Result<Stat> {
        statat(&self.dir, &self.name, AtFlags::SYMLINK_NOFOLLOW)
    }

    /// Exchanges two names atomically; both must exist.
    pub(super) fn exchange(&self, other: &Self) -> Result<()> {
        self.rename_with(other, RenameFlags::EXCHANGE)
    }

    /// Moves to a name that must not exist yet, where the file system can say so;
    /// elsewhere names are unique by construction.
    pub(super) fn move_to_new(&self, other: &Self) -> Result<()> {
        match self.rename_with(other, RenameFlags::NOREPLACE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => self.rename(other),
            result => result,
        }
    }

    /// Moves over whatever is at the other name.
    pub(super) fn rename(&self, other: &Self) -> Result<()> {
        rustix::fs::renameat(&self.dir, &self.name, &other.dir, &other.name)
    }

    /// Removes the file.
    pub(super) fn unlink(&self) -> Result<()> {
        rustix::fs::unlinkat(&self.dir, &self.name, AtFlags::empty())
    }

    fn rename_with(&self, other: &Self, flags: RenameFlags) -> Result<()> {
        loop {
            match renameat_with(&self.dir, &self.name, &other.dir, &other.name, flags) {
                Err(Errno::INTR) => {}
                result => return result,
            }
        }
    }
}

/// Opens a directory without following a single link on the way to it.
pub(super) fn hold(path: &Path) -> io::Result<OwnedFd> {
    if !path.is_absolute() {
        return Err(Errno::INVAL.into());
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use rustix::fs::{ResolveFlags, openat2};
        let resolve = ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_MAGICLINKS;
        match openat2(CWD, path, HOLD, Mode::empty(), resolve) {
            // Kernels before 5.6, and sandboxes that do not know the call.
            Err(Errno::NOSYS | Errno::PERM) => {}
            result => return Ok(result?),
        }
    }
    Ok(walk(path)?)
}

fn walk(path: &Path) -> Result<OwnedFd> {
    let mut dir = openat(CWD, "/", HOLD, Mode::empty())?;
    for component in path.components() {
        match component {
            Component::Normal(name) => {
                dir = openat(&dir, name, HOLD | OFlags::NOFOLLOW, Mode::empty())?;
            }
            Component::RootDir | Component::CurDir => {}
            Component::ParentDir | Component::Prefix(_) => return Err(Errno::INVAL),
        }
    }
    Ok(dir)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn no_link_is_followed_on_the_way() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().canonicalize().unwrap();
        fs::create_dir_all(base.join("real/inner")).unwrap();
        symlink(base.join("real"), base.join("link")).unwrap();
        for open in [hold, |path: &Path| Ok(walk(path)?)] {
            assert!(open(&base.join("real/inner")).is_ok());
            assert!(open(&base.join("link")).is_err());
            assert!(open(&base.join("link/inner")).is_err());
            assert!(open(&base.join("absent")).is_err());
        }
        assert!(hold(Path::new("relative")).is_err());
    }
}
