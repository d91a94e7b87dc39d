//! The roots of sources, from which import sorting tells a project's own modules.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use globset::Glob;

use super::extended::{chain, normal, text};
use super::inputs::{CONFIGURATION, above, arguments};
use crate::fixers::Recipe;

/// The roots of sources for the files of a recipe that programs look at.
pub fn roots(recipe: &Recipe) -> Vec<PathBuf> {
    let mut found: BTreeSet<PathBuf> = above(&recipe.project, recipe)
        .flat_map(|directory| sources(directory, &recipe.boundary))
        .collect();
    found.extend(given(recipe));
    found.into_iter().collect()
}

/// The roots of sources that ruff and isort may start from in a directory.
pub(super) fn sources(directory: &Path, boundary: &Path) -> BTreeSet<PathBuf> {
    let paths = CONFIGURATION.map(|name| directory.join(name));
    let present: Vec<&PathBuf> = paths.iter().filter(|path| path.is_file()).collect();
    let mut found: BTreeSet<PathBuf> = present.iter().flat_map(|path| said(path, None)).collect();
    if !present.is_empty() || directory == boundary {
        found.extend([directory.to_path_buf(), directory.join("src")]);
    }
    found
}

/// Those that the configurations say which a recipe's arguments name.
pub(super) fn given(recipe: &Recipe) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for path in arguments(recipe) {
        if !path.is_dir() {
            found.extend(said(&path, Some(&recipe.project)));
            continue;
        }
        for directory in above(&path, recipe) {
            found.extend(sources(directory, &recipe.boundary));
        }
    }
    found
}

/// Those that one configuration says, or the nearest that it extends. Where an argument names
/// it, ruff reads paths from the directory that it runs in.
fn said(path: &Path, run_in: Option<&Path>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let list = |one: &toml::Table| -> Option<Vec<String>> {
        let all = one.get("src")?.as_array()?.iter();
        Some(
            all.filter_map(|it| it.as_str().map(str::to_owned))
                .collect(),
        )
    };
    let nearest = chain(path).find_map(|one| Some((list(one.table.as_ref()?)?, one.path)));
    if let Some((names, path)) = nearest {
        let from = run_in.or(path.parent()).unwrap_or(&path);
        found.extend(names.iter().flat_map(|name| below(from, name)));
    }
    let names = text(path).map(|text| source_paths(path, &text));
    let names = names.iter().flatten();
    let from = path.parent().unwrap_or(path);
    found.extend(names.flat_map(|name| below(from, name)));
    found
}

/// isort's `src_paths` in a configuration.
fn source_paths(path: &Path, text: &str) -> Vec<String> {
    const KEY: &str = "src_paths";
    let words = |text: &str| -> Vec<String> {
        let words = text.split([',', '\n']).map(str::trim);
        words
            .filter(|word| !word.is_empty() && !word.starts_with(['#', ';']))
            .map(str::to_owned)
            .collect()
    };
    if path.extension().is_some_and(|end| end == "toml") {
        let table: Option<toml::Table> = text.parse().ok();
        let isort = table
            .as_ref()
            .and_then(|table| table.get("tool")?.get("isort"));
        return match isort.and_then(|isort| isort.get(KEY)) {
            Some(toml::Value::String(text)) => words(text),
            Some(toml::Value::Array(all)) => {
                let all = all.iter().filter_map(toml::Value::as_str);
                all.map(str::to_owned).collect()
            }
            _ => Vec::new(),
        };
    }
    let mut value = String::new();
    let mut is_inside = false;
    for line in text.lines() {
        if line.starts_with([' ', '\t']) && is_inside {
            value.push_str(line);
            value.push('\n');
            continue;
        }
        is_inside = false;
        if let Some((key, rest)) = line.split_once(['=', ':'])
            && key.trim() == KEY
        {
            is_inside = true;
            value = format!("{rest}\n");
        }
    }
    words(&value)
}

/// The directories that a name in a configuration means; parts of it may be patterns.
fn below(directory: &Path, name: &str) -> Vec<PathBuf> {
    if name.starts_with('/') {
        return vec![normal(Path::new(name))];
    }
    let mut found = vec![directory.to_owned()];
    for part in name.split('/').filter(|part| !matches!(*part, "" | ".")) {
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
