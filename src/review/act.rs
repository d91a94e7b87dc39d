//! Answering a question, and taking the answer back.

use super::again::retry;
use super::apply::{Applied, apply};
use super::desk::Desk;
use super::suppress::suppress;
use crate::agent::{lessons, undo};
use crate::escalation::policy::Move;
use crate::escalation::{Ending, Escalation, State};
use crate::failure::{Failure, Outcome};
use crate::notice::Notice;
use crate::queue::{EscalationId, QueueError, TaskId};
use crate::repo::{Oid, RepoPath};

/// What a person wants with a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Its patch in the working file.
    Apply,
    /// A comment that suppresses the finding.
    Suppress {
        /// Why, for the comment.
        reason: String,
    },
    /// It is dealt with.
    Resolve,
    /// Not to hear of it again.
    Dismiss,
    /// To see it later.
    Snooze {
        /// When, in milliseconds since the epoch.
        until_ms: i64,
    },
    /// To see it again.
    Reopen,
    /// To have the file looked at once more.
    Retry,
}

/// What was done, and what taking it back needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Did {
    /// The question as it was before.
    pub before: Escalation,
    /// Where it stands now.
    pub state: State,
    /// The file that was written.
    pub wrote: Option<Applied>,
    /// The commit that the patch has landed in.
    pub landed: Option<Oid>,
    /// The task that looks at the file again.
    pub task: Option<TaskId>,
    /// What was done, as a sentence without an end.
    pub said: String,
}

/// Does it. A file that was written stays written when the question cannot be moved
/// afterwards; that is said.
pub fn act(desk: &Desk, id: EscalationId, action: &Action, note: Option<&str>) -> Outcome<Did> {
    let before = desk.queue.escalation(id)?.ok_or(QueueError::Unknown {
        what: "question",
        id: id.0,
    })?;
    let did = answered(desk, before, action, note)?;
    if did.state != State::Open {
        settled(desk, id);
    }
    Ok(did)
}

fn answered(desk: &Desk, before: Escalation, action: &Action, note: Option<&str>) -> Outcome<Did> {
    let id = before.id;
    let (rule, place) = (before.question.rule.clone(), super::place(&before.question));
    match action {
        Action::Apply => {
            let applied = apply(desk, &before)?;
            let merged = if applied.merged {
                ", merged with your edits"
            } else {
                ""
            };
            let said = format!("{} has the patch of question {id}{merged}", applied.path);
            let patch = before.question.patch.clone();
            end(
                desk,
                before,
                Ending::Applied,
                note,
                Some(applied),
                patch,
                said,
            )
        }
        Action::Suppress { reason } => {
            let applied = suppress(desk, &before, reason)?;
            let said = format!("{rule} is suppressed at {place}");
            let text = desk.text(&applied.path);
            let patch = crate::report::unified(applied.path.as_str(), &applied.before, &text);
            let patch = Some(String::from_utf8_lossy(&patch).into_owned());
            let reason: Vec<&str> = reason.split_whitespace().collect();
            let reason = reason.join(" ");
            let note = note.or(Some(reason.as_str()));
            end(
                desk,
                before,
                Ending::Suppressed,
                note,
                Some(applied),
                patch,
                said,
            )
        }
        Action::Resolve => {
            let said = format!("question {id} is resolved");
            end(desk, before, Ending::Resolved, note, None, None, said)
        }
        Action::Dismiss => {
            let said = format!("question {id} is dismissed: {rule} at {place} is not asked again");
            end(desk, before, Ending::Dismissed, note, None, None, said)
        }
        Action::Snooze { until_ms } if *until_ms <= crate::clock::wall_ms() => Err(Failure::usage(
            format!("question {id} would be back at once"),
        )
        .hint("say for how long: 12h, 3d, 2w")),
        Action::Snooze { until_ms } => moved(
            desk,
            before,
            Move::Snooze {
                until_ms: *until_ms,
            },
            note,
            format!(
                "question {id} comes back in {}",
                crate::report::span(until_ms.saturating_sub(crate::clock::wall_ms()) + 999)
            ),
        ),
        Action::Reopen => {
            let said = format!("question {id} is open again");
            moved(desk, before, Move::Reopen, note, said)
        }
        Action::Retry => retry(desk, before, note),
    }
}

