//! `hive log`: the journal in words.

use clap::Args;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use super::listing::{duration, json as print, open, put_behind, say_nothing_here, since, value};
use super::watch::live::styled;
use super::why::below;
use super::{Context, Ending};
use crate::failure::Outcome;
use crate::journal::{path_of, told, words};
use crate::screen::parts::width;
use crate::terminal::plain;

/// The version of the shape of `hive log --json`.
const SCHEMA: u32 = 1;

/// Read what happened, in words
///
/// The journal of this work tree, the last entry at the end. It is kept for a day.
#[derive(Debug, Args)]
pub(super) struct LogArgs {
    /// Only what is about this file, or the files below this directory
    path: Option<String>,
    /// Only entries of this span: 30m, 12h
    #[arg(long, value_parser = duration)]
    since: Option<i64>,
    /// At most this many
    #[arg(short = 'n', long, default_value_t = 50)]
    limit: usize,
    /// Also what is of interest to hive alone: workers, starts, scaling
    #[arg(short, long)]
    all: bool,
    /// Print JSON; docs/events.md describes the entries
    #[arg(long)]
    json: bool,
}

/// Runs `hive log`.
pub(super) fn run(args: &LogArgs, context: &Context) -> Outcome<Ending> {
    let Some(queue) = open(context)? else {
        if args.json {
            print(context, &json!({"schema": SCHEMA, "entries": []}))?;
        } else {
            say_nothing_here(context);
        }
        return Ok(Ending::Clean);
    };
    let below = args.path.as_deref().map(|path| below(path, context));
    let below = below.transpose()?.flatten();
    let all = args.all || args.json;
    let entries = queue.last_entries(since(args.since).unwrap_or(0), args.limit, |entry| {
        let about = below.as_deref().is_none_or(|below| {
            path_of(&entry.event).is_some_and(|path| {
                let rest = path.as_str().strip_prefix(below);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
        });
        about && (all || told(&entry.event, false).is_some())
    })?;
    if args.json {
        let answer = json!({"schema": SCHEMA, "entries": value(&entries)?});
        print(context, &answer)?;
        return Ok(Ending::Clean);
    }
    if entries.is_empty() {
        context
            .terminal
            .say("nothing of that kind happened here in the last day");
    }
    let style = context.terminal.out_style();
    for entry in entries {
        let (word, text) = words(&entry.event);
        let time = time(entry.at_ms);
        let columns = width(&time) + width(word.name()).max(6) + 4;
        let head = format!(
            "{}  {}  ",
            style.clone().dim().apply_to(time),
            styled(word, style.clone()),
        );
        put_behind(context, &head, columns, &plain(&text))?;
    }
    Ok(Ending::Clean)
}

/// A time where the person is.
fn time(at_ms: i64) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(
        |_| String::new(),
        |at| {
            let at = at.to_zoned(TimeZone::system());
            at.strftime("%m-%d %H:%M:%S").to_string()
        },
    )
}
