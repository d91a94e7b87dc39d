//! Hearing in a screen that something has changed in the repository.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::tty::Waker;
use crate::queue::Ticks;
use crate::repo::Place;

/// Wakes a screen when any process has written to the journal, and as long as nothing
/// happens does nothing.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    changed: Arc<AtomicBool>,
}

impl Changes {
    /// Begins to listen, until the end of the process.
    pub fn follow(place: &Place, waker: Waker) -> Result<Self, notify::Error> {
        let ticks = Ticks::of(place)?;
        let changes = Self::default();
        let changed = Arc::clone(&changes.changed);
        let listen = move || {
            for () in ticks.receiver() {
                // Who has not taken the one before yet is awake, or has a time to be so.
                if !changed.swap(true, Ordering::AcqRel) {
                    waker.wake();
                }
            }
        };
        thread::Builder::new()
            .name("ticks".to_owned())
            .spawn(listen)
            .map_err(notify::Error::io)?;
        Ok(changes)
    }

    /// Whether something has changed since it was last [taken](Self::take) in.
    pub fn any(&self) -> bool {
        self.changed.load(Ordering::Acquire)
    }

    /// Whether something has changed since this was last asked. Until it is asked, nobody
    /// is woken again.
    pub fn take(&self) -> bool {
        self.changed.swap(false, Ordering::AcqRel)
    }
}
