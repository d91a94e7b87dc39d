//! Requirements in `uv.lock` beside those of the projects that it locks. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use pep440_rs::VersionSpecifiers;
use toml::{Table, Value};

use crate::golden::paths::{join, split};
use crate::golden::project::{Projects, TomlFile};
use crate::golden::tree::{Reports, Tree};

/// Compares a lock file with the projects that it locks.
pub(super) fn judge(
    tree: &Tree<'_>,
    path: &str,
    projects: &Projects,
    found: &mut Reports,
) -> Result<(), String> {
    let lock = TomlFile::read(tree, path)?.values();
    let mut wrong: BTreeSet<String> = BTreeSet::new();
    let packages = lock.get("package").and_then(Value::as_array);
    for package in packages.into_iter().flatten().filter_map(Value::as_table) {
        let Some(directory) = local(package, split(path).0) else {
            continue;
        };
        let pyproject = join(&directory, "pyproject.toml");
        let project = projects.files.iter().find(|file| file.path == pyproject);
        // One that is not in the repository cannot be compared.
        let Some(project) = project else { continue };
        let values = project.values();
        let computed = has_computed(&values);
        let (asked, locked) = (asked(&values), locked(package));
        let names = asked.keys().chain(locked.keys());
        // What a build computes stands in no file that could be compared.
        for key @ (group, name) in names.filter(|(group, _)| group.is_some() || !computed) {
            let fits = match (asked.get(key), locked.get(key)) {
                (Some(asked), Some(locked)) => {
                    locked.elsewhere || asked.elsewhere || asked.wanted == locked.wanted
                }
                _ => false,
            };
            if !fits {
                let group = group
                    .as_ref()
                    .map_or_else(String::new, |it| format!(" ({it})"));
                wrong.insert(format!("{name}{group}"));
            }
        }
    }
    if !wrong.is_empty() {
        let names: Vec<String> = wrong.into_iter().collect();
        let message = format!(
            "uv.lock does not match pyproject.toml: {}",
            names.join(", ")
        );
        found.whole(path, message).help("run `uv lock`");
    }
    Ok(())
}

/// The directory of a package that is a project of the workspace.
fn local(package: &Table, home: &str) -> Option<String> {
    let source = package.get("source")?.as_table()?;
    let path = ["editable", "virtual", "directory"]
        .iter()
        .find_map(|key| source.get(*key)?.as_str())?;
    let mut parts: Vec<&str> = home.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether a build computes requirements of a project itself.
fn has_computed(project: &Table) -> bool {
    let table = project.get("project");
    let dynamic = table.and_then(|table| table.get("dynamic")?.as_array());
    let keys = ["dependencies", "optional-dependencies"];
    let mut dynamic = dynamic.into_iter().flatten().filter_map(Value::as_str);
    dynamic.any(|key| keys.contains(&key))
}

/// What is wanted of one package in one group.
#[derive(Debug, Default)]
struct Wanted {
    /// Version specifiers and extras, of each requirement.
    wanted: BTreeSet<(String, String)>,
    /// Whether it comes from elsewhere than an index, where no version counts.
    elsewhere: bool,
}

/// By dependency group, `None` for the project itself, and name.
type Requirements = BTreeMap<(Option<String>, String), Wanted>;

fn asked(project: &Table) -> Requirements {
    let mut all = Requirements::new();
    let table = project.get("project").and_then(Value::as_table);
    let texts = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).into_iter().flatten();
        items
            .filter_map(|it| it.as_str().map(str::to_owned))
            .collect()
    };
    for text in texts(table.and_then(|table| table.get("dependencies"))) {
        add(&mut all, None, &text);
    }
    let extras = table.and_then(|table| table.get("optional-dependencies")?.as_table());
    for (_, list) in extras.into_iter().flatten() {
        for text in texts(Some(list)) {
            add(&mut all, None, &text);
        }
    }
    let groups = project.get("dependency-groups").and_then(Value::as_table);
    for name in groups.into_iter().flat_map(Table::keys) {
        let mut seen = BTreeSet::new();
        for text in group(groups, name, &mut seen) {
            add(&mut all, Some(normal(name)), &text);
        }
    }
    let uv = project.get("tool").and_then(|tool| tool.get("uv"));
    for text in texts(uv.and_then(|uv| uv.get("dev-dependencies"))) {
        add(&mut all, Some("dev".to_owned()), &text);
    }
    let sources = uv.and_then(|uv| uv.get("sources")?.as_table());
    for name in sources.into_iter().flat_map(Table::keys) {
        let name = normal(name);
        for ((_, known), wanted) in &mut all {
            wanted.elsewhere |= *known == name;
        }
    }
    all
}

