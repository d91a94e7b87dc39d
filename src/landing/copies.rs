//! Reading the three copies of every path, and what is decided about them.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind::{NotADirectory, NotFound};
use std::path::PathBuf;

use gix::objs::Kind;
use gix::objs::tree::EntryKind;

use super::chain;
use super::error::{LandError, git, io};
use super::filters::Filters;
use super::index::Index;
use super::order::{Fix, Left, Order};
use super::reconcile::{
    Answer, Contents, Copies, FileMode, Fixed, IndexState, Judge, Side, WorktreeState, reconcile,
};
use super::site::Site;
use super::stash;
use crate::repo::{Oid, RepoPath};
use crate::writing::{Snapshot, Unread, read_at_most};

/// A path that goes.
pub(super) struct Going {
    pub(super) path: RepoPath,
    pub(super) before: Oid,
    pub(super) kind: EntryKind,
    pub(super) mode: FileMode,
    pub(super) index: Side,
    /// The file as it was read, and its new bytes, if it changes.
    pub(super) file: Option<(Snapshot, Vec<u8>)>,
    /// Where there is no file and must be none.
    pub(super) absent: Option<PathBuf>,
}

/// What is decided about all paths of an order.
pub(super) struct Decided {
    pub(super) going: Vec<Going>,
    pub(super) left: BTreeMap<RepoPath, Left>,
}

fn later(why: impl Into<String>) -> Left {
    Left::Deferred(why.into())
}

/// Decides about every path but those that were refused before.
pub(super) fn decide(
    site: &Site,
    repo: &gix::Repository,
    order: &Order<'_>,
    index: &Index,
    judge: &dyn Judge,
    refused: &BTreeMap<RepoPath, Left>,
) -> Result<Decided, LandError> {
    let mut decided = Decided {
        going: Vec::new(),
        left: refused.clone(),
    };
    let reading = "reading the tree of the tip";
    let tree = repo
        .find_commit(order.tip.id())
        .map_err(git(reading))?
        .tree()
        .map_err(git(reading))?;
    let root = fs::canonicalize(&site.place.root).map_err(io("looking at", &site.place.root))?;
    let file_modes = repo
        .config_snapshot()
        .boolean("core.fileMode")
        .unwrap_or(true);
    let paths = chain::paths(&order.layers);
    let stashed = stash::touched(&site.place, repo, &order.tip, &paths)?;
    let mut filters = Filters::of(repo)?;
    for path in paths {
        if refused.contains_key(path) {
            continue;
        }
        if stashed.contains(path) {
            let why = "a stash entry touches it; `git stash pop` or `drop` lets the fix land";
            decided.left.insert(path.clone(), later(why));
            continue;
        }
        let entry = tree
            .lookup_entry_by_path(path.as_path())
            .map_err(git(reading))?;
        let Some(entry) = entry else {
            let why = Left::Skipped("it is not in the commit".to_owned());
            decided.left.insert(path.clone(), why);
            continue;
        };
        let (kind, before) = (entry.mode().kind(), Oid::from(entry.object_id()));
        let one = Candidate {
            path,
            kind,
            before,
            root: &root,
            file_modes,
        };
        match one.decide(repo, order, index, &mut filters, judge)? {
            Ok(going) => decided.going.push(going),
            Err(left) => {
                decided.left.insert(path.clone(), left);
            }
        }
    }
    Ok(decided)
}

struct Candidate<'a> {
    path: &'a RepoPath,
    kind: EntryKind,
    before: Oid,
    root: &'a std::path::Path,
    file_modes: bool,
}

