//! Commands of `noxfile.py`, read from its tokens.
//!
//! Tokens, not a syntax tree: a file of 200,000 minus signs overflows a parser's
//! stack, and tokens are enough to see `session.run("black", "src")`.

use super::mention::{Gathered, Source};
use super::script::ScriptReader;
use super::tasks::Desk;

/// A word whose value is not a plain string.
const UNKNOWN: &str = "$unknown";

/// As much of a token as matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token<'a> {
    Name(&'a str),
    /// The inside of a literal, as it is written.
    Text(&'a str),
    Mark(char),
}

/// Reads a noxfile.
pub(super) fn read(desk: Desk<'_>, text: &str, out: &mut Gathered) {
    let tokens = tokens(text);
    let mut reader = ScriptReader::new(desk.boundary, desk.file, Source::Command, desk.below, out);
    reader.label("nox:");
    for (index, window) in tokens.windows(4).enumerate() {
        let [
            (Token::Name("session" | "s"), line),
            (Token::Mark('.'), _),
            (Token::Name(method), _),
            (Token::Mark('('), _),
        ] = window
        else {
            continue;
        };
        match *method {
            "run" | "run_always" | "run_install" => {
                reader.words(&arguments(&tokens[index + 4..]), *line);
            }
            "install" => {
                let mut words = vec!["install".to_owned()];
                words.extend(arguments(&tokens[index + 4..]));
                reader.words(&words, *line);
            }
            "chdir" | "cd" => {
                if let Some(to) = arguments(&tokens[index + 4..]).first() {
                    reader.enter(to);
                }
            }
            _ => {}
        }
    }
}

/// Names, literals and marks with their lines; comments and space left out.
fn tokens(text: &str) -> Vec<(Token<'_>, u32)> {
    let mut tokens = Vec::new();
    let mut line = 1u32;
    let mut rest = text;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '"' | '\'' => {
                let (inside, length) = literal(rest, c);
                // The prefix of a literal is no name of its own.
                if let Some((Token::Name(prefix), _)) = tokens.last()
                    && prefix.len() <= 2
                    && prefix.as_bytes().as_ptr_range().end == rest.as_ptr()
                {
                    tokens.pop();
                }
                tokens.push((Token::Text(inside), line));
                length
            }
            c if is_name(c) => {
                let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
                tokens.push((Token::Name(&rest[..length]), line));
                length
            }
            c => {
                if !c.is_whitespace() {
                    tokens.push((Token::Mark(c), line));
                }
                c.len_utf8()
            }
        };
        let breaks = rest[..length].bytes().filter(|b| *b == b'\n').count();
        line = line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX));
        rest = &rest[length..];
    }
    tokens
}

/// The inside of a literal that begins here, and its whole length.
fn literal(text: &str, quote: char) -> (&str, usize) {
    let triple: String = [quote; 3].iter().collect();
    let (mark, may_span) = if text.starts_with(&triple) {
        (triple.as_str(), true)
    } else {
        (&triple[..1], false)
    };
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(mark.len()) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == '\n' && !may_span {
            return (&text[mark.len()..index], index);
        } else if text[index..].starts_with(mark) {
            return (&text[mark.len()..index], index + mark.len());
        }
    }
    (&text[mark.len()..], text.len())
}

/// Positional arguments up to the closing parenthesis; keyword arguments are
/// left out.
fn arguments(tokens: &[(Token<'_>, u32)]) -> Vec<String> {
    let mut words = Vec::new();
    let mut depth = 0usize;
    let mut argument: Vec<Token<'_>> = Vec::new();
    let mut end = |argument: &mut Vec<Token<'_>>| {
        match argument[..] {
            // What `nox -- ARGS` adds, CI does not.
            []
            | [Token::Name(_), Token::Mark('='), ..]
            | [
                Token::Mark('*'),
                Token::Name(_),
                Token::Mark('.'),
                Token::Name("posargs"),
            ] => {}
            [Token::Text(text)] => words.push(text.to_owned()),
            _ => words.push(UNKNOWN.to_owned()),
        }
        argument.clear();
    };
    for (token, _) in tokens {
        match token {
            Token::Mark('(' | '[' | '{') => depth += 1,
            Token::Mark(')') if depth == 0 => break,
            Token::Mark(')' | ']' | '}') => depth = depth.saturating_sub(1),
            Token::Mark(',') if depth == 0 => {
                end(&mut argument);
                continue;
            }
            _ => {}
        }
        // More is not needed to see that a value is not plain.
        if argument.len() < 5 {
            argument.push(*token);
        }
    }
    end(&mut argument);
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn gathered(text: &str) -> Gathered {
        let mut out = Gathered::default();
        let desk = Desk {
            boundary: Path::new("/r"),
            file: Path::new("/r/noxfile.py"),
            below: "",
        };
        read(desk, text, &mut out);
        out
    }

    #[test]
    fn runs_and_installs_are_read() {
        let out = gathered(
            "@nox.session\ndef lint(session):\n    session.install('black==24.1.0', \"isort\")\n    session.run(\n        'black', '--check', 'src', # why\n        *session.posargs, external=True)\n    session.run('isort', 'src')\n",
        );
        let shown: Vec<_> = out.mentions.iter().map(|m| m.text.as_str()).collect();
        assert_eq!(shown, ["nox: black --check src", "nox: isort src"]);
        assert_eq!(out.pins[0].shown(), "24.1.0");
        assert!(out.mentions[1].filter.applies("docs/a.py").is_err());
    }

    #[test]
    fn poison_is_only_tokens() {
        assert!(gathered(&"-".repeat(200_000)).mentions.is_empty());
        assert!(gathered(&"session.run(".repeat(2_000)).mentions.is_empty());
        assert!(gathered("session.run('black'").mentions.len() <= 1);
    }
}