/// That a question still stands as a person saw it. Another terminal, or the tool, may have
/// answered it since.
pub fn unanswered(desk: &Desk, id: EscalationId, seen: &State) -> Outcome<()> {
    let now = desk.queue.escalation(id)?.map(|one| one.state);
    match now {
        Some(now) if now.name() != seen.name() => Err(Failure::usage(format!(
            "question {id} is {} by now: nothing is done",
            now.name()
        ))
        .hint(format!("hive escalations show {id} says what became of it"))),
        _ => Ok(()),
    }
}

/// What came of taking answers back.
#[derive(Debug, Default)]
pub struct TakenBack {
    /// The questions that stand as before, the last first.
    pub ids: Vec<EscalationId>,
    /// Why others do not.
    pub failed: Vec<Failure>,
    /// Their answers, in their order.
    pub kept: Vec<Did>,
}

/// Takes answers back, the last first: each question stands as before, and a file that was
/// written has its bytes again, unless it was saved since. What landed in one commit is
/// taken back by one. `step` hears of each answer.
pub fn take_back(desk: &Desk, mut all: Vec<Did>, step: &dyn Fn()) -> TakenBack {
    let mut taken = TakenBack::default();
    let mut stays: Vec<(Oid, RepoPath)> = Vec::new();
    for (commit, paths) in landings(&all) {
        match unland(desk, &commit, &paths) {
            Ok(left) => {
                for (path, reason) in left {
                    let failure = Failure::usage(format!("{path} stays as it is: {reason}"));
                    taken.failed.push(failure.hint(REOPEN));
                    stays.push((commit, path));
                }
            }
            Err(failure) => {
                taken.failed.push(failure);
                stays.extend(paths.into_iter().map(|path| (commit, path)));
            }
        }
    }
    for did in &mut all {
        let path = &did.before.question.path;
        let stays = |commit: &Oid| stays.iter().any(|(of, one)| of == commit && one == path);
        // What has been taken back is not, once more, when the rest is tried again.
        did.landed = did.landed.filter(stays);
    }
    for mut did in all.into_iter().rev() {
        if did.landed.is_some() {
            taken.kept.insert(0, did);
        } else if let Err(failure) = restore(desk, &mut did) {
            taken.failed.push(failure);
            taken.kept.insert(0, did);
        } else {
            taken.ids.push(did.before.id);
        }
        step();
    }
    taken
}

/// The way out where an answer cannot be taken back.
const REOPEN: &str = "the question can be opened again: hive escalations reopen";

/// The commits that answers have landed in, the last first, each with all their files.
fn landings(all: &[Did]) -> Vec<(Oid, Vec<RepoPath>)> {
    let mut landed: Vec<&Did> = all.iter().filter(|did| did.landed.is_some()).collect();
    // The commits of one landing lie on top of each other in the order of their stages.
    landed.sort_by_key(|did| std::cmp::Reverse(did.before.question.stage));
    let mut commits: Vec<(Oid, Vec<RepoPath>)> = Vec::new();
    for did in landed {
        let Some(commit) = did.landed else { continue };
        let path = did.before.question.path.clone();
        match commits.iter_mut().find(|(of, _)| *of == commit) {
            Some((_, paths)) if paths.contains(&path) => {}
            Some((_, paths)) => paths.push(path),
            None => commits.push((commit, vec![path])),
        }
    }
    commits
}

/// Takes the files of a commit back. Returns those that stay, with the reasons.
fn unland(desk: &Desk, commit: &Oid, paths: &[RepoPath]) -> Outcome<Vec<(RepoPath, String)>> {
    let settings = &desk.house()?.settings;
    Ok(undo::undo(&desk.place, &desk.queue, settings, commit, paths)?.left)
}

