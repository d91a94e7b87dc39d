//! A shorter text with the same facts.
//!
//! Pure. Most of a program is of no interest here: the statements in functions, tables of
//! data, docstrings. A single pass over the bytes finds where statements begin and end;
//! what can hold no import, class or definition of the top level is left out, so that the
//! parser has a few lines instead of all. Imports are never judged here, only kept.
//!
//! In any doubt (a bracket or string that does not end, a quote inside of an f-string that
//! could be its end, a lone carriage return) there is no short text, and the whole one is
//! parsed. Tests compare the facts of both ways over whole libraries. An error of syntax
//! inside of a statement that is left out goes unseen: it hides no import.

mod lines;

use memchr::memmem;

use lines::{Line, Word, lines};

/// A text that was shortened.
pub(super) struct Skim {
    pub(super) text: String,
    /// Where each stretch that was kept begins, here and in the whole text.
    pub(super) places: Vec<(usize, usize)>,
}

/// A value of the top level that is longer is left out: it is no name.
const VALUE: usize = 160;

/// Shortens a text; `None` in doubt.
pub(super) fn skim(text: &str) -> Option<Skim> {
    let lines = lines(text.as_bytes())?;
    let mut interest = Vec::with_capacity(lines.len() + 1);
    let mut sum = 0_usize;
    interest.push(sum);
    for line in &lines {
        sum += usize::from(is_interesting(text, line));
        interest.push(sum);
    }
    let mut skimming = Skimming {
        text,
        out: String::with_capacity(text.len() / 8),
        places: Vec::new(),
        blocks: Vec::new(),
        decorators: Vec::new(),
        open: false,
    };
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let mut next = at + 1;
        if line.word == Word::Def && line.header {
            let rest = lines[next..].iter();
            next += rest.take_while(|it| it.indent > line.indent).count();
        }
        let inside = interest[next] > interest[at + 1];
        skimming.line(line, inside)?;
        at = if inside || line.word != Word::Def {
            at + 1
        } else {
            next
        };
    }
    skimming.decorators.is_empty().then_some(Skim {
        text: skimming.out,
        places: skimming.places,
    })
}

/// Whether a statement in a function must be parsed.
fn is_interesting(text: &str, line: &Line) -> bool {
    match line.word {
        Word::Import | Word::Class => true,
        Word::Decorator => false,
        // A body on the same line, or several statements on one.
        _ if line.header && !line.several => false,
        Word::Simple if !line.several => false,
        _ => {
            let bytes = &text.as_bytes()[line.first..line.end];
            memmem::find(bytes, b"import").is_some() || memmem::find(bytes, b"class").is_some()
        }
    }
}

struct Skimming<'a> {
    text: &'a str,
    out: String,
    places: Vec<(usize, usize)>,
    /// Blocks around: their headers' indentation, and whether they are in a function or
    /// class.
    blocks: Vec<(usize, bool)>,
    decorators: Vec<(usize, usize)>,
    /// Whether the last line that was written waits for a block.
    open: bool,
}

impl Skimming<'_> {
    fn line(&mut self, line: &Line, inside: bool) -> Option<()> {
        while self
            .blocks
            .last()
            .is_some_and(|(indent, _)| *indent >= line.indent)
        {
            self.blocks.pop();
        }
        let inner = self.blocks.last().is_some_and(|(_, inner)| *inner);
        if line.word == Word::Decorator {
            self.decorators.push((line.start, line.end));
            return Some(());
        }
        let decorators = std::mem::take(&mut self.decorators);
        if !decorators.is_empty() && !matches!(line.word, Word::Def | Word::Class) {
            return None;
        }
        match line.word {
            Word::Simple => return self.simple(line, inner),
            Word::Class => {
                for (start, end) in decorators {
                    self.keep(start, end, "\n");
                }
                self.keep(line.start, line.end, "\n");
            }
            Word::Def if line.header => {
                self.keep(
                    line.start,
                    line.name,
                    if inside { "():\n" } else { "(): 0\n" },
                );
                if !inside {
                    self.open = false;
                    return Some(());
                }
            }
            Word::Loop if line.header => self.keep(line.start, line.first, "while 0:\n"),
            Word::With if line.header => self.keep(line.start, line.first, "with 0:\n"),
            _ => self.keep(line.start, line.end, "\n"),
        }
        self.open = line.header;
        if line.header {
            let inner = inner || matches!(line.word, Word::Def | Word::Class);
            self.blocks.push((line.indent, inner));
        }
        Some(())
    }

    fn simple(&mut self, line: &Line, inner: bool) -> Option<()> {
        // A header without one of the words is no Python, or newer than this.
        if line.header {
            return None;
        }
        let bytes = &self.text.as_bytes()[line.first..line.end];
        let says = |what: &str| memmem::find(bytes, what.as_bytes()).is_some();
        let named = !inner && (says("__all__") || says("__path__") || says("declare_namespace"));
        let several = line.several && (!inner || says("import") || says("class"));
        let short = bytes.len() <= VALUE;
        if named || several || !inner && short && (line.equal.is_some() || line.colon) {
            self.keep(line.start, line.end, "\n");
        } else if let Some(equal) = line.equal.filter(|_| !inner) {
            self.keep(line.start, equal + 1, " 0\n");
        } else if !inner && line.colon {
            self.keep(line.start, line.end, "\n");
        } else if self.open {
            self.keep(line.start, line.first, "0\n");
        }
        self.open = false;
        Some(())
    }

    fn keep(&mut self, start: usize, end: usize, then: &str) {
        self.places.push((self.out.len(), start));
        self.out.push_str(&self.text[start..end]);
        self.out.push_str(then);
    }
}
