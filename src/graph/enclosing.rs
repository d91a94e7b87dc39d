//! Where a line is: the enclosing function or class, and the statement around it.
//!
//! Pure.

use ruff_python_ast::Stmt;
use ruff_python_ast::statement_visitor::{self, StatementVisitor};
use ruff_python_ast::token::TokenKind;
use ruff_source_file::LineIndex;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::syntax::with_tree;

/// The definitions and statements of a text, by their lines (counted from 1).
#[derive(Debug, Clone, Default)]
pub struct Enclosing {
    /// First and last line and the dotted name, outer definitions before inner ones.
    definitions: Vec<(u32, u32, String)>,
    /// First and last line of statements without a body.
    statements: Vec<(u32, u32)>,
}

impl Enclosing {
    /// Of a Python text; one that does not parse counts as far as it does.
    pub fn of(text: &[u8]) -> Self {
        let text = String::from_utf8_lossy(text);
        let found = with_tree(&text, |parsed| {
            let mut finder = Finder {
                lines: LineIndex::from_source_text(&text),
                open: Vec::new(),
                found: Self::default(),
            };
            finder.visit_body(&parsed.syntax().body);
            finder.found
        });
        // What nests too deeply lies in nothing that anybody could name.
        found.unwrap_or_default()
    }

    /// The function or class around a line, dotted; empty at the top of the module.
    pub fn at(&self, line: u32) -> &str {
        let around = self
            .definitions
            .iter()
            .rfind(|(from, to, _)| (*from..=*to).contains(&line));
        around.map_or("", |(_, _, name)| name)
    }

    /// The last line of the simple statement around a line; the line itself where there is
    /// none, as in the head of a block.
    pub fn end_of_statement(&self, line: u32) -> u32 {
        let around = self
            .statements
            .iter()
            .find(|(from, to)| (*from..=*to).contains(&line));
        around.map_or(line, |(_, to)| *to)
    }
}

/// Whether the byte at `offset` of a Python text is part of a comment.
pub fn is_comment(text: &[u8], offset: usize) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    let Ok(offset) = TextSize::try_from(offset) else {
        return false;
    };
    let found = with_tree(text, |parsed| {
        let mut comments = parsed
            .tokens()
            .iter()
            .filter(|token| token.kind() == TokenKind::Comment);
        comments.any(|token| token.range().contains(offset))
    });
    found.unwrap_or(false)
}

struct Finder {
    lines: LineIndex,
    open: Vec<String>,
    found: Enclosing,
}

impl Finder {
    fn span(&self, range: TextRange) -> (u32, u32) {
        let line = |at| u32::try_from(self.lines.line_index(at).get()).unwrap_or(u32::MAX);
        (line(range.start()), line(range.end()))
    }

    fn define(&mut self, name: &str, stmt: &Stmt) {
        let (from, to) = self.span(stmt.range());
        self.open.push(name.to_owned());
        self.found.definitions.push((from, to, self.open.join(".")));
        statement_visitor::walk_stmt(self, stmt);
        self.open.pop();
    }
}

impl<'a> StatementVisitor<'a> for Finder {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(function) => self.define(function.name.as_str(), stmt),
            Stmt::ClassDef(class) => self.define(class.name.as_str(), stmt),
            Stmt::If(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::With(_)
            | Stmt::Try(_)
            | Stmt::Match(_) => statement_visitor::walk_stmt(self, stmt),
            _ => self.found.statements.push(self.span(stmt.range())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Enclosing, is_comment};

    const TEXT: &str = "\
import os

@decorated
class A:
    x = 1

    async def f(self):
        def inner():
            return (
                1
            )
        return inner

if os:
    def g(): pass
";

    #[test]
    fn the_innermost_definition_counts() {
        let symbols = Enclosing::of(TEXT.as_bytes());
        for (line, name) in [
            (1, ""),
            (3, "A"),
            (5, "A"),
            (7, "A.f"),
            (10, "A.f.inner"),
            (12, "A.f"),
            (13, ""),
            (15, "g"),
            (99, ""),
        ] {
            assert_eq!(symbols.at(line), name, "{line}");
        }
        assert_eq!(Enclosing::of(b"def (\nx = 1\n").at(2), "");
    }

    #[test]
    fn a_mark_in_a_string_is_no_comment() {
        let text = "x = 'a # b'  # c\n";
        assert!(!is_comment(text.as_bytes(), text.find('#').unwrap()));
        assert!(is_comment(text.as_bytes(), text.rfind('#').unwrap()));
    }

    #[test]
    fn statements_end_where_they_end() {
        let symbols = Enclosing::of(TEXT.as_bytes());
        for (line, end) in [(1, 1), (9, 11), (10, 11), (7, 7), (14, 14)] {
            assert_eq!(symbols.end_of_statement(line), end, "{line}");
        }
    }
}
