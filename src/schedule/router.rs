//! Where a file goes when it has finished a stage. Pure.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A stage of the work on one file, in the order in which a file goes through them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Linter, imports, format.
    Qa,
    /// The Golden Rules.
    Golden,
    /// Work for a worker that is not hive's own. No file goes here by itself, and no agent
    /// takes anything from here.
    External,
}

impl Stage {
    /// The stages that a file goes through, in their order: those of the agent.
    pub const ALL: [Self; 2] = [Self::Qa, Self::Golden];

    /// The name, as in subjects of commits.
    pub fn name(self) -> &'static str {
        match self {
            Self::Qa => "qa",
            Self::Golden => "golden",
            Self::External => "external",
        }
    }

    /// The name of its n-th worker, counted from 1.
    pub fn worker(self, number: usize) -> String {
        format!("{}-{number}", self.name().to_uppercase())
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no stage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no stage: say qa, golden or external")]
pub struct NoStage(String);

impl FromStr for Stage {
    type Err = NoStage;

    fn from_str(text: &str) -> Result<Self, NoStage> {
        Self::ALL
            .into_iter()
            .chain([Self::External])
            .find(|stage| stage.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| NoStage(text.to_owned()))
    }
}

/// Which stages are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    /// Whether files go through `qa`.
    pub qa: bool,
    /// Whether files go through `golden`.
    pub golden: bool,
}

impl Route {
    /// The first stage of a file; `None` if no stage is active.
    pub fn first(self) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| self.has(*stage))
    }

    /// The stage after one; `None` after the last. A file that finishes a stage that
    /// was switched off meanwhile goes on all the same.
    pub fn after(self, stage: Stage) -> Option<Stage> {
        Stage::ALL
            .into_iter()
            .find(|next| *next > stage && self.has(*next))
    }

    fn has(self, stage: Stage) -> bool {
        match stage {
            Stage::Qa => self.qa,
            Stage::Golden => self.golden,
            Stage::External => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_goes_through_the_active_stages_in_order() {
        for (qa, golden, first, after_qa) in [
            (true, true, Some(Stage::Qa), Some(Stage::Golden)),
            (true, false, Some(Stage::Qa), None),
            (false, true, Some(Stage::Golden), Some(Stage::Golden)),
            (false, false, None, None),
        ] {
            let route = Route { qa, golden };
            assert_eq!(route.first(), first);
            assert_eq!(route.after(Stage::Qa), after_qa);
            assert_eq!(route.after(Stage::Golden), None);
        }
    }

    #[test]
    fn stages_and_workers_have_names() {
        assert_eq!(Stage::Qa.worker(1), "QA-1");
        assert_eq!(Stage::Golden.worker(2), "GOLDEN-2");
        assert_eq!("QA".parse(), Ok(Stage::Qa));
        assert_eq!("external".parse(), Ok(Stage::External));
        assert!(!Stage::ALL.contains(&Stage::External));
        assert!("test".parse::<Stage>().is_err());
    }
}
