//! Text for a commit message: without control characters, in 72 columns.
//!
//! Pure.

use std::fmt::Write as _;

/// The widest line of a body, in characters.
pub(super) const COLUMNS: usize = 72;

/// The text with everything escaped that would act on a terminal or on the order of the
/// text instead of being seen.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        let breaks = matches!(c, '\u{2028}' | '\u{2029}');
        if c.is_control() || turns || breaks {
            // Writing to a string does not fail.
            let _ = write!(shown, "{}", c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Room for ` … and 1234567 more`, kept free in the last line.
const REST: usize = 19;

/// The items, separated by commas, in at most `most` lines; the last says how many are
/// left out.
pub(super) fn list(items: &[impl AsRef<str>], most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let left = items.len() - at;
        let comma = if left == 1 { "" } else { "," };
        let item = format!(
            "{}{comma}",
            shortened(&plain(item.as_ref()), COLUMNS - REST - 1)
        );
        let full = lines.len() == most;
        let room = if full && left > 1 {
            COLUMNS - REST
        } else {
            COLUMNS
        };
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(&item) <= room => {
                line.push(' ');
                line.push_str(&item);
            }
            Some(line) if full => {
                // Writing to a string does not fail.
                let _ = write!(line, " … and {left} more");
                return lines;
            }
            // What begins the last line leaves the room free, comma and all.
            _ => lines.push(item),
        }
    }
    lines
}

/// The end of a text that is too long: of a path the name matters most.
fn shortened(text: &str, most: usize) -> String {
    let long = width(text);
    if long <= most {
        return text.to_owned();
    }
    let tail: String = text.chars().skip(long + 1 - most).collect();
    match tail.split_once('/') {
        Some((_, below)) if !below.is_empty() => format!("…/{below}"),
        _ => format!("…{tail}"),
    }
}

/// A trailer over as many lines as it needs; continued lines begin with a space.
pub(super) fn fold(trailer: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in trailer.split(' ') {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= COLUMNS => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) => lines.push(format!(" {word}")),
            None => lines.push(word.to_owned()),
        }
    }
    lines
}

fn width(text: &str) -> usize {
    text.chars().count()
}
