//! How the files of a work tree stood at the last look, so that the next one reads only what
//! has changed since.
//!
//! What has the same device, inode, mode, size and times of modification and of change is
//! the same, if it was older than the look that noted it: in the moment of that look it may
//! have been written again without another time. The time of change cannot be set, so
//! neither a restored time nor a file put in another's place is taken for the old one.
//! Where the clock that stamps files is another machine's nothing is noted.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::graph::{Shelf, ShelfKey};
use crate::repo::RepoPath;
use crate::store::is_network;

/// The format of what is written. Goes up with every change of the types below, and of
/// what a walk leaves out.
const FORMAT: u8 = 1;

/// How much older than the look a file has to be, in milliseconds: the coarsest clock of a
/// file system ticks every two seconds.
pub const TICK: i64 = 2_000;

/// Files with rules about what is left out, in each directory.
static RULES: [&str; 3] = [".gitignore", ".ignore", ".git/info/exclude"];

/// What tells one state of a file or directory from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    device: u64,
    inode: u64,
    mode: u32,
    size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamp {
    fn of(about: &Metadata) -> Self {
        Self {
            device: about.dev(),
            inode: about.ino(),
            mode: about.mode(),
            size: about.size(),
            modified: (about.mtime(), about.mtime_nsec()),
            changed: (about.ctime(), about.ctime_nsec()),
        }
    }

    /// That of what stands there, if it is older than a time of the wall clock.
    fn settled(about: &Metadata, before_ms: i64) -> Option<Self> {
        let stamp = Self::of(about);
        let (seconds, nanos) = stamp.modified.max(stamp.changed);
        let newest = seconds
            .saturating_mul(1000)
            .saturating_add(nanos / 1_000_000);
        (newest < before_ms).then_some(stamp)
    }
}

/// A file whose content was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    stamp: Stamp,
    /// What its content is known by.
    pub content: ShelfKey,
    /// The hash of its facts.
    pub facts: ShelfKey,
}

/// What is known of a work tree.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Standing {
    list: Option<List>,
    seen: BTreeMap<String, Seen>,
    #[serde(skip)]
    is_new: bool,
    /// What is as new is not noted, in milliseconds since the epoch.
    #[serde(skip)]
    before_ms: i64,
    #[serde(skip)]
    is_kept: bool,
}

/// The files of a work tree, and all that decides which they are.
#[derive(Debug, Serialize, Deserialize)]
struct List {
    files: Vec<String>,
    directories: Vec<(String, Stamp)>,
    /// Files with rules about what is left out; `None` where there is none.
    rules: Vec<(PathBuf, Option<Stamp>)>,
}

