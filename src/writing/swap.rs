//! Exchanges that another process makes: prepared here, made there, settled here.
//!
//! A landing makes its exchanges in a child that may be killed at any moment. So the
//! child is told everything in advance ([`Swap`]), and afterwards its parent does
//! not ask what it did but looks, exactly as recovery does: what a hidden name holds
//! says by its content what happened to it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use serde::{Deserialize, Serialize};

use super::exchange;
use super::kernel::Quiet;
use super::look::{Look, Seen, identity, look};
use super::recover::stand;
use super::settle::Pending;
use super::snapshot::Snapshot;
use super::spot::Spot;
use super::temp::{NoTemp, sync_all};
use super::writer::{BATCH, WriteError, Writer};

/// One exchange that is to be made: complete in itself, for another process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Swap {
    temp: PathBuf,
    target: PathBuf,
    ours: Seen,
    read: Seen,
    read_ns: i128,
}

/// What came of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placed {
    /// The new bytes are in the file, and what was read is under the hidden name.
    Done,
    /// Somebody had saved or removed the file; that was kept, the newest save is in
    /// place.
    Overtaken,
}

impl Swap {
    /// The file that is to be replaced.
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Opens the directories now, so that little is left to do once everything is
    /// locked; `None` if there is no way to the file any more.
    pub fn hold(&self) -> io::Result<Option<Held<'_>>> {
        let temp = Spot::resolve(&self.temp)?;
        Ok(Spot::resolve(&self.target).ok().map(|target| Held {
            swap: self,
            spots: Some((temp, target)),
        }))
    }

    /// Leaves the directories to be opened when they are needed: a process has only so
    /// many descriptors.
    pub fn unopened(&self) -> Held<'_> {
        Held {
            swap: self,
            spots: None,
        }
    }

    fn spots(&self) -> io::Result<(Spot, Spot)> {
        Ok((Spot::resolve(&self.temp)?, Spot::resolve(&self.target)?))
    }
}

/// A [`Swap`] on its way.
#[derive(Debug)]
pub struct Held<'s> {
    swap: &'s Swap,
    /// The prepared file and the one that it replaces.
    spots: Option<(Spot, Spot)>,
}

impl Held<'_> {
    /// The file that is to be replaced.
    pub fn target(&self) -> &Path {
        &self.swap.target
    }

    /// Whether the path still leads to a file with the identity, size and time that it
    /// was read with. Cheap, and no proof: the look after the exchange is.
    pub fn is_as_read(&self) -> bool {
        rustix::fs::lstat(&self.swap.target).is_ok_and(|stat| {
            let now = identity(&stat);
            let same = Seen::new(&now, self.swap.read.hash).is(&self.swap.read);
            same && now.mtime_ns == self.swap.read_ns
        })
    }

    /// Does everything that [`place`](Self::place) does but the exchange, so that under
    /// the lock neither the file nor the code for it has to be fetched from anywhere.
    /// Says whether the file is still what was read.
    pub fn rehearse(&self) -> bool {
        let _quiet = Quiet::begin();
        let looked = self.spots().and_then(|(_, target)| look(&target));
        self.is_as_read() && looked.is_ok_and(|now| now.seen.is(&self.swap.read))
    }

    /// Exchanges, and looks at what was displaced; an error means that nothing was
    /// exchanged.
    pub fn place(&self) -> io::Result<Placed> {
        let _quiet = Quiet::begin();
        let (temp, target) = self.spots()?;
        let ours = self.swap.ours.clone();
        let standing = exchange::replace(&temp, &target, ours, &self.swap.read)?;
        Ok(if standing.replaced {
            Placed::Done
        } else {
            Placed::Overtaken
        })
    }

    /// Takes a [`Placed::Done`] exchange back: what was read is in the file again, or
    /// a save that came after, if there was one.
    pub fn take_back(&self) -> io::Result<()> {
        let _quiet = Quiet::begin();
        let (temp, target) = self.spots()?;
        exchange::put_back(&temp, &target, Look::still(self.swap.ours.clone()));
        Ok(())
    }

    fn spots(&self) -> io::Result<(Spot, Spot)> {
        match &self.spots {
            Some(spots) => Ok(spots.clone()),
            None => self.swap.spots(),
        }
    }
}

impl Writer {
    /// Prepares exchanges for another process: the new bytes are durable, and so is
    /// the note of them. Each result belongs to the file at its position; a file that
    /// is no longer what was read is [`WriteError::Io`] of kind `Interrupted`.
    pub fn arm(&self, files: &[(&Snapshot, &[u8])]) -> io::Result<Vec<Result<Swap, WriteError>>> {
        let mut swaps = Vec::with_capacity(files.len());
        for batch in files.chunks(BATCH) {
            swaps.extend(self.arm_batch(batch));
        }
        self.session.sync()?;
        Ok(swaps)
    }

    fn arm_batch(&self, files: &[(&Snapshot, &[u8])]) -> Vec<Result<Swap, WriteError>> {
        let temps = files
            .iter()
            .map(|(snapshot, new)| {
                if snapshot.identity().dev == self.session.dev {
                    self.prepare(snapshot, new, false)
                } else {
                    // Beside the file `git add --all` would find it.
                    Err(NoTemp::Io(rustix::io::Errno::XDEV.into()))
                }
            })
            .collect();
        let mut swaps = Vec::with_capacity(files.len());
        for (ready, (snapshot, _)) in sync_all(temps).into_iter().zip(files) {
            swaps.push(match ready {
                Ok(ready) => {
                    let swap = Swap {
                        temp: self.session.path_of(&ready.spot),
                        target: ready.note.path.clone(),
                        ours: ready.ours.clone(),
                        read: ready.read.clone(),
                        read_ns: snapshot.identity().mtime_ns,
                    };
                    self.armed
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(ready);
                    Ok(swap)
                }
                Err(NoTemp::Skip(skip)) => Err(WriteError::Skip(skip)),
                Err(NoTemp::Changed) => Err(WriteError::Io(io::Error::new(
                    io::ErrorKind::Interrupted,
                    "it was saved meanwhile",
                ))),
                Err(NoTemp::Io(error)) if is_other_device(&error) => Err(WriteError::NoExchange),
                Err(NoTemp::Io(error)) => Err(WriteError::Io(error)),
            });
        }
        swaps
    }

    /// Takes stock of all prepared exchanges, whatever became of the process that was
    /// to make them; [`settle`](Self::settle) has the last word then.
    pub fn take_stock(&self) {
        let armed = std::mem::take(&mut *self.armed.lock().unwrap_or_else(PoisonError::into_inner));
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        for ready in armed {
            if let Ok(found) = look(&ready.spot) {
                let standing = stand(&ready.note, &ready.spot, found, self.shelves());
                pending.push(Pending::new(ready.note, ready.spot, standing));
            }
        }
    }
}

/// Whether a failed exchange says that files cannot be exchanged there at all.
pub fn cannot_exchange(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    is_other_device(error) || errno.is_some_and(exchange::is_unsupported)
}

/// Whether a failed exchange says that this file, or its directory, cannot be written. Not
/// all of that can be known before: a directory that names are only added to, what a
/// security module forbids, what was mounted meanwhile.
pub fn is_not_writable(error: &io::Error) -> bool {
    let errno = rustix::io::Errno::from_io_error(error);
    errno.is_some_and(exchange::is_refused)
}

fn is_other_device(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::XDEV.raw_os_error())
}
