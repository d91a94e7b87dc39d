//! A text of JSON, comments and trailing commas allowed, that is changed in one place.
//! Pure.
//!
//! The text is read into spans; a change is a splice of the text at such a span. So every
//! byte that is not meant stays: order, white space, comments, the way numbers are
//! written.

use std::ops::Range;

use serde_json::{Map, Value};

mod reader;

pub(super) use reader::read;

/// What JSON takes for white space; in a comment there may be other.
const WHITE: [char; 4] = [' ', '\t', '\r', '\n'];

/// Where a text is no JSON, as the number of its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no JSON that hive understands")]
pub struct NoJson(usize);

/// A value with its place.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) span: Range<usize>,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Scalar(Value),
    Array(Vec<Item>),
    Object(Vec<Item>),
}

/// One value of an array, or one member of an object.
#[derive(Debug)]
struct Item {
    key: String,
    /// Of the whole, with its name.
    span: Range<usize>,
    value: Node,
    /// Where the comma behind it is.
    comma: Option<usize>,
}

impl Node {
    /// As plain JSON; of names that are said twice the last counts, as for most readers.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::Array(items) => items.iter().map(|item| item.value.value()).collect(),
            Kind::Object(items) => {
                let all = items
                    .iter()
                    .map(|item| (item.key.clone(), item.value.value()));
                Value::Object(all.collect::<Map<_, _>>())
            }
        }
    }

    /// A member.
    pub(super) fn member(&self, key: &str) -> Option<&Node> {
        let Kind::Object(items) = &self.kind else {
            return None;
        };
        items
            .iter()
            .rfind(|item| item.key == key)
            .map(|item| &item.value)
    }

    /// The values of an array; none of anything else.
    pub(super) fn elements(&self) -> impl Iterator<Item = &Node> {
        let items = match &self.kind {
            Kind::Array(items) => items.as_slice(),
            _ => &[],
        };
        items.iter().map(|item| &item.value)
    }

    pub(super) fn is_object(&self) -> bool {
        matches!(self.kind, Kind::Object(_))
    }

    pub(super) fn is_array(&self) -> bool {
        matches!(self.kind, Kind::Array(_))
    }

    /// Whether it is an object or an array with nothing in it.
    pub(super) fn is_empty(&self) -> bool {
        self.items().is_some_and(<[Item]>::is_empty)
    }

    /// Whether not even a comment is in it.
    pub(super) fn is_bare(&self, text: &str) -> bool {
        let inside = self.span.start + 1..self.span.end.saturating_sub(1);
        self.is_empty() && text[inside].trim().is_empty()
    }

    fn items(&self) -> Option<&[Item]> {
        match &self.kind {
            Kind::Scalar(_) => None,
            Kind::Array(items) | Kind::Object(items) => Some(items),
        }
    }
}

/// The text with a value added at the end of an object (under a name) or array.
pub(super) fn added(text: &str, to: &Node, name: Option<&str>, value: &Value) -> String {
    let Some(items) = to.items() else {
        return text.to_owned();
    };
    let inside = to.span.start + 1..to.span.end - 1;
    let kept = inside.start + text[inside.clone()].trim_end_matches(WHITE).len();
    let flat = !items.is_empty() && !text[inside.clone()].contains('\n');
    let unit = unit(text);
    let outer = indent_of(text, to.span.start);
    let line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let named = name
        .map(|name| format!("{}: ", Value::from(name)))
        .unwrap_or_default();
    let new = if flat {
        let value = value.to_string();
        let space = if kept == inside.start { "" } else { " " };
        format!("{space}{named}{value}")
    } else {
        let inner = format!("{outer}{unit}");
        let value = pretty(value, unit, &inner, line);
        format!("{line}{inner}{named}{value}")
    };
    let mut made = text.to_owned();
    if text[inside.clone()].trim().is_empty() {
        made.replace_range(inside, &format!("{new}{line}{outer}"));
        return made;
    }
    match items.last() {
        // Where a comma ends the last line, one ends the new one.
        Some(last) if last.comma.is_some() => made.insert_str(kept, &format!("{new},")),
        // A comment may stand behind the last value, so the comma goes right behind that.
        Some(last) => {
            made.insert_str(kept, &new);
            made.insert(last.span.end, ',');
        }
        None => made.insert_str(kept, &new),
    }
    made
}

