//! From files to a plan: which tools take part for each, and what is held.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::House;
use super::groups::{Group, of_file};
use super::planned::Planned;
use crate::evidence::{Choice, Plan as Decisions, Planned as ByDecision, Project};
use crate::failure::Outcome;
use crate::fixers::Kind;
use crate::fixers::job::{Golden, Kinds};
use crate::fixers::ruff::package::Package;
use crate::intake::walk::{Found, Walk};
use crate::report::{FileReport, Held, Status};
use crate::settings::trust::TrustAnswer;

/// What planning needs to know.
pub(super) struct Planner<'a> {
    pub(super) house: &'a House,
    pub(super) cwd: &'a Path,
    pub(super) plain: bool,
}

/// What is to be done.
#[derive(Default)]
pub struct Plan {
    /// The files to be looked at, in the order of the walk.
    pub files: Vec<Planned>,
    /// Those that are left alone, each with the reason.
    pub skipped: Vec<FileReport>,
    /// The tools that do not run.
    pub held: Vec<Held>,
}

/// A project and the decisions (by number) for the kinds; one group for each.
type GroupKey = (PathBuf, [Option<usize>; 3]);

impl Planner<'_> {
    /// Plans the files of a walk.
    pub(super) fn plan(&self, walk: Walk) -> Outcome<Plan> {
        let mut plan = Plan::default();
        let aside = self.house.aside(self.plain)?;
        let candidates = walk.files;
        let directories = self.directories(&candidates);
        let untrusted = self
            .house
            .trust()?
            .filter(|answer| *answer != TrustAnswer::Trusted);
        let marks = aside
            .marks(self.house.place.as_ref(), &candidates)
            .map_err(|error| super::unanswered(&error))?;
        let golden = self.house.golden(self.plain)?;
        let mut groups: HashMap<GroupKey, Group> = HashMap::new();
        let mut packages: HashMap<PathBuf, Option<Package>> = HashMap::new();
        let mut holds: Vec<Held> = Vec::new();
        for (at, found) in candidates.into_iter().enumerate() {
            let directory = found
                .path
                .parent()
                .unwrap_or(&self.house.boundary)
                .to_path_buf();
            let Directory {
                project, decisions, ..
            } = &directories[&directory];
            let file = decisions.for_file(&found.path);
            let number = |kind| match file.of(kind) {
                ByDecision::By(index) => Some(*index),
                ByDecision::Not { .. } => None,
            };
            let key = (project.directory().to_path_buf(), Kind::ALL.map(number));
            if !groups.contains_key(&key) {
                let mut recipe = decisions.recipe(&file, self.policy());
                recipe.golden.clone_from(&golden);
                let group = self.group(
                    project,
                    decisions,
                    &key.1,
                    recipe,
                    untrusted.as_ref(),
                    &mut holds,
                );
                groups.insert(key.clone(), group);
            }
            let Some(group) = groups.get_mut(&key) else {
                continue;
            };
            let kinds = match group.kinds(&found) {
                Ok(kinds) => kinds,
                // The Golden Rules need no tool.
                Err(reason) if reason.is_empty() && !golden.is_empty() && is_python(&found) => {
                    Kinds::NONE
                }
                Err(reason) if found.named() => {
                    let why = Kind::ALL.map(|kind| left_out(decisions, kind, file.of(kind)));
                    let why = why.into_iter().flatten().next();
                    let reason = if reason.is_empty() {
                        why.unwrap_or_default()
                    } else {
                        reason
                    };
                    plan.skipped.push(self.skipped(&found, reason));
                    continue;
                }
                Err(_) => continue,
            };
            let relative = self.relative(&found.path);
            let skip = aside.reason(&found, marks.get(&at).copied());
            if let Some(reason) = skip.as_ref().filter(|reason| !reason.still_checked()) {
                plan.skipped.push(self.skipped(&found, reason.to_string()));
                continue;
            }
            let package = packages
                .entry(directory.clone())
                .or_insert_with(|| {
                    Package::of(&directory, &self.house.boundary, |above| {
                        let known = directories.get(above);
                        known.map_or_else(|| is_package(above), |known| known.is_package)
                    })
                })
                .clone();
            let named = found.named();
            plan.files.push(Planned {
                shown: self.shown(&found.path),
                relative: relative.to_string_lossy().into_owned(),
                named,
                path: found.path,
                recipe: Arc::clone(&group.recipe),
                roots: Arc::clone(&group.roots),
                extends: Arc::clone(&group.extends),
                fingerprint: of_file(&group.fingerprint, kinds, named, package.as_ref()),
                kinds,
                package,
                check_only: skip,
                golden: Golden::Off,
            });
        }
        holds.sort_by(|a, b| {
            (&a.project, &a.tool, &a.reason).cmp(&(&b.project, &b.tool, &b.reason))
        });
        holds.dedup();
        plan.held = holds;
        Ok(plan)
    }

    /// What holds for all files of a directory; of many directories at the same time, since
    /// nearly all of it is asking the file system.
    fn directories(&self, files: &[Found]) -> HashMap<PathBuf, Directory> {
        let of = |found: &Found| match found.path.parent() {
            Some(directory) => directory.to_path_buf(),
            None => self.house.boundary.clone(),
        };
        // In the order of paths, the files of a directory are not far from each other.
        let mut directories: Vec<PathBuf> = files.iter().map(of).collect();
        directories.sort_unstable();
        directories.dedup();
        let (survey, wanted) = (&self.house.survey, self.house.wanted);
        let look = |directory: PathBuf| {
            let project = survey.project_of(&directory);
            let known = Directory {
                decisions: project.plan(wanted),
                project,
                is_package: is_package(&directory),
            };
            (directory, known)
        };
        // Waking a thread pool costs more than looking at a handful of directories.
        if directories.len() < 8 {
            return directories.into_iter().map(look).collect();
        }
        directories.into_par_iter().map(look).collect()
    }

    fn skipped(&self, found: &Found, reason: String) -> FileReport {
        FileReport {
            shown: self.shown(&found.path),
            relative: self.relative(&found.path).to_string_lossy().into_owned(),
            path: found.path.clone(),
            status: Status::Skipped(reason),
            findings: Vec::new(),
            fixes: Vec::new(),
            notes: Vec::new(),
            texts: None,
            source: None,
        }
    }

    fn relative(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.house.boundary)
            .unwrap_or(path)
            .to_path_buf()
    }

    pub(super) fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.cwd)
            .unwrap_or(path)
            .to_string_lossy()
            .into_owned()
    }
}

/// What holds for all files of a directory.
struct Directory {
    project: Arc<Project>,
    decisions: Arc<Decisions>,
    is_package: bool,
}

fn is_package(directory: &Path) -> bool {
    directory.join("__init__.py").is_file()
}

fn is_python(found: &Found) -> bool {
    found
        .path
        .extension()
        .is_some_and(|extension| extension == "py")
}

/// Why a kind of tool does not take part for a file, as it follows `skipped, it`.
fn left_out(decisions: &Decisions, kind: Kind, planned: &ByDecision) -> Option<String> {
    let name = kind.name();
    match planned {
        ByDecision::Not { why } => Some(format!("is left out of {name}: {why}")),
        ByDecision::By(index) => match &decisions.decisions.get(*index)?.choice {
            Choice::Off { reason } => Some(format!("has no tool for {name}: {reason}")),
            Choice::Hold { .. } => Some(format!("waits: {name} is held")),
            Choice::Use { .. } => Some("is not a file that the tools look at".to_owned()),
        },
    }
}
