//! Where statements begin and end.
//!
//! Pure.

use memchr::{memchr, memchr2, memchr3};

/// A logical line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Where its indentation begins.
    pub(super) start: usize,
    /// Where its first word begins.
    pub(super) first: usize,
    /// Where it ends, without the end of line.
    pub(super) end: usize,
    /// How far it is indented, in columns.
    pub(super) indent: usize,
    pub(super) word: Word,
    /// Where the name ends that a `def` defines.
    pub(super) name: usize,
    /// Whether it ends with a colon, so that a block follows.
    pub(super) header: bool,
    /// Whether there is a semicolon outside of brackets.
    pub(super) several: bool,
    /// Whether there is a colon outside of brackets.
    pub(super) colon: bool,
    /// The last plain `=` outside of brackets.
    pub(super) equal: Option<usize>,
}

/// What a line begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Import,
    Def,
    Class,
    Decorator,
    /// `for` and `while`.
    Loop,
    With,
    /// The other words that have a block.
    Branch,
    Simple,
}

/// The logical lines of a text; `None` in doubt.
pub(super) fn lines(text: &[u8]) -> Option<Vec<Line>> {
    let mut lines = Vec::with_capacity(text.len() / 48);
    let mut at = if text.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    while at < text.len() {
        let start = at;
        let mut indent = 0;
        while let Some(b' ' | b'\t') = text.get(at) {
            indent = if text[at] == b' ' {
                indent + 1
            } else {
                (indent / 8 + 1) * 8
            };
            at += 1;
        }
        match text.get(at) {
            None => break,
            Some(b'\n') => at += 1,
            Some(b'\r') if text.get(at + 1) == Some(&b'\n') => at += 2,
            Some(b'\r' | b'\\' | b'\x0c') => return None,
            Some(b'#') => at = end_of_line(text, at),
            Some(_) => {
                let (line, next) = line(text, start, at, indent)?;
                lines.push(line);
                at = next;
            }
        }
    }
    Some(lines)
}

