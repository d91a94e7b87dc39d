//! Landing the fixes that are ready: which go together, whether they may go now, and
//! what became of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;

use super::Agent;
use super::folding::Parted;
use crate::failure::Outcome;
use crate::intake::commits::Stamp;
use crate::landing::{self, Standby};
use crate::queue::{FixId, WaitingFix};

/// How soon a landing that lost a race is tried again, the first time.
pub(super) const SOON: Duration = Duration::from_millis(20);
/// The longest wait after many lost races.
pub(super) const LATE: Duration = Duration::from_secs(2);

/// How often the fixes that wait are looked at while others are still being made.
const GLANCE: Duration = Duration::from_millis(100);

/// A wait that is long enough to start a landing's child in it.
const SPARE: Duration = Duration::from_millis(20);

/// A landing that has ended.
pub(super) struct Ended {
    /// What came of it, or what went wrong.
    pub(super) result: Result<landing::Outcome, String>,
    pub(super) fixes: Vec<WaitingFix>,
    /// The fingerprint of each fix before the landing began.
    pub(super) seen: Vec<String>,
}

/// The landing that is under way, if one is.
pub(super) struct Landings {
    pub(super) marker: Sender<Box<Ended>>,
    pub(super) busy: bool,
    /// From the start of a landing until its commits are recorded: what appears on the
    /// branch meanwhile may be hive's without being known as such.
    pub(super) publishing: Arc<AtomicBool>,
    /// Ready fixes that have not been tried yet.
    pub(super) waiting: bool,
    pub(super) lost: u32,
    /// How many landings in a row have failed.
    pub(super) failed: u32,
    pub(super) not_before: Option<Instant>,
    /// When the fixes that wait were last looked at.
    looked: Option<Instant>,
    /// A landing child started in advance.
    pub(super) standby: Option<Standby>,
    /// HEAD when it was last asked whether held fixes may go.
    pub(super) judged: Option<Stamp>,
    /// Why the team's settings might not decide then.
    pub(super) undecided: Option<String>,
    /// What was said already about tools that are held.
    pub(super) told: BTreeSet<String>,
}

impl Landings {
    pub(super) fn new(marker: Sender<Box<Ended>>) -> Self {
        Self {
            marker,
            busy: false,
            publishing: Arc::default(),
            waiting: false,
            lost: 0,
            failed: 0,
            not_before: None,
            looked: None,
            standby: None,
            judged: None,
            undecided: None,
            told: BTreeSet::new(),
        }
    }

    pub(super) fn is_busy(&self) -> bool {
        self.busy
    }

    /// Whether commits may be on the branch that are hive's and not known as such yet.
    pub(super) fn is_publishing(&self) -> bool {
        self.publishing.load(Ordering::Acquire)
    }

    /// Starts the child of the next landing in advance. If that fails, the landing
    /// itself will say so.
    fn stand_by(&mut self) {
        if self.standby.is_none()
            && let Ok(hive) = crate::process::own_program()
        {
            self.standby = Standby::start(&hive).ok();
        }
    }

    pub(super) fn nothing_waits(&self) -> bool {
        !self.busy && !self.waiting
    }
}

impl Agent<'_> {
    /// Begins a landing if there is something to land and nothing speaks against it.
    pub(super) fn land(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        if self.landings.busy {
            return Ok(None);
        }
        if self.claims.is_busy()
            && let Some(at) = self.landings.looked.map(|at| at + GLANCE)
            && at > now
        {
            // What is at work belongs to the burst, as a rule.
            self.gate.keep();
            return Ok(Some(at));
        }
        self.landings.looked = Some(now);
        let ready = self.ready_fixes()?;
        // Behind a pause nothing waits that this agent could do.
        self.landings.waiting = !ready.is_empty() && self.queue.paused()?.is_none();
        if !self.landings.waiting {
            self.landings.standby = None;
            return Ok(None);
        }
        if let Some(at) = self.landings.not_before.filter(|at| *at > now) {
            return Ok(Some(at));
        }
        if let Err(again) = self.gate(now)? {
            // Starting the child takes milliseconds, which are free while we wait.
            if again.is_some_and(|at| at - now > SPARE) {
                self.landings.stand_by();
            }
            return Ok(again);
        }
        // The gate was open a moment ago; whoever comes now finds the locks or is
        // found by the checks under them.
        let Some(target) = self.target()? else {
            self.landings.waiting = false;
            return Ok(None);
        };
        let ready = self.sort_out(ready, &target)?;
        // Only now: behind a shut gate nothing has been asked.
        self.landings.judged.clone_from(&self.looked);
        self.landings.undecided = self.undecided()?;
        if ready.is_empty() {
            self.landings.waiting = false;
            self.landings.standby = None;
            return Ok(None);
        }
        match self.parted(ready, &target)? {
            Parted::Go(going, fold) => self.start_landing(going, target, fold)?,
            Parted::Later => return Ok(Some(now + SOON)),
        }
        Ok(None)
    }
}

/// A row's id as a number that a landing knows the fix by.
pub(super) fn number(id: FixId) -> u64 {
    id.0.unsigned_abs()
}
