//! Asks ruff first which files it would leave as they are, where they lie.
//!
//! In a repository that is kept clean nearly all files are, and mirroring them
//! costs more than judging them. The run writes nothing; it counts for a file only
//! if the file had the same inode times and length as when its bytes were read,
//! after the run too. Whatever is not certain takes the ordinary way; what the linter
//! said of a file that is certain, but not clean, need not be asked again.
//!
//! Asked like this is only a ruff whose configuration is the repository's: searches
//! upwards end there as they do in the mirror, and nobody's own settings are found.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::findings::Message;
use super::question::Question;
use super::stamp;
use super::{Batch, Engine, Finding, Kind, Recipe, RuffConfiguration, Stamp, Step, Tool, Trouble};
use crate::process::Limits;

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

/// A file that lies where its bytes were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lying {
    /// Where; absolute, inside the recipe's boundary.
    pub path: PathBuf,
    /// What its inode said when its bytes were read.
    pub stamp: Stamp,
}

/// What a recipe's own ruff makes of a file, with all its steps and as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It leaves the file as it is and finds this.
    Clean(Vec<Finding>),
    /// The linter finds this and would change nothing; the formatter would.
    Unformatted(Vec<Finding>),
    /// The file has to take the ordinary way.
    Open,
}

/// Asks a recipe's own ruff about files where they lie. `cache` is the user's cache
/// directory for hive. The verdicts are in the order of the files.
///
/// For a caller who has thousands of files, of which no worker need then be given the
/// bytes. It must have made sure that they are UTF-8.
pub fn judge_lying(recipe: &Recipe, files: &[Lying], cache: &Path, limits: Limits) -> Vec<Verdict> {
    let kinds: Vec<Kind> = Kind::ALL
        .into_iter()
        .filter(|kind| recipe.step(*kind).is_some())
        .collect();
    let files: Vec<(&Path, Stamp)> = files
        .iter()
        .map(|file| (file.path.as_path(), file.stamp))
        .collect();
    let asked = files.iter().map(|(path, stamp)| Some((*path, *stamp)));
    let asked: Vec<_> = asked.collect();
    let survey = ask(recipe, &kinds, &asked, cache, limits);
    // What went wrong shows again, and is told, on the ordinary way.
    let mut survey = survey.unwrap_or_default();
    let verdict = |at| {
        if let Some(findings) = survey.clean.remove(&at) {
            return Verdict::Clean(findings);
        }
        match survey.known.remove(&at) {
            Some(messages) if messages.iter().all(|message| message.fix.is_none()) => {
                Verdict::Unformatted(messages.iter().map(Message::finding).collect())
            }
            _ => Verdict::Open,
        }
    };
    (0..files.len()).map(verdict).collect()
}

/// Whether [`judge_lying`] has an answer for any file of a recipe.
pub fn can_be_asked(recipe: &Recipe) -> bool {
    let kinds = Kind::ALL.into_iter();
    let kinds: Vec<Kind> = kinds.filter(|kind| recipe.step(*kind).is_some()).collect();
    only_ruff(recipe, &kinds).is_some() && matches!(recipe.ruff, RuffConfiguration::File(_))
}

/// Asks about a batch; an error where ruff does not even run.
pub(super) fn survey(batch: &Batch) -> Result<Survey, Trouble> {
    if !batch.walked {
        return Ok(Survey::default());
    }
    let asked = batch.files.iter().map(|file| {
        let stamp = file.stamp.filter(|_| file.lines.is_none())?;
        (super::stamp(&file.path) == Some(stamp)).then_some((file.path.as_path(), stamp))
    });
    let (recipe, limits) = (batch.recipe, batch.limits);
    let asked: Vec<_> = asked.collect();
    ask(recipe, batch.kinds, &asked, batch.cache, limits)
}

fn ask(
    recipe: &Recipe,
    kinds: &[Kind],
    files: &[Option<(&Path, Stamp)>],
    cache: &Path,
    limits: Limits,
) -> Result<Survey, Trouble> {
    let nothing = Survey::default();
    let Some(step) = only_ruff(recipe, kinds) else {
        return Ok(nothing);
    };
    let Some(top) = configured_at(recipe) else {
        return Ok(nothing);
    };
    let asked: Vec<(usize, &Path)> = files
        .iter()
        .enumerate()
        .filter_map(|(at, file)| Some((at, file.as_ref()?.0)))
        .filter(|(_, path)| path.starts_with(top))
        .collect();
    if asked.len() < MANY {
        return Ok(nothing);
    }
    let question = Question {
        recipe,
        kinds,
        step,
        files: &asked,
        cache,
        limits,
    };
    let Some(mut answer) = question.ask()? else {
        return Ok(nothing);
    };
    answer
        .known
        .retain(|at, _| files[*at].is_some_and(|(path, read)| stamp(path) == Some(read)));
    let is_dirty = |(at, messages): &(usize, Vec<Message>)| {
        answer.unformatted.contains(at) || messages.iter().any(|message| message.fix.is_some())
    };
    let (known, clean): (HashMap<_, _>, HashMap<_, _>) =
        answer.known.into_iter().partition(is_dirty);
    let findings = |messages: Vec<Message>| messages.iter().map(Message::finding).collect();
    Ok(Survey {
        clean: clean
            .into_iter()
            .map(|(at, messages)| (at, findings(messages)))
            .collect(),
        known,
    })
}

/// The directory whose files the repository's configuration of ruff counts for.
fn configured_at(recipe: &Recipe) -> Option<&Path> {
    match &recipe.ruff {
        RuffConfiguration::File(file) => file.parent(),
        RuffConfiguration::ToolDefaults | RuffConfiguration::HiveDefaults => None,
    }
}

/// The one step behind all kinds, if there is one and it is ruff.
fn only_ruff<'a>(recipe: &'a Recipe, kinds: &[Kind]) -> Option<&'a Step> {
    let steps: Vec<&Step> = kinds.iter().filter_map(|kind| recipe.step(*kind)).collect();
    let first = *steps.first()?;
    let same = steps
        .iter()
        .all(|step| step.tool == Tool::Ruff && step.engine == first.engine);
    let lints = kinds.iter().any(|kind| *kind != Kind::Format);
    (same && lints && matches!(first.engine, Engine::Program { .. })).then_some(first)
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
