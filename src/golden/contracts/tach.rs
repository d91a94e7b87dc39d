//! Reads and judges the modules and interfaces of `tach.toml`. Pure.
//!
//! Understood are modules with `depends_on`, interfaces with `expose` and `from`, source
//! roots and excludes. A file belongs to the module with the longest path around its name.

use fancy_regex::Regex;
use rustc_hash::FxHashMap;
use toml::{Table, Value};

use super::Contracts;
use super::values::{tables, texts, yes};
use crate::golden::paths::Paths;
use crate::golden::place::Places;
use crate::golden::project::TomlFile;
use crate::golden::rule::TreeCheck;
use crate::golden::tree::{Reports, Tree};
use crate::graph::{Imported, Kind, Target};
use crate::repo::RepoPath;

const MODULES: &str = "tach:modules";
const INTERFACES: &str = "tach:interfaces";

/// The contracts of a `tach.toml` at the root.
pub(super) fn read(tree: &Tree<'_>) -> Contracts {
    if !tree.has("tach.toml") {
        return Vec::new();
    }
    let file = TomlFile::read(tree, "tach.toml").map(|file| file.values());
    let parsed = file.and_then(|table| {
        if let Some(path) = tree.named("tach.domain.toml").next() {
            return Err(format!("{path}: domain files are not supported"));
        }
        Ok((Layout::read(&table)?, interfaces(&table)?))
    });
    match parsed {
        Err(error) => vec![(MODULES.to_owned(), Err(error))],
        Ok((layout, interfaces)) => {
            let mut contracts: Contracts = Vec::new();
            if !interfaces.is_empty() {
                let check = Interfaces {
                    layout: layout.clone(),
                    interfaces,
                };
                contracts.push((INTERFACES.to_owned(), Ok(Box::new(check))));
            }
            contracts.push((MODULES.to_owned(), Ok(Box::new(layout))));
            contracts
        }
    }
}

/// Modules and where their files are.
#[derive(Clone)]
struct Layout {
    roots: Vec<String>,
    exclude: Paths,
    /// Whether imports for type checkers count.
    typing: bool,
    modules: Vec<Module>,
}

#[derive(Clone)]
struct Module {
    path: String,
    /// What it may depend on; anything if it does not say.
    depends_on: Option<Vec<String>>,
    utility: bool,
    unchecked: bool,
}

struct Interface {
    expose: Vec<Regex>,
    from: Vec<Regex>,
}

/// Keys that are about something else than what may import what.
const BESIDE: [&str; 5] = [
    "cache",
    "map",
    "disable_logging",
    "respect_gitignore",
    "external",
];

impl Layout {
    fn read(table: &Table) -> Result<Self, String> {
        let mut layout = Self {
            roots: vec![String::new()],
            exclude: Paths::default(),
            typing: false,
            modules: Vec::new(),
        };
        for (key, value) in table {
            match key.as_str() {
                "source_roots" => {
                    let trim =
                        |root: String| root.trim_start_matches("./").trim_matches('/').to_owned();
                    let roots = texts(key, value)?.into_iter().map(trim);
                    layout.roots = roots
                        .map(|root| if root == "." { String::new() } else { root })
                        .collect();
                }
                "exclude" => layout.exclude = Paths::new(&texts(key, value)?)?,
                "ignore_type_checking_imports" => layout.typing = !yes(key, value)?,
                "modules" => {
                    for module in tables(key, value)? {
                        layout.modules.extend(Module::read(module)?);
                    }
                }
                "exact" | "forbid_circular_dependencies" | "use_regex_matching"
                    if !yes(key, value)? => {}
                "root_module" if matches!(value.as_str(), Some("allow" | "ignore")) => {}
                "interfaces" => {}
                key if BESIDE.contains(&key) => {}
                _ => return Err(format!("the setting `{key} = {value}` is not supported")),
            }
        }
        // The longest first: the nearest module around a name.
        layout
            .modules
            .sort_by_key(|module| std::cmp::Reverse(module.path.len()));
        Ok(layout)
    }

