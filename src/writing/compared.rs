//! Writing where two files cannot be exchanged: a last comparison, then a rename. For the
//! person who asks for it; what hive does unasked is deferred there.

use std::io;

use super::kernel::Quiet;
use super::look::identity;
use super::snapshot::{Snapshot, Unread, read};
use super::temp::Ready;
use super::writer::{WriteError, Writer, Written};
use crate::crash;

impl Writer {
    /// Replaces a file where the file system cannot exchange: compares once more
    /// and renames over it. Weaker: a save between the comparison and the rename
    /// (microseconds) is lost, and so is what a program writes that has the file
    /// open. The previous bytes are kept as a copy.
    pub fn replace_without_exchange(
        &self,
        snapshot: &Snapshot,
        new: &[u8],
    ) -> Result<Written, WriteError> {
        let temp = match self.prepare(snapshot, new, true) {
            Ok(temp) => temp,
            Err(error) => return error.into_result(),
        };
        if let Err(error) = temp.sync() {
            temp.discard();
            return Err(error.into());
        }
        let ready = match temp.finish() {
            Ok(ready) => ready,
            Err(error) => return error.into_result(),
        };
        let result = self.compare_and_rename(snapshot, &ready);
        if !matches!(result, Ok(Written::Replaced)) {
            // Ours; never exchanged.
            let _ = ready.spot.unlink();
        }
        result
    }

    fn compare_and_rename(
        &self,
        snapshot: &Snapshot,
        ready: &Ready,
    ) -> Result<Written, WriteError> {
        let now = match read(snapshot.path()) {
            Ok(now) => now,
            Err(Unread::Skip(_)) => return Ok(Written::Overtaken),
            Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Written::Overtaken);
            }
            Err(Unread::Io(error)) => return Err(error.into()),
        };
        if !now.seen().is(&ready.read) {
            return Ok(Written::Overtaken);
        }
        self.previous
            .put_copy(&self.session, now.bytes(), &ready.note)?;
        crash::pass("writing.copied")?;
        let there = ready.target.stat().map_err(io::Error::from)?;
        if identity(&there) != *now.identity() {
            return Ok(Written::Overtaken);
        }
        let _quiet = Quiet::begin();
        ready.spot.rename(&ready.target).map_err(io::Error::from)?;
        Ok(Written::Replaced)
    }
}
