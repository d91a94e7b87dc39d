//! What ruff is asked about files where they lie, and how its answers are understood.
//!
//! The linter and the formatter are asked at the same time: each spends part of its
//! time on one processor, in which the other has the rest. An answer that is not
//! understood to the last line is no answer.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::thread::{self, ScopedJoinHandle};

use super::findings::{INVALID, Message};
use super::{Engine, Kind, Recipe, Step, Trouble, ruff};
use crate::process::{Finished, Limits, Program, Status};

/// What is asked.
pub(super) struct Question<'a> {
    pub(super) recipe: &'a Recipe,
    pub(super) kinds: &'a [Kind],
    /// The step that all kinds have in common but for its arguments.
    pub(super) step: &'a Step,
    /// The files, each with the number that it has in the answer.
    pub(super) files: &'a [(usize, &'a Path)],
    /// The user's cache directory for hive.
    pub(super) cache: &'a Path,
    /// Bounds for each start.
    pub(super) limits: Limits,
}

/// What ruff said.
pub(super) struct Answer {
    /// The files that it can read and parse, with what the linter says.
    pub(super) known: HashMap<usize, Vec<Message>>,
    /// The files that formatting would change.
    pub(super) unformatted: HashSet<usize>,
}

/// What the linter said.
struct Linted {
    known: HashMap<usize, Vec<Message>>,
    /// Files that it cannot read or parse.
    broken: Vec<usize>,
}

