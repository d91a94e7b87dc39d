//! What the team and the person want, with the layer that said so.
//!
//! In: where the repository is, the flags of the command; from there this room
//! finds its files and the environment itself. Out: [`Settings`], in which every
//! value is present and typed; for each key its [`Origin`]; warnings about values
//! that do not count; and, in [`trust`], whether the repository may run programs.
//!
//! Always: a value that is used was checked; a mistake is told with its file,
//! line and column, all mistakes together; a personal layer never changes an
//! answer of the team; a repository's settings lead to no file outside it and run
//! nothing. This room does not know what the values are used for, nor what the
//! tools' own configurations say.
//!
//! To read it: [`catalogue`] (every key), `values` and `units` (their
//! types), `reading` (one
//! file), `files` and `team` (which files, and how far `extend` may lead),
//! `layers` (precedence), `resolved` (what the others read), then [`trust`].
//!
//! The layers, weakest first: the sample `hive.toml.example`, which is compiled
//! in and *is* the defaults; the user's file; what the team's file extends; the
//! team's file; the personal file in the git directory; `HIVE_*` variables; flags.

pub mod catalogue;
pub mod environment;
mod files;
mod layers;
pub mod page;
pub mod personal;
mod problem;
mod reading;
mod required;
mod resolved;
mod suggest;
mod team;
pub mod trust;
mod units;
mod values;
mod written;

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

pub use files::{personal_file, shown, user_file};
pub use layers::{Layer, Origin, Overrides, SAMPLE, SAMPLE_NAME, Spot};
pub use required::{OWN, Requirement};
pub use resolved::{
    CommitSettings, FixSettings, GoldenSettings, HookSettings, MemoSettings, OutputSettings,
    QueueSettings, SaveSettings, Settings, WorkerSettings,
};
pub(crate) use suggest::closest;
pub use units::{ByteSize, Span};
pub use values::{
    Author, Colour, CommitMode, Dirty, Engine, FilePath, FixPolicy, Format, Given, GoldenPreset,
    Imports, Lint, OnSave, Pushed, Scope, WhenIdle,
};

use crate::failure::Failure;
use crate::repo::Place;
use layers::Pile;
use written::Written;

/// The sum of all layers.
#[derive(Debug, Clone)]
pub struct Resolved {
    /// What counts.
    pub settings: Settings,
    /// What the repository alone decides: the defaults and the team's files. Trust
    /// compares these: a personal layer and a flag are the person's own word.
    pub team: Settings,
    /// Who set each key, by its dotted name; keys that are not set are not here.
    pub origins: BTreeMap<&'static str, Origin>,
    /// Values that do not count, each with the reason; safe to print.
    pub warnings: Vec<String>,
    written: Written,
}

impl Resolved {
    /// All values as a tree of JSON, `null` for keys that are not set; see [`value`].
    pub fn tree(&self) -> Json {
        json!(self.written)
    }
}

/// The value of a key, by its dotted name, in what [`Resolved::tree`] or
/// [`defaults`] returned; `None` if it is not set.
pub fn value<'a>(tree: &'a Json, name: &str) -> Option<&'a Json> {
    written::lookup(tree, name)
}

/// The files that the team's file extends, absolute; none where they cannot be read, which
/// [`load`] complains of.
pub fn extended(place: &Place) -> Vec<PathBuf> {
    let chain = team::chain(place).unwrap_or_default().into_iter();
    chain
        .filter(|(layer, _)| *layer == Layer::Extended)
        .map(|(_, file)| file.path)
        .collect()
}

/// Reads all layers. Without a repository: the sample, the user's file, the
/// environment and the flags.
///
/// Fails with every mistake of every file and variable, with its place; where the
/// team's settings stand in two files; and where a file of the team requires
/// another version of hive.
pub fn load(place: Option<&Place>, overrides: &Overrides) -> Result<Resolved, Failure> {
    let mut pile = Pile::new(place);
    let mut team = Pile::new(place);
    let root = place.map(|place| place.root.as_path());
    if let Some(path) = user_file() {
        match files::SettingsFile::read_user(&path) {
            Ok(Some(file)) => pile.file(Layer::User, file),
            Ok(None) => {}
            Err(warning) => pile.warnings.push(warning),
        }
    }
    if let Some(place) = place {
        for (layer, file) in team::chain(place)? {
            team.values(layer, &file);
            pile.file(layer, file);
        }
        let personal = personal_file(place);
        if let Some(file) = files::SettingsFile::read(&personal, root) {
            pile.file(Layer::Personal, file);
        }
    }
    pile.environment(environment::hive());
    if !pile.problems.is_empty() {
        return Err(problem::failure(&pile.problems));
    }
    pile.flags(overrides);
    Ok(Resolved {
        settings: complete(&pile.written)?,
        team: complete(&team.written)?,
        origins: pile.origins,
        warnings: pile.warnings,
        written: pile.written,
    })
}

fn complete(written: &Written) -> Result<Settings, Failure> {
    let settings = Settings::resolve(written)
        .ok_or_else(|| Failure::internal(format!("{SAMPLE_NAME} does not set every key")))?;
    // What single keys cannot know: rules that exclude each other.
    match crate::golden::Config::new(&settings.golden()) {
        Ok(_) => Ok(settings),
        Err(mistakes) => {
            let mistakes: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            Err(Failure::configuration(mistakes.join("; "))
                .hint("`hive config show` says where each value was set"))
        }
    }
}

/// The defaults as a tree of JSON; see [`value`].
pub fn defaults() -> Json {
    json!(Pile::new(None).written)
}

/// The settings that decide what hive does ([`Settings::decisive`]) where nobody has set
/// anything. Not the same as [`defaults`]: a table that nobody has written is absent
/// there, and empty here.
fn by_itself() -> BTreeMap<String, String> {
    Settings::resolve(&Pile::new(None).written)
        .map(|settings| settings.decisive())
        .unwrap_or_default()
}

/// The JSON schema of `hive.toml`.
pub fn schema() -> Json {
    written::schema(&Pile::new(None).written)
}

/// What to say about a key that does not exist, with a suggestion.
pub fn unknown_key(name: &str) -> String {
    reading::unknown(name)
}

/// The person's home directory, if there is one.
fn home() -> Option<PathBuf> {
    environment::user_directories().map(|dirs| dirs.home_dir().to_path_buf())
}

#[cfg(test)]
mod tests;
