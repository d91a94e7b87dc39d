//! What the commit that is being made would change: the index against HEAD.
//!
//! git has just written the index when it calls its `pre-commit` hook, and with it the
//! trees of all directories (the *cached tree*). So directories that are as in HEAD are
//! passed over without a look at their files, and the cost is that of what is staged, not
//! that of the repository.

use std::path::Path;

use gix::bstr::{BStr, ByteSlice};
use gix::index::extension::Tree;
use gix::index::{Entry, State, entry};

use crate::repo::baseline::BaselineError;
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath, head};

/// A regular file whose staged content is not HEAD's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The path.
    pub path: RepoPath,
    /// What is staged.
    pub blob: Oid,
    /// Whether it is staged as executable.
    pub executable: bool,
    /// What HEAD has there; `None` for a file that is new.
    pub base: Option<Oid>,
}

/// What a look at an index found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Look {
    /// The commit of HEAD; `None` on a branch without one.
    pub tip: Option<Oid>,
    /// The tree that a commit of this index has; `None` where git has not said, as with
    /// entries that are only intended.
    pub tree: Option<Oid>,
    /// The files, in order of path. Links, submodules, and entries that git is told to
    /// leave alone are not among them.
    pub files: Vec<Staged>,
    /// Whether any entry is unmerged.
    pub unmerged: bool,
}

fn unreadable(error: impl std::fmt::Display) -> BaselineError {
    BaselineError::Unreadable(error.to_string())
}

/// Compares the index in the file `index` with HEAD.
pub fn look(place: &Place, objects: &Objects, index: &Path) -> Result<Look, BaselineError> {
    let repo = objects.repository();
    // Its hash is not looked at: whoever writes an index does that.
    let state = gix::index::File::at(
        index,
        repo.object_hash(),
        true,
        gix::index::decode::Options::default(),
    )
    .map_err(unreadable)?;
    let tip = head::read(place)?.tip;
    let mut look = Look {
        tip,
        tree: state
            .tree()
            .filter(|tree| tree.num_entries.is_some())
            .map(|tree| Oid::from(tree.id)),
        unmerged: state
            .entries()
            .iter()
            .any(|entry| entry.stage() != entry::Stage::Unconflicted),
        files: Vec::new(),
    };
    let head = match &tip {
        Some(tip) => {
            let commit = repo.find_commit(tip.id()).map_err(unreadable)?;
            Some(commit.tree_id().map_err(unreadable)?.detach())
        }
        None => None,
    };
    let walk = Walk {
        repo: &repo,
        state: &state,
    };
    walk.directory(state.entries(), 0, state.tree(), head, &mut look.files)?;
    Ok(look)
}

struct Walk<'a> {
    repo: &'a gix::Repository,
    state: &'a State,
}

impl Walk<'_> {
    /// Compares a directory: `entries` are those below it, whose paths share their first
    /// `depth` bytes; `cached` is what git knows of its tree, `head` its tree in HEAD.
    fn directory(
        &self,
        entries: &[Entry],
        depth: usize,
        cached: Option<&Tree>,
        head: Option<gix::ObjectId>,
        found: &mut Vec<Staged>,
    ) -> Result<(), BaselineError> {
        let valid = cached.filter(|tree| tree.num_entries.is_some());
        if valid.is_some_and(|tree| Some(tree.id) == head) {
            return Ok(());
        }
        let tree = match head {
            Some(head) => Some(self.repo.find_tree(head).map_err(unreadable)?),
            None => None,
        };
        // Parsed once for all entries of the directory.
        let decoded = match &tree {
            Some(tree) => Some(tree.decode().map_err(unreadable)?),
            None => None,
        };
        let in_head = |name: &BStr| {
            decoded
                .as_ref()?
                .entries
                .iter()
                .find(|entry| entry.filename == name)
        };
        let mut rest = entries;
        while let Some(first) = rest.first() {
            let path = first.path(self.state);
            let below = &path[depth..];
            let Some(slash) = below.find_byte(b'/') else {
                rest = &rest[1..];
                let there = in_head(below.as_bstr());
                let base = there.filter(|entry| entry.mode.is_blob());
                found.extend(staged(first, path, base.map(|entry| entry.oid.to_owned())));
                continue;
            };
            // Entries are in order of path, so those of a directory are neighbours.
            let end = depth + slash + 1;
            let prefix = &path[..end];
            let count = rest.partition_point(|entry| entry.path(self.state).starts_with(prefix));
            let name = below[..slash].as_bstr();
            let subtree = in_head(name).filter(|entry| entry.mode.is_tree());
            let known = cached.and_then(|tree| {
                let named = |child: &&Tree| child.name.as_slice() == name.as_bytes();
                tree.children.iter().find(named)
            });
            let head = subtree.map(|entry| entry.oid.to_owned());
            self.directory(&rest[..count], end, known, head, found)?;
            rest = &rest[count..];
        }
        Ok(())
    }
}

/// A file that can be looked at and is not as in HEAD.
fn staged(entry: &Entry, path: &BStr, base: Option<gix::ObjectId>) -> Option<Staged> {
    use entry::{Flags, Mode, Stage};
    let left_alone = Flags::SKIP_WORKTREE | Flags::ASSUME_VALID | Flags::INTENT_TO_ADD;
    let regular = entry.mode == Mode::FILE || entry.mode == Mode::FILE_EXECUTABLE;
    if !regular
        || entry.stage() != Stage::Unconflicted
        || entry.flags.intersects(left_alone)
        || base == Some(entry.id)
    {
        return None;
    }
    Some(Staged {
        path: RepoPath::new(path.to_str().ok()?).ok()?,
        blob: Oid::from(entry.id),
        executable: entry.mode == Mode::FILE_EXECUTABLE,
        base: base.map(Oid::from),
    })
}
