//! What can happen to an agent, and when it looks again if nothing does.

use std::path::PathBuf;
use std::time::Instant;

use crossbeam_channel::Receiver;

use super::{inspect, lands};
use crate::clock;
use crate::process;
use crate::schedule::Stage;
use crate::worker::Answer;

/// Everything that can happen to an agent.
pub(super) enum Event {
    /// Something in the git directory changed, or a hook woke us.
    Git,
    /// Files were saved.
    Files(Vec<PathBuf>),
    /// Anything may have changed.
    Rescan(String),
    /// Watching works less well than it should.
    Degraded(String),
    /// A worker of a stage has answered.
    Answer(Stage, Answer),
    /// A landing has ended.
    Landed(Box<lands::Ended>),
    /// The repository was judged as a whole.
    Inspected(Box<inspect::Ended>),
    /// A signal: finish and go.
    Stop,
    /// It is time to look again.
    Time,
}

/// The earliest of several times to look again.
#[derive(Debug, Default)]
pub(super) struct Again {
    pub(super) earliest: Option<Instant>,
}

impl Again {
    pub(super) fn at(&mut self, at: Option<Instant>) {
        self.earliest = match (self.earliest, at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
    }
}

/// What says that it is time to look again. Without a time nothing will be done until
/// something happens, which may take days.
pub(super) fn timer(again: Option<Instant>) -> Receiver<Instant> {
    if let Some(at) = again {
        return crossbeam_channel::after(at.saturating_duration_since(clock::now()));
    }
    process::rest();
    crossbeam_channel::never()
}
