//! INI files (`setup.cfg`, `tox.ini`, `.isort.cfg`) as a [`Node`] tree.
//!
//! Read as Python's `configparser` reads them where that matters: a value goes on
//! over indented lines, `#` and `;` begin comments at the start of a line. Lines
//! outside any section are passed over.

use super::document::{Entry, Node, Value};

fn last_value(section: &mut Entry) -> Option<&mut Value> {
    match &mut section.node.value {
        Value::Table(entries) => entries.last_mut().map(|entry| &mut entry.node.value),
        _ => None,
    }
}

/// Parses INI text: a table of sections, each a table of texts. A value of
/// several lines keeps them; its line is that of its first text.
pub(super) fn parse(text: &str) -> Node {
    let mut sections: Vec<Entry> = Vec::new();
    for (number, raw) in (1u32..).zip(text.lines()) {
        let trimmed = raw.trim();
        if trimmed.is_empty() || trimmed.starts_with(['#', ';']) {
            // Kept as an empty line, so that line n of a value is line n of the file.
            if let Some(Value::Text(value)) = sections.last_mut().and_then(last_value) {
                value.push('\n');
            }
            continue;
        }
        let indented = raw.starts_with([' ', '\t']);
        if let Some(name) = trimmed
            .strip_prefix('[')
            .and_then(|rest| rest.split_once(']'))
            .map(|(name, _)| name)
            .filter(|_| !indented)
        {
            sections.push(Entry {
                key: name.trim().to_owned(),
                line: number,
                node: Node {
                    line: number,
                    value: Value::Table(Vec::new()),
                },
            });
            continue;
        }
        let Some(Value::Table(entries)) = sections.last_mut().map(|last| &mut last.node.value)
        else {
            continue;
        };
        if indented && let Some(Value::Text(value)) = entries.last_mut().map(|e| &mut e.node.value)
        {
            value.push('\n');
            value.push_str(trimmed);
        } else if let Some((key, value)) = trimmed.split_once(['=', ':']) {
            entries.push(Entry {
                key: key.trim().to_lowercase(),
                line: number,
                node: Node {
                    line: number,
                    value: Value::Text(value.trim().to_owned()),
                },
            });
        }
    }
    Node {
        line: 1,
        value: Value::Table(sections),
    }
}

/// Puts in what `{[section]key}` means, as tox does; lines become words. What is not
/// there, or needs too many steps, stays as it is written.
pub(super) fn referenced(text: &str, document: &Node) -> String {
    let mut text = text.to_owned();
    for _ in 0..16 {
        let found = text.match_indices("{[").find_map(|(start, _)| {
            let (name, rest) = text[start + 2..].split_once(']')?;
            let (key, _) = rest.split_once('}')?;
            // Commands stand where they are defined, too.
            if key.trim().starts_with("commands") {
                return None;
            }
            let value = document.entry(name)?.node.get_text(&[key.trim()])?;
            if value.len() > 1000 {
                return None;
            }
            let end = start + 2 + name.len() + 1 + key.len() + 1;
            let words: Vec<&str> = value.split_whitespace().collect();
            Some((start..end, words.join(" ")))
        });
        match found {
            Some((range, value)) if text.len() <= 1000 => text.replace_range(range, &value),
            _ => break,
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_go_on_over_indented_lines() {
        let node = parse(
            "stray\n[testenv:lint]\ndeps =\n    black==24.1.0\n    # no\n    isort\ncommands = black .\n\n[isort]\nprofile: black\n",
        );
        assert_eq!(
            node.get_text(&["testenv:lint", "deps"]),
            Some("\nblack==24.1.0\n\nisort")
        );
        assert_eq!(
            node.get_text(&["testenv:lint", "commands"]),
            Some("black .\n")
        );
        assert_eq!(node.get_text(&["isort", "profile"]), Some("black"));
        assert_eq!(node.entry("isort").unwrap().line, 9);
    }
}
