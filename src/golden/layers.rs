//! Layers as several rules are told of them: where each lies, and what holds there. Pure.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::paths::Paths;
use super::rule::{Check, FileCheck};

/// The settings of a rule that forbids words in names.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Words {
    /// The layers and the words that have no place in the names there.
    pub(super) layers: Vec<WordLayer>,
}

/// One layer.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WordLayer {
    /// Patterns of paths, as in `.gitignore`.
    paths: Vec<String>,
    /// Words.
    forbid: Vec<String>,
}

impl Words {
    /// The words that each layer forbids.
    pub(super) fn read(&self) -> Result<Layers<Vec<String>>, String> {
        let layers = self.layers.iter();
        Layers::read(layers.map(|layer| (&layer.paths[..], Ok(layer.forbid.clone()))))
    }
}

/// What holds in the layers of a rule.
pub(super) struct Layers<T> {
    layers: Vec<(Paths, T)>,
}

impl<T> Layers<T> {
    /// Reads the paths of each layer; what holds there is given with them.
    pub(super) fn read<'a>(
        written: impl Iterator<Item = (&'a [String], Result<T, String>)>,
    ) -> Result<Self, String> {
        let read =
            |(paths, holds): (&[String], Result<T, String>)| Ok((Paths::new(paths)?, holds?));
        let layers = written.map(read).collect::<Result<_, String>>()?;
        Ok(Self { layers })
    }

    /// What holds for a file, by each layer that it is in.
    pub(super) fn of<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a T> {
        let here = self.layers.iter().filter(|(paths, _)| paths.has(path));
        here.map(|(_, holds)| holds)
    }

    /// The check of the layers; none where there are no layers, so that the rule has
    /// nothing to say.
    pub(super) fn checked<C: FileCheck + 'static>(
        self,
        check: impl FnOnce(Self) -> C,
    ) -> Vec<Check> {
        if self.layers.is_empty() {
            return Vec::new();
        }
        vec![Check::file(check(self))]
    }
}
