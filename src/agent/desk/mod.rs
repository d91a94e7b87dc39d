//! The desk at which a commit asks: what of it can be laid out before it is made.
//!
//! In: a hook's request. Out: the prepared steps, and after them the facts in the
//! journal. The agent has a desk with a door (`Door`): workers that are warm, a memo that
//! knows what saves have had done. Where no agent runs, a helper (`hive tidy`, hidden) has
//! one for a single request.
//!
//! The desk has threads of its own and does not go through the agent's turns: a turn may
//! be in the middle of a hundred files when a commit asks. What both use is made for it:
//! the queue, the memo's database, the landing's lock.
//!
//! What is asked about is judged as a commit is: by the configuration that is being
//! committed, by the person's scope, limits and nos; with those tools only that keep the
//! meaning, as for a saved file.

mod door;
mod making;
mod warmth;

use std::collections::HashSet;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::landed::late;
use super::workshop::Workshop;
use super::{Agent, Mode};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::fixers::FixCount;
use crate::journal::Event;
use crate::landing::tidy::Report;
use crate::landing::{Site, read_frame, write_frame};
use crate::memo::Memo;
use crate::queue::Queue;
use crate::repo::Place;
use crate::schedule::Stage;
use crate::tidy::wire::{OWN, Reply, Request};
use crate::worker::{Pool, PoolOptions};

pub(super) use door::Door;
use making::Made;
pub(super) use warmth::anywhere;

/// How long a hook may take to say what it wants; it does so at once.
const GREETING: Duration = Duration::from_secs(2);
/// How often somebody who goes looks whether the last hook is served.
const GLANCE: Duration = Duration::from_millis(5);
/// How much of a line names files, in characters.
const WIDTH: usize = 100;

/// What is needed to serve hooks of one work tree.
pub struct Desk {
    site: Site,
    queue: Queue,
    bench: Mutex<Bench>,
    /// Whether a worker is being started for whoever asks next.
    warming: AtomicBool,
}

/// What only one request at a time has.
struct Bench {
    workshop: Workshop,
    /// Whether the memo of the repository has been opened, which the first request does.
    has_memo: bool,
    pool: Option<(PoolOptions, Pool)>,
    /// Directories for whose files the tools have run since the pool is there.
    warm: HashSet<PathBuf>,
    /// The number of the next file; none is given twice, so that an answer that comes
    /// when nobody waits for it any more is told from one that is waited for.
    next: u64,
    /// When it was last asked.
    used: Instant,
}

impl Desk {
    /// A desk without workers: they start with the first file.
    pub fn new(place: &Place, queue: Queue) -> Outcome<Self> {
        let site = Site::at(place.clone()).map_err(|error| {
            Failure::internal("the work tree's id cannot be read or written").caused_by(error)
        })?;
        Ok(Self {
            site,
            queue,
            bench: Mutex::new(Bench {
                workshop: Workshop::new(Memo::none()),
                has_memo: false,
                pool: None,
                warm: HashSet::new(),
                next: 0,
                used: clock::now(),
            }),
            warming: AtomicBool::new(false),
        })
    }

    /// Serves one hook, to the end: also what comes after the hook has gone on.
    pub fn serve(&self, mut stream: UnixStream) {
        let begun = clock::now();
        let greeted = stream.set_read_timeout(Some(GREETING));
        let Ok(request) = greeted.and_then(|()| read_frame::<Request>(&mut stream)) else {
            return;
        };
        let until = begun + request.left;
        let made = if request.version == OWN {
            self.make(&request, until)
        } else {
            Err(format!("this is hive {OWN}"))
        };
        let made = match made {
            Ok(made) => made,
            Err(reason) => {
                tracing::info!(reason, "a commit is left as it is");
                let _ = write_frame(&mut stream, &Reply::Nothing(reason));
                return;
            }
        };
        let reply = Reply::Do {
            plan: Box::new(made.prepared.plan().clone()),
            line: line(&made),
        };
        // Without a limit from here on: as long as the hook is there it may be in the
        // middle of the steps, and what it works with must not be taken from it. Its end
        // closes the connection, however it ends.
        let report = stream
            .set_read_timeout(None)
            .and_then(|()| write_frame(&mut stream, &reply))
            .and_then(|()| read_frame::<Report>(&mut stream));
        self.end(made, report.ok().as_ref());
    }

