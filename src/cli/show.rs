//! `hive show`: one fix, or one commit of hive's, with the diff.

use clap::Args;
use serde_json::{Value, json};

use super::listing::{ago, facts, json as print, must_open, unknown, value};
use super::{Context, Ending};
use crate::agent::nos;
use crate::cli::here;
use crate::failure::{Failure, Outcome};
use crate::house::unanswered;
use crate::queue::{Fix, FixFilter, FixState, Landing, Queue, TaskId};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place};
use crate::report::{Styles, coloured, unified};

/// The version of the shape of `hive show --json`.
const SCHEMA: u32 = 1;

/// Show what a task or a commit of hive's changed, with the diff
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The number of a task, or a commit of hive's
    #[arg(value_name = "TASK|COMMIT")]
    about: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// A file before and after.
struct Change {
    path: String,
    before: Vec<u8>,
    after: Vec<u8>,
}

/// Runs `hive show`.
pub(super) fn run(args: &ShowArgs, context: &Context) -> Outcome<Ending> {
    let queue = must_open(context)?;
    let place = here::work_tree(&context.cwd)?;
    let objects = Objects::open(&place).map_err(|error| unanswered(&error))?;
    let task = args.about.parse().ok().filter(|task: &TaskId| task.0 > 0);
    // Digits alone may be the beginning of a commit, too; a task comes first.
    if let Some(task) = task {
        let fixes = queue.fixes_of_task(task)?;
        let shown = queue.show(task)?;
        if !fixes.is_empty() || shown.is_some() {
            return of_task(args, context, &objects, task, fixes);
        }
    }
    match objects.commit(&args.about) {
        Ok(commit) => of_commit(args, context, &place, &queue, &objects, &commit),
        Err(_) if task.is_some() => Err(unknown("task", task.map_or(0, |task| task.0))),
        Err(error) => Err(unanswered(&error)),
    }
}

fn of_task(
    args: &ShowArgs,
    context: &Context,
    objects: &Objects,
    task: TaskId,
    fixes: Vec<(Fix, Option<Vec<u8>>)>,
) -> Outcome<Ending> {
    if fixes.is_empty() {
        return Err(Failure::usage(format!("task {task} made no fix"))
            .hint(format!("hive why {task} says what came of it")));
    }
    let mut changes = Vec::new();
    for (fix, after) in &fixes {
        let landed = match &fix.state {
            FixState::Landed {
                commit: Some(commit),
                ..
            } => objects
                .blob_at(commit, &fix.path)
                .ok()
                .flatten()
                .and_then(|(oid, _)| objects.blob(&oid).ok()),
            _ => None,
        };
        let before = objects.blob(&fix.before).ok();
        if let (Some(before), Some(after)) = (before, after.clone().or(landed)) {
            changes.push(Change {
                path: fix.path.to_string(),
                before,
                after,
            });
        }
    }
    let fixes: Vec<Fix> = fixes.into_iter().map(|(fix, _)| fix).collect();
    if args.json {
        let answer = json!({
            "schema": SCHEMA,
            "task": task.0,
            "fixes": value(&fixes)?,
            "diffs": diffs(&changes),
        });
        print(context, &answer)?;
        return Ok(Ending::Clean);
    }
    for fix in &fixes {
        facts(
            context,
            &[
                ("task", task.to_string()),
                ("file", fix.path.to_string()),
                (
                    "by",
                    format!("{}, {} ago, {} ms", fix.worker, ago(fix.made_ms), fix.ms),
                ),
                ("rules", rules(std::slice::from_ref(fix))),
                ("state", state(fix)),
                ("for", shorts(&fix.commits)),
            ],
        )?;
    }
    draw(context, &changes)?;
    Ok(Ending::Clean)
}

