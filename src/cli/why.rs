//! `hive why`: what hive did to a file or did not do, and why.

use clap::Args;
use serde_json::json;

use super::escalations::{desk, drawn};
use super::listing::{ago, json as print, put, value};
use super::{Context, Ending, here};
use crate::failure::{Failure, Outcome};
use crate::house::named;
use crate::queue::{EscalationId, FixState, Shown, TaskId, TaskState};
use crate::repo::{Place, RepoPath};
use crate::review::{self, Desk, Why};
use crate::terminal::plain;

/// The version of the shape of `hive why --json`.
const SCHEMA: u32 = 1;

/// Say what hive did to a file or did not do, and why
///
/// For a path: what is decided for it, the last fixes, what is kept back, skipped or
/// declined, and open questions. For a number: the question and the task of that number.
#[derive(Debug, Args)]
pub(super) struct WhyArgs {
    /// A file, or the number of a question or task
    #[arg(value_name = "PATH|ID")]
    about: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Runs `hive why`.
pub(super) fn run(args: &WhyArgs, context: &Context) -> Outcome<Ending> {
    let desk = desk(context)?;
    let bare = args.about.strip_prefix('#').unwrap_or(&args.about);
    match bare.parse::<i64>() {
        Ok(number) if number > 0 && !context.cwd.join(&args.about).exists() => {
            of_number(number, args.json, &desk, context)
        }
        _ => {
            let path = relative(&args.about, &desk.place, context)?;
            let why = review::why(&desk, &path)?;
            if args.json {
                let answer = json!({"schema": SCHEMA, "why": value(&why)?});
                print(context, &answer)?;
            } else {
                say(context, &told(&why))?;
            }
            Ok(Ending::Clean)
        }
    }
}

/// A path as it is typed, relative to the root; also of a file that is gone.
pub(super) fn relative(typed: &str, place: &Place, context: &Context) -> Outcome<RepoPath> {
    let typed_path = std::path::Path::new(typed);
    let absolute = named(typed_path, &context.cwd).unwrap_or_else(|_| context.cwd.join(typed_path));
    let root = place
        .root
        .canonicalize()
        .unwrap_or_else(|_| place.root.clone());
    let inside = absolute
        .strip_prefix(&root)
        .or_else(|_| absolute.strip_prefix(&place.root))
        .ok()
        .and_then(std::path::Path::to_str)
        .and_then(|path| RepoPath::new(path).ok());
    inside.ok_or_else(|| {
        Failure::usage(format!("{typed} is no file of this repository"))
            .hint("hive why takes a path below the root, or the number of a question or task")
    })
}

/// A path that a listing is to be about, as it is typed, relative to the root; `None` for the
/// root itself, which everything lies below.
pub(super) fn below(typed: &str, context: &Context) -> Outcome<Option<String>> {
    let place = here::work_tree(&context.cwd)?;
    // From the root, as listings name files, where there is nothing of that name here.
    let here = context.cwd.join(typed);
    if !here.exists() && !typed.starts_with('.') && !typed.starts_with('/') {
        return Ok(Some(typed.trim_end_matches('/').to_owned()));
    }
    let root = place.root.canonicalize().ok();
    if here
        .canonicalize()
        .ok()
        .is_some_and(|here| root == Some(here))
    {
        return Ok(None);
    }
    Ok(Some(relative(typed, &place, context)?.to_string()))
}

fn of_number(number: i64, as_json: bool, desk: &Desk, context: &Context) -> Outcome<Ending> {
    let question = match desk.queue.escalation(EscalationId(number))? {
        Some(_) => Some(review::detail(desk, EscalationId(number))?),
        None => None,
    };
    let task = desk.queue.show(TaskId(number))?;
    if question.is_none() && task.is_none() {
        return Err(
            Failure::usage(format!("there is no question and no task {number}"))
                .hint("hive escalations and hive queue list them; finished tasks go after a day"),
        );
    }
    if as_json {
        let answer = json!({
            "schema": SCHEMA,
            "question": value(&question)?,
            "task": value(&task.as_ref().map(|shown| &shown.task))?,
            "attempts": value(&task.as_ref().map(|shown| &shown.attempts))?,
        });
        print(context, &answer)?;
        return Ok(Ending::Clean);
    }
    let both = question.is_some() && task.is_some();
    let mut lines = Vec::new();
    if let Some(detail) = &question {
        if both {
            lines.push(format!("question {number}"));
        }
        lines.extend(drawn::detail(detail, &context.terminal));
    }
    if both {
        lines.push(String::new());
    }
    for line in lines {
        context.terminal.line(&line).map_err(Failure::from_output)?;
    }
    say(context, &task.as_ref().map(of_task).unwrap_or_default())?;
    Ok(Ending::Clean)
}

/// A task's story.
fn of_task(shown: &Shown) -> Vec<String> {
    let task = &shown.task;
    let mut lines = vec![format!(
        "task {} looks at {} ({}, {})",
        task.id,
        task.path,
        task.stage,
        task.cause.name()
    )];
    for attempt in &shown.attempts {
        let message = attempt.message.as_deref().unwrap_or_default();
        lines.push(format!(
            "  {} ago  {} {} after {} ms  {}",
            ago(attempt.started_ms),
            attempt.worker,
            attempt.outcome.name(),
            attempt.ended_ms - attempt.started_ms,
            message.lines().next().unwrap_or_default()
        ));
    }
    lines.push(match &task.state {
        TaskState::Ready => "it waits for its turn".to_owned(),
        TaskState::Running { worker, .. } => format!("{worker} is at it"),
        TaskState::Scheduled { .. } => "it is tried again later".to_owned(),
        TaskState::Deferred { reason, .. } => format!("it cannot be done now: {reason}"),
        TaskState::Done { outcome, ended_ms } => {
            format!("it ended {} ago: {}", ago(*ended_ms), outcome.name())
        }
        TaskState::Dead { letter, ended_ms } => {
            let again = match letter.successor {
                Some(next) => format!("task {next} took it up again"),
                None => format!("hive queue retry {} tries again", task.id),
            };
            format!(
                "it died {} ago of {}: {}; {again}",
                ago(*ended_ms),
                letter.class.name(),
                letter.message
            )
        }
        TaskState::Superseded { ended_ms } => {
            format!(
                "a newer task of the file took its place {} ago",
                ago(*ended_ms)
            )
        }
        TaskState::Blocked { by } => {
            format!("it waits for other tasks: {by}; `hive queue show` names them")
        }
        TaskState::Cancelled { ended_ms, reason } => match reason {
            Some(reason) => format!("it was cancelled {} ago: {reason}", ago(*ended_ms)),
            None => format!("it was cancelled {} ago", ago(*ended_ms)),
        },
    });
    lines
}

fn told(why: &Why) -> Vec<String> {
    let mut lines = vec![why.path.to_string()];
    lines.extend(why.answers.iter().map(|answer| format!("  {answer}")));
    if !why.tools.is_empty() {
        lines.push("tools".to_owned());
    }
    for tool in &why.tools {
        let because = match tool.because.as_str() {
            "" => String::new(),
            because => format!("  ({because})"),
        };
        lines.push(format!("  {:<8} {}{because}", tool.kind.name(), tool.word));
    }
    if !why.fixes.is_empty() {
        lines.push("fixes".to_owned());
    }
    for fix in &why.fixes {
        let rules: Vec<String> = fix
            .counts
            .iter()
            .map(|count| format!("{} ×{}", count.code, count.count))
            .collect();
        let state = match &fix.state {
            FixState::Landed {
                commit: Some(commit),
                ..
            } => format!("landed in {}", commit.short()),
            FixState::Deferred { reason } | FixState::Held { reason } => {
                format!("{}: {reason}", fix.state.name())
            }
            FixState::Dropped { reason, .. } => format!("dropped: {reason}"),
            state => state.name().to_owned(),
        };
        lines.push(format!(
            "  {:<8} {}  {state}  (task {})",
            ago(fix.made_ms),
            rules.join(", "),
            fix.task
        ));
    }
    if !why.questions.is_empty() {
        lines.push("questions".to_owned());
    }
    for one in &why.questions {
        let reason = one.reason.lines().next().unwrap_or_default();
        let place = match one.line {
            0 => String::new(),
            line => format!("line {line}  "),
        };
        lines.push(format!("  #{:<7} {place}{}  {reason}", one.id, one.rule));
    }
    match why.open - why.questions.len() {
        0 => {}
        more => lines.push(format!(
            "  and {more} more: hive escalations --path {}",
            why.path
        )),
    }
    let mut told: Vec<(&str, &str)> = Vec::new();
    for no in &why.declined {
        let about = (no.key.rule.as_str(), no.how.as_str());
        if !told.contains(&about) {
            if told.is_empty() {
                lines.push("declined".to_owned());
            }
            told.push(about);
            lines.push(format!("  {:<8} {}", no.key.rule, no.how));
        }
    }
    lines
}

fn say(context: &Context, lines: &[String]) -> Outcome<()> {
    for line in lines {
        let line = plain(line);
        let begin = line.len() - line.trim_start().len();
        put(context, &line, begin + 2)?;
    }
    Ok(())
}
