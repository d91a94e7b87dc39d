//! Where a line is, in words that survive edits elsewhere. Pure.

/// A line of Python as a no knows it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The enclosing function or class, dotted; empty at the top of the module.
    pub symbol: String,
    /// The hash of the line without the blanks around it.
    pub text_hash: String,
}

/// A line that says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Said<'a> {
    /// Counted from 0 in the whole text.
    pub(super) number: u32,
    /// How many blank lines are before it.
    pub(super) blanks: usize,
    /// It, without what is blank at its end.
    pub(super) text: &'a [u8],
}

/// The lines of a text but the blank ones.
pub(super) fn said(text: &[u8]) -> Vec<Said<'_>> {
    let mut said = Vec::new();
    let mut blanks = 0;
    for (line, number) in text.split(|byte| *byte == b'\n').zip(0..) {
        let text = line.trim_ascii_end();
        if text.is_empty() {
            blanks += 1;
        } else {
            said.push(Said {
                number,
                blanks,
                text,
            });
            blanks = 0;
        }
    }
    said
}

/// The spot of each line.
///
/// Enclosing definitions are told by indentation alone, so that it works for text that
/// does not parse. A `def` in a string may give lines a symbol that they do not have;
/// it is the same one each time, which is all that is asked of it.
pub(super) fn spots(lines: &[Said<'_>]) -> Vec<Spot> {
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut spots = Vec::new();
    for line in lines {
        let said = line.text.trim_ascii_start();
        let indent = line.text.len() - said.len();
        // A comment or a bracket at the margin ends no function.
        if !said.starts_with(b"#") && !said.starts_with(b")") {
            open.retain(|(at, _)| *at < indent);
        }
        let symbol: Vec<&str> = open
            .iter()
            .filter(|(at, _)| *at < indent)
            .map(|(_, name)| name.as_str())
            .collect();
        spots.push(Spot {
            symbol: symbol.join("."),
            text_hash: blake3::hash(said).to_hex()[..32].to_owned(),
        });
        if let Some(name) = defined(said) {
            open.push((indent, name));
        }
    }
    spots
}

/// The name that a line begins to define.
fn defined(line: &[u8]) -> Option<String> {
    let line = std::str::from_utf8(line).ok()?;
    let line = line.strip_prefix("async ").unwrap_or(line).trim_start();
    let rest = line
        .strip_prefix("def ")
        .or_else(|| line.strip_prefix("class "))?
        .trim_start();
    let end = rest
        .find(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .unwrap_or(rest.len());
    (end > 0).then(|| rest[..end].to_owned())
}
