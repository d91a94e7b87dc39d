//! `hive workers`: who works here.

use clap::Args;
use serde_json::json;

use super::listing::{ago, json, open, say_nothing_here, table, value};
use super::{Context, Ending};
use crate::failure::Outcome;
use crate::queue::WorkerRow;

/// The version of the shape of `hive workers --json`.
const SCHEMA: u32 = 1;

/// Show the workers of this work tree and what they do
#[derive(Debug, Args)]
pub(super) struct WorkersArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `hive workers`.
pub(super) fn run(args: &WorkersArgs, context: &Context) -> Outcome<Ending> {
    let queue = open(context)?;
    let known = queue.is_some();
    let workers = match queue {
        Some(queue) => queue.workers()?,
        None => Vec::new(),
    };
    if args.json {
        let answer = json!({"schema": SCHEMA, "workers": value(&workers)?});
        json(context, &answer)?;
        return Ok(Ending::Clean);
    }
    if !known {
        say_nothing_here(context);
    } else if workers.is_empty() {
        context.terminal.say("no worker has run here lately");
    } else {
        let rows: Vec<Vec<String>> = workers.iter().map(row).collect();
        table(context, &["name", "pid", "age", "heard of", "does"], &rows)?;
    }
    Ok(Ending::Clean)
}

fn row(worker: &WorkerRow) -> Vec<String> {
    let does = match (&worker.ended_ms, &worker.path) {
        (Some(ended), _) => {
            let reason = worker.reason.as_deref().unwrap_or_default();
            format!("ended {} ago: {reason}", ago(*ended))
        }
        (None, Some(path)) => path.to_string(),
        (None, None) => "idle".to_owned(),
    };
    vec![
        worker.name.clone(),
        worker.pid.to_string(),
        ago(worker.started_ms),
        format!("{} ago", ago(worker.beat_ms)),
        does,
    ]
}
