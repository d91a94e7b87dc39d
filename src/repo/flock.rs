//! Waiting for a file lock that somebody else holds, at most so long.
//!
//! `flock(2)` waits for ever or not at all, so a thread of its own waits, and who asked
//! waits for the thread: woken by the kernel at the very moment, in the order in which
//! they came. A thread that nobody waits for any more gives the lock back when it comes.

use std::fs::File;
use std::io;
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

/// Takes the lock of an opened file for this process alone; `None` if somebody else still
/// holds it after `patience`.
pub fn exclusive(file: File, patience: Duration) -> io::Result<Option<File>> {
    use FlockOperation::{LockExclusive, NonBlockingLockExclusive};
    take(file, patience, NonBlockingLockExclusive, LockExclusive)
}

/// Takes the lock together with others who take it so; `None` if somebody who wants to be
/// alone still holds it after `patience`.
pub fn shared(file: File, patience: Duration) -> io::Result<Option<File>> {
    use FlockOperation::{LockShared, NonBlockingLockShared};
    take(file, patience, NonBlockingLockShared, LockShared)
}

fn take(
    file: File,
    patience: Duration,
    once: FlockOperation,
    waiting: FlockOperation,
) -> io::Result<Option<File>> {
    match flock(&file, once) {
        Ok(()) => return Ok(Some(file)),
        Err(Errno::WOULDBLOCK | Errno::INTR) => {}
        Err(error) => return Err(error.into()),
    }
    if patience.is_zero() {
        return Ok(None);
    }
    let (sender, answer) = bounded(1);
    thread::Builder::new()
        .name("lock".to_owned())
        .spawn(move || {
            let locked = loop {
                match flock(&file, waiting) {
                    Err(Errno::INTR) => {}
                    other => break other,
                }
            };
            // Nobody waits any more: dropping the file gives the lock back.
            let _ = sender.send(locked.map(|()| file));
        })?;
    match answer.recv_timeout(patience) {
        Ok(locked) => Ok(Some(locked?)),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::exclusive;

    #[test]
    fn a_lock_is_had_when_it_is_let_go_of() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let open = || File::create(&path).unwrap();
        let held = exclusive(open(), Duration::ZERO).unwrap().unwrap();
        assert!(exclusive(open(), Duration::ZERO).unwrap().is_none());
        std::thread::scope(|scope| {
            let waits = scope.spawn(|| exclusive(open(), Duration::from_secs(30)).unwrap());
            std::thread::yield_now();
            drop(held);
            assert!(waits.join().unwrap().is_some());
        });
    }
}
