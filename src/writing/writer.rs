//! The way of a write, from bytes to a settled file.

use std::collections::BTreeSet;
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rustix::io::Errno;

use super::exchange;
use super::kernel::Quiet;
use super::previous::{KEPT_BYTES, KEPT_DAYS, Shelf};
use super::recover::recover;
use super::session::Session;
use super::settle::{self, Leave, Pending, Settled, Shelves};
use super::snapshot::{Skip, Snapshot};
use super::temp::{NoTemp, Ready, Temp, sync_all};
use crate::repo::Place;
use crate::repo::place::{private_dir, private_level};
use crate::store::user;

/// How many files of a batch are prepared at a time: bounds open descriptors.
pub(super) const BATCH: usize = 128;

/// How long files that a landing displaced are kept.
const DISPLACED_DAYS: i64 = 1;

/// Where bytes that were read and replaced are kept otherwise, and how long.
const PREVIOUS: (&str, i64) = ("previous", KEPT_DAYS);

/// Replaces files of one repository, or of places outside one.
///
/// It can be shared between threads. One per run (or per batch of a long-lived
/// process); [`settle`](Self::settle) ends the batch.
#[derive(Debug)]
pub struct Writer {
    pub(super) session: Session,
    state: PathBuf,
    pub(super) previous: Shelf,
    rescue: Shelf,
    pub(super) pending: Mutex<Vec<Pending>>,
    /// Prepared for somebody else to exchange.
    pub(super) armed: Mutex<Vec<Ready>>,
    /// Temporary files go beside the file from the start.
    always_beside: bool,
    /// The directory for temporary files turned out to be on another mount.
    other_mount: AtomicBool,
    /// A displaced file could not be let go of: the next process does it.
    is_left: AtomicBool,
    recovered: Vec<Settled>,
    /// Before a late save is put back.
    leave: Leave,
}

/// What came of a write at once; [`Writer::settle`] has the last word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The new bytes are in the file.
    Replaced,
    /// Somebody saved or removed the file since it was read; that was kept.
    Overtaken,
}

/// Why a file was not written; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// It is left alone.
    #[error("{0}")]
    Skip(Skip),
    /// The file system cannot exchange two files atomically.
    #[error("its file system cannot exchange files atomically")]
    NoExchange,
    /// The system refused.
    #[error("cannot be written")]
    Io(#[from] io::Error),
}

impl Writer {
    /// Opens the writer for a repository. Temporary files lie in the work tree's
    /// git directory, where neither git nor an editor looks. Deals with what
    /// killed processes left first.
    pub fn for_repository(place: &Place) -> io::Result<Self> {
        private_dir(&place.state_dir())?;
        Self::open(
            &place.make_own_dir()?,
            &place.state_dir(),
            false,
            PREVIOUS,
            Leave::always(),
        )
    }

    /// Opens the writer for landings of a work tree, whose landing lock must be held:
    /// its temporary files lie where only landings look, displaced bytes stay a day.
    /// Late saves are put back with `leave` only.
    pub fn for_landing(place: &Place, leave: Leave) -> io::Result<Self> {
        private_dir(&place.state_dir())?;
        let near = place.make_landing_dir()?;
        Self::open(
            &near,
            &place.state_dir(),
            false,
            ("displaced", DISPLACED_DAYS),
            leave,
        )
    }

    /// Opens the writer for what becomes part of a person's own commit: like
    /// [`for_landing`](Self::for_landing), but the bytes that were read are kept as long as
    /// those of a save, since no commit of hive's can be taken back instead.
    pub fn for_tidy(place: &Place, leave: Leave) -> io::Result<Self> {
        private_dir(&place.state_dir())?;
        let near = place.make_landing_dir()?;
        Self::open(&near, &place.state_dir(), false, PREVIOUS, leave)
    }

    /// Opens the writer for files outside any repository: temporary files lie
    /// beside the file for a moment (`.hive-…`), displaced bytes in the user's
    /// state directory.
    pub fn beside() -> io::Result<Self> {
        let state = user::state_dir()
            .ok_or_else(|| io::Error::other("there is no home directory to keep state in"))?;
        Self::beside_in(&state.join("outside"))
    }

    /// Like [`beside`](Self::beside), with another state directory.
    pub fn beside_in(state: &Path) -> io::Result<Self> {
        Self::open(state, state, true, PREVIOUS, Leave::always())
    }

