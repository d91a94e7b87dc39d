//! A private directory that looks to the tools like the project.
//!
//! It has the files of the batch at their places below the boundary; the
//! configuration files of every directory from a file up to the boundary, those that
//! arguments name, and what ruff's `extend` names; an empty `__init__.py` where a package
//! has one; and empty stand-ins for the modules beside them in the roots of sources, by
//! which import sorting tells first-party modules. Searches upwards end at its top,
//! whatever lies above the cache directory: an empty `.git` stands there, and a
//! `ruff.toml` where the boundary has no configuration for ruff.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use tempfile::TempDir;

use super::File;
use super::extended::{RUFF, bytes, chain, own_configuration, ruff_table};
use super::inputs::{CONFIGURATION, above, arguments};
use super::sources::{given, sources};
use crate::fixers::{HIVE_SELECT, Recipe, RuffConfiguration, Trouble, modules};

/// How many stand-ins are made at most; a root with more is no root of sources.
const STAND_INS: usize = 20_000;

#[derive(Debug)]
pub(super) struct Mirror {
    scratch: TempDir,
    boundary: PathBuf,
    root: PathBuf,
}

impl Mirror {
    /// `lints` says of a file, by its position, whether it will be linted: only then
    /// does it matter which modules there are.
    pub(super) fn build(
        recipe: &Recipe,
        files: &[File],
        lints: &dyn Fn(usize) -> bool,
        cache: &Path,
    ) -> Result<Self, Trouble> {
        let failed = |error: &io::Error| Trouble::System {
            reason: format!("no scratch directory in {}: {error}", cache.display()),
        };
        // Only its owner may look into it.
        let scratch = tempfile::Builder::new()
            .prefix("program-")
            .tempdir_in(cache)
            .map_err(|error| failed(&error))?;
        let top = fs::canonicalize(scratch.path()).map_err(|error| failed(&error))?;
        let name = recipe.boundary.file_name().unwrap_or("root".as_ref());
        let mirror = Self {
            scratch,
            boundary: recipe.boundary.clone(),
            root: top.join(name),
        };
        mirror.fill(recipe, files, lints)?;
        Ok(mirror)
    }

    /// Where a path of the project is here.
    pub(super) fn place(&self, path: &Path) -> PathBuf {
        let inside = path.strip_prefix(&self.boundary).unwrap_or(path);
        self.root.join(inside)
    }

    /// A directory beside the mirror for what tools keep between runs.
    pub(super) fn aside(&self) -> &Path {
        self.scratch.path()
    }

    /// What a tool says, with the paths of the project instead of those here.
    pub(super) fn words(&self, text: &str) -> String {
        let (here, there) = (self.root.to_string_lossy(), self.boundary.to_string_lossy());
        text.replace(&*here, &there)
    }

    fn fill(
        &self,
        recipe: &Recipe,
        files: &[File],
        lints: &dyn Fn(usize) -> bool,
    ) -> Result<(), Trouble> {
        let failed = |path: &Path, error: &io::Error| Trouble::System {
            reason: format!("cannot prepare {} for the tools: {error}", path.display()),
        };
        let mut directories = BTreeSet::from([recipe.boundary.clone(), recipe.project.clone()]);
        let mut linted = BTreeSet::new();
        for (at, file) in files.iter().enumerate() {
            let plain = |part| matches!(part, Component::Normal(_));
            let inside = file.path.strip_prefix(&self.boundary).ok();
            let Some(inside) = inside.filter(|path| path.components().all(plain)) else {
                let reason = format!("it is not inside {}", self.boundary.display());
                return Err(Trouble::Worker {
                    reason: format!("{}: {reason}", file.path.display()),
                });
            };
            let parents = inside.ancestors().skip(1);
            let parents = parents.map(|parent| self.boundary.join(parent));
            if lints(at) {
                linted.extend(parents);
            } else {
                directories.extend(parents);
            }
            write(&self.place(&file.path), &file.bytes, Some(file.mode))
                .map_err(|error| failed(&file.path, &error))?;
        }
        let names = files
            .iter()
            .enumerate()
            .filter(|(at, _)| lints(*at))
            .flat_map(|(_, file)| modules::imported(&file.bytes))
            .collect();
        let inside = |one: &&PathBuf| one.starts_with(&self.boundary);
        if !linted.is_empty() {
            linted.extend([recipe.boundary.clone(), recipe.project.clone()]);
        }
        for directory in directories.union(&linted).filter(inside) {
            self.configure(directory)?;
        }
        for path in arguments(recipe) {
            if !path.is_dir() {
                self.copy(&path)?;
                continue;
            }
            for directory in above(&path, recipe) {
                self.configure(directory)?;
            }
        }
        for directory in linted.iter().filter(inside) {
            self.furnish(directory, &names)?;
        }
        if !linted.is_empty() {
            self.stand_ins(&given(recipe), &names)?;
        }
        self.close(recipe)
            .map_err(|error| failed(&self.boundary, &error))
    }

    /// Copies a directory's configuration.
    fn configure(&self, directory: &Path) -> Result<(), Trouble> {
        for name in CONFIGURATION {
            self.copy(&directory.join(name))?;
        }
        Ok(())
    }

