//! `hive init --agents`: hive in the settings of coding agents, and out of them again.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::team_file::place_whole;
use crate::cli::Context;
use crate::coding::{self, CODERS, Coder, File};
use crate::failure::{Failure, Outcome};
use crate::repo::{Place, tracked};
use crate::report::{self, Styles};
use crate::rpc;
use crate::writing::{self, Snapshot, Unread, Writer, Written};

/// The longest settings file that is changed, in bytes.
const LONGEST: u64 = 1 << 20;
/// The word that takes hive out.
const OFF: &str = "off";

/// What is wanted with which agents.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    coders: Vec<&'static Coder>,
    /// Whether hive goes in, or out.
    into: bool,
}

/// What becomes of a file.
struct Change {
    file: &'static File,
    path: PathBuf,
    /// What is there.
    before: Option<Snapshot>,
    /// What shall be there.
    after: Option<String>,
}

impl Wanted {
    /// Reads the words of `--agents`: names of agents, none for all, or `off`.
    pub(super) fn of(words: &[String]) -> Outcome<Self> {
        let all = || CODERS.iter().collect();
        if words.iter().any(|word| word == OFF) {
            if words.len() > 1 {
                return Err(
                    Failure::usage("`off` takes hive out of all agents' settings")
                        .hint("say --agents=off, or the agents that shall have it"),
                );
            }
            return Ok(Self {
                coders: all(),
                into: false,
            });
        }
        if words.is_empty() {
            return Ok(Self {
                coders: all(),
                into: true,
            });
        }
        let named = words.iter().map(|word| {
            CODERS
                .iter()
                .find(|coder| coder.word == word)
                .ok_or_else(|| {
                    let known: Vec<&str> = CODERS.iter().map(|coder| coder.word).collect();
                    Failure::usage(format!("hive knows no coding agent `{word}`"))
                        .hint(format!("say one or more of {}, or off", known.join(", ")))
                })
        });
        Ok(Self {
            coders: named.collect::<Outcome<_>>()?,
            into: true,
        })
    }

    /// Whether hive goes out, for which nothing has to be installed.
    pub(super) fn is_off(&self) -> bool {
        !self.into
    }
}

/// Changes the settings, or prints how they would change.
pub(super) fn run(wanted: &Wanted, dry: bool, place: &Place, context: &Context) -> Outcome<()> {
    for coder in &wanted.coders {
        for file in coder.files {
            let change = match planned(file, wanted.into, place) {
                Ok(Some(change)) => change,
                Ok(None) => {
                    let word = if wanted.into {
                        "has hive already"
                    } else {
                        "has nothing of hive's"
                    };
                    context.terminal.say(&format!("{}: {word}", file.path));
                    continue;
                }
                Err(reason) => {
                    left(file, &reason, wanted.into, context);
                    continue;
                }
            };
            if dry {
                show(&change, context)?;
                continue;
            }
            match make(&change, place) {
                Ok(said) => context
                    .terminal
                    .say(&format!("{}: {said} ({})", file.path, coder.name)),
                Err(reason) => left(file, &reason, wanted.into, context),
            }
        }
    }
    Ok(())
}

/// Takes hive out of the settings that are nobody's but this clone's; of those that git
/// tracks it is said how they lose it.
pub(in crate::cli) fn forget(place: &Place, context: &Context) -> Outcome<()> {
    for file in CODERS.iter().flat_map(|coder| coder.files) {
        let Ok(Some(change)) = planned(file, false, place) else {
            // Nothing of hive's, or nothing that can be read.
            continue;
        };
        let tracked = tracked::is_tracked(place, &change.path).map_err(|error| {
            Failure::internal(format!("cannot tell whether git tracks {}", file.path))
                .caused_by(error)
        })?;
        if tracked {
            context.terminal.say(&format!(
                "{}: kept, since git tracks it; `hive init --agents=off` takes hive out of it",
                file.path
            ));
            continue;
        }
        match make(&change, place) {
            Ok(said) => context.terminal.say(&format!("{}: {said}", file.path)),
            Err(reason) => left(file, &reason, false, context),
        }
    }
    Ok(())
}

/// What is to be done with a file; nothing where it is as it shall be. An error says why
/// it is left alone.
fn planned(file: &'static File, into: bool, place: &Place) -> Result<Option<Change>, String> {
    let path = rpc::inside(&place.root, file.path).map_err(|error| error.to_string())?;
    let before = match writing::read_at_most(&path, LONGEST) {
        Ok(snapshot) => Some(snapshot),
        Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(format!("it {error}")),
    };
    let text = match &before {
        Some(snapshot) => {
            let text = std::str::from_utf8(snapshot.bytes());
            Some(text.map_err(|_| "it is no UTF-8".to_owned())?)
        }
        None => None,
    };
    let after = match (into, text) {
        (true, text) => Some(coding::with(file, text).map_err(|error| error.to_string())?),
        (false, None) => return Ok(None),
        (false, Some(text)) => coding::without(file, text).map_err(|error| error.to_string())?,
    };
    if after.as_deref() == text {
        return Ok(None);
    }
    Ok(Some(Change {
        file,
        path,
        before,
        after,
    }))
}

/// Does it, by the safe write; says what was done, or why not.
fn make(change: &Change, place: &Place) -> Result<&'static str, String> {
    let failed = |error: io::Error| format!("it cannot be written: {error}");
    match (&change.before, &change.after) {
        (None, None) => Ok("nothing to do"),
        (None, Some(text)) => {
            if let Some(parent) = change.path.parent() {
                fs::create_dir_all(parent).map_err(failed)?;
            }
            place_whole(place, &change.path, text.as_bytes()).map_err(failed)?;
            Ok("written")
        }
        (Some(snapshot), Some(text)) => {
            let writer = Writer::for_repository(place).map_err(failed)?;
            let written = writer.replace(snapshot, text.as_bytes());
            let written = written.map_err(|error| format!("it is not written: {error}"))?;
            writer.settle();
            match written {
                Written::Replaced => Ok("changed"),
                Written::Overtaken => Err("somebody has saved it meanwhile".to_owned()),
            }
        }
        (Some(snapshot), None) => {
            // It holds nothing but what hive has written; a save since then is somebody's.
            let now = fs::read(&change.path).map_err(failed)?;
            if now != snapshot.bytes() {
                return Err("somebody has saved it meanwhile".to_owned());
            }
            fs::remove_file(&change.path).map_err(failed)?;
            if let Some(parent) = change
                .path
                .parent()
                .filter(|parent| **parent != *place.root)
            {
                // With something else in it, it stays.
                let _ = fs::remove_dir(parent);
            }
            Ok("removed")
        }
    }
}

/// Prints a change as a patch.
fn show(change: &Change, context: &Context) -> Outcome<()> {
    let before = change.before.as_ref().map_or(&b""[..], Snapshot::bytes);
    let after = change.after.as_deref().unwrap_or_default();
    let styles = Styles::new(context.terminal.out_style());
    let patch = report::coloured(change.file.path, before, after.as_bytes(), &styles);
    context.terminal.data(&patch).map_err(Failure::from_output)
}

fn left(file: &File, reason: &str, into: bool, context: &Context) {
    let verb = if into {
        "put hive into"
    } else {
        "take hive out of"
    };
    context.terminal.warn(&format!(
        "{}: left alone, {reason}; docs/mcp.md says how to {verb} it by hand",
        file.path
    ));
}
