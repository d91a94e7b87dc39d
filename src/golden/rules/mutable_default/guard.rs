//! The edits that give each call a default of its own.

use ruff_python_ast::helpers::is_docstring_stmt;
use ruff_python_ast::{Expr, ParameterWithDefault, Stmt, StmtFunctionDef};
use ruff_python_parser::parse_expression;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::golden::found::Edit;
use crate::golden::module::Module;

/// The edits, and whether the annotation is right afterwards in all versions of Python; or
/// why there are none.
pub(super) fn edits(
    module: &Module<'_>,
    function: &StmtFunctionDef,
    parameter: &ParameterWithDefault,
) -> Result<(Vec<Edit>, bool), String> {
    let text = module.text;
    let default = parameter.default().ok_or("it has no default")?;
    let first = function.body.first().ok_or("the function is empty")?;
    if is_stub(&function.body) {
        return Err("the function has no code".to_owned());
    }
    let line = line_start(text, first.start());
    if text[..line.to_usize()].trim_end().ends_with('\\') {
        return Err("the line above the function's code goes on in it".to_owned());
    }
    let indent = &text[TextRange::new(line, first.start())];
    if !indent.trim().is_empty() {
        return Err("the function stands on one line".to_owned());
    }
    let outer = line_start(text, function.name.start());
    let outer: String = text[outer.to_usize()..]
        .chars()
        .take_while(|c| matches!(c, ' ' | '\t'))
        .collect();
    let step = indent
        .strip_prefix(outer.as_str())
        .filter(|step| !step.is_empty())
        .unwrap_or("    ");
    let newline = if text[..line.to_usize()].ends_with("\r\n") {
        "\r\n"
    } else {
        "\n"
    };
    let name = parameter.name();
    let value = module.text_of(default);
    let guard = format!("{indent}if {name} is None:{newline}{indent}{step}{name} = {value}");
    let mut edits = vec![Edit::replace(default.range(), "None")];
    if is_docstring_stmt(first) {
        let rest = &text[first.end().to_usize()..];
        let end = memchr::memchr(b'\n', rest.as_bytes());
        let tail = rest[..end.unwrap_or(rest.len())].trim();
        if !tail.is_empty() && !tail.starts_with('#') {
            return Err("the docstring shares its line".to_owned());
        }
        edits.push(match end {
            Some(end) => Edit::insert(first.end() + size(end + 1), format!("{guard}{newline}")),
            None => Edit::insert(size(text.len()), format!("{newline}{guard}")),
        });
    } else {
        edits.push(Edit::insert(line, format!("{guard}{newline}")));
    }
    let annotated = match parameter.annotation() {
        Some(annotation) if !takes_none(annotation) => {
            if !annotation.is_string_literal_expr() {
                let operator = matches!(annotation, Expr::Lambda(_) | Expr::If(_));
                if operator {
                    return Err("its annotation is computed".to_owned());
                }
                edits.push(Edit::insert(annotation.end(), " | None"));
            }
            !annotation.is_string_literal_expr() && has_late_annotations(module)
        }
        _ => true,
    };
    Ok((edits, annotated))
}

/// Whether an annotation says that `None` itself may come, and not only something in it.
fn takes_none(annotation: &Expr) -> bool {
    match annotation {
        Expr::NoneLiteral(_) => true,
        Expr::Name(_) | Expr::Attribute(_) => matches!(last_name(annotation), "Any" | "object"),
        Expr::BinOp(either) => takes_none(&either.left) || takes_none(&either.right),
        Expr::Subscript(subscript) => match (last_name(&subscript.value), &*subscript.slice) {
            ("Optional", _) => true,
            ("Union", Expr::Tuple(tuple)) => tuple.elts.iter().any(takes_none),
            ("Annotated", Expr::Tuple(tuple)) => tuple.elts.first().is_some_and(takes_none),
            ("Union", one) => takes_none(one),
            _ => false,
        },
        Expr::StringLiteral(text) => {
            parse_expression(text.value.to_str()).is_ok_and(|parsed| takes_none(parsed.expr()))
        }
        _ => false,
    }
}

/// The last part of a dotted name.
pub(super) fn last_name(expr: &Expr) -> &str {
    match expr {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

/// Whether a function says only what others implement.
fn is_stub(body: &[Stmt]) -> bool {
    let mut body = body.iter().filter(|it| !is_docstring_stmt(it));
    let first = body.next();
    matches!(first, Some(Stmt::Expr(only)) if only.value.is_ellipsis_literal_expr())
        && body.next().is_none()
}

/// `from __future__ import annotations`: nothing computes `X | None`.
fn has_late_annotations(module: &Module<'_>) -> bool {
    let mut imports = module.index.imports.iter();
    imports.any(|import| import.path == ["__future__", "annotations"])
}

fn line_start(text: &str, at: TextSize) -> TextSize {
    let before = &text.as_bytes()[..at.to_usize()];
    size(memchr::memrchr(b'\n', before).map_or(0, |at| at + 1))
}

fn size(at: usize) -> TextSize {
    TextSize::new(u32::try_from(at).unwrap_or(u32::MAX))
}
