//! Where a repository's hooks live, and whether hive may write there.

use std::fs;
use std::path::{Path, PathBuf};

use super::git::Git;
use super::{ByHand, HookError, Why, all, script};
use crate::repo::Place;

/// Where git looks for hooks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    /// A directory of this repository alone; it may not exist yet.
    Own(PathBuf),
    /// A directory that hive does not write.
    Foreign {
        /// Which.
        directory: PathBuf,
        /// Why not.
        why: Why,
    },
}

/// Where git looks for the hooks of this repository.
pub(super) fn find(place: &Place, git: &Git) -> Result<Home, HookError> {
    let plain = place.common_dir.join("hooks");
    let (directory, own) = match git.hooks_path(place)? {
        // git takes a relative path as below the directory in which hooks run.
        Some(setting) => (place.root.join(&setting.value), setting.own),
        None => (plain.clone(), true),
    };
    let foreign = |why| Home::Foreign {
        directory: directory.clone(),
        why,
    };
    Ok(if in_work_tree(place, &directory) {
        foreign(Why::InWorkTree)
    } else if !own && !same(&directory, &plain) {
        foreign(Why::Shared)
    } else if !writable(&directory) {
        foreign(Why::ReadOnly)
    } else {
        Home::Own(directory)
    })
}

/// The directories in which ours may have been installed: the one that git looks in
/// now, if hive may write it, and the repository's own. After `core.hooksPath` was
/// set or unset the two differ.
pub(super) fn own_directories(place: &Place, git: &Git) -> Result<Vec<PathBuf>, HookError> {
    let plain = place.common_dir.join("hooks");
    let mut found = Vec::new();
    if let Home::Own(directory) = find(place, git)?
        && !same(&directory, &plain)
    {
        found.push(directory);
    }
    if !in_work_tree(place, &plain) {
        found.push(plain);
    }
    Ok(found)
}

/// What is left for a person: the lines that are not there yet.
pub(super) fn by_hand(directory: PathBuf, why: Why, wanted: &[&'static str]) -> Option<ByHand> {
    let files = person_directory(&directory);
    let lines: Vec<(PathBuf, String)> = wanted
        .iter()
        .filter(|event| !is_added(files, event))
        .map(|event| (files.join(event), script::line_to_add(event)))
        .collect();
    (!lines.is_empty()).then_some(ByHand {
        directory,
        why,
        lines,
    })
}

/// The hooks in a directory that hive does not write to which a person has added the line.
pub(super) fn added(directory: &Path) -> Vec<&'static str> {
    let files = person_directory(directory);
    all().filter(|event| is_added(files, event)).collect()
}

fn is_added(files: &Path, event: &str) -> bool {
    fs::read(files.join(event)).is_ok_and(|content| script::has_line(&content, event))
}

/// Where a person's hook files belong: husky points git at a directory `_` of its own
/// making and calls the files beside that.
fn person_directory(directory: &Path) -> &Path {
    match directory.parent() {
        Some(parent) if directory.ends_with(".husky/_") => parent,
        _ => directory,
    }
}

/// Whether a directory, after all links, is part of the work tree. The git directory,
/// which usually lies below the root, is not.
fn in_work_tree(place: &Place, directory: &Path) -> bool {
    let real = real(directory);
    let root = real_or(&place.root);
    real.starts_with(root)
        && !real.starts_with(real_or(&place.common_dir))
        && !real.starts_with(real_or(&place.git_dir))
}

fn same(one: &Path, other: &Path) -> bool {
    real(one) == real(other)
}

/// The real path of something that may not exist: of the part that does, and the rest.
fn real(path: &Path) -> PathBuf {
    for ancestor in path.ancestors() {
        if let Ok(real) = fs::canonicalize(ancestor)
            && let Ok(rest) = path.strip_prefix(ancestor)
        {
            return if rest.as_os_str().is_empty() {
                real
            } else {
                real.join(rest)
            };
        }
    }
    path.to_path_buf()
}

fn real_or(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())
}

/// Whether files can be made in a directory, or the directory itself where it is
/// missing. `/dev/null`, by which people switch hooks off, is no directory.
fn writable(directory: &Path) -> bool {
    let there = directory.ancestors().find(|path| path.exists());
    there.is_some_and(|path| {
        path.is_dir() && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok()
    })
}
