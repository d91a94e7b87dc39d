//! What a condition says of the imports below it.
//!
//! Pure.

use ruff_python_ast::{BoolOp, Expr, UnaryOp};

/// What a condition stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// True for type checkers alone.
    Typing,
    /// True when the program runs, and false for type checkers.
    Running,
    /// True when the file itself is run.
    Main,
    /// Anything else.
    Other,
}

/// Reads a condition. `checks` are names that `TYPE_CHECKING` was given by `as`.
pub(super) fn guard(test: &Expr, checks: &[&str]) -> Guard {
    match test {
        Expr::Name(name) if name.id == "TYPE_CHECKING" || checks.contains(&name.id.as_str()) => {
            Guard::Typing
        }
        Expr::Attribute(attribute) if attribute.attr.as_str() == "TYPE_CHECKING" => Guard::Typing,
        // What type checkers take for `TYPE_CHECKING` since before there was one.
        Expr::BooleanLiteral(literal) if !literal.value => Guard::Typing,
        Expr::UnaryOp(not) if not.op == UnaryOp::Not => match guard(&not.operand, checks) {
            Guard::Typing => Guard::Running,
            Guard::Running => Guard::Typing,
            Guard::Main | Guard::Other => Guard::Other,
        },
        Expr::BoolOp(all) if all.op == BoolOp::And => {
            let mut guards = all.values.iter().map(|value| guard(value, checks));
            guards
                .find(|guard| matches!(guard, Guard::Typing | Guard::Main))
                .unwrap_or(Guard::Other)
        }
        Expr::Compare(compare) => {
            let sides = || std::iter::once(&*compare.left).chain(&*compare.comparators);
            let name = sides().any(|it| matches!(it, Expr::Name(name) if name.id == "__name__"));
            let main =
                sides().any(|it| matches!(it, Expr::StringLiteral(it) if &it.value == "__main__"));
            let equal = matches!(&*compare.ops, [ruff_python_ast::CmpOp::Eq]);
            if name && main && equal {
                Guard::Main
            } else {
                Guard::Other
            }
        }
        _ => Guard::Other,
    }
}
