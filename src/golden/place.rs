//! From the lines and columns of the import graph to ranges of a text. Pure.

use std::collections::HashMap;

use ruff_text_size::{TextRange, TextSize};

use super::tree::Tree;
use crate::graph::facts::Spot;

/// The texts that places were asked for, each read once.
pub struct Places<'t, 'a> {
    tree: &'t Tree<'a>,
    texts: HashMap<String, Lines>,
}

struct Lines {
    text: String,
    /// Where each line begins.
    starts: Vec<usize>,
}

impl<'t, 'a> Places<'t, 'a> {
    /// No text yet.
    pub fn new(tree: &'t Tree<'a>) -> Self {
        Self {
            tree,
            texts: HashMap::new(),
        }
    }

    /// A spot with what is written there, `length` bytes of it; the beginning of the file
    /// if it cannot be read.
    pub fn range(&mut self, path: &str, spot: Spot, length: usize) -> TextRange {
        let lines = self
            .texts
            .entry(path.to_owned())
            .or_insert_with(|| Lines::new(self.tree.text(path).unwrap_or_default()));
        lines.range(spot, length)
    }
}

impl Lines {
    fn new(text: String) -> Self {
        let bytes = text.as_bytes();
        let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
        let mut starts = vec![mark];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            // The two bytes of `\r\n` end one line.
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { text, starts }
    }

    fn range(&self, spot: Spot, length: usize) -> TextRange {
        let line = (spot.line as usize).saturating_sub(1);
        let begin = self.starts.get(line).copied().unwrap_or(self.text.len());
        let rest = self.text.get(begin..).unwrap_or_default();
        let column = (spot.column as usize).saturating_sub(1);
        let inside = rest.char_indices().nth(column);
        let start = begin + inside.map_or(rest.len(), |(at, _)| at);
        let mut end = (start + length).min(self.text.len());
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
        TextRange::new(size(start), size(end.max(start)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Lines, Spot};

    #[test]
    fn spots_are_found_again() {
        let text = "\u{feff}a\r\nä b\rc\n\nd";
        let lines = Lines::new(text.to_owned());
        for (line, column, expected) in [(1, 1, "a"), (2, 3, "b"), (3, 1, "c"), (5, 1, "d")] {
            assert_eq!(&text[lines.range(Spot { line, column }, 1)], expected);
        }
        assert!(
            lines
                .range(
                    Spot {
                        line: 99,
                        column: 9
                    },
                    5
                )
                .is_empty()
        );
    }
}
