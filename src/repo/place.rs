//! Finds the work tree and the git directories without opening the repository.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::regular;

/// The longest path that a file of git's may hold, in bytes.
const LONGEST: u64 = 64 << 10;

/// Why hive does not work in a repository.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// It is somebody else's.
    #[error("{} belongs to another user, so git and hive do not work in it", .0.display())]
    Owner(PathBuf),
    /// What is in the place of hive's own files is not hive's.
    #[error("hive's own directory in this repository cannot be used")]
    State(#[source] io::Error),
}

/// A work tree and its git directories; all paths absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The top of the work tree.
    pub root: PathBuf,
    /// This work tree's own git directory (`.git`, or `.git/worktrees/NAME`).
    pub git_dir: PathBuf,
    /// The directory shared by all work trees.
    pub common_dir: PathBuf,
}

impl Place {
    /// Looks for a repository from `start` (absolute) upwards.
    ///
    /// Returns `None` outside a work tree. A `.git` file that points nowhere is
    /// treated as if it were not there, as git's own search reports it later.
    pub fn find(start: &Path) -> Option<Self> {
        start.ancestors().find_map(Self::at)
    }

    /// The repository whose work tree's top is exactly `root`.
    pub fn at(root: &Path) -> Option<Self> {
        let dot_git = root.join(".git");
        let kind = fs::symlink_metadata(&dot_git).ok()?;
        let git_dir = if kind.is_file() {
            let text = regular::read_text(&dot_git, LONGEST).ok()?;
            let target = text.strip_prefix("gitdir:")?.trim();
            root.join(target)
        } else {
            dot_git
        };
        if !git_dir.join("HEAD").exists() {
            return None;
        }
        let common = git_dir.join("commondir");
        let common_dir = match regular::read_text(&common, LONGEST) {
            Ok(text) => shared(&git_dir.join(text.trim()))?,
            // One that is there and cannot be read (too many open files, a pipe) must not make a
            // linked work tree look like a repository of its own. To ask takes no
            // descriptor.
            Err(_) if fs::symlink_metadata(&common).is_ok() => return None,
            Err(_) => git_dir.clone(),
        };
        // Whoever reads references opens it, and would wait at a pipe for ever.
        if fs::metadata(common_dir.join("packed-refs")).is_ok_and(|it| !it.is_file()) {
            return None;
        }
        Some(Self {
            root: root.to_path_buf(),
            common_dir: fs::canonicalize(&common_dir).unwrap_or(common_dir),
            git_dir: fs::canonicalize(&git_dir).unwrap_or(git_dir),
        })
    }

    /// Whether hive may work here: the work tree and the git directories are this user's,
    /// or git's configuration calls the place safe (`safe.directory`), as git itself asks;
    /// and what hive has kept is [`sound`].
    pub fn admits(&self) -> Result<(), Refused> {
        let own = [&self.root, &self.git_dir, &self.common_dir]
            .into_iter()
            .all(|path| gix::sec::identity::is_path_owned_by_current_user(path).unwrap_or(true));
        let safe = || {
            let options = gix::open::Options::default().bail_if_untrusted(true);
            gix::open_opts(&self.root, options).is_ok()
        };
        if !own && !safe() {
            return Err(Refused::Owner(self.root.clone()));
        }
        sound(&self.state_dir())
            .and_then(|()| self.own_dir_is_sound())
            .map_err(Refused::State)
    }

    /// Where hive keeps what belongs to the repository.
    pub fn state_dir(&self) -> PathBuf {
        self.common_dir.join("hive")
    }
}

/// A directory that can be the one that work trees share, by what git asks of it: a
/// `commondir` of an unpacked archive may name any directory of the user's, and hive
/// makes its own directory in it.
fn shared(directory: &Path) -> Option<PathBuf> {
    let sound = ["objects", "refs"]
        .iter()
        .all(|name| directory.join(name).is_dir());
    sound.then(|| directory.to_owned())
}

/// Makes a directory that only the user can enter, and closes one of the user's that is
/// open to others. Refuses what is not [`sound`].
pub fn private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)?;
    close(path)
}

/// The same for a directory whose parent must be there.
///
/// # Errors
/// What the system says; [`io::ErrorKind::NotFound`] without the parent.
pub fn private_level(path: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => close(path),
    }
}

fn close(path: &Path) -> io::Result<()> {
    sound(path)?;
    let about = fs::metadata(path)?;
    if about.mode() & 0o077 != 0 && about.uid() == rustix::process::geteuid().as_raw() {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Refuses a directory of hive's that is a symbolic link, and one in which something is
/// neither a file nor a directory; one that is not there is sound. hive makes nothing of
/// that kind, but an unpacked archive may hold it: what hive keeps would be written to
/// where a link leads, and a pipe would let it wait for ever.
pub fn sound(path: &Path) -> io::Result<()> {
    let about = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        about => about?,
    };
    if about.is_symlink() {
        return refused(path, "a symbolic link");
    }
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_symlink() {
            return refused(&entry.path(), "a symbolic link");
        }
        if !kind.is_file() && !kind.is_dir() {
            return refused(&entry.path(), "a pipe, a socket or a device");
        }
    }
    Ok(())
}

/// The error about something in hive's directories that it has not made.
pub(super) fn refused<T>(path: &Path, what: &str) -> io::Result<T> {
    let path = path.display();
    Err(io::Error::other(format!(
        "{path} is {what}, which hive does not make"
    )))
}
