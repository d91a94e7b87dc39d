//! The types of settings, and how what a person typed becomes one of them.
//!
//! Each type reads itself from a [`Given`] and says in one line what it wanted,
//! so that a file, an environment variable and `hive config set` give the same
//! answer to the same mistake.

use std::fmt;
use std::path::{Path, PathBuf};

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::suggest;

/// A value as somebody wrote it, before it means anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// A string.
    Text(String),
    /// An integer.
    Number(i64),
    /// A list of strings.
    List(Vec<String>),
    /// A table, or a list of tables, as JSON.
    Tree(serde_json::Value),
    /// Something that no setting accepts, by its name in TOML.
    Other(&'static str),
}

impl Given {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Number(_) => "an integer",
            Self::List(_) => "a list",
            Self::Tree(tree) if tree.is_array() => "a list with other things in it",
            Self::Tree(_) => "a table",
            Self::Other(kind) => kind,
        }
    }

    pub(super) fn wanted<T>(&self, what: &str) -> Result<T, String> {
        Err(format!("expected {what}, found {}", self.kind()))
    }
}

/// A type that a setting can have.
pub(super) trait Value: Sized {
    /// Reads the value, or says in one line what was wanted.
    fn read(given: &Given) -> Result<Self, String>;
}

/// Defines an enum whose values are words.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema, clap::ValueEnum)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$vdoc])* $variant,)+ }

        impl $name {
            /// The words, in the order in which help lists them.
            pub const WORDS: &'static [&'static str] = &[$($word),+];

            /// The word that stands for this value.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.word())
            }
        }

        impl Value for $name {
            fn read(given: &Given) -> Result<Self, String> {
                match given {
                    $(Given::Text(text) if text == $word => Ok(Self::$variant),)+
                    Given::Text(text) => Err(unknown_word(text, Self::WORDS)),
                    other => other.wanted(&listed(Self::WORDS)),
                }
            }
        }
    };
}

choice! {
    /// Which linter fixes.
    Lint {
        /// What the evidence shows.
        Auto = "auto",
        /// ruff's linter.
        Ruff = "ruff",
        /// None.
        Off = "off",
    }
}

choice! {
    /// Which import sorter runs.
    Imports {
        /// What the evidence shows.
        Auto = "auto",
        /// ruff's import sorting.
        Ruff = "ruff",
        /// isort.
        Isort = "isort",
        /// None.
        Off = "off",
    }
}

choice! {
    /// Which formatter runs.
    Format {
        /// What the evidence shows.
        Auto = "auto",
        /// ruff's formatter.
        Ruff = "ruff",
        /// black.
        Black = "black",
        /// None.
        Off = "off",
    }
}

choice! {
    /// Where ruff runs.
    Engine {
        /// Where the version that counts is to be had.
        Auto = "auto",
        /// The ruff inside this binary.
        Embedded = "embedded",
        /// The project's own program.
        Project = "project",
    }
}

choice! {
    /// How much of a file may change.
    Scope {
        /// Whole files that were clean, touched lines of the others.
        Auto = "auto",
        /// Whole files.
        File = "file",
        /// Touched lines.
        Lines = "lines",
    }
}

choice! {
    /// When output is coloured.
    Colour {
        /// On a terminal.
        Auto = "auto",
        /// Always.
        Always = "always",
        /// Never.
        Never = "never",
    }
}

choice! {
    /// What is done with a file that was saved while `hive watch` runs.
    OnSave {
        /// It is fixed in place.
        Fix = "fix",
        /// It is looked at, and what was found is told.
        Check = "check",
        /// Nothing.
        Off = "off",
    }
}

choice! {
    /// What a hook does where no agent runs.
    WhenIdle {
        /// It starts a process that does the work and exits.
        Drain = "drain",
        /// It leaves the work for the next agent or command.
        Queue = "queue",
    }
}

choice! {
    /// Where fixes to committed content go.
    CommitMode {
        /// A commit of hive's own, right after the person's.
        Direct = "direct",
        /// What can be laid out in time becomes part of the person's commit; the rest as
        /// with `direct`.
        Tidy = "tidy",
        /// The person's own commit, where it may still be rewritten; else as `Direct`.
        Fold = "fold",
        /// A commit that `git rebase --autosquash` folds into the person's.
        Fixup = "fixup",
        /// A branch of hive's own, `hive/<branch>`.
        Branch = "branch",
        /// Nowhere until a person applies them.
        Hold = "hold",
    }
}