    /// The dotted name of a file from its source root.
    fn name(&self, path: &str) -> Option<String> {
        if self.exclude.has(path) {
            return None;
        }
        let below = |root: &String| {
            if root.is_empty() {
                return Some(path);
            }
            path.strip_prefix(root.as_str())?.strip_prefix('/')
        };
        let rest = self
            .roots
            .iter()
            .filter_map(below)
            .min_by_key(|rest| rest.len())?;
        let stem = rest.rsplit_once('.').map_or(rest, |(stem, _)| stem);
        let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
        Some(stem.replace('/', "."))
    }

    fn module(&self, name: &str) -> Option<&Module> {
        self.modules
            .iter()
            .find(|module| within(name, &module.path))
    }

    /// What each import that leads from one module into another means.
    fn crossings<'t>(&self, tree: &'t Tree<'_>, mut each: impl FnMut(Crossing<'_, 't>)) {
        let names: FxHashMap<&RepoPath, String> = tree
            .graph
            .files()
            .iter()
            .filter_map(|path| Some((path, self.name(path.as_str())?)))
            .collect();
        let modules: FxHashMap<&RepoPath, &Module> = names
            .iter()
            .filter_map(|(path, name)| Some((*path, self.module(name)?)))
            .collect();
        for path in tree.graph.files() {
            let Some(from) = modules.get(path) else {
                continue;
            };
            for imported in tree.graph.imported(path) {
                if from.unchecked || imported.import.kind == Kind::Typing && !self.typing {
                    continue;
                }
                let Target::File(first, second) = imported.target else {
                    continue;
                };
                let target = second.unwrap_or(first);
                let Some(to) = modules.get(target).filter(|to| to.path != from.path) else {
                    continue;
                };
                each(Crossing {
                    path,
                    from,
                    to,
                    target: &names[target],
                    imported,
                });
            }
        }
    }
}

/// An import from one module into another.
struct Crossing<'l, 't> {
    path: &'t RepoPath,
    from: &'l Module,
    to: &'l Module,
    /// The dotted name of the imported file.
    target: &'l str,
    imported: Imported<'t>,
}

impl Module {
    fn read(table: &Table) -> Result<Vec<Self>, String> {
        let mut module = Self {
            path: String::new(),
            depends_on: None,
            utility: false,
            unchecked: false,
        };
        let mut paths = Vec::new();
        for (key, value) in table {
            match key.as_str() {
                "path" | "paths" => paths.extend(texts(key, value)?),
                "depends_on" => module.depends_on = Some(dependencies(value)?),
                "utility" => module.utility = yes(key, value)?,
                "unchecked" => module.unchecked = yes(key, value)?,
                "strict" if !yes(key, value)? => {}
                _ => return Err(format!("the option `{key}` of a module is not supported")),
            }
        }
        if paths.is_empty() {
            return Err("a module has no path".to_owned());
        }
        if let Some(path) = paths.iter().find(|path| path.contains(['*', '<'])) {
            return Err(format!("the path `{path}` of a module is not supported"));
        }
        let one = |path| Self {
            path,
            ..module.clone()
        };
        Ok(paths.into_iter().map(one).collect())
    }

    fn may_use(&self, other: &Self) -> bool {
        other.utility
            || self.depends_on.as_ref().is_none_or(|all| {
                all.iter().any(|path| match path.strip_suffix(".**") {
                    Some(root) => within(&other.path, root),
                    None => *path == other.path,
                })
            })
    }
}

