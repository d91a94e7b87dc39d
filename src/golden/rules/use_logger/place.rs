//! Where a module's logger is, or where a new one goes.

use ruff_python_ast::Expr;
use ruff_text_size::TextSize;

use super::Params;
use crate::golden::found::Edit;
use crate::golden::head::{Head, newline};
use crate::golden::module::{Binding, BindingKind, Module};

/// The name of a new logger.
const NAME: &str = "logger";
/// Names of a logger that is the module's own, whatever it is made for.
const OWN: [&str; 7] = ["logger", "log", "LOGGER", "LOG", "Log", "_logger", "_log"];

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
    if let Some((name, since)) = known(module, &factory) {
        return Ok(Logger {
            name: name.to_owned(),
            since,
            edits: Vec::new(),
        });
    }
    new(module, &factory)
}

/// The logger that the module makes for itself whenever it is imported, and where: the one
/// named after the module if there is one, else the first with a name of its own. Another
/// may be that of another party, or of an audit.
fn known<'a>(module: &Module<'a>, factory: &[&str]) -> Option<(&'a str, TextSize)> {
    let makes = |name: &'a str, bindings: &[Binding<'a>]| {
        let [only] = bindings else { return None };
        let BindingKind::Value(Expr::Call(call)) = only.kind else {
            return None;
        };
        let path = module.qualified(&call.func, 0)?;
        let always = module.is_outermost(only.range);
        let after_module = matches!(&*call.arguments.args, [Expr::Name(it)] if it.id == "__name__");
        let own = after_module || OWN.contains(&name);
        (always && own && (path == ["logging", "getLogger"] || path == factory)).then_some((
            !after_module,
            only.range.start(),
            name,
        ))
    };
    let names = module.scopes().module_names();
    let known = names.filter_map(|(name, bindings)| makes(name, bindings));
    known.min().map(|(_, since, name)| (name, since))
}

fn new(module: &Module<'_>, factory: &[&str]) -> Result<Logger, String> {
    if !module.scopes().of_module(NAME).is_empty() {
        return Err(format!("`{NAME}` is something else here"));
    }
    if module.station.module == ["logging"] {
        return Err("the module hides `logging`".to_owned());
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
            edits.push(Head::line(module, head.imports, &import, newline));
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
    edits.push(Head::line(
        module,
        head.end,
        &format!("{gap}{after_imports}"),
        newline,
    ));
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
    // An import further down is not there yet where the logger is made, and one in a block
    // may not be there at all.
    let head = Head::of(module);
    let early = bindings.iter().any(|binding| {
        head.end.is_some_and(|end| binding.range.end() <= end) && module.is_outermost(binding.range)
    });
    match (is_it, early) {
        (true, true) => Ok((None, call)),
        (true, false) => Err(format!("`{name}` is imported further down, or not always")),
        (false, _) => Err(format!("`{name}` is something else here")),
    }
}
