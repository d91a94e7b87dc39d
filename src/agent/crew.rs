//! The workers of an agent: as many as the work is worth and the machine allows.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use crate::failure::Outcome;
use crate::house::{House, cores};
use crate::journal::Event;
use crate::queue::{Queue, QueueError, RESTARTED};
use crate::schedule::{Load, Scale, Stage, scale};
use crate::settings::environment;
use crate::worker::{Answer, Budget, Pool, PoolOptions, Task};

/// How soon places that others hold are asked for again.
const BUDGET: Duration = Duration::from_millis(200);

/// The pool with the machine's permission to use it.
pub(super) struct Crew {
    stage: Stage,
    pool: Pool,
    options: PoolOptions,
    places: Places,
    /// When the number of open slots changed last.
    changed: Option<Instant>,
    /// Slots that may work now.
    open: usize,
    min: usize,
    max: usize,
    idle: Duration,
    /// When the last task was handed out or came back.
    busy: Instant,
    /// Tasks given to the pool and not answered.
    in_flight: usize,
    /// The process in each slot as it was last recorded.
    known: Vec<Option<u32>>,
}

impl Crew {
    /// A crew that has not started anybody.
    pub(super) fn new(stage: Stage, house: &House, now: Instant) -> Outcome<Self> {
        let worker = &house.settings.worker;
        // One core stays for the person.
        let max = match worker.background {
            0 => cores().saturating_sub(1).max(1),
            wanted => wanted.min(cores()),
        };
        let options = house.pool_options(max)?;
        let pool = Pool::open(options.clone(), None);
        pool.limit(0);
        Ok(Self {
            stage,
            pool,
            options,
            places: Places::new(max),
            changed: None,
            open: 0,
            min: worker.min.min(max),
            max,
            idle: worker.idle,
            busy: now,
            in_flight: 0,
            known: vec![None; max],
        })
    }

    /// The id of the worker in a slot.
    fn name(&self, slot: usize) -> String {
        self.stage.worker(slot + 1)
    }

    /// Where the answers come out.
    pub(super) fn answers(&self) -> &Receiver<Answer> {
        self.pool.answers()
    }

    /// Hands out a task. A pool whose slots are all closed is opened anew: what closed
    /// them, as a full disk does, may be over, and an agent lives for days.
    pub(super) fn push(&mut self, task: Task, now: Instant) {
        if self.in_flight == 0 && self.pool.is_closed() {
            self.pool = Pool::open(self.options.clone(), None);
            self.pool.limit(self.open);
        }
        self.in_flight += 1;
        self.busy = now;
        self.pool.push([task]);
    }

    /// Notes an answer, and names the worker that gave it.
    pub(super) fn answered(&mut self, answer: &Answer, now: Instant) -> String {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.busy = now;
        self.name(answer.slot)
    }

    /// How many more tasks the crew should be given now, so that no worker waits and
    /// what is claimed is soon done: none until half of the last ones are, because what
    /// is claimed together is prepared together.
    pub(super) fn appetite(&self) -> usize {
        let full = self.max * 32;
        if self.in_flight > full / 2 {
            return 0;
        }
        full - self.in_flight
    }

    /// Whether a task is being worked on.
    pub(super) fn is_busy(&self) -> bool {
        self.in_flight > 0
    }

    /// Opens and closes slots as the work asks for, and says when to look again.
    pub(super) fn scale(
        &mut self,
        waiting: usize,
        queue: &Queue,
        now: Instant,
    ) -> Result<Option<Instant>, QueueError> {
        let waiting = waiting + self.in_flight;
        let wanted = self.wanted(waiting, now);
        let granted = if waiting == 0 {
            // Who rests keeps the warm interpreter, not the place: another agent of
            // the machine may have work.
            self.places.hold(0);
            wanted
        } else {
            self.places.hold(wanted)
        };
        if granted != self.open {
            queue.record(Event::Scaled {
                stage: self.stage,
                from: self.open,
                to: granted,
                waiting,
            })?;
            self.open = granted;
            self.changed = Some(now);
            self.pool.limit(granted);
        }
        self.register(queue)?;
        Ok(if granted < wanted {
            // Another agent of this machine has the places; it gives them back without
            // telling.
            Some(now + BUDGET)
        } else if waiting > 0 {
            (self.open < self.max).then_some(now + ms(scale::COOL_UP_MS))
        } else if self.open > self.min.max(1) {
            Some(now + ms(scale::COOL_DOWN_MS))
        } else if self.open > self.min {
            Some(self.busy + self.idle)
        } else {
            None
        })
    }

