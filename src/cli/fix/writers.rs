//! Writes results beside the run: a few threads, so that flushes overlap.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use crossbeam_channel::{Sender, unbounded};

use crate::fixers::Trouble;
use crate::report::Status;
use crate::terminal::Terminal;
use crate::writing::{Settled, Snapshot, WriteError, Writer, Written};

/// Threads that write. They mostly wait for the disk.
const THREADS: usize = 8;

struct Order {
    plan: usize,
    snapshot: Snapshot,
    bytes: Vec<u8>,
}

/// Threads that replace files.
pub(super) struct Writers {
    writer: Arc<Writer>,
    no_exchange: bool,
    terminal: Terminal,
    orders: Option<Sender<Order>>,
    threads: Vec<JoinHandle<Vec<(usize, Status)>>>,
    receiver: crossbeam_channel::Receiver<Order>,
}

impl Writers {
    pub(super) fn new(writer: Writer, no_exchange: bool, terminal: Terminal) -> Self {
        let (orders, receiver) = unbounded();
        for settled in writer.recovered() {
            if let Some(text) = story(settled) {
                terminal.warn(&text);
            }
        }
        Self {
            writer: Arc::new(writer),
            no_exchange,
            terminal,
            orders: Some(orders),
            threads: Vec::new(),
            receiver,
        }
    }

    /// Replaces a file in the background.
    pub(super) fn write(&mut self, plan: usize, snapshot: Snapshot, bytes: Vec<u8>) {
        if self.threads.len() < THREADS {
            let receiver = self.receiver.clone();
            let writer = Arc::clone(&self.writer);
            let no_exchange = self.no_exchange;
            self.threads.push(thread::spawn(move || {
                let mut lost = Vec::new();
                for Order {
                    plan,
                    snapshot,
                    bytes,
                } in receiver
                {
                    let result = writer.replace(&snapshot, &bytes);
                    let result = match result {
                        Err(WriteError::NoExchange) if no_exchange => {
                            writer.replace_without_exchange(&snapshot, &bytes)
                        }
                        other => other,
                    };
                    if let Some(status) = outcome(result) {
                        lost.push((plan, status));
                    }
                }
                lost
            }));
        }
        if let Some(orders) = &self.orders {
            // The receiver lives in `self`, so that sending cannot fail.
            let _ = orders.send(Order {
                plan,
                snapshot,
                bytes,
            });
        }
    }

    /// Waits until all is written, and returns the files that were not. After an
    /// interrupt, what has not begun is left as it is.
    pub(super) fn finish(mut self, interrupted: bool) -> Vec<(usize, Status)> {
        self.orders = None;
        let mut lost = Vec::new();
        if interrupted {
            for order in self.receiver.try_iter() {
                lost.push((
                    order.plan,
                    Status::Left("was not reached before the interrupt".to_owned()),
                ));
            }
        }
        for thread in self.threads.drain(..) {
            if let Ok(theirs) = thread.join() {
                lost.extend(theirs);
            }
        }
        for settled in self.writer.settle() {
            if let Some(text) = story(&settled) {
                self.terminal.warn(&text);
            }
        }
        lost
    }
}

/// What a write that did not happen means for its file; `None` when it did.
fn outcome(result: Result<Written, WriteError>) -> Option<Status> {
    match result {
        Ok(Written::Replaced) => None,
        Ok(Written::Overtaken) => Some(Status::Left(
            "was saved by somebody else meanwhile; that was kept".to_owned(),
        )),
        Err(WriteError::Skip(reason)) => Some(Status::Left(reason.to_string())),
        Err(error @ WriteError::NoExchange) => Some(Status::Failed(Trouble::Worker {
            reason: format!("{error}; --no-exchange writes it all the same"),
        })),
        Err(WriteError::Io(error)) => Some(Status::Failed(Trouble::System {
            reason: format!("could not be written: {error}"),
        })),
    }
}

/// What a person should know of a write that did not settle by itself.
fn story(settled: &Settled) -> Option<String> {
    let path = settled.path.display();
    if let Some(kept) = &settled.rescued {
        return Some(format!(
            "{path}: a save could not be put in place; its content is in {}",
            kept.display()
        ));
    }
    if settled.still_open {
        return Some(format!(
            "{path}: a program still writes to the file as it was before the fix"
        ));
    }
    settled
        .trouble
        .as_ref()
        .map(|error| format!("{path}: its previous content is kept, but not put away: {error}"))
}
