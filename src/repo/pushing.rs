//! What is being pushed right now, by whom: files that a `pre-push` hook writes and any
//! process of hive's reads.
//!
//! In: a git process that is about to send commits. Out: for a reference and its tip, the
//! process that sends them. Always: a word holds its reference for as long as that very
//! process lives, told by its id, the time at which it began and the start of the kernel, so
//! that a push that was killed holds nothing back and nobody has to take a word away. What
//! was to be sent is remembered for a day longer ([`was_sent`]): whether a push that has
//! ended reached the other side, only the other side knows. Files and no rows: a landing
//! asks under locks of git's, where it opens no database.
//!
//! Who counts on the answer writes first and looks then: the hook writes its word and
//! afterwards looks where the reference is; a landing holds the lock of the reference and
//! asks for words before it moves it. Whichever comes first, one of the two sees the other.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place::private_dir;
use super::{Oid, Place};
use crate::clock;
use crate::process::table;

/// The directory of the words, in the state directory.
const PUSHES: &str = "pushes";
/// How the name of a word ends whose process was alive when it was last met.
const ALIVE: &str = "push";
/// How it ends when the process is gone.
const OVER: &str = "sent";
/// How long what was sent is remembered, in milliseconds.
const REMEMBERED_MS: i64 = 24 * 60 * 60 * 1000;

/// A reference as it is being pushed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Its full name; empty where a bare commit is pushed.
    pub reference: String,
    /// The commit that is sent.
    pub oid: Oid,
}

/// A push, at work or over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Word {
    /// The process id of git.
    pid: u32,
    /// When that process began, as the system says it.
    began: String,
    /// The start of the kernel under which it did.
    boot: String,
    /// When the word was given, in milliseconds since the epoch.
    at_ms: i64,
    /// What it sends.
    sent: Vec<Sent>,
}

/// Says that a process sends these, for as long as it lives. Says nothing where the
/// process is gone already.
pub fn announce(place: &Place, pid: u32, sent: Vec<Sent>) -> io::Result<()> {
    let Some(began) = table::began(pid) else {
        return Ok(());
    };
    let directory = place.state_dir().join(PUSHES);
    private_dir(&directory)?;
    forget(&directory);
    let word = Word {
        pid,
        began,
        boot: table::boot_id(),
        at_ms: clock::wall_ms(),
        sent,
    };
    let mut file = tempfile::Builder::new()
        .prefix(&format!("{pid}-"))
        .suffix(".part")
        .tempfile_in(&directory)?;
    file.write_all(&serde_json::to_vec(&word)?)?;
    // Whole when it appears, under a name that no other word has. It need not survive the
    // kernel, whose processes it names.
    let name = file.path().with_extension(ALIVE);
    file.persist_noclobber(name).map_err(|error| error.error)?;
    Ok(())
}

/// The process that pushes a reference, or its tip under another name; `None` if nobody
/// does. `common_dir` is the directory that the work trees share. A system call where
/// nobody has ever pushed.
pub fn of(common_dir: &Path, reference: Option<&str>, tip: &Oid) -> Option<u32> {
    at_work(common_dir).into_iter().find_map(|word| {
        let same = |sent: &Sent| reference == Some(sent.reference.as_str()) || sent.oid == *tip;
        word.sent.iter().any(same).then_some(word.pid)
    })
}

/// The processes that have given their word and are at work.
pub fn announced(place: &Place) -> Vec<u32> {
    let all = at_work(&place.common_dir);
    all.into_iter().map(|word| word.pid).collect()
}

/// Whether a push of this commit has begun within the last day, whatever came of it: the
/// other side may have it, although no remote-tracking branch says so.
pub fn was_sent(common_dir: &Path, commit: &Oid) -> bool {
    let words = words(&common_dir.join("hive").join(PUSHES), &[ALIVE, OVER]);
    words
        .into_iter()
        .any(|(_, word)| word.sent.iter().any(|sent| sent.oid == *commit))
}

