//! The decisions of a project as a plan for each of its files.

use std::path::{Path, PathBuf};

use super::decision::Decision;
use super::mention::Source;
use crate::fixers::{Kind, Policy, Recipe, RuffConfiguration};
use crate::golden::Config;

/// All decisions of a project for one state of the settings.
#[derive(Debug)]
pub struct Plan {
    /// The decisions, lint before imports before format; those of one kind in the
    /// order in which a file tries their filters.
    pub decisions: Vec<Decision>,
    /// Which configuration ruff uses.
    pub ruff: RuffConfiguration,
    pub(super) project: PathBuf,
    pub(super) boundary: PathBuf,
}

/// Which decision holds for a file and a kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Planned {
    /// The decision with this index in [`Plan::decisions`].
    By(usize),
    /// None: the hooks or commands that decide this kind leave the file out.
    Not {
        /// Why, as a sentence without its full stop.
        why: String,
    },
}

/// What is done with one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePlan {
    /// The linter.
    pub lint: Planned,
    /// The import sorter.
    pub imports: Planned,
    /// The formatter.
    pub format: Planned,
}

impl FilePlan {
    /// What is planned for a kind.
    pub fn of(&self, kind: Kind) -> &Planned {
        match kind {
            Kind::Lint => &self.lint,
            Kind::Imports => &self.imports,
            Kind::Format => &self.format,
        }
    }
}

impl Plan {
    /// The decisions of a kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = (usize, &Decision)> {
        self.decisions
            .iter()
            .enumerate()
            .filter(move |(_, decision)| decision.kind == kind)
    }

    /// What is done with a file; `path` is absolute or relative to the boundary.
    pub fn for_file(&self, path: &Path) -> FilePlan {
        let relative = path.strip_prefix(&self.boundary).unwrap_or(path);
        let text = relative.to_string_lossy();
        FilePlan {
            lint: self.planned(Kind::Lint, &text),
            imports: self.planned(Kind::Imports, &text),
            format: self.planned(Kind::Format, &text),
        }
    }

    fn planned(&self, kind: Kind, path: &str) -> Planned {
        let mut why = None;
        let mut left_out = false;
        for (index, decision) in self.of(kind) {
            let by_table = decision
                .evidence
                .first()
                .is_some_and(|first| first.source == Source::Table);
            // A table stands in where a hook is about other places, not for a file
            // that a hook leaves out.
            if by_table && left_out {
                continue;
            }
            match decision.filter.applies(path) {
                Ok(()) => return Planned::By(index),
                Err(excluded) => {
                    left_out |= !excluded.elsewhere;
                    why.get_or_insert_with(|| {
                        let place = decision.evidence.first().map_or(String::new(), |one| {
                            let file = one.file.strip_prefix(&self.boundary).unwrap_or(&one.file);
                            let line = one.line.map(|line| format!(":{line}")).unwrap_or_default();
                            format!(" ({}{line} {})", file.display(), one.text)
                        });
                        format!("{}{place}", excluded.why)
                    });
                }
            }
        }
        Planned::Not {
            why: why.unwrap_or_default(),
        }
    }

    /// The recipe for files with this plan. Kinds that are off, held or not planned
    /// have no step; whoever runs it reports the held ones.
    pub fn recipe(&self, file: &FilePlan, policy: Policy) -> Recipe {
        let step = |planned: &Planned| match planned {
            Planned::By(index) => self.decisions.get(*index)?.choice.step().cloned(),
            Planned::Not { .. } => None,
        };
        Recipe {
            project: self.project.clone(),
            boundary: self.boundary.clone(),
            lint: step(&file.lint),
            imports: step(&file.imports),
            format: step(&file.format),
            ruff: self.ruff.clone(),
            policy,
            golden: Config::none(),
            configuration: [0; 32],
        }
    }
}