choice! {
    /// What is done where the upstream has the tip already.
    Pushed {
        /// The fix waits for the next commit.
        Hold = "hold",
        /// The fix lands all the same.
        Land = "land",
    }
}

choice! {
    /// Whose name stands in hive's commits.
    Author {
        /// The repository's user.
        User = "user",
        /// The worker, with the repository's user as committer.
        Worker = "worker",
    }
}

choice! {
    /// What is done with a fix where the file was edited since the commit.
    Dirty {
        /// It is merged into the edited file, verified.
        Merge = "merge",
        /// It waits until the file is as committed.
        Defer = "defer",
    }
}

choice! {
    /// What may happen with fixes of one class.
    FixPolicy {
        /// They are made.
        Land = "land",
        /// They become a question with the patch ready.
        Suggest = "suggest",
        /// They are not made.
        Off = "off",
    }
}

fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

fn unknown_word(text: &str, words: &'static [&'static str]) -> String {
    let guess = suggest::closest(text, words.iter().copied())
        .map(|word| format!("; did you mean \"{word}\"?"))
        .unwrap_or_default();
    format!("expected {}, found \"{text}\"{guess}", listed(words))
}

choice! {
    /// Which Golden Rules are active by themselves.
    GoldenPreset {
        /// Few rules with few false alarms.
        Start = "start",
        /// Every rule that needs no configuration.
        Full = "full",
        /// None.
        None = "none",
    }
}

impl Value for usize {
    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Number(number) => Self::try_from(*number)
                .map_err(|_| format!("expected an integer that is not negative, found {number}")),
            other => other.wanted("an integer"),
        }
    }
}

impl Value for String {
    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Text(text) => Ok(text.clone()),
            other => other.wanted("a string"),
        }
    }
}

impl Value for Vec<String> {
    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::List(items) => Ok(items.clone()),
            other => other.wanted("a list of strings"),
        }
    }
}

/// The path of a file, absolute or below the home directory (`~/…`), or nothing
/// where the text is empty. A relative path would mean another file in each
/// directory hive is started in, so there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, JsonSchema)]
#[schemars(with = "String", extend("pattern" = "^$|^/|^~/"))]
pub struct FilePath(String);

impl FilePath {
    /// The path with `~` replaced, `None` where no file is wanted. `home` is the
    /// person's home directory; without one, `~/…` stays as it is.
    pub fn path(&self, home: Option<&Path>) -> Option<PathBuf> {
        if self.0.is_empty() {
            return None;
        }
        match (self.0.strip_prefix("~/"), home) {
            (Some(below), Some(home)) => Some(home.join(below)),
            _ => Some(PathBuf::from(&self.0)),
        }
    }
}

impl Value for FilePath {
    fn read(given: &Given) -> Result<Self, String> {
        match given {
            Given::Text(text)
                if text.is_empty() || text.starts_with("~/") || Path::new(text).is_absolute() =>
            {
                Ok(Self(text.clone()))
            }
            Given::Text(text) => Err(format!(
                "expected an absolute path or one that begins with \"~/\", found \"{text}\""
            )),
            other => other.wanted("the path of a file"),
        }
    }
}

impl Serialize for FilePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{FilePath, Format, Given, Path, Value};

    fn text(text: &str) -> Given {
        Given::Text(text.to_owned())
    }

    #[test]
    fn words_are_matched_exactly_and_the_closest_is_suggested() {
        assert_eq!(Format::read(&text("black")), Ok(Format::Black));
        assert_eq!(
            Format::read(&text("blakc")).unwrap_err(),
            "expected \"auto\", \"ruff\", \"black\" or \"off\", found \"blakc\"; did you mean \"black\"?"
        );
        assert_eq!(
            Format::read(&Given::Other("a boolean")).unwrap_err(),
            "expected \"auto\", \"ruff\", \"black\" or \"off\", found a boolean"
        );
    }

    #[test]
    fn a_path_means_the_same_file_everywhere() {
        let home = Path::new("/home/ada");
        let path = |given| FilePath::read(&text(given)).map(|path| path.path(Some(home)));
        assert_eq!(path(""), Ok(None));
        assert_eq!(path("~/hive.log"), Ok(Some(home.join("hive.log"))));
        assert_eq!(path("/var/log/hive"), Ok(Some("/var/log/hive".into())));
        assert!(path("hive.log").is_err());
    }
}