/// Takes back what is not in a commit.
fn restore(desk: &Desk, did: &mut Did) -> Outcome<()> {
    if let Some(wrote) = &did.wrote {
        let snapshot = desk.snapshot(&wrote.path)?;
        if snapshot.hash() != wrote.after {
            return Err(Failure::usage(format!("{} has changed since", wrote.path)).hint(REOPEN));
        }
        desk.write(&wrote.path, &snapshot, &wrote.before)?;
        did.wrote = None;
    }
    if let Some(task) = did.task {
        // One that has begun or ended by now did no harm.
        let _ = desk.queue.cancel(task);
    }
    desk.queue.restore_escalation(&did.before)?;
    desk.queue.unlearn(did.before.id)?;
    Ok(())
}

fn moved(
    desk: &Desk,
    before: Escalation,
    step: Move,
    note: Option<&str>,
    said: String,
) -> Outcome<Did> {
    let state = desk.queue.move_escalation(before.id, step, note)?;
    Ok(Did {
        before,
        state,
        wrote: None,
        landed: None,
        task: None,
        said,
    })
}

/// Ends a question and keeps what it teaches.
fn end(
    desk: &Desk,
    before: Escalation,
    ending: Ending,
    note: Option<&str>,
    wrote: Option<Applied>,
    patch: Option<String>,
    said: String,
) -> Outcome<Did> {
    let step = match ending {
        Ending::Dismissed => Move::Dismiss,
        _ => Move::Resolve,
    };
    let state = desk
        .queue
        .end_escalation(before.id, step, note, Some(ending))
        .map_err(|error| match &wrote {
            Some(wrote) => Failure::from(error).hint(format!(
                "{} is written; hive undo puts its bytes back",
                wrote.path
            )),
            None => error.into(),
        })?;
    let ended = Escalation {
        ending: Some(ending),
        state: state.clone(),
        note: note.map(ToOwned::to_owned).or(before.note.clone()),
        ..before.clone()
    };
    let path = &before.question.path;
    let lesson = if let Some(wrote) = &wrote {
        Some(lessons::of_word(&wrote.before, patch, &ended))
    } else {
        // By hand: what is different at the place in the working file.
        let asked = before.question.commit;
        let old = asked.and_then(|commit| desk.stored(&commit, path));
        let old = old.unwrap_or_else(|| desk.text(path));
        match ending {
            Ending::Dismissed => note.map(|_| lessons::of_word(&old, None, &ended)),
            _ => lessons::of_change(&old, &desk.text(path), &ended),
        }
    };
    match lesson {
        Some((lesson, words)) => desk.queue.teach(&lesson, &words)?,
        // A commit that changes the place may still teach something.
        None if ending == Ending::Resolved => {}
        None => desk.queue.learnt(before.id)?,
    }
    Ok(Did {
        before,
        state,
        wrote,
        landed: None,
        task: None,
        said,
    })
}

/// Ends a question whose patch has landed in a commit.
pub(super) fn applied_by_commit(desk: &Desk, before: Escalation, commit: Oid) -> Outcome<Did> {
    let (id, path) = (before.id, before.question.path.clone());
    let patch = before.question.patch.clone();
    let state = desk
        .queue
        .end_escalation(id, Move::Resolve, None, Some(Ending::Applied))
        .map_err(|error| {
            Failure::from(error).hint(format!(
                "{path} has landed in {}; hive undo takes it back",
                commit.short()
            ))
        })?;
    let asked = before.question.commit;
    let old = asked.and_then(|commit| desk.stored(&commit, &path));
    let resolved = Escalation {
        ending: Some(Ending::Applied),
        state: state.clone(),
        ..before.clone()
    };
    let (lesson, words) = lessons::of_word(&old.unwrap_or_default(), patch, &resolved);
    desk.queue.teach(&lesson, &words)?;
    settled(desk, id);
    Ok(Did {
        before,
        state,
        wrote: None,
        landed: Some(commit),
        task: None,
        said: format!("the patch of question {id} is committed: {path}"),
    })
}

/// The next hook no longer tells of a question.
fn settled(desk: &Desk, id: EscalationId) {
    desk.settled(Notice {
        gone: vec![id.0],
        ..Notice::default()
    });
}
