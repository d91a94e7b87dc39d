//! `hive agent-edit`: what a coding agent's hook calls after an edit, hidden.
//!
//! It lays out what was edited and says so to the agent. It never fails: a turn of the
//! agent must not end because of hive, so whatever goes wrong is a line on standard error.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::Value;

use super::{Context, Ending};
use crate::coding::{Edited, Reply, edited};
use crate::failure::{Failure, Outcome};
use crate::process::Interrupt;
use crate::repo::Place;
use crate::rpc::{Hive, Order, inside};
use crate::terminal::plain;

/// How much of standard input is read: an edit may bring a whole file along.
const MOST: u64 = 32 << 20;
/// How many files of one edit are dealt with.
const FILES: usize = 200;
/// How long each of the two looks may take.
const DEADLINE: Duration = Duration::from_secs(55);
/// How many findings the agent is told of.
const TOLD: usize = 20;

/// Called by a coding agent's hook after an edit
#[derive(Debug, Args)]
pub(super) struct AgentEditArgs {
    /// Files that were edited; without any, what the hook gets on standard input
    paths: Vec<PathBuf>,
}

/// Runs `hive agent-edit`.
pub(super) fn run(args: &AgentEditArgs, context: &Context) -> Ending {
    let done = read(args).and_then(|said| {
        let text = told(&said, context);
        if text.is_empty() {
            return Ok(());
        }
        let answer = said.reply.of(&plain(&text));
        let written = context.terminal.data(answer.as_bytes());
        written.map_err(Failure::from_output)
    });
    said_of(done, context);
    Ending::Clean
}

/// What there is, or nothing, and why on standard error.
fn said_of<T: Default>(done: Outcome<T>, context: &Context) -> T {
    done.unwrap_or_else(|failure| {
        if !failure.is_closed_pipe() {
            context.terminal.fail(&failure);
        }
        T::default()
    })
}

/// What was edited.
fn read(args: &AgentEditArgs) -> Outcome<Edited> {
    if !args.paths.is_empty() {
        return Ok(Edited {
            paths: args.paths.clone(),
            reply: Reply::Plain,
        });
    }
    let mut bytes = Vec::new();
    std::io::stdin()
        .take(MOST)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::usage("standard input cannot be read").caused_by(error))?;
    Ok(edited(&String::from_utf8_lossy(&bytes)))
}

/// Fixes the files and puts what the agent should know into words; empty where there is
/// nothing. What fails costs only itself: the agent has to know which of its files were
/// rewritten.
fn told(said: &Edited, context: &Context) -> String {
    let mut lines = Vec::new();
    for (root, paths) in by_repository(said, &context.cwd) {
        // What keeps the meaning, as for a save: an import that is not used yet will be
        // after the next edit. The rest goes with the commit.
        let fix = [
            "fix",
            "--format=json",
            "--lint=off",
            "--level=critical",
            "--",
        ];
        let fixed = ask(&fix, &paths, &root).map(|report| rewritten(&report));
        let failed = fixed.is_err();
        lines.extend(said_of(fixed, context));
        if failed {
            // What could not be fixed cannot be checked, for the same reason.
            continue;
        }
        let check = ["check", "--format=json", "--"];
        let left = ask(&check, &paths, &root).map(|report| remaining(&report));
        lines.extend(said_of(left, context));
    }
    lines.join("\n")
}

/// The files that are hive's to look at, by the top of their work trees.
fn by_repository(said: &Edited, cwd: &Path) -> BTreeMap<PathBuf, Vec<PathBuf>> {
    let mut found: BTreeMap<PathBuf, Vec<PathBuf>> = BTreeMap::new();
    for path in said.paths.iter().take(FILES) {
        let path = cwd.join(path);
        let ending = path.extension().and_then(|ending| ending.to_str());
        if !matches!(ending, Some("py" | "pyi")) || !path.is_file() {
            continue;
        }
        let real = path.parent().and_then(|parent| parent.canonicalize().ok());
        let (Some(real), Some(name)) = (real, path.file_name()) else {
            continue;
        };
        let Some(place) = Place::find(&real) else {
            continue;
        };
        let whole = real.join(name);
        let named = whole.to_str().map(|text| inside(&place.root, text));
        if named.is_some_and(|inside| inside.is_ok()) {
            found.entry(place.root).or_default().push(whole);
        }
    }
    found
}

fn ask(args: &[&str], paths: &[PathBuf], root: &Path) -> Outcome<Value> {
    let hive = Hive::own()
        .map_err(|error| Failure::internal("hive cannot tell where it lies").caused_by(error))?;
    let mut all: Vec<OsString> = args.iter().map(OsString::from).collect();
    all.extend(paths.iter().map(|path| path.clone().into_os_string()));
    let said = hive
        .run(Order::new(all, root, DEADLINE), &Interrupt::default())
        .map_err(|error| Failure::internal("the files were not looked at").caused_by(error))?;
    serde_json::from_slice(&said.data).map_err(|_| {
        let words = said.words();
        let message = words.strip_prefix("error: ").unwrap_or(&words);
        Failure::internal(match message {
            "" => "hive ended without a word",
            message => message,
        })
    })
}

/// What was changed, one line a file.
fn rewritten(report: &Value) -> Vec<String> {
    let fixed = list(report, "files").filter(|file| file["status"] == "fixed");
    let one = |file: &Value| {
        let fixes: Vec<String> = list(file, "fixes")
            .map(|fix| format!("{} ×{}", text(&fix["code"]), fix["count"]))
            .collect();
        format!(
            "hive has changed {} ({}): read it again before the next edit",
            text(&file["path"]),
            fixes.join(", ")
        )
    };
    fixed.map(one).collect()
}

/// What is left for the agent, one line each.
fn remaining(report: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for file in list(report, "files") {
        if let Some(reason) = file["reason"]
            .as_str()
            .filter(|_| file["status"] == "failed")
        {
            lines.push(format!("{}: {reason}", text(&file["path"])));
        }
        let suppressed = |finding: &&Value| !finding["golden"]["suppressed"].is_null();
        for finding in list(file, "findings").filter(|finding| !suppressed(finding)) {
            lines.push(format!(
                "{}:{}:{}: {} {}",
                text(&file["path"]),
                finding["line"],
                finding["column"],
                text(&finding["code"]),
                text(&finding["message"])
            ));
        }
    }
    lines.extend(list(report, "held").map(|held| {
        format!(
            "{} did not run: {} ({})",
            text(&held["tool"]),
            text(&held["reason"]),
            text(&held["remedy"])
        )
    }));
    let more = lines.len().saturating_sub(TOLD);
    lines.truncate(TOLD);
    if more > 0 {
        lines.push(format!("and {more} more: hive check"));
    }
    lines
}

fn list<'a>(of: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    of[name].as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
