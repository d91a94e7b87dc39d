//! TOML as a [`Node`] tree.

use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Entry, Node, Unreadable, Value, line_column};

/// Parses TOML. The message of an error never quotes the file.
pub(super) fn parse(file: &Path, text: &str) -> Result<Node, Unreadable> {
    let table = DeTable::parse(text).map_err(|error| {
        let (line, column) = error
            .span()
            .map_or((0, 0), |span| line_column(text, span.start));
        Unreadable {
            file: file.to_path_buf(),
            line,
            column,
            message: format!("is not valid TOML: {}", error.message()),
        }
    })?;
    let lines = Lines::new(text);
    Ok(Node {
        line: 1,
        value: entries(table.get_ref(), &lines),
    })
}

/// Offsets of line starts, so that thousands of spans cost a search each.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(
            std::iter::once(0)
                .chain(starts.map(|(index, _)| index + 1))
                .collect(),
        )
    }

    fn of(&self, offset: usize) -> u32 {
        u32::try_from(self.0.partition_point(|start| *start <= offset)).unwrap_or(u32::MAX)
    }
}

fn entries(table: &DeTable<'_>, lines: &Lines) -> Value {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            line: lines.of(key.span().start),
            node: node(value, lines),
        })
        .collect();
    // The parser's map is ordered by key; a person reads by line.
    entries.sort_by_key(|entry| entry.line);
    Value::Table(entries)
}

fn node(value: &Spanned<DeValue<'_>>, lines: &Lines) -> Node {
    let text = |text: &str| Value::Text(text.to_owned());
    Node {
        line: lines.of(value.span().start),
        value: match value.get_ref() {
            DeValue::String(string) => text(string),
            DeValue::Integer(number) => text(number.as_str()),
            DeValue::Float(number) => text(number.as_str()),
            DeValue::Boolean(flag) => text(if *flag { "true" } else { "false" }),
            DeValue::Datetime(time) => Value::Text(time.to_string()),
            DeValue::Array(items) => {
                Value::List(items.iter().map(|item| node(item, lines)).collect())
            }
            DeValue::Table(table) => entries(table, lines),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_know_their_lines() {
        let text = "a = 1\n[tool.ruff]\nline-length = 100\n[tool.ruff.lint]\nselect = [\n  \"E\",\n  \"I\",\n]\n";
        let node = parse(Path::new("/x.toml"), text).unwrap();
        let ruff = node.get(&["tool", "ruff"]).unwrap();
        assert_eq!(ruff.entry("line-length").unwrap().line, 3);
        assert_eq!(ruff.get_text(&["line-length"]), Some("100"));
        let select = ruff.get(&["lint", "select"]).unwrap();
        assert_eq!(select.texts(), ["E", "I"]);
        assert_eq!(select.items()[1].line, 7);
    }

    #[test]
    fn errors_have_a_place_and_no_content() {
        let error = parse(Path::new("/x.toml"), "a = 1\nsecret = = 2\n").unwrap_err();
        assert_eq!((error.line, error.column > 0), (2, true));
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
