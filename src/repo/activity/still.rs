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
}

/// What counts by its state as a file.
#[derive(Debug, PartialEq, Eq)]
struct Moving {
    head: Vec<u8>,
    files: [Option<FileState>; 4],
}

/// What counts of the index.
#[derive(Debug, PartialEq, Eq, Default)]
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
        let index_file = state(&place.git_dir.join("index"));
        let known = match self.known.take() {
            None => Known {
                moving,
                index_file,
                index: index(place),
                since: now.checked_sub(quiet_for(place)).unwrap_or(now),
            },
            Some(known) => {
                // The state is asked before the index is read: a change in between is
                // seen at the next look.
                let index = if known.index_file == index_file {
                    known.index
                } else {
                    match self::index(place) {
                        fresh if fresh == known.index => known.index,
                        fresh => {
                            self.known = Some(Known {
                                moving,
                                index_file,
                                index: fresh,
                                since: now,
                            });
                            return Duration::ZERO;
                        }
                    }
                };
                let since = if known.moving == moving {
                    known.since
                } else {
                    now
                };
                Known {
                    moving,
                    index_file,
                    index,
                    since,
                }
            }
        };
        let since = known.since;
        self.known = Some(known);
        now.saturating_duration_since(since)
    }

    /// Takes what is there now for hive's own doing: it does not count as movement.
    /// To be called while hive still holds its locks, or somebody else's change is
    /// taken for its own.
    pub fn own(&mut self, place: &Place) {
        let since = self.known.as_ref().map_or_else(
            || {
                let now = clock::now();
                now.checked_sub(quiet_for(place)).unwrap_or(now)
            },
            |known| known.since,
        );
        self.known = Some(Known {
            moving: moving(place),
            index_file: state(&place.git_dir.join("index")),
            index: index(place),
            since,
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
