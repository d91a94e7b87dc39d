//! A bounded number of workers, fed from one queue.

mod ends;

use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use tracing::{debug, info};

use super::backlog::Queue;
use super::budget::Budget;
use super::frame::Reply;
use super::scratch::Scratch;
use super::slot::{self, Heard, Running};
use super::task::{Answer, BATCH_FILES, Batch, COMPANY, Task, take_batch};
use crate::causes;
use crate::clock;
use crate::fixers::{Fixed, Trouble};

/// Batches sent ahead, so that a worker never waits for the next one.
const AHEAD: usize = 2;
/// Deaths in a row without a finished file after which a slot asks whether it is
/// the files or the workers.
const MAX_DEATHS: u32 = 3;

/// How a pool works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolOptions {
    /// Absolute path of the hive binary.
    pub program: PathBuf,
    /// Where workers are started: the repository's root.
    pub directory: PathBuf,
    /// The largest number of processes, at least one.
    pub max: usize,
    /// How long a worker may be silent while it has work.
    pub deadline: Duration,
    /// Address space of a worker, in bytes.
    pub memory: u64,
    /// The user's cache directory for hive, where tools get their scratch files.
    pub cache: PathBuf,
}

/// The pool. Dropping it ends every worker.
pub struct Pool {
    shared: Arc<Shared>,
    answers: Receiver<Answer>,
    slots: Vec<JoinHandle<()>>,
    /// Held as long as the workers may run.
    _budget: Option<Budget>,
}

struct Shared {
    options: PoolOptions,
    /// Made with the first worker.
    scratch: Mutex<Option<Arc<Scratch>>>,
    queue: Mutex<Queue>,
    changed: Condvar,
    answers: Sender<Answer>,
}

/// How long a slot may wait for work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wait {
    /// Not at all: it has something in flight.
    No,
    /// As long as its process may stay.
    WithProcess,
    /// Until there is work: it has no process.
    Idle,
}

/// What a slot does next.
enum Next {
    /// This.
    Work(Batch),
    /// Starts its process: there will be work soon.
    Begin,
    /// Nothing for now.
    Rest,
    /// Nothing any more.
    Closed,
}

impl Pool {
    /// Opens a pool; processes start when there is work for them. The places of
    /// the machine's budget that they stand for are given back with the pool.
    pub fn open(options: PoolOptions, budget: Option<Budget>) -> Self {
        let (answers, receiver) = unbounded();
        let slots = options.max.max(1);
        let queue = Queue {
            open_slots: slots,
            limit: slots,
            pids: vec![None; slots],
            ..Queue::default()
        };
        let shared = Arc::new(Shared {
            options,
            scratch: Mutex::new(None),
            queue: Mutex::new(queue),
            changed: Condvar::new(),
            answers,
        });
        let slots = (0..slots)
            .map(|slot| {
                let shared = Arc::clone(&shared);
                thread::spawn(move || shared.run_slot(slot))
            })
            .collect();
        Self {
            shared,
            answers: receiver,
            slots,
            _budget: budget,
        }
    }

    /// Adds tasks, at once: those that a program takes together may go together.
    pub fn push(&self, tasks: impl IntoIterator<Item = Task>) {
        let mut queue = self.shared.lock();
        if queue.open_slots == 0 {
            let trouble = queue.obituary.clone().unwrap_or_else(|| Trouble::Worker {
                reason: "no worker is left".to_owned(),
            });
            drop(queue);
            for task in tasks {
                let trouble = trouble.clone();
                self.shared.answer(task.job.id, 0, Err(trouble), 0);
            }
            return;
        }
        queue.waiting.extend(tasks);
        let ready = queue.is_ready();
        drop(queue);
        if ready {
            // Whoever is woken by `notify_one` may be one that rests.
            self.shared.changed.notify_all();
        }
    }

    /// Says whether many tasks are about to be pushed. As long as they are, files
    /// that a program takes together wait for each other; whoever never says so has
    /// each file served at once.
    pub fn expect(&self, more: bool) {
        self.shared.lock().enough = more.then_some(COMPANY);
        self.shared.changed.notify_all();
    }

