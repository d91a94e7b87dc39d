//! Waiting for a file lock that somebody else holds, at most so long.
//!
//! `flock(2)` waits for ever or not at all, so it is asked again and again. A thread that
//! waits in it cannot be called off: each wait that ended without the lock would leave one
//! behind, with an open file, until the lock is free. The first looks follow each other
//! closely, since most locks are held for moments; who is later may be first.

use std::fs::File;
use std::io;
use std::thread;
use std::time::Duration;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::clock;

/// The pauses between two looks: the first, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(50));

/// Takes the lock of an opened file for this process alone; `None` if somebody else still
/// holds it after `patience`.
pub fn exclusive(file: File, patience: Duration) -> io::Result<Option<File>> {
    take(file, patience, FlockOperation::NonBlockingLockExclusive)
}

/// Takes the lock together with others who take it so; `None` if somebody who wants to be
/// alone still holds it after `patience`.
pub fn shared(file: File, patience: Duration) -> io::Result<Option<File>> {
    take(file, patience, FlockOperation::NonBlockingLockShared)
}

fn take(file: File, patience: Duration, how: FlockOperation) -> io::Result<Option<File>> {
    let begun = clock::now();
    let (mut pause, longest) = PAUSES;
    loop {
        match flock(&file, how) {
            Ok(()) => return Ok(Some(file)),
            Err(Errno::WOULDBLOCK | Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let left = patience.saturating_sub(clock::since(begun));
        if left.is_zero() {
            return Ok(None);
        }
        thread::sleep(pause.min(left));
        pause = longest.min(pause * 2);
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::Duration;

    use super::{exclusive, shared};

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

    /// Descriptors of this process that are open on a file.
    #[cfg(target_os = "linux")]
    fn open_on(path: &std::path::Path) -> usize {
        let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        let names = all.filter_map(|entry| std::fs::read_link(entry.path()).ok());
        names.filter(|name| name == path).count()
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_wait_that_ends_without_the_lock_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().canonicalize().unwrap().join("lock");
        let open = || File::create(&path).unwrap();
        let held = exclusive(open(), Duration::ZERO).unwrap().unwrap();
        let moment = Duration::from_millis(20);
        for _ in 0..3 {
            assert!(exclusive(open(), moment).unwrap().is_none());
            assert!(shared(open(), moment).unwrap().is_none());
        }
        assert_eq!(open_on(&path), 1);
        drop(held);
        // A child that another test forks has the file until it is another program.
        let long = Duration::from_secs(30);
        let first = shared(open(), long).unwrap();
        assert!(first.is_some() && shared(open(), long).unwrap().is_some());
    }
}