fn of_commit(
    args: &ShowArgs,
    context: &Context,
    place: &Place,
    queue: &Queue,
    objects: &Objects,
    commit: &Oid,
) -> Outcome<Ending> {
    let landing = match queue.fold_of(commit)? {
        Some(fold) => Some(fold),
        None => queue.landing_of(commit)?,
    };
    let landing = landing.ok_or_else(|| {
        let short = commit.short();
        Failure::usage(format!("{short} is not a commit of hive's own"))
            .hint(format!("git show {short}"))
    })?;
    let stage = landing
        .commits
        .iter()
        .find(|one| one.oid == *commit)
        .map(|one| one.stage);
    let fixes: Vec<Fix> = queue
        .fixes(&FixFilter {
            landing: Some(landing.id),
            ..FixFilter::default()
        })?
        .into_iter()
        // One commit has the fixes of all stages.
        .filter(|fix| landing.commits.len() == 1 || Some(fix.stage) == stage)
        .collect();
    let mut changes = Vec::new();
    for (path, before, after) in nos::changed_by(place, queue, commit)? {
        let blob = |oid: &Oid| objects.blob(oid).map_err(|error| unanswered(&error));
        changes.push(Change {
            path: path.to_string(),
            before: blob(&before)?,
            after: blob(&after)?,
        });
    }
    if args.json {
        let answer = json!({
            "schema": SCHEMA,
            "commit": commit.to_string(),
            "landing": value(&landing)?,
            "fixes": value(&fixes)?,
            "diffs": diffs(&changes),
        });
        print(context, &answer)?;
        return Ok(Ending::Clean);
    }
    let mut workers: Vec<&str> = fixes.iter().map(|fix| fix.worker.as_str()).collect();
    workers.sort_unstable();
    workers.dedup();
    let tasks: Vec<String> = fixes.iter().map(|fix| fix.task.to_string()).collect();
    let mut sources: Vec<Oid> = fixes.iter().flat_map(|fix| fix.commits.clone()).collect();
    sources.sort_by_key(ToString::to_string);
    sources.dedup();
    facts(
        context,
        &[
            ("commit", commit.short()),
            ("subject", objects.subject(commit).unwrap_or_default()),
            ("landed", landed(&landing, commit)),
            ("by", workers.join(", ")),
            ("rules", rules(&fixes)),
            ("tasks", tasks.join(", ")),
            ("for", shorts(&sources)),
        ],
    )?;
    draw(context, &changes)?;
    Ok(Ending::Clean)
}

fn landed(landing: &Landing, commit: &Oid) -> String {
    let branch = landing
        .reference
        .strip_prefix("refs/heads/")
        .unwrap_or(&landing.reference);
    let theirs = landing
        .commits
        .iter()
        .find(|one| one.oid == *commit)
        .and_then(|one| one.reowned_by);
    let theirs = theirs.map_or_else(String::new, |by| {
        format!(", amended to {}: yours now", by.short())
    });
    format!(
        "{} on {branch}, {} ago{theirs}",
        landing.kind.name(),
        ago(landing.at_ms)
    )
}

fn state(fix: &Fix) -> String {
    match &fix.state {
        FixState::Landed {
            commit: Some(commit),
            ..
        } => format!("landed in {}", commit.short()),
        FixState::Deferred { reason } | FixState::Held { reason } => {
            format!("{}: {reason}", fix.state.name())
        }
        FixState::Dropped { reason, .. } => format!("dropped: {reason}"),
        state => state.name().to_owned(),
    }
}

fn rules(fixes: &[Fix]) -> String {
    let mut sums: Vec<(&str, u32)> = Vec::new();
    for count in fixes.iter().flat_map(|fix| &fix.counts) {
        match sums.iter_mut().find(|(code, _)| *code == count.code) {
            Some((_, sum)) => *sum += count.count,
            None => sums.push((&count.code, count.count)),
        }
    }
    let all: Vec<String> = sums
        .iter()
        .map(|(code, count)| format!("{code} ×{count}"))
        .collect();
    all.join(", ")
}

fn shorts(commits: &[Oid]) -> String {
    let all: Vec<String> = commits.iter().map(Oid::short).collect();
    all.join(", ")
}

fn diffs(changes: &[Change]) -> Vec<Value> {
    changes
        .iter()
        .map(|change| {
            let diff = unified(&change.path, &change.before, &change.after);
            json!({"path": change.path, "diff": String::from_utf8_lossy(&diff)})
        })
        .collect()
}

fn draw(context: &Context, changes: &[Change]) -> Outcome<()> {
    let styles = Styles::new(context.terminal.out_style());
    for change in changes {
        let diff = coloured(&change.path, &change.before, &change.after, &styles);
        let written = context
            .terminal
            .data(b"\n")
            .and_then(|()| context.terminal.data(&diff));
        written.map_err(Failure::from_output)?;
    }
    Ok(())
}