/// The text without the items for which `gone` holds, by name (empty in an array) and value.
pub(super) fn removed(text: &str, from: &Node, gone: impl Fn(&str, &Node) -> bool) -> String {
    let Some(items) = from.items() else {
        return text.to_owned();
    };
    let (first, last) = (from.span.start + 1, from.span.end - 1);
    let is_gone = |item: &Item| gone(&item.key, &item.value);
    let mut cuts: Vec<Range<usize>> = Vec::new();
    for (at, item) in items.iter().enumerate() {
        if !is_gone(item) {
            continue;
        }
        // From behind what stands before it, so that its line goes with it.
        let before = text[first..item.span.start].trim_end_matches(WHITE).len() + first;
        let end = item.comma.map_or(item.span.end, |comma| comma + 1);
        cuts.push(before..end);
        // Nothing stays behind it: the comma before it goes, too.
        let rest = items[at + 1..].iter().all(is_gone);
        let previous = items[..at].iter().rev().find(|item| !is_gone(item));
        if rest
            && item.comma.is_none()
            && let Some(comma) = previous.and_then(|it| it.comma)
        {
            cuts.push(comma..comma + 1);
        }
    }
    if cuts.is_empty() {
        return text.to_owned();
    }
    let mut made = String::with_capacity(text.len());
    let mut at = 0;
    for cut in joined(cuts) {
        made.push_str(&text[at..uncommented(text, &cut)]);
        at = cut.end;
    }
    let rest = &text[at..];
    let emptied = items.iter().all(is_gone)
        && made[first..].trim().is_empty()
        && text[at..last].trim().is_empty();
    if emptied {
        made.truncate(first);
        made.push_str(&text[last..]);
        return made;
    }
    made.push_str(rest);
    made
}

/// Cuts in order, those that touch each other as one.
fn joined(mut cuts: Vec<Range<usize>>) -> Vec<Range<usize>> {
    cuts.sort_by_key(|cut| (cut.start, cut.end));
    let mut all: Vec<Range<usize>> = Vec::new();
    for cut in cuts {
        match all.last_mut() {
            Some(last) if cut.start <= last.end => last.end = last.end.max(cut.end),
            _ => all.push(cut),
        }
    }
    all
}

/// Where a cut begins: behind the end of the line where that ends a comment, which would
/// else go on over what stands behind the cut.
fn uncommented(text: &str, cut: &Range<usize>) -> usize {
    let behind = text[cut.end..].trim_start_matches([' ', '\t', '\r']);
    if behind.starts_with('\n') || !reader::is_in_line_comment(text, cut.start) {
        return cut.start;
    }
    let inside = &text[cut.clone()];
    cut.start + inside.len() - inside.trim_start_matches(WHITE).len()
}

