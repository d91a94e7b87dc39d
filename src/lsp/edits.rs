//! The edits that make one text of another. Pure.

use lsp_types::{Range, TextEdit};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::text::{Encoding, Lines};

/// Above so many lines the part that differs is one edit: to find more costs more than it
/// saves.
const MANY: usize = 20_000;

/// The edits, in order of their place, each of whole lines: where the texts agree, marks
/// and the cursor of the editor stay.
pub(super) fn between(old: &str, new: &str, encoding: Encoding) -> Vec<TextEdit> {
    let (before, after) = (split(old), split(new));
    let lines = Lines::of(old, encoding);
    let same = before
        .iter()
        .zip(&after)
        .take_while(|(a, b)| a == b)
        .count();
    let (rest, other) = (&before[same..], &after[same..]);
    let tail = rest.iter().rev().zip(other.iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let (rest, other) = (&rest[..rest.len() - tail], &other[..other.len() - tail]);
    let mut starts = Vec::with_capacity(rest.len() + 1);
    let mut at: usize = before[..same].iter().map(|line| line.len()).sum();
    for line in rest {
        starts.push(at);
        at += line.len();
    }
    starts.push(at);
    let edit = |from: usize, to: usize, text: &[&str]| TextEdit {
        range: Range::new(lines.position(starts[from]), lines.position(starts[to])),
        new_text: text.concat(),
    };
    if rest.is_empty() && other.is_empty() {
        return Vec::new();
    }
    if rest.len() + other.len() > MANY {
        return vec![edit(0, rest.len(), other)];
    }
    capture_diff_slices(Algorithm::Myers, rest, other)
        .into_iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .map(|op| {
            let (from, to) = (op.old_range(), op.new_range());
            edit(from.start, from.end, &other[to])
        })
        .collect()
}

/// Lines with their ends, where editors end them.
fn split(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut lines = Vec::new();
    let mut from = 0;
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
            lines.push(&text[from..=at]);
            from = at + 1;
        }
    }
    if from < text.len() {
        lines.push(&text[from..]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Lines, between};

    /// The text after the edits, as an editor makes them.
    fn edited(old: &str, new: &str, encoding: Encoding) -> (String, usize) {
        let edits = between(old, new, encoding);
        let lines = Lines::of(old, encoding);
        let mut text = old.to_owned();
        for edit in edits.iter().rev() {
            let range =
                lines.offset(edit.range.start).unwrap()..lines.offset(edit.range.end).unwrap();
            text.replace_range(range, &edit.new_text);
        }
        (text, edits.len())
    }

    #[test]
    fn the_edits_make_the_one_text_of_the_other() {
        let long: Vec<String> = (0..MANY_LINES).map(|at| format!("{at}\n")).collect();
        let long = long.concat();
        let other = long.replace("1\n", "x\n");
        for (old, new, edits) in [
            ("", "", 0),
            ("a\n", "a\n", 0),
            ("", "a\n", 1),
            ("a\n", "", 1),
            ("a", "a\n", 1),
            ("a\nb\nc\nd\n", "a\nB\nc\nD\n", 2),
            ("a\r\nb\r\n", "a\nb\n", 1),
            ("x=1\ny = 2\nz=3", "x = 1\ny = 2\nz = 3\n", 2),
            ("😀\nä=1\n", "😀\nä = 1\n", 1),
            ("a\rb", "a\rc", 1),
            (&long, &other, 1),
        ] {
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                let (text, count) = edited(old, new, encoding);
                assert!(text == new, "{encoding:?}: {} bytes", old.len());
                assert_eq!(count, edits, "{encoding:?}: {} bytes", old.len());
            }
        }
    }

    const MANY_LINES: usize = 30_000;
}
