//! What a rule is: one entry carries its names, its words, its proof and its check.
//!
//! Everything that is said about a rule anywhere (`hive rules`, docs/rules, the schema of
//! `hive.toml`, the self-test of `hive doctor`) is read from its [`Rule`].

use schemars::Schema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::found::Found;
use super::module::Module;
use super::tree::Tree;
use crate::escalation::Level;

/// One Golden Rule.
#[derive(Debug)]
pub struct Rule {
    /// `GR09`.
    pub code: &'static str,
    /// `use-logger`.
    pub slug: &'static str,
    /// What it detects, in one line that begins with a noun.
    pub summary: &'static str,
    /// Where the detection comes from.
    pub origin: Origin,
    /// How bad a violation is where nobody says otherwise.
    pub level: Level,
    /// From which preset on it is active.
    pub preset: Preset,
    /// What its fix may do by itself.
    pub remedy: Remedy,
    /// Why the rule is there, how it decides, what its fix does, when it is not for you:
    /// Markdown paragraphs.
    pub docs: &'static str,
    /// Its settings.
    pub params: Params,
    /// Turns settings into checks. No check at all means that the rule has nothing to say
    /// as it is configured (`not-applicable`). Fails with what is wrong in the settings.
    pub prepare: fn(&Given<'_>) -> Result<Vec<Check>, String>,
    /// Violations that are found with their place, and what is no violation.
    pub proof: &'static [Example],
}

/// Where the detection of a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The embedded linter detects it.
    Delegated,
    /// hive detects it.
    Native,
    /// hive detects it once the repository says what is wanted.
    Policy,
    /// Both the linter and hive do.
    Both,
    /// The repository's own.
    Custom,
}

/// From which preset on a rule is active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Active unless the preset is `none`.
    Start,
    /// Active with the preset `full`.
    Full,
    /// Active once it is configured or enabled by name.
    Set,
}

/// What the fix of a rule may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// There is none.
    Never,
    /// A patch that a person may apply.
    Suggest,
    /// It lands by itself.
    Safe,
}

/// The settings of a rule.
#[derive(Debug, Clone, Copy)]
pub struct Params {
    /// The JSON schema of the settings, and their default values.
    pub schema: fn() -> Schema,
    /// The defaults as JSON.
    pub defaults: fn() -> Json,
    /// Says what is wrong with settings.
    pub check: fn(&Json) -> Result<(), String>,
}

/// No settings of its own.
#[derive(Debug, Default, Clone, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoParams {}

impl Params {
    /// The settings of a type.
    pub const fn of<T>() -> Self
    where
        T: DeserializeOwned + Serialize + Default + schemars::JsonSchema,
    {
        Self {
            schema: || schemars::schema_for!(T),
            defaults: || serde_json::to_value(T::default()).unwrap_or_default(),
            check: |json| read::<T>(json).map(drop),
        }
    }

    /// No settings.
    pub const NONE: Self = Self::of::<NoParams>();
}

fn read<T: DeserializeOwned>(json: &Json) -> Result<T, String> {
    serde_json::from_value(json.clone()).map_err(|error| error.to_string())
}

/// What a rule is given when it is prepared.
#[derive(Debug)]
pub struct Given<'a> {
    /// Its settings, `{}` where there are none.
    pub params: &'a Json,
    /// Whether the preset is `full` or the rule was enabled by name: some rules look at
    /// more then.
    pub full: bool,
}

impl Given<'_> {
    /// The settings in their type.
    pub fn params<T: DeserializeOwned>(&self) -> Result<T, String> {
        read(self.params)
    }
}

/// How a rule looks at code.
pub enum Check {
    /// Findings of the embedded linter.
    Linter(Delegated),
    /// Each file by itself.
    File(Box<dyn FileCheck>),
    /// The files of the repository together.
    Tree(Box<dyn TreeCheck>),
}

/// A rule that the embedded linter detects.
pub struct Delegated {
    /// The linter's codes, complete (`S113`).
    pub codes: Vec<&'static str>,
    /// Looks at each finding with its code: leaves it out, or adds a fix to it.
    pub refine: Option<Refine>,
}

/// Looks at a finding of the linter.
pub type Refine = fn(&Module<'_>, &str, &mut super::found::Draft) -> Keep;

/// Whether a finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// It does.
    Yes,
    /// It is none.
    No,
}

/// A check of single files. It must not panic, and does no I/O.
pub trait FileCheck: Send + Sync {
    /// Reports what is wrong in a module.
    fn check(&self, module: &Module<'_>, found: &mut Found);
}

/// A check of the repository.
pub trait TreeCheck: Send + Sync {
    /// Reports what is wrong in the repository; an error says why it could not be judged.
    fn check(&self, tree: &Tree<'_>, found: &mut super::tree::Reports) -> Result<(), String>;
}

impl<F: Fn(&Module<'_>, &mut Found) + Send + Sync> FileCheck for F {
    fn check(&self, module: &Module<'_>, found: &mut Found) {
        self(module, found);
    }
}

impl Check {
    /// A check of single files.
    pub fn file(check: impl FileCheck + 'static) -> Self {
        Self::File(Box::new(check))
    }

    /// A check of the repository.
    pub fn tree(check: impl TreeCheck + 'static) -> Self {
        Self::Tree(Box::new(check))
    }

    /// Findings of the linter as they are.
    pub fn linter(codes: &[&'static str]) -> Self {
        Self::Linter(Delegated {
            codes: codes.to_vec(),
            refine: None,
        })
    }
}

impl std::fmt::Debug for Check {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Linter(_) => "Linter",
            Self::File(_) => "File",
            Self::Tree(_) => "Tree",
        })
    }
}

/// A small repository and what the rule says of it. The first example with violations is
/// the one that documentation shows and that `hive doctor` plants.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The rule's settings, as they stand below `[golden.<slug>]`.
    pub params: &'static str,
    /// Paths and texts.
    pub files: &'static [(&'static str, &'static str)],
    /// The same files at the commit that findings are compared with; `None` without one.
    pub base: Option<&'static [(&'static str, &'static str)]>,
    /// The violations, in order: path, line and column, each from 1.
    pub found: &'static [(&'static str, u32, u32)],
    /// The first file after all safe fixes, or after the suggested ones where none is
    /// safe; empty if nothing is fixed.
    pub fixed: &'static str,
}

impl Example {
    /// An example with the default settings.
    pub const fn new(
        files: &'static [(&'static str, &'static str)],
        found: &'static [(&'static str, u32, u32)],
    ) -> Self {
        Self {
            params: "",
            files,
            base: None,
            found,
            fixed: "",
        }
    }

    /// With settings.
    #[must_use]
    pub const fn with(mut self, params: &'static str) -> Self {
        self.params = params;
        self
    }

    /// Compared with these files.
    #[must_use]
    pub const fn since(mut self, base: &'static [(&'static str, &'static str)]) -> Self {
        self.base = Some(base);
        self
    }

    /// With the text after its fixes.
    #[must_use]
    pub const fn fixed(mut self, fixed: &'static str) -> Self {
        self.fixed = fixed;
        self
    }
}
