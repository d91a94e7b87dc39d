//! The names that a module binds at its top level.
//!
//! Pure.

use std::collections::BTreeSet;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{Expr, ExprContext, Pattern, Stmt};
use ruff_python_parser::Parsed;

use super::syntax::{TooDeep, with_tree};

/// The names that the module text `before` binds and `after` does not, in order; `*` if a
/// star import went, which may have bound anything.
///
/// What stands in `if`, `try`, `with` and loops counts, as Python has no scope there; what
/// stands in functions and classes does not, save for `global` names. A text that does
/// not parse counts as far as it does.
pub fn removed_names(before: &[u8], after: &[u8]) -> Result<Vec<String>, TooDeep> {
    let (before, after) = (bound(before)?, bound(after)?);
    Ok(before.difference(&after).cloned().collect())
}

/// Whether a text is a Python module without an error of syntax, as far as that can be told:
/// what nests too deeply to be parsed is none.
pub fn parses(text: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(text) else {
        return false;
    };
    with_tree(text, Parsed::has_valid_syntax).unwrap_or(false)
}

fn bound(text: &[u8]) -> Result<BTreeSet<String>, TooDeep> {
    let text = String::from_utf8_lossy(text);
    let mut bindings = Bindings::default();
    with_tree(&text, |parsed| bindings.visit_body(&parsed.syntax().body))?;
    Ok(bindings.names)
}

#[derive(Default)]
struct Bindings {
    names: BTreeSet<String>,
}

impl Bindings {
    fn bind(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }
}

impl<'a> Visitor<'a> for Bindings {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Import(import) => {
                for alias in &import.names {
                    let whole = alias.name.as_str();
                    let first = whole.split('.').next().unwrap_or(whole);
                    self.bind(alias.asname.as_ref().map_or(first, |name| name.as_str()));
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    self.bind(alias.asname.as_ref().unwrap_or(&alias.name).as_str());
                }
            }
            Stmt::FunctionDef(function) => {
                self.bind(function.name.as_str());
                let mut globals = Globals(self);
                globals.visit_body(&function.body);
            }
            Stmt::ClassDef(class) => self.bind(class.name.as_str()),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Store => self.bind(name.id.as_str()),
            // Scopes of their own, but for `:=`, which binds outside of a comprehension.
            Expr::Lambda(_) => {}
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                let mut walrus = Walrus(self);
                visitor::walk_expr(&mut walrus, expr);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(pattern) => pattern.name.as_ref(),
            Pattern::MatchStar(pattern) => pattern.name.as_ref(),
            Pattern::MatchMapping(pattern) => pattern.rest.as_ref(),
            _ => None,
        };
        if let Some(name) = name {
            self.bind(name.as_str());
        }
        visitor::walk_pattern(self, pattern);
    }
}

/// Finds `global` statements in a function.
struct Globals<'b>(&'b mut Bindings);

impl<'a> Visitor<'a> for Globals<'_> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if let Stmt::Global(global) = stmt {
            for name in &global.names {
                self.0.bind(name.as_str());
            }
        }
        visitor::walk_stmt(self, stmt);
    }
}

/// Finds the targets of `:=` in a comprehension.
struct Walrus<'b>(&'b mut Bindings);

impl<'a> Visitor<'a> for Walrus<'_> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        if let Expr::Named(named) = expr
            && let Expr::Name(name) = &*named.target
        {
            self.0.bind(name.id.as_str());
        }
        visitor::walk_expr(self, expr);
    }
}

#[cfg(test)]
mod tests {
    use super::{parses, removed_names};

    /// A tree of that depth ended the process.
    #[test]
    fn a_text_that_nests_too_deeply_is_no_module() {
        let deep = format!("x = {}1\n", "-".repeat(200_000));
        assert!(!parses(deep.as_bytes()));
        assert!(removed_names(deep.as_bytes(), b"x = 1\n").is_err());
        assert!(parses(b"x = -1\n") && !parses(b"x = (\n") && !parses(b"\xff"));
    }

    #[test]
    fn names_are_bound_in_many_ways() {
        let cases: &[(&str, &str, &[&str])] = &[
            ("import os, sys\n", "import sys\n", &["os"]),
            ("import a.b\nimport a.c\n", "import a.c\n", &[]),
            ("import a.b as c\n", "", &["c"]),
            ("from a import b as c, d\n", "from a import d\n", &["c"]),
            ("from a import *\n", "", &["*"]),
            ("x = y = 1\nz: int = 2\n", "", &["x", "y", "z"]),
            ("(x, [y, *z]) = f()\n", "", &["x", "y", "z"]),
            ("x.y = 1\nx[0] = 1\n", "", &[]),
            ("def f(a):\n    b = 1\n", "", &["f"]),
            (
                "def f():\n    global g\n    g = 1\n",
                "def f(): pass\n",
                &["g"],
            ),
            ("class C:\n    x = 1\n", "", &["C"]),
            (
                "try:\n    import a\nexcept E as e:\n    a = None\n",
                "",
                &["a"],
            ),
            (
                "if x:\n    import a\nelse:\n    import a\n",
                "if x:\n    import a\n",
                &[],
            ),
            (
                "for i in x: pass\nwith a as (b, c): pass\n",
                "",
                &["b", "c", "i"],
            ),
            ("[i for i in x if (w := i)]\n", "", &["w"]),
            ("if (n := 1): pass\n", "", &["n"]),
            (
                "match x:\n    case [a, *b]: pass\n    case {'k': c, **d}: pass\n",
                "",
                &["a", "b", "c", "d"],
            ),
            ("type T = int\n", "", &["T"]),
            ("import os\ndef (\n", "def (\n", &["os"]),
        ];
        for (before, after, expected) in cases {
            let removed = removed_names(before.as_bytes(), after.as_bytes());
            assert_eq!(removed.unwrap(), *expected, "{before}");
        }
    }
}
