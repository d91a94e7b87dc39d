//! GR10: functions that change the state of their module.

use ruff_python_ast::{CmpOp, Expr, Identifier, Stmt, StmtFunctionDef, UnaryOp};

use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::Draft;
use crate::golden::module::Module;
use crate::golden::rule::{Check, Delegated, Example, Keep, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR10",
    slug: "no-global-state",
    summary: "a function that writes to a global variable",
    origin: Origin::Both,
    level: Level::Warning,
    preset: Preset::Full,
    remedy: Remedy::Never,
    docs: "\
What a function does then depends on who called what before: tests influence each other, threads race, \
and nobody can have two of it. Keep the state in an object that is passed to whoever needs it.

The linter's PLW0603 finds `global` statements of names that the function binds. Where that function \
is a getter that makes a single object when it is first asked (`if _client is None: _client = …; \
return _client`), the message says so: make it where the program starts, or let \
`functools.cache` keep it.",
    params: Params::NONE,
    prepare: |_| {
        Ok(vec![Check::Linter(Delegated {
            codes: vec!["PLW0603"],
            refine: Some(refine),
        })])
    },
    proof: &[
        Example::new(
            &[(
                "shop/state.py",
                "count = 0\n_client = None\n\n\ndef add():\n    global count\n    count += 1\n\n\ndef client():\n    global _client\n    if _client is None:\n        _client = object()\n    return _client\n",
            )],
            &[("shop/state.py", 6, 5), ("shop/state.py", 11, 5)],
        ),
        Example::new(
            &[(
                "shop/state.py",
                "count = 0\ncount += 1\n\n\ndef read():\n    global count\n    return count\n\n\ndef local():\n    count = 1\n    text = 'global count'\n\n    def inner():\n        nonlocal count\n        count = 2\n\n    return count, inner, text\n",
            )],
            &[],
        ),
    ],
};

fn refine(module: &Module<'_>, _: &str, draft: &mut Draft) -> Keep {
    let Some(number) = module.index.innermost(draft.range) else {
        return Keep::Yes;
    };
    let Stmt::Global(global) = module.index.statement(number).node else {
        return Keep::Yes;
    };
    let function = module.index.around(number).find_map(|at| match at.node {
        Stmt::FunctionDef(function) => Some(function),
        _ => None,
    });
    // The linter reports each name; one violation stands for the statement.
    draft.range = global.range();
    let getter = function.and_then(|function| {
        let mut names = global.names.iter().map(Identifier::as_str);
        names.find(|name| is_getter(function, name))
    });
    if let Some(name) = getter {
        draft.message = format!("`{name}` is a singleton that a getter makes");
        draft.help("make it where the program starts, or let `functools.cache` keep it");
    } else {
        let names: Vec<String> = global
            .names
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        draft.message = format!("a function writes to the global {}", names.join(", "));
        draft.help("keep the state in an object that is passed to whoever needs it");
    }
    Keep::Yes
}

/// Whether a function makes what it keeps in a name if there is none yet, and returns it.
fn is_getter(function: &StmtFunctionDef, name: &str) -> bool {
    let is_name = |expr: &Expr| matches!(expr, Expr::Name(it) if it.id == name);
    let missing = |test: &Expr| match test {
        Expr::UnaryOp(not) => not.op == UnaryOp::Not && is_name(&not.operand),
        Expr::Compare(compare) => {
            is_name(&compare.left)
                && matches!(&*compare.ops, [CmpOp::Is | CmpOp::Eq])
                && matches!(&*compare.comparators, [Expr::NoneLiteral(_)])
        }
        _ => false,
    };
    let makes = function.body.iter().any(|statement| {
        matches!(statement, Stmt::If(conditional) if missing(&conditional.test)
            && conditional.body.iter().any(|inner| matches!(inner, Stmt::Assign(assign)
                if assign.targets.iter().any(is_name))))
    });
    let returns = |statement: &Stmt| matches!(statement, Stmt::Return(it) if it.value.as_deref().is_some_and(is_name));
    makes && function.body.last().is_some_and(returns)
}
