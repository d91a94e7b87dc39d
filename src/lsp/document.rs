//! A text that is open in the editor, and how it follows the editor's. Pure.

use std::time::Instant;

use lsp_types::Diagnostic;

use super::home::Home;
use super::jobs::Of;
use super::params::Change;
use super::problems::Checked;
use super::text::{Encoding, Lines};

/// The longest text that is kept, in bytes; a longer document is left alone.
pub(super) const LONGEST: usize = 16 << 20;

/// An open document of a repository.
pub(super) struct Document {
    /// Where it is at home.
    pub(super) home: Home,
    /// The editor's number for this state of it.
    pub(super) version: i32,
    /// hive's own number for it, which no other text of any document has: versions begin
    /// anew when a document is opened again.
    pub(super) edition: u64,
    /// Its text; `None` where it is longer than is kept, or where it is not sure that the
    /// editor has the same, until it comes whole.
    pub(super) text: Option<String>,
    /// When it is to be looked at again.
    pub(super) due: Option<Instant>,
    /// Which edition of it is being looked at.
    pub(super) checking: Option<u64>,
    /// What was said of it last.
    pub(super) checked: Option<Checked>,
    /// What the editor shows.
    pub(super) shown: Vec<Diagnostic>,
    /// Of which version it shows that; an editor may drop what was said of an older one.
    pub(super) shown_of: Option<i32>,
}

impl Document {
    /// A document as it was opened.
    pub(super) fn new(home: Home, version: i32, edition: u64, text: String) -> Self {
        Self {
            home,
            version,
            edition,
            text: kept(text),
            due: None,
            checking: None,
            checked: None,
            shown: Vec::new(),
            shown_of: None,
        }
    }

    /// Makes the editor's changes, one after the other. A range whose end lies before its
    /// beginning means the text between them. Half a character cannot be changed here:
    /// where that is asked for, the text is lost.
    pub(super) fn change(&mut self, changes: Vec<Change>, encoding: Encoding) {
        for change in changes {
            let Some(range) = change.range else {
                self.text = kept(change.text);
                continue;
            };
            let Some(text) = &mut self.text else { continue };
            let lines = Lines::of(text, encoding);
            let places = (lines.offset(range.start), lines.offset(range.end));
            let (Some(from), Some(to)) = places else {
                self.text = None;
                continue;
            };
            text.replace_range(from.min(to)..from.max(to), &change.text);
            if text.len() > LONGEST {
                self.text = None;
            }
        }
    }

    /// Its text as it is now, by its name.
    pub(super) fn of(&self, name: &str) -> Of {
        Of {
            name: name.to_owned(),
            edition: self.edition,
        }
    }

    /// What was said of the text as it is now.
    pub(super) fn current(&self) -> Option<&Checked> {
        let checked = self.checked.as_ref();
        checked.filter(|checked| checked.edition == self.edition)
    }
}

fn kept(text: String) -> Option<String> {
    (text.len() <= LONGEST).then_some(text)
}
