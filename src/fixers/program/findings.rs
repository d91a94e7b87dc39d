//! What `ruff check --output-format json` prints.

use std::path::PathBuf;

use serde::Deserialize;

use crate::fixers::Finding;

/// The code of a finding that is an error of syntax.
pub(super) const INVALID: &str = "invalid-syntax";

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Message {
    pub(super) code: Option<String>,
    #[serde(rename = "message")]
    pub(super) text: String,
    pub(super) filename: PathBuf,
    pub(super) location: Location,
    pub(super) end_location: Location,
    pub(super) fix: Option<Fix>,
    #[serde(default)]
    pub(super) url: Option<String>,
    /// The cell of a notebook, to which lines are then relative.
    #[serde(default)]
    pub(super) cell: Option<u32>,
}

/// A place in the text; both numbers begin with 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(super) struct Location {
    pub(super) row: u32,
    pub(super) column: u32,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Fix {
    #[serde(default)]
    pub(super) applicability: String,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) edits: Vec<Edit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct Edit {
    #[serde(default)]
    pub(super) content: Option<String>,
    pub(super) location: Location,
    pub(super) end_location: Location,
}

impl Fix {
    /// Whether the tool applies it without being asked twice.
    pub(super) fn is_safe(&self) -> bool {
        // `Automatic` is what the first versions with applicability said.
        self.applicability == "safe" || self.applicability == "Automatic"
    }
}

impl Message {
    pub(super) fn rule(&self) -> &str {
        match self.code.as_deref() {
            // What was a rule with a code once has none now.
            None | Some("E999" | "invalid-syntax") => INVALID,
            Some(code) => code,
        }
    }

    pub(super) fn finding(&self) -> Finding {
        let cell = self
            .cell
            .map_or(String::new(), |cell| format!("cell {cell}: "));
        Finding {
            code: self.rule().to_owned(),
            message: format!("{cell}{}", self.text),
            line: self.location.row,
            column: self.location.column,
            end_line: self.end_location.row,
            end_column: self.end_location.column,
            help: self.fix.as_ref().and_then(|fix| fix.message.clone()),
            fixable: self.fix.is_some(),
            url: self.url.clone(),
            golden: None,
            seconded: None,
        }
    }
}

/// The `:LINE:COLUMN: message` in an error.
pub(super) fn place_of(words: &str) -> Option<(Location, String)> {
    let parts: Vec<_> = words.splitn(4, ':').collect();
    let [_, row, column, message] = parts[..] else {
        return None;
    };
    let place = Location {
        row: row.trim().parse().ok()?,
        column: column.trim().parse().ok()?,
    };
    Some((place, message.trim().to_owned()))
}