    /// Copies a configuration and what it extends inside the boundary.
    fn copy(&self, path: &Path) -> Result<(), Trouble> {
        let mut by: Option<(PathBuf, toml::Table)> = None;
        for one in chain(path) {
            if !one.path.starts_with(&self.boundary) {
                let Some((by, table)) = by else { break };
                let written = table.get("extend").and_then(toml::Value::as_str);
                // An absolute path, also one from `~`, means the same here.
                if written.is_none_or(|written| written.starts_with(['/', '~'])) {
                    break;
                }
                return Err(Trouble::Configuration {
                    tool: "ruff".to_owned(),
                    message: format!(
                        "{} extends {}, which is outside {}",
                        by.display(),
                        one.path.display(),
                        self.boundary.display()
                    ),
                });
            }
            // What is missing is for ruff to complain about.
            let Some(text) = bytes(&one.path) else { break };
            self.stand_in(&one.path, &text)?;
            by = one.table.map(|table| (one.path, table));
        }
        Ok(())
    }

    /// Copies a directory's package marker, and makes the stand-ins for its roots of
    /// sources if ruff or isort may start from it.
    fn furnish(&self, directory: &Path, names: &BTreeSet<String>) -> Result<(), Trouble> {
        if directory.join("__init__.py").is_file() {
            self.stand_in(&directory.join("__init__.py"), b"")?;
        }
        self.stand_ins(&sources(directory, &self.boundary), names)
    }

    /// Makes the stand-ins in roots of sources.
    fn stand_ins(
        &self,
        roots: &BTreeSet<PathBuf>,
        names: &BTreeSet<String>,
    ) -> Result<(), Trouble> {
        for root in roots {
            self.modules(root)?;
            for name in names {
                self.module(root, name)?;
            }
        }
        Ok(())
    }

    /// Makes the stand-in for an imported module below a root of sources: newer
    /// ruffs look for the whole dotted name.
    fn module(&self, root: &Path, name: &str) -> Result<(), Trouble> {
        let path = modules::place(root, name);
        if path.is_dir() {
            let place = self.place(&path);
            if place.starts_with(&self.root) {
                fs::create_dir_all(&place).map_err(|error| unprepared(&path, &error))?;
            }
        }
        for suffix in [".py", ".pyi"] {
            let mut file = path.clone().into_os_string();
            file.push(suffix);
            let file = PathBuf::from(file);
            if file.is_file() {
                self.stand_in(&file, b"")?;
            }
        }
        Ok(())
    }

    /// Makes empty stand-ins for the modules and packages in a root of sources.
    fn modules(&self, root: &Path) -> Result<(), Trouble> {
        let Ok(entries) = fs::read_dir(root) else {
            return Ok(());
        };
        for entry in entries.flatten().take(STAND_INS) {
            let path = entry.path();
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if hidden {
                continue;
            }
            if path.is_dir() {
                let place = self.place(&path);
                fs::create_dir_all(&place).map_err(|error| unprepared(&path, &error))?;
                if path.join("__init__.py").is_file() {
                    self.stand_in(&path.join("__init__.py"), b"")?;
                }
            } else if path
                .extension()
                .is_some_and(|end| end == "py" || end == "pyi")
            {
                self.stand_in(&path, b"")?;
            }
        }
        Ok(())
    }

    /// Writes a file that is not of the batch, unless it is.
    fn stand_in(&self, path: &Path, bytes: &[u8]) -> Result<(), Trouble> {
        let place = self.place(path);
        if place.exists() || !place.starts_with(&self.root) {
            return Ok(());
        }
        write(&place, bytes, None).map_err(|error| unprepared(path, &error))
    }

    /// Ends the searches that go upwards.
    fn close(&self, recipe: &Recipe) -> io::Result<()> {
        fs::create_dir_all(self.place(&recipe.project))?;
        fs::create_dir_all(self.root.join(".git"))?;
        // A file that cannot be read as TOML stays in charge, to be complained of.
        let configured = RUFF.iter().any(|name| {
            let text = fs::read_to_string(self.root.join(name));
            text.is_ok_and(|text| {
                text.parse::<toml::Table>().is_err() || ruff_table(name, &text).is_some()
            })
        });
        if configured {
            return Ok(());
        }
        let stop = match &recipe.ruff {
            RuffConfiguration::HiveDefaults => format!("[lint]\nselect = {HIVE_SELECT:?}\n"),
            RuffConfiguration::ToolDefaults => own_configuration()
                .map(|path| format!("extend = {:?}\n", path.display().to_string()))
                .unwrap_or_default(),
            RuffConfiguration::File(_) => String::new(),
        };
        fs::write(self.root.join("ruff.toml"), stop)
    }
}

fn unprepared(path: &Path, error: &io::Error) -> Trouble {
    Trouble::System {
        reason: format!("cannot prepare {} for the tools: {error}", path.display()),
    }
}

fn write(place: &Path, bytes: &[u8], mode: Option<u32>) -> io::Result<()> {
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(place, bytes)?;
    match mode {
        // The tools must be able to write to it, whatever it was.
        Some(mode) => fs::set_permissions(place, fs::Permissions::from_mode(mode & 0o777 | 0o600)),
        None => Ok(()),
    }
}
