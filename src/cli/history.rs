//! `hive history`: every fix that was made of a commit.

use clap::Args;
use serde_json::json;

use super::listing::{ago, duration, json, open, say_nothing_here, since, table, value};
use super::why::below;
use super::{Context, Ending};
use crate::failure::Outcome;
use crate::queue::{Decline, Fix, FixFilter, FixState};

/// The version of the shape of `hive history --json`.
const SCHEMA: u32 = 1;

/// Show what was fixed, in which commit
#[derive(Debug, Args)]
pub(super) struct HistoryArgs {
    /// Only this file, or the files below this directory
    path: Option<String>,
    /// Only fixes of this rule
    #[arg(long)]
    rule: Option<String>,
    /// Only fixes made in this span: 30m, 12h, 7d, 2w
    #[arg(long, value_parser = duration)]
    since: Option<i64>,
    /// Show what people said no to
    #[arg(long, conflicts_with_all = ["path", "rule", "since"])]
    declined: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `hive history`.
pub(super) fn run(args: &HistoryArgs, context: &Context) -> Outcome<Ending> {
    let queue = open(context)?;
    let known = queue.is_some();
    let mut fixes = Vec::new();
    let mut declines = Vec::new();
    match queue {
        Some(queue) if args.declined => declines = queue.declines()?,
        Some(queue) => {
            let path = args.path.as_deref().map(|path| below(path, context));
            let path = path.transpose()?;
            fixes = queue.fixes(&FixFilter {
                path: path.flatten(),
                rule: args.rule.clone(),
                since_ms: since(args.since),
                landing: None,
                limit: None,
            })?;
        }
        None => {}
    }
    if args.json {
        let answer = if args.declined {
            json!({"schema": SCHEMA, "declines": value(&declines)?})
        } else {
            json!({"schema": SCHEMA, "fixes": value(&fixes)?})
        };
        json(context, &answer)?;
    } else if !known {
        say_nothing_here(context);
    } else if args.declined && !declines.is_empty() {
        let same = |one: &Decline, next: &Decline| {
            let about = |no: &Decline| (no.key.path.clone(), no.key.rule.clone());
            about(one) == about(next) && one.how == next.how
        };
        let rows: Vec<Vec<String>> = declines.chunk_by(same).map(declined).collect();
        table(context, &["age", "rule", "lines", "how", "path"], &rows)?;
    } else if fixes.is_empty() {
        let nothing = if args.declined {
            "nobody has said no to a fix here"
        } else {
            "no such fix was made here"
        };
        context.terminal.say(nothing);
    } else {
        let rows: Vec<Vec<String>> = fixes.iter().map(row).collect();
        table(
            context,
            &["age", "worker", "state", "commit", "rules", "path"],
            &rows,
        )?;
    }
    Ok(Ending::Clean)
}

fn row(fix: &Fix) -> Vec<String> {
    let commit = match &fix.state {
        FixState::Landed {
            commit: Some(commit),
            ..
        } => commit.short(),
        _ => String::new(),
    };
    let rules: Vec<String> = fix
        .counts
        .iter()
        .map(|count| format!("{} ×{}", count.code, count.count))
        .collect();
    let rules = match rules.as_slice() {
        [first, _, ..] => format!("{first} +{}", rules.len() - 1),
        _ => rules.concat(),
    };
    vec![
        ago(fix.made_ms),
        fix.worker.clone(),
        fix.state.name().to_owned(),
        commit,
        rules,
        fix.path.to_string(),
    ]
}

/// One row for all lines of a file to which one rule was declined at once.
fn declined(lines: &[Decline]) -> Vec<String> {
    lines.first().map_or_else(Vec::new, |decline| {
        vec![
            ago(decline.at_ms),
            decline.key.rule.clone(),
            lines.len().to_string(),
            decline.how.clone(),
            decline.key.path.to_string(),
        ]
    })
}
