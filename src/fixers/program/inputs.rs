//! What programs read beside the files they are given: configuration, and the roots
//! of sources in which they look for modules.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use globset::Glob;

use crate::fixers::{Kind, Recipe};

/// How far `extend` is followed.
pub(super) const DEPTH: u32 = 20;

/// What the tools read settings from.
pub(super) const CONFIGURATION: [&str; 7] = [
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tox.ini",
    ".isort.cfg",
    ".editorconfig",
];
/// The files in the project that configure the programs of a recipe, those that do
/// not exist included, since they may come to be. In a fixed order.
pub fn configuration(recipe: &Recipe) -> Vec<PathBuf> {
    let mut found = BTreeSet::new();
    let inside = |path: &Path| path.starts_with(&recipe.boundary);
    for directory in recipe.project.ancestors().take_while(|one| inside(one)) {
        for name in CONFIGURATION {
            let path = directory.join(name);
            found.extend(extended(&path, 0).into_iter().filter(|path| inside(path)));
            found.insert(path);
        }
    }
    // Arguments may name more (`--config`, `--settings-path=`).
    for step in Kind::ALL.iter().filter_map(|kind| recipe.step(*kind)) {
        for arg in &step.args {
            let value = arg.split_once('=').map_or(arg.as_str(), |(_, value)| value);
            let path = normal(&recipe.boundary.join(value));
            if inside(&path) && path.is_file() {
                found.extend(extended(&path, 0));
                found.insert(path);
            }
        }
    }
    found.into_iter().collect()
}

/// The files that a configuration of ruff builds on.
fn extended(path: &Path, depth: u32) -> Vec<PathBuf> {
    let target = || {
        let text = fs::read(path).ok()?;
        let name = path.file_name()?.to_string_lossy();
        let table = ruff_table(&name, &String::from_utf8_lossy(&text))?;
        let target = table.get("extend")?.as_str()?;
        Some(normal(&path.parent()?.join(target)))
    };
    match target() {
        Some(target) if depth < DEPTH => {
            let mut all = extended(&target, depth + 1);
            all.push(target);
            all
        }
        _ => Vec::new(),
    }
}

/// The roots of sources that ruff and isort may start from in a directory.
pub(super) fn sources(directory: &Path, boundary: &Path) -> BTreeSet<PathBuf> {
    let mut named: BTreeSet<String> = BTreeSet::new();
    for name in CONFIGURATION {
        let Ok(text) = fs::read(directory.join(name)) else {
            continue;
        };
        let table = ruff_table(name, &String::from_utf8_lossy(&text));
        let list = table
            .as_ref()
            .and_then(|table| table.get("src")?.as_array());
        named.extend(
            list.into_iter()
                .flatten()
                .filter_map(|one| one.as_str().map(str::to_owned)),
        );
        named.extend([".".to_owned(), "src".to_owned()]);
    }
    if directory == boundary {
        named.extend([".".to_owned(), "src".to_owned()]);
    }
    named
        .iter()
        .flat_map(|source| expand(directory, source))
        .collect()
}

/// The roots of sources for the files of a recipe that programs look at.
pub fn roots(recipe: &Recipe) -> Vec<PathBuf> {
    let directories = recipe.project.ancestors();
    let inside = directories.take_while(|one| one.starts_with(&recipe.boundary));
    let found: BTreeSet<PathBuf> = inside
        .flat_map(|directory| sources(directory, &recipe.boundary))
        .collect();
    found.into_iter().collect()
}

/// ruff's table in a configuration file, if it has one.
pub(super) fn ruff_table(name: &str, text: &str) -> Option<toml::Table> {
    if Path::new(name).extension().is_none_or(|end| end != "toml") {
        return None;
    }
    let table: toml::Table = text.parse().ok()?;
    if name != "pyproject.toml" {
        return Some(table);
    }
    table.get("tool")?.get("ruff")?.as_table().cloned()
}

/// The directories that an entry of `src` names; parts of it may be patterns.
fn expand(directory: &Path, source: &str) -> Vec<PathBuf> {
    let mut found = vec![directory.to_owned()];
    for part in source.split('/').filter(|part| !matches!(*part, "" | ".")) {
        if !part.contains(['*', '?', '[']) {
            found = found.iter().map(|path| normal(&path.join(part))).collect();
            continue;
        }
        let Ok(glob) = Glob::new(part) else {
            return Vec::new();
        };
        let glob = glob.compile_matcher();
        let entries = found
            .iter()
            .filter_map(|path| fs::read_dir(path).ok())
            .flatten()
            .flatten();
        found = entries
            .filter(|entry| glob.is_match(entry.file_name()))
            .map(|entry| entry.path())
            .collect();
    }
    found
}

/// The path without `.` and `..`, by name.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}
