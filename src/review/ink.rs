//! Which parts of Python code are what, for colouring. Pure.
//!
//! By the tokens, which there are also of code that does not parse. What nests too deeply
//! stays plain.

use std::ops::Range;

use ruff_python_ast::token::TokenKind;
use ruff_text_size::Ranged;

use crate::graph;

/// What a piece of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Names, operators, blanks.
    Plain,
    /// A keyword, or `None`, `True`, `False`.
    Keyword,
    /// A piece of a string.
    Text,
    /// A number.
    Number,
    /// A comment.
    Comment,
}

/// The pieces of some lines of a text (counted from 0), each line from its beginning:
/// how many bytes are of which kind. What follows the last piece of a line is plain.
pub(super) fn inks(text: &str, lines: Range<usize>) -> Vec<Vec<(usize, Ink)>> {
    let mut starts = vec![0];
    starts.extend(text.match_indices('\n').map(|(at, _)| at + 1));
    let begin = |line: usize| starts.get(line).copied().unwrap_or(text.len());
    let mut found: Vec<Vec<(usize, Ink)>> = lines.clone().map(|_| Vec::new()).collect();
    let (from, to) = (begin(lines.start), begin(lines.end));
    let tokens = graph::with_tree(text, |parsed| {
        let tokens = parsed.tokens().iter().filter_map(|token| {
            let (start, end) = (token.start().to_usize(), token.end().to_usize());
            let ink = ink(token.kind());
            (ink != Ink::Plain && start < to && end > from).then_some((start, end, ink))
        });
        tokens.collect::<Vec<_>>()
    });
    let mut line = lines.start;
    let mut done = from;
    for (start, end, ink) in tokens.unwrap_or_default() {
        // A string may go over several lines.
        let (mut at, end) = (start.max(from), end.min(to));
        while at < end {
            while begin(line + 1) <= at {
                line += 1;
                done = begin(line);
            }
            let stop = end.min(begin(line + 1));
            if let Some(pieces) = found.get_mut(line - lines.start) {
                if at > done {
                    pieces.push((at - done, Ink::Plain));
                }
                pieces.push((stop - at, ink));
            }
            (at, done) = (stop, stop);
        }
    }
    found
}

fn ink(kind: TokenKind) -> Ink {
    match kind {
        TokenKind::Comment => Ink::Comment,
        TokenKind::Int | TokenKind::Float | TokenKind::Complex => Ink::Number,
        TokenKind::String
        | TokenKind::FStringStart
        | TokenKind::FStringMiddle
        | TokenKind::FStringEnd
        | TokenKind::TStringStart
        | TokenKind::TStringMiddle
        | TokenKind::TStringEnd => Ink::Text,
        // `match`, `case` and `type` are names more often than not.
        kind if kind.is_non_soft_keyword() => Ink::Keyword,
        _ => Ink::Plain,
    }
}

#[cfg(test)]
mod tests {
    use super::{Ink, inks};

    /// The pieces of lines that are not plain, as texts.
    fn shown(text: &str, lines: std::ops::Range<usize>) -> Vec<String> {
        let all: Vec<&str> = text.split_inclusive('\n').collect();
        let pieces = inks(text, lines.clone());
        let mut shown = Vec::new();
        for (line, pieces) in all.iter().skip(lines.start).zip(pieces) {
            let mut at = 0;
            for (length, ink) in pieces {
                if ink != Ink::Plain {
                    shown.push(format!("{ink:?} {}", line[at..at + length].trim_end()));
                }
                at += length;
            }
        }
        shown
    }

    #[test]
    fn code_has_its_inks() {
        let text = "def f(x):  # ä\n    return 'a' + f\"{x:>1}b\" or 2.5\n";
        assert_eq!(
            shown(text, 0..2),
            [
                "Keyword def",
                "Comment # ä",
                "Keyword return",
                "Text 'a'",
                "Text f\"",
                "Text >1",
                "Text b",
                "Text \"",
                "Keyword or",
                "Number 2.5",
            ]
        );
        let long = "x = '''one\ntwo\nthree'''\ny = None\n";
        assert_eq!(shown(long, 1..3), ["Text two", "Text three'''"]);
        assert_eq!(shown(long, 3..9), ["Keyword None"]);
        for broken in ["def f(:\n  'a\n", "\u{feff}x = (\n", "", "é = \"", "\\"] {
            let _ = shown(broken, 0..broken.lines().count());
        }
    }
}
