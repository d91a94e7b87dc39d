//! The handle: opening, writing through the writer, reading beside it.

use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender};
use rusqlite::Connection;

use super::error::Result;
use super::recover::Owner;
use super::writer::{Desk, Work, Writer, publish};
use crate::crash;
use crate::journal::Entry;
use crate::repo::{Place, WorktreeId};
use crate::store::{Store, refused};

/// How many entries a subscriber may be behind before it is let go.
pub(super) const BEHIND: usize = 65_536;

/// The queue of one work tree: a handle that can be cloned and shared by threads.
#[derive(Debug, Clone)]
pub struct Queue {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    worktree: WorktreeId,
    writer: Writer,
    /// Only reads.
    reader: Mutex<Store>,
    subscribers: Subscribers,
    owner: Mutex<Owner>,
}

/// Who listens to the journal of this process.
#[derive(Debug, Clone, Default)]
pub(super) struct Subscribers(Arc<Mutex<Vec<Sender<Entry>>>>);

impl Subscribers {
    pub(super) fn send(&self, entries: &[Entry]) {
        if !entries.is_empty() {
            publish(&mut lock(&self.0), entries);
        }
    }
}

impl Queue {
    /// Opens the database of a repository and makes it if there is none. Several processes may have it open; only the one agent of a work tree
    /// calls [`recover`](Self::recover).
    pub fn open(place: &Place, worktree: WorktreeId) -> Result<Self> {
        let store = Store::open(Some(place))?;
        let reader = Store::open_file(store.path())?;
        reader.reader().pragma_update(None, "query_only", true)?;
        let directory = place.state_dir();
        // On a network file system the database lies elsewhere.
        let tick = crate::repo::place::private_dir(&directory).and_then(|()| {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .mode(0o600)
                .open(directory.join("tick"))
        });
        let subscribers = Subscribers::default();
        let writer = Writer::new(Desk {
            store,
            worktree: worktree.clone(),
            subscribers: subscribers.clone(),
            tick: tick.ok(),
        });
        Ok(Self {
            shared: Arc::new(Shared {
                worktree,
                writer,
                reader: Mutex::new(reader),
                subscribers,
                owner: Mutex::default(),
            }),
        })
    }

    /// The work tree.
    pub fn worktree(&self) -> &WorktreeId {
        &self.shared.worktree
    }

    /// The journal's entries of this process from now on, after their commit, in
    /// order. One that is more than 65,536 entries behind is disconnected; it goes on
    /// from its last id with [`entries_since`](Self::entries_since).
    pub fn subscribe(&self) -> Receiver<Entry> {
        // Not a bounded one: that has all its places from the beginning, many megabytes.
        let (sender, entries) = crossbeam_channel::unbounded();
        lock(&self.shared.subscribers.0).push(sender);
        entries
    }

    /// Runs an operation in the writer and waits for its commit. Two points bear its
    /// name, where it changes anything: one before the commit, one behind it.
    pub(super) fn write<T: Send + 'static>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (value, changed) = self.shared.writer.write(move |to| {
            let before = to.changes();
            let value = work(to)?;
            let changed = to.changes() != before;
            if changed {
                crash::pass(name).map_err(|error| refused(&error))?;
            }
            Ok((value, changed))
        })?;
        if changed {
            crash::done(name).map_err(|error| refused(&error))?;
        }
        Ok(value)
    }

    /// Reads in one short transaction: all statements see one moment.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let store = lock(&self.shared.reader);
        let reader = store.reader();
        reader.execute_batch("BEGIN DEFERRED")?;
        let value = work(reader);
        let ended = reader.execute_batch("COMMIT");
        let value = value?;
        ended?;
        Ok(value)
    }

    /// In whose name claims are made.
    pub(super) fn owner(&self) -> Owner {
        lock(&self.shared.owner).clone()
    }

    pub(super) fn set_owner(&self, owner: Owner) {
        *lock(&self.shared.owner) = owner;
    }
}

/// What a panicking thread held here is whole: single assignments and pushes.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
