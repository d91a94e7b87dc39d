//! The agent: the loop behind `hive watch` and the drain that a hook starts.
//!
//! In: a repository; signs of life (a hook's wake, a change in the git directory, a
//! saved file, a worker's answer, a landing's end, a signal). Out: commits of hive's
//! own, fixed files, questions; every fact as a line of the journal. Always: one agent
//! per work tree; a sign of life that is missed or doubled does no harm, because each
//! turn compares what is there with what was dealt with; an agent that has been idle for
//! ten seconds, and keeps no worker, has no timer.
//! This room knows all the others and decides what comes next; it does not know how any
//! of it is done, nor who listens.
//!
//! A turn goes through the parts in the order a change travels: `commits` and
//! `saves` take work in, `work` hands it to the `crew` and takes the answers,
//! `lands` brings the fixes into the repository. `course` is the way of one file
//! through the workers.

mod answers;
mod author;
pub mod by_hand;
mod claims;
mod commits;
mod course;
mod crew;
pub mod desk;
mod drain;
mod errand;
mod event;
pub mod folding;
mod gate;
mod inspect;
pub mod judge;
mod landed;
mod lands;
pub mod leases;
pub mod lessons;
mod limits;
pub mod lock;
mod lookback;
mod mode;
mod news;
pub mod nos;
mod order;
pub mod owners;
mod questions;
mod ready;
mod reload;
mod saves;
mod stretches;
pub mod undo;
mod work;
mod workshop;

use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::House;
use crate::intake::commits::Stamp;
use crate::intake::settle::Settle;
use crate::intake::watch;
use crate::journal::Event as Fact;
use crate::landing::Site;
use crate::process::{self, Interrupt};
use crate::queue::{Owner, Queue};
use crate::repo::{Place, WorktreeId};
use crate::settings::OutputSettings;

pub use mode::{Ended, Mode};

use claims::Claims;
use crew::Crews;
use desk::{Desk, Door};
use event::{Again, Event};
use gate::Gate;
use lands::Landings;
use lock::AgentLock;
use reload::decides;
use workshop::Workshop;

/// How often a lease is renewed while its task is at work.
const BEAT: Duration = Duration::from_secs(5);

/// How often old rows are removed, at a moment when nothing is to be done.
const PRUNE: Duration = Duration::from_hours(1);

/// The agent of a work tree.
pub struct Agent<'a> {
    mode: Mode,
    place: Arc<Place>,
    site: Site,
    queue: Queue,
    lock: AgentLock,
    house: House,
    crews: Crews,
    workshop: Workshop,
    claims: Claims,
    gate: Gate,
    landings: Landings,
    inspections: inspect::Inspections,
    settle: Settle,
    saves: saves::Saves,
    /// HEAD and its log as they were when commits were last looked at.
    looked: Option<Stamp>,
    /// Until when git is let go on before anything is looked at.
    breath: Option<Instant>,
    /// Deferred work is looked at again: something has changed.
    stirred: bool,
    /// The mark of the hooks when it was last looked at; only a drain looks.
    woken: Option<(i64, i64, u64)>,
    beat: Option<Instant>,
    /// Why the settings cannot be read, if they cannot.
    broken: Option<String>,
    /// Where commits ask, and its door, while this is `hive watch`.
    desk: Option<(Arc<Desk>, Option<Door>)>,
    /// What the next hook is to tell.
    news: news::News,
    /// Whether nothing is left to be found out about questions.
    looked_back: bool,
    /// When old rows were last removed.
    pruned: Option<Instant>,
    /// The watcher, and whether it looks at files.
    watcher: Option<(watch::Watcher, bool)>,
    sink: Sender<watch::Event>,
    /// Is told by the watcher when any process has written to the journal.
    journal: Option<Sender<()>>,
    signs: Receiver<watch::Event>,
    interrupt: &'a Interrupt,
    stop: Receiver<()>,
    ended: Receiver<Box<lands::Ended>>,
    inspected: Receiver<Box<inspect::Ended>>,
}

