//! Which rules are active, how severe they are, and with which settings. Pure.
//!
//! [`Wanted`] is what the settings say; [`Config`] what follows from it. A mistake is an
//! error that names the key: a rule is never silently left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::contradictions;
use super::custom::CustomRule;
use super::registry;
use super::rule::{Given, Preset, Rule};
use crate::escalation::Level;

/// What the settings say about Golden Rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The preset; `None` for none.
    pub preset: Option<Preset>,
    /// Codes or slugs that are active whatever the preset.
    pub enable: Vec<String>,
    /// Codes or slugs that are not.
    pub disable: Vec<String>,
    /// `[golden.<rule>]` by code.
    pub tables: BTreeMap<String, Json>,
    /// `[[rule]]`, in order.
    pub custom: Vec<Json>,
}

/// The rules that are active here. It travels to workers and is part of what results
/// depend on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Config {
    /// Rules of the catalogue, in order of code.
    pub rules: Vec<Active>,
    /// The repository's own.
    pub custom: Vec<CustomRule>,
}

/// One active rule.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Active {
    /// Its code.
    pub code: String,
    /// How bad a violation is here.
    pub level: Level,
    /// Whether its fix lands; `None` for what the rule itself says.
    pub land: Option<bool>,
    /// Patterns of paths, as in `.gitignore`, that it does not look at.
    pub exempt: Vec<String>,
    /// Whether it looks at everything it can.
    pub full: bool,
    /// Its own settings, as JSON text with sorted keys.
    pub params: String,
}

/// What is wrong with a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{key}`: {message}")]
pub struct Mistake {
    /// The dotted key.
    pub key: String,
    /// What is wrong.
    pub message: String,
}

impl Mistake {
    fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            message: message.into(),
        }
    }
}

/// The keys of `[golden.<rule>]` that every rule has.
pub const COMMON: [&str; 3] = ["level", "land", "exempt"];

impl Config {
    /// Nothing is active.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether nothing is active.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.custom.is_empty()
    }

    /// What follows from the settings; all mistakes otherwise.
    pub fn new(wanted: &Wanted) -> Result<Self, Vec<Mistake>> {
        let mut mistakes = Vec::new();
        let mut listed = |key: &str, names: &[String]| -> Vec<&'static str> {
            let known = |name: &String| {
                let rule = registry::find(name);
                if rule.is_none() {
                    mistakes.push(Mistake::new(key, registry::unknown(name)));
                }
                rule.map(|rule| rule.code)
            };
            names.iter().filter_map(known).collect()
        };
        let enabled = listed("golden.enable", &wanted.enable);
        let disabled = listed("golden.disable", &wanted.disable);
        for code in enabled.iter().filter(|code| disabled.contains(code)) {
            let message = format!("{code} is in golden.enable, too");
            mistakes.push(Mistake::new("golden.disable", message));
        }
        let mut rules = Vec::new();
        for rule in registry::all() {
            let table = wanted.tables.get(rule.code);
            let by_name = enabled.contains(&rule.code);
            let by_preset = wanted.preset.is_some_and(|preset| preset >= rule.preset);
            let by_table = rule.preset == Preset::Set && table.is_some();
            if !(by_name || by_preset && rule.preset != Preset::Set || by_table)
                || disabled.contains(&rule.code)
            {
                // What is written for it has to be right all the same.
                if let Some(table) = table {
                    active(rule, Some(table), false)
                        .map_err(|it| mistakes.push(it))
                        .ok();
                }
                continue;
            }
            let full = by_name || wanted.preset == Some(Preset::Full);
            match active(rule, table, full) {
                Ok(one) => rules.push(one),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        let mut custom: Vec<CustomRule> = Vec::new();
        for (number, json) in wanted.custom.iter().enumerate() {
            match CustomRule::read(json) {
                Ok(rule) if custom.iter().any(|other| other.id == rule.id) => {
                    let message = format!("two rules have the id `{}`", rule.id);
                    mistakes.push(Mistake::new(format!("rule[{number}].id"), message));
                }
                Ok(rule) => custom.push(rule),
                Err(message) => mistakes.push(Mistake::new(format!("rule[{number}]"), message)),
            }
        }
        let config = Self { rules, custom };
        mistakes.extend(
            contradictions::find(&config)
                .into_iter()
                .map(|message| Mistake::new("golden", message)),
        );
        if mistakes.is_empty() {
            Ok(config)
        } else {
            Err(mistakes)
        }
    }

    /// An active rule by its code.
    pub fn get(&self, code: &str) -> Option<&Active> {
        self.rules.iter().find(|rule| rule.code == code)
    }

    /// The same without rules below a level.
    #[must_use]
    pub fn at_least(mut self, least: Level) -> Self {
        self.rules.retain(|rule| rule.level >= least);
        self.custom.retain(|rule| rule.level >= least);
        self
    }

    /// The same with only some rules, by code or id.
    #[must_use]
    pub fn only(&self, keep: impl Fn(&str) -> bool) -> Self {
        Self {
            rules: self
                .rules
                .iter()
                .filter(|it| keep(&it.code))
                .cloned()
                .collect(),
            custom: self
                .custom
                .iter()
                .filter(|it| keep(&it.id))
                .cloned()
                .collect(),
        }
    }
}

impl Active {
    /// A rule of the catalogue as it is by default.
    pub fn of(rule: &Rule) -> Self {
        Self {
            code: rule.code.to_owned(),
            level: rule.level,
            land: None,
            exempt: Vec::new(),
            full: true,
            params: "{}".to_owned(),
        }
    }
}

/// A rule as a table configures it.
pub fn active(rule: &Rule, table: Option<&Json>, full: bool) -> Result<Active, Mistake> {
    let key = |name: &str| format!("golden.{}.{name}", rule.slug);
    let mut active = Active {
        full,
        ..Active::of(rule)
    };
    let mut params = Map::new();
    let table = table.and_then(Json::as_object);
    for (name, value) in table.into_iter().flatten() {
        let wrong = |what: &str| Mistake::new(key(name), format!("expected {what}, found {value}"));
        match name.as_str() {
            "level" => {
                let level = value.as_str().and_then(|level| level.parse().ok());
                active.level = level
                    .ok_or_else(|| wrong("\"critical\", \"error\", \"warning\" or \"info\""))?;
            }
            "land" => active.land = Some(value.as_bool().ok_or_else(|| wrong("true or false"))?),
            "exempt" => {
                let items = value
                    .as_array()
                    .ok_or_else(|| wrong("a list of patterns"))?;
                let text = |item: &Json| item.as_str().map(str::to_owned);
                let items: Option<Vec<String>> = items.iter().map(text).collect();
                active.exempt = items.ok_or_else(|| wrong("a list of patterns"))?;
            }
            _ => {
                params.insert(name.clone(), value.clone());
            }
        }
    }
    params.sort_keys();
    let params = Json::Object(params);
    (rule.params.check)(&params)
        .and_then(|()| {
            let given = Given {
                params: &params,
                full,
            };
            (rule.prepare)(&given).map(drop)
        })
        .map_err(|message| Mistake::new(format!("golden.{}", rule.slug), message))?;
    active.params = params.to_string();
    Ok(active)
}
