//! The table of what happens to the copies of a path.
//!
//! Pure. The reasons to leave a path alone come first, then each copy is decided by its
//! own relation to the content at the tip. Beyond the letter of the table, and only in
//! favour of the person:
//!
//! - staged edits of a file that is absent from the work tree are merged, not replaced;
//! - a file that already holds the fixed content stays as it is, however it got there;
//! - staged content that hive's own pipeline for saved files made is no edit, and edits
//!   of what it made are merged as such;
//! - where the fix is staged already, the person has decided about the file: it stays.

use super::carry::carry;
use super::{
    Answer, Contents, Copies, Dirty, FileMode, Fixed, IndexState, Judge, Side, WorktreeState, merge,
};

/// Git looks for a NUL byte this far to tell binary content.
const LOOKED_AT: usize = 8_000;

/// Why a path does not go.
enum Stay {
    Skip(String),
    Defer(String),
}

/// Decides what the index entry and the file are to hold when the fixed content is
/// committed. The same copies give the same answer.
pub fn reconcile(copies: &Copies<'_>, contents: &mut dyn Contents, judge: &dyn Judge) -> Answer {
    match decide(copies, contents, judge) {
        Ok((index, worktree)) => Answer::Go { index, worktree },
        Err(Stay::Skip(reason)) => Answer::Skip(reason),
        Err(Stay::Defer(reason)) => Answer::Defer(reason),
    }
}

/// The staged content against the content at the tip.
enum Staged {
    Same,
    AlreadyFixed,
    Edited(Vec<u8>),
}

fn decide(
    copies: &Copies<'_>,
    contents: &mut dyn Contents,
    judge: &dyn Judge,
) -> Result<(Side, Side), Stay> {
    let staged = staged(copies, contents)?;
    if let Staged::Edited(bytes) = &staged {
        readable(bytes, "staged")?;
    }
    let file = match &copies.worktree {
        WorktreeState::File { raw, clean, .. } => {
            readable(clean, "working")?;
            Some((raw, clean))
        }
        WorktreeState::Absent | WorktreeState::Irregular(_) => None,
    };
    let edits = Edits { copies, judge };
    let index = match &staged {
        Staged::Same => Side::Set(copies.fixed.bytes.to_vec()),
        Staged::AlreadyFixed => Side::Keep,
        Staged::Edited(bytes) => match edits.with_fix(bytes, "staged")? {
            merged if merged == *bytes => Side::Keep,
            merged => Side::Set(merged),
        },
    };
    let worktree = match (file, &staged) {
        (None, _) | (_, Staged::AlreadyFixed) => Side::Keep,
        (Some((raw, clean)), _) => {
            let wanted = match (&staged, &index) {
                // The same edits were merged for the index a moment ago.
                (Staged::Edited(bytes), Side::Set(merged)) if bytes == clean => merged.clone(),
                _ => edits.with_fix(clean, "working")?,
            };
            if wanted == *clean {
                Side::Keep
            } else {
                let new = carry(copies.path, raw, clean, &wanted, contents).map_err(Stay::Defer)?;
                if new == *raw {
                    Side::Keep
                } else {
                    Side::Set(new)
                }
            }
        }
    };
    Ok((index, worktree))
}

