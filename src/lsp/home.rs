//! Whether a document is hive's to look at, and in which repository it is.

use std::path::PathBuf;

use super::uri;
use crate::repo::{Place, RepoPath};
use crate::rpc::inside;

/// A Python file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    /// The work tree.
    pub(super) place: Place,
    /// The file, absolute.
    pub(super) path: PathBuf,
    /// The file, from the root.
    pub(super) relative: RepoPath,
}

impl Home {
    /// Where a document is at home; `None` for what is left alone: no file of this
    /// machine, no Python, in no repository, behind a link that leads out of it, in the
    /// git directory, or in somebody else's repository.
    pub(super) fn of(document: &str, language: &str) -> Option<Self> {
        let path = uri::path(document)?;
        let ending = path.extension().and_then(|ending| ending.to_str());
        if language != "python" && !matches!(ending, Some("py" | "pyi")) {
            return None;
        }
        // A notebook's cells come as documents of their own, which are no files.
        if ending == Some("ipynb") {
            return None;
        }
        let place = Place::find(path.parent()?)?;
        let path = inside(&place.root, path.to_str()?).ok()?;
        place.admits().ok()?;
        let root = place.root.canonicalize().ok()?;
        let below = path.strip_prefix(&root).ok()?.to_str()?;
        Some(Self {
            relative: RepoPath::new(below).ok()?,
            place,
            path,
        })
    }

    /// Whether the file can be there; for a new one its directory may not exist yet.
    pub(super) fn has_directory(&self) -> bool {
        self.path.parent().is_some_and(std::path::Path::is_dir)
    }
}
