//! A repository as far as evidence goes: which project a directory belongs to,
//! and what was read on the way. Each file is read once.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::document::{self, Node};
use super::installed::{Installation, Installed};
use super::mention::{Gathered, Pin, Source, relative};
use super::project::Project;
use super::ruff_file::RuffFile;
use super::surroundings::Surroundings;
use super::tables::{Listed, NAMES, Tables, parsed_toml};
use super::tasks::{self, Desk};
use super::{ci, hooks, lefthook, locks, nox, tox, yaml};
use crate::fixers::Tool;

/// The names that a project's environment may have in its directory.
pub(super) const ENVIRONMENTS: [&str; 3] = [".venv", "venv", "env"];

/// What is known about a repository. Shared by threads.
#[derive(Debug)]
pub struct Survey {
    shared: Arc<Shared>,
    projects: RwLock<HashMap<PathBuf, Arc<Project>>>,
}

/// What all projects of a survey share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) boundary: PathBuf,
    pub(super) surroundings: Surroundings,
    pub(super) installed: Installed,
    ci: OnceLock<Gathered>,
    locks: Mutex<HashMap<PathBuf, Arc<Vec<Pin>>>>,
    ruff_files: Mutex<HashMap<PathBuf, Option<Arc<RuffFile>>>>,
    used: Mutex<BTreeSet<Installation>>,
}

/// What one directory with configuration says.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) directory: PathBuf,
    pub(super) tables: Tables,
    pub(super) hooks: Gathered,
    pub(super) tasks: Gathered,
    /// Whether nothing but versions is kept here: all else is said by the project around it.
    pub(super) is_shelf: bool,
}

impl Survey {
    /// Surveys what is below `boundary`: the root of a repository, or a directory
    /// outside one. Absolute. Nothing is read yet.
    pub fn new(boundary: PathBuf, surroundings: &Surroundings) -> Self {
        Self {
            shared: Arc::new(Shared {
                boundary,
                surroundings: surroundings.clone(),
                installed: Installed::default(),
                ci: OnceLock::new(),
                locks: Mutex::default(),
                ruff_files: Mutex::default(),
                used: Mutex::default(),
            }),
            projects: RwLock::default(),
        }
    }

    /// The directory above which nothing is looked at.
    pub fn boundary(&self) -> &Path {
        &self.shared.boundary
    }

    /// The project that files of a directory belong to: the nearest directory
    /// upwards with its own tool configuration, else the boundary. `directory` is
    /// absolute; one outside the boundary belongs to the boundary's project.
    pub fn project_of(&self, directory: &Path) -> Arc<Project> {
        let directory = if directory.starts_with(&self.shared.boundary) {
            directory
        } else {
            &self.shared.boundary
        };
        let mut unknown = Vec::new();
        let mut project = None;
        {
            let known = self.projects.read().unwrap_or_else(PoisonError::into_inner);
            for ancestor in directory.ancestors() {
                project = known.get(ancestor).cloned();
                if project.is_some() {
                    break;
                }
                unknown.push(ancestor);
                if ancestor == self.shared.boundary {
                    break;
                }
            }
        }
        // From the boundary downwards, so that each directory finds its parent's.
        for directory in unknown.into_iter().rev() {
            let found = self.project_at(directory, project.as_ref());
            let mut known = self
                .projects
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            // Another thread may have been faster; there is one project per directory.
            project = Some(Arc::clone(
                known.entry(directory.to_path_buf()).or_insert(found),
            ));
        }
        project.unwrap_or_else(|| self.project_at(&self.shared.boundary, None))
    }

    /// The programs outside hive that decisions so far would run: binary and
    /// interpreter. Trust is decided elsewhere.
    pub fn tools(&self) -> Vec<(Tool, PathBuf, Option<PathBuf>)> {
        self.shared
            .used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|one| (one.tool, one.binary.clone(), one.python.clone()))
            .collect()
    }

    fn project_at(&self, directory: &Path, parent: Option<&Arc<Project>>) -> Arc<Project> {
        let names = listing(directory);
        if let Some(parent) = parent
            && names.is_empty()
        {
            return Arc::clone(parent);
        }
        let place = Listed {
            directory,
            boundary: &self.shared.boundary,
            names: &names,
        };
        let mut record = Record {
            directory: directory.to_path_buf(),
            tables: Tables::read(&place, &self.shared.surroundings),
            hooks: Gathered::default(),
            tasks: Gathered::default(),
            is_shelf: false,
        };
        let below = relative(&self.shared.boundary, directory);
        read_hooks(&place, &below, &mut record.hooks);
        if let Some(pyproject) = &record.tables.pyproject {
            let desk = Desk {
                boundary: &self.shared.boundary,
                file: &directory.join("pyproject.toml"),
                below: &below,
            };
            if let Some(tox) = pyproject.get(&["tool", "tox"]) {
                tox::tox_toml(desk, tox, &mut record.tasks);
            }
            tasks::package_scripts(desk, pyproject, &mut record.tasks);
        }
        let begins = record.tables.is_project
            || record.tables.is_overlay
            || !record.hooks.mentions.is_empty()
            || !record.hooks.unreadable.is_empty()
            || !record.tasks.mentions.is_empty();
        record.is_shelf = !begins
            && self
                .shared
                .keeps_versions(directory, record.tables.pyproject.as_deref());
        match parent {
            Some(parent) if !begins && !record.is_shelf => Arc::clone(parent),
            parent => {
                let scripts = std::mem::take(&mut record.tasks);
                read_tasks(&place, &below, &record.tables, &mut record.tasks);
                record.tasks.extend(&scripts);
                Arc::new(Project::new(Arc::clone(&self.shared), record, parent))
            }
        }
    }
}

