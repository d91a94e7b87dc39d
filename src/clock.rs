//! The only place that asks the time.
//!
//! Pure code takes a time as an argument; code with side effects asks here, so
//! that a reader can find every dependence on the clock by one name.

#![expect(clippy::disallowed_methods, reason = "this is the home of the clock")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A point on the monotonic clock, for durations and deadlines.
pub fn now() -> Instant {
    Instant::now()
}

/// How long ago a point on the monotonic clock was.
pub fn since(begun: Instant) -> Duration {
    begun.elapsed()
}

/// How long ago a time of a file was, by the wall clock; nothing for one in the future.
pub fn age(at: SystemTime) -> Duration {
    SystemTime::now().duration_since(at).unwrap_or_default()
}

/// Milliseconds since the Unix epoch, for records that people read. The wall
/// clock may jump; never subtract two of these to get a duration that matters.
pub fn wall_ms() -> i64 {
    #[cfg(any(debug_assertions, feature = "crash-points"))]
    if let Some(held) = held::at() {
        return held;
    }
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Lets [`wall_ms`] say what a test wants, in this process and until it is said otherwise:
/// the wall clock may stand still or jump. There is no such thing in a release.
#[cfg(any(debug_assertions, feature = "crash-points"))]
pub fn hold_wall(at_ms: Option<i64>) {
    held::hold(at_ms);
}

#[cfg(any(debug_assertions, feature = "crash-points"))]
mod held {
    use std::sync::atomic::{AtomicI64, Ordering};

    /// A time that no clock shows.
    const FREE: i64 = i64::MIN;

    static HELD: AtomicI64 = AtomicI64::new(FREE);

    pub(super) fn at() -> Option<i64> {
        Some(HELD.load(Ordering::Relaxed)).filter(|at| *at != FREE)
    }

    pub(super) fn hold(at_ms: Option<i64>) {
        HELD.store(at_ms.unwrap_or(FREE), Ordering::Relaxed);
    }
}
