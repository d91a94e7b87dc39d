//! The places where a project says that it uses a tool, before any decision.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use pep440_rs::{Operator, Version, VersionSpecifier, VersionSpecifiers};
use serde::Serialize;

use super::document::Unreadable;
use super::filter::PathFilter;
use super::program::{Program, Role};
use crate::fixers::{Kind, Tool};

/// What kind of place evidence stands in, in the order in which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// The team's settings of hive.
    Setting,
    /// A hook of pre-commit, prek or lefthook.
    Hook,
    /// A command in a CI workflow.
    Ci,
    /// A command in tox, nox, a Makefile, a justfile or a package script.
    Command,
    /// A table of the tool's own configuration.
    Table,
    /// Nothing says anything: hive's own set.
    HiveDefault,
}

impl Source {
    /// Which sources overrule which: hooks, then commands of any kind, then tables.
    pub fn rank(self) -> u8 {
        match self {
            Self::Setting => 0,
            Self::Hook => 1,
            Self::Ci | Self::Command => 2,
            Self::Table => 3,
            Self::HiveDefault => 4,
        }
    }
}

/// A file and a line in it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Spot {
    /// Absolute path.
    pub file: Arc<PathBuf>,
    /// 1-based line.
    pub line: Option<u32>,
}

/// One place where a project says that it uses a program.
#[derive(Debug, Clone)]
pub(super) struct Mention {
    /// Which program.
    pub program: Program,
    /// What for.
    pub role: Role,
    /// In what kind of place.
    pub source: Source,
    /// Where.
    pub spot: Spot,
    /// What it says there, for a person.
    pub text: String,
    /// Arguments that change answers.
    pub args: Vec<String>,
    /// The files it is about.
    pub filter: PathFilter,
    /// The version that this very place asks for.
    pub pin: Option<Pin>,
    /// Why this cannot be used as it is written, if so.
    pub broken: Option<String>,
}

impl Mention {
    /// Whether this speaks about a kind; `sorts` is whether ruff's own
    /// configuration selects `I` together with these arguments.
    pub(super) fn is_about(&self, kind: Kind, sorts: impl FnOnce(&[String]) -> bool) -> bool {
        match self.role {
            Role::For(kinds) => kinds.contains(&kind),
            Role::Check => match kind {
                Kind::Lint => true,
                Kind::Imports => sorts(&self.args),
                Kind::Format => false,
            },
        }
    }
}

/// Where a version is asked for, in the order in which it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// `rev` or `additional_dependencies` of a hook.
    Hook,
    /// A pin in CI, tox or nox.
    Ci,
    /// The tool's own `required-version`.
    RequiredVersion,
    /// A lock file, a requirements file or an exact dependency.
    Lock,
    /// The project's environment.
    Environment,
    /// The ruff inside hive.
    Embedded,
    /// A directory of `PATH`.
    Path,
}

/// A version that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pin {
    /// Of which tool.
    pub tool: Tool,
    /// Which versions will do.
    pub wanted: VersionSpecifiers,
    /// In what kind of place.
    pub origin: Origin,
    /// Where.
    pub spot: Spot,
    /// How it is written there.
    pub text: String,
}

impl Pin {
    /// A pin to exactly one version; `None` if that is no version.
    pub(super) fn exact(
        tool: Tool,
        version: &str,
        origin: Origin,
        spot: Spot,
        text: &str,
    ) -> Option<Self> {
        let version = Version::from_str(version.trim_start_matches('v')).ok()?;
        let exactly = VersionSpecifier::from_version(Operator::Equal, version).ok()?;
        Some(Self {
            tool,
            wanted: VersionSpecifiers::from(exactly),
            origin,
            spot,
            text: text.to_owned(),
        })
    }

    /// A pin by a specifier (`==0.5.0`, `~=0.5.0`); `None` if that excludes nothing or
    /// cannot be read. Which version of a range CI takes is not knowable here, but which
    /// it does not take is.
    pub(super) fn within(
        tool: Tool,
        specifier: &str,
        origin: Origin,
        spot: Spot,
        text: &str,
    ) -> Option<Self> {
        let wanted = VersionSpecifiers::from_str(specifier).ok()?;
        (!wanted.is_empty()).then(|| Self {
            tool,
            wanted,
            origin,
            spot,
            text: text.to_owned(),
        })
    }

    /// The one version that will do, if the pin is exact.
    pub(super) fn version(&self) -> Option<&Version> {
        match &self.wanted[..] {
            [one] if matches!(one.operator(), Operator::Equal | Operator::ExactEqual) => {
                Some(one.version())
            }
            _ => None,
        }
    }

    /// The pin for people: `24.1.0`, or the specifier.
    pub(super) fn shown(&self) -> String {
        self.version()
            .map_or_else(|| self.wanted.to_string(), ToString::to_string)
    }
}

/// Everything that one or more files say.
#[derive(Debug, Clone, Default)]
pub(super) struct Gathered {
    /// Mentions, in the order in which they count.
    pub mentions: Vec<Mention>,
    /// Versions asked for.
    pub pins: Vec<Pin>,
    /// Files that could have said something.
    pub unreadable: Vec<(Source, Unreadable)>,
}

impl Gathered {
    /// Adds what other files say, after what is here.
    pub(super) fn extend(&mut self, other: &Self) {
        self.mentions.extend_from_slice(&other.mentions);
        self.pins.extend_from_slice(&other.pins);
        self.unreadable.extend_from_slice(&other.unreadable);
    }

    /// Leaves out what was read twice, such as a script that two workflows call.
    pub(super) fn without_repeats(&mut self) {
        let mut seen = HashSet::new();
        self.mentions
            .retain(|one| seen.insert((one.spot.clone(), one.text.clone())));
        let mut seen = HashSet::new();
        self.pins
            .retain(|one| seen.insert((one.spot.clone(), one.text.clone(), one.tool)));
    }
}

/// The path of `directory` below `boundary`, with a final `/`; empty for the
/// boundary itself.
pub(super) fn relative(boundary: &Path, directory: &Path) -> String {
    let rest = directory.strip_prefix(boundary).unwrap_or(Path::new(""));
    let mut text = rest.to_string_lossy().into_owned();
    if !text.is_empty() {
        text.push('/');
    }
    text
}
