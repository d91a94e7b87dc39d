//! Bytes that were in a person's files, kept by hive.
//!
//! `previous` holds what was read and replaced, for [`KEPT_DAYS`] days and up to
//! [`KEPT_BYTES`], the oldest going first; `rescue` holds what was displaced and
//! could not be placed, until a person removes it. Files are called
//! `MILLISECONDS-HASH-SESSION.N`, and each session has an index of its own
//! (`SESSION.index`), so that nobody waits for anybody to append to it.
//!
//! What is removed must be what its name says: if a program had a replaced file
//! open all along and wrote to it afterwards, those bytes move to `rescue`.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::UNIX_EPOCH;

use rustix::io::Errno;

use super::look::{identity, look};
use super::session::{Note, Session, escape, short, unescape};
use super::spot::{Spot, hold};
use crate::clock;
use crate::crash;

/// How long previous bytes are kept.
pub const KEPT_DAYS: i64 = 7;
/// How many previous bytes are kept.
pub const KEPT_BYTES: u64 = 512 << 20;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const INDEX: &str = ".index";
const PRUNED: &str = ".pruned";

/// Bytes that a file held before hive replaced it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The file they were in.
    pub path: PathBuf,
    /// When they were kept, milliseconds since the epoch.
    pub at_ms: i64,
    /// Their hash.
    pub before: blake3::Hash,
    /// The hash of what hive put in their place.
    pub after: blake3::Hash,
    /// Where they lie now.
    pub file: PathBuf,
}

/// All previous bytes kept under a state directory, newest first.
pub fn list(state: &Path) -> io::Result<Vec<Kept>> {
    entries(&state.join("previous"))
}

/// All bytes of the person's that could not be placed, newest first: `before` and
/// `after` are the hashes of the write they got in the way of.
pub fn rescued(state: &Path) -> io::Result<Vec<Kept>> {
    entries(&state.join("rescue"))
}

fn entries(directory: &Path) -> io::Result<Vec<Kept>> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut kept = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_name().to_string_lossy().ends_with(INDEX) {
            let text = fs::read_to_string(entry.path())?;
            kept.extend(text.lines().filter_map(|line| parse(directory, line)));
        }
    }
    kept.retain(|kept| kept.file.exists());
    // Numbers within a millisecond count up.
    kept.sort_by_key(|kept| std::cmp::Reverse((kept.at_ms, number(&kept.file))));
    Ok(kept)
}

/// The previous bytes of one file (absolute, directories resolved), newest first.
pub fn find(state: &Path, path: &Path) -> io::Result<Vec<Kept>> {
    let mut kept = list(state)?;
    kept.retain(|kept| kept.path == path);
    Ok(kept)
}

fn number(file: &Path) -> u64 {
    let digits = file.extension().and_then(|digits| digits.to_str());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}

fn parse(directory: &Path, line: &str) -> Option<Kept> {
    let mut fields = line.split(' ');
    let name = fields.next()?;
    Some(Kept {
        at_ms: name.split('-').next()?.parse().ok()?,
        before: blake3::Hash::from_hex(fields.next()?).ok()?,
        after: blake3::Hash::from_hex(fields.next()?).ok()?,
        path: unescape(fields.next()?)?,
        file: directory.join(name),
    })
}

/// A directory of kept bytes, with this session's index.
#[derive(Debug)]
pub(super) struct Shelf {
    directory: PathBuf,
    held: Arc<OwnedFd>,
    /// Bytes that were put here since the last pruning.
    added: AtomicU64,
    /// How long they stay, in milliseconds.
    keep_ms: i64,
}

impl Shelf {
    pub(super) fn open(directory: PathBuf) -> io::Result<Self> {
        Self::open_for(directory, KEPT_DAYS)
    }

