//! A drain: it works off what there is and goes.
//!
//! It watches nothing, so while it waits nobody tells it of a hook that came, which starts
//! nobody where somebody is at work, of an agent that wants its place, or that its work
//! tree is gone. It looks up for that now and then.

use std::time::{Duration, Instant};

use super::{Agent, Ended, lock};
use crate::clock;

/// How long it waits at a shut gate before it leaves the work queued.
pub(super) const PATIENCE: Duration = Duration::from_mins(10);
/// How often it looks up while it waits.
const GLANCE: Duration = Duration::from_secs(1);

impl Agent<'_> {
    /// Why a drain is to go: nothing is left that it can do now, or that it should wait
    /// for, or somebody wants its place.
    pub(super) fn is_drained(&self) -> Option<Ended> {
        if self.lock.is_wanted() && !self.landings.is_busy() {
            return Some(Ended::HandedOver);
        }
        if self.claims.is_busy() || self.landings.is_busy() {
            return None;
        }
        if let Some((reason, since)) = self.gate.shut() {
            return (clock::since(since) >= PATIENCE).then(|| Ended::Waits(reason.to_owned()));
        }
        (self.looked.is_some()
            && self.looked_back
            && self.claims.nothing_waits()
            && self.inspections.nothing_waits()
            && self.landings.nothing_waits()
            && !self.awaits_lease())
        .then_some(Ended::Done)
    }

    /// Takes in what hooks have left, and says when to look again at the latest.
    pub(super) fn look_up(&mut self, again: Option<Instant>) -> Instant {
        let woken = lock::wake_stamp(&self.place);
        if woken != self.woken {
            self.woken = woken;
            self.stir();
        }
        let glance = clock::now() + GLANCE;
        again.map_or(glance, |at| at.min(glance))
    }
}
