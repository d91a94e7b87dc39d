//! `hive rules list`.

use clap::Args;
use serde_json::{Value, json};

use super::house;
use crate::cli::listing::{json as print_json, table};
use crate::cli::{Context, Ending};
use crate::escalation::Level;
use crate::failure::Outcome;
use crate::golden::rule::{Preset, Remedy};
use crate::golden::{Config, Rule, registry};

/// The version of the shape of `hive rules list --json`.
const SCHEMA: u32 = 1;

/// List the rules: which are active here, how severe they are, what their fix may do
#[derive(Debug, Default, Args)]
pub(super) struct ListArgs {
    /// Only those that are active here
    #[arg(long)]
    active: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs the verb.
pub(super) fn run(args: &ListArgs, context: &Context) -> Outcome<Ending> {
    let (_, house, context) = house(context)?;
    let config = house.golden(false)?;
    let shown = registry::all().filter(|rule| !args.active || config.get(rule.code).is_some());
    if args.json {
        let mut rules: Vec<Value> = shown.map(|rule| of_rule(rule, &config)).collect();
        rules.extend(config.custom.iter().map(|rule| {
            json!({
                "code": rule.id, "name": rule.id, "origin": "custom", "level": rule.level,
                "active": true, "summary": rule.message,
            })
        }));
        print_json(&context, &json!({"schema": SCHEMA, "rules": rules}))?;
        return Ok(Ending::Clean);
    }
    let mut rows: Vec<Vec<String>> = shown
        .map(|rule| {
            let active = config.get(rule.code);
            let level = active.map_or(rule.level, |active| active.level);
            row(
                active.is_some(),
                rule.code,
                rule.slug,
                level,
                remedy(rule),
                rule.summary,
            )
        })
        .collect();
    rows.extend(
        config
            .custom
            .iter()
            .map(|rule| row(true, "", &rule.id, rule.level, "", &rule.message)),
    );
    table(
        &context,
        &["", "code", "name", "level", "fix", "finds"],
        &rows,
    )?;
    let active = config.rules.len() + config.custom.len();
    let preset = house.settings.golden.preset;
    context.terminal.say(&format!(
        "{active} active (●), preset {preset}; hive rules explain RULE tells more about one"
    ));
    Ok(Ending::Clean)
}

fn row(active: bool, code: &str, name: &str, level: Level, fix: &str, finds: &str) -> Vec<String> {
    let mark = if active { "●" } else { "" };
    [mark, code, name, level.name(), fix, finds]
        .map(str::to_owned)
        .to_vec()
}

/// What a rule's fix may do, in a word.
pub(super) fn remedy(rule: &Rule) -> &'static str {
    match rule.remedy {
        Remedy::Safe => "lands",
        Remedy::Suggest => "suggested",
        Remedy::Never => "",
    }
}

fn of_rule(rule: &Rule, config: &Config) -> Value {
    let active = config.get(rule.code);
    json!({
        "code": rule.code,
        "name": rule.slug,
        "origin": rule.origin,
        "preset": match rule.preset {
            Preset::Start => "start",
            Preset::Full => "full",
            Preset::Set => "set",
        },
        "level": active.map_or(rule.level, |active| active.level),
        "fix": rule.remedy,
        "active": active.is_some(),
        "summary": rule.summary,
    })
}
