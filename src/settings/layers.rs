//! Precedence: applies the layers weakest first and remembers who set what.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::catalogue::{KEYS, Key, Owner};
use super::files::{self, SettingsFile};
use super::problem::Problem;
use super::suggest;
use super::values::{Engine, Format, Given, Imports, Lint, Scope};
use super::written::Written;
use crate::repo::Place;
use crate::terminal::plain;

/// The defaults, which are also the documentation of every key.
pub const SAMPLE: &str = include_str!("../../hive.toml.example");

/// The name of the sample in messages.
pub const SAMPLE_NAME: &str = "hive.toml.example";

/// What the names of all variables of hive begin with.
const PREFIX: &str = "HIVE_";

/// Variables with the prefix that are not settings.
const RESERVED: [&str; 3] = ["HIVE_LOG", "HIVE_TRUST", "HIVE_CRASH"];

/// Who speaks, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Layer {
    /// The sample that is compiled in.
    Default,
    /// `hive/config.toml` in the user's configuration directory.
    User,
    /// A file that the team's file extends.
    Extended,
    /// `hive.toml` or `[tool.hive]` at the root of the repository.
    Team,
    /// `hive/config.toml` in the git directory that all work trees share.
    Personal,
    /// A `HIVE_*` variable.
    Environment,
    /// A flag on the command line.
    Flag,
}

impl Layer {
    /// The word used in messages and in JSON.
    pub fn word(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::User => "user",
            Self::Extended => "extended",
            Self::Team => "team",
            Self::Personal => "personal",
            Self::Environment => "environment",
            Self::Flag => "flag",
        }
    }

    /// Why this layer's word on a key does not count, if it does not.
    fn may_not_set(self, key: &Key) -> Option<&'static str> {
        match (self, key.owner) {
            (Self::User | Self::Personal | Self::Environment, Owner::Team) => {
                Some("a personal layer cannot change a team answer")
            }
            (Self::Extended | Self::Team, Owner::Private) => {
                Some("a repository cannot decide which of your files is written")
            }
            _ => None,
        }
    }
}

/// Where exactly a value was set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Spot {
    /// A line of a file, 1-based; the path is absolute, but for the sample.
    Line(PathBuf, usize),
    /// A variable.
    Variable(String),
    /// A flag.
    Flag(&'static str),
}

/// Who set a value, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// The layer.
    pub layer: Layer,
    /// The place in it.
    pub spot: Spot,
}

impl Origin {
    /// The place as a person reads it; files below `root` are shown relative to it.
    pub fn shown(&self, root: Option<&Path>) -> String {
        match &self.spot {
            Spot::Line(path, line) => format!("{}:{line}", files::shown(path, root)),
            Spot::Variable(name) => name.clone(),
            Spot::Flag(name) => (*name).to_owned(),
        }
    }
}

/// What the flags of a command say; they override even the team.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// `--lint`
    pub lint: Option<Lint>,
    /// `--imports`
    pub imports: Option<Imports>,
    /// `--format-with` (the setting is `format`; `--format` chooses the output)
    pub format: Option<Format>,
    /// `--engine`
    pub engine: Option<Engine>,
    /// `--scope`
    pub scope: Option<Scope>,
}

/// The layers so far, as one.
#[derive(Debug)]
pub(super) struct Pile<'a> {
    root: Option<&'a Path>,
    pub(super) written: Written,
    pub(super) origins: BTreeMap<&'static str, Origin>,
    pub(super) warnings: Vec<String>,
    pub(super) problems: Vec<Problem>,
}

impl<'a> Pile<'a> {
    /// Begins with the defaults.
    pub(super) fn new(place: Option<&'a Place>) -> Self {
        let mut pile = Self {
            root: place.map(|place| place.root.as_path()),
            written: Written::default(),
            origins: BTreeMap::new(),
            warnings: Vec::new(),
            problems: Vec::new(),
        };
        pile.file(Layer::Default, SettingsFile::sample());
        pile
    }

    /// Puts a file on top, with its mistakes.
    pub(super) fn file(&mut self, layer: Layer, file: SettingsFile) {
        self.values(layer, &file);
        self.problems.extend(file.reading.problems);
    }

    /// Puts what a file says on top, without its mistakes.
    pub(super) fn values(&mut self, layer: Layer, file: &SettingsFile) {
        for entry in &file.reading.entries {
            let origin = Origin {
                layer,
                spot: Spot::Line(file.path.clone(), entry.line),
            };
            self.set(entry.key, &entry.given, origin);
        }
    }

