//! What files of one project with the same decisions share: recipe, settings,
//! fingerprint.

use std::fs;
use std::sync::Arc;

use super::plan::Planner;
use super::planned::Named;
use crate::evidence::{Cause, Choice, Plan as Decisions, Project};
use crate::fixers::job::Kinds;
use crate::fixers::modules::Roots;
use crate::fixers::program::inputs;
use crate::fixers::ruff::fingerprint;
use crate::fixers::ruff::package::Package;
use crate::fixers::ruff::settings::RuffSettings;
use crate::fixers::{Engine, Kind, Policy, Recipe};
use crate::intake::select::Takers;
use crate::intake::walk::Found;
use crate::report::{Held, HeldBy};
use crate::settings::trust::TrustAnswer;

/// What files of one project with the same decisions share.
pub(super) struct Group {
    pub(super) recipe: Arc<Recipe>,
    ruff: Option<RuffSettings>,
    takers: Takers,
    pub(super) fingerprint: [u8; 32],
    pub(super) roots: Arc<Roots>,
    pub(super) extends: Arc<Named>,
}

impl Planner<'_> {
    /// Resolves what files of a project share, and notes what is held.
    pub(super) fn group(
        &self,
        project: &Project,
        decisions: &Decisions,
        numbers: &[Option<usize>; 3],
        mut recipe: Recipe,
        untrusted: Option<&TrustAnswer>,
        holds: &mut Vec<Held>,
    ) -> Group {
        for decision in numbers
            .iter()
            .flatten()
            .filter_map(|number| decisions.decisions.get(*number))
        {
            match &decision.choice {
                Choice::Hold {
                    tool,
                    cause,
                    reason,
                    remedy,
                } => holds.push(Held {
                    project: project.name(),
                    tool: tool.map_or_else(
                        || decision.kind.name().to_owned(),
                        |tool| tool.name().to_owned(),
                    ),
                    reason: reason.clone(),
                    remedy: remedy.clone(),
                    by: match cause {
                        Cause::Missing => HeldBy::Missing,
                        Cause::Configuration => HeldBy::Configuration,
                    },
                }),
                Choice::Use { step, .. } if step.engine != Engine::Embedded => {
                    if let Some(answer) = untrusted {
                        holds.push(Held {
                            project: project.name(),
                            tool: step.tool.name().to_owned(),
                            reason: answer.reason().unwrap_or_default(),
                            remedy: answer.way_out().unwrap_or_default().to_owned(),
                            by: HeldBy::Trust,
                        });
                        clear(&mut recipe, decision.kind);
                    }
                }
                Choice::Use { .. } | Choice::Off { .. } => {}
            }
        }
        let ruff = match super::ruff(&recipe, self.cwd) {
            Ok(ruff) => ruff,
            Err(refused) => {
                holds.push(Held {
                    project: project.name(),
                    tool: "ruff".to_owned(),
                    reason: refused.reason,
                    remedy: refused.remedy,
                    by: HeldBy::Configuration,
                });
                for kind in Kind::ALL {
                    if recipe
                        .step(kind)
                        .is_some_and(|step| step.engine == Engine::Embedded)
                    {
                        clear(&mut recipe, kind);
                    }
                }
                None
            }
        };
        let takers = Takers::of(&recipe);
        let fingerprint = fingerprint_of(&recipe, ruff.as_ref(), takers.any_external());
        let mut roots = match &ruff {
            Some(ruff) => ruff.settings.linter.src.clone(),
            None => Vec::new(),
        };
        if takers.any_external() {
            roots.extend(inputs::roots(&recipe));
        }
        recipe.configuration = fingerprint;
        let recipe = Arc::new(recipe);
        Group {
            roots: Arc::new(Roots::new(roots)),
            extends: Arc::new(Named::by(Arc::clone(&recipe))),
            recipe,
            ruff,
            takers,
            fingerprint,
        }
    }

    pub(super) fn policy(&self) -> Policy {
        if self.plain {
            return Policy {
                plain: true,
                ..Policy::default()
            };
        }
        Policy {
            extend_safe: self.house.settings.extend_safe.clone(),
            keep: Vec::new(),
            plain: false,
        }
    }
}

impl Group {
    /// Which kinds of tools take part for a file; an empty reason when the file is
    /// none of theirs.
    pub(super) fn kinds(&mut self, found: &Found) -> Result<Kinds, String> {
        let ruff = self.ruff.as_ref().map(|ruff| &ruff.settings);
        self.takers.kinds(found, ruff)
    }
}

/// Everything beside the file, and the modules it imports, that the answer depends on.
fn fingerprint_of(recipe: &Recipe, ruff: Option<&RuffSettings>, external: bool) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(env!("CARGO_PKG_VERSION").as_bytes())
        .update(b"\0");
    hasher
        .update(crate::fixers::EMBEDDED_RUFF.as_bytes())
        .update(b"\0");
    hasher
        .update(format!("{recipe:?}").as_bytes())
        .update(b"\0");
    if let Some(ruff) = ruff {
        fingerprint::fingerprint(ruff, &mut hasher);
    }
    if external {
        for path in inputs::configuration(recipe) {
            if path.is_file()
                && let Ok(bytes) = fs::read(&path)
            {
                hasher
                    .update(path.as_os_str().as_encoded_bytes())
                    .update(blake3::hash(&bytes).as_bytes());
            }
        }
    }
    *hasher.finalize().as_bytes()
}

/// A project's fingerprint with what the answer for one file depends on beside
/// its bytes, its path and its scope.
pub(super) fn of_file(
    project: &[u8; 32],
    kinds: Kinds,
    named: bool,
    package: Option<&Package>,
) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    hasher
        .update(project)
        .update(&[kinds.bits(), u8::from(named)]);
    if let Some(package) = package {
        hasher
            .update(package.root.as_os_str().as_encoded_bytes())
            .update(&[u8::from(package.nested)]);
    }
    *hasher.finalize().as_bytes()
}

/// Removes a step.
fn clear(recipe: &mut Recipe, kind: Kind) {
    match kind {
        Kind::Lint => recipe.lint = None,
        Kind::Imports => recipe.imports = None,
        Kind::Format => recipe.format = None,
    }
}
