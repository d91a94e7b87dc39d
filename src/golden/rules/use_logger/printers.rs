//! Code that is there to print, and says so.
//!
//! Of what printed in four large packages, half was the very purpose of its function: a
//! logger would take away what it is called for.

use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::golden::module::{At, Module};
use crate::golden::paths::words;

/// Words in the name of a function that prints, and of a flag that asks for it.
const PRINTS: [&str; 12] = [
    "ask",
    "confirm",
    "cprint",
    "display",
    "displayhook",
    "dump",
    "echo",
    "pprint",
    "print",
    "prompt",
    "show",
    "usage",
];

/// Words in the name of a class that talks to a person.
const CONSOLES: [&str; 6] = ["cli", "cmdline", "console", "prompt", "terminal", "ui"];

/// Words in the first line of the docstring of a function that prints.
const SAYS: [&str; 6] = [
    "display",
    "displaying",
    "displays",
    "print",
    "printing",
    "prints",
];

/// Whether a call stands in a function, a class or a branch that is there to print.
pub(super) fn prints_by_name(module: &Module<'_>, at: &At<'_, ExprCall>) -> bool {
    let owners = module.scopes().around(at.scope);
    let mut owners = owners.filter_map(|(_, scope)| scope.owner);
    let named = owners.any(|owner| match owner {
        Stmt::FunctionDef(function) => is_printer(module, function),
        Stmt::ClassDef(class) => has_word(class.name.as_str(), &CONSOLES),
        _ => false,
    });
    named || below_a_flag(module, at)
}

fn is_printer(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    has_word(function.name.as_str(), &PRINTS)
        || docstring(function).is_some_and(|text| has_word(first_line(text), &SAYS))
        || asks(module, function)
}

fn docstring(function: &StmtFunctionDef) -> Option<&str> {
    let Stmt::Expr(first) = function.body.first()? else {
        return None;
    };
    let Expr::StringLiteral(text) = &*first.value else {
        return None;
    };
    Some(text.value.to_str())
}

fn first_line(text: &str) -> &str {
    let mut lines = text.lines().map(str::trim);
    lines.find(|line| !line.is_empty()).unwrap_or_default()
}

/// Whether a function talks with a person: what it prints is read before the answer.
fn asks(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    module.index.calls.iter().any(|call| {
        function.range().contains_range(call.node.range())
            && module.names(&call.node.func, call.scope, &["builtins", "input"])
    })
}

/// Whether a call stands below `if print_it:`, `if self.show:` or the like.
fn below_a_flag(module: &Module<'_>, at: &At<'_, ExprCall>) -> bool {
    module.index.around(at.statement).any(|around| {
        let Stmt::If(branch) = around.node else {
            return false;
        };
        let body = branch.body.iter();
        let mut flag = Flag { found: false };
        flag.visit_expr(&branch.test);
        flag.found
            && body
                .clone()
                .any(|it| it.range().contains_range(at.node.range()))
    })
}

struct Flag {
    found: bool,
}

impl<'a> Visitor<'a> for Flag {
    fn visit_expr(&mut self, expr: &'a Expr) {
        let name = match expr {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        self.found |= has_word(name, &PRINTS);
        walk_expr(self, expr);
    }
}

fn has_word(name: &str, wanted: &[&str]) -> bool {
    words(name)
        .iter()
        .any(|word| wanted.contains(&word.as_str()))
}
