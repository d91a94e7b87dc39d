//! Another name for an expression: what is written there, and the import that it needs.
//! Pure.

use super::found::Edit;
use super::head::{Head, newline};
use super::module::{BindingKind, Meaning, Module, ScopeId};

/// How a dotted path is written in a scope of a module, and the edits that make it known
/// there; or why that cannot be.
pub(super) fn introduce(
    module: &Module<'_>,
    path: &str,
    scope: ScopeId,
) -> Result<(String, Vec<Edit>), String> {
    let parts: Vec<&str> = path.split('.').collect();
    let (name, home) = parts.split_last().ok_or("it has no name")?;
    if home.is_empty() && matches!(module.scopes().meaning(name, scope), Meaning::Builtin) {
        return Ok(((*name).to_owned(), Vec::new()));
    }
    if let Some(known) = known(module, &parts, scope) {
        return Ok((known, Vec::new()));
    }
    let home = home.join(".");
    if !home.is_empty() && module.is_in(&home) {
        return Err(format!("this module is, or is part of, `{home}`"));
    }
    let scopes = module.scopes();
    if scopes.has_star {
        return Err("a star import may bring another name".to_owned());
    }
    let free = |name: &str| {
        matches!(scopes.meaning(name, scope), Meaning::Unknown)
            && scopes.of_module(name).is_empty()
            && !scopes.is_bound_below(name)
    };
    let import = |statement: String| {
        let head = Head::of(module);
        vec![Head::line(
            module,
            head.imports,
            &statement,
            newline(module.text),
        )]
    };
    if home.is_empty() {
        return if free(name) {
            Ok(((*name).to_owned(), import(format!("import {name}"))))
        } else {
            Err(format!("`{name}` is something else here"))
        };
    }
    if free(name) {
        return Ok((
            (*name).to_owned(),
            import(format!("from {home} import {name}")),
        ));
    }
    if free(parts[0]) {
        return Ok((path.to_owned(), import(format!("import {home}"))));
    }
    Err(format!("`{name}` is something else here"))
}

/// How the module can write a path already.
fn known(module: &Module<'_>, parts: &[&str], scope: ScopeId) -> Option<String> {
    let scopes = module.scopes();
    let head = Head::of(module).end;
    let mut ways: Vec<(usize, String)> = Vec::new();
    for (name, bindings) in scopes.module_names() {
        let [only] = bindings else { continue };
        let BindingKind::Import(path) = &only.kind else {
            continue;
        };
        // An import further down may not be there yet, and one in a block may never be.
        let early =
            head.is_some_and(|end| only.range.end() <= end) && module.is_outermost(only.range);
        if !early || scopes.is_shadowed(name, scope) || !parts.starts_with(path) {
            continue;
        }
        let rest = &parts[path.len()..];
        // `import a.b` makes `a.b` known, and `a.c` not.
        let reaches = module.index.imports.iter().any(|import| {
            import.scope == 0
                && if import.from || import.alias.asname.is_some() {
                    import.path == *path && rest.len() <= 1
                } else {
                    import.path.first() == path.first()
                        && parts.len() == import.path.len() + 1
                        && parts.starts_with(&import.path)
                }
        });
        if reaches {
            let mut way = name.to_owned();
            for part in rest {
                way.push('.');
                way.push_str(part);
            }
            ways.push((rest.len(), way));
        }
    }
    ways.sort();
    ways.into_iter().next().map(|(_, way)| way)
}
