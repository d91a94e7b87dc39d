//! How much is done over the last minutes, and how long it takes. Pure.

use std::collections::VecDeque;

use crate::queue::Quantiles;

/// How long a step of the curve is, in milliseconds.
pub(super) const STEP_MS: i64 = 5_000;
/// How many steps the curve has.
pub(super) const STEPS: usize = 60;
/// Of how many files the times are kept.
const KEPT: usize = 500;

/// Files that went through the workers.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    /// How many in each step, the number of the step first; without empty ones.
    steps: VecDeque<(i64, u32)>,
    /// How long the last ones took, in milliseconds.
    took: VecDeque<i64>,
}

impl Flow {
    /// A file is through.
    pub(super) fn add(&mut self, at_ms: i64, took_ms: i64) {
        let step = at_ms.div_euclid(STEP_MS);
        match self.steps.back_mut() {
            // A clock that goes back counts where it was.
            Some((last, count)) if *last >= step => *count += 1,
            _ => self.steps.push_back((step, 1)),
        }
        while self.steps.len() > STEPS {
            self.steps.pop_front();
        }
        self.took.push_back(took_ms);
        while self.took.len() > KEPT {
            self.took.pop_front();
        }
    }

    /// The curve as it is now, the newest step last.
    pub(super) fn curve(&self, now_ms: i64) -> Vec<u32> {
        let now = now_ms.div_euclid(STEP_MS);
        let mut curve = vec![0; STEPS];
        for (step, count) in &self.steps {
            let back = usize::try_from((now - step).max(0)).unwrap_or(usize::MAX);
            if let Some(place) = STEPS.checked_sub(1).and_then(|last| last.checked_sub(back)) {
                curve[place] += count;
            }
        }
        curve
    }

    /// How many are through in the last minute.
    pub(super) fn per_minute(&self, now_ms: i64) -> u32 {
        let minute = usize::try_from(60_000 / STEP_MS).unwrap_or(1);
        self.curve(now_ms).iter().rev().take(minute).sum()
    }

    /// How long the last ones took.
    pub(super) fn took(&self) -> Quantiles {
        Quantiles::of(self.took.iter().copied().collect())
    }

    /// When the curve looks otherwise although nothing happens; `None` when it is flat.
    pub(super) fn next_change(&self, now_ms: i64) -> Option<i64> {
        let flat = self.curve(now_ms).iter().all(|count| *count == 0);
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
        let end = |now: i64| flow.curve(now)[STEPS - 5..].to_vec();
        assert_eq!(end(3 * STEP_MS + 7), [0, 2, 1, 0, 1]);
        assert_eq!(end(4 * STEP_MS), [2, 1, 0, 1, 0]);
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
        assert_eq!(flow.curve(9_999 * STEP_MS), vec![1; STEPS]);
        assert_eq!(flow.took().count, 500);
        // A clock that was set back.
        flow.add(0, 1);
        assert_eq!(flow.curve(9_999 * STEP_MS)[STEPS - 1], 2);
    }
}
