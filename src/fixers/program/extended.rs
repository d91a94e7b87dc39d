//! Configurations of ruff, and what they extend.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use crate::settings::environment;

/// How far `extend` is followed.
const DEPTH: usize = 20;
/// No configuration is larger, in bytes.
const LARGEST: u64 = 1 << 20;

/// Those of the configurations that ruff reads.
pub(super) const RUFF: [&str; 3] = [".ruff.toml", "ruff.toml", "pyproject.toml"];

/// One of a chain of configurations.
pub(super) struct Extended {
    /// Absolute.
    pub(super) path: PathBuf,
    /// ruff's table, if the file can be read and has one.
    pub(super) table: Option<toml::Table>,
}

/// A configuration with those that it builds on, which need not be there, nearest first.
pub(super) fn chain(path: &Path) -> impl Iterator<Item = Extended> {
    let mut seen = BTreeSet::new();
    let mut next = Some(path.to_path_buf());
    std::iter::from_fn(move || {
        let path = next.take()?;
        let table = text(&path).and_then(|text| {
            let name = path.file_name()?.to_string_lossy();
            ruff_table(&name, &text)
        });
        seen.insert(path.clone());
        next = table
            .as_ref()
            .and_then(|table| target(&path, table.get("extend")?.as_str()?))
            .filter(|target| !seen.contains(target) && seen.len() < DEPTH);
        Some(Extended { path, table })
    })
}

/// The file that `extend` means; a variable in it no evidence allows.
fn target(from: &Path, written: &str) -> Option<PathBuf> {
    let path = match written.strip_prefix("~/") {
        Some(rest) => environment::path("HOME")?.join(rest),
        None => from.parent()?.join(written),
    };
    (!written.starts_with('$')).then(|| normal(&path))
}

/// The bytes of a configuration. Not every path that a repository names is that of a file.
pub(super) fn bytes(path: &Path) -> Option<Vec<u8>> {
    let about = fs::metadata(path).ok()?;
    let is_text = about.is_file() && about.len() <= LARGEST;
    is_text.then(|| fs::read(path).ok())?
}

/// The same as text.
pub(super) fn text(path: &Path) -> Option<String> {
    Some(String::from_utf8_lossy(&bytes(path)?).into_owned())
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

/// The user's own configuration of ruff.
pub(super) fn own_configuration() -> Option<PathBuf> {
    let home = || environment::path("HOME").map(|home| home.join(".config"));
    let directory = environment::path("XDG_CONFIG_HOME")
        .or_else(home)?
        .join("ruff");
    RUFF.iter()
        .map(|name| directory.join(name))
        .find(|path| path.is_file())
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
