//! The journal as it grows, whoever writes it.
//!
//! What this process writes comes by itself; what others write (an order, an undo, a
//! landing by hand) is read from the database, when the watcher says that it has changed
//! and when an entry of our own shows by its number that others came before it. So the
//! entries of the work tree come in the order of their numbers, each once.

use crossbeam_channel::{Receiver, Sender, bounded, never, select};

use crate::failure::Outcome;
use crate::journal::Entry;
use crate::queue::Queue;

/// How many entries are read at a time.
const PAGE: usize = 1024;

/// Follows the journal of a work tree.
pub(super) struct Follower {
    queue: Queue,
    /// The number of the last entry that was handed out or passed over.
    last: i64,
    own: Receiver<Entry>,
    others: (Sender<()>, Receiver<()>),
    ended: bool,
}

impl Follower {
    /// Follows it from now on.
    pub(super) fn new(queue: Queue) -> Outcome<Self> {
        let own = queue.subscribe();
        Ok(Self {
            last: queue.newest_entry()?,
            queue,
            own,
            others: bounded(1),
            ended: false,
        })
    }

    /// Where to say that any process may have written.
    pub(super) fn others(&self) -> Sender<()> {
        self.others.0.clone()
    }

    /// Waits for entries. When `stopped` is closed, what is there is handed out and then
    /// `None`.
    pub(super) fn next(&mut self, stopped: &Receiver<()>) -> Option<Vec<Entry>> {
        if self.ended {
            return None;
        }
        select! {
            recv(self.own) -> entry => Some(if let Ok(entry) = entry {
                self.up_to(entry)
            } else {
                // Too far behind: from now on everything is read.
                self.own = never();
                self.read()
            }),
            recv(self.others.1) -> _ => Some(self.read()),
            recv(stopped) -> _ => {
                self.ended = true;
                let own: Vec<Entry> = self.own.try_iter().collect();
                let mut entries: Vec<Entry> =
                    own.into_iter().flat_map(|entry| self.up_to(entry)).collect();
                entries.extend(self.read());
                Some(entries)
            }
        }
    }

    /// An entry of this process, after those of others that came before it.
    fn up_to(&mut self, entry: Entry) -> Vec<Entry> {
        if entry.id == 0 {
            // Only streamed.
            return vec![entry];
        }
        if entry.id <= self.last {
            // Read from the database already.
            return Vec::new();
        }
        if entry.id == self.last + 1 {
            self.last = entry.id;
            return vec![entry];
        }
        let mut entries = self.read();
        if self.last < entry.id {
            // Could not be read; it is here all the same.
            self.last = entry.id;
            entries.push(entry);
        }
        entries
    }

    /// All entries since the last one. What cannot be read now comes with the next.
    fn read(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        while let Ok(page) = self.queue.entries_since(self.last, PAGE) {
            let Some(newest) = page.last() else { break };
            self.last = newest.id;
            let here = page
                .into_iter()
                .filter(|entry| entry.worktree == *self.queue.worktree());
            entries.extend(here);
        }
        entries
    }
}
