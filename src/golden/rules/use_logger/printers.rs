//! Code that is there to print, and says so.
//!
//! Of what printed in four large packages, half was the very purpose of its function: a
//! logger would take away what it is called for.

use ruff_python_ast::statement_visitor::{StatementVisitor, walk_stmt};
use ruff_python_ast::visitor::{Visitor, walk_expr};
use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef, StmtFunctionDef, StmtIf};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::golden::module::{At, BindingKind, Meaning, Module, ScopeId};
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

/// What of a module is there to print. Each question is answered once: a module may have
/// thousands of calls in one function, or below one chain of `elif`.
pub(super) struct Printers<'m, 'a> {
    module: &'m Module<'a>,
    /// Docstrings with examples.
    doctests: Vec<&'a str>,
    /// Where `print` and `input` are called, in order.
    prints: Vec<TextSize>,
    inputs: Vec<TextSize>,
    /// What `if __name__ == "__main__"` calls.
    mains: FxHashSet<&'a str>,
    functions: FxHashMap<TextRange, bool>,
    expected: FxHashMap<ScopeId, bool>,
    /// The bodies below a flag, by the statement of it.
    flagged: FxHashMap<TextRange, Vec<TextRange>>,
}

impl<'m, 'a> Printers<'m, 'a> {
    pub(super) fn new(module: &'m Module<'a>) -> Self {
        let strings = module.index.strings.iter().filter(|it| it.docstring);
        let texts = strings.map(|it| module.text_of(it.place.node));
        let starts = |name| {
            let calls = module.index.calls.iter();
            let calls =
                calls.filter(|it| module.names(&it.node.func, it.scope, &["builtins", name]));
            let mut starts: Vec<TextSize> = calls.map(|it| it.node.start()).collect();
            starts.sort_unstable();
            starts
        };
        let calls = module.index.calls.iter();
        let guarded = calls.filter(|it| module.index.statement(it.statement).context.main_guard);
        let mains = guarded.filter_map(|it| it.node.func.as_name_expr());
        Self {
            module,
            doctests: texts.filter(|text| text.contains(">>>")).collect(),
            prints: starts("print"),
            inputs: starts("input"),
            mains: mains.map(|name| name.id.as_str()).collect(),
            functions: FxHashMap::default(),
            expected: FxHashMap::default(),
            flagged: FxHashMap::default(),
        }
    }

    /// Whether a call stands in a function, a class or a branch that is there to print, or
    /// a doctest may expect it.
    pub(super) fn may_print(&mut self, at: &At<'a, ExprCall>) -> bool {
        let module = self.module;
        let mut owners = module.scopes().around(at.scope);
        self.is_expected(at.scope)
            || owners.any(|(_, scope)| match scope.owner {
                Some(Stmt::FunctionDef(function)) => self.is_printer(function),
                Some(Stmt::ClassDef(class)) => {
                    has_word(class.name.as_str(), &CONSOLES) || is_command(class)
                }
                _ => false,
            })
            || self.is_below_a_flag(at)
    }

    fn is_printer(&mut self, function: &'a StmtFunctionDef) -> bool {
        if let Some(known) = self.functions.get(&function.range()) {
            return *known;
        }
        let name = function.name.as_str();
        let is_one = has_word(name, &PRINTS)
            || docstring(function).is_some_and(|text| has_word(first_line(text), &SAYS))
            // It talks with a person: what it prints is read before the answer.
            || any_in(&self.inputs, function.range())
            // It is what a script is for.
            || has_word(name, &["main"]) && self.mains.contains(name)
            || is_report(function) && any_in(&self.prints, function.range());
        self.functions.insert(function.range(), is_one);
        is_one
    }

