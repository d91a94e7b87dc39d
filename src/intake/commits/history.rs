//! The repository's commits and trees, as far as a look at them needs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

use gix::bstr::ByteSlice;
use rustc_hash::FxHashSet;

use super::{CommitsError, start};
use crate::repo::reftable::{self, Table};
use crate::repo::{Oid, Place};

/// A repository that was opened for one look: a long-lived handle believes in packs
/// that are gone.
pub(super) struct History {
    /// Where references are in a table: the git directory to ask in.
    table: Option<PathBuf>,
    repo: gix::Repository,
    commits: RefCell<HashMap<Oid, Option<Rc<Commit>>>>,
}

/// What is asked of a commit.
pub(super) struct Commit {
    pub(super) parents: Vec<Oid>,
    pub(super) tree: gix::ObjectId,
    /// The committer's e-mail address.
    pub(super) email: String,
}

/// A regular file that differs between two trees, or is only in one of them.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) path: String,
    pub(super) old: Option<Oid>,
    pub(super) new: Option<Oid>,
}

/// Set of commits.
pub(super) type Ids = FxHashSet<Oid>;

impl History {
    pub(super) fn open(place: &Place) -> Result<Self, CommitsError> {
        let mut repo = gix::open(place.root.clone()).map_err(CommitsError::unreadable)?;
        repo.object_cache_size_if_unset(4 << 20);
        let table = reftable::is_used(&place.common_dir).then(|| place.git_dir.clone());
        Ok(Self {
            table,
            repo,
            commits: RefCell::default(),
        })
    }

    pub(super) fn null(&self) -> Oid {
        gix::ObjectId::null(self.repo.object_hash()).into()
    }

    /// The name of a mark for where HEAD is, whether it is detached, and its commit.
    pub(super) fn head(&self) -> Result<(String, bool, Option<Oid>), CommitsError> {
        use gix::head::Kind;
        if let Some(table) = self.table()? {
            let (detached, tip) = (table.head.reference.is_none(), table.head.tip);
            let name = table.head.reference;
            let name = name.unwrap_or_else(|| start::DETACHED.to_owned());
            return Ok((name, detached, tip));
        }
        let mut head = self.repo.head().map_err(CommitsError::unreadable)?;
        let (name, detached) = match &head.kind {
            Kind::Symbolic(reference) => (reference.name.as_bstr().to_string(), false),
            Kind::Unborn(name) => return Ok((name.as_bstr().to_string(), false, None)),
            Kind::Detached { .. } => (start::DETACHED.to_owned(), true),
        };
        let tip = head
            .try_peel_to_id()
            .map_err(CommitsError::unreadable)?
            .map(|id| id.detach().into());
        Ok((name, detached, tip))
    }

    /// Whether a reference exists.
    pub(super) fn has(&self, name: &str) -> Result<bool, CommitsError> {
        if let Some(table) = self.table()? {
            return Ok(table.refs.contains_key(name));
        }
        let found = self.repo.try_find_reference(name);
        Ok(found.map_err(CommitsError::unreadable)?.is_some())
    }

    /// The local branches and the commits they are at, in order of name.
    pub(super) fn branches(&self) -> Result<Vec<(String, Oid)>, CommitsError> {
        if let Some(table) = self.table()? {
            let branches = table.refs.into_iter();
            return Ok(branches
                .filter(|(name, _)| name.starts_with("refs/heads/"))
                .collect());
        }
        let platform = self.repo.references().map_err(CommitsError::unreadable)?;
        let references = platform
            .local_branches()
            .and_then(gix::reference::iter::Iter::peeled)
            .map_err(CommitsError::unreadable)?;
        Ok(references
            .flatten()
            .filter_map(|reference| {
                let oid = reference.try_id()?.detach().into();
                Some((reference.name().as_bstr().to_str().ok()?.to_owned(), oid))
            })
            .collect())
    }

    /// The commits that remote-tracking references point to.
    pub(super) fn remote_tips(&self) -> Result<Vec<Oid>, CommitsError> {
        let mut tips = self.remotes()?;
        tips.retain(|tip| self.commit(*tip).is_some());
        tips.sort_unstable();
        tips.dedup();
        Ok(tips)
    }

    fn remotes(&self) -> Result<Vec<Oid>, CommitsError> {
        if let Some(table) = self.table()? {
            let remotes = table.refs.into_iter();
            return Ok(remotes
                .filter(|(name, _)| name.starts_with("refs/remotes/"))
                .map(|(_, tip)| tip)
                .collect());
        }
        let platform = self.repo.references().map_err(CommitsError::unreadable)?;
        let references = platform
            .remote_branches()
            .and_then(gix::reference::iter::Iter::peeled)
            .map_err(CommitsError::unreadable)?;
        Ok(references
            .flatten()
            .filter_map(|reference| Some(reference.try_id()?.detach().into()))
            .collect())
    }

    /// The references as they are now, where they are in a table.
    fn table(&self) -> Result<Option<Table>, CommitsError> {
        let read = self.table.as_deref().map(reftable::read).transpose();
        Ok(read?)
    }

    /// The e-mail address under which the person commits, where one is configured.
    pub(super) fn email(&self) -> Option<String> {
        let config = self.repo.config_snapshot();
        let email = config
            .string("committer.email")
            .or_else(|| config.string("user.email"))?;
        let email = email.trim().to_str_lossy().into_owned();
        (!email.is_empty()).then_some(email)
    }

