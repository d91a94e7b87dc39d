//! Which task is next: by a virtual deadline. Pure.
//!
//! A task's deadline is the time it was first seen plus a weight by its priority; the
//! earliest deadline runs first, then the lowest id. Since a deadline never changes
//! while the task waits, it is an index and needs no periodic update, and it ages by
//! itself: a task of priority p can only be overtaken by tasks of a priority q that
//! were first seen less than `weight(p) - weight(q)` after it. So an endless stream of
//! critical work delays a low task by at most `60 s - 0 s` = 60 s of arrivals
//! ([`starvation_ms`]), after which everything that still arrives queues behind it.

use serde::{Deserialize, Serialize};

/// How much a task matters; the first is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Priority {
    /// A person waits for it.
    Critical,
    /// A retry of normal work, or work that was asked for.
    High,
    /// A commit.
    Normal,
    /// A sweep, when nothing else is to be done.
    Low,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Critical, Self::High, Self::Normal, Self::Low];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Normal => "normal",
            Self::Low => "low",
        }
    }

    /// What a virtual deadline adds, in milliseconds.
    pub fn weight_ms(self) -> i64 {
        match self {
            Self::Critical => 0,
            Self::High => 2_000,
            Self::Normal => 10_000,
            Self::Low => 60_000,
        }
    }

    /// One step more urgent, as a retry is; critical stays.
    #[must_use]
    pub fn raised(self) -> Self {
        match self {
            Self::Critical | Self::High => Self::Critical,
            Self::Normal => Self::High,
            Self::Low => Self::Normal,
        }
    }
}

/// The virtual deadline of a task first seen at a time, both in milliseconds.
pub fn deadline_ms(first_seen_ms: i64, priority: Priority) -> i64 {
    first_seen_ms.saturating_add(priority.weight_ms())
}

/// For how long, in milliseconds, arrivals of priority `other` can still overtake a
/// task of this priority.
pub fn starvation_ms(priority: Priority, other: Priority) -> i64 {
    (priority.weight_ms() - other.weight_ms()).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_urgent_runs_first_until_the_other_has_aged() {
        // (first seen, priority) of two tasks; whether the first of them runs first.
        for (one, other, first) in [
            ((0, Priority::Critical), (0, Priority::Low), true),
            ((0, Priority::Low), (0, Priority::Critical), false),
            ((0, Priority::Low), (59_999, Priority::Critical), false),
            ((0, Priority::Low), (60_001, Priority::Critical), true),
            ((0, Priority::Normal), (7_999, Priority::High), false),
            ((0, Priority::Normal), (8_001, Priority::High), true),
        ] {
            let before = deadline_ms(one.0, one.1) < deadline_ms(other.0, other.1);
            assert_eq!(before, first, "{one:?} {other:?}");
        }
    }

    #[test]
    fn an_endless_stream_delays_by_the_bound_and_no_more() {
        for low in Priority::ALL {
            for stream in Priority::ALL {
                let mine = deadline_ms(0, low);
                let last = (0..100_000)
                    .take_while(|at| deadline_ms(*at, stream) < mine)
                    .last();
                let bound = starvation_ms(low, stream);
                assert_eq!(last.map_or(0, |at| at + 1), bound, "{low:?} {stream:?}");
            }
        }
    }

    #[test]
    fn a_retry_is_raised_one_step() {
        let raised: Vec<_> = Priority::ALL.iter().map(|one| one.raised()).collect();
        assert_eq!(
            raised,
            [
                Priority::Critical,
                Priority::Critical,
                Priority::High,
                Priority::Normal
            ]
        );
    }
}
