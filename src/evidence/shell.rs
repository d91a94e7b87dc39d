//! Shell text cut into simple commands, as far as evidence needs it.
//!
//! Not an interpreter: substitutions stay in the words as they are written, so
//! that whoever reads a word can see that its value is not known. Pure.

/// One simple command: its words without quotes, and the line it begins on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Command {
    /// The words, redirections left out.
    pub words: Vec<String>,
    /// 1-based line.
    pub line: u32,
    /// The subshells it stands in, from the outermost, each with a number of its own:
    /// what `cd` does in one ends with it.
    pub subshells: Vec<u32>,
}

/// A command as a person would type it, shortened for a table.
pub(super) fn shown(words: &[String]) -> String {
    let mut text = words.join(" ");
    if let Some((cut, _)) = text.char_indices().nth(100) {
        text.truncate(cut);
        text.push('…');
    }
    text
}

/// How deep subshells are told apart: each command carries those it stands in.
const MAX_SUBSHELLS: usize = 16;

/// Whether a word's value depends on something that is not known here.
pub(super) fn is_dynamic(word: &str) -> bool {
    word.contains(['$', '`', '{', '%'])
}

/// Cuts `text`, whose first line has number `line`, into simple commands.
pub(super) fn commands(text: &str, line: u32) -> Vec<Command> {
    let mut reader = Reader {
        rest: text,
        line,
        began: line,
        word: None,
        words: Vec::new(),
        skip_next: false,
        subshells: Vec::new(),
        opened: 0,
        deeper: 0,
        commands: Vec::new(),
    };
    while let Some(c) = reader.rest.chars().next() {
        reader.step(c);
    }
    reader.end_command();
    reader.commands
}

struct Reader<'a> {
    rest: &'a str,
    line: u32,
    began: u32,
    word: Option<String>,
    words: Vec<String>,
    /// The next word is the target of a redirection.
    skip_next: bool,
    /// The open parentheses, and how many there have been.
    subshells: Vec<u32>,
    opened: u32,
    /// How many are open below the deepest that is told apart.
    deeper: u32,
    commands: Vec<Command>,
}

impl Reader<'_> {
    fn advance(&mut self, bytes: usize) -> &str {
        let (taken, rest) = self.rest.split_at(bytes);
        let breaks = taken.bytes().filter(|byte| *byte == b'\n').count();
        self.line = self
            .line
            .saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        self.rest = rest;
        taken
    }

    fn push(&mut self, bytes: usize) {
        let taken = self.advance(bytes).to_owned();
        self.word().push_str(&taken);
    }

    fn word(&mut self) -> &mut String {
        if self.word.is_none() && self.words.is_empty() {
            self.began = self.line;
        }
        self.word.get_or_insert_default()
    }

    fn end_word(&mut self) {
        if let Some(word) = self.word.take()
            && !std::mem::take(&mut self.skip_next)
        {
            self.words.push(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.skip_next = false;
        if !self.words.is_empty() {
            self.commands.push(Command {
                words: std::mem::take(&mut self.words),
                line: self.began,
                subshells: self.subshells.clone(),
            });
        }
    }

    fn step(&mut self, c: char) {
        match c {
            '\\' => {
                let next = self.rest[1..].chars().next();
                if next == Some('\n') {
                    self.advance(2);
                } else {
                    self.advance(1);
                    if let Some(next) = next {
                        self.push(next.len_utf8());
                    }
                }
            }
            '\'' | '"' => self.quoted(c),
            '#' if self.word.is_none() => {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.advance(end);
            }
            // `f() { …; }`: a group of commands, not a value.
            '{' | '}' if self.stands_alone() => {
                self.advance(1);
            }
            '$' | '`' | '{' if let Some(length) = opaque(self.rest) => self.push(length),
            '>' | '<' => {
                // `2>` is a redirection, not the word 2.
                if self
                    .word
                    .as_ref()
                    .is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_digit()))
                {
                    self.word = None;
                }
                self.end_word();
                let length = self
                    .rest
                    .find(|c: char| !matches!(c, '>' | '<' | '&'))
                    .unwrap_or(self.rest.len());
                self.advance(length);
                self.skip_next = true;
            }
            ';' | '&' | '|' | '(' | ')' | '\n' => {
                self.end_command();
                self.advance(1);
                if c == '(' {
                    self.opened = self.opened.saturating_add(1);
                    if self.subshells.len() < MAX_SUBSHELLS {
                        self.subshells.push(self.opened);
                    } else {
                        self.deeper = self.deeper.saturating_add(1);
                    }
                } else if c == ')' {
                    match self.deeper.checked_sub(1) {
                        Some(fewer) => self.deeper = fewer,
                        None => {
                            self.subshells.pop();
                        }
                    }
                }
            }
            c if c.is_whitespace() => {
                self.end_word();
                self.advance(c.len_utf8());
            }
            c => self.push(c.len_utf8()),
        }
    }

    /// Whether the next character is a word where a command begins.
    fn stands_alone(&self) -> bool {
        let next = self.rest[1..].chars().next();
        self.word.is_none()
            && self.words.is_empty()
            && next.is_none_or(|next| next.is_whitespace() || ";&|)".contains(next))
    }

    fn quoted(&mut self, quote: char) {
        self.word();
        self.advance(1);
        while let Some(c) = self.rest.chars().next() {
            match c {
                c if c == quote => {
                    self.advance(1);
                    return;
                }
                '\\' if quote == '"' => {
                    self.advance(1);
                    if let Some(next) = self.rest.chars().next() {
                        self.push(next.len_utf8());
                    }
                }
                c => self.push(c.len_utf8()),
            }
        }
    }
}

