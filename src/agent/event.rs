//! What can happen to an agent, and when it looks again if nothing does.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, select};

use super::{Agent, inspect, lands};
use crate::clock;
use crate::intake::watch;
use crate::process;
use crate::schedule::Stage;
use crate::worker::Answer;

/// How long nothing must have happened before memory is given back.
const CALM: Duration = Duration::from_secs(10);

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

impl Agent<'_> {
    /// What happens next. When nothing has happened for a while, and nothing is to be done
    /// soon, memory is given back before the long sleep; work in a row does not pay for it.
    pub(super) fn next_event(&self, again: Option<Instant>) -> Event {
        let calm = clock::now() + CALM;
        if again.is_none_or(|at| at > calm) {
            match self.wait(Some(calm)) {
                Event::Time => process::rest(),
                event => return event,
            }
        }
        self.wait(again)
    }

    /// What happens until a time; `None` waits for as long as it takes.
    fn wait(&self, until: Option<Instant>) -> Event {
        let timer = timer(until);
        select! {
            recv(self.signs) -> sign => match sign {
                Ok(watch::Event::Git) => Event::Git,
                Ok(watch::Event::Files(paths)) => Event::Files(paths),
                Ok(watch::Event::Rescan) => Event::Rescan("events were lost".to_owned()),
                Ok(watch::Event::Degraded(message)) => Event::Degraded(message),
                Err(_) => Event::Degraded("the watcher has ended".to_owned()),
            },
            recv(self.crews.qa.answers()) -> answer => {
                answer.map_or(Event::Time, |answer| Event::Answer(Stage::Qa, answer))
            },
            recv(self.crews.golden.answers()) -> answer => {
                answer.map_or(Event::Time, |answer| Event::Answer(Stage::Golden, answer))
            },
            recv(self.ended) -> ended => ended.map_or(Event::Time, Event::Landed),
            recv(self.inspected) -> ended => ended.map_or(Event::Time, Event::Inspected),
            recv(self.stop) -> _ => Event::Stop,
            recv(timer) -> _ => Event::Time,
        }
    }
}

/// What says that it is time to look again; without a time, nothing does.
fn timer(again: Option<Instant>) -> Receiver<Instant> {
    again.map_or_else(crossbeam_channel::never, |at| {
        crossbeam_channel::after(at.saturating_duration_since(clock::now()))
    })
}
