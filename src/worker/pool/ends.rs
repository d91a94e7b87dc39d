//! What happens to the work of a worker that has died, and of a slot that is closed.

use std::collections::VecDeque;
use std::time::Duration;

use super::Shared;
use crate::fixers::Trouble;
use crate::worker::slot::Running;
use crate::worker::task::Task;

/// Deaths that one file may cause.
const MAX_CRASHES: u8 = 2;

impl Shared {
    /// Deals with what a dead worker had: the first unanswered file is the one it
    /// died on; that one is tried once more, the others are as good as new.
    pub(super) fn bury(&self, slot: usize, mut running: Running, reason: &str) {
        let (status, tail) = running.end();
        let mut tasks = std::mem::take(&mut running.in_flight);
        if tasks.len() > 1 && tasks.front().is_some_and(|task| task.together) {
            // Which of them the program choked on nobody can say; smaller
            // batches will.
            let half = tasks.len().div_ceil(2);
            for task in &mut tasks {
                task.at_most = half;
            }
        } else if let Some(mut culprit) = tasks.pop_front() {
            culprit.crashes += 1;
            if culprit.crashes >= MAX_CRASHES {
                let mut story = format!("the worker {reason} ({status}) on this file, twice");
                let says = |line: &&str| {
                    let line = line.trim();
                    // What every panic ends with says nothing about this one.
                    !line.is_empty() && !line.starts_with("note: run with `RUST_BACKTRACE")
                };
                if let Some(last) = tail.lines().rfind(says) {
                    story = format!("{story}; its last words: {last}");
                }
                self.answer(
                    culprit.job.id,
                    slot,
                    Err(Trouble::Worker { reason: story }),
                    0,
                );
            } else {
                tasks.push_back(culprit);
            }
        }
        self.give_back(tasks);
    }

    pub(super) fn give_back(&self, tasks: impl IntoIterator<Item = Task>) {
        let mut queue = self.lock();
        if queue.abandoned {
            return;
        }
        queue.waiting.extend(tasks);
        drop(queue);
        self.changed.notify_all();
    }

    /// Takes a slot out of use; the last one answers what is still waiting.
    pub(super) fn close_slot(&self, slot: usize, trouble: &Trouble) {
        let mut queue = self.lock();
        queue.open_slots -= 1;
        queue.closed_slots.push(slot);
        queue.obituary = Some(trouble.clone());
        let left = if queue.open_slots == 0 {
            std::mem::take(&mut queue.waiting)
        } else {
            VecDeque::new()
        };
        drop(queue);
        for task in left {
            self.answer(task.job.id, slot, Err(trouble.clone()), 0);
        }
        // Whoever rested behind it moves up.
        self.changed.notify_all();
    }

    /// Waits before the next start, longer after each death: 50 ms, doubling. A
    /// closed pool cuts the wait short.
    pub(super) fn pause(&self, deaths: u32) {
        let wait = Duration::from_millis(50 << deaths.min(6));
        let queue = self.lock();
        let _ = self
            .changed
            .wait_timeout_while(queue, wait, |queue| !queue.closed);
    }
}
