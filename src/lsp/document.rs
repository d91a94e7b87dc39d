//! A text that is open in the editor, and how it follows the editor's. Pure.

use std::time::Instant;

use lsp_types::{Diagnostic, TextDocumentContentChangeEvent};

use super::home::Home;
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
    /// Its text; `None` where it is longer than is kept, until it is whole again.
    pub(super) text: Option<String>,
    /// When it is to be looked at again.
    pub(super) due: Option<Instant>,
    /// Whether it is being looked at.
    pub(super) checking: bool,
    /// What was said of it last.
    pub(super) checked: Option<Checked>,
    /// What the editor shows.
    pub(super) shown: Vec<Diagnostic>,
    /// Of which version it shows that; an editor may drop what was said of an older one.
    pub(super) shown_of: Option<i32>,
}

impl Document {
    /// A document as it was opened.
    pub(super) fn new(home: Home, version: i32, text: String) -> Self {
        Self {
            home,
            version,
            text: kept(text),
            due: None,
            checking: false,
            checked: None,
            shown: Vec::new(),
            shown_of: None,
        }
    }

    /// Makes the editor's changes, one after the other. A range whose end lies before its
    /// beginning means the text between them.
    pub(super) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        self.version = version;
        for change in changes {
            let Some(range) = change.range else {
                self.text = kept(change.text);
                continue;
            };
            let Some(text) = &mut self.text else { continue };
            let lines = Lines::of(text, encoding);
            let (from, to) = (lines.offset(range.start), lines.offset(range.end));
            text.replace_range(from.min(to)..from.max(to), &change.text);
            if text.len() > LONGEST {
                self.text = None;
            }
        }
    }

    /// What was said of the text as it is now.
    pub(super) fn current(&self) -> Option<&Checked> {
        let checked = self.checked.as_ref();
        checked.filter(|checked| checked.version == self.version)
    }
}

fn kept(text: String) -> Option<String> {
    (text.len() <= LONGEST).then_some(text)
}