impl Question<'_> {
    /// Asks; `None` where an answer was not understood, an error where ruff does not
    /// even run.
    pub(super) fn ask(&self) -> Result<Option<Answer>, Trouble> {
        let formats = self.kinds.contains(&Kind::Format);
        let (linted, formatted) = thread::scope(|scope| {
            let formatter = formats.then(|| scope.spawn(|| self.format(self.files)));
            (self.lint(), formatter.map(ScopedJoinHandle::join))
        });
        let Some(Linted { known, broken }) = linted? else {
            return Ok(None);
        };
        let unformatted = match formatted {
            None => HashSet::new(),
            // It panicked, which is no answer.
            Some(Err(_)) => return Ok(None),
            Some(Ok(formatted)) => {
                let formatted = formatted?;
                match formatted.filter(|formatted| self.names_only(&broken, &formatted.errors)) {
                    Some(formatted) => formatted.dirty,
                    None if broken.is_empty() => return Ok(None),
                    // It speaks of broken files in other words; without them it has
                    // nothing to say.
                    None => match self.format_of(|at| known.contains_key(&at))? {
                        Some(dirty) => dirty,
                        None => return Ok(None),
                    },
                }
            }
        };
        Ok(Some(Answer { known, unformatted }))
    }

    fn lint(&self) -> Result<Option<Linted>, Trouble> {
        let kind = if self.kinds.contains(&Kind::Lint) {
            Kind::Lint
        } else {
            Kind::Imports
        };
        let step = self.recipe.step(kind).unwrap_or(self.step);
        let mut args: Vec<String> = ["check", "--no-fix", "--no-fix-only", "--no-show-fixes"]
            .map(str::to_owned)
            .into();
        args.extend(ruff::own_arguments(step));
        args.extend(ruff::selection(self.recipe, self.kinds, kind));
        args.extend(["--output-format", "json", "--"].map(str::to_owned));
        let mut found: HashMap<&Path, Option<Vec<Message>>> = self
            .files
            .iter()
            .map(|(_, path)| (*path, Some(Vec::new())))
            .collect();
        for group in groups(self.files) {
            let finished = self.run(step, &args, group)?;
            if !matches!(finished.status, Status::Code(0 | 1)) {
                return Ok(None);
            }
            let Ok(messages) = serde_json::from_slice::<Vec<Message>>(&finished.stdout) else {
                return Ok(None);
            };
            for message in messages {
                let Some(messages) = found.get_mut(message.filename.as_path()) else {
                    return Ok(None);
                };
                if matches!(message.rule(), INVALID | "E902") {
                    *messages = None;
                } else if let Some(messages) = messages {
                    messages.push(message);
                }
            }
        }
        let mut linted = Linted {
            known: HashMap::with_capacity(found.len()),
            broken: Vec::new(),
        };
        for (at, path) in self.files {
            match found.remove(path) {
                Some(Some(messages)) => {
                    linted.known.insert(*at, messages);
                }
                // What cannot be read or parsed takes the long way.
                _ => linted.broken.push(*at),
            }
        }
        Ok(Some(linted))
    }

    /// The files of some numbers that formatting would change.
    fn format_of(&self, wanted: impl Fn(usize) -> bool) -> Result<Option<HashSet<usize>>, Trouble> {
        let files = self.files.iter().copied().filter(|(at, _)| wanted(*at));
        let formatted = self.format(&files.collect::<Vec<_>>())?;
        Ok(formatted
            .filter(|one| one.errors.is_empty())
            .map(|one| one.dirty))
    }

    fn format(&self, files: &[(usize, &Path)]) -> Result<Option<Formatted>, Trouble> {
        let mut args: Vec<String> = ["format", "--check"].map(str::to_owned).into();
        let step = self.recipe.step(Kind::Format).unwrap_or(self.step);
        args.extend(ruff::own_arguments(step));
        args.push("--".to_owned());
        let places: HashMap<&Path, usize> = files.iter().map(|(at, path)| (*path, *at)).collect();
        let mut formatted = Formatted::default();
        for group in groups(files) {
            let finished = self.run(step, &args, group)?;
            let named: Vec<PathBuf> = String::from_utf8_lossy(&finished.stdout)
                .lines()
                .filter_map(|line| line.strip_prefix("Would reformat: "))
                .map(|path| self.recipe.project.join(path))
                .collect();
            let errors = errors(&finished);
            // 0 says that nothing would change, 1 that something would, 2 that files
            // are broken: each must agree with what is listed.
            let agrees = match finished.status {
                Status::Code(0) => named.is_empty() && errors.is_empty(),
                Status::Code(1) => !named.is_empty() && errors.is_empty(),
                Status::Code(2) => !errors.is_empty(),
                _ => false,
            };
            if !agrees || counted(&finished).unwrap_or(0) != named.len() {
                return Ok(None);
            }
            for path in named {
                let Some(at) = places.get(path.as_path()) else {
                    return Ok(None);
                };
                formatted.dirty.insert(*at);
            }
            formatted.errors.extend(errors);
        }
        Ok(Some(formatted))
    }

    /// Whether every error names one of the broken files.
    fn names_only(&self, broken: &[usize], errors: &[String]) -> bool {
        let mut names = self
            .files
            .iter()
            .filter(|(at, _)| broken.contains(at))
            .map(|(_, path)| {
                let inside = path.strip_prefix(&self.recipe.project).unwrap_or(path);
                inside.to_string_lossy().into_owned()
            });
        errors.is_empty() || {
            let names: Vec<String> = names.by_ref().collect();
            errors
                .iter()
                .all(|error| names.iter().any(|name| error.contains(name)))
        }
    }

    fn run(
        &self,
        step: &Step,
        args: &[String],
        files: &[(usize, &Path)],
    ) -> Result<Finished, Trouble> {
        let Engine::Program { path, .. } = &step.engine else {
            return Err(Trouble::Worker {
                reason: "the step has no program".to_owned(),
            });
        };
        Program::new(path)
            .args(args)
            .args(files.iter().map(|(_, path)| path.as_os_str()))
            .current_dir(&self.recipe.project)
            // The person's own settings would be looked for here.
            .env("XDG_CONFIG_HOME", self.cache)
            .limits(self.limits)
            .run()
            .map_err(|error| Trouble::Tool {
                tool: step.tool.name().to_owned(),
                message: error.to_string(),
            })
    }
}

/// What the formatter said.
#[derive(Debug, Default)]
struct Formatted {
    /// Files that it would change.
    dirty: HashSet<usize>,
    /// The lines in which it speaks of files that it cannot format.
    errors: Vec<String>,
}

fn errors(finished: &Finished) -> Vec<String> {
    String::from_utf8_lossy(&finished.stderr)
        .lines()
        .filter(|line| line.starts_with("error"))
        .map(str::to_owned)
        .collect()
}

/// How many files would be reformatted, as the last line sums it up.
fn counted(finished: &Finished) -> Option<usize> {
    let text = String::from_utf8_lossy(&finished.stdout);
    let line = text
        .lines()
        .find(|line| line.contains("would be reformatted"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Splits files into groups whose names one command line can hold.
fn groups<'f>(files: &'f [(usize, &'f Path)]) -> Vec<&'f [(usize, &'f Path)]> {
    let mut groups = Vec::new();
    let (mut from, mut size) = (0, 0);
    for (at, (_, path)) in files.iter().enumerate() {
        let length = path.as_os_str().len() + 9;
        if size + length > super::run::NAMES && at > from {
            groups.push(&files[from..at]);
            (from, size) = (at, 0);
        }
        size += length;
    }
    if from < files.len() {
        groups.push(&files[from..]);
    }
    groups
}
