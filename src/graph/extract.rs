//! The facts of a file, from its syntax tree.
//!
//! Pure.

use ruff_python_ast::{ExceptHandler, Expr, ModModule, Operator, Stmt, StmtIf, StmtTry};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextSize};

use super::depth::depth;
use super::expressions::{catches_imports, dotted, dotted_end, header, is_all};
use super::facts::{Alias, Definition, Exports, Facts, From, Import, Problem, Reading, What};
use super::guard::{Guard, guard};
use super::kind::Kind;
use super::lines::Lines;
use super::skim::skim;
use super::syntax::with_tree;
use super::text::decode;

/// Extracts the facts of a Python file or stub. Only the bytes count; UTF-8 or what an
/// encoding cookie says. A file with an error of syntax has no facts, unless the error is
/// inside of a statement that can hold neither an import nor a definition: those are not
/// parsed, which takes most of the time.
///
/// String imports are not followed, and an import that a program hides from its syntax
/// (`exec`) is not seen.
pub fn facts(bytes: &[u8]) -> Reading {
    let text = decode(bytes)?;
    if depth(&text).is_none() {
        return Err(Problem::TooDeep);
    }
    let short = skim(&text).and_then(|skim| {
        let lines = Lines::of(&text, &skim.places);
        let reading = with_tree(&skim.text, |parsed| extract(parsed, lines));
        // What is wrong with it, if anything, the whole text says better.
        reading.ok()?.ok()
    });
    short.map_or_else(|| whole(&text), Ok)
}

/// The facts of a text, parsed as a whole.
fn whole(text: &str) -> Reading {
    let lines = Lines::of(text, &[]);
    let reading = with_tree(text, |parsed| extract(parsed, lines));
    reading.unwrap_or(Err(Problem::TooDeep))
}

fn extract(parsed: &Parsed<ModModule>, mut lines: Lines<'_>) -> Reading {
    if let Some(error) = parsed.errors().first() {
        return Err(Problem::Syntax {
            at: lines.spot(error.location.start()),
            message: error.error.to_string(),
        });
    }
    let mut extraction = Extraction {
        lines,
        facts: Facts::default(),
        checks: Vec::new(),
        place: Place::default(),
        path: String::new(),
    };
    extraction.body(&parsed.syntax().body);
    Ok(extraction.facts)
}

/// Where a statement stands.
#[derive(Debug, Clone, Copy, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is true by itself or not; together they make a Kind"
)]
pub(super) struct Place {
    pub(super) typing: bool,
    pub(super) function: bool,
    pub(super) class: bool,
    pub(super) main: bool,
    pub(super) optional: bool,
    pub(super) conditional: bool,
}

impl Place {
    /// What keeps an import from running most, first.
    pub(super) fn kind(self) -> Kind {
        if self.typing {
            Kind::Typing
        } else if self.function {
            Kind::Local
        } else if self.main {
            Kind::Main
        } else if self.optional {
            Kind::Optional
        } else if self.conditional {
            Kind::Conditional
        } else {
            Kind::Module
        }
    }

    pub(super) fn is_top(self) -> bool {
        !self.function && !self.class
    }
}

struct Extraction<'a> {
    lines: Lines<'a>,
    facts: Facts,
    /// Names that `typing.TYPE_CHECKING` has here.
    checks: Vec<&'a str>,
    place: Place,
    /// The names around a definition, each with its dot.
    path: String,
}

impl<'a> Extraction<'a> {
    fn body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    /// A body in a place of its own.
    fn within(&mut self, body: &'a [Stmt], change: impl FnOnce(&mut Place)) {
        let before = self.place;
        change(&mut self.place);
        self.body(body);
        self.place = before;
    }

    fn conditional(&mut self, body: &'a [Stmt]) {
        self.within(body, |place| place.conditional = true);
    }

