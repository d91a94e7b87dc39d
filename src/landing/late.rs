//! Step 9: a save that came too late to be seen is put back under a lock of its own.
//!
//! Between the exchange and this moment git may have looked at the file and noted in the
//! index what it is; a save that were exchanged in while git writes the index could look
//! unchanged to it, and be lost with the next `git switch`. So the index is locked for
//! the exchange, by a link of the file that the landing had prepared for it: that name
//! stays until the landing is over, so that after a death "the same file" proves the lock
//! hive's, and recovery removes it like the first one. It is tried once and never waited
//! for.

use std::any::Any;
use std::path::PathBuf;

use super::refs::{Lock, Refs, is_same_file, lock_of};
use crate::writing::Leave;

/// Leave to put a save back: the index is locked with one of the prepared files. Where
/// the dead hold that lock still, they hold it for whoever buries them.
pub(super) fn leave(refs: &Refs, prepared: Vec<PathBuf>) -> Leave {
    let index = refs.git_dir.join("index");
    Leave::new(move || {
        let there: Vec<&PathBuf> = prepared.iter().filter(|file| file.exists()).collect();
        let lock = lock_of(&index);
        if there.is_empty() || there.iter().any(|file| is_same_file(&lock, file)) {
            // Without a prepared file nothing of the landing was exchanged yet.
            return Some(Box::new(()) as Box<dyn Any>);
        }
        let taken = there
            .first()
            .and_then(|file| Lock::take(file, &index).ok().flatten())?;
        Some(Box::new(taken))
    })
}
