//! Reading the files of a run, and what their inodes say.

use std::path::Path;
use std::thread;

use crossbeam_channel::bounded;
use rayon::prelude::*;

use crate::failure::Outcome;
use crate::fixers::program::Stamp;
use crate::house::Planned;
use crate::writing::{Identity, Snapshot, Unread, read_at_most, read_inside};

/// Files that are read before the next look at the answers.
const CHUNK: usize = 256;

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

/// A file that was read.
pub(super) struct Read {
    pub(super) snapshot: Snapshot,
    /// What its result depends on beside its content, path and scope.
    pub(super) fingerprint: [u8; 32],
}

/// Reads the files of a plan and gives them to `each`, some at a time in their order, with
/// the place of the first, until that says `false`; with the root of a repository, only
/// what lies in it. While some are dealt with, the next are read.
pub(super) fn read_ahead(
    plan: &[Planned],
    root: Option<&Path>,
    max: u64,
    mut each: impl FnMut(usize, Vec<Result<Read, Unread>>) -> Outcome<bool>,
) -> Outcome<()> {
    if plan.len() <= CHUNK {
        return each(0, read_all(plan, root, max)).map(drop);
    }
    let (sender, chunks) = bounded(1);
    thread::scope(|scope| {
        scope.spawn(move || {
            for chunk in plan.chunks(CHUNK) {
                if sender.send(read_all(chunk, root, max)).is_err() {
                    // No more are wanted.
                    return;
                }
            }
        });
        for (number, read) in chunks.into_iter().enumerate() {
            if !each(number * CHUNK, read)? {
                break;
            }
        }
        Ok(())
    })
}

fn read_all(chunk: &[Planned], root: Option<&Path>, max: u64) -> Vec<Result<Read, Unread>> {
    let read = |planned: &Planned| {
        let snapshot = match root {
            Some(root) => read_inside(root, &planned.path, max),
            None => read_at_most(&planned.path, max),
        }?;
        // Here, where several are at it.
        let fingerprint = planned.fingerprint(snapshot.bytes(), is_executable(&snapshot));
        Ok(Read {
            snapshot,
            fingerprint,
        })
    };
    // Waking a thread pool costs more than reading a handful of files.
    if chunk.len() < 8 {
        return chunk.iter().map(read).collect();
    }
    chunk.par_iter().map(read).collect()
}
