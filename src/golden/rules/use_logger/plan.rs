//! What becomes of one call of `print`.

use std::fmt::Write as _;

use ruff_python_ast::helpers::is_docstring_stmt;
use ruff_python_ast::{Expr, ExprCall, Keyword, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Params;
use super::place::Logger;
use crate::golden::found::Edit;
use crate::golden::module::{At, Module, ScopeKind};

/// The title and the edits of the fix, or why there is none.
pub(super) fn fix(
    module: &Module<'_>,
    at: &At<'_, ExprCall>,
    logger: &Result<Logger, String>,
    params: &Params,
) -> Result<(String, Vec<Edit>), String> {
    if !module.is_statement(at) {
        return Err("its value is used".to_owned());
    }
    if module.scopes().has_star {
        return Err("a star import may bring another `print`, or another logger".to_owned());
    }
    let call = at.node;
    let given = Given::read(module, at, params)?;
    if given.values.is_empty() {
        return removal(module, at);
    }
    let logger = logger.as_ref().map_err(Clone::clone)?;
    let runs_at_import = !module
        .scopes()
        .around(at.scope)
        .any(|(_, scope)| matches!(scope.kind, ScopeKind::Function { .. } | ScopeKind::Lambda));
    if module.scopes().is_shadowed(&logger.name, at.scope) {
        return Err(format!("`{}` is something else here", logger.name));
    }
    if call.start() < logger.since {
        return Err(if runs_at_import {
            "the logger is not there yet".to_owned()
        } else {
            "the logger is made further down".to_owned()
        });
    }
    let target = format!("{}.{}", logger.name, given.method);
    let mut edits = logger.edits.clone();
    edits.push(Edit::replace(call.func.range(), target.clone()));
    if let Some(format) = given.format()? {
        let first = given.values[0].start();
        let open = call.arguments.start() + TextSize::new(1);
        let between = &module.text[TextRange::new(open, first)];
        let place = if between.trim().is_empty() {
            first
        } else {
            open
        };
        edits.push(Edit::insert(place, format!("{format}, ")));
    }
    for keyword in &given.dropped {
        edits.push(drop_keyword(module, call, keyword)?);
    }
    Ok((format!("Use `{target}`"), edits))
}

/// `print()` writes an empty line; a log has none. It goes where something is left.
fn removal(module: &Module<'_>, at: &At<'_, ExprCall>) -> Result<(String, Vec<Edit>), String> {
    let statement = module.index.statement(at.statement);
    // All of them go, so they do not count for each other.
    if statement.block.iter().all(is_empty_print) {
        return Err("nothing else stands in its block".to_owned());
    }
    let mut rest = statement.block.iter().skip_while(|it| is_empty_print(it));
    let heads = statement.block.iter().take_while(|it| is_empty_print(it));
    if heads.count() > 0 && rest.next().is_some_and(is_docstring_stmt) {
        return Err("the string below it would become a docstring".to_owned());
    }
    let range = statement.node.range();
    let text = module.text.as_bytes();
    let begin = memchr::memrchr(b'\n', &text[..range.start().to_usize()]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[range.end().to_usize()..])
        .map_or(text.len(), |at| range.end().to_usize() + at + 1);
    let alone = |part: &[u8]| part.iter().all(u8::is_ascii_whitespace);
    if !alone(&text[begin..range.start().to_usize()]) || !alone(&text[range.end().to_usize()..end])
    {
        return Err("it shares its line".to_owned());
    }
    let above = text[..begin].trim_ascii_end();
    if above.ends_with(b"\\") {
        return Err("the line above goes on in its line".to_owned());
    }
    let size = |at: usize| TextSize::new(u32::try_from(at).unwrap_or_default());
    let line = TextRange::new(size(begin), size(end));
    Ok(("Remove `print()`".to_owned(), vec![Edit::remove(line)]))
}

/// `print()` as a statement, whoever `print` is.
fn is_empty_print(statement: &Stmt) -> bool {
    let Stmt::Expr(statement) = statement else {
        return false;
    };
    let Expr::Call(call) = &*statement.value else {
        return false;
    };
    call.arguments.args.is_empty()
        && match &*call.func {
            Expr::Name(name) => name.id == "print",
            Expr::Attribute(attribute) => attribute.attr.as_str() == "print",
            _ => false,
        }
}

/// What a call is given, as far as a logger can do the same with it.
struct Given<'a> {
    values: Vec<&'a Expr>,
    method: String,
    separator: String,
    /// Keywords that a logger does not know and does not need.
    dropped: Vec<&'a Keyword>,
}

impl<'a> Given<'a> {
    fn read(module: &Module<'a>, at: &At<'a, ExprCall>, params: &Params) -> Result<Self, String> {
        let arguments = &at.node.arguments;
        if arguments.args.iter().any(Expr::is_starred_expr) {
            return Err("it is given `*args`".to_owned());
        }
        let mut given = Self {
            values: arguments.args.iter().collect(),
            method: params.method.clone(),
            separator: " ".to_owned(),
            dropped: Vec::new(),
        };
        if let [Expr::Generator(generator)] = given.values[..]
            && !generator.parenthesized
        {
            return Err("a generator without parentheses stands alone".to_owned());
        }
        for keyword in &arguments.keywords {
            let name = keyword.arg.as_ref().map_or("**", |name| name.as_str());
            match (name, &keyword.value, &params.stderr) {
                ("sep", Expr::StringLiteral(text), _) => {
                    text.value.to_str().clone_into(&mut given.separator);
                }
                ("sep", Expr::NoneLiteral(_), _) => {}
                ("file", file, Some(method))
                    if module.names(file, at.scope, &["sys", "stderr"]) =>
                {
                    given.method.clone_from(method);
                }
                ("**", ..) => return Err("it is given `**kwargs`".to_owned()),
                (name, ..) => return Err(format!("it is given `{name}`")),
            }
            given.dropped.push(keyword);
        }
        Ok(given)
    }

    /// The format that goes before the values; none for a single string.
    fn format(&self) -> Result<Option<String>, String> {
        if let [Expr::StringLiteral(_) | Expr::FString(_)] = self.values[..] {
            return Ok(None);
        }
        if self
            .separator
            .contains(|c: char| c.is_control() && c != '\n' && c != '\t')
        {
            return Err("its `sep` has control characters".to_owned());
        }
        let separator = self
            .separator
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
            .replace('\t', "\\t")
            .replace('%', "%%");
        let separator = ascii(&separator);
        Ok(Some(format!(
            "\"{}\"",
            vec!["%s"; self.values.len()].join(&separator)
        )))
    }
}

/// Escapes what the encoding of the file may not have.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let _ = write!(out, "\\U{:08x}", u32::from(c));
        }
    }
    out
}

/// Removes a keyword with the comma before it.
fn drop_keyword(module: &Module<'_>, call: &ExprCall, keyword: &Keyword) -> Result<Edit, String> {
    let before = call
        .arguments
        .iter_source_order()
        .map(|argument| argument.range())
        .take_while(|range| range.start() < keyword.start())
        .last();
    let Some(before) = before else {
        return Err("its first argument is a keyword".to_owned());
    };
    let between = &module.text[TextRange::new(before.end(), keyword.start())];
    let Some(comma) = between.find(',') else {
        return Err("its arguments are written in an unusual way".to_owned());
    };
    if between.contains('#') {
        return Err("there is a comment between its arguments".to_owned());
    }
    let comma = TextSize::new(u32::try_from(comma).unwrap_or_default());
    Ok(Edit::remove(TextRange::new(
        before.end() + comma,
        keyword.end(),
    )))
}
