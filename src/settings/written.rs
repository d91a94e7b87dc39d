//! The written form: what the layers say, every key optional.
//!
//! Layers are applied weakest first to one [`Written`]; a later value replaces
//! an earlier one. The struct is also where the JSON schema comes from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use super::catalogue::{KEYS, Key};
use super::required::Requirement;
use super::units::{ByteSize, Span};
use super::values::{
    Author, Colour, CommitMode, Dirty, Engine, FilePath, FixPolicy, Format, GoldenPreset, Imports,
    Lint, OnSave, Pushed, Scope, WhenIdle,
};
use crate::golden::{Rule, registry};

/// All keys, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(title = "hive.toml", extend("additionalProperties" = false))]
pub(super) struct Written {
    #[serde(rename = "required-version")]
    #[schemars(with = "Requirement")]
    pub(super) required_version: Option<Requirement>,
    #[schemars(with = "String")]
    pub(super) extend: Option<String>,
    #[schemars(with = "Lint")]
    pub(super) lint: Option<Lint>,
    #[schemars(with = "Imports")]
    pub(super) imports: Option<Imports>,
    #[schemars(with = "Format")]
    pub(super) format: Option<Format>,
    #[schemars(with = "Engine")]
    pub(super) engine: Option<Engine>,
    #[schemars(with = "Scope")]
    pub(super) scope: Option<Scope>,
    #[schemars(with = "Vec<String>")]
    pub(super) extend_safe: Option<Vec<String>>,
    #[schemars(with = "Vec<String>")]
    pub(super) exclude: Option<Vec<String>>,
    #[schemars(with = "ByteSize")]
    pub(super) max_file_size: Option<ByteSize>,
    #[schemars(with = "OnSave")]
    pub(super) on_save: Option<OnSave>,
    pub(super) save: Save,
    pub(super) hooks: Hooks,
    pub(super) commit: Commit,
    pub(super) fold: Fold,
    pub(super) push: Push,
    pub(super) fixes: Fixes,
    pub(super) golden: Golden,
    #[schemars(with = "Vec<Json>")]
    pub(super) rule: Option<Vec<Json>>,
    pub(super) queue: Queue,
    pub(super) worker: Worker,
    pub(super) memo: Memo,
    pub(super) output: Output,
}

/// `[save]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Save {
    #[schemars(with = "Span")]
    pub(super) quiet: Option<Span>,
    #[schemars(with = "Span")]
    pub(super) ceiling: Option<Span>,
}

/// `[hooks]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Hooks {
    #[schemars(with = "WhenIdle")]
    pub(super) when_idle: Option<WhenIdle>,
}

/// `[commit]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Commit {
    #[schemars(with = "CommitMode")]
    pub(super) mode: Option<CommitMode>,
    #[schemars(with = "Pushed")]
    pub(super) pushed: Option<Pushed>,
    #[schemars(with = "Vec<String>")]
    pub(super) protected: Option<Vec<String>>,
    #[schemars(with = "usize")]
    pub(super) max_lines: Option<usize>,
    #[schemars(with = "Author")]
    pub(super) author: Option<Author>,
    #[schemars(with = "String")]
    pub(super) subject: Option<String>,
    #[schemars(with = "String")]
    pub(super) ticket: Option<String>,
    #[schemars(with = "Span")]
    pub(super) budget: Option<Span>,
    #[schemars(with = "Span")]
    pub(super) quiet: Option<Span>,
    #[schemars(with = "Dirty")]
    pub(super) dirty: Option<Dirty>,
}

/// `[fold]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Fold {
    #[schemars(with = "Span")]
    pub(super) age: Option<Span>,
}

/// `[push]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Push {
    #[schemars(with = "Span")]
    pub(super) wait: Option<Span>,
}

/// `[fixes]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Fixes {
    #[schemars(with = "FixPolicy")]
    pub(super) same: Option<FixPolicy>,
    #[schemars(with = "FixPolicy")]
    pub(super) linter: Option<FixPolicy>,
}

