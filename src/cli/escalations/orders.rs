//! Orders about questions: each is carried out for every question that is meant, and
//! what could not be done is said at the end.

use clap::Args;
use serde_json::{Value, json};

use super::super::listing::{duration, json as print};
use super::super::monitor::signals;
use super::super::{Context, Ending};
use super::SCHEMA;
use super::lists::desk;
use super::pick::{PickArgs, number};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::EscalationId;
use crate::review::{self, Action, Applied, Desk, act};
use crate::terminal::plain;

/// Questions and a word about them.
#[derive(Debug, Args)]
pub(in crate::cli) struct NoteArgs {
    #[command(flatten)]
    pick: PickArgs,
    /// What you say about it; kept with the question and shown with similar ones
    #[arg(short = 'm', long)]
    note: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Questions whose patches are taken.
#[derive(Debug, Args)]
pub(in crate::cli) struct ApplyArgs {
    #[command(flatten)]
    note: NoteArgs,
    /// Land them as a commit of hive's, of what is committed, instead
    #[arg(long, conflicts_with = "note")]
    commit: bool,
}

/// Questions and the reason for a comment.
#[derive(Debug, Args)]
pub(in crate::cli) struct SuppressArgs {
    #[command(flatten)]
    pick: PickArgs,
    /// The reason, which goes into the comment
    #[arg(short = 'm', long, alias = "reason")]
    note: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Questions and for how long.
#[derive(Debug, Args)]
pub(super) struct SnoozeArgs {
    #[command(flatten)]
    pick: PickArgs,
    /// For how long: 30m, 12h, 7d, 2w
    #[arg(long = "for", value_name = "SPAN", value_parser = duration, default_value = "1d")]
    span: i64,
    /// What you say about it
    #[arg(short = 'm', long)]
    note: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A question whose place is opened.
#[derive(Debug, Args)]
pub(super) struct OpenArgs {
    /// Its number
    #[arg(value_parser = number)]
    id: EscalationId,
}

/// Runs `hive escalations resolve`.
pub(super) fn resolve(args: &NoteArgs, context: &Context) -> Outcome<Ending> {
    order(
        &args.pick,
        &Action::Resolve,
        args.note.as_deref(),
        args.json,
        context,
    )
}

/// Runs `hive escalations dismiss`, and `hive dismiss`.
pub(in crate::cli) fn dismiss(args: &NoteArgs, context: &Context) -> Outcome<Ending> {
    order(
        &args.pick,
        &Action::Dismiss,
        args.note.as_deref(),
        args.json,
        context,
    )
}

/// Runs `hive escalations reopen`.
pub(super) fn reopen(args: &NoteArgs, context: &Context) -> Outcome<Ending> {
    order(
        &args.pick,
        &Action::Reopen,
        args.note.as_deref(),
        args.json,
        context,
    )
}

/// Runs `hive escalations retry`.
pub(super) fn retry(args: &NoteArgs, context: &Context) -> Outcome<Ending> {
    order(
        &args.pick,
        &Action::Retry,
        args.note.as_deref(),
        args.json,
        context,
    )
}

/// Runs `hive escalations snooze`.
pub(super) fn snooze(args: &SnoozeArgs, context: &Context) -> Outcome<Ending> {
    let until_ms = clock::wall_ms().saturating_add(args.span);
    let action = Action::Snooze { until_ms };
    order(
        &args.pick,
        &action,
        args.note.as_deref(),
        args.json,
        context,
    )
}

/// Runs `hive escalations suppress`, and `hive suppress`.
pub(in crate::cli) fn suppress(args: &SuppressArgs, context: &Context) -> Outcome<Ending> {
    let action = Action::Suppress {
        reason: args.note.clone(),
    };
    order(&args.pick, &action, None, args.json, context)
}

/// Runs `hive escalations apply`.
pub(super) fn apply(args: &ApplyArgs, context: &Context) -> Outcome<Ending> {
    let ApplyArgs { note, commit } = args;
    if *commit {
        return land(&note.pick, note.json, context);
    }
    order(
        &note.pick,
        &Action::Apply,
        note.note.as_deref(),
        note.json,
        context,
    )
}

/// Runs `hive apply`: the patches of questions, or without any the fixes that are held.
pub(in crate::cli) fn apply_or_held(args: &ApplyArgs, context: &Context) -> Outcome<Ending> {
    if !args.note.pick.is_empty() {
        return apply(args, context);
    }
    let desk = desk(context)?;
    let json = args.note.json;
    let mut report = Report::default();
    if args.commit {
        let landed = review::land_held(&desk, &signals()?)?;
        for path in &landed.paths {
            let named = landed.named.as_deref().unwrap_or_default();
            let said = format!("{path} is committed: {named}");
            report.did(json!({"path": path.as_str()}), &said);
        }
        for (path, failure) in landed.failed {
            report.could_not(json!({"path": path.as_str()}), failure);
        }
    } else {
        for (path, result) in review::apply_held(&desk, &[])? {
            match result {
                Ok(applied) => report.did(json!({"path": path.as_str()}), &held(&applied)),
                Err(failure) => report.could_not(json!({"path": path.as_str()}), failure),
            }
        }
    }
    if report.is_empty() && !json {
        context
            .terminal
            .say("no fix is held; hive apply ID takes the patch of a question");
        return Ok(Ending::Clean);
    }
    report.finish(json, context)
}

/// Lands the patches of questions.
fn land(pick: &PickArgs, as_json: bool, context: &Context) -> Outcome<Ending> {
    let desk = desk(context)?;
    let ids = pick.ids(&desk.queue, context)?;
    let landed = review::land(&desk, &ids, &signals()?)?;
    let named = landed.named().unwrap_or_default();
    let mut report = Report::default();
    for (id, outcome) in landed.questions {
        match outcome {
            Ok(did) => {
                let said = format!("{} ({named})", did.said);
                report.did(json!({"id": id.0, "state": did.state.name()}), &said);
            }
            Err(failure) => report.could_not(json!({"id": id.0}), failure),
        }
    }
    report.finish(as_json, context)
}

fn held(applied: &Applied) -> String {
    let merged = if applied.merged {
        ", merged with your edits"
    } else {
        ""
    };
    format!("{} has its fix{merged}", applied.path)
}

/// Runs `hive escalations open`.
pub(super) fn open(args: &OpenArgs, context: &Context) -> Outcome<Ending> {
    open_place(&desk(context)?, args.id)?;
    Ok(Ending::Clean)
}

/// Opens the place of a question in the person's editor.
pub(in crate::cli) fn open_place(desk: &Desk, id: EscalationId) -> Outcome<()> {
    review::open_place(&desk.place, &review::detail(desk, id)?)
}

fn order(
    pick: &PickArgs,
    action: &Action,
    note: Option<&str>,
    as_json: bool,
    context: &Context,
) -> Outcome<Ending> {
    let desk = desk(context)?;
    let ids = pick.ids(&desk.queue, context)?;
    let mut report = Report::default();
    for id in ids {
        match act(&desk, id, action, note) {
            Ok(did) => {
                report.did(json!({"id": id.0, "state": did.state.name()}), &did.said);
            }
            Err(failure) => report.could_not(json!({"id": id.0}), failure),
        }
    }
    report.finish(as_json, context)
}

/// What was done of several things, and what was not.
#[derive(Default)]
struct Report {
    done: Vec<Value>,
    failed: Vec<Value>,
    said: Vec<String>,
    failures: Vec<Failure>,
}

impl Report {
    fn is_empty(&self) -> bool {
        self.done.is_empty() && self.failed.is_empty()
    }

    fn did(&mut self, about: Value, said: &str) {
        let mut about = about;
        about["said"] = json!(said);
        self.done.push(about);
        self.said.push(said.to_owned());
    }

    fn could_not(&mut self, about: Value, failure: Failure) {
        let mut about = about;
        about["reason"] = json!(failure.to_string());
        self.failed.push(about);
        self.failures.push(failure);
    }

    fn finish(self, as_json: bool, context: &Context) -> Outcome<Ending> {
        if as_json {
            let answer = json!({"schema": SCHEMA, "done": self.done, "failed": self.failed});
            print(context, &answer)?;
        } else {
            for said in &self.said {
                let line = plain(said);
                context.terminal.line(&line).map_err(Failure::from_output)?;
            }
        }
        for failure in self.failures.iter().filter(|_| !as_json) {
            context.terminal.fail(failure);
        }
        let first = self
            .failures
            .first()
            .map(|failure| failure.kind().exit_code());
        Ok(match first {
            None => Ending::Clean,
            // Of what was asked for, some was done.
            Some(_) if !self.done.is_empty() => Ending::Findings,
            Some(3) => Ending::Troubled,
            Some(_) => Ending::Misconfigured,
        })
    }
}
