//! What is wrong with a setting, with its place and the line it stands in. Pure.

use std::fmt;
use std::ops::Range;

use crate::failure::Failure;

/// The longest part of a line that is shown, in characters.
const WIDTH: usize = 120;

/// One mistake in one layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problem {
    /// `hive.toml:3:1`, or the name of a variable.
    place: String,
    message: String,
    excerpt: Option<Excerpt>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Excerpt {
    number: usize,
    line: String,
    /// What stands before the caret, with tabs kept.
    indent: String,
    /// How many carets, at least one.
    carets: usize,
}

impl Problem {
    /// A mistake that has no line: a variable, a file as a whole.
    pub(super) fn of(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            excerpt: None,
        }
    }

    /// A mistake at a range of bytes of a file's text.
    pub(super) fn at(
        file: &str,
        text: &str,
        span: &Range<usize>,
        message: impl Into<String>,
    ) -> Self {
        let (number, column) = position(text, span.start);
        Self {
            place: format!("{file}:{number}:{column}"),
            message: message.into(),
            excerpt: Some(Excerpt::new(text, span, number)),
        }
    }
}

impl Excerpt {
    fn new(text: &str, span: &Range<usize>, number: usize) -> Self {
        let at = floor(text, span.start);
        let begin = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let end = text[at..].find('\n').map_or(text.len(), |len| at + len);
        let line = text[begin..end].trim_end_matches('\r');
        let before = &text[begin..at.min(begin + line.len())];
        // A very long line is shown from near the mistake on.
        let skipped = before.chars().count().saturating_sub(WIDTH / 2);
        let shown: String = line.chars().skip(skipped).take(WIDTH).collect();
        let indent: String = before
            .chars()
            .skip(skipped)
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let stop = floor(text, span.end).clamp(at, begin + line.len().max(at - begin));
        let room = shown.chars().count().saturating_sub(indent.chars().count());
        Self {
            number,
            carets: text[at..stop].chars().count().min(room).max(1),
            line: shown,
            indent,
        }
    }
}

/// The nearest boundary of a character at or before `offset`.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// The 1-based line and the 1-based column, in characters, of a byte offset.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..floor(text, offset)];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let begin = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[begin..].chars().count() + 1)
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        if let Some(excerpt) = &self.excerpt {
            let number = excerpt.number.to_string();
            let margin = " ".repeat(number.len());
            write!(f, "\n{margin} |\n{number} | {}", excerpt.line)?;
            let carets = "^".repeat(excerpt.carets);
            write!(f, "\n{margin} | {}{carets}", excerpt.indent)?;
        }
        Ok(())
    }
}

/// All mistakes as one failure; there is at least one.
pub(super) fn failure(problems: &[Problem]) -> Failure {
    let shown: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let message = match shown.as_slice() {
        [one] => one.clone(),
        many => format!(
            "{} mistakes in the settings\n\n{}\n",
            many.len(),
            many.join("\n\n")
        ),
    };
    Failure::configuration(message)
        .hint("`hive config explain KEY` says what a key does and what it takes")
}

#[cfg(test)]
mod tests {
    use super::{Problem, position};

    #[test]
    fn the_caret_stands_under_the_mistake() {
        for (text, span, shown) in [
            ("lnt = 1\n", 0..3, "f:1:1: m\n  |\n1 | lnt = 1\n  | ^^^"),
            (
                "a = 1\r\nö = 2\r\n",
                12..13,
                "f:2:5: m\n  |\n2 | ö = 2\n  |     ^",
            ),
            ("\tx = 1", 1..2, "f:1:2: m\n  |\n1 | \tx = 1\n  | \t^"),
            (
                "a = [\n1,\n]\n",
                4..10,
                "f:1:5: m\n  |\n1 | a = [\n  |     ^",
            ),
            ("", 0..0, "f:1:1: m\n  |\n1 | \n  | ^"),
            ("a =", 9..12, "f:1:4: m\n  |\n1 | a =\n  |    ^"),
        ] {
            assert_eq!(Problem::at("f", text, &span, "m").to_string(), shown);
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_mistake() {
        let text = format!("{}x = 1", " ".repeat(10_000));
        let shown = Problem::at("f", &text, &(10_000..10_001), "m").to_string();
        assert!(shown.len() < 400, "{}", shown.len());
        assert!(shown.ends_with('^'));
    }

    #[test]
    fn columns_count_characters() {
        assert_eq!(position("äö\nü=1", 7), (2, 2));
    }
}