/// The requirements of a group and of those that it includes.
fn group(groups: Option<&Table>, name: &str, seen: &mut BTreeSet<String>) -> Vec<String> {
    if !seen.insert(normal(name)) {
        return Vec::new();
    }
    let found = groups.and_then(|groups| {
        let mut known = groups.iter();
        let (_, list) = known.find(|(known, _)| normal(known) == normal(name))?;
        list.as_array()
    });
    let mut texts = Vec::new();
    for item in found.into_iter().flatten() {
        if let Some(text) = item.as_str() {
            texts.push(text.to_owned());
        } else if let Some(other) = item.get("include-group").and_then(Value::as_str) {
            texts.extend(group(groups, other, seen));
        }
    }
    texts
}

/// Reads `name[extra] >= 1, < 2; marker` and `name @ url`.
fn add(all: &mut Requirements, group: Option<String>, text: &str) {
    let bare = text.split(';').next().unwrap_or_default().trim();
    let end = bare
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '_' | '.')))
        .unwrap_or(bare.len());
    let (name, rest) = bare.split_at(end);
    let rest = rest.trim();
    let (extras, rest) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((extras, rest)) => (extras, rest.trim()),
        None => ("", rest),
    };
    let mut extras: Vec<String> = extras
        .split(',')
        .map(|extra| normal(extra.trim()))
        .filter(|extra| !extra.is_empty())
        .collect();
    extras.sort();
    let wanted = all.entry((group, normal(name))).or_default();
    if rest.starts_with('@') {
        wanted.elsewhere = true;
    }
    let versions = rest.trim_start_matches('(').trim_end_matches(')');
    wanted
        .wanted
        .insert((specifiers(versions), extras.join(",")));
}

fn locked(package: &Table) -> Requirements {
    let mut all = Requirements::new();
    let metadata = package.get("metadata").and_then(Value::as_table);
    let mut take = |group: Option<String>, list: Option<&Value>| {
        let items = list.and_then(Value::as_array).into_iter().flatten();
        for item in items.filter_map(Value::as_table) {
            let text = |key: &str| item.get(key).and_then(Value::as_str).unwrap_or_default();
            let extras = item.get("extras").and_then(Value::as_array);
            let mut extras: Vec<String> = extras
                .into_iter()
                .flatten()
                .filter_map(|it| it.as_str().map(normal))
                .collect();
            extras.sort();
            let key = (group.clone(), normal(text("name")));
            let wanted = all.entry(key).or_default();
            let places = [
                "git",
                "url",
                "path",
                "editable",
                "directory",
                "virtual",
                "index",
            ];
            wanted.elsewhere |= places.iter().any(|key| item.contains_key(*key));
            let versions = specifiers(text("specifier"));
            wanted.wanted.insert((versions, extras.join(",")));
        }
    };
    take(None, metadata.and_then(|it| it.get("requires-dist")));
    let groups = metadata.and_then(|it| it.get("requires-dev")?.as_table());
    for (name, list) in groups.into_iter().flatten() {
        take(Some(normal(name)), Some(list));
    }
    all
}

/// A name as indexes compare it.
fn normal(name: &str) -> String {
    let mut normal = String::new();
    for c in name.chars() {
        if matches!(c, '-' | '_' | '.') {
            if !normal.ends_with('-') {
                normal.push('-');
            }
        } else {
            normal.extend(c.to_lowercase());
        }
    }
    normal
}

/// Version specifiers in one order and spelling.
fn specifiers(text: &str) -> String {
    let Ok(read) = VersionSpecifiers::from_str(text) else {
        return text.split_whitespace().collect();
    };
    let mut each: Vec<String> = read.iter().map(ToString::to_string).collect();
    each.sort();
    each.join(",")
}
