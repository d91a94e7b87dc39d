//! Hearing in a screen that something has changed in the repository.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::tty::Waker;
use crate::clock;
use crate::queue::Teller;
use crate::repo::Place;

/// How long nobody listens after something was heard. A screen draws ten times a second at
/// most; what is written in between waits in the system and is heard in one go, which costs
/// one wake-up for all of it.
const DEAF: Duration = Duration::from_millis(80);
/// What is heard so soon after the one before was waiting for it.
const WAITED: Duration = Duration::from_millis(1);

/// Wakes a screen when any process has written to the journal, and as long as nothing
/// happens does nothing.
#[derive(Debug)]
pub struct Changes {
    changed: Arc<AtomicBool>,
    _teller: Teller,
}

impl Changes {
    /// Begins to listen, until it is dropped.
    pub fn follow(place: &Place, waker: Waker) -> Result<Self, notify::Error> {
        let changed = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&changed);
        let mut heard = None;
        let teller = Teller::of(place, move || {
            // Who has not taken the one before yet is awake, or has a time to be so.
            if !told.swap(true, Ordering::AcqRel) {
                waker.wake();
            }
            if heard.is_none_or(|at| clock::since(at) > WAITED) {
                thread::sleep(DEAF);
            }
            heard = Some(clock::now());
        })?;
        Ok(Self {
            changed,
            _teller: teller,
        })
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
