//! The names of temporary files, and how a later process knows what they are.
//!
//! A session is one [`Writer`](super::Writer). It has a file `ID.session` in the
//! directory for temporary files, locked as long as the process lives; the kernel
//! drops the lock with the process, so nobody has to guess by process ids. Each
//! temporary file is noted there *before* it is made: number, place, hashes, path.
//!
//! A temporary file is called `ID-N.new` while it is written, and
//! `ID-N.BEFORE-AFTER` (hashes) from just before its exchange on. The rename
//! between the two is ordered with the exchange by every journalling file system,
//! so after a crash `.new` never holds anything of a person, and what a file of
//! the other name is can be told by its content.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustix::fs::{FlockOperation, flock, fstat};
use rustix::io::Errno;

use super::look::identity;
use super::spot::{Spot, hold};
use crate::clock;
use crate::crash;

const SUFFIX: &str = ".session";
/// The end of the name that it has before.
const UNBORN: &str = "unborn";

/// One process's right to temporary files of a name of its own.
#[derive(Debug)]
pub(super) struct Session {
    id: String,
    tmp: Arc<OwnedFd>,
    path: PathBuf,
    /// The device that temporary files lie on.
    pub(super) dev: u64,
    log: File,
    next: AtomicU64,
}

/// One temporary file, as noted before it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) number: u64,
    /// Whether it lies in the directory of the file instead of hive's own.
    pub(super) beside: bool,
    pub(super) before: blake3::Hash,
    pub(super) after: blake3::Hash,
    pub(super) path: PathBuf,
}

impl Session {
    /// Begins one in `tmp`, which exists and is absolute and free of links.
    pub(super) fn begin(tmp: &Path) -> io::Result<Self> {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let id = format!(
            "{:x}-{:x}-{:x}",
            clock::wall_ms(),
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let directory = Arc::new(hold(tmp)?);
        let dev = identity(&fstat(&directory)?).dev;
        // Locked before it gets its name: a session that can be seen and locked
        // by somebody else belongs to nobody any more.
        let unborn = tmp.join(format!("{id}.{UNBORN}"));
        let log = OpenOptions::new()
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&unborn)?;
        let path = tmp.join(format!("{id}{SUFFIX}"));
        let bear = || -> io::Result<()> {
            flock(&log, FlockOperation::NonBlockingLockExclusive)?;
            crash::pass("writing.session")?;
            std::fs::rename(&unborn, &path)
        };
        bear().inspect_err(|_| drop(std::fs::remove_file(&unborn)))?;
        Ok(Self {
            id,
            tmp: directory,
            path,
            dev,
            log,
            next: AtomicU64::new(1),
        })
    }

    /// Notes a temporary file that is about to be made.
    pub(super) fn note(
        &self,
        beside: bool,
        before: blake3::Hash,
        after: blake3::Hash,
        path: &Path,
    ) -> io::Result<Note> {
        let note = Note {
            number: self.next.fetch_add(1, Ordering::Relaxed),
            beside,
            before,
            after,
            path: path.to_owned(),
        };
        crash::pass("writing.note")?;
        // One write: lines of several threads do not mix.
        (&self.log).write_all(note.line().as_bytes())?;
        Ok(note)
    }

    /// The name while it is written, and the name from just before the exchange.
    pub(super) fn spots(&self, note: &Note, target: &Spot) -> (Spot, Spot) {
        spots(&self.id, &self.tmp, note, target)
    }

    /// A name for something that is kept, unique for ever.
    pub(super) fn unique(&self, number: u64) -> String {
        format!("{}.{number}", self.id)
    }

    /// Where a temporary file of this session lies that is not beside its target.
    pub(super) fn path_of(&self, spot: &Spot) -> PathBuf {
        self.path.with_file_name(&spot.name)
    }

    /// Makes the notes durable, so that they outlive a power failure that the
    /// exchanges outlive.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.log.sync_data()?;
        File::open(self.path.parent().unwrap_or(&self.path))?.sync_all()
    }

    /// Its name.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Ends it; to be called when no temporary file is left, else the next
    /// process takes care of them.
    pub(super) fn end(&self) {
        // Left behind, it is found dead and empty.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn spots(id: &str, tmp: &Arc<OwnedFd>, note: &Note, target: &Spot) -> (Spot, Spot) {
    let prefix = if note.beside { ".hive-" } else { "" };
    let name = |end: &str| OsString::from(format!("{prefix}{id}-{}.{end}", note.number));
    let spot = |name| {
        if note.beside {
            target.sibling(name)
        } else {
            Spot {
                dir: Arc::clone(tmp),
                name,
            }
        }
    };
    let swap = format!("{}-{}", short(note.before), short(note.after));
    (spot(name("new")), spot(name(&swap)))
}

/// The first 16 digits of a hash, for names.
pub(super) fn short(hash: blake3::Hash) -> String {
    hash.to_hex()[..16].to_owned()
}

