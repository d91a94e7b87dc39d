//! From "this tool, as these pins want it" to a program that can be run, or to
//! what is missing and the one command that brings it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use pep440_rs::Version;
use serde::Serialize;

use super::installed::{Installation, Installed};
use super::mention::{Origin, Pin, Spot};
use super::surroundings::Surroundings;
use crate::fixers::{EMBEDDED_RUFF, Engine, Tool};

/// Which engines may run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum EngineChoice {
    /// The embedded ruff where it is the version that counts, else the project's.
    #[default]
    Auto,
    /// Only the embedded ruff, whatever is pinned.
    Embedded,
    /// Never the embedded ruff.
    Project,
}

/// The version that runs and why it is that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSource {
    /// The version.
    pub version: String,
    /// In what kind of place it was found.
    pub origin: Origin,
    /// Where it is asked for, if it is.
    pub spot: Option<Spot>,
    /// In words: what is written there, or which environment it is.
    pub text: String,
}

/// Why no engine runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Missing {
    /// The reason, a whole sentence without its full stop.
    pub reason: String,
    /// The places that were looked at.
    pub looked: Vec<String>,
    /// One command that changes it.
    pub remedy: String,
}

/// An engine with what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chosen {
    /// Where the tool runs.
    pub engine: Engine,
    /// Its version and the reason for it.
    pub version: VersionSource,
    /// The installation behind an engine that is not embedded.
    pub installation: Option<Installation>,
}

/// Everything that the search looks at.
pub(super) struct Search<'a> {
    /// The root of the repository, from which paths are shown.
    pub boundary: &'a Path,
    /// What is installed where.
    pub installed: &'a Installed,
    /// Caches and `PATH`.
    pub surroundings: &'a Surroundings,
    /// Directories that may be the project's environment, in order.
    pub environments: &'a [PathBuf],
    /// Which engines may run.
    pub choice: EngineChoice,
}

/// The version of the embedded ruff, comparable.
pub(super) fn embedded_version() -> Version {
    // The crate's version is a version; 0 would only make comparisons fail.
    Version::from_str(EMBEDDED_RUFF).unwrap_or_else(|_| Version::new([0]))
}