fn dependencies(value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("depends_on: `{value}` is no list of modules");
    let one = |item: &Value| {
        let path = match item {
            Value::String(path) => path.as_str(),
            Value::Table(table)
                if table
                    .keys()
                    .all(|key| matches!(key.as_str(), "path" | "deprecated")) =>
            {
                table
                    .get("path")
                    .and_then(Value::as_str)
                    .ok_or_else(wrong)?
            }
            _ => return Err(wrong()),
        };
        let bare = path.strip_suffix(".**").unwrap_or(path);
        if bare.contains('*') {
            return Err(format!(
                "the pattern `{path}` in depends_on is not supported"
            ));
        }
        Ok(path.to_owned())
    };
    value
        .as_array()
        .ok_or_else(wrong)?
        .iter()
        .map(one)
        .collect()
}

fn interfaces(table: &Table) -> Result<Vec<Interface>, String> {
    let Some(value) = table.get("interfaces") else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for interface in tables("interfaces", value)? {
        let mut one = Interface {
            expose: Vec::new(),
            from: vec![pattern(".*")?],
        };
        for (key, value) in interface {
            let read = || -> Result<Vec<Regex>, String> {
                texts(key, value)?.iter().map(|it| pattern(it)).collect()
            };
            match key.as_str() {
                "expose" => one.expose = read()?,
                "from" => one.from = read()?,
                _ => {
                    return Err(format!(
                        "the option `{key}` of an interface is not supported"
                    ));
                }
            }
        }
        all.push(one);
    }
    Ok(all)
}

fn pattern(text: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{text})$")).map_err(|error| format!("`{text}`: {error}"))
}

impl TreeCheck for Layout {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let mut places = Places::new(tree);
        self.crossings(tree, |crossing| {
            let Crossing { from, to, .. } = crossing;
            if !from.may_use(to) {
                let message = format!("`{}` may not depend on `{}`", from.path, to.path);
                crossing.report(message, &mut places, found);
            }
        });
        super::super::rules::unread(tree)
    }
}

struct Interfaces {
    layout: Layout,
    interfaces: Vec<Interface>,
}

impl TreeCheck for Interfaces {
    fn check(&self, tree: &Tree<'_>, found: &mut Reports) -> Result<(), String> {
        let fits = |patterns: &[Regex], text: &str| {
            patterns
                .iter()
                .any(|pattern| pattern.is_match(text).unwrap_or_default())
        };
        let mut places = Places::new(tree);
        self.layout.crossings(tree, |crossing| {
            let all = self.interfaces.iter();
            let of: Vec<&Interface> = all.filter(|it| fits(&it.from, &crossing.to.path)).collect();
            let member = crossing.member();
            if of.is_empty() || member.is_empty() || of.iter().any(|it| fits(&it.expose, &member)) {
                return;
            }
            let message = format!(
                "`{member}` is not part of the interface of `{}`",
                crossing.to.path
            );
            crossing.report(message, &mut places, found);
        });
        super::super::rules::unread(tree)
    }
}

impl Crossing<'_, '_> {
    /// What is imported, as its module calls it: `service.run` of `core`.
    fn member(&self) -> String {
        let (import, alias) = (self.imported.import, self.imported.alias);
        let mut whole = self.target.to_owned();
        let stem = whole.rsplit('.').next().unwrap_or_default();
        let names_file = import.from.is_none()
            || stem == alias.name && {
                // `from core import service` names the file itself.
                let from = import.from.as_ref().map_or("", |from| from.module.as_str());
                !within(from, &whole)
            };
        if !names_file && alias.name != "*" {
            whole = format!("{whole}.{}", alias.name);
        }
        whole
            .strip_prefix(self.to.path.as_str())
            .unwrap_or_default()
            .trim_start_matches('.')
            .to_owned()
    }

    fn report(&self, message: String, places: &mut Places<'_, '_>, found: &mut Reports) {
        let alias = self.imported.alias;
        let range = places.range(self.path.as_str(), alias.at, alias.name.len());
        found.at(self.path.as_str(), range, message);
    }
}

/// Whether a dotted name is a module or below it.
fn within(name: &str, module: &str) -> bool {
    name.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
