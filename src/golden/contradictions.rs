//! Rules that exclude each other are refused when the configuration is read, both named.
//! Pure.
//!
//! What excludes what follows from what the rules do: one adds what the other finds.

use std::str::FromStr;

use pep440_rs::VersionSpecifiers;
use serde::de::DeserializeOwned;

use super::config::Config;
use super::rules::{intersect, unified_tool_config};
use super::rules::{python_version_consistency, python_version_spec, ruff_config};

/// What excludes what, as sentences.
pub(super) fn find(config: &Config) -> Vec<String> {
    [tool_configuration(config), bounds(config)]
        .into_iter()
        .flatten()
        .collect()
}

/// GR23 wants tools configured at the root alone, GR31 adds a configuration to projects.
fn tool_configuration(config: &Config) -> Option<String> {
    let unified: unified_tool_config::Params = params(config, "GR23")?;
    let ruff: ruff_config::Params = params(config, "GR31")?;
    let excludes = unified.policy == unified_tool_config::Policy::Root
        && unified.tools.iter().any(|tool| tool == "ruff")
        && ruff.template.is_some()
        && !ruff.extends();
    excludes.then(|| {
        "GR23 (unified-tool-config) and GR31 (ruff-config) exclude each other: with \
         `policy = \"root\"` the first finds every configuration of ruff that the second adds; \
         leave one out, or let the template `extend` the root's"
            .to_owned()
    })
}

/// GR27 wants bounds that go with one, GR32 adds another.
fn bounds(config: &Config) -> Option<String> {
    let consistency: python_version_consistency::Params = params(config, "GR27")?;
    let spec: python_version_spec::Params = params(config, "GR32")?;
    let (wanted, added) = (consistency.bound?, spec.bound?);
    let read = |text: &str| VersionSpecifiers::from_str(text).ok();
    let excludes = !intersect(&read(&wanted)?, &read(&added)?);
    excludes.then(|| {
        format!(
            "GR27 (python-version-consistency) and GR32 (python-version-spec) exclude each other: \
             no Python satisfies both `{wanted}` and `{added}`"
        )
    })
}

/// The settings of a rule, if it is active.
fn params<T: DeserializeOwned>(config: &Config, code: &str) -> Option<T> {
    serde_json::from_str(&config.get(code)?.params).ok()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use crate::golden::{Config, Wanted};

    fn wanted(tables: serde_json::Value) -> Wanted {
        let tables: BTreeMap<String, serde_json::Value> = serde_json::from_value(tables).unwrap();
        Wanted {
            enable: tables.keys().cloned().collect(),
            tables,
            ..Wanted::default()
        }
    }

    #[test]
    fn rules_that_exclude_each_other_are_refused_and_both_named() {
        let template = "[tool.ruff]\nline-length = 100\n";
        let extending = "[tool.ruff]\nextend = '../pyproject.toml'\n";
        for (tables, excluded) in [
            (
                json!({"GR23": {"policy": "root"}, "GR31": {"template": template}}),
                Some(["GR23", "GR31"]),
            ),
            (
                json!({"GR23": {"policy": "root"}, "GR31": {"template": extending}}),
                None,
            ),
            (
                json!({"GR23": {"policy": "each"}, "GR31": {"template": template}}),
                None,
            ),
            (
                json!({"GR23": {"policy": "root", "tools": ["mypy"]}, "GR31": {"template": template}}),
                None,
            ),
            (json!({"GR23": {"policy": "root"}, "GR31": {}}), None),
            (json!({"GR23": {"policy": "root"}}), None),
            (
                json!({"GR27": {"bound": ">=3.12"}, "GR32": {"bound": "<3.12"}}),
                Some(["GR27", "GR32"]),
            ),
            (
                json!({"GR27": {"bound": ">=3.11"}, "GR32": {"bound": ">=3.12"}}),
                None,
            ),
            (json!({"GR27": {}, "GR32": {"bound": ">=3.12"}}), None),
        ] {
            let outcome = Config::new(&wanted(tables.clone()));
            match excluded {
                None => assert!(outcome.is_ok(), "{tables} {outcome:?}"),
                Some(codes) => {
                    let mistakes = outcome.unwrap_err();
                    let [mistake] = &mistakes[..] else {
                        panic!("{tables} {mistakes:?}");
                    };
                    let said = mistake.to_string();
                    assert!(codes.iter().all(|code| said.contains(code)), "{said}");
                }
            }
        }
    }
}
