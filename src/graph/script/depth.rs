//! How deeply a script may nest, before anybody parses it.
//!
//! Pure. The parser goes down with every level, and a stack that overflows ends the
//! process. So a text is read once, from left to right and without a stack, and a bound on
//! its levels is added up: what is open lies around what comes, and in each open bracket
//! every operator since the last statement or comma may lie around the next one.
//!
//! Where a string, a pattern or the text of an element ends can only be told by parsing.
//! What is taken for one is skipped, and everything in it that could make a level is added
//! to the bound: wherever the reading errs, the bound is too high and never too low. That
//! is why nothing that is read as text closes anything.

#[cfg(test)]
mod tests;

use super::dialect::Dialect;

/// The most levels that a text may have.
pub(super) const DEEPEST: usize = 10_000;

/// Stack for one level, of the parser and of the functions that walk over the tree.
pub(super) const LEVEL: usize = if cfg!(debug_assertions) {
    32_768
} else {
    16_384
};

/// Stack for everything else.
pub(super) const BASE: usize = 256 * 1024;

/// How many levels a text has at most; `None` if there can be more than [`DEEPEST`].
pub(super) fn depth(text: &str, dialect: Dialect) -> Option<usize> {
    let bytes = text.as_bytes();
    // A short text has a level for each byte at most.
    if bytes.len() <= 64 {
        return Some(bytes.len());
    }
    let mut reading = Reading {
        bytes,
        at: 0,
        elements: dialect.has_elements(),
        open: vec![Level::default()],
        depth: 0,
        deepest: 0,
        skipped: 0,
        templates: Vec::new(),
        last: Last::Start,
        ended: false,
    };
    while reading.at < bytes.len() {
        reading.step();
        if reading.deepest + reading.skipped > DEEPEST {
            return None;
        }
    }
    Some((reading.deepest + reading.skipped + 8).min(DEEPEST))
}

/// What lies in one open bracket.
#[derive(Default)]
struct Level {
    /// Operators since the last statement or comma.
    chain: usize,
    /// `<` that a comma does not end: arguments of types, elements.
    angles: usize,
}

/// What the last thing was that is no space.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Start,
    /// A name, a number, a string, a closing bracket: what follows is no operand.
    Operand,
    /// `}`: what follows can be both.
    Brace,
    Operator,
}

struct Reading<'t> {
    bytes: &'t [u8],
    at: usize,
    elements: bool,
    open: Vec<Level>,
    /// The sum of all that is open.
    depth: usize,
    deepest: usize,
    skipped: usize,
    /// For each `${` that is open, how many brackets were.
    templates: Vec<usize>,
    last: Last,
    /// Whether a statement has ended, unless the next word goes on with it.
    ended: bool,
}

/// Words before an operand, each of which can make a level.
const PREFIX: [&str; 17] = [
    "typeof", "new", "await", "void", "delete", "yield", "async", "else", "if", "do", "for",
    "while", "with", "keyof", "infer", "extends", "case",
];

/// Words that go on with a statement after `;`, `}` or the end of a line.
const GOES_ON: [&str; 11] = [
    "else",
    "catch",
    "finally",
    "while",
    "in",
    "instanceof",
    "of",
    "as",
    "satisfies",
    "is",
    "extends",
];