    /// Puts the `HIVE_*` variables on top, in the order of their names.
    pub(super) fn environment(&mut self, mut variables: Vec<(String, OsString)>) {
        variables.sort();
        for (name, value) in variables {
            if RESERVED.contains(&name.as_str()) {
                continue;
            }
            let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
                // Other programs are called hive, too, and `HIVE_HOME` is theirs;
                // only what looks like a slip is a mistake.
                if let Some(guess) = slip(&name) {
                    let message =
                        format!("hive has no setting of this name; did you mean {guess}?");
                    self.problems.push(Problem::of(&*plain(&name), message));
                }
                continue;
            };
            let Some(text) = value.to_str() else {
                self.problems.push(Problem::of(name, "is not UTF-8"));
                continue;
            };
            let given = key.shape.given(text);
            match (key.read)(&given, &mut Written::default()) {
                Ok(()) => {
                    let origin = Origin {
                        layer: Layer::Environment,
                        spot: Spot::Variable(name),
                    };
                    self.set(key, &given, origin);
                }
                Err(message) => self.problems.push(Problem::of(name, message)),
            }
        }
    }

    /// Puts the flags on top.
    pub(super) fn flags(&mut self, overrides: &Overrides) {
        let Overrides {
            lint,
            imports,
            format,
            engine,
            scope,
        } = overrides;
        let words = [
            ("lint", "--lint", lint.map(Lint::word)),
            ("imports", "--imports", imports.map(Imports::word)),
            ("format", "--format-with", format.map(Format::word)),
            ("engine", "--engine", engine.map(Engine::word)),
            ("scope", "--scope", scope.map(Scope::word)),
        ];
        for (name, flag, word) in words {
            if let (Some(word), Some(key)) = (word, super::catalogue::find(name)) {
                let origin = Origin {
                    layer: Layer::Flag,
                    spot: Spot::Flag(flag),
                };
                self.set(key, &Given::Text(word.to_owned()), origin);
            }
        }
    }

    fn set(&mut self, key: &'static Key, given: &Given, origin: Origin) {
        if let Some(reason) = origin.layer.may_not_set(key) {
            let warning = format!(
                "`{}` in {} ({} layer) is ignored: {reason}",
                key.name,
                plain(&origin.shown(self.root)),
                origin.layer.word(),
            );
            self.warnings.push(warning);
            return;
        }
        match (key.read)(given, &mut self.written) {
            Ok(()) => {
                self.origins.insert(key.name, origin);
            }
            Err(message) => self
                .problems
                .push(Problem::of(origin.shown(self.root), message)),
        }
    }
}

/// The variable that was probably meant, if the name is close to one.
fn slip(name: &str) -> Option<String> {
    let variables: Vec<String> = KEYS.iter().map(Key::variable).collect();
    let known = variables.iter().map(String::as_str).chain(RESERVED);
    // All names share the prefix, which would make any two of them alike.
    let bare = known.map(|name| &name[PREFIX.len()..]);
    let word = suggest::closest(&name[PREFIX.len()..], bare)?;
    Some(format!("{PREFIX}{word}"))
}

#[cfg(test)]
mod tests {
    use super::slip;

    #[test]
    fn variables_of_other_programs_are_no_slips() {
        for (name, meant) in [
            ("HIVE_LNIT", Some("HIVE_LINT")),
            ("HIVE_WORKERS_MAX", Some("HIVE_WORKER_MAX")),
            ("HIVE_TRSUT", Some("HIVE_TRUST")),
            ("HIVE_OUTPUT_COLOR", Some("HIVE_OUTPUT_COLOUR")),
            ("HIVE_HOME", None),
            ("HIVE_CONF_DIR", None),
            ("HIVE_AUX_JARS_PATH", None),
            ("HIVE_LOG_DIR", None),
            ("HIVE_LIB", None),
            ("HIVE_OPTS", None),
            ("HIVE_PORT", None),
            ("HIVE_USER", None),
            ("HIVE_VERSION", None),
            ("HIVE_METASTORE_URI", None),
            ("HIVE_EXECUTION_ENGINE", None),
            ("HIVE_SERVER2_THRIFT_PORT", None),
            ("HIVE_", None),
        ] {
            assert_eq!(slip(name).as_deref(), meant, "{name}");
        }
    }
}
