//! One project: the decisions for its files.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::command::option_texts;
use super::decide::Bench;
use super::decision::{Choice, Decision, Wanted};
use super::engine::Search;
use super::mention::{Gathered, Mention, Pin, relative};
use super::named::{self, named_configuration};
use super::plan::Plan;
use super::ruff_file::RuffFile;
use super::selection::{Layer, sorts};
use super::survey::{ENVIRONMENTS, Record, Shared};
use super::tables::Tables;
use super::toml;
use crate::fixers::{Engine, Kind, RuffConfiguration};

/// A directory with its own tool configuration, and what is decided for the files
/// below it that belong to no nearer project. Shared by threads.
#[derive(Debug)]
pub struct Project {
    shared: Arc<Shared>,
    directory: PathBuf,
    hooks: Gathered,
    tasks: Gathered,
    tables: Tables,
    /// All of the above and CI, in the order in which it counts.
    gathered: Gathered,
    ruff: Option<RuffFile>,
    /// This directory and those above it that have configuration, nearest first.
    shelves: Vec<(PathBuf, Option<Arc<super::document::Node>>)>,
    /// Whether tables of its own end the project around it.
    nested: bool,
    plans: Mutex<Vec<(Wanted, Arc<Plan>)>>,
}

impl Project {
    pub(super) fn new(shared: Arc<Shared>, record: Record, parent: Option<&Arc<Self>>) -> Self {
        let Record {
            directory,
            mut tables,
            mut hooks,
            mut tasks,
            is_shelf,
        } = record;
        let nested = match parent {
            Some(parent) if is_shelf => parent.nested,
            _ => directory != shared.boundary,
        };
        let mut shelves = vec![(directory.clone(), tables.pyproject.clone())];
        let mut ruff = tables.ruff.clone();
        if let Some(parent) = parent {
            hooks.extend(&parent.hooks);
            tasks.extend(&parent.tasks);
            shelves.extend_from_slice(&parent.shelves);
            // ruff itself takes the nearest configuration upwards.
            ruff = ruff.or_else(|| parent.ruff.clone());
            if tables.is_overlay || is_shelf {
                // A `ruff.toml` in `tests/` does not end the project that `black .`
                // at the root formats.
                tables.gathered.extend(&parent.tables.gathered);
            }
        }
        let mut gathered = hooks.clone();
        gathered.extend(shared.ci());
        gathered.extend(&tasks);
        gathered.extend(&tables.gathered);
        gathered.without_repeats();
        Self {
            shared,
            directory,
            hooks,
            tasks,
            tables,
            gathered,
            ruff,
            shelves,
            nested,
            plans: Mutex::default(),
        }
    }

    /// The project's directory, absolute.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The directory relative to the boundary; `.` for the boundary.
    pub fn name(&self) -> String {
        match relative(&self.shared.boundary, &self.directory).trim_end_matches('/') {
            "" => ".".to_owned(),
            name => name.to_owned(),
        }
    }

    /// Which configuration ruff uses for the project.
    pub fn ruff_configuration(&self) -> RuffConfiguration {
        match &self.ruff {
            Some(ruff) => RuffConfiguration::File(ruff.file.clone()),
            None if self.gathered.mentions.is_empty() => RuffConfiguration::HiveDefaults,
            None => RuffConfiguration::ToolDefaults,
        }
    }

    /// The user's own configuration of ruff, which counts where the repository has none.
    pub(super) fn own_ruff_configuration(&self) -> Option<PathBuf> {
        let directory = self.shared.surroundings.config.as_ref()?.join("ruff");
        [".ruff.toml", "ruff.toml", "pyproject.toml"]
            .iter()
            .map(|name| directory.join(name))
            .find(|path| self.shared.ruff_file(path).is_some())
    }

    /// The first decision for a kind: the one for files that no filter singles out.
    pub fn decide(&self, kind: Kind, wanted: Wanted) -> Decision {
        let plan = self.plan(wanted);
        // Each kind has at least one decision.
        plan.decisions
            .iter()
            .find(|decision| decision.kind == kind)
            .cloned()
            .unwrap_or_else(|| Decision {
                kind,
                choice: Choice::Off {
                    reason: "nothing was decided".to_owned(),
                },
                evidence: Vec::new(),
                disagreements: Vec::new(),
                missing: Vec::new(),
                unreadable: Vec::new(),
                filter: super::filter::PathFilter::default(),
            })
    }

    /// All decisions. Computed once for each state of the settings.
    pub fn plan(&self, wanted: Wanted) -> Arc<Plan> {
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = plans.iter().find(|(known, _)| *known == wanted) {
            return Arc::clone(plan);
        }
        let plan = Arc::new(self.compute(wanted));
        plans.push((wanted, Arc::clone(&plan)));
        plan
    }

