//! GR38: default values that all calls share.
//!
//! The linter finds them; `guard` writes what mends one, `reads` says whether a parameter
//! is only read.

mod guard;
mod proof;
mod reads;

use ruff_python_ast::{Expr, ParameterWithDefault, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::escalation::Level;
use crate::golden::found::Draft;
use crate::golden::module::Module;
use crate::golden::rule::{Check, Delegated, Keep, Origin, Params, Preset, Remedy, Rule};

/// The rule.
pub(super) const RULE: Rule = Rule {
    code: "GR38",
    slug: "mutable-default",
    summary: "a mutable default argument",
    origin: Origin::Both,
    level: Level::Error,
    preset: Preset::Start,
    remedy: Remedy::Safe,
    docs: "\
A default is made once, when the function is defined. A list that one call appends to is there, with \
what was appended, for the next call.

The linter's B006 finds them. The fix makes the default `None`, and a guard below the docstring makes \
a new one for each call; an annotation gets `| None`.

It lands by itself only for a literal of constants whose parameter is only read: gone through, counted, \
searched, unpacked, indexed or copied. Then no caller can tell the difference. It is suggested \
where the parameter is returned, stored, changed, passed on or assigned, since somebody may rely on \
what is kept, where a decorator may look at the signature, where `None` already means something, and where the annotation would need a new \
version of Python. A function on one line, or without code, is left for a person.",
    params: Params::NONE,
    prepare: |_| {
        Ok(vec![Check::Linter(Delegated {
            codes: vec!["B006"],
            refine: Some(refine),
        })])
    },
    proof: proof::EXAMPLES,
};

fn refine(module: &Module<'_>, _: &str, draft: &mut Draft) -> Keep {
    draft.fix = None;
    let Some((function, parameter)) = parameter(module, draft) else {
        return Keep::Yes;
    };
    let name = parameter.name().as_str();
    draft.message = format!("all calls share the default of `{name}`");
    match guard::edits(module, function, parameter) {
        Ok((edits, annotated)) => {
            let literal = parameter.default().is_some_and(is_constant);
            let safe = literal
                && annotated
                && is_called_as_is(function)
                && reads::only_read(module, parameter);
            let remedy = if safe { Remedy::Safe } else { Remedy::Suggest };
            draft.fix(remedy, format!("Make a new `{name}` for each call"), edits);
        }
        Err(reason) => {
            draft.help(format!(
                "make the default `None`; not done by itself: {reason}"
            ));
        }
    }
    Keep::Yes
}

/// Whether no decorator can look at the signature and make something of the default.
fn is_called_as_is(function: &StmtFunctionDef) -> bool {
    function.decorator_list.iter().all(|decorator| {
        let known = ["staticmethod", "classmethod", "property", "override"];
        known.contains(&guard::last_name(&decorator.expression))
    })
}

/// The parameter whose default a finding is about.
fn parameter<'a>(
    module: &Module<'a>,
    draft: &Draft,
) -> Option<(&'a StmtFunctionDef, &'a ParameterWithDefault)> {
    let number = module.index.innermost(draft.range)?;
    let Stmt::FunctionDef(function) = module.index.statement(number).node else {
        return None;
    };
    let mut parameters = function.parameters.iter_non_variadic_params();
    let is_it = |it: &&ParameterWithDefault| {
        it.default()
            .is_some_and(|default| default.range() == draft.range)
    };
    Some((function, parameters.find(is_it)?))
}

/// Whether a default is written out, of nothing but constants.
fn is_constant(expr: &Expr) -> bool {
    match expr {
        Expr::List(list) => list.elts.iter().all(is_atom),
        Expr::Set(set) => set.elts.iter().all(is_atom),
        Expr::Dict(dict) => dict
            .items
            .iter()
            .all(|item| item.key.as_ref().is_some_and(is_atom) && is_atom(&item.value)),
        _ => false,
    }
}

fn is_atom(expr: &Expr) -> bool {
    match expr {
        Expr::UnaryOp(minus) => minus.operand.is_number_literal_expr(),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_atom),
        other => other.is_literal_expr(),
    }
}

#[cfg(test)]
mod tests {
    use ruff_python_ast::Stmt;
    use ruff_python_parser::parse_module;

    use super::{guard, is_called_as_is, is_constant, proof, reads};
    use crate::golden::module::{Module, Station};

    #[test]
    fn what_a_caller_could_notice_is_only_suggested() {
        let station = Station::new("a.py", None);
        let lands = |text: &str| {
            let parsed = parse_module(text).unwrap();
            let module = Module::new(&station, text, &parsed);
            let Stmt::FunctionDef(function) = &parsed.suite()[0] else {
                panic!("{text}")
            };
            let parameter = function
                .parameters
                .iter_non_variadic_params()
                .next()
                .unwrap();
            let (_, annotated) = guard::edits(&module, function, parameter).unwrap();
            annotated
                && is_called_as_is(function)
                && is_constant(parameter.default().unwrap())
                && reads::only_read(&module, parameter)
        };
        for text in proof::ONLY_SUGGESTED {
            assert!(!lands(text), "{text}");
        }
        assert!(lands(
            "def f(a=[]):\n    return len(a) + max(a) + sum(a, 1)\n"
        ));
        assert!(lands(
            "@staticmethod\ndef f(a: 'Union[list, None]' = []):\n    return len(a)\n"
        ));
        assert!(lands("def f(a={}):\n    return [a.get(b) for b in a]\n"));
    }
}
