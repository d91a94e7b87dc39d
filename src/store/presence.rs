//! Who has the database open: this host, or another one.
//!
//! A write-ahead log works among the processes of one kernel: they share memory and see
//! each other's locks. A repository on a disk that two kernels use at once (a mount in a
//! virtual machine, a container on another host) shows no such thing, and both would
//! damage the database. So whoever opens it says first where it is open, in a file beside
//! it, and holds that file locked as long as it is open; the last one takes the word back.
//!
//! It is a file and no row of the database, because a row can only be read by opening
//! what must not be opened. What the word and the lock say together:
//!
//! | the word | the lock | |
//! |---|---|---|
//! | none, or of this boot of the kernel | | it is opened; whoever died here left the word and no lock |
//! | of this host, another boot | free | the host has been started again: opened |
//! | of this host, another boot | held | another kernel calls itself the same: refused |
//! | of another host | | refused: whether it still has it open cannot be seen from here |

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::process;

/// Where a database is open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Word {
    /// What tells hosts apart.
    host: String,
    /// The host's name, for people.
    name: String,
    /// This start of its kernel.
    boot: String,
    /// Since when, in milliseconds since the epoch.
    since_ms: i64,
}

/// The word that this process has given; dropped, it is taken back unless others have
/// the database open.
#[derive(Debug)]
pub(super) struct Presence {
    file: File,
}

/// Why a database is not opened.
#[derive(Debug)]
pub(super) enum Refused {
    /// It is open elsewhere: where, and the file that says so.
    Elsewhere { name: String, word: PathBuf },
    /// The word cannot be read or written.
    Io(io::Error),
}

impl From<io::Error> for Refused {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl Presence {
    /// Says that the database is open here; refuses where it is open elsewhere.
    pub(super) fn announce(database: &Path) -> Result<Self, Refused> {
        let path = database.with_extension("db.open");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)?;
        let here = here();
        // The last of those who close it holds it alone for a moment.
        let alone = alone(&file)?;
        if !alone {
            lock(&file, FlockOperation::LockShared)?;
        }
        let word = read(&mut file)?;
        let elsewhere = word.as_ref().filter(|word| word.boot != here.boot);
        if let Some(word) = elsewhere
            && (word.host != here.host || !alone)
        {
            return Err(Refused::Elsewhere {
                name: word.name.clone(),
                word: path,
            });
        }
        if word.is_none_or(|word| word.boot != here.boot) {
            let text = serde_json::to_vec(&here).map_err(io::Error::other)?;
            file.rewind()?;
            file.write_all(&text)?;
            file.set_len(text.len() as u64)?;
        }
        if alone {
            lock(&file, FlockOperation::LockShared)?;
        }
        Ok(Self { file })
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Whoever opens it between this and the end of the lock waits, and says it anew.
        if alone(&self.file).is_ok_and(|alone| alone) {
            let _ = self.file.set_len(0);
        }
    }
}

/// Whether somebody has said that the database is open in another start of a kernel, be
/// it long ago. Asks for no lock and says nothing.
pub(super) fn may_be_elsewhere(database: &Path) -> bool {
    let word = File::open(database.with_extension("db.open"));
    let word = word
        .ok()
        .and_then(|mut file| read(&mut file).ok().flatten());
    word.is_some_and(|word| word.boot != here().boot)
}

/// Takes the lock alone, if nobody else holds it.
fn alone(file: &File) -> io::Result<bool> {
    match lock(file, FlockOperation::NonBlockingLockExclusive) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        other => other.map(|()| true),
    }
}

fn lock(file: &File, how: FlockOperation) -> io::Result<()> {
    loop {
        match flock(file, how) {
            Err(Errno::INTR) => {}
            // No locks here (some network homes): then the word alone has to do, and
            // nobody is ever known to be the last.
            Err(Errno::NOLCK | Errno::NOTSUP) if how == FlockOperation::LockShared => {
                return Ok(());
            }
            Err(Errno::NOLCK | Errno::NOTSUP) => return Err(io::ErrorKind::WouldBlock.into()),
            other => return other.map_err(io::Error::from),
        }
    }
}

/// The word that was given; a torn one counts as none, since its writer was killed.
fn read(file: &mut File) -> io::Result<Option<Word>> {
    let mut text = Vec::new();
    file.take(4 << 10).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text).ok())
}

/// What this process would say.
fn here() -> Word {
    let line = |path: &str| {
        let text = fs::read_to_string(path).unwrap_or_default();
        text.trim().to_owned()
    };
    if !cfg!(target_os = "linux") {
        // To be asked there costs a process for every command, and the mounts of other
        // kernels are network file systems, where the database does not lie.
        return Word::default();
    }
    let name = process::table::host_name();
    let machine = line("/etc/machine-id");
    Word {
        // Cloned machines share an id, containers have none, and a name alone is any
        // name: all of it together.
        host: format!("{machine} {name}").trim().to_owned(),
        name,
        boot: process::table::boot_id(),
        since_ms: clock::wall_ms(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn give(database: &Path, word: &Word) {
        let text = serde_json::to_vec(word).unwrap();
        fs::write(database.with_extension("db.open"), text).unwrap();
    }

    fn said(database: &Path) -> String {
        fs::read_to_string(database.with_extension("db.open")).unwrap()
    }

    #[test]
    fn the_last_one_takes_the_word_back() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("hive.db");
        let one = Presence::announce(&database).unwrap();
        let other = Presence::announce(&database).unwrap();
        assert!(said(&database).contains(&here().boot));
        drop(one);
        assert!(said(&database).contains(&here().boot));
        drop(other);
        assert_eq!(said(&database), "");
    }

    #[test]
    fn words_of_elsewhere_are_told_from_stale_ones() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("hive.db");
        let here = here();
        let killed = here.clone();
        let restarted = Word {
            boot: "before".to_owned(),
            ..here.clone()
        };
        let stranger = Word {
            host: "another".to_owned(),
            name: "zeus".to_owned(),
            ..restarted.clone()
        };
        // A container with another name on this kernel is no other host.
        let container = Word {
            boot: here.boot.clone(),
            ..stranger.clone()
        };
        for (word, held, opens) in [
            (&killed, false, true),
            (&restarted, false, true),
            (&restarted, true, false),
            (&stranger, false, false),
            (&container, false, true),
            (&container, true, true),
        ] {
            give(&database, word);
            let holder = File::open(database.with_extension("db.open")).unwrap();
            if held {
                lock(&holder, FlockOperation::LockShared).unwrap();
            }
            match Presence::announce(&database) {
                Ok(_) => assert!(opens, "{word:?} {held}"),
                Err(Refused::Elsewhere { name, .. }) => {
                    assert!(!opens, "{word:?} {held}");
                    assert_eq!(name, word.name);
                    assert!(said(&database).contains(&word.boot), "it was changed");
                }
                Err(Refused::Io(error)) => panic!("{error}"),
            }
        }
    }
}
