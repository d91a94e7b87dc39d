//! Hearing that the queue has changed, from any process.
//!
//! `SQLite` tells nobody of a change; the writer touches a file after each commit, and
//! the operating system tells those who watch it. No clock is involved: as long as
//! nothing happens, nothing is done.

use std::path::Path;

use crossbeam_channel::{Receiver, TryRecvError, bounded};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};

use crate::repo::Place;

/// Says that something has changed: the database, HEAD, or who works in the work tree.
pub struct Ticks {
    _teller: Teller,
    ticks: Receiver<()>,
}

/// Calls back when something has changed, on a thread of its own, until it is dropped.
#[derive(Debug)]
pub struct Teller {
    _watcher: RecommendedWatcher,
}

impl Teller {
    /// Begins to listen. What changes from now on is told, at least once, and one change
    /// perhaps several times.
    pub fn of(place: &Place, mut tell: impl FnMut() + Send + 'static) -> notify::Result<Self> {
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // To read a file is no change; an error may hide one.
                if !event.is_ok_and(|event| event.kind.is_access() && !is_close(&event)) {
                    tell();
                }
            })?;
        // The directories, because files are replaced: the tick in the one, the lock of
        // the agent in the other, the log of HEAD.
        let logs = place.git_dir.join("logs");
        let own = place.own_dir();
        let all = [place.state_dir(), own.clone(), logs.clone()];
        for (at, directory) in all.iter().enumerate() {
            let again = all[..at].contains(directory);
            if !again && directory.is_dir() {
                watch(&mut watcher, directory)?;
            }
        }
        Ok(Self { _watcher: watcher })
    }
}

impl Ticks {
    /// Begins to listen. What changes from now on is heard, at least once, and many
    /// changes in a row perhaps as one: look again after each.
    pub fn of(place: &Place) -> notify::Result<Self> {
        let (sender, ticks) = bounded(1);
        let teller = Teller::of(place, move || {
            // Full: it is known already that something has changed.
            let _ = sender.try_send(());
        })?;
        Ok(Self {
            _teller: teller,
            ticks,
        })
    }

    /// The channel on which a change is said; for `select!`.
    pub fn receiver(&self) -> &Receiver<()> {
        &self.ticks
    }

    /// Whether something has changed since this was last asked.
    pub fn changed(&self) -> bool {
        match self.ticks.try_recv() {
            Ok(()) => true,
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => false,
        }
    }
}

fn watch(watcher: &mut RecommendedWatcher, directory: &Path) -> notify::Result<()> {
    watcher.watch(directory, RecursiveMode::NonRecursive)
}

/// Whether a file that was written to was let go of, as that of an agent that ends.
fn is_close(event: &notify::Event) -> bool {
    use notify::event::{AccessKind, AccessMode, EventKind};
    matches!(
        event.kind,
        EventKind::Access(AccessKind::Close(AccessMode::Write))
    )
}
