//! Where the dashboard gets its facts: the journal's new entries, and now and then the
//! rows.
//!
//! The entries are cheap and are read soon after they were written. What the rows say
//! costs more the more of them there are; they are read again only after five hundred times
//! what reading them took, so that the dashboard costs the same over any queue.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::model::Model;
use crate::agent::lock;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::{EscalationFilter, Queue, QueueError};
use crate::repo::{Place, WorktreeId};
use crate::store;

/// How soon after a look at the journal it is looked at again.
const SOON: Duration = Duration::from_millis(95);
/// How many times longer than a look at the rows took until they are looked at again.
const RARELY: u32 = 500;
/// How late the rows are read at the latest.
const LATE: Duration = Duration::from_secs(10);
/// How many entries are read at a time.
const PAGE: usize = 1_024;
/// How many entries are folded at first.
const PAST: usize = 4_000;
/// How far back they go, in milliseconds.
const PAST_MS: i64 = 24 * 60 * 60 * 1000;
/// How many questions and dead tasks are shown at most.
const LISTED: usize = 50;

/// The journal and the rows of a work tree.
pub(super) struct Source<'a> {
    place: &'a Place,
    file: PathBuf,
    open: Option<(Queue, (u64, u64))>,
    last: i64,
    /// Something may have changed since the last look.
    stirred: bool,
    /// Something has changed since the rows were read.
    stale: bool,
    entries_at: Instant,
    rows_at: Instant,
}

impl<'a> Source<'a> {
    /// One for a work tree in which hive has been.
    pub(super) fn open(place: &'a Place) -> Outcome<Self> {
        let file = store::repository_file(place)
            .filter(|file| file.exists())
            .ok_or_else(|| {
                Failure::usage("hive keeps nothing in this repository yet")
                    .hint("hive init sets hive up here")
            })?;
        let now = clock::now();
        let mut source = Self {
            place,
            file,
            open: None,
            last: 0,
            stirred: false,
            stale: false,
            entries_at: now,
            rows_at: now,
        };
        source.connect()?;
        Ok(source)
    }

    /// The queue, while there is one.
    pub(super) fn queue(&self) -> Option<&Queue> {
        self.open.as_ref().map(|(queue, _)| queue)
    }

    /// Something may have changed.
    pub(super) fn stir(&mut self) {
        self.stirred = true;
    }

    /// Something has changed that the person waits for: everything is read at once.
    pub(super) fn hurry(&mut self) {
        self.stirred = true;
        let now = clock::now();
        (self.entries_at, self.rows_at) = (now, now);
    }

    /// When the journal is to be looked at, if something may have changed.
    pub(super) fn due(&self) -> Option<Instant> {
        self.stirred.then_some(self.entries_at)
    }

    /// Whether that time has come.
    pub(super) fn is_due(&self) -> bool {
        self.due().is_some_and(|at| at <= clock::now())
    }

    /// When the rows are to be read, if something has changed since.
    pub(super) fn rest(&self) -> Option<Instant> {
        self.stale.then_some(self.rows_at)
    }

    /// Fills a model with what is there.
    pub(super) fn begin(&mut self, model: &mut Model) {
        if let Err(error) = self.past(model) {
            model.trouble = Some(error.to_string());
        }
        self.rows(model);
    }

    fn past(&mut self, model: &mut Model) -> Result<(), QueueError> {
        let Some((queue, _)) = &self.open else {
            return Ok(());
        };
        // What comes after this one is read by its number, once.
        let newest = queue.newest_entry()?;
        let since = clock::wall_ms().saturating_sub(PAST_MS);
        for entry in queue.last_entries(since, PAST, |entry| entry.id <= newest)? {
            model.fold(&entry);
        }
        self.last = newest;
        Ok(())
    }

    /// Takes in what has changed, as far as its time has come; whether it was anything.
    pub(super) fn follow(&mut self, model: &mut Model) -> bool {
        let now = clock::now();
        let mut looked = false;
        if self.stirred && self.entries_at <= now {
            looked = true;
            self.stirred = false;
            self.stale = true;
            self.entries_at = now + SOON;
            match self.connected() {
                Ok(true) => {
                    model.trouble = None;
                    if let Err(error) = self.entries(model) {
                        model.trouble = Some(error.to_string());
                    }
                }
                Ok(false) => {
                    model.trouble = Some("the database is gone; hive init makes one".to_owned());
                }
                Err(failure) => model.trouble = Some(failure.to_string()),
            }
        }
        if self.stale && self.rows_at <= now {
            looked = true;
            self.rows(model);
        }
        model.settle();
        looked
    }

    fn entries(&mut self, model: &mut Model) -> Result<(), QueueError> {
        let Some((queue, _)) = &self.open else {
            return Ok(());
        };
        loop {
            let page = queue.entries_since(self.last, PAGE)?;
            let Some(newest) = page.last() else {
                return Ok(());
            };
            self.last = newest.id;
            for entry in page.iter().filter(|one| one.worktree == *queue.worktree()) {
                model.fold(entry);
            }
        }
    }

    /// Reads the rows, and decides when they are read again.
    fn rows(&mut self, model: &mut Model) {
        let begun = clock::now();
        self.stale = false;
        if let Some((queue, _)) = &self.open
            && let Err(error) = read(queue, model)
        {
            model.trouble = Some(error.to_string());
        }
        model.agent = lock::holder(self.place);
        let now = clock::now();
        self.rows_at = now + ((now - begun) * RARELY).clamp(SOON, LATE);
        model.settle();
    }

    /// Whether the database is there; opens it again where it is another one.
    fn connected(&mut self) -> Outcome<bool> {
        let Some(there) = store::identity(&self.file) else {
            self.open = None;
            return Ok(false);
        };
        let same = self.open.as_ref().is_some_and(|(_, known)| *known == there);
        if !same {
            self.connect()?;
        }
        Ok(true)
    }

    fn connect(&mut self) -> Outcome<()> {
        self.open = None;
        let worktree = WorktreeId::of(self.place).map_err(|error| {
            Failure::internal("the work tree's id cannot be read or written").caused_by(error)
        })?;
        let queue = Queue::open(self.place, worktree)?;
        // Of another database the entries begin again.
        self.last = self.last.min(queue.newest_entry()?);
        self.open = store::identity(&self.file).map(|identity| (queue, identity));
        Ok(())
    }
}

fn read(queue: &Queue, model: &mut Model) -> Result<(), QueueError> {
    model.workers = queue.workers()?;
    model.counts = queue.counts()?;
    model.breakers = queue.breakers()?;
    model.paused = queue.paused()?;
    model.gate = queue.gate()?;
    model.plans = queue.plans_under_way()?;
    model.open = queue.open_escalations()?;
    model.questions = queue.escalation_rows(&EscalationFilter::default(), Some(LISTED))?;
    model.dead = queue.dead_letters(LISTED)?;
    Ok(())
}