    /// Ends what was prepared and writes it down.
    fn end(&self, made: Made, report: Option<&Report>) {
        let held_us = match report {
            Some(Report::Done { held_us }) => *held_us,
            Some(Report::Left(reason)) => {
                tracing::info!(reason, "a commit is left as it is");
                0
            }
            None => 0,
        };
        let fixes = made.counts.iter().map(|fix| fix.count).sum();
        let end = match made.prepared.end(report) {
            Ok(end) => end,
            Err(error) => {
                self.record(Event::Problem {
                    message: format!("a commit was laid out, and tidying up failed: {error}"),
                });
                return;
            }
        };
        for message in late(&end.settled) {
            self.record(Event::Problem { message });
        }
        if end.tidied {
            self.record(Event::Tidied {
                paths: end.paths,
                worker: made.worker,
                fixes,
                held_us,
            });
        }
    }

    fn record(&self, event: Event) {
        // The files are as they are; only nobody is told.
        if let Err(error) = self.queue.record(event) {
            tracing::warn!(%error, "it cannot be written down");
        }
    }

    /// Lets the workers go that nobody has asked for some time; says when that is due.
    pub(super) fn rest(&self, now: Instant, idle: Duration) -> Option<Instant> {
        let busy = self.warming.load(Ordering::SeqCst);
        let Some(mut bench) = self.bench.try_lock().ok().filter(|_| !busy) else {
            // Whoever is at work does not say when they are done.
            return Some(now + idle);
        };
        bench.pool.as_ref()?;
        let due = bench.used + idle;
        if due > now {
            return Some(due);
        }
        bench.workshop.remember();
        bench.pool = None;
        bench.warm.clear();
        None
    }

    fn bench(&self) -> MutexGuard<'_, Bench> {
        // What a panicking thread left there are courses that nobody waits for.
        self.bench.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Agent<'_> {
    /// Opens the desk and its door. A drain has none: it is about to go, and a helper is
    /// as quick as it would be. Without a door hooks do with helpers, too.
    pub(super) fn open_desk(&mut self) -> Outcome<()> {
        if self.mode != Mode::Watch {
            return Ok(());
        }
        let desk = Arc::new(Desk::new(&self.place, self.queue.clone())?);
        let door = match Door::open(&self.place, &desk) {
            Ok(door) => door,
            Err(error) => {
                tracing::warn!(%error, "commits cannot ask this agent");
                None
            }
        };
        self.desk = Some((desk, door));
        self.warm_desk(&anywhere());
        Ok(())
    }

    /// Lets the desk's workers go when nobody has asked for some time.
    pub(super) fn rest_desk(&self, now: Instant) -> Option<Instant> {
        let (desk, _) = self.desk.as_ref()?;
        desk.rest(now, self.house.settings.worker.idle)
    }

    /// Shuts the door and waits until whoever stands at the desk is served: a commit that
    /// is being made, which takes moments.
    pub(super) fn shut_desk(&mut self) {
        if let Some((desk, door)) = self.desk.take() {
            drop(door);
            let until = clock::now() + GREETING;
            while Arc::strong_count(&desk) > 1 && clock::now() < until {
                std::thread::sleep(GLANCE);
            }
        }
    }
}

/// What the hook tells: which files, and what was done.
fn line(made: &Made) -> String {
    let paths = made.prepared.paths();
    let mut named = String::new();
    let mut shown = 0;
    for path in paths {
        let path = path.as_str();
        if shown > 0 && named.chars().count() + path.chars().count() > WIDTH {
            break;
        }
        if shown > 0 {
            named.push_str(", ");
        }
        named.push_str(path);
        shown += 1;
    }
    let more = match paths.len() - shown {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let counts: Vec<String> = made
        .counts
        .iter()
        .map(|FixCount { code, count, .. }| format!("{code} ×{count}"))
        .collect();
    format!(
        "hive tidied {named}{more} in this commit ({})",
        counts.join(", ")
    )
}

/// Who is named for what the desk has made.
fn worker(slot: usize) -> String {
    Stage::Qa.worker(slot + 1)
}