impl<'a> Agent<'a> {
    /// Becomes the agent of a work tree whose lock is held: puts what a dead agent
    /// left into an honest state and starts to watch. `journal` is sent a word whenever
    /// any process has added to the journal.
    pub fn open(
        place: Place,
        queue: Queue,
        lock: AgentLock,
        mode: Mode,
        interrupt: &'a Interrupt,
        journal: Option<Sender<()>>,
    ) -> Outcome<Self> {
        let worktree = WorktreeId::of(&place).map_err(|error| {
            Failure::internal("the work tree's id cannot be read or written").caused_by(error)
        })?;
        let house = House::of(&place)?;
        let now = clock::now();
        let (marker, ended): (Sender<Box<lands::Ended>>, _) = unbounded();
        let (inspector, inspected) = unbounded();
        let (sink, signs) = unbounded();
        let site = Site {
            place: place.clone(),
            worktree,
        };
        let mut agent = Self {
            mode,
            crews: Crews::new(&house, now)?,
            workshop: Workshop::new(house.memo()),
            claims: Claims::default(),
            gate: Gate::new(),
            landings: Landings::new(marker),
            inspections: inspect::Inspections::new(inspector),
            settle: Settle::new(house.settings.save.quiet, house.settings.save.ceiling),
            saves: saves::Saves::new(),
            looked: None,
            breath: None,
            stirred: true,
            woken: lock::wake_stamp(&place),
            beat: None,
            broken: None,
            pruned: None,
            desk: None,
            news: news::News::of(&queue),
            looked_back: false,
            watcher: None,
            sink,
            journal,
            signs,
            stop: interrupt.subscribe(),
            interrupt,
            ended,
            inspected,
            place: Arc::new(place),
            site,
            queue,
            lock,
            house,
        };
        agent.watch()?;
        agent.begin()?;
        agent.open_desk()?;
        Ok(agent)
    }

    /// How output is wanted.
    pub fn output(&self) -> &OutputSettings {
        &self.house.settings.output
    }

    /// Works until there is a reason to end, and lets go in order.
    pub fn run(&mut self) -> Outcome<Ended> {
        let ended = self.work();
        if self.lock.is_going(&self.place) {
            // Whatever failed did so because of that.
            return Ok(Ended::Gone);
        }
        let ended = ended?;
        self.end(&ended)?;
        Ok(ended)
    }

    fn work(&mut self) -> Outcome<Ended> {
        loop {
            if self.lock.is_gone() {
                return Ok(Ended::Gone);
            }
            let mut again = match self.breath.filter(|at| *at > clock::now()) {
                Some(at) => Some(at),
                None => self.turn()?,
            };
            if self.interrupt.requested() {
                return Ok(Ended::Stopped);
            }
            if self.mode == Mode::Drain {
                if let Some(ended) = self.is_drained() {
                    return Ok(ended);
                }
                again = Some(self.look_up(again));
            }
            let event = self.next_event(again);
            self.handle(event)?;
            // Answers come in batches; a turn for each would cost more than they do.
            while let Some((stage, answer)) = self.crews.next() {
                self.answered(stage, answer)?;
            }
            self.claims.write_ends(&self.queue)?;
        }
    }

    /// Puts interrupted work into an honest state, landings first: what was landed
    /// is not to be done again.
    fn begin(&mut self) -> Outcome<()> {
        self.queue.record(Fact::AgentStarted {
            pid: std::process::id(),
            mode: self.mode.name().to_owned(),
        })?;
        // A dead agent's word about the gate is no longer true.
        self.queue.set_gate(None)?;
        self.tell_hooks()?;
        self.recover_landings()?;
        // What cannot be removed takes a little space until the next agent tries.
        let _ = self.place.forget_gone_work_trees();
        let owner = Owner {
            boot: process::table::boot_id(),
            instance: format!("{}-{}", std::process::id(), clock::wall_ms()),
        };
        let recovered = self.queue.recover(&owner)?;
        if recovered.dead > 0 {
            self.problem(format!(
                "hive ended too often while {} tasks ran; they are not tried again: \
                 `hive queue list --state dead` shows them",
                recovered.dead
            ))?;
        }
        if let Some(warning) = self.workshop.warning() {
            self.problem(warning)?;
        }
        Ok(())
    }

