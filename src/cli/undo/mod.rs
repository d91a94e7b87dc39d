//! `hive undo`: takes back what hive did last, or one of its commits.

mod targets;

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::listing::{duration, json as print, must_open};
use super::{Context, Ending};
use crate::agent::undo;
use crate::cli::here;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::TaskId;
use crate::repo::{Oid, Place, RepoPath};
use crate::settings::{self, Overrides};
use crate::writing::previous::Kept;
use crate::writing::{Word, Writer, Written, read};

use targets::{Target, last, of_file, of_task, owned};

/// The version of the shape of `hive undo --json`.
const SCHEMA: u32 = 1;
/// Why a file is not put back that somebody saved at that moment.
const SAVED: &str = "it was saved meanwhile, and that was kept";

/// Take back what hive did last: its last commit, or the last files it wrote
///
/// Commits are taken back by a commit that does the inverse; your own changes since then
/// stay, and what is taken back is not done again. A fix that was folded into your last
/// commit leaves it again.
#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// A commit of hive's (default: what hive landed or wrote last)
    commit: Option<String>,
    /// The fix that this task made
    #[arg(long, conflicts_with = "commit")]
    task: Option<TaskId>,
    /// What hive did last to this file, and nothing else
    #[arg(long, value_name = "PATH", conflicts_with_all = ["commit", "task"])]
    file: Option<String>,
    /// Everything that hive did on this branch in this span: 30m, 12h, 7d
    #[arg(long, value_name = "SPAN", value_parser = duration,
          conflicts_with_all = ["commit", "task", "file"])]
    since: Option<i64>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `hive undo`.
pub(super) fn run(args: &UndoArgs, context: &Context) -> Outcome<Ending> {
    let place = here::work_tree(&context.cwd)?;
    let queue = super::listing::open(context)?;
    let targets = match args {
        UndoArgs {
            commit: Some(named),
            ..
        } => {
            let commit = owned(&place, &must_open(context)?, named)?;
            vec![Target::Commit(commit, Vec::new())]
        }
        UndoArgs {
            task: Some(task), ..
        } => vec![of_task(&place, &must_open(context)?, *task)?],
        UndoArgs {
            file: Some(file), ..
        } => {
            let path = super::why::relative(file, &place, context)?;
            vec![of_file(&place, queue.as_ref(), &path)?]
        }
        UndoArgs {
            since: Some(span), ..
        } => targets::since(&place, queue.as_ref(), clock::wall_ms() - span)?,
        _ => vec![last(&place, queue.as_ref())?],
    };
    drop(queue);
    let many = targets.len() > 1;
    let (mut answers, mut lefts) = (Vec::new(), Vec::new());
    for target in targets {
        let done = match target {
            Target::Commit(commit, only) => take_back(context, &place, &commit, &only),
            Target::Write(files) => put_back(&place, &files),
        };
        match done {
            Ok((told, answer, left)) => {
                if !args.json {
                    context.terminal.line(&told).map_err(Failure::from_output)?;
                }
                answers.push(answer);
                lefts.extend(left);
            }
            // Of many, what can be taken back is.
            Err(failure) if many => lefts.push((String::new(), failure.to_string())),
            Err(failure) => return Err(failure),
        }
    }
    if args.json {
        let answer = if args.since.is_some() {
            json!({"schema": SCHEMA, "undone": answers, "left": said(&lefts)})
        } else {
            json!({"schema": SCHEMA, "undone": answers.pop()})
        };
        print(context, &answer)?;
    }
    for (path, reason) in &lefts {
        let text = match path.as_str() {
            "" => reason.clone(),
            path => format!("{path} stays: {reason}"),
        };
        context.terminal.warn(&text);
    }
    Ok(if lefts.is_empty() {
        Ending::Clean
    } else {
        Ending::Findings
    })
}

type Told = (String, Value, Vec<(String, String)>);

fn take_back(context: &Context, place: &Place, commit: &Oid, only: &[RepoPath]) -> Outcome<Told> {
    let queue = must_open(context)?;
    let resolved = settings::load(Some(place), &Overrides::default())?;
    let undone = undo::undo(place, &queue, &resolved.settings, commit, only)?;
    let paths: Vec<String> = undone.paths.iter().map(ToString::to_string).collect();
    let left: Vec<(String, String)> = undone
        .left
        .into_iter()
        .map(|(path, reason)| (path.to_string(), reason))
        .collect();
    let (commit_id, by, files) = (commit.short(), undone.by.short(), counted(paths.len()));
    let told = if undone.unfolded {
        format!("{commit_id} is {by} now, without hive's fixes ({files})")
    } else {
        format!("{commit_id} is taken back by {by} ({files})")
    };
    let answer = json!({
        "kind": "commit",
        "commit": commit.to_string(),
        "by": undone.by.to_string(),
        "unfolded": undone.unfolded,
        "paths": paths,
        "left": said(&left),
    });
    Ok((told, answer, left))
}

/// Puts the bytes back that were in files before hive wrote them.
fn put_back(place: &Place, files: &[Kept]) -> Outcome<Told> {
    let writer = Writer::for_repository(place).map_err(|error| {
        Failure::internal("hive's own directory cannot be used").caused_by(error)
    })?;
    let (mut paths, mut left) = (Vec::new(), Vec::new());
    for kept in files {
        let shown = shown(place, &kept.path);
        let tried = read(&kept.path)
            .map_err(|error| error.to_string())
            .and_then(|snapshot| {
                if snapshot.hash() != kept.after {
                    return Err(format!(
                        "it has changed since; what it was lies in {}",
                        kept.file.display()
                    ));
                }
                let bytes = std::fs::read(&kept.file).map_err(|error| error.to_string())?;
                if blake3::hash(&bytes) != kept.before {
                    return Err(format!("{} was changed", kept.file.display()));
                }
                match writer.replace(&snapshot, &bytes) {
                    Ok(Written::Replaced) => Ok(()),
                    Ok(Written::Overtaken) => Err(SAVED.to_owned()),
                    Err(error) => Err(error.to_string()),
                }
            });
        match tried {
            Ok(()) => paths.push(shown),
            Err(reason) => left.push((shown, reason)),
        }
    }
    for settled in writer.settle() {
        let shown = shown(place, &settled.path);
        if settled.word == Word::Overtaken && paths.contains(&shown) {
            paths.retain(|path| *path != shown);
            left.push((shown, SAVED.to_owned()));
        }
    }
    if paths.is_empty() {
        let first = left.first();
        let why = first.map_or_else(String::new, |(path, why)| format!("{path}: {why}"));
        return Err(Failure::usage(format!("nothing is put back: {why}"))
            .hint("`hive undo COMMIT` takes a commit of hive's back; `hive history` lists them"));
    }
    let told = format!(
        "{} as before hive wrote {}: {}",
        counted(paths.len()),
        if paths.len() == 1 { "it" } else { "them" },
        paths.join(", ")
    );
    let answer = json!({"kind": "write", "paths": paths, "left": said(&left)});
    Ok((told, answer, left))
}

fn said(left: &[(String, String)]) -> Vec<Value> {
    left.iter()
        .map(|(path, reason)| json!({"path": path, "reason": reason}))
        .collect()
}

fn shown(place: &Place, path: &Path) -> String {
    path.strip_prefix(&place.root)
        .unwrap_or(path)
        .display()
        .to_string()
}

fn counted(files: usize) -> String {
    match files {
        1 => "1 file".to_owned(),
        many => format!("{many} files"),
    }
}
