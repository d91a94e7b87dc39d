//! When two literals mean the same.
//!
//! Strings are compared by value: quotes, prefixes and implicit concatenation do
//! not count, as in Python's own tree. Standalone strings (docstrings, and strings
//! that are evaluated and thrown away) are compared without the whitespace at
//! both ends of each line and without blank lines at their ends, which is what
//! formatters change; this is black's rule for its own check.

use std::borrow::Cow;

use ruff_python_ast::{
    BytesLiteralValue, FStringPart, FStringValue, Int, InterpolatedElement,
    InterpolatedStringElement, Number, TStringValue,
};

/// Whether two number literals have one value and one type.
///
/// Integers beyond 64 bits are kept as text by the parser, in which case and
/// underscores are free; of floats the bits count, so that nothing rounds.
pub(super) fn same_number(before: &Number, after: &Number) -> bool {
    match (before, after) {
        (Number::Int(a), Number::Int(b)) => {
            a == b || (is_big(a) && is_big(b) && digits(a) == digits(b))
        }
        (Number::Float(a), Number::Float(b)) => a.to_bits() == b.to_bits(),
        (Number::Complex { real: ar, imag: ai }, Number::Complex { real: br, imag: bi }) => {
            ar.to_bits() == br.to_bits() && ai.to_bits() == bi.to_bits()
        }
        _ => false,
    }
}

fn is_big(value: &Int) -> bool {
    value.as_u64().is_none()
}

fn digits(value: &Int) -> String {
    value.to_string().replace('_', "").to_ascii_lowercase()
}

/// Whether two byte literals have one value.
pub(super) fn same_bytes(before: &BytesLiteralValue, after: &BytesLiteralValue) -> bool {
    before.bytes().eq(after.bytes())
}

/// Whether two string values are equal; `sources` are their literals as written.
///
/// The parser has one replacement character for every lone surrogate, so where
/// that character occurs the escapes themselves are compared as well.
pub(super) fn same_str(before: &str, after: &str, sources: (&str, &str)) -> bool {
    before == after
        && (!before.contains(char::REPLACEMENT_CHARACTER)
            || surrogates(sources.0).eq(surrogates(sources.1)))
}

/// The code points of escapes like `\ud800`, in order.
fn surrogates(literal: &str) -> impl Iterator<Item = u32> {
    literal
        .match_indices(['u', 'U'])
        .filter_map(|(at, letter)| {
            let length = if letter == "u" { 4 } else { 8 };
            let digits = literal.get(at + 1..at + 1 + length)?;
            let value = u32::from_str_radix(digits, 16).ok()?;
            (literal[..at].ends_with('\\') && (0xD800..=0xDFFF).contains(&value)).then_some(value)
        })
}

/// Whether two standalone strings differ in whitespace only; with `code`, in the
/// marks that formatting of examples moves, too.
pub(super) fn same_docstring(before: &str, after: &str, code: bool) -> bool {
    before == after
        || stripped_lines(before).eq(stripped_lines(after))
        || (code && substance(before) == substance(after))
}

/// The lines without whitespace at their ends, from the first to the last that
/// is not blank. A carriage return before a newline is such whitespace.
fn stripped_lines(text: &str) -> impl Iterator<Item = &str> {
    text.trim_matches(is_space)
        .split(is_line_end)
        .map(|line| line.trim_matches(is_space))
}

/// What ends a line for `str.splitlines`, by which black compares; without the
/// carriage return, see [`stripped_lines`].
fn is_line_end(c: char) -> bool {
    matches!(
        c,
        '\n' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}'
    )
}

/// What `str.strip` strips: Unicode's whitespace and the separators of ASCII.
fn is_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}

/// The text without what the formatting of code in it can change: whitespace,
/// quotes and their `u`, commas, semicolons, parentheses, backslashes, the
/// prompts of examples, and of number literals case and the zero beside a point.
fn substance(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut kept = String::with_capacity(text.len());
    for (at, &c) in chars.iter().enumerate() {
        let next = chars.get(at + 1);
        let dropped = is_space(c)
            || matches!(c, '"' | '\'' | ',' | ';' | '(' | ')' | '\\' | '.' | '>')
            || (matches!(c, 'u' | 'U') && matches!(next, Some('"' | '\'')))
            || (c == '0' && (next == Some(&'.') || (at > 0 && chars[at - 1] == '.')));
        if !dropped {
            kept.extend(c.to_lowercase());
        }
    }
    kept
}

/// A piece of an f-string or t-string, with neighbouring text joined.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    Text(Cow<'a, str>),
    Value(&'a InterpolatedElement),
}

/// The pieces of an f-string with its implicit concatenation undone.
pub(super) fn f_string(value: &FStringValue) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for part in value {
        match part {
            FStringPart::Literal(literal) => push_text(&mut pieces, literal.as_str()),
            FStringPart::FString(string) => push_elements(&mut pieces, &string.elements),
        }
    }
    pieces
}

/// The pieces of a t-string with its implicit concatenation undone.
pub(super) fn t_string(value: &TStringValue) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    for part in value {
        push_elements(&mut pieces, &part.elements);
    }
    pieces
}

/// The pieces of a format specification.
pub(super) fn elements(elements: &[InterpolatedStringElement]) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    push_elements(&mut pieces, elements);
    pieces
}

fn push_elements<'a>(pieces: &mut Vec<Piece<'a>>, elements: &'a [InterpolatedStringElement]) {
    for element in elements {
        match element {
            InterpolatedStringElement::Literal(literal) => push_text(pieces, &literal.value),
            InterpolatedStringElement::Interpolation(value) => pieces.push(Piece::Value(value)),
        }
    }
}

fn push_text<'a>(pieces: &mut Vec<Piece<'a>>, text: &'a str) {
    if text.is_empty() {
        return;
    }
    if let Some(Piece::Text(before)) = pieces.last_mut() {
        before.to_mut().push_str(text);
    } else {
        pieces.push(Piece::Text(text.into()));
    }
}
