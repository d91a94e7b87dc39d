//! Finds the work tree and the git directories without opening the repository.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

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
            let text = fs::read_to_string(&dot_git).ok()?;
            let target = text.strip_prefix("gitdir:")?.trim();
            root.join(target)
        } else {
            dot_git
        };
        if !git_dir.join("HEAD").exists() {
            return None;
        }
        let common_dir = match fs::read_to_string(git_dir.join("commondir")) {
            Ok(text) => git_dir.join(text.trim()),
            Err(_) => git_dir.clone(),
        };
        Some(Self {
            root: root.to_path_buf(),
            common_dir: fs::canonicalize(&common_dir).unwrap_or(common_dir),
            git_dir: fs::canonicalize(&git_dir).unwrap_or(git_dir),
        })
    }

    /// Where hive keeps what belongs to the repository.
    pub fn state_dir(&self) -> PathBuf {
        self.common_dir.join("hive")
    }

    /// Where hive keeps what belongs to this work tree alone: its id, its locks, the
    /// wake and notice files, its temporary files. The same directory as
    /// [`state_dir`](Self::state_dir) in the main work tree.
    pub fn own_dir(&self) -> PathBuf {
        self.git_dir.join("hive")
    }
}

/// Makes a directory that only the user can enter; an existing one is left as it is.
pub fn private_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}
