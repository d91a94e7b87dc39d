//! Violations as checks report them, and the edits that mend them. Pure.

use ruff_text_size::{Ranged, TextRange};

use serde::{Deserialize, Serialize};

use super::rule::Remedy;

/// A replacement of bytes. An empty range inserts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Edit {
    /// Start and end, in bytes of the decoded text.
    pub range: (u32, u32),
    /// What comes there.
    pub text: String,
}

impl Edit {
    /// Replaces a range.
    pub fn replace(range: TextRange, text: impl Into<String>) -> Self {
        Self {
            range: (range.start().to_u32(), range.end().to_u32()),
            text: text.into(),
        }
    }

    /// Removes a range.
    pub fn remove(range: TextRange) -> Self {
        Self::replace(range, "")
    }

    /// Inserts at a place.
    pub fn insert(at: ruff_text_size::TextSize, text: impl Into<String>) -> Self {
        Self::replace(TextRange::empty(at), text)
    }
}

/// What would mend a violation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// Whether it may land by itself.
    pub remedy: Remedy,
    /// What it does, in the imperative: "Use `logger.info`".
    pub title: String,
    /// The edits, in any order, disjoint. Edits that several fixes have in common (an
    /// import that all of them need) are made once.
    pub edits: Vec<Edit>,
}

/// One violation as a check reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Where, in bytes of the decoded text.
    pub range: TextRange,
    /// What is wrong, in one line.
    pub message: String,
    /// What to do about it, if more is to be said.
    pub help: Option<String>,
    /// What would mend it.
    pub fix: Option<Fix>,
    /// The linter's code, where this stands on a finding of the linter's.
    pub linter: Option<String>,
}

impl Draft {
    /// Says what to do about it.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a fix.
    pub fn fix(&mut self, remedy: Remedy, title: impl Into<String>, edits: Vec<Edit>) -> &mut Self {
        self.fix = Some(Fix {
            remedy,
            title: title.into(),
            edits,
        });
        self
    }
}

/// What a check has found in a file so far.
#[derive(Debug, Default)]
pub struct Found {
    drafts: Vec<Draft>,
}

impl Found {
    /// Reports a violation at a node.
    pub fn at(&mut self, node: &impl Ranged, message: impl Into<String>) -> &mut Draft {
        self.range(node.range(), message)
    }

    /// Reports a violation at a range.
    pub fn range(&mut self, range: TextRange, message: impl Into<String>) -> &mut Draft {
        self.drafts.push(Draft {
            range,
            message: message.into(),
            help: None,
            fix: None,
            linter: None,
        });
        let last = self.drafts.len() - 1;
        &mut self.drafts[last]
    }

    /// Everything, in the order of the text.
    pub fn into_drafts(mut self) -> Vec<Draft> {
        self.drafts
            .sort_by_key(|draft| (draft.range.start(), draft.range.end()));
        self.drafts
    }
}
