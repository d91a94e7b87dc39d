//! The machine's budget of workers, shared by all hive processes of a user.
//!
//! One lock file per place in the user's runtime directory; a process holds a
//! place by holding its lock, so a process that dies gives its places back. A
//! person's command takes what it wants and occupies places only to tell the
//! others; background agents take no more than what is free.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};

/// Places held by this process; dropping gives them back.
#[derive(Debug)]
pub struct Budget {
    held: Vec<File>,
}

impl Budget {
    /// Takes up to `wanted` of the machine's `places` that nobody holds, without
    /// waiting. `directory` is made with mode 0700 when it is not there.
    pub fn take(directory: &Path, places: usize, wanted: usize) -> io::Result<Self> {
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)?;
        let mut held = Vec::new();
        for place in 0..places {
            if held.len() >= wanted {
                break;
            }
            let path = directory.join(format!("worker-{place}"));
            let file = OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(path)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Ok(()) => held.push(file),
                Err(rustix::io::Errno::WOULDBLOCK) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { held })
    }

    /// How many places are held.
    pub fn places(&self) -> usize {
        self.held.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Budget;

    #[test]
    fn places_are_taken_once_and_come_back() {
        let dir = tempfile::tempdir().unwrap();
        let first = Budget::take(dir.path(), 3, 2).unwrap();
        assert_eq!(first.places(), 2);
        let second = Budget::take(dir.path(), 3, 2).unwrap();
        assert_eq!(second.places(), 1);
        assert_eq!(Budget::take(dir.path(), 3, 1).unwrap().places(), 0);
        drop(first);
        assert_eq!(Budget::take(dir.path(), 3, 3).unwrap().places(), 2);
    }
}
