//! Where HEAD is, and what a tip is to the person.

use gix::bstr::ByteSlice;

use super::baseline::BaselineError;
use super::{Oid, Place, reftable};

/// HEAD as it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// The full name of the branch; `None` while HEAD is detached.
    pub reference: Option<String>,
    /// Its commit; `None` on a branch without one.
    pub tip: Option<Oid>,
}

/// What a tip is to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether this user committed it.
    pub is_mine: bool,
    /// A remote-tracking branch that has it, as `origin/main`, if one does.
    pub pushed_to: Option<String>,
}

/// Reads HEAD.
pub fn read(place: &Place) -> Result<Head, BaselineError> {
    if reftable::is_used(&place.common_dir) {
        let table = reftable::read(&place.git_dir).map_err(|error| unreadable(&error))?;
        return Ok(table.head);
    }
    let repo = open(place)?;
    let head = repo.head().map_err(|error| unreadable(&error))?;
    let reference = head
        .referent_name()
        .map(|name| name.as_bstr().to_str_lossy().into_owned());
    Ok(Head {
        reference,
        tip: tip(head),
    })
}

/// The commit at the end of HEAD: its branch may be a name for another one. A name for
/// nothing, or for itself, is a branch without a commit, as it is to git.
fn tip(mut head: gix::Head<'_>) -> Option<Oid> {
    let id = match head.id() {
        Some(id) => Some(id),
        None => head.try_peel_to_id().ok().flatten(),
    };
    id.map(|id| Oid::from(id.detach()))
}

/// Finds out what a tip is to the person: reads the commit, and for each
/// remote-tracking branch whether it reaches the tip.
pub fn standing(place: &Place, tip: &Oid) -> Result<Standing, BaselineError> {
    let repo = open(place)?;
    let commit = repo
        .find_commit(tip.id())
        .map_err(|error| unreadable(&error))?;
    let email = commit
        .committer()
        .map_err(|error| unreadable(&error))?
        .email
        .to_vec();
    let mine = repo
        .committer()
        .and_then(Result::ok)
        .is_some_and(|me| me.email.eq_ignore_ascii_case(&email));
    let pushed_to = remotes(place, &repo)?.into_iter().find(|(_, id)| {
        *id == tip.id()
            || repo
                .merge_base(tip.id(), *id)
                .is_ok_and(|base| base.is_some_and(|base| base == tip.id()))
    });
    Ok(Standing {
        is_mine: mine,
        pushed_to: pushed_to.map(|(name, _)| name),
    })
}

/// The remote-tracking branches by their short names, and where they are.
pub(super) fn remotes(
    place: &Place,
    repo: &gix::Repository,
) -> Result<Vec<(String, gix::ObjectId)>, BaselineError> {
    if reftable::is_used(&place.common_dir) {
        let table = reftable::read(&place.git_dir).map_err(|error| unreadable(&error))?;
        let remotes = table.refs.iter().filter_map(|(name, oid)| {
            let name = name.strip_prefix("refs/remotes/")?;
            Some((name.to_owned(), oid.id()))
        });
        return Ok(remotes.collect());
    }
    let references = repo.references().map_err(|error| unreadable(&error))?;
    let remotes = references
        .remote_branches()
        .map_err(|error| unreadable(&error))?;
    let named = remotes.flatten().filter_map(|mut remote| {
        let id = remote.peel_to_id().ok()?.detach();
        Some((remote.name().shorten().to_str_lossy().into_owned(), id))
    });
    Ok(named.collect())
}

/// A file that is another one after every move of HEAD: its log, or where references
/// are in a table, the list of tables.
pub fn trace(place: &Place) -> std::path::PathBuf {
    if reftable::is_used(&place.common_dir) {
        let [own, _] = reftable::lists(place);
        return own;
    }
    place.git_dir.join("logs/HEAD")
}

fn open(place: &Place) -> Result<gix::Repository, BaselineError> {
    gix::open(place.root.clone()).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn std::fmt::Display) -> BaselineError {
    BaselineError::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_branch_may_be_a_name_for_another() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        gix::init(root).unwrap();
        let place = Place::at(root).unwrap();
        let put = |name: &str, text: &str| {
            let path = place.git_dir.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{text}\n")).unwrap();
        };
        // The empty tree: it needs no object.
        let repo = gix::open(root).unwrap();
        let tree = repo
            .write_object(gix::objs::Tree::empty())
            .unwrap()
            .detach();
        put("HEAD", "ref: refs/heads/main");
        put("refs/heads/main", "ref: refs/heads/trunk");
        let main = Some("refs/heads/main".to_owned());
        let found = |tip: Option<Oid>| Head {
            reference: main.clone(),
            tip,
        };
        assert_eq!(read(&place).unwrap(), found(None), "of nothing");
        put("refs/heads/trunk", &tree.to_string());
        assert_eq!(read(&place).unwrap(), found(Some(Oid::from(tree))));
        put("refs/heads/trunk", "ref: refs/heads/main");
        assert_eq!(read(&place).unwrap(), found(None), "in a circle");
    }
}
