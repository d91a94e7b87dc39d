//! The configuration tables of one directory.

use std::collections::HashSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::document::{self, Node, Unreadable};
use super::filter::PathFilter;
use super::mention::{Gathered, Mention, Pin, Source, Spot};
use super::program::{self, Program, Role};
use super::ruff_file::{RuffFile, required_version};
use super::surroundings::Surroundings;
use super::{ini, toml};
use crate::fixers::{Kind, Tool};

/// Names in a directory's listing that evidence reads.
pub(super) const NAMES: &[&str] = &[
    "pyproject.toml",
    "ruff.toml",
    ".ruff.toml",
    "setup.cfg",
    "tox.ini",
    "tox.toml",
    ".isort.cfg",
    ".flake8",
    ".style.yapf",
    ".pylintrc",
    "pylintrc",
    "noxfile.py",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    ".justfile",
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "prek.toml",
    "lefthook.yml",
    "lefthook.yaml",
    "lefthook.toml",
    ".lefthook.yml",
    ".lefthook.yaml",
    ".lefthook.toml",
];

/// Where a directory's documents are.
pub(super) struct Listed<'a> {
    /// Absolute path.
    pub directory: &'a Path,
    /// The repository's root.
    pub boundary: &'a Path,
    /// Which of [`NAMES`] it has.
    pub names: &'a HashSet<OsString>,
}

impl Listed<'_> {
    /// The path of one of [`NAMES`], if the directory has it.
    pub(super) fn path(&self, name: &str) -> Option<PathBuf> {
        self.names
            .contains(std::ffi::OsStr::new(name))
            .then(|| self.directory.join(name))
    }
}

/// What the tables of one directory say.
#[derive(Debug, Clone, Default)]
pub(super) struct Tables {
    /// Mentions of rank table, `required-version`s, and what could not be read.
    pub gathered: Gathered,
    /// ruff's configuration here.
    pub ruff: Option<RuffFile>,
    /// `pyproject.toml`, parsed.
    pub pyproject: Option<Arc<Node>>,
    /// `setup.cfg` and `tox.ini`, parsed, with their paths.
    pub inis: Vec<(PathBuf, Arc<Node>)>,
    /// Whether a tool that hive runs is configured here, so that a project begins.
    pub is_project: bool,
    /// Whether only a `ruff.toml` stands here: ruff's own overlay of settings, which
    /// says nothing about the other tools.
    pub is_overlay: bool,
}

impl Tables {
    /// Reads the tables of a directory.
    pub(super) fn read(place: &Listed<'_>, surroundings: &Surroundings) -> Self {
        let mut found = Self::default();
        found.pyproject(place, surroundings);
        for name in ["ruff.toml", ".ruff.toml"] {
            let Some(path) = place.path(name) else {
                continue;
            };
            found.is_overlay = !found.is_project;
            match parsed_toml(&path) {
                Ok(Some(document)) => {
                    // `.ruff.toml` wins over `ruff.toml`, that over `pyproject.toml`.
                    found.ruff = RuffFile::read(&path, &document, place.boundary, surroundings);
                }
                Ok(None) => {}
                Err(unreadable) => found.fail(unreadable),
            }
        }
        found.inis(place);
        found.ruff_mentions();
        found.others(place);
        found.is_project |= found.ruff.is_some() || !found.gathered.unreadable.is_empty();
        found
    }

    fn fail(&mut self, unreadable: Unreadable) {
        self.gathered.unreadable.push((Source::Table, unreadable));
    }