/// The rows that skip, then the index entry's content.
fn staged(copies: &Copies<'_>, contents: &mut dyn Contents) -> Result<Staged, Stay> {
    let skip = |reason: &str| Err(Stay::Skip(reason.to_owned()));
    let (tip, mode, content) = copies.tree;
    let executable = match mode {
        FileMode::File => false,
        FileMode::Executable => true,
        FileMode::Symlink => return skip("it is a symbolic link"),
        FileMode::Gitlink => return skip("it is a submodule"),
    };
    readable(content, "committed")?;
    let oid = match copies.index {
        IndexState::Absent => return skip("its deletion is staged"),
        IndexState::Conflicted => return skip("it has unresolved conflicts in the index"),
        IndexState::Entry {
            skip_worktree: true,
            ..
        } => return skip("it is outside of the sparse checkout"),
        IndexState::Entry {
            assume_valid: true, ..
        } => return skip("git was told to assume that it does not change"),
        IndexState::Entry {
            intent_to_add: true,
            ..
        } => return skip("only the intent to add it is staged"),
        IndexState::Entry {
            mode: FileMode::Symlink,
            ..
        } => return skip("it is staged as a symbolic link"),
        IndexState::Entry {
            mode: FileMode::Gitlink,
            ..
        } => return skip("it is staged as a submodule"),
        IndexState::Entry { mode: staged, .. } if staged != mode => {
            return skip("a change of its mode is staged");
        }
        IndexState::Entry { oid, .. } => oid,
    };
    match &copies.worktree {
        WorktreeState::Irregular(reason) => return skip(reason),
        WorktreeState::File {
            executable: now, ..
        } if *now != executable => {
            return skip("the mode of the file is not the committed one");
        }
        WorktreeState::File { .. } | WorktreeState::Absent => {}
    }
    if oid == tip {
        return Ok(Staged::Same);
    }
    let bytes = contents.blob(&oid).map_err(Stay::Defer)?;
    Ok(if bytes == copies.fixed.bytes {
        Staged::AlreadyFixed
    } else {
        Staged::Edited(bytes)
    })
}

/// Refuses content that is no text of its own.
fn readable(content: &[u8], copy: &str) -> Result<(), Stay> {
    let what = if content.starts_with(b"version https://git-lfs.github.com/spec/") {
        "a Git LFS pointer"
    } else if content[..content.len().min(LOOKED_AT)].contains(&0) {
        "binary"
    } else {
        return Ok(());
    };
    Err(Stay::Skip(format!("the {copy} content is {what}")))
}

/// Content of the person's, and how the fix gets into it.
struct Edits<'a> {
    copies: &'a Copies<'a>,
    judge: &'a dyn Judge,
}

/// Whether a path is deferred because of edits that the fix cannot be merged with, as the
/// reasons below say it: a person can do something about that. Where `dirty` says to
/// wait, they have said what they want.
pub fn is_about_edits(reason: &str) -> bool {
    reason.contains(" edits") && !reason.contains("`dirty`")
}

impl Edits<'_> {
    /// The content with the fix; `copy` names it in a reason.
    fn with_fix(&self, content: &[u8], copy: &str) -> Result<Vec<u8>, Stay> {
        let (path, tree) = (self.copies.path, self.copies.tree.2);
        let Fixed {
            bytes: fixed,
            same_class,
            codes,
            on_save,
        } = self.copies.fixed;
        if content == tree || content == fixed || on_save == Some(content) {
            return Ok(fixed.to_vec());
        }
        let defer = |reason: String| Err(Stay::Defer(reason));
        if self.copies.dirty == Dirty::Defer {
            return defer(format!("it has {copy} edits, and `dirty` says to wait"));
        }
        // Edits that were saved under a running agent stand on what hive made of the
        // file then: against the tip its layout would meet the fix in the same lines.
        let merged = merge(tree, content, fixed).or_else(|error| match on_save {
            Some(saved) => merge(saved, content, fixed).map_err(|_| error),
            None => Err(error),
        });
        let merged = match merged {
            Ok(merged) => merged,
            Err(error) => return defer(format!("{error} (the {copy} ones)")),
        };
        // The fix is in it already, line by line: nothing is written.
        if merged == content {
            return Ok(merged);
        }
        // A fix that changes the tree was right for the content at the tip. Whether it is
        // for this one only the same finding can tell: an import that was unused there
        // may be used here, and the merge would be clean and wrong.
        if !same_class {
            match self.judge.has_findings(path, content, codes) {
                Ok(true) => {}
                Ok(false) => {
                    let codes = codes.join(", ");
                    return defer(format!("with the {copy} edits {codes} no longer applies"));
                }
                Err(reason) => return defer(reason),
            }
        }
        match self.judge.merged(path, content, &merged) {
            Ok(()) => Ok(merged),
            Err(reason) => defer(format!("merged with the {copy} edits: {reason}")),
        }
    }
}