    /// Does everything that can be done now; says when to look again if nothing
    /// happens before.
    fn turn(&mut self) -> Outcome<Option<Instant>> {
        let mut again = Again::default();
        let now = clock::now();
        self.breath = None;
        self.gate.begin();
        again.at(self.look_at_commits(now)?);
        again.at(self.look_at_leases(now)?);
        again.at(self.look_at_saves(now)?);
        again.at(self.hand_out(now)?);
        again.at(self.land(now)?);
        self.inspect()?;
        again.at(self.keep_leases(now)?);
        self.leave_gate()?;
        self.tell_news();
        again.at(self.look_back(now)?);
        again.at(self.rest_desk(now));
        Ok(again.earliest)
    }

    fn handle(&mut self, event: Event) -> Outcome<()> {
        match event {
            Event::Git => {
                self.stir();
                self.let_git_go_on();
                self.warm_desk(&desk::anywhere());
            }
            Event::Files(paths) => {
                self.stir();
                if paths.iter().any(|path| decides(path)) {
                    self.reload()?;
                }
                self.saved(&paths);
            }
            Event::Rescan(reason) => {
                self.stir();
                self.looked = None;
                self.queue.record(Fact::Rescan { reason })?;
                self.saved_anything();
            }
            Event::Degraded(message) => self.problem(message)?,
            Event::Answer(stage, answer) => self.answered(stage, answer)?,
            Event::Landed(ended) => {
                self.landed(*ended)?;
                // An errand may have waited for that; a drain hears of nothing else.
                self.stir();
            }
            Event::Inspected(ended) => self.inspected(*ended)?,
            Event::Stop | Event::Time => {}
        }
        Ok(())
    }

    /// Something has changed: what waited for that may go on.
    fn stir(&mut self) {
        self.stirred = true;
        self.inspections.unsure = true;
    }

    /// Lets go in order: no new work, the landing that is under way to its end,
    /// leases back, workers ended.
    fn end(&mut self, ended: &Ended) -> Outcome<()> {
        let grace = clock::now() + self.house.settings.queue.grace;
        while self.landings.is_busy() {
            let Ok(landed) = self.ended.recv_deadline(grace) else {
                break;
            };
            self.landed(*landed)?;
        }
        self.shut_desk();
        self.claims.release(&self.queue)?;
        self.workshop.remember();
        self.crews.dismiss(&self.queue)?;
        self.tell_news();
        self.queue.record(Fact::AgentStopped {
            reason: ended.to_string(),
        })?;
        Ok(())
    }

    /// Renews the leases of what is at work, and shows that it is.
    fn keep_leases(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        if !self.claims.is_busy() {
            self.beat = None;
            self.workshop.remember();
            if self.pruned.is_none_or(|at| now.duration_since(at) >= PRUNE) {
                self.pruned = Some(now);
                self.queue.prune(clock::wall_ms())?;
            }
            return Ok(None);
        }
        let due = *self.beat.get_or_insert(now + BEAT);
        if now < due {
            return Ok(Some(due));
        }
        self.claims.beat(&self.queue)?;
        self.crews.beat(&self.queue)?;
        self.beat = Some(now + BEAT);
        Ok(self.beat)
    }

    /// Records something that went wrong and stops nothing.
    fn problem(&self, message: String) -> Outcome<()> {
        self.queue
            .record(Fact::Problem { message })
            .map_err(Failure::from)
    }
}