    fn pyproject(&mut self, place: &Listed<'_>, surroundings: &Surroundings) {
        let Some(path) = place.path("pyproject.toml") else {
            return;
        };
        let document = match parsed_toml(&path) {
            Ok(Some(document)) => document,
            Ok(None) => return,
            Err(unreadable) => {
                self.is_project = true;
                self.fail(unreadable);
                return;
            }
        };
        self.ruff = RuffFile::read(&path, &document, place.boundary, surroundings);
        self.is_project = self.ruff.is_some();
        for entry in document.get(&["tool"]).map_or(&[][..], Node::entries) {
            let spot = Spot {
                file: Arc::new(path.clone()),
                line: Some(entry.line),
            };
            let text = format!("[tool.{}]", entry.key);
            match entry.key.as_str() {
                "ruff" => {}
                "black" => {
                    self.is_project = true;
                    if let Some(required) = entry.node.entry("required-version")
                        && let Some(version) = required.node.text()
                    {
                        let spot = Spot {
                            file: Arc::new(path.clone()),
                            line: Some(required.line),
                        };
                        self.gathered
                            .pins
                            .extend(required_version(Tool::Black, version, spot));
                    }
                    self.table(Program::Known(Tool::Black), FORMAT, spot, text);
                }
                "isort" => {
                    self.is_project = true;
                    self.table(Program::Known(Tool::Isort), IMPORTS, spot, text);
                }
                name => {
                    if let Some((program @ Program::Other(_), role)) = program::by_name(name) {
                        self.table(program, role, spot, text);
                    }
                }
            }
        }
        self.pyproject = Some(Arc::new(document));
    }

    fn inis(&mut self, place: &Listed<'_>) {
        for name in ["setup.cfg", "tox.ini", ".isort.cfg", ".flake8"] {
            let Some(path) = place.path(name) else {
                continue;
            };
            let document = match document::read(&path) {
                Ok(Some(text)) => ini::parse(&text),
                Ok(None) => continue,
                Err(unreadable) => {
                    self.fail(unreadable);
                    continue;
                }
            };
            for section in document.entries() {
                let spot = Spot {
                    file: Arc::new(path.clone()),
                    line: Some(section.line),
                };
                let text = format!("[{}]", section.key);
                let plain = section.key.strip_prefix("tool:").unwrap_or(&section.key);
                match plain {
                    "isort" | "settings" if plain == "isort" || name == ".isort.cfg" => {
                        self.is_project = true;
                        self.table(Program::Known(Tool::Isort), IMPORTS, spot, text);
                    }
                    plain => {
                        if let Some((program @ Program::Other(_), role)) = program::by_name(plain) {
                            self.table(program, role, spot, text);
                        }
                    }
                }
            }
            if matches!(name, "setup.cfg" | "tox.ini") {
                self.inis.push((path, Arc::new(document)));
            }
        }
    }

    fn ruff_mentions(&mut self) {
        let Some(ruff) = self.ruff.clone() else {
            return;
        };
        self.gathered.pins.extend(ruff.required.clone());
        let mut mentions = std::mem::take(&mut self.gathered.mentions);
        // First in order: where two formatters have tables, `[tool.ruff.format]` counts.
        self.table(
            Program::Known(Tool::Ruff),
            Role::Check,
            ruff.spot,
            ruff.name.clone(),
        );
        if let Some(spot) = ruff.format {
            let text = match ruff.name.as_str() {
                "[tool.ruff]" => "[tool.ruff.format]".to_owned(),
                _ => "[format]".to_owned(),
            };
            self.table(Program::Known(Tool::Ruff), FORMAT, spot, text);
        }
        self.gathered.mentions.append(&mut mentions);
    }

    fn others(&mut self, place: &Listed<'_>) {
        for (name, program) in [
            (".style.yapf", "yapf"),
            (".pylintrc", "pylint"),
            ("pylintrc", "pylint"),
        ] {
            if let (Some(path), Some((program, role))) =
                (place.path(name), program::by_name(program))
            {
                let spot = Spot {
                    file: Arc::new(path),
                    line: None,
                };
                self.table(program, role, spot, name.to_owned());
            }
        }
    }

    fn table(&mut self, program: Program, role: Role, spot: Spot, text: String) {
        self.gathered.mentions.push(Mention {
            program,
            role,
            source: Source::Table,
            spot,
            text,
            args: Vec::new(),
            filter: PathFilter::default(),
            pin: None::<Pin>,
            broken: None,
        });
    }
}

const FORMAT: Role = Role::For(&[Kind::Format]);
const IMPORTS: Role = Role::For(&[Kind::Imports]);

/// Reads and parses TOML.
pub(super) fn parsed_toml(path: &Path) -> Result<Option<Node>, Unreadable> {
    document::read(path)?
        .map(|text| toml::parse(path, &text))
        .transpose()
}
