//! Reads a text of JSON into spans. Pure.

use serde_json::Value;

use super::{Item, Kind, NoJson, Node, WHITE};

/// How deeply values may nest.
const DEEPEST: usize = 64;

/// Reads a text: one value, with white space and comments around it.
pub(in crate::coding) fn read(text: &str) -> Result<Node, NoJson> {
    let mut reader = Reader { text, at: 0 };
    let start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    reader.at = start;
    reader.skip()?;
    let node = reader.value(0)?;
    reader.skip()?;
    if reader.at < text.len() {
        return Err(reader.wrong());
    }
    Ok(node)
}

/// Whether a byte of a text that can be read stands in a comment that ends with its line.
pub(super) fn is_in_line_comment(text: &str, at: usize) -> bool {
    let mut reader = Reader { text, at: 0 };
    let mut line = false;
    while reader.at < at {
        let rest = &text[reader.at..];
        line = rest.starts_with("//");
        let passed = match rest.chars().next() {
            Some('"') => reader.string().is_ok(),
            Some('/') => reader.comment() == Ok(true),
            _ => {
                reader.at += rest.find(['"', '/']).unwrap_or(rest.len());
                true
            }
        };
        if !passed {
            return false;
        }
    }
    line
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn wrong(&self) -> NoJson {
        NoJson(
            self.text[..self.at.min(self.text.len())]
                .matches('\n')
                .count()
                + 1,
        )
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// White space and comments.
    fn skip(&mut self) -> Result<(), NoJson> {
        loop {
            let rest = &self.text[self.at..];
            let code = rest.trim_start_matches(WHITE);
            self.at += rest.len() - code.len();
            if !self.comment()? {
                return Ok(());
            }
        }
    }

    /// A comment; `false` if there is none here.
    fn comment(&mut self) -> Result<bool, NoJson> {
        let rest = &self.text[self.at..];
        if rest.starts_with("//") {
            self.at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(inside) = rest.strip_prefix("/*") {
            let end = inside.find("*/").ok_or_else(|| self.wrong())?;
            self.at += end + 4;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn value(&mut self, depth: usize) -> Result<Node, NoJson> {
        let start = self.at;
        let kind = match self.peek() {
            _ if depth > DEEPEST => return Err(self.wrong()),
            Some(b'{') => Kind::Object(self.items(b'}', depth)?),
            Some(b'[') => Kind::Array(self.items(b']', depth)?),
            Some(b'"') => Kind::Scalar(Value::String(self.string()?)),
            Some(_) => {
                let rest = &self.text[self.at..];
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)))
                    .unwrap_or(rest.len());
                let value = serde_json::from_str(&rest[..end]).map_err(|_| self.wrong())?;
                self.at += end;
                Kind::Scalar(value)
            }
            None => return Err(self.wrong()),
        };
        Ok(Node {
            span: start..self.at,
            kind,
        })
    }

    fn items(&mut self, close: u8, depth: usize) -> Result<Vec<Item>, NoJson> {
        let mut items = Vec::new();
        self.at += 1;
        loop {
            self.skip()?;
            if self.peek() == Some(close) {
                self.at += 1;
                return Ok(items);
            }
            let start = self.at;
            let mut key = String::new();
            if close == b'}' {
                key = self.string()?;
                self.skip()?;
                self.take(b':')?;
                self.skip()?;
            }
            let value = self.value(depth + 1)?;
            let span = start..self.at;
            self.skip()?;
            let comma = (self.peek() == Some(b',')).then_some(self.at);
            if comma.is_some() {
                self.at += 1;
            } else if self.peek() != Some(close) {
                return Err(self.wrong());
            }
            items.push(Item {
                key,
                span,
                value,
                comma,
            });
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), NoJson> {
        if self.peek() != Some(byte) {
            return Err(self.wrong());
        }
        self.at += 1;
        Ok(())
    }

    fn string(&mut self) -> Result<String, NoJson> {
        let start = self.at;
        self.take(b'"')?;
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += 2,
                Some(b'\n') | None => return Err(self.wrong()),
                Some(_) => self.at += 1,
            }
        }
        self.at += 1;
        let quoted = self.text.get(start..self.at).ok_or_else(|| self.wrong())?;
        serde_json::from_str(quoted).map_err(|_| self.wrong())
    }
}
