//! Pushes that were at work when a tip was folded, and whether they have sent the old one.
//!
//! A push reads the reference when it begins. One that is at work before a landing begins
//! is seen by the gate, and nothing is folded. One that begins after the reference has
//! moved sends the folded commit. Between the two lie some milliseconds; what a push sends
//! that begins in them is known to the `pre-push` hook, which takes care of it, or where no
//! hook runs (`--no-verify`), to nobody until it has ended: then the remote-tracking branch
//! shows it.

use std::thread;
use std::time::{Duration, Instant};

use crate::clock;
use crate::process::table;
use crate::repo::activity::{self, Busy};
use crate::repo::{Place, pushing};

/// How long pushes without a word are waited for.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether they have ended: the kernel tells only their parents.
const TURN: Duration = Duration::from_millis(20);

/// Pushes at work at one moment.
pub(in crate::landing) struct Pushes(Vec<(u32, Option<String>)>);

impl Pushes {
    /// Those at work now.
    pub(in crate::landing) fn now(place: &Place) -> Self {
        let pid = |busy| match busy {
            Busy::Process { pid, .. } => Some((pid, table::began(pid))),
            _ => None,
        };
        Self(
            activity::pushes(place, &[])
                .into_iter()
                .filter_map(pid)
                .collect(),
        )
    }

    /// Waits for their ends, but for those whose hook has given its word: it deals with
    /// them, and may wait for us.
    pub(in crate::landing) fn wait(mut self, place: &Place) {
        let until = clock::now() + PATIENCE;
        while self.any(place) && !has_passed(until) {
            thread::sleep(TURN);
        }
    }

    fn any(&mut self, place: &Place) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let told = pushing::announced(place);
        self.0.retain(|(pid, began)| {
            began.is_some() && table::began(*pid) == *began && !told.contains(pid)
        });
        !self.0.is_empty()
    }
}

fn has_passed(moment: Instant) -> bool {
    clock::now() >= moment
}