    /// Starts a worker now, for work that comes in a moment: what is done until then does
    /// not wait for its start, nor its start for that.
    pub fn begin(&self) {
        self.shared.lock().early = true;
        self.shared.changed.notify_all();
    }

    /// Where the answers come out, one per task.
    pub fn answers(&self) -> &Receiver<Answer> {
        &self.answers
    }

    /// Lets only the first `slots` work: the others finish what they have and end
    /// their processes. With 0, tasks wait.
    pub fn limit(&self, slots: usize) {
        self.shared.lock().limit = slots;
        self.shared.changed.notify_all();
    }

    /// The process id in each slot, `None` where there is no process.
    pub fn running(&self) -> Vec<Option<u32>> {
        self.shared.lock().pids.clone()
    }

    /// Whether every slot is closed, so that no task will be done any more.
    pub fn is_closed(&self) -> bool {
        self.shared.lock().open_slots == 0
    }

    /// Ends all workers now; tasks without an answer get none.
    pub fn abandon(&self) {
        let mut queue = self.shared.lock();
        queue.waiting.clear();
        queue.closed = true;
        queue.abandoned = true;
        drop(queue);
        self.shared.changed.notify_all();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
        for slot in self.slots.drain(..) {
            let _ = slot.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, id: u64, slot: usize, result: Result<Fixed, Trouble>, micros: u64) {
        // Whoever opened the pool may have gone; then nobody misses the answer.
        let _ = self.answers.send(Answer {
            id,
            slot,
            result,
            micros,
        });
    }

    /// What a slot does next; with `Wait::No` at once, else as soon as there is
    /// something. A slot that is to rest waits only if it has no process.
    fn next(&self, slot: usize, wait: Wait) -> Next {
        let mut queue = self.lock();
        loop {
            // Slots that are closed do not count: the others take their places.
            let before = queue.closed_slots.iter().filter(|one| **one < slot);
            let rests = slot - before.count() >= queue.limit;
            if !rests && queue.is_ready() {
                break;
            }
            if queue.closed && (rests || queue.waiting.is_empty()) {
                return Next::Closed;
            }
            if wait == Wait::Idle && !rests && std::mem::take(&mut queue.early) {
                return Next::Begin;
            }
            match wait {
                Wait::No => return Next::Rest,
                Wait::WithProcess if rests || queue.closed => return Next::Rest,
                Wait::WithProcess | Wait::Idle => {}
            }
            queue = self
                .changed
                .wait(queue)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let open = queue.open_slots.min(queue.limit).max(1);
        let batch = take_batch(&mut queue.waiting, open);
        if batch.tasks.iter().any(|task| task.together) {
            // The program has work for a while now, so the next batch may be larger:
            // each costs some starts of it.
            queue.enough = queue.enough.map(|enough| enough.saturating_mul(2));
        }
        Next::Work(batch)
    }

    fn abandoned(&self) -> bool {
        self.lock().abandoned
    }

    /// The directory for the scratch files of all workers; it goes with the pool.
    fn scratch(&self) -> Result<Arc<Scratch>, String> {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scratch) = &*scratch {
            return Ok(Arc::clone(scratch));
        }
        let cache = &self.options.cache;
        let made = Scratch::open(cache)
            .map_err(|error| format!("no scratch directory in {}: {error}", cache.display()))?;
        Ok(Arc::clone(scratch.insert(Arc::new(made))))
    }

    /// Serves the queue with one worker at a time until the pool closes.
    fn run_slot(&self, slot: usize) {
        let mut deaths = 0_u32;
        loop {
            let batch = match self.next(slot, Wait::Idle) {
                Next::Work(batch) => Some(batch),
                Next::Begin => None,
                Next::Rest | Next::Closed => return,
            };
            let scratch = match self.scratch() {
                Ok(scratch) => scratch,
                Err(reason) => {
                    self.give_back(batch.into_iter().flat_map(|batch| batch.tasks));
                    return self.close_slot(slot, &Trouble::System { reason });
                }
            };
            let mut running = match Running::start(&self.options, scratch.path()) {
                Ok(running) => running,
                Err(error) => {
                    self.give_back(batch.into_iter().flat_map(|batch| batch.tasks));
                    let reason = format!("no worker could be started: {}", causes::told(&error));
                    return self.close_slot(slot, &Trouble::System { reason });
                }
            };
            let recipe = batch.as_ref().map(|batch| Arc::clone(&batch.recipe));
            let pid = running.pid();
            debug!(pid, "a worker has started");
            self.lock().pids[slot] = Some(pid);
            if let Some(batch) = batch {
                // A worker that takes nothing is heard dying right below.
                running.send(batch);
            }
            let (reason, finished) = self.converse(slot, &mut running);
            self.lock().pids[slot] = None;
            let Some(reason) = reason else {
                debug!(pid, "a worker is done");
                running.dismiss();
                continue;
            };
            info!(pid, reason, "a worker has ended");
            deaths = if finished { 1 } else { deaths + 1 };
            self.bury(slot, running, &reason);
            if self.abandoned() {
                return;
            }
            if deaths >= MAX_DEATHS {
                // Each file has only so many deaths to its name, so a run over
                // bad files ends; a worker that dies of anything would take them
                // all, the good ones too.
                let survives = |recipe| {
                    slot::survives(&self.options, scratch.path(), recipe, || self.abandoned())
                };
                if !recipe.is_some_and(survives) {
                    let reason =
                        format!("{MAX_DEATHS} workers in a row died; the last one {reason}");
                    return self.close_slot(slot, &Trouble::Worker { reason });
                }
                deaths = 0;
            }
            if deaths > 1 {
                self.pause(deaths);
            }
        }
    }

    /// Talks to a worker until the queue is empty and closed or the slot is to rest
    /// (`None`), or the worker has to go (`Some(why)`), and says whether it finished
    /// any file.
    fn converse(&self, slot: usize, running: &mut Running) -> (Option<String>, bool) {
        let mut finished = false;
        let mut heard_last = clock::now();
        let mut batches = usize::from(!running.in_flight.is_empty());
        loop {
            while batches < AHEAD
                && !running.in_flight.front().is_some_and(|task| task.together)
                && let Next::Work(batch) = self.next(
                    slot,
                    if running.in_flight.is_empty() {
                        Wait::WithProcess
                    } else {
                        Wait::No
                    },
                )
            {
                if running.in_flight.is_empty() {
                    heard_last = clock::now();
                }
                batches += 1;
                if !running.send(batch) {
                    break;
                }
            }
            if running.in_flight.is_empty() {
                return (None, finished);
            }
            // Short waits, so that an abandoned pool ends at once.
            let patience = running.patience(self.options.deadline);
            let left = patience.saturating_sub(clock::since(heard_last));
            match running.hear(left.min(Duration::from_millis(50))) {
                Heard::Reply(Reply::Beat { .. }) => heard_last = clock::now(),
                Heard::Reply(Reply::Done { id, result, micros }) => {
                    heard_last = clock::now();
                    finished = true;
                    running.in_flight.retain(|task| task.job.id != id);
                    // Half of what is in flight is about one batch.
                    if running.in_flight.len() <= BATCH_FILES / 2 {
                        batches = usize::from(!running.in_flight.is_empty());
                    }
                    self.answer(id, slot, result, micros);
                }
                Heard::Silence if self.abandoned() => {
                    return (Some("was stopped".to_owned()), finished);
                }
                Heard::Silence if clock::since(heard_last) >= patience => {
                    let seconds = patience.as_secs_f32();
                    return (
                        Some(format!("made no progress for {seconds} s and was stopped")),
                        finished,
                    );
                }
                Heard::Silence => {}
                Heard::Gone => return (Some("died".to_owned()), finished),
            }
        }
    }
}
