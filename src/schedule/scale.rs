//! How many workers a stage should have. Pure.
//!
//! Utilisation is the waiting tasks over what the workers may have waiting
//! ([`TARGET`] each). Above [`UP`] one is started, below [`DOWN`] one that is idle is
//! stopped; between the two nothing changes, and neither does it within a cool-down
//! after the last change, so that a burst does not make the pool swing.

use serde::{Deserialize, Serialize};

/// Waiting tasks per worker.
pub const TARGET: usize = 4;
/// Above this utilisation the pool grows.
pub const UP: f64 = 0.8;
/// Below this utilisation the pool shrinks.
pub const DOWN: f64 = 0.2;
/// How long the pool rests after it has grown, in milliseconds.
pub const COOL_UP_MS: i64 = 100;
/// How long the pool rests after any change before it shrinks, in milliseconds.
pub const COOL_DOWN_MS: i64 = 5_000;

/// What a decision is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Tasks of the stage that could run now and do not.
    pub waiting: usize,
    /// Workers of the stage.
    pub workers: usize,
    /// Those of them that run a task.
    pub busy: usize,
    /// The fewest workers.
    pub min: usize,
    /// The most workers; wins over `min`.
    pub max: usize,
    /// The time since the number of workers changed, in milliseconds; `None` if it
    /// never did.
    pub since_change_ms: Option<i64>,
}

/// What to do with the number of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scale {
    /// Nothing.
    Keep,
    /// Start this many.
    Up(usize),
    /// Stop this many idle ones.
    Down(usize),
}

/// Waiting tasks over what the workers may have waiting; `None` without workers.
pub fn utilisation(waiting: usize, workers: usize) -> Option<f64> {
    (workers > 0).then(|| waiting as f64 / (workers * TARGET) as f64)
}

/// Decides. The bounds are kept at once, without regard to the cool-down; so does
/// work that has no worker at all get one at once.
pub fn decide(load: &Load) -> Scale {
    let min = load.min.min(load.max);
    if load.workers < min {
        return Scale::Up(min - load.workers);
    }
    if load.workers > load.max {
        return Scale::Down(load.workers - load.max);
    }
    let rested = |rest| load.since_change_ms.is_none_or(|since| since >= rest);
    match utilisation(load.waiting, load.workers) {
        None if load.waiting > 0 && load.max > 0 => Scale::Up(1),
        Some(share) if share > UP && load.workers < load.max && rested(COOL_UP_MS) => Scale::Up(1),
        Some(share)
            if share < DOWN
                && load.workers > min
                && load.busy < load.workers
                && rested(COOL_DOWN_MS) =>
        {
            Scale::Down(1)
        }
        _ => Scale::Keep,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pool_follows_the_load_between_its_bounds() {
        // waiting, workers, busy, min, max, since the change
        for (waiting, workers, busy, min, max, since, expected) in [
            (0, 0, 0, 0, 4, None, Scale::Keep),
            (1, 0, 0, 0, 4, None, Scale::Up(1)),
            (1, 0, 0, 0, 4, Some(0), Scale::Up(1)),
            (1, 0, 0, 0, 0, None, Scale::Keep),
            (3, 1, 1, 0, 4, None, Scale::Keep),
            (4, 1, 1, 0, 4, None, Scale::Up(1)),
            (4, 1, 1, 0, 4, Some(99), Scale::Keep),
            (4, 1, 1, 0, 4, Some(100), Scale::Up(1)),
            (400, 4, 4, 0, 4, None, Scale::Keep),
            (0, 2, 0, 0, 4, Some(4_999), Scale::Keep),
            (0, 2, 0, 0, 4, Some(5_000), Scale::Down(1)),
            (0, 2, 2, 0, 4, None, Scale::Keep),
            (1, 2, 1, 0, 4, None, Scale::Down(1)),
            (2, 2, 1, 0, 4, None, Scale::Keep),
            (0, 1, 0, 1, 4, None, Scale::Keep),
            (0, 0, 0, 2, 4, None, Scale::Up(2)),
            (9, 5, 5, 0, 3, Some(0), Scale::Down(2)),
            (0, 0, 0, 3, 1, None, Scale::Up(1)),
        ] {
            let load = Load {
                waiting,
                workers,
                busy,
                min,
                max,
                since_change_ms: since,
            };
            assert_eq!(decide(&load), expected, "{load:?}");
        }
    }
}
