//! `hive stats`: what is fixed, what stays, what is taken back.

mod metrics;
mod openmetrics;

use clap::Args;
use serde_json::json;

use super::listing::{duration, json as print, open, say_nothing_here, since, span, table, value};
use super::{Context, Ending};
use crate::failure::{Failure, Outcome};
use crate::queue::{Quantiles, Rates, RuleRates};
use metrics::window;

/// The version of the shape of `hive stats --json`.
const SCHEMA: u32 = 1;
/// How many files are listed.
const FILES: usize = 10;

/// Show how much is fixed, how much of it stays, and where
///
/// `fixed` is how many of a hundred cases were fixed rather than asked about, `kept` how
/// many of a hundred landed fixes were not taken back. The numbers inform people; they
/// change nothing that hive does. How the queue did is kept for a day: the last hour, unless
/// --since says otherwise.
#[derive(Debug, Args)]
pub(super) struct StatsArgs {
    /// Only what was done in this span: 12h, 7d, 2w
    #[arg(long, value_parser = duration)]
    since: Option<i64>,
    /// Print JSON; docs/json.md describes it
    #[arg(long)]
    json: bool,
    /// Print how the queue does for a monitoring system, as `OpenMetrics` text
    #[arg(long, conflicts_with = "json")]
    openmetrics: bool,
}

/// Runs `hive stats`.
pub(super) fn run(args: &StatsArgs, context: &Context) -> Outcome<Ending> {
    let queue = open(context)?;
    let known = queue.is_some();
    let (rates, metrics) = match queue {
        Some(queue) => (
            queue.rates(since(args.since), FILES)?,
            Some(queue.metrics(window(args.since))?),
        ),
        None => (Rates::default(), None),
    };
    if args.openmetrics {
        let text = openmetrics::write(metrics.as_ref());
        let printed = context.terminal.data(text.as_bytes());
        printed.map_err(Failure::from_output)?;
        return Ok(Ending::Clean);
    }
    if args.json {
        let mut rules = value(&rates.rules)?;
        for (rule, of) in rules.as_array_mut().into_iter().flatten().zip(&rates.rules) {
            rule["fix_rate"] = json!(of.fix_rate());
            rule["accept_rate"] = json!(of.accept_rate());
        }
        let files: Vec<_> = rates
            .files
            .iter()
            .map(|(path, fixes)| json!({"path": path, "fixes": fixes}))
            .collect();
        let answer = json!({
            "schema": SCHEMA,
            "rules": rules,
            "files": files,
            "working_ms": value(&rates.working)?,
            "landing_ms": value(&rates.landing)?,
            "queue": value(&metrics)?,
        });
        print(context, &answer)?;
        return Ok(Ending::Clean);
    }
    if !known {
        say_nothing_here(context);
        return Ok(Ending::Clean);
    }
    if rates.rules.is_empty() {
        context.terminal.say("nothing was fixed or asked here yet");
        return match metrics {
            Some(metrics) => metrics::told(&metrics, context).map(|()| Ending::Clean),
            None => Ok(Ending::Clean),
        };
    }
    let rows: Vec<Vec<String>> = rates.rules.iter().map(row).collect();
    table(
        context,
        &[
            "rule", "done", "landed", "waits", "back", "asked", "fixed", "kept",
        ],
        &rows,
    )?;
    let line = |text: &str| context.terminal.line(text).map_err(Failure::from_output);
    if !rates.files.is_empty() {
        line("")?;
        let rows: Vec<Vec<String>> = rates
            .files
            .iter()
            .map(|(path, fixes)| vec![fixes.to_string(), path.clone()])
            .collect();
        table(context, &["fixes", "file"], &rows)?;
    }
    line("")?;
    line(&took("a file takes a worker", &rates.working))?;
    line(&took("from the fix to its landing", &rates.landing))?;
    if let Some(metrics) = metrics {
        metrics::told(&metrics, context)?;
    }
    Ok(Ending::Clean)
}

fn row(rule: &RuleRates) -> Vec<String> {
    let percent = |rate: Option<u32>| rate.map_or_else(String::new, |rate| format!("{rate} %"));
    vec![
        rule.rule.clone(),
        rule.made.to_string(),
        rule.landed.to_string(),
        rule.waiting.to_string(),
        rule.taken_back.to_string(),
        rule.asked.to_string(),
        percent(rule.fix_rate()),
        percent(rule.accept_rate()),
    ]
}

fn took(what: &str, times: &Quantiles) -> String {
    let said = |ms: i64| {
        if ms < 10_000 {
            // What took less than one was within one.
            format!("{} ms", ms.max(1))
        } else {
            span(ms)
        }
    };
    match times.count {
        0 => format!("{what}: nothing to measure yet"),
        _ => format!(
            "{what}: half within {}, 95 of 100 within {}",
            said(times.p50),
            said(times.p95)
        ),
    }
}
