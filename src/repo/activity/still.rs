//! For how long nothing has moved: HEAD, its log, its branch and the index.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use gix::index::entry::{Flags, Stage};

use super::super::{Place, reftable};
use crate::clock;

/// Remembers what the files of git looked like, so that an index that was written
/// again with the same content (as `git status` does to refresh it) and hive's own
/// changes do not count as movement.
#[derive(Debug, Default)]
pub struct Still {
    known: Option<Known>,
}

#[derive(Debug)]
struct Known {
    moving: Moving,
    index_file: Option<FileState>,
    index: Index,
    since: Instant,
    /// When it was last looked at.
    looked: Instant,
}

/// What counts by its state as a file.
#[derive(Debug, PartialEq, Eq)]
struct Moving {
    head: Vec<u8>,
    files: [Option<FileState>; 4],
}

/// What counts of the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Index {
    /// Of paths, modes, ids, stages and flags that the person sets.
    digest: Option<blake3::Hash>,
    unmerged: bool,
}

/// Device, inode, size and time of change.
type FileState = (u64, u64, u64, i64, i64);

impl Still {
    /// Knows nothing yet: the first look goes by the times of the files.
    pub fn new() -> Self {
        Self::default()
    }

    /// For how long nothing has moved. Costs five system calls if nothing has, and
    /// reads the index if its file has changed.
    pub fn look(&mut self, place: &Place) -> Duration {
        let now = clock::now();
        let moving = moving(place);
        // The state is asked before the index is read: a change in between is seen at the
        // next look.
        let index_file = state(&place.git_dir.join("index"));
        let known = self.known.take();
        let fresh = |known: &Known| known.index_file == index_file;
        let index = match &known {
            Some(known) if fresh(known) => known.index,
            _ => index(place),
        };
        let since = match known {
            Some(known) if known.moving == moving && known.index == index => known.since,
            // Whoever looks seldom is not to wait longer for that: when it was says the
            // file system, and that it was after the last look is certain.
            Some(known) => moved(place, &moving, index_file, now).max(known.looked),
            None => moved(place, &moving, index_file, now),
        };
        self.known = Some(Known {
            moving,
            index_file,
            index,
            since,
            looked: now,
        });
        now.saturating_duration_since(since)
    }

    /// Takes what is there now for hive's own doing: it does not count as movement.
    /// To be called while hive still holds its locks, or somebody else's change is
    /// taken for its own.
    pub fn own(&mut self, place: &Place) {
        let now = clock::now();
        let moving = moving(place);
        let index_file = state(&place.git_dir.join("index"));
        let since = self.known.as_ref().map(|known| known.since);
        self.known = Some(Known {
            since: since.unwrap_or_else(|| moved(place, &moving, index_file, now)),
            moving,
            index_file,
            index: index(place),
            looked: now,
        });
    }

    /// Whether the index had conflicts at the last look.
    pub fn unmerged(&self) -> bool {
        self.known
            .as_ref()
            .is_some_and(|known| known.index.unmerged)
    }
}

/// How long ago HEAD, its log, its branch or the index were written, by the wall
/// clock and the times of the files. For who has no memory of them: an index that was
/// only refreshed counts, too. Times in the future count as now.
pub fn quiet_for(place: &Place) -> Duration {
    let now = clock::wall_ms();
    let head = fs::read_to_string(place.git_dir.join("HEAD")).unwrap_or_default();
    let branch = head
        .strip_prefix("ref:")
        .map(|name| place.common_dir.join(name.trim()));
    let latest = ["HEAD", "logs/HEAD", "index"]
        .into_iter()
        .map(|name| place.git_dir.join(name))
        .chain(branch)
        .chain(reftable::lists(place))
        .filter_map(|path| fs::symlink_metadata(path).ok())
        .map(|about| about.mtime() * 1000 + about.mtime_nsec() / 1_000_000)
        .max();
    // Nothing was ever written: nothing moves.
    let ago = now - latest.unwrap_or(0);
    Duration::from_millis(u64::try_from(ago).unwrap_or(0))
}

/// When something moved last, by the times of the files. A file that was put in place of
/// another may have been written long before; when that was done, its time of change says.
fn moved(place: &Place, moving: &Moving, index_file: Option<FileState>, now: Instant) -> Instant {
    let wall = clock::wall_ms();
    let files = moving.files.iter().copied().chain([index_file]).flatten();
    let changed = files.map(|(.., second, nanosecond)| second * 1000 + nanosecond / 1_000_000);
    let ago = changed.map(|at| Duration::from_millis(u64::try_from(wall - at).unwrap_or(0)));
    let least = ago.chain([quiet_for(place)]).min().unwrap_or_default();
    now.checked_sub(least).unwrap_or(now)
}

fn moving(place: &Place) -> Moving {
    let head = fs::read(place.git_dir.join("HEAD")).unwrap_or_default();
    let branch = str::from_utf8(&head)
        .ok()
        .and_then(|text| text.strip_prefix("ref:"))
        .and_then(|name| state(&place.common_dir.join(name.trim())));
    let [own, shared] = reftable::lists(place).map(|list| state(&list));
    let files = [state(&place.git_dir.join("logs/HEAD")), branch, own, shared];
    Moving { head, files }
}

fn state(path: &Path) -> Option<FileState> {
    let about = fs::symlink_metadata(path).ok()?;
    Some((
        about.dev(),
        about.ino(),
        about.size(),
        about.ctime(),
        about.ctime_nsec(),
    ))
}

/// Reads the index. One that cannot be read has no digest, so that it counts as
/// changed when it can.
fn index(place: &Place) -> Index {
    let Ok(repo) = gix::open(place.root.clone()) else {
        return Index::default();
    };
    let Ok(index) = repo.index_or_empty() else {
        return Index::default();
    };
    let mut hasher = blake3::Hasher::new();
    let mut unmerged = false;
    let said = Flags::INTENT_TO_ADD | Flags::SKIP_WORKTREE | Flags::ASSUME_VALID;
    for entry in index.entries() {
        unmerged |= entry.stage() != Stage::Unconflicted;
        hasher.update(entry.path(&index));
        hasher.update(&[0]);
        hasher.update(&entry.mode.bits().to_le_bytes());
        hasher.update(entry.id.as_slice());
        hasher.update(&entry.stage_raw().to_le_bytes());
        hasher.update(&(entry.flags & said).bits().to_le_bytes());
    }
    Index {
        digest: Some(hasher.finalize()),
        unmerged,
    }
}
