//! A temporary file with the new bytes and everything else of the original.

use std::fs::File;
use std::io::{self, Write};
use std::thread;

use rustix::fs::{Mode, OFlags, fstat, openat};
use rustix::io::Errno;

use super::attributes;
use super::look::{Seen, identity};
use super::session::{Note, Session};
use super::snapshot::{Skip, Snapshot};
use super::spot::{Spot, is_shortage};
use crate::crash;

/// New bytes, written but not yet on the disk.
#[derive(Debug)]
pub(super) struct Temp {
    pub(super) note: Note,
    pub(super) target: Spot,
    pub(super) read: Seen,
    unfinished: Spot,
    finished: Spot,
    file: File,
}

/// Why there is no temporary file.
pub(super) enum NoTemp {
    Skip(Skip),
    /// The file is no longer the one that was read.
    Changed,
    Io(io::Error),
}

impl From<io::Error> for NoTemp {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Errno> for NoTemp {
    fn from(errno: Errno) -> Self {
        Self::Io(errno.into())
    }
}

impl Temp {
    /// Writes `new` beside the file (`beside`) or in hive's own directory.
    pub(super) fn write(
        session: &Session,
        snapshot: &Snapshot,
        new: &[u8],
        beside: bool,
    ) -> Result<Self, NoTemp> {
        let target = Spot::resolve(snapshot.path())?;
        let original = match target.open() {
            Err(errno) if is_shortage(errno) => return Err(errno.into()),
            opened => opened.map_err(|_| NoTemp::Changed)?,
        };
        if identity(&fstat(&original)?) != *snapshot.identity() {
            return Err(NoTemp::Changed);
        }
        if let Some(skip) = snapshot.obstacle_at(&target) {
            return Err(NoTemp::Skip(skip));
        }
        let after = blake3::hash(new);
        let note = session.note(beside, snapshot.hash(), after, snapshot.path())?;
        let (unfinished, finished) = session.spots(&note, &target);
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let private = Mode::RUSR | Mode::WUSR;
        let file = match openat(&unfinished.dir, &unfinished.name, flags, private) {
            Ok(file) => File::from(file),
            Err(Errno::ACCESS | Errno::PERM | Errno::ROFS) if beside => {
                return Err(NoTemp::Skip(Skip::NotWritable));
            }
            Err(error) => return Err(error.into()),
        };
        let temp = Self {
            note,
            target,
            read: snapshot.seen(),
            unfinished,
            finished,
            file,
        };
        match temp.fill(&original, snapshot, new) {
            Ok(()) => Ok(temp),
            Err(error) => {
                temp.discard();
                Err(error)
            }
        }
    }

    fn fill(&self, original: &File, snapshot: &Snapshot, new: &[u8]) -> Result<(), NoTemp> {
        let identity = snapshot.identity();
        crash::pass("writing.temp")?;
        (&self.file).write_all(new)?;
        attributes::copy(original, identity, &self.file).map_err(NoTemp::Skip)
    }

    /// Makes the bytes durable: a file system may else order the exchange before
    /// the bytes, and a power failure leaves an empty file.
    pub(super) fn sync(&self) -> io::Result<()> {
        crash::pass("writing.sync")?;
        self.file.sync_data()
    }

    /// Gives it the name under which it may be exchanged, and closes it: as long
    /// as we could write to it, we would be in the way of our own lease.
    pub(super) fn finish(self) -> Result<Ready, NoTemp> {
        let arm = || -> io::Result<Seen> {
            let identity = identity(&fstat(&self.file)?);
            crash::pass("writing.finish")?;
            self.unfinished.rename(&self.finished)?;
            Ok(Seen::new(&identity, Some(self.note.after)))
        };
        match arm() {
            Ok(ours) => Ok(Ready {
                note: self.note,
                target: self.target,
                read: self.read,
                spot: self.finished,
                ours,
            }),
            Err(error) => {
                self.discard();
                Err(error.into())
            }
        }
    }

    /// Removes it; left behind, the next process does.
    pub(super) fn discard(&self) {
        let _ = self.unfinished.unlink();
    }
}

/// New bytes, on the disk, under the name they are exchanged by.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) note: Note,
    pub(super) target: Spot,
    pub(super) read: Seen,
    pub(super) spot: Spot,
    pub(super) ours: Seen,
}

/// Makes a batch durable from several threads: the file system's journal then
/// takes many files with one write.
pub(super) fn sync_all(temps: Vec<Result<Temp, NoTemp>>) -> Vec<Result<Ready, NoTemp>> {
    const THREADS: usize = 8;
    let share = temps.len().div_ceil(THREADS).max(1);
    let mut temps = temps;
    thread::scope(|scope| {
        for chunk in temps.chunks_mut(share) {
            scope.spawn(|| {
                for temp in chunk {
                    if let Ok(ready) = temp
                        && let Err(error) = ready.sync()
                    {
                        ready.discard();
                        *temp = Err(NoTemp::Io(error));
                    }
                }
            });
        }
    });
    temps
        .into_iter()
        .map(|temp| temp.and_then(Temp::finish))
        .collect()
}