impl Candidate<'_> {
    fn decide(
        &self,
        repo: &gix::Repository,
        order: &Order<'_>,
        index: &Index,
        filters: &mut Filters<'_>,
        judge: &dyn Judge,
    ) -> Result<Result<Going, Left>, LandError> {
        let mode = match self.kind {
            EntryKind::Blob => FileMode::File,
            EntryKind::BlobExecutable => FileMode::Executable,
            EntryKind::Link => FileMode::Symlink,
            EntryKind::Commit | EntryKind::Tree => FileMode::Gitlink,
        };
        let fixes: Vec<&Fix> = order
            .layers
            .iter()
            .flat_map(|layer| layer.fixes.iter().filter(|fix| fix.path == *self.path))
            .collect();
        if let Some(left) = self.break_in(&fixes, repo)? {
            return Ok(Err(left));
        }
        let Some(last) = fixes.last() else {
            return Err(LandError::Order(format!("{} has no fix", self.path)));
        };
        let tip = match mode {
            FileMode::File | FileMode::Executable => match filters.blob(&self.before) {
                Ok(bytes) => bytes,
                Err(why) => return Ok(Err(later(why))),
            },
            FileMode::Symlink | FileMode::Gitlink => Vec::new(),
        };
        let entry = index.state(self.path);
        let (worktree, snapshot) = match self.worktree(order, &entry, filters) {
            Ok(found) => found,
            Err(left) => return Ok(Err(left)),
        };
        let absent = matches!(worktree, WorktreeState::Absent);
        let codes: Vec<String> = fixes
            .iter()
            .flat_map(|fix| fix.codes.iter().cloned())
            .collect();
        let copies = Copies {
            path: self.path,
            tree: (self.before, mode, &tip),
            index: entry,
            worktree,
            fixed: Fixed {
                bytes: &last.after,
                same_class: fixes.iter().all(|fix| fix.same_class),
                codes: &codes,
                on_save: fixes.iter().find_map(|fix| fix.on_save.as_deref()),
            },
            dirty: order.options.dirty,
        };
        Ok(match reconcile(&copies, filters, judge) {
            Answer::Defer(why) => Err(Left::Deferred(why)),
            Answer::Skip(why) => Err(Left::Skipped(why)),
            Answer::Go { index, worktree } => {
                let file = match (snapshot, worktree) {
                    (Some(snapshot), Side::Set(bytes)) if bytes != snapshot.bytes() => {
                        Some((snapshot, bytes))
                    }
                    _ => None,
                };
                // What leaves the file as it is disturbs nobody who works on it.
                if file.is_some()
                    && let Some(why) = (order.options.kept)(self.path)
                {
                    return Ok(Err(later(why)));
                }
                Ok(Going {
                    path: self.path.clone(),
                    before: self.before,
                    kind: self.kind,
                    mode,
                    index,
                    file,
                    absent: absent.then(|| self.path.below(self.root)),
                })
            }
        })
    }

    /// Whether the fixes are not of this tip, or not of one another.
    fn break_in(&self, fixes: &[&Fix], repo: &gix::Repository) -> Result<Option<Left>, LandError> {
        let mut expected = self.before;
        for fix in fixes {
            if fix.before != expected {
                return Ok(Some(later("the fix is of another version of the file")));
            }
            let after = gix::objs::compute_hash(repo.object_hash(), Kind::Blob, &fix.after);
            expected = Oid::from(after.map_err(git("hashing a fixed file"))?);
        }
        Ok((expected == self.before).then(|| Left::Skipped("the fix changes nothing".to_owned())))
    }

    fn worktree(
        &self,
        order: &Order<'_>,
        entry: &IndexState,
        filters: &mut Filters<'_>,
    ) -> Result<(WorktreeState, Option<Snapshot>), Left> {
        let path = self.path.below(self.root);
        let snapshot = match read_at_most(&path, order.options.max_file_size) {
            Ok(snapshot) => snapshot,
            Err(Unread::Skip(skip)) => {
                return Ok((WorktreeState::Irregular(format!("it {skip}")), None));
            }
            Err(Unread::Io(error)) if matches!(error.kind(), NotFound | NotADirectory) => {
                return Ok((WorktreeState::Absent, None));
            }
            Err(Unread::Io(error)) => return Err(later(format!("it cannot be read: {error}"))),
        };
        // Git does not see through links to directories; neither may we.
        if snapshot.path() != path {
            let why = "it lies beyond a symbolic link".to_owned();
            return Ok((WorktreeState::Irregular(why), None));
        }
        if let Some(skip) = snapshot.obstacle() {
            return Ok((WorktreeState::Irregular(format!("it {skip}")), None));
        }
        let raw = snapshot.bytes().to_vec();
        let clean = filters.clean(self.path, &raw).map_err(later)?;
        let executable = if self.file_modes {
            snapshot.identity().mode & 0o100 != 0
        } else {
            let executable = FileMode::Executable;
            matches!(entry, IndexState::Entry { mode, .. } if *mode == executable)
        };
        let state = WorktreeState::File {
            raw,
            clean,
            executable,
        };
        Ok((state, Some(snapshot)))
    }
}