/// A value over several lines, all but the first indented.
fn pretty(value: &Value, unit: &str, inner: &str, line: &str) -> String {
    let text = format!("{value:#}");
    let indented = |one: &str| {
        let code = one.trim_start();
        let depth = (one.len() - code.len()) / 2;
        format!("{inner}{}{code}", unit.repeat(depth))
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    let all: Vec<String> = std::iter::once(first).chain(lines.map(indented)).collect();
    all.join(line)
}

/// What the text indents by: the white space of its first indented line.
fn unit(text: &str) -> &str {
    text.lines()
        .find_map(|line| {
            let code = line.trim_start_matches([' ', '\t']);
            let white = &line[..line.len() - code.len()];
            (!white.is_empty() && !code.is_empty()).then_some(white)
        })
        .unwrap_or("  ")
}

/// The white space before the line in which a byte stands.
fn indent_of(text: &str, at: usize) -> &str {
    let start = text[..at].rfind('\n').map_or(0, |at| at + 1);
    let line = &text[start..];
    let code = line.trim_start_matches([' ', '\t']);
    &line[..line.len() - code.len()]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{NoJson, added, read, removed};

    #[test]
    fn what_is_added_goes_again_and_nothing_else_changes() {
        for (text, expected) in [
            (
                "{\n    \"a\": 1\n}\n",
                "{\n    \"a\": 1,\n    \"new\": {\n        \"x\": [\n            1\n        ]\n    }\n}\n",
            ),
            (
                "{\r\n\t\"a\": 1 // one\r\n}",
                "{\r\n\t\"a\": 1, // one\r\n\t\"new\": {\r\n\t\t\"x\": [\r\n\t\t\t1\r\n\t\t]\r\n\t}\r\n}",
            ),
            ("{\"a\": 1}", "{\"a\": 1, \"new\": {\"x\":[1]}}"),
            (
                "{}",
                "{\n  \"new\": {\n    \"x\": [\n      1\n    ]\n  }\n}",
            ),
            (
                "// top\n{\n  \"a\": [1, 2], /* , } */\n}\n",
                "// top\n{\n  \"a\": [1, 2], /* , } */\n  \"new\": {\n    \"x\": [\n      1\n    ]\n  },\n}\n",
            ),
            (
                "\u{feff}{ \"a\\\"}\": 1.50 }",
                "\u{feff}{ \"a\\\"}\": 1.50, \"new\": {\"x\":[1]} }",
            ),
        ] {
            let node = read(text).unwrap();
            let made = added(text, &node, Some("new"), &json!({"x": [1]}));
            assert_eq!(made, expected, "{text:?}");
            let node = read(&made).unwrap();
            assert_eq!(node.value()["new"], json!({"x": [1]}));
            let back = removed(&made, &node, |key, _| key == "new");
            assert_eq!(back, text, "{made:?}");
        }
    }

    #[test]
    fn items_go_from_anywhere() {
        for (text, gone, expected) in [
            ("[1, 2, 3]", &[1][..], "[ 2, 3]"),
            ("[1, 2, 3]", &[2], "[1, 3]"),
            ("[1, 2, 3]", &[3], "[1, 2]"),
            ("[1, 2, 3]", &[2, 3], "[1]"),
            ("[1, 2, 3]", &[1, 2, 3], "[]"),
            (
                "[\n  1,\n  2, // two\n  3\n]",
                &[3],
                "[\n  1,\n  2 // two\n]",
            ),
            ("[\n  1,\n  2,\n]", &[2], "[\n  1,\n]"),
            // A comment keeps the end of its line.
            ("[ // one\n  1, 2]", &[1], "[ // one\n   2]"),
            ("[1, // one\r\n  2]", &[2], "[1 // one\r\n  ]"),
            ("[ // one\n 1,\n 2, 3]", &[1, 2], "[ // one\n  3]"),
            ("[ // \" /*\n 1, // b\n 2]", &[1], "[ // \" /*\n  // b\n 2]"),
            ("[ \"// \\\"\", 1, 2]", &[1], "[ \"// \\\"\", 2]"),
            ("[ /*/ // */ 1, 2]", &[1], "[ /*/ // */ 2]"),
            ("[1, 2]", &[], "[1, 2]"),
        ] {
            let node = read(text).unwrap();
            let is_gone = |node: &super::Node| gone.iter().any(|it| node.value() == json!(it));
            let made = removed(text, &node, |_, node| is_gone(node));
            assert_eq!(made, expected, "{text:?} {gone:?}");
            assert!(read(&made).is_ok(), "{made:?}");
        }
    }

    #[test]
    fn what_is_no_json_is_said_with_its_line() {
        let deep = "[".repeat(1000);
        for (text, line) in [
            ("", 1),
            ("{\n\"a\" 1}", 2),
            ("{\"a\": 1} x", 1),
            ("{\"a\": tru}", 1),
            ("{\"a\": \"x\n\"}", 1),
            ("{/* ", 1),
            ("[1 2]", 1),
            ("{\"a\\", 1),
            (&deep, 1),
        ] {
            assert_eq!(read(text).err(), Some(NoJson(line)), "{text:?}");
        }
    }
}