/// `[golden]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Golden {
    #[schemars(with = "GoldenPreset")]
    pub(super) preset: Option<GoldenPreset>,
    #[schemars(with = "Vec<String>")]
    pub(super) enable: Option<Vec<String>>,
    #[schemars(with = "Vec<String>")]
    pub(super) disable: Option<Vec<String>>,
    #[serde(rename = "RULE")]
    #[schemars(skip)]
    pub(super) rules: Option<RuleTables>,
}

/// The tables of Golden Rules, by code.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct RuleTables(pub(super) BTreeMap<String, Json>);

/// `[queue]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Queue {
    #[schemars(with = "usize")]
    pub(super) attempts: Option<usize>,
    #[schemars(with = "Span")]
    pub(super) grace: Option<Span>,
}

/// `[worker]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Worker {
    #[schemars(with = "usize")]
    pub(super) min: Option<usize>,
    #[schemars(with = "usize")]
    pub(super) max: Option<usize>,
    #[schemars(with = "usize")]
    pub(super) background: Option<usize>,
    #[schemars(with = "Span")]
    pub(super) idle: Option<Span>,
    #[schemars(with = "Span")]
    pub(super) deadline: Option<Span>,
    #[schemars(with = "ByteSize")]
    pub(super) memory: Option<ByteSize>,
}

/// `[memo]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Memo {
    #[schemars(with = "ByteSize")]
    pub(super) max_size: Option<ByteSize>,
}

/// `[output]`, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline, extend("additionalProperties" = false))]
pub(super) struct Output {
    #[schemars(with = "Colour")]
    pub(super) colour: Option<Colour>,
    #[schemars(with = "FilePath")]
    pub(super) log: Option<FilePath>,
}

/// The value of a key by its dotted name; `None` where there is none (or null).
pub(super) fn lookup<'a>(tree: &'a Json, name: &str) -> Option<&'a Json> {
    name.split('.')
        .try_fold(tree, |table, part| table.get(part))
        .filter(|value| !value.is_null())
}

/// The JSON schema of `hive.toml`, with the catalogue's words and `defaults`.
pub(super) fn schema(defaults: &Written) -> Json {
    let values = json!(defaults);
    let mut schema = schemars::schema_for!(Written).to_value();
    for key in KEYS {
        describe(&mut schema, key, lookup(&values, key.name));
    }
    if let Some(golden) = schema.pointer_mut("/properties/golden/properties") {
        for rule in registry::all() {
            golden[rule.slug] = rule_schema(rule);
        }
    }
    schema
}

/// The schema of one rule's table: its own settings and those that all have.
fn rule_schema(rule: &Rule) -> Json {
    let mut schema = (rule.params.schema)().to_value();
    let level = json!({
        "type": "string",
        "enum": ["critical", "error", "warning", "info"],
        "default": rule.level.name(),
        "description": "How bad a violation is.",
    });
    let land = json!({
        "type": "boolean",
        "description": "Whether its fix is made by itself.",
    });
    let exempt = json!({
        "type": "array",
        "items": { "type": "string" },
        "description": "Patterns of paths that it does not look at.",
    });
    if let Some(object) = schema.as_object_mut() {
        object.remove("$schema");
        object.remove("title");
        object.insert("description".to_owned(), json!(rule.summary));
        object.insert("additionalProperties".to_owned(), json!(false));
        let properties = object.entry("properties").or_insert_with(|| json!({}));
        for (name, one) in [("level", level), ("land", land), ("exempt", exempt)] {
            properties[name] = one;
        }
    }
    schema
}

/// Adds what the types cannot know: the words and the default. No key is
/// required, and a key that is left out is not `null`.
fn describe(schema: &mut Json, key: &Key, default: Option<&Json>) {
    let mut place = schema;
    for part in key.name.split('.') {
        if let Some(object) = place.as_object_mut() {
            object.remove("required");
        }
        let Some(next) = place.pointer_mut(&format!("/properties/{part}")) else {
            return;
        };
        place = next;
        if let Some(object) = place.as_object_mut() {
            object.remove("description");
        }
    }
    let Some(object) = place.as_object_mut() else {
        return;
    };
    object.insert("description".to_owned(), json!(key.doc));
    if let Some(default) = default {
        object.insert("default".to_owned(), default.clone());
    }
}
