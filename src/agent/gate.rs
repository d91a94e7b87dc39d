//! Whether a landing may begin, and why not.

use std::time::{Duration, Instant};

use super::{Agent, Mode};
use crate::failure::Outcome;
use crate::repo::activity::{self, Busy, Still};

/// How soon a shut gate is looked at again, the first time; each further time waits
/// twice as long, up to [`SLOWEST`]. Only while work waits at it: what opens a gate
/// mostly shows in the git directory, but the end of a process does not.
const SOONEST: Duration = Duration::from_millis(25);
const SLOWEST: Duration = Duration::from_secs(1);

/// The gate as it was last found.
pub(super) struct Gate {
    /// Why it is shut, as it was written down.
    reason: Option<String>,
    /// Since when it has been shut without a break.
    since: Option<Instant>,
    /// Whether it is known to be shut in this turn.
    shut: bool,
    wait: Duration,
    pub(super) still: Still,
}

impl Gate {
    pub(super) fn new() -> Self {
        Self {
            reason: None,
            since: None,
            shut: false,
            wait: SOONEST,
            still: Still::new(),
        }
    }

    /// Why it is shut, and since when.
    pub(super) fn shut(&self) -> Option<(&str, Instant)> {
        Some((self.reason.as_deref()?, self.since?))
    }

    /// Begins a turn: whoever stands at the gate says so again.
    pub(super) fn begin(&mut self) {
        self.shut = false;
    }

    /// Leaves what was found in the turn before, when nobody looks in this one.
    pub(super) fn keep(&mut self) {
        self.shut = self.since.is_some();
    }
}

impl Agent<'_> {
    /// Looks whether a landing may begin now; if not, says when to look again, and
    /// nothing if the git directory will tell.
    pub(super) fn gate(&mut self, now: Instant) -> Outcome<Result<(), Option<Instant>>> {
        let quiet = self.house.settings.commit.quiet;
        let still = &mut self.gate.still;
        match activity::look(&self.place, still, quiet, &[std::process::id()]) {
            None => match self.pushed_now() {
                None => {
                    self.gate.wait = SOONEST;
                    Ok(Ok(()))
                }
                Some(busy) => self.wait_at_gate(&busy, now).map(Err),
            },
            Some(busy) => self.wait_at_gate(&busy, now).map(Err),
        }
    }

    /// Notes why the gate is shut, and when to look again.
    pub(super) fn wait_at_gate(&mut self, busy: &Busy, now: Instant) -> Outcome<Option<Instant>> {
        if let Busy::Recent(ago) = busy {
            // The quiet moment after a command is the ordinary course of things.
            let left = self.house.settings.commit.quiet.saturating_sub(*ago);
            return Ok(Some(now + left.max(Duration::from_millis(1))));
        }
        self.gate.shut = true;
        self.gate.since.get_or_insert(now);
        self.say_gate(Some(busy.to_string()))?;
        if self.mode == Mode::Watch && matches!(busy, Busy::Operation(_)) {
            // Its end changes the git directory, and a rebase may rest for days.
            return Ok(None);
        }
        let again = now + self.gate.wait;
        self.gate.wait = (self.gate.wait * 2).min(SLOWEST);
        Ok(Some(again))
    }

    /// Ends a turn: a gate that nobody stood at is open.
    pub(super) fn leave_gate(&mut self) -> Outcome<()> {
        if !self.gate.shut {
            self.gate.since = None;
            self.gate.wait = SOONEST;
            self.say_gate(None)?;
        }
        Ok(())
    }

    /// What hive itself has just changed does not break the quiet.
    pub(super) fn own_change(&mut self) {
        self.gate.still.own(&self.place);
    }

    fn say_gate(&mut self, reason: Option<String>) -> Outcome<()> {
        if self.gate.reason != reason {
            self.queue.set_gate(reason.as_deref())?;
            self.gate.reason = reason;
        }
        Ok(())
    }
}
