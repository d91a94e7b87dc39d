//! How much is done over the last minutes, and how long it takes. Pure.

use std::collections::VecDeque;

use crate::queue::Quantiles;

/// How long a step of the curve is, in milliseconds.
pub(super) const STEP_MS: i64 = 5_000;
/// How many steps the curve has.
pub(super) const STEPS: usize = 60;
/// Of how many files the times are kept.
const KEPT: usize = 500;

/// A step of the curves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Step {
    /// Its number since the epoch.
    number: i64,
    /// How many files went through in it.
    files: u32,
    /// How long the slowest of them took, in milliseconds.
    slowest: u32,
}

/// Files that went through the workers.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    /// The steps that are not empty, the oldest first.
    steps: VecDeque<Step>,
    /// How long the last ones took, in milliseconds.
    took: VecDeque<i64>,
}

impl Flow {
    /// A file is through.
    pub(super) fn add(&mut self, at_ms: i64, took_ms: i64) {
        let number = at_ms.div_euclid(STEP_MS);
        let slowest = u32::try_from(took_ms.max(0)).unwrap_or(u32::MAX);
        match self.steps.back_mut() {
            // A clock that goes back counts where it was.
            Some(last) if last.number >= number => {
                last.files += 1;
                last.slowest = last.slowest.max(slowest);
            }
            _ => self.steps.push_back(Step {
                number,
                files: 1,
                slowest,
            }),
        }
        while self.steps.len() > STEPS {
            self.steps.pop_front();
        }
        self.took.push_back(took_ms);
        while self.took.len() > KEPT {
            self.took.pop_front();
        }
    }

    /// How many files went through in each step, the newest step last.
    pub(super) fn files(&self, now_ms: i64) -> Vec<u32> {
        let mut curve = vec![0; STEPS];
        for (place, step) in self.seen(now_ms) {
            curve[place] += step.files;
        }
        curve
    }

    /// How long the slowest file of each step took, in milliseconds, the newest step last.
    pub(super) fn slowest(&self, now_ms: i64) -> Vec<u32> {
        let mut curve = vec![0; STEPS];
        for (place, step) in self.seen(now_ms) {
            curve[place] = step.slowest.max(curve[place]);
        }
        curve
    }

    /// The steps that a curve shows, with their places in it. One that is yet to come, by a
    /// clock that was set back, is at the end.
    fn seen(&self, now_ms: i64) -> impl Iterator<Item = (usize, &Step)> {
        let now = now_ms.div_euclid(STEP_MS);
        self.steps.iter().filter_map(move |step| {
            let back = usize::try_from((now - step.number).max(0)).ok()?;
            Some((STEPS.checked_sub(1 + back)?, step))
        })
    }

    /// How many are through in the last minute.
    pub(super) fn per_minute(&self, now_ms: i64) -> u32 {
        let minute = usize::try_from(60_000 / STEP_MS).unwrap_or(1);
        self.files(now_ms).iter().rev().take(minute).sum()
    }

    /// How long the last ones took.
    pub(super) fn took(&self) -> Quantiles {
        Quantiles::of(self.took.iter().copied().collect())
    }

    /// When the curve looks otherwise although nothing happens; `None` when it is flat.
    pub(super) fn next_change(&self, now_ms: i64) -> Option<i64> {
        let flat = self.seen(now_ms).next().is_none();
        (!flat).then_some((now_ms.div_euclid(STEP_MS) + 1) * STEP_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::{Flow, STEP_MS, STEPS};

    #[test]
    fn the_curve_goes_to_the_left_until_it_is_flat() {
        let mut flow = Flow::default();
        assert_eq!(flow.next_change(0), None);
        for at in [0, 1, STEP_MS, 3 * STEP_MS] {
            flow.add(at, at);
        }
        let end = |now: i64| flow.files(now)[STEPS - 5..].to_vec();
        let slow = |now: i64| flow.slowest(now)[STEPS - 5..].to_vec();
        assert_eq!(end(3 * STEP_MS + 7), [0, 2, 1, 0, 1]);
        assert_eq!(end(4 * STEP_MS), [2, 1, 0, 1, 0]);
        assert_eq!(slow(4 * STEP_MS), [1, 5_000, 0, 15_000, 0]);
        assert_eq!(flow.per_minute(4 * STEP_MS), 4);
        assert_eq!(flow.per_minute(14 * STEP_MS), 1);
        assert_eq!(flow.next_change(4 * STEP_MS + 1), Some(5 * STEP_MS));
        let steps = i64::try_from(STEPS).unwrap();
        assert_eq!(flow.next_change((steps + 4) * STEP_MS), None);
        assert_eq!(flow.took().p50, 1);
    }

    #[test]
    fn it_is_bounded() {
        let mut flow = Flow::default();
        for at in 0..10_000 {
            flow.add(at * STEP_MS, at);
        }
        assert_eq!(flow.files(9_999 * STEP_MS), vec![1; STEPS]);
        assert_eq!(flow.took().count, 500);
        // A clock that was set back.
        flow.add(0, 1);
        assert_eq!(flow.files(9_999 * STEP_MS)[STEPS - 1], 2);
    }
}
