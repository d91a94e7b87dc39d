//! `hive escalations`: the questions to a person, as lists.

use clap::{Args, Subcommand};
use serde_json::json;

use super::listing::{
    ago, duration, facts, json, must_open, open, say_nothing_here, since, table, unknown, value,
};
use super::{Context, Ending};
use crate::escalation::{Escalation, Level};
use crate::failure::Outcome;
use crate::queue::{EscalationFilter, EscalationId};
use crate::schedule::Stage;

/// The version of the shape of `hive escalations --json`.
const SCHEMA: u32 = 1;
/// The names of the states.
const STATES: [&str; 4] = ["open", "snoozed", "resolved", "dismissed"];

/// Show the questions that need you
#[derive(Debug, Args)]
pub(super) struct EscalationsArgs {
    #[command(subcommand)]
    command: Option<EscalationsCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum EscalationsCommand {
    /// List questions
    List(ListArgs),
    /// Show one question
    Show {
        /// Its number
        id: EscalationId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only this rule
    #[arg(long)]
    rule: Option<String>,
    /// Only this file, or the files below this directory, from the root
    #[arg(long)]
    path: Option<String>,
    /// Only this level or worse: info, warning, error, critical
    #[arg(long)]
    level: Option<Level>,
    /// Only this stage
    #[arg(long)]
    stage: Option<Stage>,
    /// Only this state (open without it); may be repeated, `all` for every state
    #[arg(long, value_parser = state)]
    state: Vec<String>,
    /// Only what was asked in this span: 30m, 12h, 7d, 2w
    #[arg(long, value_parser = duration)]
    since: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<String, String> {
    if text == "all" || STATES.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("say all, {}", STATES.join(", ")))
    }
}

/// Runs `hive escalations`.
pub(super) fn run(args: EscalationsArgs, context: &Context) -> Outcome<Ending> {
    match args.command {
        None => list(&args.list, context)?,
        Some(EscalationsCommand::List(args)) => list(&args, context)?,
        Some(EscalationsCommand::Show { id, json }) => show(id, json, context)?,
    }
    Ok(Ending::Clean)
}

fn list(args: &ListArgs, context: &Context) -> Outcome<()> {
    let queue = open(context)?;
    let known = queue.is_some();
    let states = if args.state.iter().any(|state| state == "all") {
        STATES.iter().map(ToString::to_string).collect()
    } else {
        args.state.clone()
    };
    let found = match queue {
        Some(queue) => queue.escalations(&EscalationFilter {
            rule: args.rule.clone(),
            path: args.path.clone(),
            level: args.level,
            stage: args.stage,
            states,
            since_ms: since(args.since),
        })?,
        None => Vec::new(),
    };
    if args.json {
        let answer = json!({"schema": SCHEMA, "escalations": value(&found)?});
        return json(context, &answer);
    }
    if !known {
        say_nothing_here(context);
        return Ok(());
    }
    if found.is_empty() {
        let nothing = if args.state.is_empty() {
            "no question is open"
        } else {
            "there is no such question"
        };
        context.terminal.say(nothing);
        return Ok(());
    }
    let rows: Vec<Vec<String>> = found.iter().map(row).collect();
    table(
        context,
        &["id", "level", "state", "rule", "age", "place"],
        &rows,
    )
}

fn row(one: &Escalation) -> Vec<String> {
    vec![
        one.id.to_string(),
        one.question.level.to_string(),
        one.state.name().to_owned(),
        one.question.rule.clone(),
        ago(one.first_ms),
        place(one),
    ]
}

fn place(one: &Escalation) -> String {
    match one.question.line {
        0 => one.question.path.to_string(),
        line => format!("{}:{line}", one.question.path),
    }
}

fn show(id: EscalationId, as_json: bool, context: &Context) -> Outcome<()> {
    let found = must_open(context)?.escalation(id)?;
    let one = found.ok_or_else(|| unknown("escalation", id.0))?;
    if as_json {
        let answer = json!({"schema": SCHEMA, "escalation": value(&one)?});
        return json(context, &answer);
    }
    let question = &one.question;
    facts(
        context,
        &[
            ("question", one.id.to_string()),
            ("rule", question.rule.clone()),
            ("level", question.level.to_string()),
            ("state", one.state.name().to_owned()),
            ("place", place(&one)),
            ("in", question.symbol.clone()),
            ("text", question.snippet.clone()),
            ("reason", question.reason.clone()),
            (
                "asked",
                match one.count {
                    1 => format!("{} ago", ago(one.first_ms)),
                    count => format!("{count} times, first {} ago", ago(one.first_ms)),
                },
            ),
            ("worker", question.worker.clone().unwrap_or_default()),
            (
                "task",
                question.task.map(|id| id.to_string()).unwrap_or_default(),
            ),
            (
                "commit",
                question.commit.map(|oid| oid.short()).unwrap_or_default(),
            ),
            ("note", one.note.clone().unwrap_or_default()),
            ("patch", question.patch.clone().unwrap_or_default()),
        ],
    )
}
