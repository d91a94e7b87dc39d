//! Which task is next: by a virtual deadline. Pure.
//!
//! A task's deadline is the time it was first seen plus an offset ([`Urgency::offset_ms`]);
//! the earliest deadline runs first, then the lowest id. The offset is made of
//!
//! | what | milliseconds |
//! |---|---|
//! | priority: critical, high, normal, low | + 0, 2,000, 10,000, 60,000 |
//! | source: a person, a commit, a save, a sweep | + 0, 250, 500, 1,000 |
//! | depth: how many steps of work lie before it | + 20 each, at most 1,000 |
//! | place in the order of a plan | + 20 each |
//! | the longest chain of work that waits for it | − 50 each, at most 5,000 |
//! | how many tasks wait for it directly | − 10 each, at most 1,000 |
//!
//! so that a person's work goes before a commit's, that before a save's and a sweep's; of
//! what waits together the critical path goes first; and a large plan does not stand in
//! front of what comes while it is worked off.
//!
//! Waiting counts by itself: a deadline never becomes later, so it is an index and needs no
//! periodic update, and whatever arrives queues behind what has aged. A task can only be
//! overtaken by tasks that were first seen less than the difference of the two offsets
//! after it ([`starvation_ms`]). Without its place in a plan no offset differs from
//! another by more than [`LONGEST_MS`]: an endless stream of anything delays anything by at
//! most that much of arrivals.

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

/// Who wants it; the first is the most urgent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A person asked.
    Person,
    /// A person has committed.
    Commit,
    /// A file was saved.
    Save,
    /// Everything is gone through.
    Sweep,
}

impl Source {
    /// All of them, the most urgent first.
    pub const ALL: [Self; 4] = [Self::Person, Self::Commit, Self::Save, Self::Sweep];

    /// What a virtual deadline adds, in milliseconds.
    pub fn weight_ms(self) -> i64 {
        match self {
            Self::Person => 0,
            Self::Commit => 250,
            Self::Save => 500,
            Self::Sweep => 1_000,
        }
    }
}

/// What a step of depth and one place in a plan add.
const STEP_MS: i64 = 20;
/// What depth adds at most.
const DEPTH_MS: i64 = 1_000;
/// What one more task in the chain behind a task takes away, and what all of them do at
/// most.
const CHAIN_MS: (i64, i64) = (50, 5_000);
/// The same for one more task that waits for it directly.
pub const DEPENDANT_MS: (i64, i64) = (10, 1_000);

/// By how much two offsets can differ, apart from places in plans, in milliseconds.
pub const LONGEST_MS: i64 = 60_000 + 1_000 + DEPTH_MS + CHAIN_MS.1 + DEPENDANT_MS.1;

/// Everything that decides how soon a task is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Urgency {
    /// How much it matters.
    pub priority: Priority,
    /// Who wants it.
    pub source: Source,
    /// How many steps of work lie before it.
    pub depth: u32,
    /// Its place in the order of a plan, counted from 0.
    pub place: u32,
    /// The longest chain of tasks that wait for it, one for the next.
    pub chain: u32,
    /// How many tasks wait for it directly.
    pub dependants: u32,
}

impl Urgency {
    /// That of a task without an order.
    pub fn of(priority: Priority, source: Source) -> Self {
        Self {
            priority,
            source,
            depth: 0,
            place: 0,
            chain: 0,
            dependants: 0,
        }
    }

    /// What its deadline adds to the time it was first seen, in milliseconds.
    pub fn offset_ms(&self) -> i64 {
        let some = |count: u32, (each, most): (i64, i64)| (i64::from(count) * each).min(most);
        self.priority.weight_ms()
            + self.source.weight_ms()
            + some(self.depth, (STEP_MS, DEPTH_MS))
            + i64::from(self.place) * STEP_MS
            - some(self.chain, CHAIN_MS)
            - some(self.dependants, DEPENDANT_MS)
    }

