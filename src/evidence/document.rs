//! Configuration files as one kind of tree: YAML, TOML and INI with the line of
//! every entry.
//!
//! Scalars stay as they are written, since evidence is quoted to a person and a
//! version such as `24.10` is not a number. Everything that a repository may do
//! to its configuration ends in an [`Unreadable`], never in a panic: size, depth
//! and the expansion of aliases are bounded.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// The largest file that is read as configuration, in bytes.
pub(super) const MAX_BYTES: u64 = 1 << 20;

/// A configuration file that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[error("{}{}: {message}", file.display(), position(*line, *column))]
pub struct Unreadable {
    /// Absolute path.
    pub file: PathBuf,
    /// 1-based line, 0 when the whole file is meant.
    pub line: u32,
    /// 1-based column, 0 when the whole line is meant.
    pub column: u32,
    /// What is wrong, without any content of the file.
    pub message: String,
}

fn position(line: u32, column: u32) -> String {
    match (line, column) {
        (0, _) => String::new(),
        (line, 0) => format!(":{line}"),
        (line, column) => format!(":{line}:{column}"),
    }
}

impl Unreadable {
    /// A whole file that cannot be used.
    pub fn whole(file: &Path, message: impl Into<String>) -> Self {
        Self {
            file: file.to_path_buf(),
            line: 0,
            column: 0,
            message: message.into(),
        }
    }
}

/// Reads a file as text, within [`MAX_BYTES`]. `None` when there is no such file.
pub(super) fn read(path: &Path) -> Result<Option<String>, Unreadable> {
    // Opening a FIFO blocks for ever, so the type is looked at first.
    let kind = match fs::metadata(path) {
        Ok(kind) => kind,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unreadable::whole(path, error.to_string())),
    };
    if !kind.is_file() {
        return Ok(None);
    }
    if kind.len() > MAX_BYTES {
        return Err(Unreadable::whole(
            path,
            "is larger than 1 MiB, too large for configuration",
        ));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)
        .and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
        .map_err(|error| Unreadable::whole(path, error.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| Unreadable::whole(path, "is not UTF-8"))?;
    Ok(Some(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }))
}

/// One value with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Node {
    /// 1-based line on which the value begins.
    pub line: u32,
    /// The value.
    pub value: Value,
}

/// What a [`Node`] holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    /// A scalar as it is written; empty for null.
    Text(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Table(Vec<Entry>),
}

/// One entry of a mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// The key.
    pub key: String,
    /// 1-based line of the key.
    pub line: u32,
    /// What stands under it.
    pub node: Node,
}

impl Node {
    /// A table without entries.
    pub(super) fn empty() -> Self {
        Self {
            line: 1,
            value: Value::Table(Vec::new()),
        }
    }

    /// The entries of a mapping; none for anything else.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a sequence; none for anything else.
    pub(super) fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The scalar, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entry under a key; the last one wins.
    pub(super) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().rev().find(|entry| entry.key == key)
    }

    /// The value under a chain of keys.
    pub(super) fn get(&self, keys: &[&str]) -> Option<&Node> {
        let mut node = self;
        for key in keys {
            node = &node.entry(key)?.node;
        }
        Some(node)
    }

    /// The scalar under a chain of keys.
    pub(super) fn get_text(&self, keys: &[&str]) -> Option<&str> {
        self.get(keys)?.text()
    }

    /// The scalars of a sequence, or a single scalar as a sequence of one.
    pub(super) fn texts(&self) -> Vec<&str> {
        match &self.value {
            Value::Text(text) => vec![text],
            Value::List(items) => items.iter().filter_map(Node::text).collect(),
            Value::Table(_) => Vec::new(),
        }
    }

    /// Calls `visit` with every scalar below, in order.
    pub(super) fn scalars<'a>(&'a self, visit: &mut impl FnMut(&'a str, u32)) {
        match &self.value {
            Value::Text(text) => visit(text, self.line),
            Value::List(items) => items.iter().for_each(|item| item.scalars(visit)),
            Value::Table(entries) => entries.iter().for_each(|entry| entry.node.scalars(visit)),
        }
    }
}

/// The 1-based line and column of a byte offset.
pub(super) fn line_column(text: &str, offset: usize) -> (u32, u32) {
    let mut end = offset.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let before = &text[..end];
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |last| last.chars().count())
        + 1;
    (
        u32::try_from(line).unwrap_or(u32::MAX),
        u32::try_from(column).unwrap_or(u32::MAX),
    )
}