impl Reading<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn level(&mut self) -> &mut Level {
        if self.open.is_empty() {
            self.open.push(Level::default());
        }
        let last = self.open.len() - 1;
        &mut self.open[last]
    }

    fn chain(&mut self) {
        self.level().chain += 1;
        self.deeper();
    }

    fn deeper(&mut self) {
        self.depth += 1;
        self.deepest = self.deepest.max(self.depth);
    }

    fn push(&mut self) {
        self.open.push(Level::default());
        self.deeper();
    }

    fn pop(&mut self) {
        if self.open.len() > 1
            && let Some(level) = self.open.pop()
        {
            self.depth -= level.chain + level.angles + 1;
        }
        // `f()()()` lies in itself to the left.
        self.chain();
    }

    /// The end of what operators can join. Elements have no such end but their own.
    fn reset(&mut self, statement: bool) {
        let types = statement && !self.elements;
        let level = self.level();
        let mut gone = std::mem::take(&mut level.chain);
        if types {
            gone += std::mem::take(&mut level.angles);
        }
        self.depth -= gone;
    }

    fn step(&mut self) {
        let byte = self.peek(0);
        match byte {
            b'\n' => {
                self.at += 1;
                // A line that ends with an operand ends the statement, unless the next one
                // begins with an operator.
                let next = self.bytes[self.at..]
                    .iter()
                    .find(|it| !it.is_ascii_whitespace());
                let begins = next.is_some_and(|next| is_word(*next) || b"'\"@#{}".contains(next));
                self.ended |= begins && matches!(self.last, Last::Operand | Last::Brace);
                return;
            }
            _ if byte.is_ascii_whitespace() => {
                self.at += 1;
                return;
            }
            b'/' if self.peek(1) == b'/' => {
                let end = memchr::memchr(b'\n', &self.bytes[self.at..]);
                return self.skip(end.unwrap_or(self.bytes.len() - self.at));
            }
            b'/' if self.peek(1) == b'*' => {
                let end = memchr::memmem::find(&self.bytes[self.at + 2..], b"*/");
                return self.skip(end.map_or(self.bytes.len() - self.at, |end| end + 4));
            }
            _ if is_word(byte) => return self.word(),
            _ => {}
        }
        if std::mem::take(&mut self.ended) {
            self.reset(true);
        }
        match byte {
            b'(' | b'[' | b'{' => {
                self.push();
                self.at += 1;
                self.last = Last::Operator;
            }
            b')' | b']' => {
                self.pop();
                self.at += 1;
                self.last = Last::Operand;
            }
            b'}' => {
                self.pop();
                self.at += 1;
                if self.templates.last() == Some(&self.open.len()) {
                    self.templates.pop();
                    self.template();
                } else {
                    self.last = Last::Brace;
                }
            }
            b',' => {
                self.reset(false);
                self.at += 1;
                self.last = Last::Operator;
            }
            b';' => {
                self.ended = true;
                self.at += 1;
                self.last = Last::Operator;
            }
            b'\'' | b'"' => self.quoted(byte),
            b'`' => {
                self.at += 1;
                self.template();
            }
            b'<' => self.angle(),
            b'>' => {
                let arrow = self.last == Last::Operator && self.bytes[..self.at].ends_with(b"=");
                if !arrow && !self.elements && self.level().angles > 0 {
                    self.level().angles -= 1;
                    self.depth -= 1;
                } else {
                    self.chain();
                }
                self.at += 1;
                self.last = if arrow { Last::Operator } else { Last::Operand };
            }
            b'/' if self.last != Last::Operand => self.pattern(),
            _ => {
                self.chain();
                self.at += 1;
                self.last = Last::Operator;
            }
        }
    }

    /// `<`: of types until a `>`, of elements until `</` or `/>`, or an operator.
    fn angle(&mut self) {
        if self.elements && self.peek(1) == b'/' {
            if self.level().angles > 0 {
                self.level().angles -= 1;
                self.depth -= 1;
            }
            self.at += 2;
        } else {
            self.level().angles += 1;
            self.deeper();
            self.at += 1;
        }
        self.last = Last::Operator;
    }

    fn word(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|it| is_word(**it)).count();
        let word = &rest[..length];
        let is = |words: &[&str]| words.iter().any(|it| it.as_bytes() == word);
        let goes_on = is(&GOES_ON);
        let ended = std::mem::take(&mut self.ended);
        // In minified text a block is followed by the next statement at once.
        if !goes_on && (ended || self.last == Last::Brace) {
            self.reset(true);
        }
        let prefix = is(&PREFIX) || goes_on;
        if prefix {
            self.chain();
        }
        self.last = if prefix {
            Last::Operator
        } else {
            Last::Operand
        };
        self.at += length;
    }

    /// Takes a stretch for text, and adds what in it could make a level.
    fn skip(&mut self, length: usize) {
        let end = (self.at + length).min(self.bytes.len());
        self.skipped += levels_in(&self.bytes[self.at..end]);
        self.at = end;
    }

    /// A string; a quote without its other one on the line is none.
    fn quoted(&mut self, quote: u8) {
        let mut end = self.at + 1;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'\\' => end += 1,
                b'\n' => break,
                byte if *byte == quote => {
                    self.skip(end + 1 - self.at);
                    self.last = Last::Operand;
                    return;
                }
                _ => {}
            }
            end += 1;
        }
        self.at += 1;
        self.last = Last::Operand;
    }

    /// The text of a template up to its end or to the next `${`.
    fn template(&mut self) {
        let mut end = self.at;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'\\' => end += 1,
                b'`' => {
                    self.skip(end + 1 - self.at);
                    self.last = Last::Operand;
                    return;
                }
                b'$' if self.bytes.get(end + 1) == Some(&b'{') => {
                    self.skip(end + 2 - self.at);
                    self.templates.push(self.open.len());
                    self.push();
                    self.last = Last::Operator;
                    return;
                }
                _ => {}
            }
            end += 1;
        }
        self.skip(self.bytes.len() - self.at);
    }

    /// A pattern (`/[/]+/`), or an operator where none ends on the line.
    fn pattern(&mut self) {
        let mut end = self.at + 1;
        let mut class = false;
        while let Some(byte) = self.bytes.get(end) {
            match byte {
                b'\\' => end += 1,
                b'\n' => break,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => {
                    self.skip(end + 1 - self.at);
                    self.last = Last::Operand;
                    return;
                }
                _ => {}
            }
            end += 1;
        }
        self.chain();
        // `/>` ends an element.
        if self.elements && self.peek(1) == b'>' && self.level().angles > 0 {
            self.level().angles -= 1;
            self.depth -= 1;
        }
        self.at += 1;
        self.last = Last::Operator;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || !byte.is_ascii()
}

/// How many levels a stretch could have at most if it were no text: its brackets, what can
/// stand before an operand, and, by two letters that each has, the words that can.
fn levels_in(stretch: &[u8]) -> usize {
    let sign = |byte: &u8| b"([{<!~+-=?".contains(byte);
    let signs = stretch.iter().filter(|byte| sign(byte)).count();
    let word = |pair: &[u8]| matches!(pair, b"eo" | b"oi" | b"wa" | b"ew" | b"yi" | b"ls");
    signs + stretch.windows(2).filter(|pair| word(pair)).count()
}