/// A session whose process is gone, locked by us.
pub(super) struct Dead {
    id: String,
    tmp: Arc<OwnedFd>,
    path: PathBuf,
    notes: Vec<Note>,
    _lock: File,
}

impl Dead {
    /// All dead sessions in a directory.
    pub(super) fn find(tmp: &Path) -> io::Result<Vec<Self>> {
        let directory = Arc::new(hold(tmp)?);
        let mut found = Vec::new();
        for entry in std::fs::read_dir(tmp)? {
            let entry = entry?;
            let name = entry.file_name();
            if is_stillborn(&entry) {
                // Another process may be as quick.
                let _ = std::fs::remove_file(entry.path());
            }
            if let Some(id) = name.to_str().and_then(|name| name.strip_suffix(SUFFIX))
                && let Some(dead) = Self::lock(id, tmp, &directory)?
            {
                found.push(dead);
            }
        }
        Ok(found)
    }

    fn lock(id: &str, tmp: &Path, directory: &Arc<OwnedFd>) -> io::Result<Option<Self>> {
        let path = tmp.join(format!("{id}{SUFFIX}"));
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None), // alive
            Err(error) => return Err(error.into()),
        }
        // Somebody else may have dealt with it while we opened it.
        if !path.exists() {
            return Ok(None);
        }
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        Ok(Some(Self {
            id: id.to_owned(),
            tmp: Arc::clone(directory),
            path,
            notes: text.lines().filter_map(Note::parse).collect(),
            _lock: file,
        }))
    }

    /// Its temporary files, by the two names that they can have.
    pub(super) fn spots(&self) -> impl Iterator<Item = (&Note, Spot, Spot)> {
        self.notes.iter().filter_map(|note| {
            let target = if note.beside {
                // Without the directory there is no file beside it either.
                Spot::resolve(&note.path).ok()?
            } else {
                Spot {
                    dir: Arc::clone(&self.tmp),
                    name: OsString::new(),
                }
            };
            let (new, swap) = spots(&self.id, &self.tmp, note, &target);
            Some((note, new, swap))
        })
    }

    /// Forgets it; nothing of it is left.
    pub(super) fn forget(self) -> io::Result<()> {
        std::fs::remove_file(&self.path)
    }
}

/// Whether it is the file of a session that died before it began. That takes
/// microseconds; nobody is asked who needs an hour for it.
fn is_stillborn(entry: &std::fs::DirEntry) -> bool {
    const LONG: Duration = Duration::from_hours(1);
    let is_unborn = entry.path().extension().is_some_and(|end| end == UNBORN);
    let modified = entry.metadata().and_then(|status| status.modified());
    is_unborn && modified.is_ok_and(|at| clock::age(at) > LONG)
}

impl Note {
    fn line(&self) -> String {
        format!(
            "{} {} {} {} {}\n",
            self.number,
            if self.beside { "beside" } else { "tmp" },
            self.before,
            self.after,
            escape(&self.path)
        )
    }

    /// `None` for a line that was cut short by a crash: its file was not made.
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(' ');
        Some(Self {
            number: fields.next()?.parse().ok()?,
            beside: fields.next()? == "beside",
            before: blake3::Hash::from_hex(fields.next()?).ok()?,
            after: blake3::Hash::from_hex(fields.next()?).ok()?,
            path: unescape(fields.next()?)?,
        })
    }
}

/// A path as one word of ASCII.
pub(super) fn escape(path: &Path) -> String {
    let mut word = String::new();
    for byte in path.as_os_str().as_bytes() {
        if byte.is_ascii_graphic() && *byte != b'%' {
            word.push(char::from(*byte));
        } else {
            word.push('%');
            word.push_str(&format_byte(*byte));
        }
    }
    word
}

fn format_byte(byte: u8) -> String {
    format!("{byte:02x}")
}

/// The path of a word; `None` if no path was ever written like this.
pub(super) fn unescape(word: &str) -> Option<PathBuf> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    (!bytes.is_empty()).then(|| PathBuf::from(OsString::from_vec(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_survive_odd_paths() {
        for name in ["/a/b.py", "/with space/ü%20\n.py"] {
            let note = Note {
                number: 7,
                beside: true,
                before: blake3::hash(b"a"),
                after: blake3::hash(b"b"),
                path: PathBuf::from(name),
            };
            let line = note.line();
            assert_eq!(Note::parse(line.trim_end()), Some(note));
            assert_eq!(Note::parse(&line[..line.len() / 2]), None);
        }
    }

    #[test]
    fn a_living_session_is_not_dead() {
        let dir = tempfile::tempdir().unwrap();
        let tmp = dir.path().canonicalize().unwrap();
        let session = Session::begin(&tmp).unwrap();
        assert!(Dead::find(&tmp).unwrap().is_empty());
        drop(session);
        let dead = Dead::find(&tmp).unwrap();
        assert_eq!(dead.len(), 1);
        assert!(Dead::find(&tmp).unwrap().is_empty(), "locked by us now");
    }
}
