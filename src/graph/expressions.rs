//! Names as expressions write them: in bases, decorators, caught errors. Pure.
//!
//! What a name stands for, this does not know.

use ruff_python_ast::{Decorator, Expr, StmtClassDef};

use super::facts::Class;

/// Whether an expression is the name `__all__`.
pub(super) fn is_all(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if name.id == "__all__")
}

/// Whether an `except` catches the error of an import that fails.
pub(super) fn catches_imports(caught: &Expr) -> bool {
    let one = |expr: &Expr| {
        matches!(
            dotted_end(expr),
            "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException"
        )
    };
    match caught {
        Expr::Tuple(tuple) => tuple.elts.iter().any(one),
        other => one(other),
    }
}

/// What the head of a class says: bases, metaclass, decorators.
pub(super) fn header(class: &StmtClassDef) -> Class {
    let mut header = Class::default();
    if let Some(arguments) = &class.arguments {
        header.bases = arguments.args.iter().map(dotted).collect();
        let metaclass = arguments.find_keyword("metaclass");
        header.metaclass = metaclass.and_then(|keyword| dotted(&keyword.value));
    }
    let decorator = |it: &Decorator| match &it.expression {
        Expr::Call(call) => dotted(&call.func),
        other => dotted(other),
    };
    header.decorators = class.decorator_list.iter().filter_map(decorator).collect();
    header
}

/// `a.b.c` of an expression, without subscripts; `None` if it is no such name.
pub(super) fn dotted(expr: &Expr) -> Option<String> {
    let mut parts = Vec::new();
    let mut inner = expr;
    loop {
        match inner {
            Expr::Attribute(attribute) => {
                parts.push(attribute.attr.as_str());
                inner = &attribute.value;
            }
            // A subscript of what is named is an instance of it: `Generic[T]`.
            Expr::Subscript(subscript) => inner = &subscript.value,
            Expr::Name(name) => {
                parts.push(name.id.as_str());
                break;
            }
            _ => return None,
        }
    }
    parts.reverse();
    Some(parts.join("."))
}

/// The last part of a name; empty if it is none.
pub(super) fn dotted_end(expr: &Expr) -> &str {
    match expr {
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        Expr::Name(name) => name.id.as_str(),
        _ => "",
    }
}
