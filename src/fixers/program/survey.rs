//! Asks ruff first which files it would leave as they are, where they lie.
//!
//! In a repository that is kept clean nearly all files are, and mirroring them
//! costs more than judging them. The run writes nothing; it counts for a file only
//! if the file had the same inode times and length as when its bytes were read,
//! before the run and after it. Whatever is not certain takes the ordinary way; what
//! the linter said of a file that is certain, but not clean, need not be asked again.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use super::findings::{INVALID, Message};
use super::{Batch, Engine, File, Finding, Kind, Step, Tool, Trouble, ruff, stamp};
use crate::process::{Finished, Program, Status};

/// With fewer files the second look costs more than it saves.
const MANY: usize = 16;

/// What ruff said of the files, by position. Both are empty where ruff cannot be
/// asked this way.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Files that it would not change, with their findings.
    pub(super) clean: HashMap<usize, Vec<Finding>>,
    /// Files that it would change, with what the linter said.
    pub(super) known: HashMap<usize, Vec<Message>>,
}

/// Asks; an error where ruff does not even run.
pub(super) fn survey(batch: &Batch) -> Result<Survey, Trouble> {
    let nothing = Survey::default();
    let Some(step) = only_ruff(batch) else {
        return Ok(nothing);
    };
    let asked: Vec<(usize, &File)> = batch
        .files
        .iter()
        .enumerate()
        .filter(|(_, file)| stands(file))
        .collect();
    if asked.len() < MANY || !batch.walked {
        return Ok(nothing);
    }
    let Some(mut known) = linted(batch, step, &asked)? else {
        return Ok(nothing);
    };
    let fixable = |messages: &[Message]| messages.iter().any(|message| message.fix.is_some());
    let mut dirty: HashSet<usize> = known
        .iter()
        .filter(|(_, messages)| fixable(messages))
        .map(|(at, _)| *at)
        .collect();
    if batch.kinds.contains(&Kind::Format) {
        let left: Vec<(usize, &File)> = asked
            .iter()
            .filter(|(at, _)| known.contains_key(at) && !dirty.contains(at))
            .copied()
            .collect();
        let Some(unformatted) = unformatted(batch, step, &left)? else {
            return Ok(nothing);
        };
        dirty.extend(unformatted);
    }
    known.retain(|at, _| stands(&batch.files[*at]));
    let (dirty, clean): (HashMap<_, _>, HashMap<_, _>) =
        known.into_iter().partition(|(at, _)| dirty.contains(at));
    let findings = |messages: Vec<Message>| messages.iter().map(Message::finding).collect();
    Ok(Survey {
        clean: clean
            .into_iter()
            .map(|(at, messages)| (at, findings(messages)))
            .collect(),
        known: dirty,
    })
}

/// The one step behind all kinds of the batch, if there is one and it is ruff.
fn only_ruff<'a>(batch: &Batch<'a>) -> Option<&'a Step> {
    let steps: Vec<&Step> = batch
        .kinds
        .iter()
        .filter_map(|kind| batch.recipe.step(*kind))
        .collect();
    let first = *steps.first()?;
    let same = steps
        .iter()
        .all(|step| step.tool == Tool::Ruff && step.engine == first.engine);
    let lints = batch.kinds.iter().any(|kind| *kind != Kind::Format);
    (same && lints && matches!(first.engine, Engine::Program { .. })).then_some(first)
}

/// Whether a file still lies there as it was read.
fn stands(file: &File) -> bool {
    file.lines.is_none() && file.stamp.is_some() && stamp(&file.path) == file.stamp
}

/// The files that ruff can read and parse, with what its linter says.
fn linted(
    batch: &Batch,
    step: &Step,
    files: &[(usize, &File)],
) -> Result<Option<HashMap<usize, Vec<Message>>>, Trouble> {
    let kind = if batch.kinds.contains(&Kind::Lint) {
        Kind::Lint
    } else {
        Kind::Imports
    };
    let step = batch.recipe.step(kind).unwrap_or(step);
    let mut args: Vec<String> = ["check", "--no-fix", "--no-fix-only", "--no-show-fixes"]
        .map(str::to_owned)
        .into();
    args.extend(ruff::own_arguments(step));
    args.extend(ruff::selection(batch, kind));
    args.extend(["--output-format", "json", "--"].map(str::to_owned));
    let mut found: HashMap<&Path, Option<Vec<Message>>> = files
        .iter()
        .map(|(_, file)| (file.path.as_path(), Some(Vec::new())))
        .collect();
    for group in groups(files) {
        let finished = run(batch, step, &args, &group)?;
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
            // What cannot be read or parsed takes the long way.
            if matches!(message.rule(), INVALID | "E902") {
                *messages = None;
            } else if let Some(messages) = messages {
                messages.push(message);
            }
        }
    }
    let found = files.iter().filter_map(|(at, file)| {
        let messages = found.remove(file.path.as_path())??;
        Some((*at, messages))
    });
    Ok(Some(found.collect()))
}