    /// Whether a doctest may expect what a function prints: its own docstring has one, or
    /// one around it or elsewhere in the module that speaks of it.
    fn is_expected(&mut self, scope: ScopeId) -> bool {
        if let Some(known) = self.expected.get(&scope) {
            return *known;
        }
        let owners = self.module.scopes().around(scope);
        let mut owners = owners.filter_map(|(_, around)| around.owner);
        let (body, name) = match owners.next() {
            Some(Stmt::FunctionDef(function)) => (&function.body[..], function.name.as_str()),
            Some(Stmt::ClassDef(class)) => (&class.body[..], class.name.as_str()),
            _ => (&self.module.parsed.suite()[..], ""),
        };
        let own = body.first().map(|it| self.module.text_of(it));
        let expected = self.doctests.iter().any(|text| {
            let mut names = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            Some(*text) == own || !name.is_empty() && names.any(|it| it == name)
        });
        self.expected.insert(scope, expected);
        expected
    }

    /// Whether a call stands below `if print_it:`, `elif self.show:` or the like.
    fn is_below_a_flag(&mut self, at: &At<'a, ExprCall>) -> bool {
        let module = self.module;
        module.index.around(at.statement).any(|around| {
            let Stmt::If(branch) = around.node else {
                return false;
            };
            let bodies = self
                .flagged
                .entry(branch.range())
                .or_insert_with(|| flagged(branch));
            let before = bodies.partition_point(|it| it.start() <= at.node.start());
            before > 0 && bodies[before - 1].contains_range(at.node.range())
        })
    }
}

/// The bodies of a statement that are executed where a flag asks for prints, in order.
fn flagged(branch: &StmtIf) -> Vec<TextRange> {
    let clauses = branch.elif_else_clauses.iter();
    let clauses = clauses.filter_map(|clause| Some((clause.test.as_ref()?, &clause.body)));
    let clauses = std::iter::once((&*branch.test, &branch.body)).chain(clauses);
    let asked = clauses.filter(|(test, _)| {
        let mut flag = Flag { found: false };
        flag.visit_expr(test);
        flag.found
    });
    asked
        .filter_map(|(_, body)| Some(body.first()?.range().cover(body.last()?.range())))
        .collect()
}

/// Whether one of these places, which are in order, is in a range.
fn any_in(places: &[TextSize], range: TextRange) -> bool {
    let before = places.partition_point(|it| *it < range.start());
    places.get(before).is_some_and(|it| range.contains(*it))
}

/// What classes derive from that serve the logging, by the last word of the name.
const SERVANTS: [&str; 6] = [
    "adapter",
    "filter",
    "formatter",
    "handler",
    "logger",
    "record",
];
/// Modules whose handlers handle requests.
const SERVERS: [&str; 2] = ["http", "socketserver"];

/// Whether a call stands in a class that serves the logging: to log there may never end.
pub(super) fn serves_logging<'a>(module: &Module<'a>, at: &At<'a, ExprCall>) -> bool {
    let mut around = module.scopes().around(at.scope);
    around.any(|(_, scope)| match scope.owner {
        Some(Stmt::ClassDef(class)) => {
            is_servant(module, class, scope.parent.unwrap_or_default(), 4)
        }
        _ => false,
    })
}

fn is_servant<'a>(module: &Module<'a>, class: &'a StmtClassDef, scope: ScopeId, left: u8) -> bool {
    class.bases().iter().any(|base| {
        let path = module.qualified(base, scope);
        if path.is_some_and(|path| SERVERS.contains(&path[0])) {
            return false;
        }
        let name = match base {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return false,
        };
        let last = words(name).pop();
        if last.is_some_and(|word| SERVANTS.contains(&word.as_str())) {
            return true;
        }
        match module.scopes().meaning(name, scope) {
            Meaning::Bound([only], at) if left > 0 => match only.kind {
                BindingKind::Definition(Stmt::ClassDef(base)) => {
                    is_servant(module, base, at, left - 1)
                }
                _ => false,
            },
            _ => false,
        }
    })
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

/// Whether most of what a function does is to print: a table, a tree, a summary.
fn is_report(function: &StmtFunctionDef) -> bool {
    let mut simple = Simple {
        prints: 0,
        others: 0,
    };
    let skip = usize::from(docstring(function).is_some());
    simple.visit_body(&function.body[skip..]);
    simple.prints >= REPORT && simple.prints >= simple.others
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
