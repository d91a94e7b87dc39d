//! `hive undo`: takes back what hive did last, or one of its commits.

use std::collections::HashSet;
use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::listing::{json as print, must_open};
use super::{Context, Ending};
use crate::agent::{nos, undo};
use crate::failure::{Failure, Outcome};
use crate::house::unanswered;
use crate::queue::{Landing, LandingKind, Queue};
use crate::repo::baseline::BaselineError;
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, head};
use crate::settings::{self, Overrides};
use crate::writing::previous::{self, Kept};
use crate::writing::{Word, Writer, Written, read};

/// The version of the shape of `hive undo --json`.
const SCHEMA: u32 = 1;
/// How many landings back the last one is looked for.
const FAR: usize = 100;
/// Why a file is not put back that somebody saved at that moment.
const SAVED: &str = "it was saved meanwhile, and that was kept";

/// Take back what hive did last: its last commit, or the last files it wrote
#[derive(Debug, Args)]
pub(super) struct UndoArgs {
    /// A commit of hive's (default: what hive landed or wrote last)
    commit: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What is to be taken back.
enum Last {
    Commit(Oid),
    Write(Vec<Kept>),
}

/// Runs `hive undo`.
pub(super) fn run(args: &UndoArgs, context: &Context) -> Outcome<Ending> {
    let place = Place::find(&context.cwd).ok_or_else(super::watch::no_repository)?;
    let last = match &args.commit {
        Some(named) => Last::Commit(owned(&place, &must_open(context)?, named)?),
        None => last(&place, super::listing::open(context)?.as_ref())?,
    };
    let (told, answer, left) = match last {
        Last::Commit(commit) => take_back(context, &place, &commit)?,
        Last::Write(files) => put_back(&place, &files)?,
    };
    if args.json {
        print(context, &json!({"schema": SCHEMA, "undone": answer}))?;
    } else {
        context.terminal.line(&told).map_err(Failure::from_output)?;
    }
    for (path, reason) in &left {
        context.terminal.warn(&format!("{path} stays: {reason}"));
    }
    Ok(if left.is_empty() {
        Ending::Clean
    } else {
        Ending::Findings
    })
}

type Told = (String, Value, Vec<(String, String)>);

fn take_back(context: &Context, place: &Place, commit: &Oid) -> Outcome<Told> {
    let queue = must_open(context)?;
    let resolved = settings::load(Some(place), &Overrides::default())?;
    let undone = undo::undo(place, &queue, &resolved.settings, commit)?;
    let paths: Vec<String> = undone.paths.iter().map(ToString::to_string).collect();
    let left: Vec<(String, String)> = undone
        .left
        .into_iter()
        .map(|(path, reason)| (path.to_string(), reason))
        .collect();
    let told = format!(
        "{} is taken back by {} ({})",
        commit.short(),
        undone.by.short(),
        counted(paths.len())
    );
    let answer = json!({
        "kind": "commit",
        "commit": commit.to_string(),
        "by": undone.by.to_string(),
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

/// A commit that a person names, if it is hive's own and HEAD reaches it.
fn owned(place: &Place, queue: &Queue, named: &str) -> Outcome<Oid> {
    let failed = |error: BaselineError| match error {
        error @ BaselineError::UnknownRevision { .. } => Failure::usage(error.to_string())
            .hint("`hive history` lists what hive landed, `git log` all commits"),
        error => unanswered(&error),
    };
    let objects = Objects::open(place).map_err(failed)?;
    let commit = objects.commit(named).map_err(failed)?;
    let short = commit.short();
    if !queue.is_own(&commit)? {
        return Err(
            Failure::usage(format!("{short} is not a commit of hive's own"))
                .hint(format!("git revert {short}")),
        );
    }
    let landing = queue.landing_of(&commit)?;
    let theirs = landing
        .iter()
        .flat_map(|landing| &landing.commits)
        .find(|one| one.oid == commit)
        .and_then(|one| one.reowned_by);
    if let Some(by) = theirs {
        let by = by.short();
        return Err(
            Failure::usage(format!("{short} was amended to {by}, which is yours"))
                .hint(format!("git revert {by}")),
        );
    }
    let tip = head::read(place).map_err(|error| unanswered(&error))?.tip;
    if !tip.is_some_and(|tip| objects.reaches(&tip, &commit)) {
        let branch = landing.map_or_else(String::new, |landing| landing.reference);
        let branch = branch.trim_start_matches("refs/heads/").to_owned();
        return Err(
            Failure::usage(format!("{short} is not on the branch you are on"))
                .hint(format!("it was landed on {branch}: git switch {branch}")),
        );
    }
    Ok(commit)
}

/// What hive did last and what has not been taken back yet.
fn last(place: &Place, queue: Option<&Queue>) -> Outcome<Last> {
    let landing = match queue {
        Some(queue) => last_landing(place, queue)?,
        None => None,
    };
    let write = last_write(&place.state_dir(), &place.root)?;
    match (landing, write) {
        (Some((at, _)), Some(files)) if files.iter().any(|kept| kept.at_ms > at) => {
            Ok(Last::Write(files))
        }
        (Some((_, commit)), _) => Ok(Last::Commit(commit)),
        (None, Some(files)) => Ok(Last::Write(files)),
        (None, None) => Err(
            Failure::usage("there is nothing of hive's to take back here")
                .hint("`hive history` lists what hive landed"),
        ),
    }
}

fn last_landing(place: &Place, queue: &Queue) -> Outcome<Option<(i64, Oid)>> {
    let failed = |error: BaselineError| unanswered(&error);
    let Some(tip) = head::read(place).map_err(failed)?.tip else {
        return Ok(None);
    };
    let objects = Objects::open(place).map_err(failed)?;
    let mut undone: Vec<String> = Vec::new();
    let by_hive = |landing: &Landing| matches!(landing.kind, LandingKind::Own | LandingKind::Undo);
    for landing in queue.landings(FAR)?.iter().filter(|one| by_hive(one)) {
        for commit in landing.commits.iter().rev() {
            if commit.reowned_by.is_some() || !objects.reaches(&tip, &commit.oid) {
                continue;
            }
            let id = commit.oid.to_string();
            if undone.iter().any(|begin| id.starts_with(begin)) {
                continue;
            }
            match nos::undoes(place, &commit.oid) {
                Some(begin) => undone.push(begin),
                None => return Ok(Some((landing.at_ms, commit.oid))),
            }
        }
    }
    Ok(None)
}

/// The files of the last run that wrote any, without those that were put back since.
/// Of a long run, such as the agent's, only what it wrote together with the last one.
fn last_write(state: &Path, root: &Path) -> Outcome<Option<Vec<Kept>>> {
    let kept = previous::list(state)
        .map_err(|error| Failure::internal("the kept bytes cannot be listed").caused_by(error))?;
    let mut standing: Vec<Kept> = Vec::new();
    for one in kept.iter().filter(|one| one.path.starts_with(root)) {
        // The newest are first: a later write that put these bytes back takes this one
        // away, and is none to take back itself.
        let put_back = standing.iter().rposition(|later| {
            later.path == one.path && later.before == one.after && later.after == one.before
        });
        match put_back {
            Some(at) => {
                standing.remove(at);
            }
            None => standing.push(one.clone()),
        }
    }
    let Some(first) = standing.first().cloned() else {
        return Ok(None);
    };
    let session = |kept: &Kept| {
        let name = kept.file.file_stem().unwrap_or_default().to_string_lossy();
        name.rsplit('-').next().unwrap_or_default().to_owned()
    };
    let run = session(&first);
    let mut seen = HashSet::new();
    standing.retain(|kept| session(kept) == run && seen.insert(kept.path.clone()));
    // A run by hand writes without a pause; an agent writes for days.
    let mut at = first.at_ms;
    standing.retain(|kept| {
        let near = at - kept.at_ms <= 1000;
        if near {
            at = kept.at_ms;
        }
        near
    });
    Ok(Some(standing))
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