    /// The virtual deadline of a task first seen at a time, both in milliseconds.
    pub fn deadline_ms(&self, first_seen_ms: i64) -> i64 {
        first_seen_ms.saturating_add(self.offset_ms())
    }
}

/// The virtual deadline of a task without an order, first seen at a time, both in
/// milliseconds.
pub fn deadline_ms(first_seen_ms: i64, priority: Priority, source: Source) -> i64 {
    Urgency::of(priority, source).deadline_ms(first_seen_ms)
}

/// For how long, in milliseconds, arrivals as urgent as `other` can still overtake a task
/// as urgent as `one`.
pub fn starvation_ms(one: &Urgency, other: &Urgency) -> i64 {
    (one.offset_ms() - other.offset_ms()).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(priority: Priority) -> Urgency {
        Urgency::of(priority, Source::Commit)
    }

    /// A grid over everything that counts, the ends of each range included.
    fn all() -> Vec<Urgency> {
        let mut all = Vec::new();
        for priority in Priority::ALL {
            for source in Source::ALL {
                for depth in [0, 1, 49, 50, 1_000_000] {
                    for chain in [0, 1, 99, 100, 1_000_000] {
                        for dependants in [0, 1, 100, u32::MAX] {
                            all.push(Urgency {
                                priority,
                                source,
                                depth,
                                place: 0,
                                chain,
                                dependants,
                            });
                        }
                    }
                }
            }
        }
        all
    }

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
            let due = |(seen, priority)| deadline_ms(seen, priority, Source::Commit);
            assert_eq!(due(one) < due(other), first, "{one:?} {other:?}");
        }
    }

    #[test]
    fn each_part_has_its_direction() {
        let plain = commit(Priority::Normal);
        let sources: Vec<i64> = Source::ALL
            .iter()
            .map(|source| Urgency::of(Priority::Normal, *source).offset_ms())
            .collect();
        assert!(sources.is_sorted_by(|one, next| one < next), "{sources:?}");
        for (other, sooner) in [
            (Urgency { depth: 1, ..plain }, false),
            (Urgency { place: 1, ..plain }, false),
            (Urgency { chain: 1, ..plain }, true),
            (
                Urgency {
                    dependants: 1,
                    ..plain
                },
                true,
            ),
        ] {
            assert_eq!(other.offset_ms() < plain.offset_ms(), sooner, "{other:?}");
        }
        // In a chain each task is due before the one that waits for it.
        let chain = |depth| Urgency {
            depth,
            chain: 99 - depth,
            ..plain
        };
        for depth in 0..99 {
            assert!(chain(depth).offset_ms() < chain(depth + 1).offset_ms());
        }
    }

    #[test]
    fn an_endless_stream_delays_by_the_bound_and_no_more() {
        let all = all();
        for one in &all {
            let mine = one.deadline_ms(0);
            for stream in all.iter().step_by(7) {
                let bound = starvation_ms(one, stream);
                assert!(bound <= LONGEST_MS, "{one:?} {stream:?}");
                // The last that can overtake, and the first that cannot.
                assert!(bound == 0 || stream.deadline_ms(bound - 1) < mine);
                assert!(stream.deadline_ms(bound) >= mine, "{one:?} {stream:?}");
            }
        }
        let least = all.iter().map(Urgency::offset_ms).min().unwrap();
        let most = all.iter().map(Urgency::offset_ms).max().unwrap();
        assert_eq!(most - least, LONGEST_MS, "the bound is reached");
    }

    #[test]
    fn a_plan_lets_through_what_comes_while_it_is_worked_off() {
        let step = |place| Urgency {
            place,
            ..Urgency::of(Priority::Low, Source::Sweep)
        };
        // Ten thousand files at fifty a second, and a commit after any of them.
        for place in 0..10_000 {
            let now = i64::from(place) * STEP_MS;
            assert!(commit(Priority::High).deadline_ms(now) < step(place).deadline_ms(0));
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
