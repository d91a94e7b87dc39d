//! YAML as a [`Node`] tree, built from parser events.
//!
//! Anchors, aliases and merge keys are followed. The number of nodes is bounded,
//! so that a few aliases of aliases cannot become gigabytes, and so is the depth.

use std::collections::HashMap;
use std::path::Path;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle};

use super::document::{Entry, Node, Unreadable, Value};

const MAX_NODES: usize = 200_000;
const MAX_DEPTH: usize = 128;

/// Parses the first document of a YAML file.
pub(super) fn parse(file: &Path, text: &str) -> Result<Node, Unreadable> {
    let refuse = |marker: &Marker, message: &str| Unreadable {
        file: file.to_path_buf(),
        line: u32::try_from(marker.line()).unwrap_or(u32::MAX),
        column: u32::try_from(marker.col() + 1).unwrap_or(u32::MAX),
        message: format!("is not valid YAML: {message}"),
    };
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| refuse(error.marker(), error.info()))?;
        let line = u32::try_from(span.start.line()).unwrap_or(u32::MAX);
        let done = builder
            .take(event, line)
            .map_err(|message| refuse(&span.start, message))?;
        if done {
            break;
        }
    }
    Ok(builder.root.unwrap_or_else(Node::empty))
}

/// A collection that is still open.
struct Open {
    anchor: usize,
    line: u32,
    items: Vec<Node>,
    mapping: bool,
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    nodes: usize,
    root: Option<Node>,
}

impl Builder {
    /// Takes one event; `true` once the first document is complete.
    fn take(&mut self, event: Event<'_>, line: u32) -> Result<bool, &'static str> {
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let null = style == ScalarStyle::Plain && matches!(&*text, "~" | "null");
                let node = Node {
                    // Of a block, the parser gives the first line of the content.
                    line,
                    value: Value::Text(if null {
                        String::new()
                    } else {
                        text.into_owned()
                    }),
                };
                self.add(node, anchor, 1)?;
            }
            Event::Alias(anchor) => {
                let node = self.anchors.get(&anchor).cloned();
                let node = node.ok_or("an alias inside its own anchor")?;
                let size = size(&node);
                self.add(node, 0, size)?;
            }
            Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                if self.open.len() >= MAX_DEPTH {
                    return Err("nested too deeply");
                }
                self.open.push(Open {
                    anchor,
                    line,
                    items: Vec::new(),
                    mapping: matches!(event, Event::MappingStart(..)),
                });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(open) = self.open.pop() {
                    let value = if open.mapping {
                        Value::Table(pairs(open.items))
                    } else {
                        Value::List(open.items)
                    };
                    let node = Node {
                        line: open.line,
                        value,
                    };
                    self.add(node, open.anchor, 1)?;
                }
            }
            Event::DocumentEnd => return Ok(true),
            _ => {}
        }
        Ok(false)
    }

    fn add(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), &'static str> {
        self.nodes += size;
        if self.nodes > MAX_NODES {
            return Err("its aliases expand to too much");
        }
        if anchor > 0 {
            // The copy counts too: anchors inside anchors multiply.
            self.nodes += self::size(&node);
            self.anchors.insert(anchor, node.clone());
        }
        match self.open.last_mut() {
            Some(open) => open.items.push(node),
            None => self.root = Some(node),
        }
        Ok(())
    }
}

fn size(node: &Node) -> usize {
    1 + match &node.value {
        Value::Text(_) => 0,
        Value::List(items) => items.iter().map(size).sum(),
        Value::Table(entries) => entries.iter().map(|entry| size(&entry.node)).sum(),
    }
}

/// Keys and values alternate; `<<` brings in entries that the mapping lacks.
fn pairs(items: Vec<Node>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::with_capacity(items.len() / 2);
    let mut merged = Vec::new();
    let mut items = items.into_iter();
    while let (Some(key), Some(node)) = (items.next(), items.next()) {
        let line = key.line;
        let Value::Text(key) = key.value else {
            continue;
        };
        if key == "<<" {
            let sources = match node.value {
                Value::List(items) => items,
                _ => vec![node],
            };
            for source in sources {
                merged.extend_from_slice(source.entries());
            }
        } else {
            entries.push(Entry { key, line, node });
        }
    }
    for entry in merged {
        if !entries.iter().any(|own| own.key == entry.key) {
            entries.push(entry);
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    fn tree(text: &str) -> Node {
        parse(Path::new("/x.yaml"), text).unwrap()
    }

    #[test]
    fn scalars_stay_as_written_and_know_their_lines() {
        let node = tree("on: push\nrev: 24.10\nrun: |\n  black .\n  isort .\nnone: ~\n");
        assert_eq!(node.get_text(&["rev"]), Some("24.10"));
        assert_eq!(node.entry("on").unwrap().line, 1);
        assert_eq!(node.get(&["run"]).unwrap().line, 4);
        assert_eq!(node.get_text(&["none"]), Some(""));
    }

    #[test]
    fn merge_keys_and_aliases_are_followed() {
        let node = tree("base: &b\n  a: 1\n  b: 2\nuse:\n  <<: *b\n  b: 3\nagain: *b\n");
        assert_eq!(node.get_text(&["use", "a"]), Some("1"));
        assert_eq!(node.get_text(&["use", "b"]), Some("3"));
        assert_eq!(node.get_text(&["again", "b"]), Some("2"));
    }

    #[test]
    fn bombs_are_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..9 {
            let prior = format!("*a{}, ", level - 1).repeat(10);
            writeln!(
                bomb,
                "a{level}: &a{level} [{}]",
                prior.trim_end_matches(", ")
            )
            .unwrap();
        }
        let error = parse(Path::new("/x.yaml"), &bomb).unwrap_err();
        assert!(error.message.contains("too much"), "{error}");
        let deep = "[".repeat(5_000);
        assert!(parse(Path::new("/x.yaml"), &deep).is_err());
        assert!(parse(Path::new("/x.yaml"), "a: *nowhere\n").is_err());
    }

    #[test]
    fn errors_have_a_place() {
        let error = parse(Path::new("/x.yaml"), "a: 1\n  b: [\n").unwrap_err();
        assert!(error.line >= 2, "{error}");
    }
}
