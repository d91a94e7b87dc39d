//! Reads the contracts of import-linter. Pure.
//!
//! Understood are the types forbidden, layers and independence with their options, but for
//! `exhaustive`.

use std::collections::BTreeMap;

use super::Contracts;
use super::kept::{Contract, Kind};
use super::names::{Import, Layer, Module};
use super::written::{Setting, Written, from_ini, from_toml};
use crate::golden::ini::Ini;
use crate::golden::project::TomlFile;
use crate::golden::rule::TreeCheck;
use crate::golden::tree::Tree;

/// The contracts of the file that import-linter would read: setup.cfg, .importlinter,
/// pyproject.toml, the first that has any.
pub(super) fn read(tree: &Tree<'_>) -> Contracts {
    let written = match find(tree) {
        Ok(Some(written)) => written,
        Ok(None) => return Vec::new(),
        Err(error) => return vec![("import-linter".to_owned(), Err(error))],
    };
    let shared = match Shared::read(&written.own) {
        Ok(shared) => shared,
        Err(error) => return vec![("import-linter".to_owned(), Err(error))],
    };
    written
        .contracts
        .iter()
        .map(|(id, settings)| {
            let check = contract(settings, &shared).map(|it| Box::new(it) as Box<dyn TreeCheck>);
            (format!("import-linter:{id}"), check)
        })
        .collect()
}

fn find(tree: &Tree<'_>) -> Result<Option<Written>, String> {
    for path in ["setup.cfg", ".importlinter"] {
        if tree.has(path) {
            let ini = Ini::parse(&tree.text(path)?);
            if let Some(written) = from_ini(&ini) {
                return Ok(Some(written));
            }
        }
    }
    if !tree.has("pyproject.toml") {
        return Ok(None);
    }
    // One that is no TOML is for other rules to tell, unless it speaks of contracts.
    let text = tree.text("pyproject.toml")?;
    if !text.contains("importlinter") {
        return Ok(None);
    }
    let values = TomlFile::read(tree, "pyproject.toml")?.values();
    let table = values.get("tool").and_then(|tool| tool.get("importlinter"));
    Ok(table.and_then(toml::Value::as_table).map(from_toml))
}

/// What all contracts of a file share.
struct Shared {
    roots: Vec<String>,
    external: bool,
    typing: bool,
}

impl Shared {
    fn read(own: &BTreeMap<String, Setting>) -> Result<Self, String> {
        let mut shared = Self {
            roots: Vec::new(),
            external: false,
            typing: true,
        };
        for (key, value) in own {
            let wrong = || format!("`{key}` cannot be read");
            match key.as_str() {
                "root_package" | "root_packages" => {
                    shared.roots.extend(value.list().ok_or_else(wrong)?);
                }
                "include_external_packages" => shared.external = value.yes().ok_or_else(wrong)?,
                "exclude_type_checking_imports" => {
                    shared.typing = !value.yes().ok_or_else(wrong)?;
                }
                _ => return Err(format!("the setting `{key}` is not supported")),
            }
        }
        if shared.roots.is_empty() {
            return Err("it names no root package".to_owned());
        }
        Ok(shared)
    }
}

/// The settings of a contract that have been asked for.
struct Settings<'s> {
    all: &'s BTreeMap<String, Setting>,
    asked: Vec<&'static str>,
}

impl Settings<'_> {
    fn list(&mut self, key: &'static str) -> Result<Option<Vec<String>>, String> {
        self.asked.push(key);
        let found = self.all.get(key);
        let read = |value: &Setting| {
            let list = value.list();
            list.ok_or_else(|| format!("`{key}` is no list of names"))
        };
        found.map(read).transpose()
    }

    fn modules(&mut self, key: &'static str) -> Result<Vec<Module>, String> {
        let names = self.list(key)?;
        let names = names.ok_or_else(|| format!("`{key}` is missing"))?;
        names.iter().map(|name| Module::read(name)).collect()
    }

    fn yes(&mut self, key: &'static str, default: bool) -> Result<bool, String> {
        self.asked.push(key);
        let Some(value) = self.all.get(key) else {
            return Ok(default);
        };
        value
            .yes()
            .ok_or_else(|| format!("`{key}` is neither true nor false"))
    }

    fn text(&mut self, key: &'static str) -> Option<&str> {
        self.asked.push(key);
        self.all.get(key).and_then(Setting::text)
    }

    /// An error if something was not asked for: it would have changed what holds.
    fn finish(&self) -> Result<(), String> {
        let mut keys = self.all.keys();
        match keys.find(|key| !self.asked.contains(&key.as_str())) {
            Some(key) => Err(format!("the option `{key}` is not supported")),
            None => Ok(()),
        }
    }
}

fn contract(all: &BTreeMap<String, Setting>, shared: &Shared) -> Result<Contract, String> {
    let mut settings = Settings {
        all,
        asked: vec!["id"],
    };
    let name = settings.text("name").unwrap_or("contract").to_owned();
    let kind = settings.text("type").unwrap_or_default().to_owned();
    let ignore = settings.list("ignore_imports")?.unwrap_or_default();
    let ignore: Result<Vec<Import>, String> = ignore.iter().map(|it| Import::read(it)).collect();
    let unmatched = settings.text("unmatched_ignore_imports_alerting");
    let strict = match unmatched.unwrap_or("error") {
        "error" => true,
        "warn" | "none" => false,
        other => {
            return Err(format!(
                "`unmatched_ignore_imports_alerting` is `{other}`: expected error, warn or none"
            ));
        }
    };
    let kind = match kind.as_str() {
        "forbidden" => Kind::Forbidden {
            sources: settings.modules("source_modules")?,
            forbidden: settings.modules("forbidden_modules")?,
            indirect: !settings.yes("allow_indirect_imports", false)?,
            packages: settings.yes("as_packages", true)?,
        },
        "independence" => Kind::Independence {
            modules: settings.modules("modules")?,
        },
        "layers" => {
            let layers = settings.list("layers")?.ok_or("`layers` is missing")?;
            let layers: Result<Vec<Layer>, String> =
                layers.iter().map(|layer| Layer::read(layer)).collect();
            let containers = settings.list("containers")?.unwrap_or_default();
            if settings.yes("exhaustive", false)? {
                return Err("the option `exhaustive` is not supported".to_owned());
            }
            settings.asked.push("exhaustive_ignores");
            Kind::Layers {
                layers: layers?,
                containers,
            }
        }
        other => return Err(format!("contracts of the type `{other}` are not supported")),
    };
    settings.finish()?;
    let contract = Contract {
        name,
        kind,
        ignore: ignore?,
        strict,
        typing: shared.typing,
        roots: shared.roots.clone(),
        external: shared.external,
    };
    contract.check()?;
    Ok(contract)
}