/// Every push at work. Those that are over are told apart by their names from now on.
fn at_work(common_dir: &Path) -> Vec<Word> {
    let mut boot = None;
    let mut found = Vec::new();
    for (path, word) in words(&common_dir.join("hive").join(PUSHES), &[ALIVE]) {
        let boot = boot.get_or_insert_with(table::boot_id);
        if word.boot == *boot && table::began(word.pid).as_ref() == Some(&word.began) {
            found.push(word);
        } else {
            // Another one may have been quicker; and what dies once stays dead.
            let _ = fs::rename(&path, path.with_extension(OVER));
        }
    }
    found
}

/// The words whose names end so.
fn words(directory: &Path, ends: &[&str]) -> Vec<(PathBuf, Word)> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| {
        path.extension()
            .is_some_and(|end| ends.iter().any(|one| end == *one))
    });
    // One that was renamed or removed meanwhile is over.
    let read = |path: PathBuf| {
        let word = serde_json::from_slice(&fs::read(&path).ok()?).ok()?;
        Some((path, word))
    };
    paths.filter_map(read).collect()
}

/// Removes what need not be remembered any longer. Whoever fails to leaves it to the next.
fn forget(directory: &Path) {
    let now = clock::wall_ms();
    for (path, word) in words(directory, &[OVER]) {
        if now - word.at_ms > REMEMBERED_MS {
            let _ = fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: char) -> Oid {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn sent(reference: &str, digit: char) -> Vec<Sent> {
        vec![Sent {
            reference: reference.to_owned(),
            oid: oid(digit),
        }]
    }

    #[test]
    fn a_word_holds_as_long_as_its_process_lives_and_is_remembered_for_a_day() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place {
            root: dir.path().to_owned(),
            git_dir: dir.path().to_owned(),
            common_dir: dir.path().to_owned(),
        };
        let asks = |reference, digit| of(dir.path(), Some(reference), &oid(digit));
        assert_eq!(asks("refs/heads/main", 'a'), None);
        let me = std::process::id();
        announce(&place, me, sent("refs/heads/main", 'a')).unwrap();
        assert_eq!(asks("refs/heads/main", 'b'), Some(me));
        assert_eq!(asks("refs/heads/other", 'a'), Some(me));
        assert_eq!(asks("refs/heads/other", 'b'), None);
        assert_eq!(announced(&place), [me]);
        assert!(was_sent(dir.path(), &oid('a')) && !was_sent(dir.path(), &oid('b')));
        let only = |end: &str| {
            let found = words(&place.state_dir().join(PUSHES), &[end]);
            assert_eq!(found.len(), 1, "{end}: {found:?}");
            found.into_iter().next().unwrap()
        };
        // The same id under another start of the kernel, or begun at another time.
        for field in ["boot", "began"] {
            let (path, word) = only(ALIVE);
            let mut word = serde_json::to_value(&word).unwrap();
            word[field] = "another".into();
            fs::write(&path, word.to_string()).unwrap();
            assert_eq!(asks("refs/heads/main", 'a'), None, "{field}");
            assert!(was_sent(dir.path(), &oid('a')), "{field}");
            // A day later.
            let (path, mut word) = only(OVER);
            word.at_ms -= REMEMBERED_MS + 1;
            fs::write(&path, serde_json::to_vec(&word).unwrap()).unwrap();
            announce(&place, me, sent("refs/heads/main", 'b')).unwrap();
            assert!(!path.exists(), "{field}");
            assert!(!was_sent(dir.path(), &oid('a')), "{field}");
            announce(&place, me, sent("refs/heads/main", 'a')).unwrap();
            fs::remove_file(only_of(&place, 'b')).unwrap();
        }
        // Nobody has the greatest id.
        announce(&place, u32::MAX, sent("refs/heads/main", 'c')).unwrap();
        assert!(!was_sent(dir.path(), &oid('c')));
    }

    fn only_of(place: &Place, digit: char) -> PathBuf {
        let all = words(&place.state_dir().join(PUSHES), &[ALIVE]);
        let mut its = all
            .into_iter()
            .filter(|one| one.1.sent[0].oid == oid(digit));
        its.next().unwrap().0
    }
}
