//! Which paths a stash entry on the tip touches.
//!
//! A fix that lands between `git stash` and `git stash pop` makes the pop conflict, so
//! such a path waits until the entry is gone.

use std::collections::BTreeSet;

use super::error::{LandError, git, io};
use crate::repo::{Oid, Place, RepoPath, reftable};

/// Those of `paths` that differ between the tip and the index or work tree of a stash
/// entry whose base is the tip.
pub(super) fn touched(
    place: &Place,
    repo: &gix::Repository,
    tip: &Oid,
    paths: &[&RepoPath],
) -> Result<BTreeSet<RepoPath>, LandError> {
    let mut found = BTreeSet::new();
    let reading = "reading a stash entry";
    for entry in entries(place, repo)? {
        // Dropped entries stay in no log; what is named but gone is no entry either.
        let Ok(commit) = repo.find_commit(entry) else {
            continue;
        };
        let parents: Vec<_> = commit.parent_ids().map(gix::Id::detach).collect();
        if parents.first() != Some(&tip.id()) {
            continue;
        }
        let blob = |commit: gix::ObjectId, path: &RepoPath| -> Result<_, LandError> {
            let tree = repo
                .find_commit(commit)
                .map_err(git(reading))?
                .tree()
                .map_err(git(reading))?;
            let entry = tree
                .lookup_entry_by_path(path.as_path())
                .map_err(git(reading))?;
            Ok(entry.map(|entry| entry.object_id()))
        };
        for path in paths {
            let base = blob(tip.id(), path)?;
            for side in std::iter::once(&entry).chain(parents.get(1)) {
                if blob(*side, path)? != base {
                    found.insert((*path).clone());
                }
            }
        }
    }
    Ok(found)
}

/// The stash entries that there are, and those that were dropped since the log began.
pub(super) fn entries(
    place: &Place,
    repo: &gix::Repository,
) -> Result<BTreeSet<gix::ObjectId>, LandError> {
    if reftable::is_used(&place.common_dir) {
        let lines = reftable::log(&place.git_dir, "refs/stash")
            .map_err(io("reading the list of stashes in", &place.common_dir))?;
        let lines = lines.unwrap_or_default().into_iter();
        return Ok(lines.map(|line| line.new.id()).collect());
    }
    let mut entries = BTreeSet::new();
    let Ok(Some(stash)) = repo.try_find_reference("refs/stash") else {
        return Ok(entries);
    };
    entries.extend(stash.try_id().map(gix::Id::detach));
    let mut log = stash.log_iter();
    if let Some(lines) = log.all().map_err(git("reading the list of stashes"))? {
        entries.extend(lines.flatten().map(|line| line.new_oid()));
    }
    Ok(entries)
}
