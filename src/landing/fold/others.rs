//! Who else has a commit: other references, other work trees, stash entries.

use std::fs;
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

use super::super::error::{LandError, git, io};
use super::super::refs::{Head, Refs};
use super::super::stash;
use crate::repo::{Oid, Place, pushing, reftable};

/// By how much the clocks of two commits may differ, in seconds, for the older date to
/// be the newer commit's.
const SKEW: i64 = 24 * 60 * 60;

/// What of another work tree's git directory holds ids while it is in the middle of
/// something.
const UNFINISHED: [&str; 6] = [
    "rebase-merge/onto",
    "rebase-merge/orig-head",
    "rebase-apply/onto",
    "rebase-apply/orig-head",
    "MERGE_HEAD",
    "CHERRY_PICK_HEAD",
];

/// Who else has `commit`, the tip of `branch`, as a phrase that says so; `None` if nobody
/// does, so that nobody would miss it.
///
/// *Has* means reaches: a branch that was made of the tip and went on would keep the old
/// commit while this branch got another one. To know it exactly, the history behind every
/// reference would have to be walked, down to the beginning for old tags; references whose
/// commit is a day older than this one are only compared with it. (Who reaches a commit is
/// younger than it, but for dates that were made up.)
pub(super) fn who(
    place: &Place,
    repo: &gix::Repository,
    branch: &str,
    commit: &Oid,
) -> Result<Option<String>, LandError> {
    if pushing::was_sent(&place.common_dir, commit) {
        return Ok(Some("it was about to be pushed".to_owned()));
    }
    let made = seconds(repo, commit);
    for (name, id) in references(place, repo)? {
        if name == branch {
            continue;
        }
        if name.strip_prefix("refs/replace/") == Some(commit.to_string().as_str()) {
            return Ok(Some("git replaces it by another object".to_owned()));
        }
        if reaches(repo, id, commit, made) {
            return Ok(Some(match name.strip_prefix("refs/remotes/") {
                Some(remote) => format!("{remote} has it already"),
                None => format!("{name} refers to it"),
            }));
        }
    }
    for entry in stash::entries(place, repo)? {
        // What was dropped and pruned refers to nothing.
        let parents = repo.find_commit(entry).map(|entry| {
            let parents = entry.parent_ids().map(gix::Id::detach);
            parents.collect::<Vec<_>>()
        });
        if parents.is_ok_and(|parents| parents.contains(&commit.id())) {
            return Ok(Some("a stash entry refers to it".to_owned()));
        }
    }
    let bare = repo.config_snapshot().boolean("core.bare") == Some(true);
    for git_dir in elsewhere(place)? {
        // The HEAD of a bare repository is nobody's work tree.
        if bare && git_dir == place.common_dir {
            continue;
        }
        if let Some(why) = has(&git_dir, place, repo, branch, commit, made)? {
            return Ok(Some(why));
        }
    }
    Ok(None)
}

/// The remote-tracking branch that has a commit, if one has.
pub(super) fn remote(
    place: &Place,
    repo: &gix::Repository,
    commit: &Oid,
) -> Result<Option<String>, LandError> {
    let made = seconds(repo, commit);
    Ok(references(place, repo)?.into_iter().find_map(|(name, id)| {
        let remote = name.strip_prefix("refs/remotes/")?;
        reaches(repo, id, commit, made).then(|| remote.to_owned())
    }))
}

