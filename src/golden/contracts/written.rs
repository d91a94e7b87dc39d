//! import-linter's settings, from TOML and from INI files, in one form. Pure.

use std::collections::BTreeMap;

use toml::{Table, Value};

use crate::golden::ini::Ini;

/// A value as TOML has it; INI knows texts alone, which are lines where a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting {
    Text(String),
    List(Vec<String>),
    Yes(bool),
    /// What no setting of a contract is.
    Other(String),
}

/// The settings of a file.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) own: BTreeMap<String, Setting>,
    /// Contracts by id, in order.
    pub(super) contracts: Vec<(String, BTreeMap<String, Setting>)>,
}

impl Setting {
    /// The lines of a text, or a list.
    pub(super) fn list(&self) -> Option<Vec<String>> {
        match self {
            Self::List(list) => Some(list.clone()),
            Self::Text(text) => Some(
                text.lines()
                    .map(str::trim)
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn yes(&self) -> Option<bool> {
        match self {
            Self::Yes(yes) => Some(*yes),
            Self::Text(text) => match text.to_lowercase().as_str() {
                "true" | "yes" | "1" | "on" => Some(true),
                "false" | "no" | "0" | "off" => Some(false),
                _ => None,
            },
            _ => None,
        }
    }
}

/// `[tool.importlinter]`.
pub(super) fn from_toml(table: &Table) -> Written {
    let mut written = Written::default();
    for (key, value) in table {
        if key == "contracts" {
            for (number, one) in value.as_array().into_iter().flatten().enumerate() {
                let table = one.as_table().cloned().unwrap_or_default();
                let settings: BTreeMap<String, Setting> = table
                    .iter()
                    .map(|(key, value)| (key.clone(), setting(value)))
                    .collect();
                let name = |key: &str| settings.get(key).and_then(Setting::text);
                let id = name("id")
                    .or(name("name"))
                    .map_or_else(|| (number + 1).to_string(), slug);
                written.contracts.push((id, settings));
            }
        } else {
            written.own.insert(key.clone(), setting(value));
        }
    }
    written
}

fn setting(value: &Value) -> Setting {
    match value {
        Value::String(text) => Setting::Text(text.clone()),
        Value::Boolean(yes) => Setting::Yes(*yes),
        Value::Array(items) => {
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            texts.map_or_else(|| Setting::Other(value.to_string()), Setting::List)
        }
        other => Setting::Other(other.to_string()),
    }
}

/// `[importlinter]` and `[importlinter:contract:…]`; `None` without the first.
pub(super) fn from_ini(ini: &Ini) -> Option<Written> {
    let settings = |section: &crate::golden::ini::Section| -> BTreeMap<String, Setting> {
        section
            .keys()
            .map(|key| {
                let text = section.get(key).unwrap_or_default();
                (key.to_owned(), Setting::Text(text.to_owned()))
            })
            .collect()
    };
    let mut written = Written {
        own: settings(ini.get("importlinter")?),
        contracts: Vec::new(),
    };
    for section in &ini.sections {
        if let Some(id) = section.name.strip_prefix("importlinter:contract:") {
            written.contracts.push((slug(id), settings(section)));
        }
    }
    Some(written)
}

/// A name that can be written in a comment: `Domain is pure` is `domain-is-pure`.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_alphanumeric() || c == '_' {
            slug.extend(c.to_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}
