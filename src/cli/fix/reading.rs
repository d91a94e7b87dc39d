//! Reading the files of a run, and what their inodes say.

use rayon::prelude::*;

use crate::fixers::program::Stamp;
use crate::house::Planned;
use crate::writing::{Identity, Snapshot, Unread, read_at_most};

/// A file's identity as those know it who ask a program about it.
pub(super) fn stamp_of(identity: &Identity) -> Stamp {
    let parts = |time: i128| {
        let second = 1_000_000_000;
        let part = |value: i128| i64::try_from(value).unwrap_or_default();
        (part(time.div_euclid(second)), part(time.rem_euclid(second)))
    };
    let (written, changed) = (parts(identity.mtime_ns), parts(identity.ctime_ns));
    (written.0, written.1, changed.0, changed.1, identity.size)
}

pub(super) fn is_executable(snapshot: &Snapshot) -> bool {
    snapshot.identity().mode & 0o111 != 0
}

pub(super) fn read_all(chunk: &[Planned], max: u64) -> Vec<Result<Snapshot, Unread>> {
    // Waking a thread pool costs more than reading a handful of files.
    if chunk.len() < 8 {
        return chunk
            .iter()
            .map(|planned| read_at_most(&planned.path, max))
            .collect();
    }
    chunk
        .par_iter()
        .map(|planned| read_at_most(&planned.path, max))
        .collect()
}
