//! How long a failed attempt waits. Pure.
//!
//! Exponential backoff with full jitter: a random part of a ceiling that doubles with
//! every attempt, so that tasks that failed together do not come back together. The
//! ceiling ends at a minute: a fix that waits longer is usually overtaken by the next
//! edit.

use std::time::Duration;

/// The ceiling after the first attempt.
pub const BASE: Duration = Duration::from_millis(250);
/// The highest ceiling.
pub const CAP: Duration = Duration::from_mins(1);

/// The delay after attempt number `attempt` (counted from 1): between nothing and
/// `min(CAP, BASE * 2^(attempt - 1))`, chosen by the seed.
pub fn delay(attempt: u32, seed: u64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(20);
    let ceiling = (BASE * (1 << doublings)).min(CAP);
    let milliseconds = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(scramble(seed) % (milliseconds + 1))
}

/// The finaliser of `SplitMix64` (Steele, Lea and Flood, 2014): neighbouring seeds
/// give unrelated numbers.
fn scramble(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_and_ends() {
        for (attempt, ceiling_ms) in [
            (0, 250),
            (1, 250),
            (2, 500),
            (3, 1_000),
            (8, 32_000),
            (9, 60_000),
            (u32::MAX, 60_000),
        ] {
            let longest = (0..2_000).map(|seed| delay(attempt, seed)).max().unwrap();
            assert!(longest <= Duration::from_millis(ceiling_ms), "{attempt}");
            assert!(longest >= Duration::from_millis(ceiling_ms * 98 / 100));
        }
    }

    #[test]
    fn the_jitter_is_full_and_repeatable() {
        let mean = (0..2_000).map(|seed| delay(3, seed)).sum::<Duration>() / 2_000;
        assert!((450..550).contains(&mean.as_millis()), "{mean:?}");
        assert_eq!(delay(2, 7), delay(2, 7));
    }
}
