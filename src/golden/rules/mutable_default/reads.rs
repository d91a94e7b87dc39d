//! Whether a parameter is only read: nobody could tell its value from a new one.

use ruff_python_ast::{CmpOp, Expr, ExprName, Operator, ParameterWithDefault, Stmt, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use crate::golden::module::{At, Meaning, Module};

/// Functions that look at what they are given, and keep nothing of it.
const LOOK: [&str; 12] = [
    "all",
    "any",
    "dict",
    "enumerate",
    "frozenset",
    "len",
    "list",
    "reversed",
    "set",
    "sorted",
    "tuple",
    "zip",
];
/// Methods that do the same.
const METHODS: [&str; 7] = ["copy", "count", "get", "index", "items", "keys", "values"];

/// Whether every use of a parameter only reads it, and nothing else is bound to its name.
pub(super) fn only_read(module: &Module<'_>, parameter: &ParameterWithDefault) -> bool {
    let name = parameter.name();
    let empty = match parameter.default() {
        Some(Expr::List(list)) => list.elts.is_empty(),
        Some(Expr::Dict(dict)) => dict.items.is_empty(),
        _ => false,
    };
    let mut uses = module.index.names.iter().filter(|at| at.node.id == name.id);
    uses.all(|at| {
        let Meaning::Bound(bindings, _) = module.scopes().meaning(name.as_str(), at.scope) else {
            return true;
        };
        if !bindings.iter().any(|it| it.range == name.range()) {
            return true;
        }
        bindings.len() == 1 && is_read(module, at, empty)
    }) && !is_rebound(module, name.as_str(), name.range())
}

/// Whether the function assigns the parameter without reading it.
fn is_rebound(module: &Module<'_>, name: &str, range: TextRange) -> bool {
    module
        .scopes()
        .with_binding(name, range)
        .is_none_or(|bindings| bindings.len() > 1)
}

fn is_read(module: &Module<'_>, at: &At<'_, ExprName>, empty: bool) -> bool {
    let own = at.node.range();
    let is_it = |expr: &Expr| expr.range() == own;
    let Some(parent) = at.parent else {
        return match module.index.statement(at.statement).node {
            Stmt::For(each) => is_it(&each.iter),
            // An empty one is as false as the `None` that a caller may pass.
            Stmt::If(conditional) => empty && is_test(conditional, own),
            Stmt::While(repeated) => empty && is_it(&repeated.test),
            _ => false,
        };
    };
    match parent {
        Expr::Call(call) => {
            let arguments = &call.arguments;
            let unpacked = |it: &ruff_python_ast::Keyword| it.arg.is_none() && is_it(&it.value);
            let looks = |name: &str| match name {
                // Of several values one is the result itself; the start of a sum, too.
                "max" | "min" => arguments.args.len() == 1,
                "sum" => arguments.args.first().is_some_and(is_it),
                _ => LOOK.contains(&name),
            };
            let looks = matches!(&*call.func, Expr::Name(called)
                if looks(called.id.as_str())
                    && matches!(module.scopes().meaning(called.id.as_str(), at.scope), Meaning::Builtin));
            looks && arguments.args.iter().any(is_it) || arguments.keywords.iter().any(unpacked)
        }
        Expr::Attribute(attribute) => METHODS.contains(&attribute.attr.as_str()),
        Expr::Subscript(part) => is_it(&part.value) && part.ctx.is_load(),
        Expr::Compare(compare) => {
            matches!(&*compare.ops, [CmpOp::In | CmpOp::NotIn])
                && compare.comparators.iter().any(is_it)
        }
        Expr::Starred(_) => true,
        Expr::BinOp(sum) => sum.op == Operator::Add,
        Expr::UnaryOp(not) => empty && not.op == UnaryOp::Not,
        Expr::If(choice) => empty && is_it(&choice.test),
        Expr::ListComp(comp) => comp.generators.iter().any(|it| is_it(&it.iter)),
        Expr::SetComp(comp) => comp.generators.iter().any(|it| is_it(&it.iter)),
        Expr::DictComp(comp) => comp.generators.iter().any(|it| is_it(&it.iter)),
        _ => false,
    }
}

fn is_test(conditional: &ruff_python_ast::StmtIf, own: TextRange) -> bool {
    let clauses = conditional.elif_else_clauses.iter();
    let tests = clauses.filter_map(|clause| clause.test.as_ref());
    std::iter::once(&*conditional.test)
        .chain(tests)
        .any(|test| test.range() == own)
}
