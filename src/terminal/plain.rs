//! Text that can do nothing to a terminal. Pure.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Makes control characters visible, so that a file name or a message from a
/// repository cannot move the cursor, recolour or retitle the terminal. Tabs and
/// newlines stay.
pub fn plain(text: &str) -> Cow<'_, str> {
    let odd = |c: char| (c.is_control() && c != '\n' && c != '\t') || is_bidi(c);
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if odd(c) {
            shown.extend(c.escape_unicode());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// [`plain`] for a name, which is one line whatever is in it: a line break would let a
/// file say what hive seems to say.
pub fn one_name(text: &str) -> Cow<'_, str> {
    match plain(text) {
        text if text.contains(['\n', '\t']) => {
            Cow::Owned(text.replace('\n', "\\n").replace('\t', "\\t"))
        }
        text => text,
    }
}

/// JSON text in which no character can do anything to a terminal: those that [`plain`]
/// shows otherwise, and that JSON itself lets pass, are written as `\u009b`. It says the
/// same to whoever parses it, since such characters are only inside strings.
pub fn plain_json(text: &str) -> Cow<'_, str> {
    let odd = |c: char| (c.is_control() && !c.is_ascii_whitespace()) || is_bidi(c);
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if odd(c) {
            let _ = write!(shown, "\\u{:04x}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Characters that reorder the text around them.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}')
}

#[cfg(test)]
mod tests {
    use super::{one_name, plain, plain_json};

    #[test]
    fn a_name_is_one_line_and_json_stays_json() {
        assert_eq!(one_name("a\nFORGED\t\u{1b}"), "a\\nFORGED\\t\\u{1b}");
        let text = "{\n  \"a\": \"\u{9b}\u{7f}\u{202e}ä\"\n}";
        let shown = plain_json(text);
        assert_eq!(shown, "{\n  \"a\": \"\\u009b\\u007f\\u202eä\"\n}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(text), value(&shown));
    }

    #[test]
    fn control_characters_are_made_visible() {
        assert_eq!(plain("\u{1b}[31m\u{202e}y"), "\\u{1b}[31m\\u{202e}y");
        assert_eq!(plain("tab\tand\nÄrger"), "tab\tand\nÄrger");
    }
}
