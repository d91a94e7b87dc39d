//! `hive queue`: what waits, runs and failed, and orders about it.

use clap::{Args, Subcommand};
use serde_json::json;

use super::listing::{ago, facts, json, must_open, open, say_nothing_here, table, unknown, value};
use super::{Context, Ending};
use crate::failure::Outcome;
use crate::queue::{Prerequisite, Shown, Task, TaskFilter, TaskId, TaskState};
use crate::repo::Place;
use crate::schedule::Stage;

/// The version of the shape of `hive queue --json`.
const SCHEMA: u32 = 1;

/// Show what waits, runs and failed, and give orders about it
///
/// Without a command: the tasks of this work tree that have not ended, and the dead
/// letters, in the order in which they will be dealt with.
#[derive(Debug, Args)]
pub(super) struct QueueArgs {
    #[command(subcommand)]
    command: Option<QueueCommand>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, Subcommand)]
enum QueueCommand {
    /// List tasks
    List(ListArgs),
    /// Show one task with its attempts
    Show {
        /// The number of the task
        id: TaskId,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Take a dead or cancelled task up again
    Retry {
        /// The number of the task
        id: TaskId,
    },
    /// End a task; its result is not used
    Cancel {
        /// The number of the task
        id: TaskId,
    },
    /// Begin no task in this work tree until `hive queue resume`
    Pause {
        /// Why, for `hive status`
        reason: Option<String>,
    },
    /// Go on
    Resume,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Only tasks in this state; may be repeated, `all` for every state
    #[arg(long, value_parser = state)]
    state: Vec<String>,
    /// Only this file, or the files below this directory, from the root
    #[arg(long)]
    path: Option<String>,
    /// Only this stage
    #[arg(long)]
    stage: Option<Stage>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn state(text: &str) -> Result<String, String> {
    if text == "all" || TaskState::NAMES.contains(&text) {
        Ok(text.to_owned())
    } else {
        Err(format!("say all, {}", TaskState::NAMES.join(", ")))
    }
}

/// Runs `hive queue`.
pub(super) fn run(args: QueueArgs, context: &Context) -> Outcome<Ending> {
    match args.command {
        None => list(&args.list, context)?,
        Some(QueueCommand::List(args)) => list(&args, context)?,
        Some(QueueCommand::Show { id, json }) => show(id, json, context)?,
        Some(QueueCommand::Retry { id }) => {
            let new = must_open(context)?.retry(id)?;
            context
                .terminal
                .say(&format!("task {new} takes {id} up again"));
            wake(context);
        }
        Some(QueueCommand::Cancel { id }) => {
            must_open(context)?.cancel(id)?;
            context.terminal.say(&format!("task {id} is cancelled"));
        }
        Some(QueueCommand::Pause { reason }) => {
            must_open(context)?.pause(reason.as_deref().unwrap_or_default())?;
            context
                .terminal
                .say("no task begins here until hive queue resume");
        }
        Some(QueueCommand::Resume) => {
            let said = if must_open(context)?.resume()? {
                "the queue goes on"
            } else {
                "the queue was not paused"
            };
            context.terminal.say(said);
            wake(context);
        }
    }
    Ok(Ending::Clean)
}

/// Lets an agent see what was ordered, and starts a drain where there is none. The
/// order stands in the database already: trouble here only makes it wait.
fn wake(context: &Context) {
    let woken = Place::find(&context.cwd).map(|place| crate::wake::nudge(&place));
    if let Some(Err(error)) = woken {
        let said = format!("nobody could be woken: {error}; hive watch does what waits");
        context.terminal.warn(&said);
    }
}

fn list(args: &ListArgs, context: &Context) -> Outcome<()> {
    let Some(queue) = open(context)? else {
        if args.json {
            return json(
                context,
                &json!({"schema": SCHEMA, "paused": null, "gate": null, "tasks": []}),
            );
        }
        say_nothing_here(context);
        return Ok(());
    };
    let states = if args.state.iter().any(|state| state == "all") {
        TaskState::NAMES.iter().map(ToString::to_string).collect()
    } else {
        args.state.clone()
    };
    let tasks = queue.list(&TaskFilter {
        states,
        path: args.path.clone(),
        stage: args.stage,
        limit: None,
    })?;
    let (paused, gate) = (queue.paused()?, queue.gate()?);
    if args.json {
        let answer = json!({
            "schema": SCHEMA,
            "paused": value(&paused)?,
            "gate": value(&gate)?,
            "tasks": value(&tasks)?,
        });
        return json(context, &answer);
    }
    for (what, hold) in [("paused", paused), ("waiting", gate)] {
        if let Some(hold) = hold {
            let reason = crate::terminal::plain(&hold.reason).into_owned();
            let said = format!("{what} for {}: {reason}", ago(hold.since_ms));
            context.terminal.say(said.trim_end_matches([':', ' ']));
        }
    }
    if tasks.is_empty() {
        context.terminal.say("no task waits, runs or has failed");
        return Ok(());
    }
    let rows: Vec<Vec<String>> = tasks.iter().map(row).collect();
    table(
        context,
        &["id", "stage", "state", "priority", "age", "path"],
        &rows,
    )
}

fn row(task: &Task) -> Vec<String> {
    vec![
        task.id.to_string(),
        task.stage.to_string(),
        task.state.name().to_owned(),
        task.priority.name().to_owned(),
        ago(task.first_seen_ms),
        task.path.to_string(),
    ]
}

fn show(id: TaskId, as_json: bool, context: &Context) -> Outcome<()> {
    let queue = must_open(context)?;
    let shown = queue.show(id)?;
    let Shown {
        task,
        attempts,
        events,
    } = shown.ok_or_else(|| unknown("task", id.0))?;
    let needs = queue.prerequisites(&[id])?;
    let needs: Vec<Prerequisite> = needs.into_iter().flat_map(|(_, needs)| needs).collect();
    let errand = task.own.then(|| queue.errand(id)).transpose()?;
    if as_json {
        let answer = json!({
            "schema": SCHEMA,
            "task": value(&task)?,
            "attempts": value(&attempts)?,
            "needs": value(&needs)?,
            "errand": value(&errand)?,
            "events": value(&events)?,
        });
        return json(context, &answer);
    }
    let commits: Vec<String> = task.commits.iter().map(crate::repo::Oid::short).collect();
    facts(
        context,
        &[
            ("task", task.id.to_string()),
            ("path", task.path.to_string()),
            ("stage", task.stage.to_string()),
            ("state", said(&task.state)),
            ("cause", task.cause.name().to_owned()),
            ("priority", task.priority.name().to_owned()),
            ("commits", commits.join(", ")),
            ("changes", task.generation.to_string()),
            (
                "attempts",
                format!("{} of {}", task.attempt, task.max_attempts),
            ),
            ("first seen", format!("{} ago", ago(task.first_seen_ms))),
            ("waits for", waits_for(&needs)),
            (
                "wait for it",
                match task.dependants {
                    0 => String::new(),
                    count => count.to_string(),
                },
            ),
            (
                "told",
                errand
                    .as_ref()
                    .and_then(|it| it.payload.clone())
                    .unwrap_or_default(),
            ),
            (
                "answered",
                errand
                    .as_ref()
                    .and_then(|it| it.result.clone())
                    .unwrap_or_default(),
            ),
            (
                "rules",
                errand.map(|it| it.rules.join(", ")).unwrap_or_default(),
            ),
            (
                "plan",
                task.plan.map(|id| id.to_string()).unwrap_or_default(),
            ),
            (
                "takes up",
                task.origin.map(|id| id.to_string()).unwrap_or_default(),
            ),
        ],
    )?;
    let rows: Vec<Vec<String>> = attempts
        .iter()
        .map(|attempt| {
            vec![
                attempt.worker.clone(),
                format!("{} ago", ago(attempt.started_ms)),
                format!("{} ms", attempt.ended_ms - attempt.started_ms),
                attempt.outcome.name().to_owned(),
                attempt.message.clone().unwrap_or_default(),
            ]
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    table(
        context,
        &["worker", "began", "took", "outcome", "message"],
        &rows,
    )
}

/// What a task waits for, and has waited for.
fn waits_for(needs: &[Prerequisite]) -> String {
    let said: Vec<String> = needs
        .iter()
        .map(|need| format!("{} ({})", need.task, need.state))
        .collect();
    said.join(", ")
}

/// A state with its facts, as a phrase.
fn said(state: &TaskState) -> String {
    match state {
        TaskState::Ready => "ready".to_owned(),
        TaskState::Running {
            worker, started_ms, ..
        } => format!("running for {} in {worker}", ago(*started_ms)),
        TaskState::Scheduled { .. } => "scheduled".to_owned(),
        TaskState::Deferred { reason, .. } => format!("deferred: {reason}"),
        TaskState::Done { outcome, ended_ms } => {
            format!("done ({}) {} ago", outcome.name(), ago(*ended_ms))
        }
        TaskState::Dead { letter, ended_ms } => format!(
            "dead since {} ({}): {}",
            ago(*ended_ms),
            letter.class.name(),
            letter.message
        ),
        TaskState::Superseded { ended_ms } => format!("superseded {} ago", ago(*ended_ms)),
        TaskState::Blocked { by: 1 } => "blocked: it waits for another task".to_owned(),
        TaskState::Blocked { by } => format!("blocked: it waits for {by} others"),
        TaskState::Cancelled { ended_ms, reason } => match reason {
            Some(reason) => format!("cancelled {} ago: {reason}", ago(*ended_ms)),
            None => format!("cancelled {} ago", ago(*ended_ms)),
        },
    }
}