    fn open(
        near: &Path,
        state: &Path,
        always_beside: bool,
        (shelf, days): (&str, i64),
        leave: Leave,
    ) -> io::Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(state)?;
        let tmp = near.join("tmp");
        private_level(&tmp)?;
        let tmp = tmp.canonicalize()?;
        let state = state.canonicalize()?;
        let mut writer = Self {
            session: Session::begin(&tmp)?,
            previous: Shelf::open_for(state.join(shelf), days)?,
            rescue: Shelf::open(state.join("rescue"))?,
            state,
            pending: Mutex::default(),
            armed: Mutex::default(),
            always_beside,
            other_mount: AtomicBool::new(false),
            is_left: AtomicBool::new(false),
            recovered: Vec::new(),
            leave,
        };
        writer.recovered = recover(&tmp, writer.shelves())?;
        let late = writer.prune();
        writer.recovered.extend(late);
        Ok(writer)
    }

    /// Old bytes that cannot be removed are no reason not to write new ones.
    fn prune(&self) -> impl Iterator<Item = Settled> + use<> {
        let late = self.previous.prune(&self.rescue, KEPT_BYTES);
        late.unwrap_or_default().into_iter().map(Settled::late)
    }

    /// What was found of killed processes and needs to be told.
    pub fn recovered(&self) -> &[Settled] {
        &self.recovered
    }

    /// Where previous and rescued bytes lie; for [`previous::list`](super::previous::list).
    pub fn state_dir(&self) -> &Path {
        &self.state
    }

    /// Replaces a file, if it still is what was read.
    pub fn replace(&self, snapshot: &Snapshot, new: &[u8]) -> Result<Written, WriteError> {
        let mut beside = self.is_beside(snapshot);
        loop {
            let prepared = self.prepare(snapshot, new, beside).and_then(|temp| {
                temp.sync().inspect_err(|_| temp.discard())?;
                temp.finish()
            });
            match self.exchange(prepared) {
                Err(WriteError::Io(error)) if !beside && is_other_mount(&error) => {
                    self.other_mount.store(true, Ordering::Relaxed);
                    beside = true;
                }
                result => return result,
            }
        }
    }

    /// Replaces many files: the bytes of a batch are all written before they are
    /// made durable together, which lets the disk do it in few turns. The results
    /// are in the order of the files; each is independent of the others.
    pub fn replace_many(&self, files: &[(&Snapshot, &[u8])]) -> Vec<Result<Written, WriteError>> {
        files
            .chunks(BATCH)
            .flat_map(|batch| self.replace_batch(batch))
            .collect()
    }

    fn replace_batch(&self, files: &[(&Snapshot, &[u8])]) -> Vec<Result<Written, WriteError>> {
        let prepared: Vec<_> = files
            .iter()
            .map(|(snapshot, new)| self.prepare(snapshot, new, self.is_beside(snapshot)))
            .collect();
        let finished = sync_all(prepared);
        finished
            .into_iter()
            .zip(files)
            .map(|(ready, (snapshot, new))| match self.exchange(ready) {
                // The single write knows the way round.
                Err(WriteError::Io(error)) if is_other_mount(&error) => self.replace(snapshot, new),
                result => result,
            })
            .collect()
    }

    /// Lets go of all displaced files, waiting at most about a second in all, and
    /// says what finally came of every file that was exchanged since the last
    /// call. Directories are made durable here, once each.
    pub fn settle(&self) -> Vec<Settled> {
        let mut settled = settle::settle(self.take_pending(), self.shelves());
        self.note_left(&settled);
        let parents: BTreeSet<&Path> = settled.iter().filter_map(|one| one.path.parent()).collect();
        for parent in parents {
            // Old or new after a power failure: both are whole files.
            let _ = File::open(parent).and_then(|directory| directory.sync_all());
        }
        settled.extend(self.prune());
        settled
    }

    fn is_beside(&self, snapshot: &Snapshot) -> bool {
        self.always_beside
            || self.other_mount.load(Ordering::Relaxed)
            || self.session.dev != snapshot.identity().dev
    }

    pub(super) fn prepare(
        &self,
        snapshot: &Snapshot,
        new: &[u8],
        beside: bool,
    ) -> Result<Temp, NoTemp> {
        Temp::write(&self.session, snapshot, new, beside)
    }

    fn exchange(&self, ready: Result<Ready, NoTemp>) -> Result<Written, WriteError> {
        let ready = match ready {
            Ok(ready) => ready,
            Err(error) => return error.into_result(),
        };
        let quiet = Quiet::begin();
        let result = exchange::replace(&ready.spot, &ready.target, ready.ours, &ready.read);
        drop(quiet);
        match result {
            Ok(standing) => {
                let written = if standing.replaced {
                    Written::Replaced
                } else {
                    Written::Overtaken
                };
                let pending = Pending::new(ready.note, ready.spot, standing);
                self.lock_pending().push(pending);
                Ok(written)
            }
            Err(errno) => {
                // Nothing was exchanged, so it is ours.
                let _ = ready.spot.unlink();
                match errno {
                    Errno::NOENT => Ok(Written::Overtaken),
                    Errno::BUSY => Err(WriteError::Skip(Skip::MountPoint)),
                    Errno::ACCESS | Errno::PERM | Errno::ROFS => {
                        Err(WriteError::Skip(Skip::NotWritable))
                    }
                    errno if exchange::is_unsupported(errno) => Err(WriteError::NoExchange),
                    Errno::XDEV if ready.note.beside => Err(WriteError::NoExchange),
                    errno => Err(WriteError::Io(errno.into())),
                }
            }
        }
    }

    pub(super) fn shelves(&self) -> Shelves<'_> {
        Shelves {
            session: &self.session,
            previous: &self.previous,
            rescue: &self.rescue,
            leave: &self.leave,
        }
    }

    fn lock_pending(&self) -> std::sync::MutexGuard<'_, Vec<Pending>> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_left(&self, settled: &[Settled]) {
        if settled.iter().any(|one| one.trouble.is_some()) {
            self.is_left.store(true, Ordering::Relaxed);
        }
    }

    fn take_pending(&self) -> Vec<Pending> {
        std::mem::take(&mut *self.lock_pending())
    }
}

impl Drop for Writer {
    /// Lets go of what needs no waiting; the rest is found by the next writer.
    fn drop(&mut self) {
        self.take_stock();
        let mut settled = Vec::new();
        let left = settle::pass(self.take_pending(), self.shelves(), &mut settled);
        self.note_left(&settled);
        if left.is_empty() && !self.is_left.load(Ordering::Relaxed) {
            self.session.end();
        }
    }
}

impl NoTemp {
    pub(super) fn into_result(self) -> Result<Written, WriteError> {
        match self {
            Self::Skip(skip) => Err(WriteError::Skip(skip)),
            Self::Changed => Ok(Written::Overtaken),
            Self::Io(error) => Err(WriteError::Io(error)),
        }
    }
}

fn is_other_mount(error: &io::Error) -> bool {
    error.raw_os_error() == Some(Errno::XDEV.raw_os_error())
}
