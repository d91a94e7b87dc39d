//! A module as rules see it.
//!
//! In: a text, its syntax tree, and where it lies. Out: [`Module`]: what it consists of
//! ([`Index`]), what its names mean ([`Scopes`]), which part the file plays
//! ([`Station`]). Pure; nothing here knows a rule.

pub mod index;
pub mod scopes;
pub mod station;
mod visit;
mod walker;

use ruff_python_ast::{Expr, ModModule};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange, TextSize};

pub use index::{At, Context, ImportAt, Index, StatementAt, StringAt};
pub use scopes::{Binding, BindingKind, Meaning, Qualified, ScopeId, ScopeKind, Scopes};
pub use station::{Part, Station};

/// One module.
#[derive(Debug)]
pub struct Module<'a> {
    /// Where it lies and what part it plays.
    pub station: &'a Station,
    /// Its text, decoded.
    pub text: &'a str,
    /// Its syntax tree, without an error of syntax.
    pub parsed: &'a Parsed<ModModule>,
    /// What it consists of.
    pub index: Index<'a>,
}

impl<'a> Module<'a> {
    /// Looks at a module.
    pub fn new(station: &'a Station, text: &'a str, parsed: &'a Parsed<ModModule>) -> Self {
        let index = Index::new(parsed.suite(), &station.module, &station.package);
        Self {
            station,
            text,
            parsed,
            index,
        }
    }

    /// Its scopes.
    pub fn scopes(&self) -> &Scopes<'a> {
        &self.index.scopes
    }

    /// The text of a node.
    pub fn text_of(&self, node: &impl Ranged) -> &'a str {
        &self.text[node.range()]
    }

    /// The text of a range.
    pub fn slice(&self, range: TextRange) -> &'a str {
        &self.text[range]
    }

    /// What an expression names where it stands; see [`Scopes::qualified`].
    pub fn qualified(&self, expr: &'a Expr, scope: ScopeId) -> Option<Qualified<'a>> {
        self.index.scopes.qualified(expr, scope)
    }

    /// Whether an expression names this dotted path.
    pub fn names(&self, expr: &'a Expr, scope: ScopeId, path: &[&str]) -> bool {
        self.qualified(expr, scope).as_deref() == Some(path)
    }

    /// What was called to make the value of an expression: a call itself, or a name whose
    /// only binding is to one.
    pub fn made_by(&self, expr: &'a Expr, scope: ScopeId) -> Option<Qualified<'a>> {
        let (call, scope) = match expr {
            Expr::Call(call) => (call, scope),
            Expr::Name(name) => match self.scopes().meaning(name.id.as_str(), scope) {
                Meaning::Bound([only], at) => match only.kind {
                    BindingKind::Value(Expr::Call(call)) => (call, at),
                    _ => return None,
                },
                _ => return None,
            },
            _ => return None,
        };
        self.qualified(&call.func, scope)
    }

    /// Whether a `noqa` comment between the beginning of a range and the end of its last
    /// line tells the linter to leave a code alone, or every code.
    pub fn is_excused(&self, range: TextRange, code: &str) -> bool {
        let rest = &self.text[range.end().to_usize()..];
        let line = rest.split('\n').next().unwrap_or(rest);
        let range = range.cover_offset(range.end() + TextSize::of(line));
        // Cheap: the tokens are asked for only where the text speaks of it at all.
        if !self.text[range].contains("noqa") {
            return false;
        }
        let comments = self.parsed.tokens().iter();
        let mut comments = comments
            .filter(|token| token.kind().is_comment() && range.contains_range(token.range()));
        comments.any(|token| {
            let said = self.text_of(&token.range());
            said.split_once("noqa").is_some_and(|(_, codes)| {
                !codes.trim_start().starts_with(':') || codes.contains(code)
            })
        })
    }

    /// Whether a module is imported anywhere in this one, itself or below.
    pub fn imports(&self, module: &str) -> bool {
        let parts: Vec<&str> = module.split('.').collect();
        let mut imports = self.index.imports.iter();
        imports.any(|import| import.path.starts_with(&parts))
    }

    /// Whether this is a module, or one below it, by their dotted names.
    pub fn is_in(&self, module: &str) -> bool {
        let parts: Vec<&str> = module.split('.').collect();
        let own = self.station.module.iter().map(String::as_str);
        own.take(parts.len()).eq(parts)
    }

    /// Whether a statement is executed whenever the module is imported: nothing is around it.
    pub fn is_outermost(&self, range: TextRange) -> bool {
        let statement = self.index.innermost(range);
        statement.is_some_and(|it| self.index.statement(it).parent.is_none())
    }

    /// Whether a call is a statement by itself, neither awaited nor used.
    pub fn is_statement<T>(&self, at: &At<'a, T>) -> bool {
        at.parent.is_none() && self.index.statement(at.statement).node.is_expr_stmt()
    }
}