    /// Like [`open`](Self::open), for files that stay another number of days.
    pub(super) fn open_for(directory: PathBuf, days: i64) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)?;
        Ok(Self {
            held: Arc::new(hold(&directory)?),
            directory,
            added: AtomicU64::new(0),
            keep_ms: days * DAY_MS,
        })
    }

    /// Moves a file here; `hash` is what its content was seen to be.
    pub(super) fn put(
        &self,
        session: &Session,
        from: &Spot,
        note: &Note,
        hash: Option<blake3::Hash>,
    ) -> io::Result<PathBuf> {
        let (name, spot) = self.name(session, note.number, hash);
        crash::pass("writing.keep")?;
        self.append(session.id(), &name, note)?;
        crash::pass("writing.keep.index")?;
        if let Ok(status) = from.stat() {
            let size = identity(&status).size;
            self.added.fetch_add(size, Ordering::Relaxed);
        }
        match from.move_to_new(&spot) {
            Ok(()) => {}
            Err(Errno::XDEV) => {
                let mut file = from.open().map_err(io::Error::from)?;
                self.copy(&spot, &mut file)?;
                from.unlink()?;
            }
            Err(error) => return Err(error.into()),
        }
        crash::point("writing.kept");
        Ok(self.directory.join(name))
    }

    /// Keeps a copy of bytes that are about to be replaced without an exchange.
    pub(super) fn put_copy(
        &self,
        session: &Session,
        bytes: &[u8],
        note: &Note,
    ) -> io::Result<PathBuf> {
        let (name, spot) = self.name(session, note.number, Some(note.before));
        self.append(session.id(), &name, note)?;
        self.added.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        self.copy(&spot, &mut &*bytes)?;
        Ok(self.directory.join(name))
    }

    fn name(&self, session: &Session, number: u64, hash: Option<blake3::Hash>) -> (String, Spot) {
        let hash = hash.map_or_else(|| "unread".to_owned(), short);
        let name = format!("{}-{hash}-{}", clock::wall_ms(), session.unique(number));
        let spot = Spot {
            dir: Arc::clone(&self.held),
            name: name.clone().into(),
        };
        (name, spot)
    }

    fn copy(&self, to: &Spot, bytes: &mut impl io::Read) -> io::Result<()> {
        let mut copy = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(self.directory.join(&to.name))?;
        io::copy(bytes, &mut copy)?;
        copy.sync_data()
    }

    /// The line comes before the file: a line without a file is ignored.
    fn append(&self, session: &str, name: &str, note: &Note) -> io::Result<()> {
        let index = format!("{session}{INDEX}");
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(self.directory.join(index))?;
        file.write_all(line(name, note.before, note.after, &note.path).as_bytes())
    }

    /// Prunes at most once a day, or when much was put here since: old files, then
    /// the oldest beyond the bound. Returns what was moved to `rescue` instead.
    pub(super) fn prune(&self, rescue: &Self, bound: u64) -> io::Result<Vec<Kept>> {
        let much = self.added.load(Ordering::Relaxed) > bound / 8;
        let marker = self.directory.join(PRUNED);
        let now = clock::wall_ms();
        let last = fs::read_to_string(&marker)
            .ok()
            .and_then(|text| text.trim().parse::<i64>().ok());
        if !much && last.is_some_and(|last| (0..DAY_MS).contains(&(now - last))) {
            return Ok(Vec::new());
        }
        fs::write(&marker, now.to_string())?;
        self.added.store(0, Ordering::Relaxed);
        let (mut files, mut indexes) = (Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let Ok(name) = entry.file_name().into_string() else {
                continue;
            };
            if name.ends_with(INDEX) {
                indexes.push(name);
            } else if let Some(at) = name.split('-').next().and_then(|ms| ms.parse().ok())
                && let Ok(status) = entry.metadata()
            {
                files.push((at, name, status.len()));
            }
        }
        files.sort_by_key(|(at, ..)| std::cmp::Reverse::<i64>(*at));
        let (mut total, mut rescued, mut left) = (0, Vec::new(), Vec::new());
        for (at, name, size) in files {
            total += size;
            if total <= bound && now - at < self.keep_ms {
                left.push(name);
            } else if let Some(kept) = self.remove(&name, rescue)? {
                rescued.push(kept);
            }
        }
        for name in indexes {
            // One that was written to today may be about to get its first file.
            let path = self.directory.join(&name);
            let session = name.trim_end_matches(INDEX);
            let used = left.iter().any(|file| file.contains(session));
            if !used && now - modified_ms(&path)? > DAY_MS {
                fs::remove_file(path)?;
            }
        }
        Ok(rescued)
    }

    /// Removes a file if it holds what its name says, else moves it to `rescue`.
    fn remove(&self, name: &str, rescue: &Self) -> io::Result<Option<Kept>> {
        let spot = Spot {
            dir: Arc::clone(&self.held),
            name: name.into(),
        };
        let expected = name.split('-').nth(1);
        let hash = match look(&spot) {
            Ok(seen) => seen.seen.hash.map(short),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        crash::pass("writing.prune")?;
        if hash.as_deref() == expected {
            spot.unlink()?;
            return Ok(None);
        }
        let kept = entries(&self.directory)?
            .into_iter()
            .find(|kept| kept.file.ends_with(name))
            .unwrap_or_else(|| Kept::unknown(self.directory.join(name)));
        let file = rescue.directory.join(name);
        let index = rescue.directory.join(format!("late{INDEX}"));
        let mut index = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(index)?;
        index.write_all(line(name, kept.before, kept.after, &kept.path).as_bytes())?;
        spot.move_to_new(&Spot {
            dir: Arc::clone(&rescue.held),
            name: name.into(),
        })?;
        Ok(Some(Kept { file, ..kept }))
    }
}

impl Kept {
    /// A file that no index mentions (any more).
    fn unknown(file: PathBuf) -> Self {
        Self {
            path: file.clone(),
            at_ms: 0,
            before: blake3::hash(&[]),
            after: blake3::hash(&[]),
            file,
        }
    }
}

fn line(name: &str, before: blake3::Hash, after: blake3::Hash, path: &Path) -> String {
    format!("{name} {before} {after} {}\n", escape(path))
}

fn modified_ms(path: &Path) -> io::Result<i64> {
    let since = fs::metadata(path)?.modified()?.duration_since(UNIX_EPOCH);
    let ms = since.unwrap_or_default().as_millis();
    Ok(i64::try_from(ms).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
