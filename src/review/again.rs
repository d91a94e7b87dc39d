//! Having the file of a question looked at again, or the repository as a whole.

use super::act::Did;
use super::desk::Desk;
use crate::agent::folding::has;
use crate::escalation::policy::Move;
use crate::escalation::{Escalation, State};
use crate::failure::{Failure, Outcome};
use crate::house::unanswered;
use crate::queue::{Cause, Inspection, NewTask, TaskId, TaskState};
use crate::repo::objects::Objects;
use crate::repo::{RepoPath, head};
use crate::schedule::{Priority, Stage};
use crate::wake;

/// Looks at a question's file again: its dead task is taken up, else there is a new one
/// for what HEAD has.
pub(super) fn retry(desk: &Desk, before: Escalation, note: Option<&str>) -> Outcome<Did> {
    let path = &before.question.path;
    if before.question.task.is_none() && before.question.stage == Stage::Golden {
        return judge_again(desk, before, note);
    }
    let dead = match before.question.task {
        Some(task) => desk.queue.show(task)?.filter(|shown| {
            matches!(&shown.task.state, TaskState::Dead { letter, .. } if letter.successor.is_none())
        }),
        None => None,
    };
    let task = match dead {
        Some(dead) => desk.queue.retry(dead.task.id)?,
        None => again(desk, &before)?,
    };
    if !matches!(before.state, State::Open) {
        desk.queue.move_escalation(before.id, Move::Reopen, note)?;
    }
    // The order stands in the database; trouble here only makes it wait.
    let woken = wake::nudge(&desk.place);
    let mut said = format!("task {task} looks at {path} again");
    if woken.is_err() {
        said.push_str(" when hive watch runs");
    }
    Ok(Did {
        before,
        state: State::Open,
        wrote: None,
        landed: None,
        task: Some(task),
        said,
    })
}

/// Has the repository judged as a whole once more: the question is about no file alone.
fn judge_again(desk: &Desk, before: Escalation, note: Option<&str>) -> Outcome<Did> {
    let head = head::read(&desk.place).map_err(|error| unanswered(&error))?;
    let nothing = || Failure::usage("there is no commit yet that could be looked at");
    let tip = head.tip.ok_or_else(nothing)?;
    if !matches!(before.state, State::Open) {
        desk.queue.move_escalation(before.id, Move::Reopen, note)?;
    }
    desk.queue.inspect_later(Inspection {
        reference: head.reference.unwrap_or_else(|| "HEAD".to_owned()),
        tip,
        source: None,
        bases: vec![tip],
    })?;
    let woken = wake::nudge(&desk.place);
    let mut said = "the repository is looked at again as a whole".to_owned();
    if woken.is_err() {
        said.push_str(" when hive watch runs");
    }
    Ok(Did {
        before,
        state: State::Open,
        wrote: None,
        landed: None,
        task: None,
        said,
    })
}

fn again(desk: &Desk, one: &Escalation) -> Outcome<TaskId> {
    let path: &RepoPath = &one.question.path;
    let gone = || {
        Failure::usage(format!("{path} is not in the commit you are on")).hint(format!(
            "hive escalations resolve {} closes the question",
            one.id
        ))
    };
    let tip = desk.tip()?.ok_or_else(gone)?;
    let objects = Objects::open(&desk.place).map_err(|error| unanswered(&error))?;
    let (blob, _) = objects
        .blob_at(&tip, path)
        .map_err(|error| unanswered(&error))?
        .ok_or_else(gone)?;
    let commits = match one.question.commit {
        Some(commit) => has(&desk.queue, &objects, &tip, &commit)?.then_some(commit),
        None => None,
    };
    desk.queue.take_in(
        Vec::new(),
        Vec::new(),
        vec![NewTask {
            stage: one.question.stage,
            path: path.clone(),
            cause: Cause::Person,
            priority: Priority::High,
            tip: Some(tip),
            blob: Some(blob),
            base: None,
            commits: commits.into_iter().collect(),
            run_at_ms: 0,
        }],
    )?;
    let newest = desk.queue.tasks_of(path, 1)?;
    let newest = newest.first().map(|task| task.id);
    newest.ok_or_else(|| Failure::internal("the queue took no task in"))
}
