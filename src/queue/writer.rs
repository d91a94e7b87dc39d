//! The one connection that writes: group commit without a thread of its own.
//!
//! Whoever has an operation puts it with those that wait and takes the desk. Who has the
//! desk does what waits, at most [`GROUP`] operations, in one immediate transaction with
//! a savepoint around each, so that one that fails leaves nothing and hurts no other.
//! Answers are given after the commit: whoever has one can rely on it. Who comes to the
//! desk and finds its own operation answered has been served by another. So operations
//! that come together share a transaction, and one that comes alone costs no change of
//! threads, which took longer than the transaction itself.

use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crossbeam_channel::{Receiver, Sender, TryRecvError};
use rusqlite::Transaction;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW, futimens};

use super::error::{QueueError, Result};
use super::events;
use super::handle::{BEHIND, Subscribers};
use crate::clock;
use crate::journal::{Entry, Event};
use crate::repo::WorktreeId;
use crate::store::Store;

/// How many operations share a transaction at most.
const GROUP: usize = 256;

/// What an operation works with: the transaction, and the journal of it.
pub(super) struct Work<'a> {
    /// The transaction.
    pub(super) tx: &'a Transaction<'a>,
    /// The work tree, as in its column.
    pub(super) worktree: &'a str,
    /// The time of the operation, in milliseconds since the epoch.
    pub(super) now: i64,
    events: &'a mut Vec<Event>,
    /// Whether a question of this work tree is open, once that has been looked up.
    pub(super) asked: Option<bool>,
}

impl Work<'_> {
    /// Adds a journal entry, which is written with the facts or not at all.
    pub(super) fn record(&mut self, event: Event) {
        self.events.push(event);
    }

    /// How much has been changed so far, by this connection and in the journal: for
    /// comparing.
    pub(super) fn changes(&self) -> (u64, usize) {
        (self.tx.total_changes(), self.events.len())
    }
}

