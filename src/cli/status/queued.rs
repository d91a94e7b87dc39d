//! What `hive status` says of the queue.

use serde::Serialize;

use crate::clock;
use crate::queue::Standing;
use crate::report::span;

/// How many tasks are in which state.
#[derive(Debug, Default, Serialize)]
pub(super) struct Queued {
    pub(super) ready: usize,
    pub(super) running: usize,
    pub(super) scheduled: usize,
    pub(super) deferred: usize,
    pub(super) dead: usize,
    /// For how long the task that is next has waited, in milliseconds.
    oldest_ms: Option<i64>,
}

impl Queued {
    /// From the queue's own count.
    pub(super) fn of(standing: &Standing) -> Self {
        Self {
            ready: standing.ready,
            running: standing.running,
            scheduled: standing.scheduled,
            deferred: standing.deferred,
            dead: standing.dead,
            oldest_ms: standing.next_ms.map(|at| clock::wall_ms() - at),
        }
    }

    /// In one line.
    pub(super) fn told(&self) -> String {
        let parts: Vec<String> = [
            (self.running, "running"),
            (self.ready, "ready"),
            (self.scheduled, "scheduled"),
            (self.deferred, "deferred"),
            (self.dead, "dead"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{count} {name}"))
        .collect();
        if parts.is_empty() {
            return "empty".to_owned();
        }
        let oldest = self
            .oldest_ms
            .map(|ms| format!(", the next waits for {}", span(ms)))
            .unwrap_or_default();
        format!("{}{oldest}", parts.join(", "))
    }
}