    /// A body below a name, for the names of definitions.
    fn below(&mut self, name: &str, end: &str, body: &'a [Stmt], change: impl FnOnce(&mut Place)) {
        let length = self.path.len();
        self.path.push_str(name);
        self.path.push_str(end);
        self.within(body, change);
        self.path.truncate(length);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                let names = import.names.iter();
                let aliases = names.map(|name| self.alias(name)).collect();
                self.import(import.start(), None, aliases);
            }
            Stmt::ImportFrom(import) => {
                let from = From {
                    level: import.level,
                    module: import
                        .module
                        .as_ref()
                        .map_or("", |name| name.as_str())
                        .to_owned(),
                };
                for name in &import.names {
                    if name.name.as_str() == "TYPE_CHECKING"
                        && let Some(alias) = &name.asname
                    {
                        self.checks.push(alias.as_str());
                    }
                }
                let names = import.names.iter();
                let aliases = names.map(|name| self.alias(name)).collect();
                self.import(import.start(), Some(from), aliases);
            }
            Stmt::FunctionDef(function) => {
                let name = function.name.as_str();
                if self.place.is_top() {
                    self.define(function.name.start(), name, What::Function);
                }
                self.below(name, ".<locals>.", &function.body, |place| {
                    place.function = true;
                });
            }
            Stmt::ClassDef(class) => {
                let name = class.name.as_str();
                self.define(class.name.start(), name, What::Class(header(class)));
                self.below(name, ".", &class.body, |place| place.class = true);
            }
            Stmt::If(choice) => self.choice(choice),
            Stmt::Try(attempt) => self.attempt(attempt),
            Stmt::For(repeated) => {
                self.conditional(&repeated.body);
                self.conditional(&repeated.orelse);
            }
            Stmt::While(repeated) => {
                self.conditional(&repeated.body);
                self.conditional(&repeated.orelse);
            }
            Stmt::With(with) => self.body(&with.body),
            Stmt::Match(choice) => {
                for case in &choice.cases {
                    self.conditional(&case.body);
                }
            }
            Stmt::Assign(assign) if self.place.is_top() => {
                for target in &assign.targets {
                    self.value(target, Some(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) if self.place.is_top() => {
                self.value(&assign.target, assign.value.as_deref());
            }
            Stmt::TypeAlias(alias) if self.place.is_top() => {
                self.value(&alias.name, Some(&alias.value));
            }
            Stmt::AugAssign(assign) if self.place.is_top() && is_all(&assign.target) => {
                self.export(Some(&assign.value));
            }
            Stmt::Expr(call) if self.place.is_top() => self.call(&call.value),
            _ => {}
        }
    }

    fn alias(&mut self, alias: &ruff_python_ast::Alias) -> Alias {
        Alias {
            at: self.lines.spot(alias.start()),
            name: alias.name.as_str().to_owned(),
            alias: alias.asname.as_ref().map(|name| name.as_str().to_owned()),
        }
    }

    fn import(&mut self, at: TextSize, from: Option<From>, names: Vec<Alias>) {
        self.facts.imports.push(Import {
            at: self.lines.spot(at),
            kind: self.place.kind(),
            binds: self.place.is_top(),
            from,
            names,
        });
    }

    fn define(&mut self, at: TextSize, name: &str, what: What) {
        self.facts.definitions.push(Definition {
            at: self.lines.spot(at),
            name: format!("{}{name}", self.path),
            what,
        });
    }

    fn choice(&mut self, choice: &'a StmtIf) {
        // What the conditions before say of the clause at hand: under `if not
        // TYPE_CHECKING` the rest is for type checkers.
        let mut rest = self.place;
        rest.conditional = true;
        let tests = std::iter::once((Some(&*choice.test), &choice.body[..])).chain(
            choice
                .elif_else_clauses
                .iter()
                .map(|clause| (clause.test.as_ref(), &clause.body[..])),
        );
        for (test, body) in tests {
            let guard = test.map_or(Guard::Other, |test| guard(test, &self.checks));
            self.within(body, |place| {
                *place = rest;
                match guard {
                    Guard::Typing => place.typing = true,
                    Guard::Main => place.main = true,
                    Guard::Running | Guard::Other => {}
                }
            });
            rest.typing |= guard == Guard::Running;
        }
    }

    fn attempt(&mut self, attempt: &'a StmtTry) {
        let handlers = || {
            attempt
                .handlers
                .iter()
                .map(|ExceptHandler::ExceptHandler(it)| it)
        };
        let optional = handlers().any(|it| it.type_.as_deref().is_none_or(catches_imports));
        self.within(&attempt.body, |place| {
            place.optional |= optional;
            place.conditional |= !attempt.handlers.is_empty();
        });
        for handler in handlers() {
            self.within(&handler.body, |place| {
                place.optional |= optional;
                place.conditional = true;
            });
        }
        self.conditional(&attempt.orelse);
        self.body(&attempt.finalbody);
    }

    /// What an assignment binds, and what it says of `__all__` and `__path__`.
    fn value(&mut self, target: &Expr, value: Option<&Expr>) {
        match target {
            Expr::Name(name) if name.id == "__all__" => {
                self.facts.exports = None;
                self.export(value);
            }
            Expr::Name(name) => {
                if name.id == "__path__" {
                    self.facts.extends_path |= value.is_some_and(|value| {
                        matches!(value, Expr::Call(call) if dotted_end(&call.func) == "extend_path")
                    });
                }
                let same = value.and_then(dotted);
                self.define(name.start(), name.id.as_str(), What::Value(same));
            }
            Expr::Tuple(tuple) => {
                for target in &tuple.elts {
                    if let Expr::Name(name) = target {
                        self.define(name.start(), name.id.as_str(), What::Value(None));
                    }
                }
            }
            _ => {}
        }
    }

    /// `__all__.extend([…])` and the like, and `declare_namespace(__name__)`.
    fn call(&mut self, expr: &Expr) {
        let Expr::Call(call) = expr else { return };
        let Expr::Attribute(method) = &*call.func else {
            return;
        };
        if method.attr.as_str() == "declare_namespace" {
            self.facts.extends_path = true;
        }
        if !is_all(&method.value) {
            return;
        }
        let argument = call.arguments.args.first();
        match (method.attr.as_str(), argument) {
            ("append", Some(Expr::StringLiteral(text))) => {
                let exports = self.facts.exports.get_or_insert_with(Exports::default);
                exports.names.push(text.value.to_str().to_owned());
            }
            ("extend", Some(_)) => self.export(argument),
            _ => self.export(None),
        }
    }

    /// Adds the names in a list, a tuple or a sum of these to what is exported.
    fn export(&mut self, value: Option<&Expr>) {
        let exports = self.facts.exports.get_or_insert_with(|| Exports {
            names: Vec::new(),
            complete: true,
        });
        let Some(mut value) = value else {
            exports.complete = false;
            return;
        };
        let mut parts = Vec::new();
        while let Expr::BinOp(sum) = value {
            if sum.op != Operator::Add {
                break;
            }
            parts.push(&*sum.right);
            value = &sum.left;
        }
        parts.push(value);
        for part in parts.iter().rev() {
            let names = match part {
                Expr::List(list) => &list.elts,
                Expr::Tuple(tuple) => &tuple.elts,
                Expr::Set(set) => &set.elts,
                _ => {
                    exports.complete = false;
                    continue;
                }
            };
            for name in names {
                match name {
                    Expr::StringLiteral(text) => {
                        exports.names.push(text.value.to_str().to_owned());
                    }
                    _ => exports.complete = false,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