impl Standing {
    /// What the last look at a work tree noted; nothing where that cannot be trusted. This
    /// look begins now, and notes what is at least `tick` (milliseconds, see [`TICK`]) older.
    pub fn load(shelf: Option<&mut (dyn Shelf + 'static)>, root: &Path, tick: i64) -> Self {
        let before_ms = clock::wall_ms().saturating_sub(tick);
        let is_kept = !is_network(root);
        let written = shelf.filter(|_| is_kept).and_then(|shelf| {
            let found = shelf.get_many(&[key(root)]).pop().flatten()?;
            postcard::from_bytes::<Self>(&found).ok()
        });
        Self {
            before_ms,
            is_kept,
            ..written.unwrap_or_default()
        }
    }

    /// Notes what this look has seen, if there is anything new.
    pub fn keep(&self, shelf: Option<&mut (dyn Shelf + 'static)>, root: &Path) {
        if let Some(shelf) = shelf
            && self.is_new
            && self.is_kept
            && let Ok(written) = postcard::to_stdvec(self)
        {
            shelf.put_many(&[(key(root), written)]);
        }
    }

    /// The files of the work tree, relative with `/`, in order, if neither a directory nor a
    /// rule about what is left out has changed. `more` are files with such rules that lie
    /// elsewhere.
    pub fn files(&self, root: &Path, more: &[PathBuf]) -> Option<&[String]> {
        let list = self.list.as_ref()?;
        let elsewhere = rules_elsewhere(root, more);
        let rules = &list.rules;
        let asked = elsewhere
            .iter()
            .all(|path| rules.iter().any(|(known, _)| known == path));
        let same = |(path, stamp): &(PathBuf, Option<Stamp>)| {
            fs::metadata(path).ok().map(|about| Stamp::of(&about)) == *stamp
        };
        let stands = |(path, stamp): &(String, Stamp)| {
            let about = fs::symlink_metadata(root.join(path));
            about.is_ok_and(|about| Stamp::of(&about) == *stamp)
        };
        let unchanged = asked
            && rules.iter().all(same)
            && list.directories.par_iter().with_min_len(64).all(stands);
        unchanged.then_some(list.files.as_slice())
    }

    /// Notes the files of a work tree, and the directories that were entered to find them
    /// (relative, the root as an empty text).
    pub fn list(&mut self, root: &Path, more: &[PathBuf], files: &[String], entered: &[String]) {
        let before = self.before_ms;
        let directories: Option<Vec<(String, Stamp)>> = entered
            .par_iter()
            .map(|path| {
                let about = fs::symlink_metadata(root.join(path)).ok()?;
                Some((path.clone(), Stamp::settled(&about, before)?))
            })
            .collect();
        let inside = entered.par_iter().flat_map_iter(|path| {
            let directory = root.join(path);
            let there = RULES[..2].iter().map(move |name| directory.join(name));
            there.filter(|path| path.symlink_metadata().is_ok())
        });
        let mut paths: Vec<PathBuf> = inside.collect();
        paths.extend(rules_elsewhere(root, more));
        let rules: Option<Vec<(PathBuf, Option<Stamp>)>> = paths
            .into_iter()
            .map(|path| match fs::metadata(&path) {
                Ok(about) => Some((path, Some(Stamp::settled(&about, before)?))),
                Err(_) => Some((path, None)),
            })
            .collect();
        let list = directories.zip(rules).map(|(directories, rules)| List {
            files: files.to_vec(),
            directories,
            rules,
        });
        self.is_new |= list.is_some() || self.list.is_some();
        self.list = list;
    }

    /// What is known of a file, if it stands as it did.
    pub fn seen(&self, root: &Path, path: &RepoPath) -> Option<Seen> {
        let seen = self.seen.get(path.as_str())?;
        let about = fs::symlink_metadata(path.below(root)).ok()?;
        (Stamp::of(&about) == seen.stamp).then_some(*seen)
    }

    /// Notes a file whose content was read after [`load`](Self::load).
    pub fn note(&mut self, root: &Path, path: &RepoPath, content: ShelfKey, facts: ShelfKey) {
        let about = fs::symlink_metadata(path.below(root)).ok();
        let settled = about.and_then(|about| Stamp::settled(&about, self.before_ms));
        if let Some(stamp) = settled {
            let seen = Seen {
                stamp,
                content,
                facts,
            };
            self.seen.insert(path.as_str().to_owned(), seen);
            self.is_new = true;
        }
    }

    /// Forgets files that are not there any more.
    pub fn only(&mut self, is_there: impl Fn(&str) -> bool) {
        let before = self.seen.len();
        self.seen.retain(|path, _| is_there(path));
        self.is_new |= self.seen.len() != before;
    }
}

/// Files with rules that lie above the work tree or in its git directory.
fn rules_elsewhere(root: &Path, more: &[PathBuf]) -> Vec<PathBuf> {
    let above = root.ancestors().skip(1);
    let above = above.flat_map(|directory| RULES.map(|name| directory.join(name)));
    let own = std::iter::once(root.join(RULES[2]));
    let mut all: Vec<PathBuf> = above.chain(own).chain(more.iter().cloned()).collect();
    all.sort();
    all.dedup();
    all
}

fn key(root: &Path) -> ShelfKey {
    let mut hasher = blake3::Hasher::new_derive_key("hive 2026 how a work tree stood");
    hasher
        .update(&[FORMAT])
        .update(env!("CARGO_PKG_VERSION").as_bytes())
        .update(b"\0")
        .update(root.as_os_str().as_encoded_bytes());
    *hasher.finalize().as_bytes()
}

#[cfg(test)]
mod tests;
