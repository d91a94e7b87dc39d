//! Lists of questions, and one question with all about it.

use clap::Args;
use serde_json::json;

use super::super::listing::{ago, json, must_open, open, say_nothing_here, table, value};
use super::super::{Context, Ending};
use super::SCHEMA;
use super::drawn;
use super::pick::FilterArgs;
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::queue::{EscalationFilter, EscalationId, EscalationRow};
use crate::review::{self, Desk};

/// A list of questions.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    filter: FilterArgs,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["sarif", "markdown"])]
    json: bool,
    /// Print SARIF 2.1.0, for code scanning
    #[arg(long, conflicts_with = "markdown")]
    sarif: bool,
    /// Print Markdown, for a ticket
    #[arg(long)]
    markdown: bool,
}

impl ListArgs {
    /// Whether a program reads it.
    pub(super) fn is_for_programs(&self) -> bool {
        self.json || self.sarif || self.markdown
    }

    /// Which questions are meant.
    pub(super) fn filter(&self, context: &Context) -> Outcome<EscalationFilter> {
        self.filter.filter(context)
    }
}

/// Lists questions.
pub(super) fn list(args: &ListArgs, context: &Context) -> Outcome<Ending> {
    let filter = args.filter(context)?;
    let queue = open(context)?;
    if args.is_for_programs() {
        let found = match queue {
            Some(queue) => queue.escalations(&filter)?,
            None => Vec::new(),
        };
        if args.json {
            let answer = json!({"schema": SCHEMA, "escalations": value(&found)?});
            json(context, &answer)?;
        } else {
            let text = if args.sarif {
                review::sarif(&found)
            } else {
                crate::terminal::plain(&review::markdown(&found)).into_owned()
            };
            let written = context.terminal.data(text.as_bytes());
            written.map_err(Failure::from_output)?;
        }
        return Ok(Ending::Clean);
    }
    let Some(queue) = queue else {
        say_nothing_here(context);
        return Ok(Ending::Clean);
    };
    let found = queue.escalation_rows(&filter, None)?;
    if found.is_empty() {
        let nothing = if args.filter.is_empty() {
            "no question is open"
        } else {
            "there is no such question"
        };
        context.terminal.say(nothing);
        return Ok(Ending::Clean);
    }
    let states = !filter.states.is_empty();
    let mut head = vec!["id", "level", "rule", "age", "asked"];
    if states {
        head.push("state");
    }
    head.extend(["patch", "place"]);
    let rows: Vec<Vec<String>> = found.iter().map(|one| row(one, states)).collect();
    table(context, &head, &rows)?;
    Ok(Ending::Clean)
}

fn row(one: &EscalationRow, states: bool) -> Vec<String> {
    let place = match one.line {
        0 => one.path.to_string(),
        line => format!("{}:{line}", one.path),
    };
    let mut row = vec![
        one.id.to_string(),
        one.level.to_string(),
        one.rule.clone(),
        ago(one.first_ms),
        format!("{}×", one.count),
    ];
    if states {
        row.push(one.state.name().to_owned());
    }
    row.push(if one.has_patch { "ready" } else { "" }.to_owned());
    row.push(place);
    row
}

/// Shows one question.
pub(super) fn show(id: EscalationId, as_json: bool, context: &Context) -> Outcome<Ending> {
    let desk = desk(context)?;
    let detail = review::detail(&desk, id)?;
    if as_json {
        let answer = json!({"schema": SCHEMA, "escalation": value(&detail)?});
        json(context, &answer)?;
        return Ok(Ending::Clean);
    }
    for line in drawn::detail(&detail, &context.terminal) {
        context.terminal.line(&line).map_err(Failure::from_output)?;
    }
    Ok(Ending::Clean)
}

/// The desk of the work tree here.
pub(in crate::cli) fn desk(context: &Context) -> Outcome<Desk> {
    let queue = must_open(context)?;
    let place = here::work_tree(&context.cwd)?;
    Ok(Desk::new(place, queue))
}