impl Search<'_> {
    /// Finds the engine of a tool; `pins` in the order in which they count.
    pub(super) fn find(&self, tool: Tool, pins: &[&Pin]) -> Result<Chosen, Missing> {
        if self.choice == EngineChoice::Embedded {
            return if tool == Tool::Ruff {
                Ok(embedded("the engine is set to embedded"))
            } else {
                Err(Missing {
                    reason: format!("the engine is set to embedded, and no {} is", tool.name()),
                    looked: Vec::new(),
                    remedy: "hive fix --engine auto".to_owned(),
                })
            };
        }
        match counting(pins) {
            Some(pin) => self.pinned(tool, pin),
            None => self.unpinned(tool),
        }
    }

    /// The tool in the project's environment, if it is installed there.
    pub(super) fn in_environment(&self, tool: Tool) -> Option<Installation> {
        self.environments.iter().find_map(|directory| {
            self.installed
                .in_environment(directory)
                .iter()
                .find(|one| one.tool == tool)
                .cloned()
        })
    }

    /// The ruff by whose defaults a configuration is judged, had or not.
    pub(super) fn likely_ruff(&self, pin: Option<&Pin>) -> Version {
        let fits = |version: &Version| pin.is_none_or(|pin| pin.wanted.contains(version));
        let exact = pin.and_then(|pin| pin.version().cloned());
        let installed = || self.in_environment(Tool::Ruff).map(|one| one.version);
        let embedded = Some(embedded_version()).filter(&fits);
        // A range of others: its end says best how old they are.
        let end = || pin?.wanted.iter().map(|one| one.version().clone()).max();
        exact
            .or_else(|| installed().filter(&fits))
            .or(embedded)
            .or_else(end)
            .unwrap_or_else(embedded_version)
    }

    fn pinned(&self, tool: Tool, pin: &Pin) -> Result<Chosen, Missing> {
        let fits = |version: &Version| pin.wanted.contains(version);
        let is_embedded = |version: &Version| tool == Tool::Ruff && *version == embedded_version();
        let in_environment = self.in_environment(tool).filter(|one| fits(&one.version));
        let may_embed = self.choice == EngineChoice::Auto && tool == Tool::Ruff;
        // A range leaves the choice open: the project's environment makes it.
        let stands_in = match &in_environment {
            Some(one) => is_embedded(&one.version),
            None => fits(&embedded_version()),
        };
        if may_embed && stands_in {
            let mut chosen = embedded(&pin.text);
            chosen.version.origin = pin.origin;
            chosen.version.spot = Some(pin.spot.clone());
            return Ok(chosen);
        }
        let cached = self
            .installed
            .in_caches(self.surroundings)
            .iter()
            .filter(|one| one.tool == tool && fits(&one.version))
            .max_by(|one, other| one.version.cmp(&other.version));
        let on_path = self
            .installed
            .on_path(self.surroundings)
            .iter()
            .find(|one| one.tool == tool && fits(&one.version));
        match in_environment.or_else(|| cached.or(on_path).cloned()) {
            Some(found) => Ok(installed(
                found,
                pin.origin,
                Some(pin.spot.clone()),
                pin.text.clone(),
            )),
            None => Err(Missing {
                reason: format!(
                    "{} {} counts here and is not installed",
                    tool.name(),
                    pin.shown()
                ),
                looked: self.looked(tool),
                remedy: self.remedy(tool, pin),
            }),
        }
    }

    fn unpinned(&self, tool: Tool) -> Result<Chosen, Missing> {
        if let Some(found) = self.in_environment(tool) {
            let text = format!("installed in {}", found.environment.display());
            if tool == Tool::Ruff
                && self.choice == EngineChoice::Auto
                && found.version == embedded_version()
            {
                let mut chosen = embedded(&text);
                chosen.version.origin = Origin::Environment;
                return Ok(chosen);
            }
            return Ok(installed(found, Origin::Environment, None, text));
        }
        if tool == Tool::Ruff && self.choice == EngineChoice::Auto {
            return Ok(embedded("no version is pinned or installed in the project"));
        }
        let on_path = self.installed.on_path(self.surroundings);
        if let Some(found) = on_path.iter().find(|one| one.tool == tool) {
            let text = format!("{} on PATH", found.binary.display());
            return Ok(installed(found.clone(), Origin::Path, None, text));
        }
        Err(Missing {
            reason: format!("{} is used here and is not installed", tool.name()),
            looked: self.looked(tool),
            remedy: self.install(tool.name()),
        })
    }

    /// The command of the program that keeps the place where the pin stands.
    fn remedy(&self, tool: Tool, pin: &Pin) -> String {
        let name = pin
            .spot
            .file
            .file_name()
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        match (pin.origin, name.as_str()) {
            (Origin::Hook, "prek.toml") => "prek prepare-hooks".to_owned(),
            (Origin::Hook, name) if name.starts_with(".pre-commit-config") => {
                "pre-commit install-hooks".to_owned()
            }
            (Origin::Lock, "uv.lock") => "uv sync".to_owned(),
            (Origin::Lock, "poetry.lock") => "poetry install".to_owned(),
            (Origin::Lock, "pdm.lock") => "pdm install".to_owned(),
            (Origin::Lock, "Pipfile.lock") => "pipenv sync --dev".to_owned(),
            (Origin::Lock, name) if Path::new(name).extension().is_some_and(|s| s == "txt") => {
                format!("pip install -r {}", pin.spot.file.display())
            }
            _ => match pin.version() {
                Some(version) => self.install(&format!("{}=={version}", tool.name())),
                None => self.install(&format!("'{}{}'", tool.name(), pin.wanted)),
            },
        }
    }

    /// The command that installs a package where it is found: into the project's
    /// environment if there is one, by its own pip if it has one.
    fn install(&self, package: &str) -> String {
        let environment = self
            .environments
            .iter()
            .find(|directory| directory.join("bin/python").exists());
        let Some(environment) = environment else {
            return format!("uv tool install {package}");
        };
        let shown = environment
            .strip_prefix(self.boundary)
            .unwrap_or(environment)
            .display();
        if environment.join("bin/pip").exists() {
            format!("{shown}/bin/pip install {package}")
        } else {
            format!("uv pip install --python {shown} {package}")
        }
    }

    fn looked(&self, tool: Tool) -> Vec<String> {
        let mut looked = Vec::new();
        if let Some(one) = self.in_environment(tool) {
            looked.push(format!(
                "{} has {} {}",
                one.environment.display(),
                tool.name(),
                one.version
            ));
        } else {
            looked.push(format!("no environment of the project has {}", tool.name()));
        }
        let mut versions: Vec<&Version> = self
            .installed
            .in_caches(self.surroundings)
            .iter()
            .filter(|one| one.tool == tool)
            .map(|one| &one.version)
            .collect();
        versions.sort();
        versions.dedup();
        let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
        looked.push(match versions.as_slice() {
            [] => "the caches of pre-commit, prek and uv have none".to_owned(),
            versions => format!(
                "the caches of pre-commit, prek and uv have {}",
                versions.join(", ")
            ),
        });
        looked
    }
}

/// The pin that decides: the first, unless it is a range that a later exact one
/// narrows.
pub(super) fn counting<'a>(pins: &[&'a Pin]) -> Option<&'a Pin> {
    let first = *pins.first()?;
    if first.version().is_some() {
        return Some(first);
    }
    let narrower = pins.iter().find(|pin| {
        pin.version()
            .is_some_and(|version| first.wanted.contains(version))
    });
    Some(narrower.unwrap_or(&first))
}

fn embedded(text: &str) -> Chosen {
    Chosen {
        engine: Engine::Embedded,
        version: VersionSource {
            version: EMBEDDED_RUFF.to_owned(),
            origin: Origin::Embedded,
            spot: None,
            text: text.to_owned(),
        },
        installation: None,
    }
}

fn installed(found: Installation, origin: Origin, spot: Option<Spot>, text: String) -> Chosen {
    let version = found.version.to_string();
    let engine = match &found.python {
        Some(python) => Engine::Warm {
            python: python.clone(),
            version: version.clone(),
        },
        None => Engine::Program {
            path: found.binary.clone(),
            version: version.clone(),
        },
    };
    Chosen {
        engine,
        version: VersionSource {
            version,
            origin,
            spot,
            text,
        },
        installation: Some(found),
    }
}