/// The length of a substitution at the start: `$(…)`, `${…}`, `${{ … }}`,
/// `{{ … }}`, `{…}` or backticks. `None` where none begins or ends.
fn opaque(text: &str) -> Option<usize> {
    if let Some(rest) = text.strip_prefix('`') {
        return rest.find('`').map(|end| end + 2);
    }
    let start = usize::from(text.starts_with('$'));
    let close = match text.as_bytes().get(start)? {
        b'(' => b')',
        b'{' => b'}',
        _ => return None,
    };
    let open = text.as_bytes()[start];
    let mut depth = 0usize;
    for (index, byte) in text.bytes().enumerate().skip(start) {
        if byte == open {
            depth += 1;
        } else if byte == close {
            depth -= 1;
            if depth == 0 {
                return Some(index + 1);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_into_simple_commands() {
        let cases: &[(&str, &[&[&str]])] = &[
            ("black . && isort .", &[&["black", "."], &["isort", "."]]),
            ("ruff check \\\n  src", &[&["ruff", "check", "src"]]),
            (
                "echo 'a; b' # no\nblack \"my dir\" > /dev/null 2>&1",
                &[&["echo", "a; b"], &["black", "my dir"]],
            ),
            (
                "black $(git ls-files '*.py') ${{ matrix.a }} {posargs}",
                &[&[
                    "black",
                    "$(git ls-files '*.py')",
                    "${{ matrix.a }}",
                    "{posargs}",
                ]],
            ),
            ("(cd a; ruff .)", &[&["cd", "a"], &["ruff", "."]]),
            (
                "pip install \"ruff>=0.5\" 'black==24.1'",
                &[&["pip", "install", "ruff>=0.5", "black==24.1"]],
            ),
            ("unclosed 'quote", &[&["unclosed", "quote"]]),
            ("odd ${ brace", &[&["odd", "${", "brace"]]),
            (
                "f() {\n  black .\n}\n{ isort .; } | tee {log}",
                &[&["f"], &["black", "."], &["isort", "."], &["tee", "{log}"]],
            ),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let got: Vec<Vec<String>> = commands(text, 1)
                .into_iter()
                .map(|command| command.words)
                .collect();
            assert_eq!(&got, expected, "{text}");
        }
    }

    #[test]
    fn commands_know_their_subshells() {
        let subshells: Vec<Vec<u32>> = commands("a; (b; (c)); (d)\n) e", 1)
            .into_iter()
            .map(|command| command.subshells)
            .collect();
        assert_eq!(
            subshells,
            [vec![], vec![1], vec![1, 2], vec![3], Vec::new()]
        );
        let poison = format!("{}a{}b", "(".repeat(99_999), ")".repeat(99_999));
        let deep = commands(&poison, 1);
        assert_eq!(deep[0].subshells.len(), MAX_SUBSHELLS);
        assert!(deep[1].subshells.is_empty());
    }

    #[test]
    fn commands_know_their_lines() {
        let lines: Vec<u32> = commands("a\n\nb \\\n c\n# x\nd", 10)
            .iter()
            .map(|command| command.line)
            .collect();
        assert_eq!(lines, [10, 12, 15]);
    }
}
