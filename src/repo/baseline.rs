//! What files looked like at another commit, and what is staged.

use std::collections::BTreeMap;
use std::path::Path;

use gix::bstr::{BStr, BString, ByteSlice};

use super::{Oid, Place, head, reftable};
use crate::causes;

/// Why history cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The repository cannot be opened or read.
    #[error("git's data cannot be read: {0}")]
    Unreadable(String),
    /// The revision does not exist here.
    #[error("`{rev}` is not a commit of this repository")]
    UnknownRevision {
        /// As it was typed.
        rev: String,
    },
    /// There is nothing to take a merge base with.
    #[error("no branch to compare with was found (looked for {looked})")]
    NoUpstream {
        /// The names tried, in order.
        looked: String,
    },
    /// The histories do not meet within what was cloned.
    #[error("HEAD and {with} have no common commit{}", if *.shallow { " in this shallow clone" } else { "" })]
    NoMergeBase {
        /// The other side.
        with: String,
        /// Whether the clone is shallow, which is the usual reason.
        shallow: bool,
    },
}

/// The tree of one commit.
pub struct Baseline {
    repo: gix::Repository,
    tree: gix::ObjectId,
}

impl Baseline {
    /// The id of the tree.
    pub fn tree(&self) -> Oid {
        Oid::from(self.tree)
    }

    /// The tree of a revision as git spells them (`HEAD~3`, `origin/main`, …).
    pub fn open(place: &Place, rev: &str) -> Result<Self, BaselineError> {
        let repo = open(place)?;
        let unknown = || BaselineError::UnknownRevision {
            rev: rev.to_owned(),
        };
        let commit = named(place, &repo, rev).ok_or_else(unknown)?;
        Self::at(repo, commit)
    }

    /// The tree of a commit.
    fn at(repo: gix::Repository, commit: gix::ObjectId) -> Result<Self, BaselineError> {
        let tree = repo
            .find_commit(commit)
            .map_err(unreadable)?
            .tree_id()
            .map_err(unreadable)?
            .detach();
        Ok(Self { repo, tree })
    }

    /// The tree of the commit where HEAD left the branch it will be merged into:
    /// `base` when given (CI systems say it), else the remote's default branch,
    /// else this branch's upstream, else `main` or `master`.
    pub fn at_merge_base(place: &Place, base: Option<&str>) -> Result<Self, BaselineError> {
        let repo = open(place)?;
        let none = || BaselineError::UnknownRevision {
            rev: "HEAD".to_owned(),
        };
        let head = head::read(place)?.tip.ok_or_else(none)?.id();
        let mut names: Vec<String> = base
            .iter()
            .flat_map(|base| [format!("origin/{base}"), (*base).to_owned()])
            .collect();
        names.extend(
            [
                "origin/HEAD",
                "@{upstream}",
                "origin/main",
                "origin/master",
                "main",
                "master",
            ]
            .map(str::to_owned),
        );
        let other = names
            .iter()
            .find_map(|name| Some((name.clone(), named(place, &repo, name)?)));
        let Some((with, other)) = other else {
            return Err(BaselineError::NoUpstream {
                looked: names.join(", "),
            });
        };
        let shallow = repo.is_shallow().unwrap_or(false);
        let none = || BaselineError::NoMergeBase {
            with: with.clone(),
            shallow,
        };
        let found = repo
            .merge_base(head, other)
            .ok()
            .flatten()
            .ok_or_else(none)?
            .detach();
        Self::at(repo, found)
    }

    /// The content of a path (relative to the repository, with `/`); `None` when
    /// the tree has no regular file there.
    pub fn content(&self, relative: &Path) -> Result<Option<Vec<u8>>, BaselineError> {
        let tree = self.repo.find_tree(self.tree).map_err(unreadable)?;
        let Some(entry) = tree.lookup_entry_by_path(relative).map_err(unreadable)? else {
            return Ok(None);
        };
        if !entry.mode().is_blob() {
            return Ok(None);
        }
        let object = entry.object().map_err(unreadable)?;
        Ok(Some(object.detach().data))
    }
}

/// The paths whose index entry differs from HEAD's tree, in order, without
/// deletions.
pub fn staged(place: &Place) -> Result<Vec<String>, BaselineError> {
    let repo = open(place)?;
    let index = repo.index_or_empty().map_err(unreadable)?;
    let mut committed: BTreeMap<BString, gix::ObjectId> = BTreeMap::new();
    if let Some(tip) = head::read(place)?.tip {
        let tree = repo.find_commit(tip.id()).map_err(unreadable)?;
        let tree = tree.tree_id().map_err(unreadable)?;
        let head = repo.index_from_tree(&tree).map_err(unreadable)?;
        committed.extend(
            head.entries()
                .iter()
                .map(|entry| (entry.path(&head).to_owned(), entry.id)),
        );
    }
    Ok(index
        .entries()
        .iter()
        .filter(|entry| entry.stage() == gix::index::entry::Stage::Unconflicted)
        .filter(|entry| committed.get(entry.path(&index)) != Some(&entry.id))
        .filter_map(|entry| entry.path(&index).to_str().ok().map(str::to_owned))
        .collect())
}

/// The lines of `new` that are not in `old`, as half-open ranges of 0-based line
/// numbers. A line that differs only in its line ending counts as the same.
pub fn touched_lines(old: &[u8], new: &[u8]) -> Vec<(u32, u32)> {
    let lines = |bytes: &'_ [u8]| -> Vec<Vec<u8>> {
        bytes
            .lines_with_terminator()
            .map(|line| line.trim_end_with(|c| c == '\n' || c == '\r').to_vec())
            .collect()
    };
    let (old, new) = (lines(old), lines(new));
    let number = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    similar::capture_diff_slices(similar::Algorithm::Histogram, &old, &new)
        .iter()
        .filter(|op| !op.new_range().is_empty() && op.tag() != similar::DiffTag::Equal)
        .map(|op| (number(op.new_range().start), number(op.new_range().end)))
        .collect()
}

/// The commit that a revision names.
pub(super) fn named(place: &Place, repo: &gix::Repository, rev: &str) -> Option<gix::ObjectId> {
    if reftable::is_used(&place.common_dir) {
        let found = reftable::commit(&place.git_dir, rev).ok()?;
        return found.map(|oid| oid.id());
    }
    let id = repo.rev_parse_single(BStr::new(rev)).ok()?;
    Some(id.object().ok()?.peel_to_commit().ok()?.id)
}

fn open(place: &Place) -> Result<gix::Repository, BaselineError> {
    gix::open(place.root.clone()).map_err(unreadable)
}

fn unreadable(error: impl std::error::Error) -> BaselineError {
    BaselineError::Unreadable(causes::told(&error))
}

#[cfg(test)]
mod tests {
    use super::touched_lines;

    #[test]
    fn new_and_changed_lines_are_touched() {
        for (old, new, expected) in [
            ("a\nb\nc\n", "a\nB\nc\n", vec![(1, 2)]),
            ("a\nb\n", "a\nx\ny\nb\n", vec![(1, 3)]),
            ("a\nb\n", "a\n", vec![]),
            ("a\r\nb\r\n", "a\nb\n", vec![]),
            ("", "a\n", vec![(0, 1)]),
            ("a\n", "a", vec![]),
        ] {
            assert_eq!(
                touched_lines(old.as_bytes(), new.as_bytes()),
                expected,
                "{old:?} {new:?}"
            );
        }
    }
}
