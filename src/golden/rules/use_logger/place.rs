//! Where a module's logger is, or where a new one goes.

use ruff_python_ast::Expr;
use ruff_text_size::TextSize;

use super::Params;
use crate::golden::found::Edit;
use crate::golden::head::{Head, newline};
use crate::golden::module::{BindingKind, Module};

/// The name of a new logger.
const NAME: &str = "logger";

/// The logger that calls go to.
pub(super) struct Logger {
    /// Its name in the module.
    pub(super) name: String,
    /// From which place on it is there when the module is executed.
    pub(super) since: TextSize,
    /// What makes it, if it is new.
    pub(super) edits: Vec<Edit>,
}

/// The module's logger, or a new one; or why there is none to be had.
pub(super) fn logger(module: &Module<'_>, params: &Params) -> Result<Logger, String> {
    let factory: Vec<&str> = params
        .factory
        .as_deref()
        .unwrap_or("logging.getLogger")
        .split('.')
        .collect();
    let mut known: Vec<(TextSize, &str)> = module
        .scopes()
        .module_names()
        .filter_map(|(name, bindings)| match bindings {
            [only] => match only.kind {
                BindingKind::Value(Expr::Call(call)) => {
                    let path = module.qualified(&call.func, 0)?;
                    let makes = path == ["logging", "getLogger"] || path == factory;
                    makes.then_some((only.range.start(), name))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    known.sort_unstable();
    if let Some((since, name)) = known.first() {
        return Ok(Logger {
            name: (*name).to_owned(),
            since: *since,
            edits: Vec::new(),
        });
    }
    new(module, &factory)
}

fn new(module: &Module<'_>, factory: &[&str]) -> Result<Logger, String> {
    if !module.scopes().of_module(NAME).is_empty() {
        return Err(format!("`{NAME}` is something else here"));
    }
    if module.scopes().has_star {
        return Err(format!("a star import may bring another `{NAME}`"));
    }
    let (import, call) = factory_import(module, factory)?;
    let head = Head::of(module);
    let newline = newline(module.text);
    let assignment = format!("{NAME} = {call}(__name__)");
    let mut edits = Vec::new();
    let after_imports = match import {
        Some(import) if head.imports == head.end => {
            format!("{import}{newline}{newline}{assignment}")
        }
        Some(import) => {
            edits.push(head.line(module, head.imports, &import, newline));
            assignment
        }
        None => assignment,
    };
    let gap = if head.end.is_some()
        && !after_imports.starts_with("import ")
        && !after_imports.starts_with("from ")
    {
        newline
    } else {
        ""
    };
    edits.push(head.line(module, head.end, &format!("{gap}{after_imports}"), newline));
    Ok(Logger {
        name: NAME.to_owned(),
        since: head.end.unwrap_or_default(),
        edits,
    })
}

/// The import that a factory needs, if it is not there, and how it is called.
fn factory_import(
    module: &Module<'_>,
    factory: &[&str],
) -> Result<(Option<String>, String), String> {
    let (function, home) = factory.split_last().ok_or("the factory has no name")?;
    let home = home.join(".");
    let is_logging = home == "logging";
    let (name, statement, call) = if is_logging {
        (
            "logging",
            "import logging".to_owned(),
            format!("logging.{function}"),
        )
    } else {
        let statement = format!("from {home} import {function}");
        (*function, statement, (*function).to_owned())
    };
    let wanted: Vec<&str> = if is_logging {
        vec!["logging"]
    } else {
        factory.to_vec()
    };
    let bindings = module.scopes().of_module(name);
    if bindings.is_empty() {
        return Ok((Some(statement), call));
    }
    let is_it = bindings
        .iter()
        .all(|binding| matches!(&binding.kind, BindingKind::Import(path) if *path == wanted));
    // An import further down is not there yet where the logger is made.
    let head = Head::of(module);
    let early = bindings
        .iter()
        .any(|binding| head.end.is_some_and(|end| binding.range.end() <= end));
    match (is_it, early) {
        (true, true) => Ok((None, call)),
        (true, false) => Err(format!("`{name}` is imported further down")),
        (false, _) => Err(format!("`{name}` is something else here")),
    }
}
