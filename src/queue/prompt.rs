//! How things stand, for who asks before every line that a person types: the last answer,
//! as long as nothing was written since.
//!
//! To open a database and read its schema costs more than all the rest of such a call,
//! and between two prompts mostly nothing happens. So an answer is written down with the
//! imprint of the files that it came from. The imprint cannot tell two writes within one
//! tick of the file system's clock (10 ms at most where it has any fractions), and a
//! transaction is seen a little later than it is written; so what was answered within
//! [`FRESH`] of the last write is not kept. Snoozed questions come back by time alone, so
//! nothing is believed for longer than [`STALE`].

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::standing::{Standing, look};
use crate::clock;
use crate::repo::Place;
use crate::store::{self, Imprint};

/// How old the last write is at least when an answer is kept, in milliseconds.
const FRESH: i64 = 100;
/// For how long an answer is believed, in milliseconds.
const STALE: i64 = 60_000;

/// The file of a work tree's own directory that has the last answer.
const KEPT: &str = "prompt";

#[derive(Debug, Serialize, Deserialize)]
struct Kept {
    imprint: Imprint,
    /// When the look began, in milliseconds since the epoch.
    looked_ms: i64,
    standing: Standing,
}

/// How things stand; `None` where that cannot be had at once and without opening
/// anything for writing. At most [`STALE`] old where only time has passed.
pub(super) fn glance(place: &Place) -> Option<Standing> {
    let now = clock::wall_ms();
    let imprint = store::imprint(place)?;
    let path = file(place);
    if let Some(kept) = read(&path)
        && kept.imprint == imprint
        && (0..STALE).contains(&(now - kept.looked_ms))
    {
        return Some(kept.standing);
    }
    let standing = look(place)?;
    if now.saturating_sub(imprint.written_ms()) > FRESH {
        let kept = Kept {
            imprint,
            looked_ms: now,
            standing,
        };
        // Not kept, it is asked for again. Of two that write at once, what is read is
        // one of them or no answer at all.
        let _ = serde_json::to_vec(&kept).map(|text| fs::write(&path, text));
    }
    Some(standing)
}

fn file(place: &Place) -> PathBuf {
    place.own_dir().join(KEPT)
}

fn read(path: &Path) -> Option<Kept> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::path::Path;
    use std::time::{Duration, SystemTime};

    use super::{STALE, file, glance};
    use crate::queue::Queue;
    use crate::repo::{Place, WorktreeId};

    /// A repository with a database, whose files were last written to a while ago.
    fn place(root: &Path) -> Place {
        fs::create_dir(root.join(".git")).unwrap();
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(root).unwrap();
        let worktree = WorktreeId::of(&place).unwrap();
        drop(Queue::open(&place, worktree).unwrap());
        age(&place);
        place
    }

    fn age(place: &Place) {
        let then = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
        for entry in fs::read_dir(place.state_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                File::options()
                    .write(true)
                    .open(path)
                    .unwrap()
                    .set_modified(then)
                    .unwrap();
            }
        }
    }

    /// Puts another answer into the file, so that it can be seen whether it is believed.
    fn forge(place: &Place, edit: impl Fn(&mut serde_json::Value)) {
        let text = fs::read(file(place)).unwrap();
        let mut kept: serde_json::Value = serde_json::from_slice(&text).unwrap();
        kept["standing"]["questions"] = 7.into();
        edit(&mut kept);
        fs::write(file(place), kept.to_string()).unwrap();
    }

    fn questions(place: &Place) -> usize {
        glance(place).unwrap().questions
    }

    #[test]
    fn an_answer_is_believed_until_something_was_written() {
        let home = tempfile::tempdir().unwrap();
        let place = place(home.path());
        assert_eq!(questions(&place), 0);
        forge(&place, |_| ());
        assert_eq!(questions(&place), 7);
        let database = place.state_dir().join("hive.db");
        fs::write(&database, fs::read(&database).unwrap()).unwrap();
        assert_eq!(questions(&place), 0);
    }

    #[test]
    fn what_was_written_just_now_is_not_kept() {
        let home = tempfile::tempdir().unwrap();
        let place = place(home.path());
        let database = place.state_dir().join("hive.db");
        fs::write(&database, fs::read(&database).unwrap()).unwrap();
        assert_eq!(questions(&place), 0);
        assert!(!file(&place).exists());
    }

    #[test]
    fn an_answer_ages_and_one_of_the_future_is_none() {
        let home = tempfile::tempdir().unwrap();
        let place = place(home.path());
        for shift in [-STALE, STALE] {
            assert_eq!(questions(&place), 0);
            forge(&place, |kept| {
                kept["looked_ms"] = (kept["looked_ms"].as_i64().unwrap() + shift).into();
            });
            assert_eq!(questions(&place), 0);
        }
        fs::write(file(&place), "{").unwrap();
        assert_eq!(questions(&place), 0);
    }
}