impl Shared {
    /// What the CI workflows at the boundary say.
    pub(super) fn ci(&self) -> &Gathered {
        self.ci.get_or_init(|| {
            let mut out = Gathered::default();
            let mut files: Vec<PathBuf> = fs::read_dir(self.boundary.join(".github/workflows"))
                .into_iter()
                .flatten()
                .flatten()
                .map(|entry| entry.path())
                .filter(|path| {
                    path.extension()
                        .is_some_and(|suffix| suffix == "yml" || suffix == "yaml")
                })
                .collect();
            files.sort();
            files.extend(
                [
                    ".gitlab-ci.yml",
                    "azure-pipelines.yml",
                    ".azure-pipelines.yml",
                    ".circleci/config.yml",
                    "bitbucket-pipelines.yml",
                    ".travis.yml",
                ]
                .iter()
                .map(|name| self.boundary.join(name)),
            );
            for file in files {
                let parsed = document::read(&file)
                    .and_then(|text| text.map(|text| yaml::parse(&file, &text)).transpose());
                match parsed {
                    Ok(Some(document)) => ci::read(&self.boundary, &file, &document, &mut out),
                    Ok(None) => {}
                    Err(unreadable) => out.unreadable.push((Source::Ci, unreadable)),
                }
            }
            out
        })
    }

    /// The pins of one directory's lock files.
    pub(super) fn locks(&self, directory: &Path, pyproject: Option<&Node>) -> Arc<Vec<Pin>> {
        let mut known = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(
            known
                .entry(directory.to_path_buf())
                .or_insert_with(|| Arc::new(locks::pins(directory, pyproject))),
        )
    }

    /// Whether a directory with a `pyproject.toml` locks or installs tools of its own.
    fn keeps_versions(&self, directory: &Path, pyproject: Option<&Node>) -> bool {
        let installed = || {
            let mut environments = ENVIRONMENTS.iter().map(|name| directory.join(name));
            environments.any(|one| !self.installed.in_environment(&one).is_empty())
        };
        pyproject.is_some() && (!self.locks(directory, pyproject).is_empty() || installed())
    }

    /// A ruff configuration that arguments name by path.
    pub(super) fn ruff_file(&self, path: &Path) -> Option<Arc<RuffFile>> {
        let mut known = self
            .ruff_files
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known
            .entry(path.to_path_buf())
            .or_insert_with(|| {
                let document = parsed_toml(path).ok()??;
                RuffFile::read(path, &document, &self.boundary, &self.surroundings).map(Arc::new)
            })
            .clone()
    }

    /// Remembers that a decision would run an installation.
    pub(super) fn uses(&self, installation: Installation) {
        self.used
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(installation);
    }
}

/// The names of a directory that evidence reads. One listing is cheaper than a
/// look for each name.
fn listing(directory: &Path) -> HashSet<OsString> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.file_name())
        .filter(|name| name.to_str().is_some_and(|name| NAMES.contains(&name)))
        .collect()
}

/// pre-commit reads `.yaml` only, prek its own file first; where both stand, the
/// first one here is what runs.
fn read_hooks(place: &Listed<'_>, below: &str, out: &mut Gathered) {
    let first = [
        "prek.toml",
        ".pre-commit-config.yaml",
        ".pre-commit-config.yml",
    ]
    .iter()
    .find_map(|name| place.path(name));
    let lefthooks = NAMES
        .iter()
        .filter(|name| name.trim_start_matches('.').starts_with("lefthook."))
        .filter_map(|name| place.path(name));
    for path in first.into_iter().chain(lefthooks) {
        let is_toml = path.extension().is_some_and(|suffix| suffix == "toml");
        let is_lefthook = path.to_string_lossy().contains("lefthook.");
        let parsed = document::read(&path).and_then(|text| {
            text.map(|text| {
                let document = if is_toml {
                    super::toml::parse(&path, &text)
                } else {
                    yaml::parse(&path, &text)
                };
                document.map(|document| (document, text))
            })
            .transpose()
        });
        match parsed {
            Ok(Some((document, _))) if is_lefthook => lefthook::read(&path, &document, below, out),
            Ok(Some((document, text))) => hooks::read(&path, &document, &text, below, out),
            Ok(None) => {}
            Err(unreadable) => out.unreadable.push((Source::Hook, unreadable)),
        }
    }
}

fn read_tasks(place: &Listed<'_>, below: &str, tables: &Tables, out: &mut Gathered) {
    let boundary = place.boundary;
    // In the order in which they count: tox, nox, make, just.
    for (file, document) in tables.inis.iter().rev() {
        let desk = Desk {
            boundary,
            file,
            below,
        };
        tox::tox_ini(desk, document, 0, out);
    }
    for name in [
        "tox.toml",
        "noxfile.py",
        "GNUmakefile",
        "makefile",
        "Makefile",
        "justfile",
        "Justfile",
        ".justfile",
    ] {
        let Some(file) = place.path(name) else {
            continue;
        };
        let desk = Desk {
            boundary,
            file: &file,
            below,
        };
        match document::read(&file) {
            Ok(Some(text)) => match name {
                "tox.toml" => match super::toml::parse(&file, &text) {
                    Ok(document) => tox::tox_toml(desk, &document, out),
                    Err(unreadable) => out.unreadable.push((Source::Command, unreadable)),
                },
                "noxfile.py" => nox::read(desk, &text, out),
                name if name.ends_with("akefile") => tasks::makefile(desk, &text, out),
                _ => tasks::justfile(desk, &text, out),
            },
            Ok(None) => {}
            Err(unreadable) => out.unreadable.push((Source::Command, unreadable)),
        }
    }
}