/// Bytes that mean something outside of strings.
const fn table() -> [bool; 256] {
    let mut table = [false; 256];
    let bytes = b"'\"#()[]{}\n\r\\=:; \t\x0c";
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

static MEANS: [bool; 256] = table();

/// The logical line that begins at `first`, and where the next one begins.
fn line(text: &[u8], start: usize, first: usize, indent: usize) -> Option<(Line, usize)> {
    let (word, name) = word(text, first);
    let mut line = Line {
        start,
        first,
        end: text.len(),
        indent,
        word,
        name,
        header: false,
        several: false,
        colon: false,
        equal: None,
    };
    let mut depth = 0_usize;
    let mut last = 0_u8;
    let mut at = first;
    let next = loop {
        let Some(&byte) = text.get(at) else {
            break text.len();
        };
        if !MEANS[usize::from(byte)] {
            last = byte;
            at += 1;
            continue;
        }
        match byte {
            b'#' => {
                at = memchr(b'\n', &text[at..]).map_or(text.len(), |found| at + found);
                continue;
            }
            b'\n' if depth == 0 => {
                line.end = at;
                break at + 1;
            }
            b'\r' if text.get(at + 1) != Some(&b'\n') => return None,
            b' ' | b'\t' | b'\n' | b'\r' => {
                at += 1;
                continue;
            }
            b'\\' => {
                at += match (text.get(at + 1), text.get(at + 2)) {
                    (Some(b'\n'), _) => 2,
                    (Some(b'\r'), Some(b'\n')) => 3,
                    _ => return None,
                };
                continue;
            }
            b'\x0c' => return None,
            b'\'' | b'"' => {
                at = string(text, at)?;
                last = byte;
                continue;
            }
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.checked_sub(1)?,
            b';' if depth == 0 => line.several = true,
            b':' if depth == 0 => line.colon = true,
            b'=' if text.get(at + 1) == Some(&b'=') => at += 1,
            b'=' if depth == 0 && !b"!<>:+-*/%&|^@=".contains(&last) => line.equal = Some(at),
            _ => {}
        }
        last = byte;
        at += 1;
    };
    // The brackets must be closed, and be it only so that this line ends here.
    if depth > 0 {
        return None;
    }
    line.header = last == b':';
    Some((line, next))
}

fn end_of_line(text: &[u8], at: usize) -> usize {
    // A carriage return alone would end it, too.
    memchr2(b'\n', b'\r', &text[at..]).map_or(text.len(), |found| at + found)
}

/// What a line begins with, and where the name ends if that is a `def`.
fn word(text: &[u8], first: usize) -> (Word, usize) {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'_' || **byte >= 0x80;
    let read = |at: usize| {
        let end = at + text[at..].iter().take_while(part).count();
        (&text[at..end], end)
    };
    let after = |at: usize| {
        at + text[at..]
            .iter()
            .take_while(|it| b" \t".contains(it))
            .count()
    };
    if text[first] == b'@' {
        return (Word::Decorator, first);
    }
    let (mut name, mut end) = read(first);
    if name == b"async" {
        (name, end) = read(after(end));
    }
    match name {
        b"import" | b"from" => (Word::Import, end),
        b"def" => (Word::Def, read(after(end)).1),
        b"class" => (Word::Class, end),
        b"for" | b"while" => (Word::Loop, end),
        b"with" => (Word::With, end),
        b"if" | b"elif" | b"else" | b"try" | b"except" | b"finally" => (Word::Branch, end),
        // Soft keywords: a statement only with a block.
        b"match" | b"case" if is_header(text, end) => (Word::Branch, end),
        _ => (Word::Simple, end),
    }
}

/// Whether a soft keyword begins a statement: what follows is not how a name goes on.
fn is_header(text: &[u8], end: usize) -> bool {
    let rest = &text[end..];
    let line = &rest[..memchr(b'\n', rest).unwrap_or(rest.len())];
    let line = match memchr(b'#', line) {
        Some(comment) => &line[..comment],
        None => line,
    };
    matches!(
        line.first(),
        Some(b' ' | b'\t' | b'(' | b'[' | b'{' | b'"' | b'\'')
    ) && line.trim_ascii_end().ends_with(b":")
}

/// The end of the string whose first quote is at `at`.
fn string(text: &[u8], at: usize) -> Option<usize> {
    let quote = text[at];
    let triple = text.get(at + 1) == Some(&quote) && text.get(at + 2) == Some(&quote);
    let letters = text[..at].iter().rev().take(3);
    let prefix = letters.take_while(|byte| byte.is_ascii_alphabetic());
    if prefix.clone().any(|byte| b"fFtT".contains(byte)) {
        return interpolated(text, at, quote, triple);
    }
    let mut at = at + if triple { 3 } else { 1 };
    loop {
        let rest = text.get(at..)?;
        let found = if triple {
            memchr2(quote, b'\\', rest)?
        } else {
            memchr3(quote, b'\\', b'\n', rest)?
        };
        at += found;
        match text[at] {
            b'\\' => at += escaped(text, at),
            b'\n' => return None,
            _ if !triple => return Some(at + 1),
            _ if text[at..].starts_with(&[quote; 3]) => return Some(at + 3),
            _ => at += 1,
        }
    }
}

/// How long a backslash and what it hides are.
fn escaped(text: &[u8], at: usize) -> usize {
    if text[at + 1..].starts_with(b"\r\n") {
        3
    } else {
        2
    }
}

/// The end of an f-string or t-string; `None` if a quote in one of its fields could be
/// its end.
fn interpolated(text: &[u8], at: usize, quote: u8, triple: bool) -> Option<usize> {
    let closes = |at: usize| text[at] == quote && (!triple || text[at..].starts_with(&[quote; 3]));
    let mut at = at + if triple { 3 } else { 1 };
    let mut fields = 0_usize;
    loop {
        let byte = *text.get(at)?;
        match byte {
            b'\\' => at += escaped(text, at),
            b'\n' if !triple => return None,
            b'#' if fields > 0 => return None,
            b'{' | b'}' if fields == 0 && text.get(at + 1) == Some(&byte) => at += 2,
            b'{' => {
                fields += 1;
                at += 1;
            }
            b'}' => {
                fields = fields.checked_sub(1)?;
                at += 1;
            }
            _ if closes(at) => {
                let end = at + if triple { 3 } else { 1 };
                return (fields == 0).then_some(end);
            }
            b'\'' | b'"' if fields > 0 => {
                // A string in a field: one line, and without the quotes around.
                let inner = byte;
                at += 1;
                loop {
                    match text.get(at)? {
                        b'\n' | b'\\' => return None,
                        _ if closes(at) => return None,
                        byte if *byte == inner => break,
                        _ => at += 1,
                    }
                }
                at += 1;
            }
            _ => at += 1,
        }
    }
}