/// All references that are no names for others, with the commits they lead to, or what
/// else they lead to.
fn references(
    place: &Place,
    repo: &gix::Repository,
) -> Result<Vec<(String, gix::ObjectId)>, LandError> {
    let reading = "listing the references";
    let mut all = Vec::new();
    if reftable::is_used(&place.common_dir) {
        let table = reftable::read(&place.git_dir).map_err(io(reading, &place.common_dir))?;
        for (name, oid) in table.refs {
            // Pseudo references (ORIG_HEAD) are git's memory, and nobody's commit.
            if name.starts_with("refs/") {
                all.push((name, peeled(repo, oid.id())));
            }
        }
        return Ok(all);
    }
    let platform = repo.references().map_err(git(reading))?;
    for reference in platform.all().map_err(git(reading))? {
        let mut reference = reference.map_err(|error| LandError::Git {
            doing: reading,
            reason: error.to_string(),
        })?;
        // What a symbolic one stands for is a reference itself, or nothing yet.
        let Some(id) = reference.try_id().map(gix::Id::detach) else {
            continue;
        };
        let name = reference.name().as_bstr().to_str_lossy().into_owned();
        // Of a packed tag git has noted where it leads to.
        let id = reference.peel_to_id().map_or(id, gix::Id::detach);
        all.push((name, id));
    }
    Ok(all)
}

/// What an annotated tag is of; anything else as it is.
fn peeled(repo: &gix::Repository, id: gix::ObjectId) -> gix::ObjectId {
    let object = repo.find_object(id).ok();
    let commit = object.and_then(|object| object.peel_tags_to_end().ok());
    commit.map_or(id, |commit| commit.id)
}

fn seconds(repo: &gix::Repository, commit: &Oid) -> i64 {
    let commit = repo.find_commit(commit.id()).ok();
    let time = commit.and_then(|commit| commit.time().ok());
    time.map_or(i64::MIN, |time| time.seconds)
}

fn reaches(repo: &gix::Repository, from: gix::ObjectId, commit: &Oid, made: i64) -> bool {
    if from == commit.id() {
        return true;
    }
    let time = repo.find_commit(from).ok().and_then(|it| it.time().ok());
    // A tree or a blob (a tag may be of one) reaches no commit.
    time.is_some_and(|time| time.seconds.saturating_add(SKEW) >= made)
        && repo
            .merge_base(from, commit.id())
            .is_ok_and(|base| base.is_some_and(|base| base == commit.id()))
}

/// The git directories of the other work trees.
fn elsewhere(place: &Place) -> Result<Vec<PathBuf>, LandError> {
    let directory = place.common_dir.join("worktrees");
    let mut found = vec![place.common_dir.clone()];
    match fs::read_dir(&directory) {
        Ok(entries) => {
            for entry in entries {
                found.push(entry.map_err(io("listing", &directory))?.path());
            }
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(io("listing", &directory)(error)),
    }
    found.retain(|git_dir| *git_dir != place.git_dir);
    Ok(found)
}

/// What another work tree has of a commit, or of the branch whose tip it is.
fn has(
    git_dir: &Path,
    place: &Place,
    repo: &gix::Repository,
    branch: &str,
    commit: &Oid,
    made: i64,
) -> Result<Option<String>, LandError> {
    let refs = Refs {
        git_dir: git_dir.to_owned(),
        common_dir: place.common_dir.clone(),
    };
    let said = |what: &str| Ok(Some(format!("{what} of another work tree")));
    // One whose HEAD cannot be read has been removed, but for its directory.
    match refs.head().unwrap_or(None) {
        Some(Head::On(name)) if name == branch => return said("its branch is that"),
        Some(Head::Detached(oid)) if reaches(repo, oid.id(), commit, made) => {
            return said("it is in the history");
        }
        _ => {}
    }
    let hex = commit.to_string();
    let names = |file: &Path| fs::read_to_string(file).is_ok_and(|text| text.trim() == hex);
    if UNFINISHED.iter().any(|file| names(&git_dir.join(file))) {
        return said("it is part of an operation");
    }
    // References that a work tree has for itself: refs/bisect, refs/worktree. Those of the
    // main one lie among the common ones.
    let mut todo = if *git_dir == place.common_dir {
        vec![git_dir.join("refs/bisect"), git_dir.join("refs/worktree")]
    } else {
        vec![git_dir.join("refs")]
    };
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if names(&path) {
                return said("it is part of a reference");
            }
        }
    }
    Ok(None)
}