/// One operation on its way.
pub(super) trait Operation: Send {
    /// Does it. An error rolls back what it did.
    fn run(&mut self, work: &mut Work<'_>) -> Result<()>;
    /// Answers, after the commit or after its failure.
    fn answer(self: Box<Self>, committed: Result<()>);
}

/// An operation as a function and the way back.
struct Pending<T, F> {
    work: Option<F>,
    result: Option<T>,
    reply: Sender<Result<T>>,
}

impl<T, F> Operation for Pending<T, F>
where
    T: Send,
    F: FnOnce(&mut Work<'_>) -> Result<T> + Send,
{
    fn run(&mut self, work: &mut Work<'_>) -> Result<()> {
        let run = self.work.take().ok_or(QueueError::Closed)?;
        self.result = Some(run(work)?);
        Ok(())
    }

    fn answer(self: Box<Self>, committed: Result<()>) {
        let Self { result, reply, .. } = *self;
        let answer = committed.and_then(|()| result.ok_or(QueueError::Closed));
        // Whoever asked may have gone; the fact stands.
        let _ = reply.send(answer);
    }
}

/// The writing end of the database.
pub(super) struct Writer {
    waiting: Mutex<VecDeque<Box<dyn Operation>>>,
    /// `None` once the database has turned out to be damaged.
    desk: Mutex<Option<Desk>>,
}

/// What only one at a time may have.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) worktree: WorktreeId,
    pub(super) subscribers: Subscribers,
    /// Touched after every change, since `SQLite` notifies nobody.
    pub(super) tick: Option<File>,
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

impl Writer {
    /// A writer at its desk.
    pub(super) fn new(desk: Desk) -> Self {
        Self {
            waiting: Mutex::default(),
            desk: Mutex::new(Some(desk)),
        }
    }

    /// Runs an operation and returns after its commit.
    pub(super) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Work<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (reply, answer) = crossbeam_channel::bounded(1);
        lock(&self.waiting).push_back(Box::new(Pending {
            work: Some(work),
            result: None,
            reply,
        }));
        let mut desk = lock(&self.desk);
        self.serve(&mut desk, &answer)
    }

    /// Does what waits until one operation has its answer.
    fn serve<T>(&self, place: &mut Option<Desk>, answer: &Receiver<Result<T>>) -> Result<T> {
        loop {
            match answer.try_recv() {
                Ok(answer) => return answer,
                // Whoever had it at the desk panicked.
                Err(TryRecvError::Disconnected) => return Err(QueueError::Closed),
                Err(TryRecvError::Empty) => {}
            }
            let group: Vec<_> = {
                let mut waiting = lock(&self.waiting);
                let count = waiting.len().min(GROUP);
                waiting.drain(..count).collect()
            };
            let Some(desk) = place else {
                // Dropping them says `Closed` to those who wait; what is pending is
                // found again in git.
                drop(group);
                continue;
            };
            if let Err(QueueError::Damaged(_)) = desk.commit(group)
                && let Some(desk) = place.take()
                && let Err(error) = desk.store.set_aside()
            {
                tracing::error!(%error, "a damaged database cannot be moved aside");
            }
        }
    }
}

/// What a panicking thread leaves is whole: its transaction was rolled back.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Desk {
    /// Runs a group in one transaction and answers it.
    fn commit(&mut self, mut group: Vec<Box<dyn Operation>>) -> Result<()> {
        let before = self.store.reader().total_changes();
        let mut results = Vec::with_capacity(group.len());
        let mut events = Vec::new();
        let mut entries = Vec::new();
        let mut lost = None;
        let worktree = &self.worktree;
        let written = self.store.write(|tx| {
            let alone = group.len() == 1;
            for operation in &mut group {
                let kept = events.len();
                let mut work = Work {
                    tx,
                    worktree: worktree.as_str(),
                    now: clock::wall_ms(),
                    events: &mut events,
                    asked: None,
                };
                let result = if alone {
                    operation.run(&mut work)
                } else {
                    guarded(operation.as_mut(), &mut work)
                };
                if let Err(error) = &result {
                    events.truncate(kept);
                    // A full disk may have rolled back everything; what followed
                    // would be outside a transaction.
                    if tx.is_autocommit() {
                        lost = Some(error.clone());
                        return Err(rusqlite::Error::QueryReturnedNoRows);
                    }
                }
                results.push(result);
            }
            if alone && results[0].is_err() {
                // The whole transaction was this one operation's.
                return Err(rusqlite::Error::QueryReturnedNoRows);
            }
            entries = events::write(tx, worktree, clock::wall_ms(), std::mem::take(&mut events))?;
            Ok(())
        });
        let failed = match written {
            Ok(()) => None,
            Err(_) if lost.is_some() => lost,
            Err(_) if results.len() == 1 && results[0].is_err() => None,
            Err(error) => Some(QueueError::from(error)),
        };
        if failed.is_none() && self.store.reader().total_changes() != before {
            self.touch();
        }
        let damage = failed.clone().or_else(|| {
            let mut errors = results.iter().filter_map(|result| result.as_ref().err());
            errors
                .find(|error| matches!(error, QueueError::Damaged(_)))
                .cloned()
        });
        if failed.is_none() {
            // Before the answers: whoever has an answer finds its entries waiting.
            self.subscribers.send(&entries);
        }
        results.resize_with(group.len(), || Ok(()));
        for (operation, result) in group.into_iter().zip(results) {
            operation.answer(match &failed {
                Some(error) => Err(error.clone()),
                None => result,
            });
        }
        damage.map_or(Ok(()), Err)
    }

    fn touch(&self) {
        let now = Timespec {
            tv_sec: 0,
            tv_nsec: UTIME_NOW,
        };
        let times = Timestamps {
            last_access: now,
            last_modification: now,
        };
        if let Some(tick) = &self.tick {
            // A reader that misses it sees the change with the next one.
            let _ = futimens(tick, &times);
        }
    }
}

/// Runs an operation inside a savepoint.
fn guarded(operation: &mut dyn Operation, work: &mut Work<'_>) -> Result<()> {
    let say = |sql: &str| work.tx.prepare_cached(sql)?.execute([]).map(drop);
    say("SAVEPOINT operation")?;
    let result = operation.run(work);
    let say = |sql: &str| work.tx.prepare_cached(sql)?.execute([]).map(drop);
    if result.is_err() {
        say("ROLLBACK TO operation")?;
    }
    say("RELEASE operation")?;
    result
}

/// The entries, to everybody who listens.
pub(super) fn publish(senders: &mut Vec<Sender<Entry>>, entries: &[Entry]) {
    for entry in entries {
        // One that does not keep up is let go, and reads the rest from the database.
        senders.retain(|sender| sender.len() < BEHIND && sender.send(entry.clone()).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_does_not_keep_up_is_let_go_with_what_they_have() {
        let entry = Entry {
            id: 1,
            at_ms: 1,
            worktree: WorktreeId::stored("main"),
            event: Event::Problem {
                message: "a problem".to_owned(),
            },
        };
        let (slow, entries) = crossbeam_channel::unbounded();
        let mut senders = vec![slow];
        publish(&mut senders, &vec![entry; BEHIND + 9]);
        assert!(senders.is_empty());
        assert_eq!(entries.into_iter().count(), BEHIND);
    }
}
