//! Stops giving work to a tool that keeps failing. Pure.
//!
//! One breaker per tool and version. It opens when more than half of the last 20 runs
//! or 5 in a row failed; a finding is no failure. While it is open nothing is let
//! through for 30 s, doubling with every further opening up to 10 minutes; then it is
//! half-open and lets one run through at a time. Two successes close it, a failure
//! opens it again. It can be stored, so that a restart does not forget a broken tool.

use serde::{Deserialize, Serialize};

/// How many runs are remembered.
const WINDOW: u32 = 20;
/// How many failures in a row open it.
const ROW: u32 = 5;
/// How long it is open at first, in milliseconds.
const FIRST_MS: i64 = 30_000;
/// How long it is open at most, in milliseconds.
const LONGEST_MS: i64 = 600_000;
/// How many successes close a half-open one.
const ENOUGH: u32 = 2;
/// A run that was let through a half-open breaker and never came back stops counting
/// after this time, in milliseconds.
const LOST_MS: i64 = 120_000;

/// The state of one breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Breaker {
    /// Everything is let through.
    Closed {
        /// The last runs, the newest in the lowest bit; 1 is a failure.
        runs: u32,
        /// How many of the bits count.
        known: u32,
        /// How often it opened without having been sound in between.
        openings: u32,
    },
    /// Nothing is let through.
    Open {
        /// Until when, in milliseconds since the epoch.
        until_ms: i64,
        /// How often it has opened in a row.
        openings: u32,
    },
    /// One run at a time is let through.
    HalfOpen {
        /// Since when one is under way.
        trial_ms: Option<i64>,
        /// How many have succeeded.
        successes: u32,
        /// How often it has opened in a row.
        openings: u32,
    },
}

/// Whether a run may begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It may.
    Go,
    /// Not before a time, in milliseconds since the epoch.
    Wait {
        /// When to ask again.
        until_ms: i64,
    },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed {
            runs: 0,
            known: 0,
            openings: 0,
        }
    }
}

impl Breaker {
    /// `closed`, `open` or `half-open`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "closed",
            Self::Open { .. } => "open",
            Self::HalfOpen { .. } => "half-open",
        }
    }

    /// Asks for a run; what is let through must be answered by [`outcome`](Self::outcome).
    pub fn admit(&mut self, now_ms: i64) -> Admission {
        if let Self::Open { until_ms, openings } = *self
            && now_ms >= until_ms
        {
            *self = Self::HalfOpen {
                trial_ms: None,
                successes: 0,
                openings,
            };
        }
        match self {
            Self::Closed { .. } => Admission::Go,
            Self::Open { until_ms, .. } => Admission::Wait {
                until_ms: *until_ms,
            },
            Self::HalfOpen { trial_ms, .. } => match *trial_ms {
                Some(begun) if now_ms < begun + LOST_MS => Admission::Wait {
                    until_ms: begun + LOST_MS,
                },
                _ => {
                    *trial_ms = Some(now_ms);
                    Admission::Go
                }
            },
        }
    }

    /// Takes in how a run ended. Runs that were let through before it opened and end
    /// later change nothing.
    pub fn outcome(&mut self, success: bool, now_ms: i64) {
        match *self {
            Self::Closed {
                runs,
                known,
                openings,
            } => {
                let runs = (runs << 1 | u32::from(!success)) & ((1 << WINDOW) - 1);
                let known = (known + 1).min(WINDOW);
                let row = runs.trailing_ones() >= ROW;
                let half = known == WINDOW && runs.count_ones() * 2 > WINDOW;
                *self = if row || half {
                    Self::opened(openings, now_ms)
                } else {
                    // A full window without opening is health: the next opening is
                    // a first one again.
                    let openings = if known == WINDOW { 0 } else { openings };
                    Self::Closed {
                        runs,
                        known,
                        openings,
                    }
                };
            }
            Self::Open { .. } => {}
            Self::HalfOpen { openings, .. } if !success => *self = Self::opened(openings, now_ms),
            Self::HalfOpen {
                successes,
                openings,
                ..
            } => {
                *self = if successes + 1 >= ENOUGH {
                    Self::Closed {
                        runs: 0,
                        known: 0,
                        openings,
                    }
                } else {
                    Self::HalfOpen {
                        trial_ms: None,
                        successes: successes + 1,
                        openings,
                    }
                };
            }
        }
    }

    fn opened(openings: u32, now_ms: i64) -> Self {
        let length = (FIRST_MS << openings.min(10)).min(LONGEST_MS);
        Self::Open {
            until_ms: now_ms + length,
            openings: openings.saturating_add(1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(outcomes: &str) -> Breaker {
        let mut breaker = Breaker::default();
        for outcome in outcomes.chars() {
            breaker.outcome(outcome == '.', 0);
        }
        breaker
    }

    #[test]
    fn it_opens_by_a_row_or_by_more_than_half() {
        for (outcomes, name) in [
            ("", "closed"),
            ("xxxx", "closed"),
            ("xxxxx", "open"),
            ("xxxx.xxxx.xxxx", "closed"),
            // 10 of 20 are not more than half, 11 are.
            ("x.x.x.x.x.x.x.x.x.x.", "closed"),
            ("xx.x.x.x.x.x.x.x.x.x", "open"),
            // Too few runs for a share.
            ("xxx.xxx.xxx", "closed"),
        ] {
            assert_eq!(after(outcomes).name(), name, "{outcomes}");
        }
    }

    #[test]
    fn it_lets_one_through_and_closes_after_two() {
        let mut breaker = after("xxxxx");
        let until_ms = FIRST_MS;
        assert_eq!(breaker.admit(29_999), Admission::Wait { until_ms });
        assert_eq!(breaker.admit(30_000), Admission::Go);
        assert_eq!(breaker.name(), "half-open");
        assert!(matches!(breaker.admit(30_001), Admission::Wait { .. }));
        breaker.outcome(true, 30_010);
        assert_eq!(breaker.admit(30_020), Admission::Go);
        breaker.outcome(true, 30_030);
        assert_eq!(breaker.name(), "closed");
    }

    #[test]
    fn a_lost_trial_does_not_block_for_ever() {
        let mut breaker = after("xxxxx");
        assert_eq!(breaker.admit(30_000), Admission::Go);
        assert_eq!(breaker.admit(30_000 + LOST_MS), Admission::Go);
    }

    #[test]
    fn it_stays_open_longer_each_time() {
        let mut breaker = after("xxxxx");
        let mut lengths = Vec::new();
        let mut now = 0;
        for _ in 0..7 {
            let Breaker::Open { until_ms, .. } = breaker else {
                panic!("{breaker:?}");
            };
            lengths.push((until_ms - now) / 1_000);
            now = until_ms;
            assert_eq!(breaker.admit(now), Admission::Go);
            breaker.outcome(false, now);
        }
        assert_eq!(lengths, [30, 60, 120, 240, 480, 600, 600]);
    }

    #[test]
    fn it_survives_being_stored() {
        for outcomes in ["..x", "xxxxx"] {
            let breaker = after(outcomes);
            let text = serde_json::to_string(&breaker).unwrap();
            assert_eq!(serde_json::from_str::<Breaker>(&text).unwrap(), breaker);
        }
    }
}
