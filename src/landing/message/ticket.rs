//! The ticket at the beginning of a subject.
//!
//! Pure.

use fancy_regex::{Regex, RegexBuilder};

/// How much a pattern may try before it counts as not matching.
const STEPS: usize = 100_000;

/// A regular expression for the ticket that commits begin with (`[A-Z]+-\d+:?`).
#[derive(Debug, Clone)]
pub struct TicketPattern(Regex);

/// A text that is no regular expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is no regular expression: {reason}")]
pub struct BadTicketPattern {
    pattern: String,
    reason: String,
}

impl TicketPattern {
    /// Reads a pattern; it is looked for at the very beginning of a subject, with or
    /// without `^`.
    pub fn parse(pattern: &str) -> Result<Self, BadTicketPattern> {
        let bad = |error: fancy_regex::Error| BadTicketPattern {
            pattern: pattern.to_owned(),
            reason: error.to_string(),
        };
        // Alone first: `)(` would become sound by what is put around it.
        Regex::new(pattern).map_err(bad)?;
        RegexBuilder::new(&format!(r"\A(?:{pattern})"))
            .backtrack_limit(STEPS)
            .build()
            .map(Self)
            .map_err(bad)
    }

    /// What a subject begins with, ready to be put before another one.
    pub(super) fn prefix_of(&self, subject: &str) -> Option<String> {
        let found = self.0.find(subject).ok().flatten()?;
        let ticket = found.as_str().trim();
        (!ticket.is_empty()).then(|| format!("{ticket} "))
    }
}
