//! Which files of the work tree differ from the index, as far as a stat tells, or are not
//! in it.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;

use gix::bstr::ByteSlice;
use gix::index::entry::{Mode, Stage};
use gix::worktree::stack::state::ignore::Source;

use super::baseline::BaselineError;
use super::{Oid, Place, RepoPath};

/// Tracked regular files whose size or time of modification is not what the index
/// has, in order of path. One that git has not looked at since it wrote the file may
/// be among them although its content is the same.
pub fn modified(place: &Place) -> Result<Vec<RepoPath>, BaselineError> {
    let unreadable = |error: &dyn std::fmt::Display| BaselineError::Unreadable(error.to_string());
    let repo = gix::open(place.root.clone()).map_err(|error| unreadable(&error))?;
    let index = repo.index_or_empty().map_err(|error| unreadable(&error))?;
    let mut modified = Vec::new();
    for entry in index.entries() {
        let regular = entry.mode == Mode::FILE || entry.mode == Mode::FILE_EXECUTABLE;
        if !regular || entry.stage() != Stage::Unconflicted {
            continue;
        }
        let Some(path) = entry
            .path(&index)
            .to_str()
            .ok()
            .and_then(|path| RepoPath::new(path).ok())
        else {
            continue;
        };
        let Ok(about) = path.below(&place.root).symlink_metadata() else {
            continue;
        };
        let same = u64::from(entry.stat.size) == about.size()
            && i64::from(entry.stat.mtime.secs) == about.mtime();
        if !same && about.is_file() {
            modified.push(path);
        }
    }
    Ok(modified)
}

/// What the index holds of these paths: the content of regular files without a conflict.
pub fn staged(place: &Place, paths: &[RepoPath]) -> Result<HashMap<RepoPath, Oid>, BaselineError> {
    if paths.is_empty() {
        return Ok(HashMap::new());
    }
    let unreadable = |error: &dyn std::fmt::Display| BaselineError::Unreadable(error.to_string());
    let repo = gix::open(place.root.clone()).map_err(|error| unreadable(&error))?;
    let index = repo.index_or_empty().map_err(|error| unreadable(&error))?;
    let held = |path: &RepoPath| {
        let entry = index.entry_by_path(path.as_str().into())?;
        let regular = entry.mode == Mode::FILE || entry.mode == Mode::FILE_EXECUTABLE;
        regular.then(|| (path.clone(), Oid::from(entry.id)))
    };
    Ok(paths.iter().filter_map(held).collect())
}

/// Those of the paths that the index does not have.
pub fn untracked(place: &Place, paths: Vec<RepoPath>) -> Result<Vec<RepoPath>, BaselineError> {
    if paths.is_empty() {
        return Ok(paths);
    }
    let unreadable = |error: &dyn std::fmt::Display| BaselineError::Unreadable(error.to_string());
    let repo = gix::open(place.root.clone()).map_err(|error| unreadable(&error))?;
    let index = repo.index_or_empty().map_err(|error| unreadable(&error))?;
    let known = |path: &RepoPath| index.entry_by_path(path.as_str().into()).is_some();
    Ok(paths.into_iter().filter(|path| !known(path)).collect())
}

/// Those of the paths, which name files, that git ignores: the index does not have them, and
/// a rule leaves them out.
pub fn ignored(place: &Place, paths: &[RepoPath]) -> Result<HashSet<RepoPath>, BaselineError> {
    if paths.is_empty() {
        return Ok(HashSet::new());
    }
    let unreadable = |error: &dyn std::fmt::Display| BaselineError::Unreadable(error.to_string());
    let repo = gix::open(place.root.clone()).map_err(|error| unreadable(&error))?;
    let index = repo.index_or_empty().map_err(|error| unreadable(&error))?;
    let source = Source::WorktreeThenIdMappingIfNotSkipped;
    let mut rules = repo
        .excludes(&index, None, source)
        .map_err(|error| unreadable(&error))?;
    let mut ignored = HashSet::new();
    for path in paths {
        if index.entry_by_path(path.as_str().into()).is_some() {
            continue;
        }
        let at = rules
            .at_path(path.as_path(), Some(Mode::FILE))
            .map_err(|error| unreadable(&error))?;
        if at.is_excluded() {
            ignored.insert(path.clone());
        }
    }
    Ok(ignored)
}
