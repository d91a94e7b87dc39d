//! `hive lease`: has hive leave a file alone while somebody works on it.

use clap::Args;
use serde_json::json;

use super::listing::{duration, json as print, must_open, open, say_nothing_here, span, table};
use super::why::relative;
use super::{Context, Ending};
use crate::agent::leases;
use crate::cli::here;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::Lease;
use crate::repo::RepoPath;
use crate::terminal::plain;
use crate::wake;

/// The version of the shape of `hive lease --json`.
const SCHEMA: u32 = 1;
/// How long a lease lasts at most: a day, in milliseconds.
const LONGEST: i64 = 24 * 60 * 60 * 1000;

/// Have hive leave a file alone while somebody works on it
///
/// For coding agents and editors: until the lease ends, hive does not write the file, not
/// when it is saved, not in a commit that is being made, and not when a fix lands; such a
/// fix waits. When this returns, no write is under way. Commits of the file are looked at
/// as ever, and `hive fix` by hand does what it is told. A lease of a directory is one of
/// all files below it. Taken again, it lasts as long as the later of the two ends.
#[derive(Debug, Args)]
pub(super) struct LeaseArgs {
    /// Files or directories
    #[arg(value_name = "PATH", required_unless_present_any = ["release", "list"])]
    paths: Vec<String>,
    /// For how long: 30s, 5m; at most a day
    #[arg(long, value_name = "SPAN", value_parser = ttl, default_value = "60s")]
    ttl: i64,
    /// End the leases of these paths now, or all of this work tree
    #[arg(long)]
    release: bool,
    /// Print the leases that are not over
    #[arg(long, conflicts_with_all = ["release", "paths"])]
    list: bool,
    /// Print JSON; docs/json.md describes it
    #[arg(long)]
    json: bool,
}

fn ttl(text: &str) -> Result<i64, String> {
    match duration(text)? {
        span @ 1..=LONGEST => Ok(span),
        _ => Err(format!("`{text}` is no time for a lease: say 1s to 24h")),
    }
}

/// Runs `hive lease`.
pub(super) fn run(args: &LeaseArgs, context: &Context) -> Outcome<Ending> {
    if args.list {
        return list(args, context);
    }
    let queue = must_open(context)?;
    let place = here::work_tree(&context.cwd)?;
    let paths = args
        .paths
        .iter()
        .map(|path| relative(path, &place, context))
        .collect::<Outcome<Vec<RepoPath>>>()?;
    if args.release {
        let ended = queue.release_leases((!paths.is_empty()).then_some(paths))?;
        // What has waited for them goes on.
        if !ended.is_empty() {
            wake::nudge(&place)
                .map_err(|error| Failure::internal("hive cannot be woken").caused_by(error))?;
        }
        if args.json {
            print(context, &json!({"schema": SCHEMA, "released": ended}))?;
        } else {
            let word = if ended.is_empty() {
                vec!["nothing was leased".to_owned()]
            } else {
                ended
                    .iter()
                    .map(|path| format!("released  {path}"))
                    .collect()
            };
            for line in word {
                context.terminal.say(&plain(&line));
            }
        }
        return Ok(Ending::Clean);
    }
    let taken = leases::take(&place, &queue, paths, args.ttl)?;
    if args.json {
        print(context, &json!({"schema": SCHEMA, "leases": taken}))?;
    } else {
        for lease in &taken {
            let line = format!("leased  {} for {}", lease.path, left(lease));
            context.terminal.say(&plain(&line));
        }
    }
    Ok(Ending::Clean)
}

fn list(args: &LeaseArgs, context: &Context) -> Outcome<Ending> {
    let leases = match open(context)? {
        Some(queue) => queue.leases()?,
        None if args.json => Vec::new(),
        None => {
            say_nothing_here(context);
            return Ok(Ending::Clean);
        }
    };
    if args.json {
        print(context, &json!({"schema": SCHEMA, "leases": leases}))?;
        return Ok(Ending::Clean);
    }
    if leases.is_empty() {
        context.terminal.say("nothing is leased");
        return Ok(Ending::Clean);
    }
    let rows: Vec<Vec<String>> = leases
        .iter()
        .map(|lease| vec![left(lease), lease.path.to_string()])
        .collect();
    table(context, &["left", "path"], &rows)?;
    Ok(Ending::Clean)
}

/// How long it lasts, as people say it; a part of a second counts as one.
fn left(lease: &Lease) -> String {
    span(lease.until_ms - clock::wall_ms() + 999)
}
