//! When a file that changes has come to rest. Pure.
//!
//! Every change of a path moves its due time to a quiet time later, but never beyond
//! a ceiling from its first change, so that a file that is saved for ever is looked
//! at, too. Where more paths change than anybody saves by hand (a branch switch),
//! single paths are forgotten for one rescan of everything.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::repo::RepoPath;

/// Above so many paths that wait at once, they become one rescan.
pub const FLOOD: usize = 2000;

/// What has come to rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rest {
    /// These files, in order of path.
    Paths(Vec<RepoPath>),
    /// Too many to name: look at all.
    Rescan,
}

/// The changes that have not come to rest yet.
#[derive(Debug)]
pub struct Settle {
    quiet: Duration,
    ceiling: Duration,
    flood: usize,
    paths: BTreeMap<RepoPath, Times>,
    /// The flood, if there is one: it rests as a file does.
    all: Option<Times>,
}

/// Of changes of one thing.
#[derive(Debug, Clone, Copy)]
struct Times {
    first: Instant,
    last: Instant,
}

impl Settle {
    /// Other times from now on, also for what has changed already.
    pub fn set(&mut self, quiet: Duration, ceiling: Duration) {
        (self.quiet, self.ceiling) = (quiet, ceiling);
    }

    /// Nothing has changed yet. A path is due `quiet` after its last change, and at
    /// most `ceiling` after its first one; [`FLOOD`] paths become a rescan.
    pub fn new(quiet: Duration, ceiling: Duration) -> Self {
        Self::with_flood(quiet, ceiling, FLOOD)
    }

    /// The same with another number of paths that make a flood.
    pub fn with_flood(quiet: Duration, ceiling: Duration, flood: usize) -> Self {
        Self {
            quiet,
            ceiling,
            flood,
            paths: BTreeMap::new(),
            all: None,
        }
    }

    /// A path changed at `now`.
    pub fn touch(&mut self, path: RepoPath, now: Instant) {
        if let Some(all) = &mut self.all {
            all.last = now;
            return;
        }
        let times = Times {
            first: now,
            last: now,
        };
        self.paths.entry(path).or_insert(times).last = now;
        if self.paths.len() > self.flood {
            self.rescan(now);
        }
    }

    /// Something changed at `now`, nobody knows what: events were lost.
    pub fn rescan(&mut self, now: Instant) {
        let first = self.paths.values().map(|times| times.first).min();
        let all = self.all.get_or_insert(Times {
            first: first.unwrap_or(now),
            last: now,
        });
        all.last = now;
        self.paths.clear();
    }

    /// Takes out the paths that are at rest at `now`, in order of path; while a flood
    /// waits or is due there are none, see [`rest`](Self::rest).
    pub fn due(&mut self, now: Instant) -> Vec<RepoPath> {
        let (quiet, ceiling) = (self.quiet, self.ceiling);
        let due: Vec<RepoPath> = self
            .paths
            .iter()
            .filter(|(_, times)| times.due(quiet, ceiling) <= now)
            .map(|(path, _)| path.clone())
            .collect();
        for path in &due {
            self.paths.remove(path);
        }
        due
    }

    /// Takes out what is at rest at `now`; `None` if nothing is.
    pub fn rest(&mut self, now: Instant) -> Option<Rest> {
        if let Some(all) = self.all {
            if all.due(self.quiet, self.ceiling) > now {
                return None;
            }
            self.all = None;
            return Some(Rest::Rescan);
        }
        let due = self.due(now);
        (!due.is_empty()).then_some(Rest::Paths(due))
    }

    /// When the next thing comes to rest; `None` if nothing waits.
    pub fn next(&self) -> Option<Instant> {
        self.paths
            .values()
            .chain(&self.all)
            .map(|times| times.due(self.quiet, self.ceiling))
            .min()
    }

    /// How many paths wait; a flood counts as one.
    pub fn len(&self) -> usize {
        self.paths.len() + usize::from(self.all.is_some())
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets a path: it was dealt with otherwise.
    pub fn forget(&mut self, path: &RepoPath) {
        self.paths.remove(path);
    }
}

impl Times {
    fn due(&self, quiet: Duration, ceiling: Duration) -> Instant {
        (self.last + quiet).min(self.first + ceiling)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Rest, Settle};
    use crate::repo::RepoPath;

    fn path(name: &str) -> RepoPath {
        RepoPath::new(name).unwrap()
    }

    fn ms(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn a_path_is_due_after_a_quiet_time_or_at_the_ceiling() {
        #[expect(clippy::disallowed_methods, reason = "any point in time will do")]
        let zero = Instant::now();
        for (touches, due) in [
            (vec![0], 700),
            (vec![0, 500], 1200),
            (vec![0, 699, 1398], 2098),
            (vec![0, 600, 1200, 1800, 2400, 3000, 3600, 4200, 4800], 5000),
        ] {
            let mut settle = Settle::new(ms(700), ms(5000));
            for at in &touches {
                settle.touch(path("a.py"), zero + ms(*at));
            }
            assert_eq!(settle.next(), Some(zero + ms(due)), "{touches:?}");
            assert!(settle.due(zero + ms(due - 1)).is_empty(), "{touches:?}");
            assert_eq!(settle.due(zero + ms(due)), [path("a.py")], "{touches:?}");
            assert!(settle.is_empty() && settle.next().is_none());
        }
    }

    #[test]
    fn paths_settle_each_for_itself() {
        #[expect(clippy::disallowed_methods, reason = "any point in time will do")]
        let zero = Instant::now();
        let mut settle = Settle::new(ms(100), ms(1000));
        settle.touch(path("b.py"), zero);
        settle.touch(path("a.py"), zero + ms(50));
        settle.touch(path("c.py"), zero + ms(60));
        settle.forget(&path("c.py"));
        assert_eq!(settle.next(), Some(zero + ms(100)));
        let rest = settle.rest(zero + ms(100));
        assert_eq!(rest, Some(Rest::Paths(vec![path("b.py")])));
        assert_eq!(settle.rest(zero + ms(149)), None);
        let rest = settle.rest(zero + ms(200));
        assert_eq!(rest, Some(Rest::Paths(vec![path("a.py")])));
    }

    #[test]
    fn a_flood_is_one_rescan() {
        #[expect(clippy::disallowed_methods, reason = "any point in time will do")]
        let zero = Instant::now();
        let mut settle = Settle::with_flood(ms(100), ms(1000), 3);
        for number in 0..5 {
            settle.touch(path(&format!("{number}.py")), zero + ms(10 * number));
        }
        assert_eq!(settle.len(), 1);
        assert!(settle.due(zero + ms(500)).is_empty());
        settle.touch(path("late.py"), zero + ms(90));
        settle.rescan(zero + ms(95));
        assert_eq!(settle.next(), Some(zero + ms(195)));
        assert_eq!(settle.rest(zero + ms(194)), None);
        assert_eq!(settle.rest(zero + ms(195)), Some(Rest::Rescan));
        assert!(settle.is_empty());
        settle.rescan(zero + ms(300));
        for more in 0..20 {
            settle.rescan(zero + ms(300 + 90 * more));
        }
        assert_eq!(
            settle.next(),
            Some(zero + ms(1300)),
            "the ceiling holds here, too"
        );
    }
}
