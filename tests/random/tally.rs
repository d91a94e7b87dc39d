//! What a run came to.

use std::fmt;
use std::time::Duration;

use crate::back::Back;

/// What a run came to.
#[derive(Default, Clone)]
pub(crate) struct Tally {
    pub(crate) commands: u64,
    pub(crate) commits: u64,
    pub(crate) landings: u64,
    /// Commits that were laid out while they were made.
    pub(crate) tidied: u64,
    /// Commands that failed because of a lock or of a branch that had moved.
    pub(crate) harmed: u64,
    pub(crate) lines: u64,
    /// How often `hive fix` ran meanwhile.
    pub(crate) fixes: u64,
    /// The longest time that a line was away.
    pub(crate) away: Duration,
    pub(crate) said: Vec<String>,
    pub(crate) back: Back,
}

impl Tally {
    pub(crate) fn plus(mut self, other: &Self) -> Self {
        self.commands += other.commands;
        self.commits += other.commits;
        self.landings += other.landings;
        self.tidied += other.tidied;
        self.harmed += other.harmed;
        self.lines += other.lines;
        self.fixes += other.fixes;
        self.away = self.away.max(other.away);
        self.said.extend(other.said.iter().cloned());
        self.back.taken += other.back.taken;
        self.back.refused += other.back.refused;
        self.back.files += other.back.files;
        self.back.left += other.back.left;
        self
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} git commands, {} of them commits ({} tidied), {} landings, {} runs of hive fix, {} lines \
             written, none lost (longest away {} ms), {} failures that a person sees ({:.1} of \
             1,000)",
            self.commands,
            self.commits,
            self.tidied,
            self.landings,
            self.fixes,
            self.lines,
            self.away.as_millis(),
            self.harmed,
            self.harmed as f64 * 1000.0 / (self.commands.max(1)) as f64,
        )?;
        let back = &self.back;
        write!(
            f,
            "; {} landings taken back one by one ({} refused): {} files as the person had \
             them, {} left as they were",
            back.taken, back.refused, back.files, back.left
        )?;
        for said in &self.said {
            write!(f, "\n  {said}")?;
        }
        Ok(())
    }
}