    /// A commit; `None` where it is not here (pruned, or beyond a shallow clone).
    pub(super) fn commit(&self, id: Oid) -> Option<Rc<Commit>> {
        if let Some(known) = self.commits.borrow().get(&id) {
            return known.clone();
        }
        let found = self.read(id).map(Rc::new);
        self.commits.borrow_mut().insert(id, found.clone());
        found
    }

    fn read(&self, id: Oid) -> Option<Commit> {
        let object = self.repo.try_find_object(id.id()).ok()??;
        let commit = object.try_into_commit().ok()?;
        let decoded = commit.decode().ok()?;
        let email = decoded.committer().ok()?.email.to_str_lossy().into_owned();
        Some(Commit {
            parents: decoded.parents().map(Oid::from).collect(),
            tree: decoded.tree(),
            email,
        })
    }

    /// The commits that `tip` reaches and `hidden` do not. Those of `hidden` that are
    /// not here hide nothing.
    pub(super) fn ahead(&self, tip: Oid, hidden: &[Oid]) -> Result<Ids, CommitsError> {
        let hidden: Vec<gix::ObjectId> = hidden
            .iter()
            .filter(|id| self.commit(**id).is_some())
            .map(Oid::id)
            .collect();
        let walk = self
            .repo
            .rev_walk([tip.id()])
            .with_hidden(hidden)
            .all()
            .map_err(CommitsError::unreadable)?;
        let mut found = Ids::default();
        for info in walk {
            found.insert(info.map_err(CommitsError::unreadable)?.id.into());
        }
        Ok(found)
    }

    /// The way from `tip` by first parents as long as it stays inside, newest first.
    pub(super) fn first_parents(&self, tip: Oid, inside: impl Fn(&Oid) -> bool) -> Vec<Oid> {
        let mut chain = Vec::new();
        let mut next = Some(tip);
        while let Some(id) = next.filter(|id| inside(id)) {
            chain.push(id);
            next = self
                .commit(id)
                .and_then(|commit| commit.parents.first().copied());
        }
        chain
    }

    /// The regular files that differ between the trees of two commits, without
    /// looking for renames; against the empty tree for `None`. `None` where a commit is
    /// not here.
    pub(super) fn changes(
        &self,
        old: Option<Oid>,
        new: Oid,
    ) -> Result<Option<Vec<Change>>, CommitsError> {
        let tree = |id: Oid| -> Result<Option<gix::Tree<'_>>, CommitsError> {
            let Some(commit) = self.commit(id) else {
                return Ok(None);
            };
            let tree = self.repo.find_tree(commit.tree);
            tree.map(Some).map_err(CommitsError::unreadable)
        };
        let old = match old {
            None => Some(self.repo.empty_tree()),
            Some(old) => tree(old)?,
        };
        let (Some(old), Some(new)) = (old, tree(new)?) else {
            return Ok(None);
        };
        let kind = self.repo.object_hash();
        let mut recorder = gix::diff::tree::Recorder::default();
        gix::diff::tree(
            gix::objs::TreeRefIter::from_bytes(&old.data, kind),
            gix::objs::TreeRefIter::from_bytes(&new.data, kind),
            gix::diff::tree::State::default(),
            &self.repo.objects,
            &mut recorder,
        )
        .map_err(|error| CommitsError::Unreadable(error.to_string()))?;
        Ok(Some(
            recorder.records.into_iter().filter_map(change).collect(),
        ))
    }

    /// The regular file at a path in a commit.
    pub(super) fn blob(&self, commit: Oid, path: &str) -> Result<Option<Oid>, CommitsError> {
        let Some(commit) = self.commit(commit) else {
            return Ok(None);
        };
        let tree = self
            .repo
            .find_tree(commit.tree)
            .map_err(CommitsError::unreadable)?;
        let entry = tree
            .lookup_entry_by_path(path)
            .map_err(CommitsError::unreadable)?;
        Ok(entry
            .filter(|entry| entry.mode().is_blob())
            .map(|entry| entry.object_id().into()))
    }
}

/// A recorded change of a regular file; `None` for directories, links, submodules
/// and paths that no tool could be given.
fn change(recorded: gix::diff::tree::recorder::Change) -> Option<Change> {
    use gix::diff::tree::recorder::Change as Recorded;
    let regular = |mode: gix::objs::tree::EntryMode, oid: gix::ObjectId| {
        mode.is_blob().then(|| Oid::from(oid))
    };
    let (path, old, new) = match recorded {
        Recorded::Addition {
            entry_mode,
            oid,
            path,
            ..
        } => (path, None, regular(entry_mode, oid)),
        Recorded::Deletion {
            entry_mode,
            oid,
            path,
            ..
        } => (path, regular(entry_mode, oid), None),
        Recorded::Modification {
            previous_entry_mode,
            previous_oid,
            entry_mode,
            oid,
            path,
        } => (
            path,
            regular(previous_entry_mode, previous_oid),
            regular(entry_mode, oid),
        ),
    };
    (old != new).then_some(())?;
    Some(Change {
        path: path.to_str().ok()?.to_owned(),
        old,
        new,
    })
}