    fn compute(&self, wanted: Wanted) -> Plan {
        let environments = self.environments();
        let locks: Vec<Pin> = self
            .shelves
            .iter()
            .flat_map(|(directory, pyproject)| {
                self.shared
                    .locks(directory, pyproject.as_deref())
                    .as_ref()
                    .clone()
            })
            .collect();
        let search = || Search {
            boundary: &self.shared.boundary,
            installed: &self.shared.installed,
            surroundings: &self.shared.surroundings,
            environments: &environments,
            choice: wanted.engine,
        };
        let refused = |mention: &Mention| self.refused(mention);
        let mut bench = Bench {
            gathered: &self.gathered,
            locks: &locks,
            ruff: self.ruff.as_ref(),
            sorts: &|_| false,
            search: search(),
            boundary: &self.shared.boundary,
            nested: self.nested,
            refused: &refused,
        };
        // Which version counts does not depend on what sorts imports.
        let sorted: Vec<(&Mention, bool)> = self
            .gathered
            .mentions
            .iter()
            .map(|mention| (mention, self.sorts(mention, &bench.ruff_version(mention))))
            .collect();
        let sorting = |mention: &Mention| {
            sorted
                .iter()
                .any(|(known, sorts)| std::ptr::eq(*known, mention) && *sorts)
        };
        bench.sorts = &sorting;
        let decisions: Vec<Decision> = Kind::ALL
            .iter()
            .flat_map(|kind| bench.decide(*kind, wanted))
            .collect();
        for decision in &decisions {
            self.remember(decision, &search());
        }
        Plan {
            decisions,
            ruff: self.ruff_configuration(),
            project: self.directory.clone(),
            boundary: self.shared.boundary.clone(),
        }
    }

    /// Notes the installation behind a step, for trust.
    fn remember(&self, decision: &Decision, search: &Search<'_>) {
        let Some(step) = decision.choice.step() else {
            return;
        };
        let is_it = |one: &super::installed::Installation| match &step.engine {
            Engine::Embedded => false,
            Engine::Program { path, .. } => one.binary == *path,
            Engine::Warm { python, version } => {
                one.python.as_ref() == Some(python)
                    && one.tool == step.tool
                    && one.version.to_string() == *version
            }
        };
        let everywhere = self
            .environments()
            .iter()
            .flat_map(|directory| search.installed.in_environment(directory).as_ref().clone())
            .chain(
                search
                    .installed
                    .in_caches(search.surroundings)
                    .iter()
                    .cloned(),
            )
            .chain(
                search
                    .installed
                    .on_path(search.surroundings)
                    .iter()
                    .cloned(),
            )
            .find(is_it);
        if let Some(found) = everywhere {
            self.shared.uses(found);
        }
    }

    /// Directories that may hold the project's environment, nearest first.
    fn environments(&self) -> Vec<PathBuf> {
        let surroundings = &self.shared.surroundings;
        self.shelves
            .iter()
            .map(|(directory, _)| directory.as_path())
            .chain([self.shared.boundary.as_path()])
            .flat_map(|directory| ENVIRONMENTS.map(|name| directory.join(name)))
            .chain(surroundings.virtual_env.clone())
            .chain(surroundings.conda_prefix.clone())
            .collect()
    }

    /// Whether ruff's linter sorts imports where it is used as a mention says.
    fn sorts(&self, mention: &Mention, version: &pep440_rs::Version) -> bool {
        let mut layers = match &self.ruff {
            Some(ruff) => ruff.layers.clone(),
            None => Vec::new(),
        };
        for value in option_texts(&mention.args, "--config") {
            if value.contains('=') {
                let inline = toml::parse(Path::new("--config"), value);
                layers.extend(inline.ok().map(|node| Layer::of(&node)));
            } else if let Some(file) = self.shared.ruff_file(&self.shared.boundary.join(value)) {
                layers.clone_from(&file.layers);
            }
        }
        sorts(&layers, &mention.args, version)
    }

    /// Arguments may name configuration; it must be inside the repository.
    fn refused(&self, mention: &Mention) -> Option<String> {
        for value in named_configuration(mention.program, &mention.args) {
            let path = self.shared.boundary.join(value);
            let Ok(real) = path.canonicalize() else {
                return Some(format!(
                    "names the configuration {}, which does not exist",
                    named::shown(value, &self.shared.boundary)
                ));
            };
            let inside = self
                .shared
                .boundary
                .canonicalize()
                .is_ok_and(|boundary| real.starts_with(boundary));
            if !inside {
                return Some(
                    "names a configuration outside the repository, which is refused".to_owned(),
                );
            }
        }
        None
    }
}