    fn wanted(&self, waiting: usize, now: Instant) -> usize {
        // The last worker, and the interpreter that it keeps warm, outlive the work for
        // a while: the next save is near.
        let rests = waiting == 0 && now.duration_since(self.busy) >= self.idle;
        let load = Load {
            waiting,
            workers: self.open,
            busy: self.in_flight.min(self.open),
            min: if rests || self.open == 0 {
                self.min
            } else {
                self.min.max(1)
            },
            max: self.max,
            since_change_ms: self
                .changed
                .map(|at| i64::try_from(now.duration_since(at).as_millis()).unwrap_or(i64::MAX)),
        };
        match scale::decide(&load) {
            Scale::Keep => self.open,
            Scale::Up(by) => self.open + by,
            Scale::Down(by) => self.open - by,
        }
    }

    /// Records workers that have come and gone.
    fn register(&mut self, queue: &Queue) -> Result<(), QueueError> {
        let running = self.pool.running();
        for (slot, (now, before)) in running.iter().zip(&self.known).enumerate() {
            if now == before {
                continue;
            }
            if before.is_some() {
                let reason = match now {
                    Some(_) => RESTARTED,
                    None => "no work is left for it",
                };
                queue.worker_ended(&self.name(slot), self.stage, reason)?;
            }
            if let Some(pid) = now {
                queue.worker_started(&self.name(slot), self.stage, *pid)?;
            }
        }
        self.known = running;
        Ok(())
    }

    /// Shows that the workers are at work.
    pub(super) fn beat(&self, queue: &Queue) -> Result<(), QueueError> {
        let running = self.known.iter().enumerate();
        for (slot, _) in running.filter(|(_, pid)| pid.is_some()) {
            queue.worker_beat(&self.name(slot), self.stage, None)?;
        }
        Ok(())
    }

    /// Whether a pool for these settings would be another one.
    pub(super) fn is_outdated(&self, house: &House) -> bool {
        house
            .pool_options(self.options.max)
            .is_ok_and(|options| options != self.options)
            || house.settings.worker.idle != self.idle
    }

    /// Ends all workers now.
    pub(super) fn dismiss(&mut self, queue: &Queue) -> Result<(), QueueError> {
        self.pool.abandon();
        let known = std::mem::take(&mut self.known);
        for (slot, _) in known.iter().enumerate().filter(|(_, pid)| pid.is_some()) {
            queue.worker_ended(&self.name(slot), self.stage, "the agent ends")?;
        }
        self.known = vec![None; known.len()];
        Ok(())
    }
}

fn ms(ms: i64) -> Duration {
    Duration::from_millis(ms.unsigned_abs())
}

/// The crews of all stages.
pub(super) struct Crews {
    pub(super) qa: Crew,
    pub(super) golden: Crew,
}

impl Crews {
    /// Crews that have not started anybody.
    pub(super) fn new(house: &House, now: Instant) -> Outcome<Self> {
        Ok(Self {
            qa: Crew::new(Stage::Qa, house, now)?,
            golden: Crew::new(Stage::Golden, house, now)?,
        })
    }

    /// The crew of a stage.
    pub(super) fn of(&mut self, stage: Stage) -> &mut Crew {
        match stage {
            // No agent claims what is for other workers.
            Stage::Qa | Stage::External => &mut self.qa,
            Stage::Golden => &mut self.golden,
        }
    }

    /// An answer that is there already, with its stage.
    pub(super) fn next(&self) -> Option<(Stage, Answer)> {
        let qa = self.qa.answers().try_recv().ok();
        let qa = qa.map(|answer| (Stage::Qa, answer));
        qa.or_else(|| {
            let golden = self.golden.answers().try_recv().ok();
            golden.map(|answer| (Stage::Golden, answer))
        })
    }

    /// Shows that the workers are at work.
    pub(super) fn beat(&self, queue: &Queue) -> Result<(), QueueError> {
        self.qa.beat(queue)?;
        self.golden.beat(queue)
    }

    /// Whether pools for these settings would be others, and nobody is at work.
    pub(super) fn can_change(&self, house: &House) -> bool {
        self.qa.is_outdated(house) && !self.qa.is_busy() && !self.golden.is_busy()
    }

    /// Ends all workers now.
    pub(super) fn dismiss(&mut self, queue: &Queue) -> Result<(), QueueError> {
        self.qa.dismiss(queue)?;
        self.golden.dismiss(queue)
    }
}

/// Places in the machine's budget, held one by one.
struct Places {
    directory: Option<PathBuf>,
    max: usize,
    held: Vec<Budget>,
}

impl Places {
    fn new(max: usize) -> Self {
        Self {
            directory: environment::runtime_dir().map(|dir| dir.join("hive")),
            max,
            held: Vec::new(),
        }
    }

    /// Holds `wanted` places or as many as are free; says how many. Without a
    /// runtime directory nobody counts.
    fn hold(&mut self, wanted: usize) -> usize {
        let Some(directory) = &self.directory else {
            return wanted;
        };
        self.held.truncate(wanted);
        while self.held.len() < wanted {
            match Budget::take(directory, self.max, 1) {
                Ok(budget) if budget.places() == 1 => self.held.push(budget),
                Ok(_) => break,
                // A budget that cannot be kept is no reason to stop working.
                Err(_) => return wanted,
            }
        }
        self.held.len()
    }
}
