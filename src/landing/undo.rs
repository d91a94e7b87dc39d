//! Taking a commit of hive's back: the inverse, as fixes for an ordinary landing.

use super::error::{LandError, git};
use super::order::{Fix, Left};
use super::reconcile::merge;
use super::site::Site;
use crate::repo::{Oid, RepoPath};

/// What can be taken back.
#[derive(Debug)]
pub struct Undoable {
    /// One per path, of the tip; for an [`Order`](super::Order) with a single layer.
    pub fixes: Vec<Fix>,
    /// The paths that cannot, with the reasons.
    pub left: Vec<(RepoPath, Left)>,
}

/// Makes the fixes that take `commit` (of hive's own, on the branch of `tip`) back; of one
/// that hive folded fixes into, what it was `before` that, and nothing else of it.
///
/// A path that is as the commit left it becomes what it was before; one that has been
/// edited since gets the inverse merged in, and stays if that conflicts. The ids of the
/// fixes count from 0; they are not of class *same*, since nothing has been compared, and
/// have no codes: undoing needs no finding in the other copies.
pub fn undoing(
    site: &Site,
    commit: &Oid,
    before: Option<&Oid>,
    tip: &Oid,
) -> Result<Undoable, LandError> {
    let reading = "reading the commit to undo";
    let repo = gix::open(site.place.root.clone()).map_err(git("opening the repository"))?;
    let undone = repo.find_commit(commit.id()).map_err(git(reading))?;
    let parent = match before {
        Some(before) => Some(before.id()),
        None => undone.parent_ids().next().map(gix::Id::detach),
    };
    let parent = parent.ok_or_else(|| LandError::Order(format!("{commit} has no parent")))?;
    let tree = |id: gix::ObjectId| -> Result<gix::Tree<'_>, LandError> {
        let commit = repo.find_commit(id).map_err(git(reading))?;
        commit.tree().map_err(git(reading))
    };
    let (after, before) = (tree(commit.id())?, tree(parent)?);
    let now = tree(tip.id())?;
    let mut undoable = Undoable {
        fixes: Vec::new(),
        left: Vec::new(),
    };
    for Change { path, .. } in changed(&before, &after)? {
        let blob = |tree: &gix::Tree<'_>| -> Result<Option<(Oid, Vec<u8>)>, LandError> {
            let entry = tree
                .lookup_entry_by_path(path.as_path())
                .map_err(git(reading))?
                .filter(|entry| entry.mode().is_blob());
            let Some(entry) = entry else {
                return Ok(None);
            };
            let object = entry.object().map_err(git(reading))?;
            Ok(Some((Oid::from(entry.object_id()), object.detach().data)))
        };
        let (Some(old), Some(new), Some(tip)) = (blob(&before)?, blob(&after)?, blob(&now)?) else {
            let why = Left::Skipped("it is not a file in all three commits".to_owned());
            undoable.left.push((path, why));
            continue;
        };
        if tip.0 == old.0 {
            let why = Left::Skipped("it is as it was before".to_owned());
            undoable.left.push((path, why));
            continue;
        }
        match merge(&new.1, &tip.1, &old.1) {
            Ok(bytes) if bytes != tip.1 => undoable.fixes.push(Fix {
                id: undoable.fixes.len() as u64,
                path,
                before: tip.0,
                after: bytes,
                same_class: false,
                codes: Vec::new(),
                on_save: None,
            }),
            Ok(_) => {
                let why = Left::Skipped("the change is gone already".to_owned());
                undoable.left.push((path, why));
            }
            Err(_) => {
                let why = Left::Skipped("the same lines were edited since".to_owned());
                undoable.left.push((path, why));
            }
        }
    }
    Ok(undoable)
}

/// A path that differs between two trees.
pub(super) struct Change {
    pub(super) path: RepoPath,
    /// The regular files before and after.
    pub(super) before: Option<Oid>,
    pub(super) after: Option<Oid>,
}

/// The paths that differ between two trees, in order.
pub(super) fn changed(
    before: &gix::Tree<'_>,
    after: &gix::Tree<'_>,
) -> Result<Vec<Change>, LandError> {
    use gix::diff::tree::recorder::Change as Recorded;
    let mut recorder = gix::diff::tree::Recorder::default();
    let kind = before.repo.object_hash();
    gix::diff::tree(
        gix::objs::TreeRefIter::from_bytes(&before.data, kind),
        gix::objs::TreeRefIter::from_bytes(&after.data, kind),
        gix::diff::tree::State::default(),
        &before.repo.objects,
        &mut recorder,
    )
    .map_err(git("comparing two trees"))?;
    let file = |mode: gix::objs::tree::EntryMode, oid: gix::ObjectId| {
        mode.is_blob().then(|| Oid::from(oid))
    };
    let mut changes: Vec<Change> = recorder
        .records
        .into_iter()
        .filter_map(|recorded| {
            let (path, before, after, mode) = match recorded {
                Recorded::Addition {
                    entry_mode: mode,
                    oid,
                    path,
                    ..
                } => (path, None, file(mode, oid), mode),
                Recorded::Deletion {
                    entry_mode: mode,
                    oid,
                    path,
                    ..
                } => (path, file(mode, oid), None, mode),
                Recorded::Modification {
                    previous_entry_mode: old,
                    previous_oid,
                    entry_mode: mode,
                    oid,
                    path,
                } => (path, file(old, previous_oid), file(mode, oid), mode),
            };
            let path = RepoPath::new(path.to_string()).ok()?;
            (!mode.is_tree()).then_some(Change {
                path,
                before,
                after,
            })
        })
        .collect();
    changes.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(changes)
}
