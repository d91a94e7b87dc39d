//! The words by which a question is compared with past ones. Pure.
//!
//! Besides the words themselves the *shape* counts: keywords, operators and kinds of
//! literals, one after the other in pairs, with names left out. Two `except` clauses
//! that swallow their error are alike whatever the error is called.

use std::collections::BTreeSet;

/// How many lines around the place count.
const AROUND: usize = 4;
/// How many words of each kind are looked for; the rest of a long text adds nothing.
const MOST: usize = 48;

/// A text as words, in the columns of the index.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// The rule.
    pub rule: String,
    /// The words of the message.
    pub message: String,
    /// The words of the line itself.
    pub line: String,
    /// The words of the lines around it.
    pub around: String,
    /// The shape of the line and its neighbours.
    pub shape: String,
}

impl Words {
    /// Of a rule, its message and the code around its place. `line` is the line that it
    /// is about, counted from 0 in `code`.
    pub fn of(rule: &str, message: &str, code: &str, line: usize) -> Self {
        let lines: Vec<&str> = code.lines().collect();
        let own = lines.get(line).copied().unwrap_or_default();
        let near = lines.get(line.saturating_sub(1)..(line + 2).min(lines.len()));
        Self {
            rule: joined(words(rule)),
            message: joined(words(message)),
            line: joined(words(own)),
            around: joined(words(code)),
            shape: joined(shape(own).chain(shape(&near.unwrap_or_default().join("\n")))),
        }
    }

    /// What the index is asked: the rule, and any of the words, each in its own column. A
    /// case of another rule is no precedent, however alike its code is.
    pub fn query(&self) -> String {
        let columns = [
            ("message", &self.message),
            ("line", &self.line),
            ("around", &self.around),
            ("shape", &self.shape),
        ];
        let any: Vec<String> = columns
            .into_iter()
            .filter(|(_, words)| !words.is_empty())
            .map(|(column, words)| any_of(column, words))
            .collect();
        match (self.rule.is_empty(), any.is_empty()) {
            (true, _) => any.join(" OR "),
            (false, true) => any_of("rule", &self.rule),
            (false, false) => format!("{} AND ({})", any_of("rule", &self.rule), any.join(" OR ")),
        }
    }
}

/// The question for any of the words in a column.
fn any_of(column: &str, words: &str) -> String {
    let each: BTreeSet<&str> = words.split(' ').take(MOST).collect();
    let any: Vec<String> = each.iter().map(|word| format!("\"{word}\"")).collect();
    format!("{column} : ({})", any.join(" OR "))
}

/// The lines around a line (counted from 1) of a text, and where in them it is, counted
/// from 0. Empty for a line that is not there.
pub fn around(text: &str, line: u32) -> (String, usize) {
    let Some(at) = usize::try_from(line).unwrap_or(0).checked_sub(1) else {
        return (String::new(), 0);
    };
    let from = at.saturating_sub(AROUND);
    let lines: Vec<&str> = text.lines().skip(from).take(2 * AROUND + 1).collect();
    if lines.len() <= at - from {
        return (String::new(), 0);
    }
    (lines.join("\n"), at - from)
}

fn joined<'a>(words: impl Iterator<Item = std::borrow::Cow<'a, str>>) -> String {
    let words: Vec<std::borrow::Cow<'_, str>> = words.collect();
    words.join(" ")
}

/// Names and numbers, in lower case; long names also in their parts.
fn words(text: &str) -> impl Iterator<Item = std::borrow::Cow<'_, str>> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .flat_map(|word| {
            let parts = word.split('_').filter(|part| !part.is_empty());
            let parts = parts.filter(move |part| *part != word);
            std::iter::once(word).chain(parts)
        })
        .map(|word| word.to_lowercase().into())
}

/// What counts of a line when names are left out.
const KEYWORDS: [&str; 33] = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "None", "True",
];

/// The pairs of neighbouring tokens, names and literals as what they are.
fn shape(code: &str) -> impl Iterator<Item = std::borrow::Cow<'static, str>> {
    let tokens = tokens(code);
    let pairs: Vec<std::borrow::Cow<'static, str>> = tokens
        .windows(2)
        .map(|pair| format!("s_{}_{}", pair[0], pair[1]).into())
        .collect();
    pairs.into_iter()
}

fn tokens(code: &str) -> Vec<&'static str> {
    let mut tokens = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let name = |c: char| c.is_alphanumeric() || c == '_';
        if name(c) {
            let end = rest.find(|c| !name(c)).unwrap_or(rest.len());
            let word = &rest[..end];
            let keyword = KEYWORDS.iter().find(|keyword| **keyword == word);
            tokens.push(match keyword {
                Some(keyword) => keyword,
                None if c.is_ascii_digit() => "number",
                None => "name",
            });
            rest = &rest[end..];
            continue;
        }
        if c == '#' {
            rest = rest.find('\n').map_or("", |end| &rest[end..]);
            tokens.push("comment");
            continue;
        }
        if c == '"' || c == '\'' {
            let body = &rest[1..];
            let end = body.find([c, '\n']).map_or(body.len(), |end| end + 1);
            rest = &body[end..];
            tokens.push("text");
            continue;
        }
        tokens.push(match c {
            '(' => "open",
            ')' => "close",
            '[' => "index",
            ']' => "xedni",
            '{' => "brace",
            '}' => "ecarb",
            ':' => "colon",
            '.' => "dot",
            ',' => "comma",
            '=' => "equals",
            '*' => "star",
            '@' => "at",
            '%' => "percent",
            '<' | '>' | '!' => "compare",
            '+' | '-' | '/' | '&' | '|' | '^' | '~' => "operator",
            '\n' => "line",
            _ => "",
        });
        rest = &rest[c.len_utf8()..];
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

#[cfg(test)]
mod tests {
    use super::{Words, around};

    #[test]
    fn names_do_not_matter_to_the_shape() {
        let one = Words::of("E722", "bare except", "except:\n    pass", 0);
        let other = Words::of("E722", "bare except", "except:\n    pass  ", 0);
        assert_eq!(one.shape, other.shape);
        let named = Words::of("F841", "", "except A as a:", 0);
        let renamed = Words::of("F841", "", "except Other as thing:", 0);
        assert_eq!(named.shape, renamed.shape);
        assert_ne!(named.line, renamed.line);
    }

    #[test]
    fn a_query_holds_no_syntax_of_the_code() {
        let words = Words::of("F841", "`x\" OR *` NEAR(", "a = \"b\" AND (c", 0);
        let query = words.query();
        assert!(
            query.contains("line : (\"a\" OR \"and\" OR \"b\" OR \"c\")"),
            "{query}"
        );
        assert!(!query.contains('*') && !query.contains('`'), "{query}");
    }

    #[test]
    fn the_lines_around_a_line() {
        let text = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n";
        assert_eq!(
            around(text, 6),
            ("2\n3\n4\n5\n6\n7\n8\n9\n10".to_owned(), 4)
        );
        assert_eq!(around(text, 1).1, 0);
        assert_eq!(around(text, 0), (String::new(), 0));
        assert_eq!(around(text, 12), (String::new(), 0));
    }
}
