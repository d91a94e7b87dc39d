//! A symbol under another dotted name: its imports and uses in one module. Pure.
//!
//! Either every import and every use is carried over, or nothing is.

use ruff_python_ast::{Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::found::Edit;
use super::head::newline;
use super::introduce::introduce;
use super::module::{ImportAt, Meaning, Module, ScopeId, ScopeKind};

/// Where a symbol is imported and used.
#[derive(Debug, Default)]
pub(super) struct Sites {
    /// Imports of it, by their number in the index.
    pub(super) imports: Vec<usize>,
    /// Names that mean it: their ranges.
    pub(super) names: Vec<TextRange>,
    /// Attributes that mean it: their numbers in the index.
    pub(super) attributes: Vec<usize>,
}

impl Sites {
    /// Finds a symbol by its dotted path.
    pub(super) fn of(module: &Module<'_>, symbol: &[&str]) -> Self {
        let mut sites = Self::default();
        for (number, import) in module.index.imports.iter().enumerate() {
            if import.path == symbol {
                sites.imports.push(number);
            }
        }
        let last = symbol.last().copied().unwrap_or_default();
        for at in &module.index.names {
            let known = matches!(
                module.scopes().meaning(at.node.id.as_str(), at.scope),
                Meaning::Bound(..)
            );
            if known && means_name(module, at.node.id.as_str(), at.scope, symbol) {
                sites.names.push(at.node.range());
            }
        }
        for (number, at) in module.index.attributes.iter().enumerate() {
            if at.node.attr.as_str() == last && means_attribute(module, number, symbol) {
                sites.attributes.push(number);
            }
        }
        sites
    }
}

/// Whether a name is bound by an import of the symbol alone.
fn means_name(module: &Module<'_>, name: &str, scope: ScopeId, symbol: &[&str]) -> bool {
    let Meaning::Bound(bindings, _) = module.scopes().meaning(name, scope) else {
        return false;
    };
    bindings.iter().all(|binding| {
        matches!(&binding.kind, super::module::BindingKind::Import(path) if path == symbol)
    })
}

fn means_attribute(module: &Module<'_>, number: usize, symbol: &[&str]) -> bool {
    let at = &module.index.attributes[number];
    let Some((_, home)) = symbol.split_last() else {
        return false;
    };
    module.qualified(&at.node.value, at.scope).as_deref() == Some(home)
}

/// The edits that rename a symbol throughout a module; or why that is not done.
pub(super) fn rename(
    module: &Module<'_>,
    from: &[&str],
    to: &str,
    sites: &Sites,
) -> Result<Vec<Edit>, String> {
    let Some((old, home)) = from.split_last() else {
        return Err("it has no name".to_owned());
    };
    let (new_home, new) = to.rsplit_once('.').ok_or("the new name has no module")?;
    let same_home = home.join(".") == new_home;
    if !same_home && module.is_in(new_home) {
        return Err(format!("this module is, or is part of, `{new_home}`"));
    }
    let mut attributes = sites
        .attributes
        .iter()
        .map(|it| &module.index.attributes[*it]);
    if attributes.any(|at| !at.node.ctx.is_load()) {
        return Err("it is assigned or deleted here".to_owned());
    }
    let mut edits = Vec::new();
    for number in &sites.imports {
        let import = &module.index.imports[*number];
        if !import.from {
            return Err("it is a module".to_owned());
        }
        let statement = module.index.statement(import.statement).node;
        let Stmt::ImportFrom(statement) = statement else {
            continue;
        };
        let bound = import.alias.asname.as_ref().unwrap_or(&import.alias.name);
        let uses = uses(module, import, bound.as_str())?;
        if import.alias.asname.is_none() && new != *old {
            if module.scopes().get(import.scope).kind == ScopeKind::Class {
                return Err(format!("`{old}` is an attribute of a class"));
            }
            may_bind(module, new, import.scope)?;
            let renamed = uses.iter().map(|range| Edit::replace(*range, new));
            edits.extend(renamed);
        }
        if same_home {
            edits.push(Edit::replace(import.alias.name.range(), new));
        } else {
            edits.extend(moved(module, statement, import, new_home, new)?);
        }
    }
    for number in &sites.attributes {
        let at = &module.index.attributes[*number];
        if same_home {
            edits.push(Edit::replace(at.node.attr.range(), new));
        } else {
            let (written, imports) = introduce(module, to, at.scope)?;
            edits.extend(imports);
            edits.push(Edit::replace(at.node.range(), written));
        }
    }
    edits.sort();
    edits.dedup();
    Ok(edits)
}

/// Whether a module would lose a name that others may import from it.
pub(super) fn takes_away(module: &Module<'_>, sites: &Sites, to: &str) -> bool {
    let new = to.rsplit('.').next();
    sites.imports.iter().any(|number| {
        let import = &module.index.imports[*number];
        let kept = import.alias.asname.is_some() || Some(import.alias.name.as_str()) == new;
        import.scope == 0 && !kept
    })
}

/// Whether a text is, as a whole, a name with this part, or a docstring with an example has
/// it: it may mean the symbol, and nobody can say.
pub(super) fn spelled(module: &Module<'_>, name: &str) -> bool {
    module.index.strings.iter().any(|string| {
        let text = string.place.node.value.to_str();
        let may_mean = if string.docstring {
            text.contains(">>>")
        } else {
            !text.contains(char::is_whitespace)
        };
        may_mean
            && text
                .split(|c: char| !c.is_alphanumeric() && c != '_')
                .any(|word| word == name)
    })
}

/// The places that read what an import binds; an error if something else binds it, too.
fn uses(module: &Module<'_>, import: &ImportAt<'_>, name: &str) -> Result<Vec<TextRange>, String> {
    let Meaning::Bound(bindings, home) = module.scopes().meaning(name, import.scope) else {
        return Err(format!("`{name}` cannot be followed"));
    };
    if bindings.len() != 1 {
        return Err(format!("`{name}` is bound more than once"));
    }
    let all = module.index.names.iter();
    let uses = all.filter(|at| {
        at.node.id.as_str() == name
            && matches!(module.scopes().meaning(name, at.scope), Meaning::Bound(_, scope) if scope == home)
    });
    Ok(uses.map(|at| at.node.range()).collect())
}

fn may_bind(module: &Module<'_>, name: &str, scope: ScopeId) -> Result<(), String> {
    let scopes = module.scopes();
    let free = matches!(scopes.meaning(name, scope), Meaning::Unknown)
        && !scopes.is_bound_below(name)
        && !scopes.has_star;
    if free {
        Ok(())
    } else {
        Err(format!("`{name}` is something else here"))
    }
}

/// Takes a name out of an import statement and imports it from elsewhere.
fn moved(
    module: &Module<'_>,
    statement: &StmtImportFrom,
    import: &ImportAt<'_>,
    home: &str,
    name: &str,
) -> Result<Vec<Edit>, String> {
    let alias = import.alias;
    if statement.names.len() == 1 {
        let from = origin(module, statement).ok_or("the import is written in an unusual way")?;
        return Ok(vec![
            Edit::replace(from, home),
            Edit::replace(alias.name.range(), name),
        ]);
    }
    let at = statement
        .names
        .iter()
        .position(|other| other.range() == alias.range())
        .ok_or("the import cannot be taken apart")?;
    let gone = match statement.names.get(at + 1) {
        Some(next) => TextRange::new(alias.start(), next.start()),
        None => TextRange::new(statement.names[at - 1].end(), alias.end()),
    };
    if module.slice(gone).contains('#') {
        return Err("a comment stands in the import".to_owned());
    }
    let rest = &module.text[statement.end().to_usize()..];
    let line = rest.split(['\n', '\r']).next().unwrap_or_default();
    let bare = line.trim_start();
    if !bare.is_empty() && !bare.starts_with('#') {
        return Err("something else stands on the line of the import".to_owned());
    }
    let length = |text: &str| TextSize::new(u32::try_from(text.len()).unwrap_or_default());
    let before = &module.text[..statement.start().to_usize()];
    let indent = &before[before.rfind(['\n', '\r']).map_or(0, |at| at + 1)..];
    let indent = indent.trim_start_matches('\u{feff}');
    if !indent.trim().is_empty() {
        return Err("something else stands on the line of the import".to_owned());
    }
    let bound = alias.asname.as_ref();
    let suffix = bound.map_or_else(String::new, |bound| format!(" as {bound}"));
    let end = newline(module.text);
    let added = format!("{end}{indent}from {home} import {name}{suffix}");
    Ok(vec![
        Edit::remove(gone),
        Edit::insert(statement.end() + length(line), added),
    ])
}

/// Where the module stands that a statement imports from, with its dots.
fn origin(module: &Module<'_>, statement: &StmtImportFrom) -> Option<TextRange> {
    let name = statement.module.as_ref()?;
    if statement.level == 0 {
        return Some(name.range());
    }
    let between = TextRange::new(statement.start(), name.start());
    let dots = module.slice(between).find('.')?;
    let start = statement.start() + TextSize::new(u32::try_from(dots).ok()?);
    Some(TextRange::new(start, name.end()))
}
