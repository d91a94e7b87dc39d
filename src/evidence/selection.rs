//! Whether ruff's linter sorts imports under a configuration: is `I001` selected?
//!
//! As ruff resolves selections: layer by layer from the extended file to the
//! extending one and to the command line; a `select` starts over; within a layer
//! the more specific selector wins, and `ignore` wins over `select` of the same
//! specificity. Pure.

use std::str::FromStr;

use pep440_rs::Version;

use super::command::option_values;
use super::document::Node;

/// The rule that sorts.
const RULE: &str = "I001";

/// The selectors of one configuration file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Layer {
    select: Option<Vec<String>>,
    extend: Vec<String>,
    ignore: Vec<String>,
}

impl Layer {
    /// Reads `[tool.ruff]`, or the top of a `ruff.toml`. Keys under `lint` win
    /// over the same keys above it.
    pub(super) fn of(ruff: &Node) -> Self {
        let list = |key: &str| -> Option<Vec<String>> {
            let node = ruff.get(&["lint", key]).or_else(|| ruff.get(&[key]))?;
            Some(node.texts().iter().map(|code| (*code).to_owned()).collect())
        };
        let both = |one: &str, other: &str| {
            let mut all = list(one).unwrap_or_default();
            all.extend(list(other).unwrap_or_default());
            all
        };
        Self {
            select: list("select"),
            extend: list("extend-select").unwrap_or_default(),
            ignore: both("ignore", "extend-ignore"),
        }
    }

    fn of_arguments(args: &[String]) -> Self {
        let list = |name| -> Vec<String> {
            option_values(args, name)
                .into_iter()
                .map(str::to_owned)
                .collect()
        };
        let select = list("--select");
        Self {
            select: (!select.is_empty()).then_some(select),
            extend: list("--extend-select"),
            ignore: [list("--ignore"), list("--extend-ignore")].concat(),
        }
    }

    fn apply(&self, enabled: bool) -> bool {
        let chosen = self.select.iter().flatten().chain(&self.extend);
        let on = chosen.filter_map(|code| specificity(code)).max();
        let off = self
            .ignore
            .iter()
            .filter_map(|code| specificity(code))
            .max();
        match (on, off) {
            (None, None) => enabled && self.select.is_none(),
            (on, off) => on > off,
        }
    }
}

/// How closely a selector means the rule; `None` if it does not mean it.
fn specificity(code: &str) -> Option<usize> {
    match code {
        "ALL" => Some(0),
        code => (code.starts_with('I') && RULE.starts_with(code)).then_some(code.len()),
    }
}

/// Whether imports are sorted. `layers` run from the most extended file to the
/// nearest; `version` decides what is selected where nobody selects.
pub(super) fn sorts(layers: &[Layer], args: &[String], version: &Version) -> bool {
    let arguments = Layer::of_arguments(args);
    layers
        .iter()
        .chain([&arguments])
        .fold(sorts_by_default(version), |enabled, layer| {
            layer.apply(enabled)
        })
}

/// ruff's default selection has had `I001` since 0.16.0; before, it was taken
/// from `E` and `F` alone.
pub(super) fn sorts_by_default(version: &Version) -> bool {
    Version::from_str("0.16.0").is_ok_and(|since| *version >= since)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::toml;
    use std::path::Path;

    fn layer(text: &str) -> Layer {
        Layer::of(&toml::parse(Path::new("/ruff.toml"), text).unwrap())
    }

    #[test]
    fn selection_is_resolved_as_ruff_does() {
        let cases: &[(&[&str], &str, &str, bool)] = &[
            (&["select = ['E', 'F']"], "", "0.5.0", false),
            (&["select = ['E', 'I']"], "", "0.5.0", true),
            (&["lint.select = ['I001']"], "", "0.5.0", true),
            (&["lint.select = ['I002']"], "", "0.5.0", false),
            (&["lint.select = ['INP', 'ICN']"], "", "0.5.0", false),
            (&["lint.extend-select = ['I']"], "", "0.5.0", true),
            (&["lint.select = ['ALL']"], "", "0.5.0", true),
            (
                &["lint.select = ['ALL']\nlint.ignore = ['I']"],
                "",
                "0.5.0",
                false,
            ),
            (
                &["lint.select = ['I001']\nlint.ignore = ['I']"],
                "",
                "0.5.0",
                true,
            ),
            (
                &["lint.select = ['I']\nlint.ignore = ['I001']"],
                "",
                "0.5.0",
                false,
            ),
            (&["line-length = 100"], "", "0.5.0", false),
            (&["line-length = 100"], "", "0.16.4", true),
            (&["lint.ignore = ['I001']"], "", "0.16.4", false),
            (
                &["lint.select = ['I']", "lint.select = ['E']"],
                "",
                "0.5.0",
                false,
            ),
            (
                &["lint.select = ['I']", "lint.extend-select = ['E']"],
                "",
                "0.5.0",
                true,
            ),
            (&["lint.select = ['E']"], "--extend-select I", "0.5.0", true),
            (&["lint.select = ['I']"], "--select=E,F", "0.5.0", false),
            (&["lint.select = ['E']"], "--select E,I", "0.5.0", true),
            (&["lint.select = ['I']"], "--ignore I001", "0.5.0", false),
        ];
        for (layers, args, version, expected) in cases {
            let layers: Vec<Layer> = layers.iter().map(|text| layer(text)).collect();
            let args: Vec<String> = args.split_whitespace().map(str::to_owned).collect();
            assert_eq!(
                sorts(&layers, &args, &version.parse().unwrap()),
                *expected,
                "{layers:?} {args:?} {version}"
            );
        }
    }

    #[test]
    fn the_embedded_defaults_are_as_stated() {
        use ruff_linter::registry::Rule;
        let selected = ruff_linter::settings::DEFAULT_SELECTORS
            .iter()
            .flat_map(ruff_linter::RuleSelector::all_rules)
            .any(|rule| rule == Rule::UnsortedImports);
        let version = crate::fixers::EMBEDDED_RUFF.parse().unwrap();
        assert_eq!(selected, sorts_by_default(&version));
    }
}
