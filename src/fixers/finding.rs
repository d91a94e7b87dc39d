//! What tools and Golden Rules say about a file. Pure.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::escalation::Level;
use crate::golden::Edit;

/// Something a tool says about a file and that is still there after fixing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Finding {
    /// The rule, as the tool writes it (`F401`), or `invalid-syntax`.
    pub code: String,
    /// What is wrong, in one line.
    pub message: String,
    /// 1-based line of the start, in the *result*'s bytes.
    pub line: u32,
    /// 1-based column of the start, in characters.
    pub column: u32,
    /// 1-based line of the end.
    pub end_line: u32,
    /// 1-based column of the end, exclusive.
    pub end_column: u32,
    /// What the tool suggests, if it suggests something.
    pub help: Option<String>,
    /// Whether a fix exists that was not applied (unsafe, or out of scope).
    pub fixable: bool,
    /// Where the rule is explained.
    pub url: Option<String>,
    /// What a Golden Rule says beyond that, if it is one that found this.
    pub golden: Option<Box<GoldenFinding>>,
    /// The Golden Rule that stands on this finding of the linter's: both mean one thing,
    /// and the linter says it.
    pub seconded: Option<Box<Seconded>>,
}

/// A Golden Rule that says the same as a finding of the linter's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seconded {
    /// The rule's code (`GR08`).
    pub code: String,
    /// Whether its fix may be made.
    pub mends: bool,
    /// What it says beyond that.
    pub rule: GoldenFinding,
}

/// What a violation of a Golden Rule has beyond other findings.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct GoldenFinding {
    /// The rule's name in words (`use-logger`).
    pub slug: String,
    /// How bad it is.
    pub level: Level,
    /// The enclosing function or class, dotted; empty at the top of the module.
    pub symbol: String,
    /// The reason that a comment gives for leaving it; such a finding is shown only where
    /// it is critical, and fails nothing.
    pub suppressed: Option<String>,
    /// What would mend it.
    pub suggestion: Option<Suggestion>,
    /// The linter's code, where the rule stands on a finding of the linter's.
    pub linter: Option<String>,
}

/// A fix that is not made by itself.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Suggestion {
    /// What it does, in the imperative.
    pub title: String,
    /// Its edits, in bytes of the decoded text that the finding is about.
    pub edits: Vec<Edit>,
}

impl Finding {
    /// Whether a check fails for it: everything but Golden Rules of a low level and what a
    /// comment suppresses.
    pub fn fails(&self) -> bool {
        self.golden
            .as_ref()
            .is_none_or(|golden| golden.level >= Level::Error && golden.suppressed.is_none())
    }

    /// Whether a Golden Rule may mend it.
    pub fn is_mended(&self) -> bool {
        match &self.seconded {
            Some(seconded) => seconded.mends,
            None => self.fixable && self.golden.is_some(),
        }
    }

    /// What a Golden Rule says of it, as a finding of that rule; `None` where none does.
    #[must_use]
    pub fn as_rule(self) -> Option<Self> {
        match self.seconded {
            Some(seconded) => {
                let Seconded { code, mends, rule } = *seconded;
                Some(Self {
                    code,
                    fixable: mends,
                    golden: Some(Box::new(rule)),
                    seconded: None,
                    ..self
                })
            }
            None => self.golden.is_some().then_some(self),
        }
    }

    /// The message, with the Golden Rule that says the same.
    pub fn told(&self) -> Cow<'_, str> {
        match &self.seconded {
            Some(seconded) => Cow::Owned(format!(
                "{} ({} {})",
                self.message, seconded.code, seconded.rule.slug
            )),
            None => Cow::Borrowed(&self.message),
        }
    }
}
