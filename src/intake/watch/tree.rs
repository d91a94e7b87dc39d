//! The directories of a work tree that are watched: those that git does not ignore.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;

use crate::intake::walk::{self, enters, odd_rules};

/// What a walk found.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) directories: BTreeSet<PathBuf>,
    pub(super) files: Vec<PathBuf>,
}

/// Everything at and below a directory that is not ignored, closed or another
/// repository's; nothing if it is gone. Whether the directory itself is ignored is not
/// asked, see [`watchable`].
pub(super) fn list(root: &Path) -> Listing {
    let mut listing = Listing::default();
    for entry in builder(root).build().flatten() {
        let Some(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            listing.directories.insert(entry.into_path());
        } else {
            listing.files.push(entry.into_path());
        }
    }
    listing
}

/// Those of the directories (children of `parent`) that a walk would enter.
pub(super) fn watchable(parent: &Path, wanted: &BTreeSet<PathBuf>) -> Vec<PathBuf> {
    builder(parent)
        .max_depth(Some(1))
        .build()
        .flatten()
        .filter(|entry| entry.depth() == 1 && entry.file_type().is_some_and(|kind| kind.is_dir()))
        .map(ignore::DirEntry::into_path)
        .filter(|path| wanted.contains(path))
        .collect()
}

fn builder(root: &Path) -> WalkBuilder {
    let mut builder = walk::builder(root);
    builder.follow_links(false);
    builder.filter_entry(|entry| {
        let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
        (entry.depth() == 0 || enters(entry))
            && (!is_directory || odd_rules(entry.path()).is_none())
    });
    builder
}
