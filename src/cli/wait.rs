//! `hive wait`: returns when this work tree is quiet.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::listing::{duration, json as print, must_open, put, value};
use super::{Context, Ending};
use crate::cli::here;
use crate::clock;
use crate::failure::Outcome;
use crate::review::{self, Waited};
use crate::settings::{self, Overrides};
use crate::terminal::plain;

/// The version of the shape of `hive wait --json`.
const SCHEMA: u32 = 1;

/// Wait until hive has nothing to do here; say what was rewritten and what needs you
///
/// For scripts and coding agents: `git commit -am … && hive wait`. What is deferred or
/// held is reported, not awaited. Where nobody works, the work is begun.
///
/// Exit codes: 0 quiet and nothing needs you, 1 something does, 2 the settings cannot be
/// used, 3 it did not become quiet.
#[derive(Debug, Args)]
pub(super) struct WaitArgs {
    /// For how long at most: 30s, 5m
    #[arg(long, value_name = "SPAN", value_parser = duration, default_value = "2m")]
    timeout: i64,
    /// Print JSON; docs/json.md describes it
    #[arg(long)]
    json: bool,
}

/// Runs `hive wait`.
pub(super) fn run(args: &WaitArgs, context: &Context) -> Outcome<Ending> {
    let queue = must_open(context)?;
    let place = here::work_tree(&context.cwd)?;
    // Under settings that cannot be read nothing ever becomes quiet.
    settings::load(Some(&place), &Overrides::default())?;
    let span = Duration::from_millis(u64::try_from(args.timeout).unwrap_or(0));
    let waited = review::wait(&place, &queue, Some(clock::now() + span))?;
    if args.json {
        let mut answer = json!({"schema": SCHEMA});
        if let (Some(answer), Some(facts)) = (answer.as_object_mut(), value(&waited)?.as_object()) {
            answer.extend(facts.clone());
        }
        print(context, &answer)?;
    } else {
        for line in told(&waited) {
            put(context, &plain(&line), 11)?;
        }
    }
    Ok(match (waited.quiet, waited.needs_somebody()) {
        (false, _) => Ending::Troubled,
        (true, true) => Ending::Findings,
        (true, false) => Ending::Clean,
    })
}

fn told(waited: &Waited) -> Vec<String> {
    let mut lines = vec![match &waited.reason {
        None => "quiet".to_owned(),
        Some(reason) => format!("not quiet: {reason}"),
    }];
    for landed in &waited.landed {
        let rules: Vec<String> = landed
            .fixed
            .iter()
            .map(|(code, count)| format!("{code} ×{count}"))
            .collect();
        let commit = landed.commit.short();
        let whose = match landed.instead_of {
            Some(old) => format!("{commit}, your commit {} until then", old.short()),
            None => commit.clone(),
        };
        for path in &landed.paths {
            lines.push(format!("rewritten  {path}  in {whose}"));
        }
        if !rules.is_empty() {
            lines.push(format!("fixed      {}  in {commit}", rules.join(", ")));
        }
    }
    for path in &waited.saved {
        lines.push(format!("rewritten  {path}  as saved"));
    }
    for path in &waited.tidied {
        lines.push(format!("rewritten  {path}  in your commit"));
    }
    for one in &waited.questions {
        let place = match one.line {
            0 => one.path.to_string(),
            line => format!("{}:{line}", one.path),
        };
        let reason = one.reason.lines().next().unwrap_or_default();
        lines.push(format!(
            "asks       #{} {place}  {} {reason}",
            one.id, one.rule
        ));
    }
    for kept in &waited.kept {
        let reason = kept.reason.as_deref().unwrap_or_default();
        lines.push(format!(
            "kept back  {}  {reason} ({})",
            kept.path, kept.state
        ));
    }
    for held in &waited.held {
        lines.push(format!(
            "held       {}  {}; {}",
            held.tool, held.reason, held.remedy
        ));
    }
    let older = waited.open.saturating_sub(waited.questions.len());
    if older > 0 {
        let what = if older == 1 { "question" } else { "questions" };
        lines.push(format!("and {older} older {what}: hive escalations"));
    }
    lines
}
