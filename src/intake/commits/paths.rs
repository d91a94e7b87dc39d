//! Which files own commits changed, and through which contents each went.

use std::collections::BTreeMap;

use super::history::{Change, History, Ids};
use super::{CommitsError, Work};
use crate::repo::{Oid, RepoPath};

/// What own commits changed.
pub(super) struct Changed {
    /// In order of path.
    pub(super) files: Vec<Work>,
    /// The own commits: those that a merge brought, then the others, oldest first.
    pub(super) order: Vec<Oid>,
    pub(super) notes: Vec<String>,
}

/// A file on its way to the tip.
struct Way {
    base: Option<Oid>,
    commits: Vec<Oid>,
    versions: Vec<(Oid, bool)>,
}

/// Replays the way from the mark to the tip by first parents and keeps what happened
/// to each file since an own commit changed it.
///
/// An own commit that is not on that way came in by a merge (the person merged their
/// own branch before anybody looked); then the merge's whole change of its files
/// counts as own. A file that is deleted on the way is forgotten. A rename is a
/// deletion and a creation, except where the content stays: then the file keeps its
/// past, so that moving old code does not make it new.
pub(super) fn work(
    history: &History,
    tip: Oid,
    fresh: &Ids,
    own: &Ids,
) -> Result<Changed, CommitsError> {
    let mut chain = history.first_parents(tip, |id| fresh.contains(id));
    chain.reverse();
    let on_chain: Ids = chain.iter().copied().collect();
    let mut aside: Vec<Oid> = own.difference(&on_chain).copied().collect();
    aside.sort_unstable();
    let mut notes = Vec::new();
    let mut merged: BTreeMap<String, Vec<Oid>> = BTreeMap::new();
    for id in &aside {
        for change in changes(history, *id, &mut notes)? {
            merged.entry(change.path).or_default().push(*id);
        }
    }
    let parents = |id: &Oid| history.commit(*id).map_or(0, |commit| commit.parents.len());
    let begin = chain
        .iter()
        .position(|id| own.contains(id) || (!aside.is_empty() && parents(id) > 1))
        .unwrap_or(chain.len());
    let mut ways: BTreeMap<String, Way> = BTreeMap::new();
    for id in &chain[begin..] {
        let is_merge = parents(id) > 1;
        let mine = own.contains(id);
        let changed = against_first(history, *id, &mut notes)?;
        let gone = follow_renames(&mut ways, &changed, mine && !is_merge);
        for change in &changed {
            let Some(new) = change.new else {
                if !gone.contains(&change.path) {
                    ways.remove(&change.path);
                }
                continue;
            };
            let by = if mine && (!is_merge || differs_from_others(history, *id, change)?) {
                vec![*id]
            } else if is_merge {
                merged.get(&change.path).cloned().unwrap_or_default()
            } else {
                Vec::new()
            };
            step(&mut ways, change, new, by);
        }
    }
    let order = aside
        .into_iter()
        .chain(chain.into_iter().filter(|id| own.contains(id)))
        .collect();
    let mut files = Vec::new();
    for (path, way) in ways {
        let blob = way.versions.last().map(|(blob, _)| *blob);
        let (Ok(path), Some(blob)) = (RepoPath::new(path), blob) else {
            continue;
        };
        files.push(Work {
            path,
            blob,
            base: way.base,
            commits: way.commits,
            versions: way.versions,
        });
    }
    Ok(Changed {
        files,
        order,
        notes,
    })
}

/// One change of a file, by own commits (`by`) or by others.
fn step(ways: &mut BTreeMap<String, Way>, change: &Change, new: Oid, by: Vec<Oid>) {
    let known = ways.get_mut(&change.path);
    if by.is_empty() {
        // What others do to a file counts only once it has been touched.
        if let Some(way) = known {
            way.versions.push((new, false));
        }
        return;
    }
    if let Some(way) = known {
        // A pure rename has put the new content there already.
        if way.versions.last().map(|(blob, _)| *blob) != Some(new) {
            way.versions.push((new, true));
        }
        for id in by {
            if !way.commits.contains(&id) {
                way.commits.push(id);
            }
        }
        return;
    }
    let mut versions: Vec<(Oid, bool)> = change.old.map(|old| (old, false)).into_iter().collect();
    versions.push((new, true));
    let way = Way {
        base: change.old,
        commits: by,
        versions,
    };
    ways.insert(change.path.clone(), way);
}

/// Hands the past of files on to where they were moved without a change of content;
/// returns the paths that were handled so. Where nobody has touched the file yet and
/// the commit is own, the past begins with the content that was moved.
fn follow_renames(ways: &mut BTreeMap<String, Way>, changed: &[Change], mine: bool) -> Vec<String> {
    let mut gone: Vec<String> = Vec::new();
    for change in changed {
        let (None, Some(blob)) = (change.old, change.new) else {
            continue;
        };
        let source = changed.iter().find(|source| {
            source.new.is_none() && source.old == Some(blob) && !gone.contains(&source.path)
        });
        let Some(source) = source else {
            continue;
        };
        gone.push(source.path.clone());
        if let Some(way) = ways.remove(&source.path) {
            ways.insert(change.path.clone(), way);
        } else if mine {
            let way = Way {
                base: Some(blob),
                commits: Vec::new(),
                versions: vec![(blob, false)],
            };
            ways.insert(change.path.clone(), way);
        }
    }
    gone
}

/// What a commit changed: against its parent; for a merge only what differs from all
/// parents.
fn changes(
    history: &History,
    id: Oid,
    notes: &mut Vec<String>,
) -> Result<Vec<Change>, CommitsError> {
    let mut kept = Vec::new();
    for change in against_first(history, id, notes)? {
        if differs_from_others(history, id, &change)? {
            kept.push(change);
        }
    }
    Ok(kept)
}

fn against_first(
    history: &History,
    id: Oid,
    notes: &mut Vec<String>,
) -> Result<Vec<Change>, CommitsError> {
    let parent = history
        .commit(id)
        .and_then(|commit| commit.parents.first().copied());
    if let Some(changes) = history.changes(parent, id)? {
        return Ok(changes);
    }
    notes.push(format!(
        "the parent of commit {} is not in this shallow clone, so what it changed is unknown",
        id.short()
    ));
    Ok(Vec::new())
}

/// Whether a change against the first parent is one against every other parent, too;
/// true for a commit with one parent.
fn differs_from_others(history: &History, id: Oid, change: &Change) -> Result<bool, CommitsError> {
    let Some(commit) = history.commit(id) else {
        return Ok(false);
    };
    for parent in commit.parents.iter().skip(1) {
        if history.blob(*parent, &change.path)? == change.new {
            return Ok(false);
        }
    }
    Ok(true)
}
