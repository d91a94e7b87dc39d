//! `hive init --from pre-commit`: what a configuration of hooks does at a commit that hive
//! does, too, and the change that ends it, as a diff.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::cli::Context;
use crate::evidence::existing::{self, Existing, Proposal};
use crate::failure::{Failure, Outcome};
use crate::repo::Place;
use crate::report;
use crate::settings::shown;
use crate::terminal::plain;
use crate::writing::{self, Snapshot, Word, Writer, Written};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum From {
    /// `.pre-commit-config.yaml`, which prek reads, too
    PreCommit,
}

/// The names of the file.
const NAMES: [&str; 2] = [".pre-commit-config.yaml", ".pre-commit-config.yml"];

/// What can be offered.
pub(super) struct Offer {
    name: &'static str,
    snapshot: Snapshot,
    proposal: Proposal,
}

/// Reads the configuration of a repository.
pub(super) fn read(from: From, place: &Place) -> Outcome<Offer> {
    let From::PreCommit = from;
    let found = NAMES
        .into_iter()
        .find(|name| place.root.join(name).exists());
    let Some(name) = found else {
        return Err(Failure::usage(format!("there is no {} here", NAMES[0]))
            .hint("run `hive init` without --from"));
    };
    let path = place.root.join(name);
    let unreadable = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::configuration(format!("{name} cannot be read")).caused_by(error)
    };
    let snapshot = writing::read(&path).map_err(|error| unreadable(error.into()))?;
    let text = std::str::from_utf8(snapshot.bytes()).map_err(|error| unreadable(error.into()))?;
    let proposal =
        existing::of_pre_commit(&path, text).map_err(|error| unreadable(error.into()))?;
    Ok(Offer {
        name,
        snapshot,
        proposal,
    })
}

impl Offer {
    /// Shows it, and makes the change where a person wants it.
    pub(super) fn make(&self, yes: bool, place: &Place, context: &Context) -> Outcome<()> {
        let terminal = &context.terminal;
        terminal.say(&format!("{} at a commit:", self.name));
        for hook in &self.proposal.hooks {
            let id = plain(&hook.id);
            terminal.say(&format!("  line {:<4} {id:<20} {}", hook.line, told(hook)));
        }
        let Some(new) = &self.proposal.text else {
            terminal.say("nothing in it is to be moved");
            return Ok(());
        };
        let diff = report::unified(self.name, self.snapshot.bytes(), new.as_bytes());
        let printed = terminal.data(plain(&String::from_utf8_lossy(&diff)).as_bytes());
        printed.map_err(Failure::from_output)?;
        terminal.say("so these hooks run before a push, after hive; what they say still counts");
        for (path, line) in in_ci(place) {
            let path = shown(&path, Some(&place.root));
            terminal.say(&format!("  {path}:{line} runs hooks in CI"));
        }
        for line in [
            "CI that runs pre-commit runs them no more; it needs one of",
            "  hive check                                          `hive init --github`",
            "  pre-commit run --all-files --hook-stage pre-push    beside its other run",
        ] {
            terminal.say(line);
        }
        let wanted = yes || {
            let answer = terminal.ask(&format!("Write it to {}? [y/N]", self.name));
            answer.is_some_and(|answer| matches!(answer.to_lowercase().as_str(), "y" | "yes"))
        };
        if !wanted {
            terminal.say(&format!("{} is as it was;", self.name));
            terminal.say("`hive init --from pre-commit --yes` writes it");
            return Ok(());
        }
        self.write(new, place)?;
        terminal.say(&format!("{}: written; commit it", self.name));
        terminal
            .say("`pre-commit install --hook-type pre-push` (or prek's) has these hooks called");
        Ok(())
    }

    /// Puts the new text into the file, unless somebody has saved it since it was read.
    fn write(&self, new: &str, place: &Place) -> Outcome<()> {
        let failed = || Failure::internal(format!("{} cannot be written", self.name));
        let writer = Writer::for_repository(place).map_err(|error| failed().caused_by(error))?;
        let written = writer.replace(&self.snapshot, new.as_bytes());
        let settled = writer.settle();
        let written = written.map_err(|error| failed().caused_by(error))?;
        let overtaken = settled.iter().any(|one| one.word == Word::Overtaken);
        if written == Written::Overtaken || overtaken {
            return Err(Failure::usage(format!(
                "{} was saved by somebody else meanwhile; that was kept",
                self.name
            ))
            .hint("run `hive init --from pre-commit` again"));
        }
        Ok(())
    }
}

/// What becomes of a hook.
fn told(hook: &Existing) -> String {
    if hook.doubles.is_empty() {
        return "stays: hive does nothing of it".to_owned();
    }
    let kinds: Vec<&str> = hook.doubles.iter().map(|kind| kind.name()).collect();
    let kinds = kinds.join(", ");
    if hook.movable {
        format!("{kinds}, as hive does: moves to the push")
    } else {
        format!("{kinds}, as hive does: move it yourself")
    }
}

/// The lines of CI's configuration that run hooks.
fn in_ci(place: &Place) -> Vec<(PathBuf, usize)> {
    let workflows = fs::read_dir(place.root.join(".github/workflows"));
    let mut files: Vec<PathBuf> = workflows
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|end| end == "yml" || end == "yaml")
        })
        .collect();
    files.push(place.root.join(".gitlab-ci.yml"));
    files.sort();
    let mut found = Vec::new();
    for path in files {
        for line in running(&path) {
            found.push((path.clone(), line));
        }
    }
    found
}

fn running(path: &Path) -> Vec<usize> {
    // A file that is no plain one could wait for ever.
    let text = writing::read_at_most(path, 1 << 20).map_or_else(
        |_| String::new(),
        |read| String::from_utf8_lossy(read.bytes()).into_owned(),
    );
    let runs = [
        "pre-commit run",
        "prek run",
        "pre-commit/action",
        "prek-action",
    ];
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.trim_start().starts_with('#'))
        .filter(|(_, line)| runs.iter().any(|run| line.contains(run)))
        .map(|(at, _)| at + 1)
        .collect()
}
