//! hive's server in a settings file of TOML. Pure.
//!
//! The text is only read as TOML: what goes in is written behind all of it, and what goes
//! out is cut by whole lines. So every byte that is not meant stays; whether only hive's
//! table has come or gone, a second reading says.

use std::ops::Range;

use toml::{Table, Value};
use toml_edit::{Document, Item};

use super::entries::SERVER;
use super::settings::Unreadable;

/// The tables of servers.
const SERVERS: &str = "mcp_servers";
/// hive's own.
const LINES: [&str; 3] = [
    "[mcp_servers.hive]",
    "command = \"hive\"",
    "args = [\"mcp\"]",
];

/// The text with the server in it. What is there already stays as somebody wrote it.
pub(super) fn with(text: &str) -> Result<String, Unreadable> {
    let (_, body) = marked(text);
    let document = Document::parse(body)?;
    if let Some(servers) = document.get(SERVERS) {
        let servers = servers
            .as_table_like()
            .ok_or_else(|| Unreadable::Shape(format!("`{SERVERS}` in it is no table")))?;
        if servers.contains_key(SERVER) {
            return Ok(text.to_owned());
        }
    }
    let line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut made = text.to_owned();
    if !body.is_empty() {
        if !body.ends_with('\n') {
            made.push_str(line);
        }
        made.push_str(line);
    }
    for one in LINES {
        made.push_str(one);
        made.push_str(line);
    }
    let new: Table = LINES[1..]
        .join("\n")
        .parse()
        .map_err(|_| Unreadable::Unsure)?;
    let mut wanted = values(text)?;
    let servers = wanted.entry(SERVERS).or_insert(Value::Table(Table::new()));
    if let Value::Table(servers) = servers {
        servers.insert(SERVER.to_owned(), Value::Table(new));
    }
    held_to(made, wanted)
}

/// The text without the server.
pub(super) fn without(text: &str) -> Result<String, Unreadable> {
    let (mark, body) = marked(text);
    let document = Document::parse(body)?;
    let servers = document.get(SERVERS).and_then(Item::as_table_like);
    let Some(server) = servers.and_then(|servers| servers.get(SERVER)) else {
        return Ok(text.to_owned());
    };
    let args = server.get("args").and_then(Item::as_array);
    if args.and_then(|args| args.get(0)?.as_str()) != Some("mcp") {
        return Ok(text.to_owned());
    }
    let Some(span) = covered(server) else {
        return Err(Unreadable::Unsure);
    };
    let start = body[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = body[span.end..].find('\n');
    let end = end.map_or(body.len(), |at| span.end + at + 1);
    let (mut before, mut after) = (&body[..start], &body[end..]);
    // Of the empty lines around it one goes along: the one that came with it.
    let above = before
        .strip_suffix('\n')
        .map(|it| it.strip_suffix('\r').unwrap_or(it));
    let above = above.filter(|it| it.is_empty() || it.ends_with('\n'));
    if after.trim().is_empty() {
        before = above.unwrap_or(before);
    } else if before.is_empty() || above.is_some() {
        let below = after.strip_prefix("\r\n").or(after.strip_prefix('\n'));
        after = below.unwrap_or(after);
    }
    let mut wanted = values(text)?;
    if let Some(Value::Table(servers)) = wanted.get_mut(SERVERS) {
        servers.remove(SERVER);
    }
    held_to(format!("{mark}{before}{after}"), wanted)
}

/// The mark of the byte order, and the rest.
fn marked(text: &str) -> (&str, &str) {
    text.split_at(if text.starts_with('\u{feff}') { 3 } else { 0 })
}

/// From the first to the last byte of what is known of a table's places.
fn covered(item: &Item) -> Option<Range<usize>> {
    let inside = item.as_table_like().into_iter().flat_map(|it| it.iter());
    let inside = inside.filter_map(|(_, item)| covered(item));
    item.span()
        .into_iter()
        .chain(inside)
        .reduce(|one, other| one.start.min(other.start)..one.end.max(other.end))
}

/// What a text says.
fn values(text: &str) -> Result<Table, Unreadable> {
    marked(text).1.parse().map_err(|_| Unreadable::Unsure)
}

/// The text, if it says what is wanted and nothing else, but for what is empty.
fn held_to(made: String, mut wanted: Table) -> Result<String, Unreadable> {
    let mut found = values(&made)?;
    for all in [&mut found, &mut wanted] {
        if all.get(SERVERS) == Some(&Value::Table(Table::new())) {
            all.remove(SERVERS);
        }
    }
    (found == wanted).then_some(made).ok_or(Unreadable::Unsure)
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, with, without};

    #[test]
    fn every_other_byte_stays() {
        for text in [
            "# mine\r\nmodel = \"x\"\r\n\r\n[tui]\r\n# end\r\n",
            "\u{feff}model = \"x\"\n",
            "model = \"x\"\n# the end\n",
            "# only words\n",
            "[mcp_servers.db]\ncommand = \"db\"\n\n\n# end\n\n",
            "mcp_servers.db.command = \"db\"\n",
        ] {
            let made = with(text).unwrap();
            assert!(made.starts_with(text), "{made:?}");
            assert_eq!(made.contains("\r\n"), text.contains("\r\n"));
            assert!(!made.replace("\r\n", "").contains('\r'), "{made:?}");
            assert_eq!(with(&made).unwrap(), made);
            assert_eq!(without(&made).unwrap(), text, "{made:?}");
        }
        // Where a person put it, with comments of theirs around.
        let table = "[mcp_servers.hive] # q\nargs = [\n  \"mcp\",\n]\n";
        for (before, after, rest) in [
            ("a = 1\n\n# why\n", "\n[tui]\n", "a = 1\n\n# why\n\n[tui]\n"),
            ("a = 1\n\n", "\n[tui]\n", "a = 1\n\n[tui]\n"),
            ("a = 1\n", "# next\n[tui]\n", "a = 1\n# next\n[tui]\n"),
            ("", "\n\n[tui]\n", "\n[tui]\n"),
            ("# first\n", "", "# first\n"),
        ] {
            let text = format!("{before}{table}{after}");
            assert_eq!(without(&text).unwrap(), rest, "{text:?}");
        }
        let inside = "[mcp_servers]\nhive = { command = \"hive\", args = [\"mcp\"] }\nb = {}\n";
        assert_eq!(without(inside).unwrap(), "[mcp_servers]\nb = {}\n");
    }

    #[test]
    fn what_would_take_others_along_is_left() {
        let line = "mcp_servers = { db = {}, hive = { args = [\"mcp\"] } }\n";
        assert!(matches!(without(line), Err(Unreadable::Unsure)));
        let line = "mcp_servers = { db = {} }\n";
        assert!(matches!(with(line), Err(Unreadable::Unsure)));
        let apart =
            "[mcp_servers.hive]\nargs = [\"mcp\"]\n[tui]\n[mcp_servers.hive.env]\na = \"b\"\n";
        assert!(matches!(without(apart), Err(Unreadable::Unsure)));
    }
}
