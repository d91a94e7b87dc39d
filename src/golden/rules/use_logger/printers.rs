//! Code that is there to print, and says so.
//!
//! Of what printed in four large packages, half was the very purpose of its function: a
//! logger would take away what it is called for.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::golden::module::{At, Module};
use crate::golden::paths::words;

/// Words in the name of a function that prints, and of a flag that asks for it.
const PRINTS: [&str; 15] = [
    "ask",
    "banner",
    "confirm",
    "cprint",
    "display",
    "displayhook",
    "dump",
    "echo",
    "help",
    "pprint",
    "print",
    "prompt",
    "report",
    "show",
    "usage",
];

/// Words in the name of a class that talks to a person.
const CONSOLES: [&str; 6] = ["cli", "cmdline", "console", "prompt", "terminal", "ui"];

/// Words in the first line of the docstring of a function that prints.
const SAYS: [&str; 9] = [
    "display",
    "displaying",
    "displays",
    "print",
    "printing",
    "prints",
    "show",
    "showing",
    "shows",
];

/// A function with so many plain prints, and no more other statements than these, is a report.
const REPORT: usize = 3;

/// Whether a call stands in a function, a class or a branch that is there to print.
pub(super) fn prints_by_name(module: &Module<'_>, at: &At<'_, ExprCall>) -> bool {
    let owners = module.scopes().around(at.scope);
    let mut owners = owners.filter_map(|(_, scope)| scope.owner);
    let named = owners.any(|owner| match owner {
        Stmt::FunctionDef(function) => is_printer(module, function),
        Stmt::ClassDef(class) => has_word(class.name.as_str(), &CONSOLES) || is_command(class),
        _ => false,
    });
    named || below_a_flag(module, at)
}

fn is_printer(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    has_word(function.name.as_str(), &PRINTS)
        || docstring(function).is_some_and(|text| has_word(first_line(text), &SAYS))
        || asks(module, function)
        || is_main(module, function)
        || is_report(module, function)
}

/// Whether a class is a command of some command line, by what it derives from.
fn is_command(class: &StmtClassDef) -> bool {
    class.bases().iter().any(|base| {
        let name = match base {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "",
        };
        words(name).last().is_some_and(|word| word == "command")
    })
}

/// Whether a function is the one that a script is for: `if __name__ == "__main__"` calls it.
fn is_main(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    has_word(function.name.as_str(), &["main"])
        && module.index.calls.iter().any(|call| {
            let guarded = module.index.statement(call.statement).context.main_guard;
            let named = matches!(&*call.node.func, Expr::Name(name) if name.id == function.name.id);
            guarded && named
        })
}

/// Whether most of what a function does is to print: a table, a tree, a summary.
fn is_report(module: &Module<'_>, function: &StmtFunctionDef) -> bool {
    let mut simple = Simple {
        prints: 0,
        others: 0,
    };
    let skip = usize::from(docstring(function).is_some());
    simple.visit_body(&function.body[skip..]);
    simple.prints >= REPORT
        && simple.prints >= simple.others
        && module.index.calls.iter().any(|call| {
            function.range().contains_range(call.node.range())
                && module.names(&call.node.func, call.scope, &["builtins", "print"])
        })
}

/// The simple statements of a function, without those of functions in it.
struct Simple {
    prints: usize,
    others: usize,
}

impl<'a> StatementVisitor<'a> for Simple {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Expr(it) if is_plain_print(&it.value) => self.prints += 1,
            Stmt::If(_)
            | Stmt::For(_)
            | Stmt::While(_)
            | Stmt::With(_)
            | Stmt::Try(_)
            | Stmt::Match(_) => walk_stmt(self, statement),
            _ => self.others += 1,
        }
    }
}

/// Whether an expression prints values and says nothing of where or how.
fn is_plain_print(value: &Expr) -> bool {
    let Expr::Call(call) = value else {
        return false;
    };
    matches!(&*call.func, Expr::Name(name) if name.id == "print")
        && call.arguments.keywords.is_empty()
        && !call.arguments.args.is_empty()
        && !call.arguments.args.iter().any(Expr::is_starred_expr)
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

/// Whether a call stands below `if print_it:`, `elif self.show:` or the like.
fn below_a_flag(module: &Module<'_>, at: &At<'_, ExprCall>) -> bool {
    module.index.around(at.statement).any(|around| {
        let Stmt::If(branch) = around.node else {
            return false;
        };
        let clauses = branch.elif_else_clauses.iter();
        let clauses = clauses.filter_map(|clause| Some((clause.test.as_ref()?, &clause.body)));
        let mut clauses = std::iter::once((&*branch.test, &branch.body)).chain(clauses);
        clauses.any(|(test, body)| {
            let mut flag = Flag { found: false };
            flag.visit_expr(test);
            let mut body = body.iter();
            flag.found && body.any(|it| it.range().contains_range(at.node.range()))
        })
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