/// The files that formatting would change.
fn unformatted(
    batch: &Batch,
    step: &Step,
    files: &[(usize, &File)],
) -> Result<Option<HashSet<usize>>, Trouble> {
    let mut args: Vec<String> = ["format", "--check"].map(str::to_owned).into();
    let format = batch.recipe.step(Kind::Format).unwrap_or(step);
    args.extend(ruff::own_arguments(format));
    args.push("--".to_owned());
    let places: HashMap<&Path, usize> = files
        .iter()
        .map(|(at, file)| (file.path.as_path(), *at))
        .collect();
    let mut dirty = HashSet::new();
    for group in groups(files) {
        let finished = run(batch, step, &args, &group)?;
        let named: Vec<PathBuf> = String::from_utf8_lossy(&finished.stdout)
            .lines()
            .filter_map(|line| line.strip_prefix("Would reformat: "))
            .map(|path| batch.recipe.project.join(path))
            .collect();
        // 0 says that nothing would change, 1 that something would: both must
        // agree with the list.
        let agrees = match finished.status {
            Status::Code(0) => named.is_empty(),
            Status::Code(1) => !named.is_empty() && counted(&finished) == Some(named.len()),
            _ => false,
        };
        if !agrees {
            return Ok(None);
        }
        for path in named {
            let Some(at) = places.get(path.as_path()) else {
                return Ok(None);
            };
            dirty.insert(*at);
        }
    }
    Ok(Some(dirty))
}

/// How many files would be reformatted, as the last line sums it up.
fn counted(finished: &Finished) -> Option<usize> {
    let text = String::from_utf8_lossy(&finished.stdout);
    let line = text
        .lines()
        .find(|line| line.contains("would be reformatted"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn run(batch: &Batch, step: &Step, args: &[String], files: &[&File]) -> Result<Finished, Trouble> {
    let Engine::Program { path, .. } = &step.engine else {
        return Err(Trouble::Worker {
            reason: "the step has no program".to_owned(),
        });
    };
    Program::new(path)
        .args(args)
        .args(files.iter().map(|file| file.path.as_os_str()))
        .current_dir(&batch.recipe.project)
        // The person's own settings would be looked for here.
        .env("XDG_CONFIG_HOME", batch.cache)
        .limits(batch.limits)
        .run()
        .map_err(|error| Trouble::Tool {
            tool: step.tool.name().to_owned(),
            message: error.to_string(),
        })
}

/// Splits files into groups whose names one command line can hold.
fn groups<'a>(files: &[(usize, &'a File)]) -> Vec<Vec<&'a File>> {
    let mut groups: Vec<Vec<&File>> = Vec::new();
    let mut size = usize::MAX;
    for (_, file) in files {
        let length = file.path.as_os_str().len() + 9;
        if size.saturating_add(length) > super::run::NAMES {
            groups.push(Vec::new());
            size = 0;
        }
        size += length;
        if let Some(group) = groups.last_mut() {
            group.push(file);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::tests::Project;
    use super::super::{File, run_batch, stamp};
    use crate::fixers::Kind;

    /// Files that lie where they were read may be judged there; the answers are those
    /// of the scratch directory, and a file that has changed since is not asked about.
    #[test]
    fn files_are_judged_alike_where_they_lie_and_in_the_mirror() {
        let names: Vec<String> = (0..24).map(|number| format!("m{number:02}.py")).collect();
        let text = |number: usize| match number % 6 {
            0 => "import os\n",
            1 => "x=1\n",
            2 => "print(undefined)\n",
            4 => "x = (\n",
            5 => "import sys, os\nprint( os, undefined )\n",
            _ => "x = 1\n",
        };
        let contents: Vec<(&str, &str)> = names
            .iter()
            .enumerate()
            .map(|(number, name)| (name.as_str(), text(number)))
            .chain([(
                "pyproject.toml",
                "[tool.ruff.lint]\nselect = [\"E\", \"F\", \"I\"]\n",
            )])
            .collect();
        let project = Project::new(&contents);
        let mirrored = project.files();
        let mut standing = project.files();
        for file in &mut standing {
            file.stamp = stamp(&file.path);
        }
        // Changed on disk since it was read: what counts is what was read.
        fs::write(&standing[3].path, "import sys\n").expect("a file");
        let outcome = |files: &[File]| run_batch(&project.batch(&Kind::ALL, files));
        assert_eq!(outcome(&standing), outcome(&mirrored));
    }
}
