//! What a fix of committed content means for the copies in the index and the work tree.
//!
//! Pure. In: the three copies of one path (the blob at the tip, the index entry, the
//! work tree's file) and the fixed content. Out: an [`Answer`]: what the index is to
//! hold and what the file is to hold, or why the path stays as it is. Always: every
//! line that the person added or took away is still added or gone in what is answered;
//! what was merged has been judged like any other result; a path goes as a whole or not
//! at all. Objects, filters and the judgement of a text come in as traits, so that this
//! code neither reads nor writes anything.

mod carry;
mod merge;
#[cfg(test)]
mod property;
mod table;
#[cfg(test)]
mod tests;

pub use merge::{MergeError, merge};
pub use table::{is_about_edits, reconcile};

use crate::repo::{Oid, RepoPath};

/// What kind of thing git keeps under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileMode {
    /// A regular file (100644).
    File,
    /// A regular file that may be executed (100755).
    Executable,
    /// A symbolic link (120000).
    Symlink,
    /// Another repository's commit (160000).
    Gitlink,
}

/// The index entry of the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IndexState {
    /// No entry: its deletion is staged.
    Absent,
    /// Entries in stages 1 to 3.
    Conflicted,
    /// The entry in stage 0.
    Entry {
        /// Its blob.
        oid: Oid,
        /// Its mode.
        mode: FileMode,
        /// The flag of sparse checkouts.
        skip_worktree: bool,
        /// The flag of `git update-index --assume-unchanged`.
        assume_valid: bool,
        /// The flag of `git add --intent-to-add`.
        intent_to_add: bool,
    },
}

/// The file in the work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorktreeState {
    /// There is no file.
    Absent,
    /// Not a file that may be replaced (a symbolic link, more than one hard link, another
    /// owner, not writable, a mount point); the reason as a clause, `it has 2 hard links`.
    Irregular(String),
    /// A regular file of the user's.
    File {
        /// Its bytes as they are.
        raw: Vec<u8>,
        /// Its bytes through the clean filter, as `git add` would store them.
        clean: Vec<u8>,
        /// Whether it may be executed; where `core.fileMode` is off, what the index says.
        executable: bool,
    },
}

/// The result of fixing the blob at the tip.
#[derive(Debug, Clone, Copy)]
pub struct Fixed<'a> {
    /// The fixed content, as it is stored in a blob.
    pub bytes: &'a [u8],
    /// Whether every fix in it is of class *same*.
    pub same_class: bool,
    /// The rules of the fixes that are not of class *same*.
    pub codes: &'a [String],
    /// What hive's own pipeline for saved files makes of the blob at the tip, as it is
    /// stored in a blob; such content is hive's and not an edit of the person. `None` for
    /// a file that is not as that pipeline leaves one: edits in it stand on the tip.
    pub on_save: Option<&'a [u8]>,
}

/// What happens to a path with uncommitted edits (the setting `dirty`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dirty {
    /// The fix is merged into them.
    Merge,
    /// The path waits until they are committed.
    Defer,
}

/// All copies of one path.
#[derive(Debug, Clone)]
pub struct Copies<'a> {
    /// The path.
    pub path: &'a RepoPath,
    /// Blob, mode and content at the tip.
    pub tree: (Oid, FileMode, &'a [u8]),
    /// The index entry.
    pub index: IndexState,
    /// The file.
    pub worktree: WorktreeState,
    /// The fixed content.
    pub fixed: Fixed<'a>,
    /// What happens to edits.
    pub dirty: Dirty,
}

/// Objects and filters of the repository. Errors are reasons for a person.
pub trait Contents {
    /// The content of a blob.
    fn blob(&mut self, oid: &Oid) -> Result<Vec<u8>, String>;
    /// What a checkout would write for this blob content.
    fn smudge(&mut self, path: &RepoPath, canonical: &[u8]) -> Result<Vec<u8>, String>;
    /// What `git add` would store for these bytes of a file.
    fn clean(&mut self, path: &RepoPath, raw: &[u8]) -> Result<Vec<u8>, String>;
}

/// Judges merged text. Errors are reasons for a person.
pub trait Judge {
    /// Whether a merged text stands up: it parses and has no finding that the unmerged
    /// one did not have.
    fn merged(&self, path: &RepoPath, unmerged: &[u8], merged: &[u8]) -> Result<(), String>;
    /// Whether every rule of `codes` has a finding in the text, so that a fix which
    /// changes the tree is one here, too.
    fn has_findings(&self, path: &RepoPath, bytes: &[u8], codes: &[String])
    -> Result<bool, String>;
}

/// What one copy is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// What it holds.
    Keep,
    /// These bytes: a blob's content for the index, the file's bytes for the work tree.
    Set(Vec<u8>),
}

/// What happens to the path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The fix lands.
    Go {
        /// The index entry.
        index: Side,
        /// The file.
        worktree: Side,
    },
    /// Not now: the reason, a sentence for `hive status`. Edits of the person decide
    /// when.
    Defer(String),
    /// Not this path: the reason, a sentence for `hive status`.
    Skip(String),
}
