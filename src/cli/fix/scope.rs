//! How much of each file counts: all of it, or what is new against a commit.

use std::path::Path;

use crate::failure::Outcome;
use crate::house::unanswered;
use crate::repo::baseline::{Baseline, touched_lines};

/// Decides the scope of files.
pub(super) enum Scoper {
    /// Whole files, all of them.
    Everything,
    /// Only files that differ from the baseline; whole, or their new lines.
    Against {
        /// The commit to compare with.
        baseline: Box<Baseline>,
        /// Whether only new lines count.
        lines: bool,
        /// Whether files that do not differ are left out.
        choose: bool,
    },
}

/// What counts of one file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum InScope {
    /// All of it.
    Whole,
    /// These lines.
    Lines(Vec<(u32, u32)>),
    /// Nothing: it is as it was.
    Untouched,
}

impl Scoper {
    /// The scope of a file with these bytes.
    pub(super) fn scope(&self, relative: &str, bytes: &[u8]) -> Outcome<InScope> {
        let Self::Against {
            baseline,
            lines,
            choose,
        } = self
        else {
            return Ok(InScope::Whole);
        };
        let old = baseline
            .content(Path::new(relative))
            .map_err(|error| unanswered(&error))?;
        let Some(old) = old else {
            return Ok(InScope::Whole);
        };
        if old == bytes && *choose {
            return Ok(InScope::Untouched);
        }
        if !lines {
            return Ok(InScope::Whole);
        }
        let touched = touched_lines(&old, bytes);
        if touched.is_empty() && *choose {
            return Ok(InScope::Untouched);
        }
        Ok(InScope::Lines(touched))
    }
}
