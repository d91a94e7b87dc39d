//! Which paths a stash entry on the tip touches.
//!
//! A fix that lands between `git stash` and `git stash pop` makes the pop conflict, so
//! such a path waits until the entry is gone.

use std::collections::BTreeSet;

use super::error::{LandError, git};
use crate::repo::{Oid, RepoPath};

/// Those of `paths` that differ between the tip and the index or work tree of a stash
/// entry whose base is the tip.
pub(super) fn touched(
    repo: &gix::Repository,
    tip: &Oid,
    paths: &[&RepoPath],
) -> Result<BTreeSet<RepoPath>, LandError> {
    let mut found = BTreeSet::new();
    let Ok(Some(stash)) = repo.try_find_reference("refs/stash") else {
        return Ok(found);
    };
    let mut entries: Vec<gix::ObjectId> = Vec::new();
    if let Some(id) = stash.try_id() {
        entries.push(id.detach());
    }
    let mut log = stash.log_iter();
    if let Some(lines) = log.all().map_err(git("reading the list of stashes"))? {
        for line in lines.flatten() {
            entries.push(line.new_oid());
        }
    }
    let reading = "reading a stash entry";
    for entry in entries.into_iter().collect::<BTreeSet<_>>() {
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
