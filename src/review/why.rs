//! What hive did to a file or did not do, and why.

use std::path::Path;

use serde::Serialize;

use super::desk::Desk;
use crate::evidence::explain::{self, Explained};
use crate::failure::Outcome;
use crate::fixers::Kind;
use crate::house::unanswered;
use crate::intake::walk::{Found, Walk};
use crate::queue::{
    Decline, EscalationFilter, EscalationRow, Fix, FixFilter, FixState, Task, TaskState,
};
use crate::repo::objects::Objects;
use crate::repo::{RepoPath, activity};
use crate::report::Status;
use crate::settings::trust::Trust;
use crate::writing::Skip;

/// How many of the last fixes, tasks and questions are told.
const LAST: usize = 5;

/// What is known about a file.
#[derive(Debug, Clone, Serialize)]
pub struct Why {
    /// The file.
    pub path: RepoPath,
    /// The answer in sentences, the most important first.
    pub answers: Vec<String>,
    /// Why it is left alone, if it is, as it follows "it".
    pub left_alone: Option<String>,
    /// Which tool does what here, and what says so.
    pub tools: Vec<ToolWord>,
    /// The last fixes, the newest first.
    pub fixes: Vec<Fix>,
    /// The last tasks, the newest first.
    pub tasks: Vec<Task>,
    /// How many questions are open.
    pub open: usize,
    /// The worst of them.
    pub questions: Vec<EscalationRow>,
    /// What people said no to.
    pub declined: Vec<Decline>,
}

/// A tool for a file in one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ToolWord {
    /// `lint`, `imports` or `format`.
    pub kind: Kind,
    /// What does it, as `ruff 0.16.4`, or why nothing does.
    pub word: String,
    /// The deciding piece of evidence, as `pyproject.toml:3 [tool.ruff]`.
    pub because: String,
}

/// Finds out what is known about a file.
pub fn why(desk: &Desk, path: &RepoPath) -> Outcome<Why> {
    let queue = &desk.queue;
    let fixes = queue.fixes(&FixFilter {
        path: Some(path.to_string()),
        limit: Some(LAST),
        ..FixFilter::default()
    })?;
    let mut questions = queue.escalation_rows(
        &EscalationFilter {
            path: Some(path.to_string()),
            ..EscalationFilter::default()
        },
        None,
    )?;
    let open = questions.len();
    questions.truncate(LAST);
    let declined = queue.declines()?;
    let mut why = Why {
        path: path.clone(),
        answers: Vec::new(),
        left_alone: None,
        tools: Vec::new(),
        fixes,
        tasks: queue.tasks_of(path, LAST)?,
        open,
        questions,
        declined: declined
            .into_iter()
            .filter(|no| no.key.path == *path)
            .collect(),
    };
    let mut answers = Vec::new();
    answers.extend(exists(desk, path)?);
    let is_there = path.below(&desk.place.root).symlink_metadata().is_ok();
    if !is_there && why.fixes.is_empty() && why.tasks.is_empty() {
        why.answers = answers;
        return Ok(why);
    }
    answers.extend(tools(desk, &mut why)?);
    answers.extend(standing(desk, &why)?);
    why.answers = answers;
    Ok(why)
}

/// Says if there is no such file, or git does not know it.
fn exists(desk: &Desk, path: &RepoPath) -> Outcome<Option<String>> {
    let file = path.below(&desk.place.root);
    if file.symlink_metadata().is_err() {
        return Ok(Some(format!("{path} is not there")));
    }
    let Some(tip) = desk.tip()? else {
        return Ok(Some("nothing is committed here yet".to_owned()));
    };
    let objects = Objects::open(&desk.place).map_err(|error| unanswered(&error))?;
    let committed = objects
        .blob_at(&tip, path)
        .map_err(|error| unanswered(&error))?;
    Ok(committed
        .is_none()
        .then(|| "it is in no commit of this branch; hive follows commits and saves".to_owned()))
}

/// Why nobody reads a file of this size, if nobody does.
fn too_large(file: &Path, max: u64) -> Option<String> {
    let size = file.symlink_metadata().ok()?.len();
    (size > max).then(|| Skip::TooLarge { size, max }.to_string())
}

/// What the tools say: why the file is left alone, what is held, who does what.
fn tools(desk: &Desk, why: &mut Why) -> Outcome<Vec<String>> {
    let house = desk.house()?;
    let file = why.path.below(&desk.place.root);
    let mut answers = Vec::new();
    let walk = Walk {
        files: vec![Found {
            path: file.clone(),
            root: file.clone(),
            symlink: file.is_symlink(),
        }],
        errors: Vec::new(),
    };
    let plan = house.plan(walk, false, &house.boundary)?;
    if let Some(Status::Skipped(reason)) = plan.skipped.first().map(|file| &file.status) {
        why.left_alone = Some(reason.clone());
        answers.push(format!("it is left alone: it {reason}"));
    }
    if why.left_alone.is_none()
        && let Some(reason) = too_large(&file, house.settings.max_file_size.0)
    {
        answers.push(format!("it is left alone: it {reason}"));
        why.left_alone = Some(reason);
    }
    if let Some(reason) = plan.files.first().and_then(|file| file.check_only.as_ref()) {
        answers.push(format!("it is checked and never fixed: it {reason}"));
    }
    for held in &plan.held {
        answers.push(format!(
            "{} is held: {}; {}",
            held.tool, held.reason, held.remedy
        ));
    }
    let trust = Trust::load(Some(&desk.place))?;
    if let Some(reason) = trust.undecided(&house.team) {
        answers.push(format!("nothing lands by itself: {reason}"));
    }
    let directory = file.parent().unwrap_or(&house.boundary);
    let project = house.survey.project_of(directory);
    let explanation = explain::file(&project, &house.boundary, &file, house.wanted);
    let because = |one: &Explained| -> String {
        let Some(evidence) = one.evidence.first() else {
            return String::new();
        };
        let file = evidence.file.strip_prefix(&house.boundary);
        let file = file.unwrap_or(&evidence.file).display().to_string();
        let place = match (file.as_str(), evidence.line) {
            ("", _) => String::new(),
            (file, None) => format!("{file}: "),
            (file, Some(line)) => format!("{file}:{line}: "),
        };
        format!("{place}{}", evidence.text)
    };
    why.tools = explanation
        .decisions
        .iter()
        .map(|one| ToolWord {
            kind: one.kind,
            word: said(one),
            because: because(one),
        })
        .collect();
    Ok(answers)
}

/// A decision as a phrase.
fn said(one: &Explained) -> String {
    match (one.choice, one.tool) {
        ("use", Some(tool)) => {
            let version = one.version.as_deref().unwrap_or_default();
            format!("{tool} {version}").trim().to_owned()
        }
        (choice, _) => match &one.reason {
            Some(reason) => format!("{choice}: {reason}"),
            None => choice.to_owned(),
        },
    }
}

/// How things stand with the file: what is being done, what is kept back, what was done
/// last, what was never begun.
fn standing(desk: &Desk, why: &Why) -> Outcome<Vec<String>> {
    let mut answers = Vec::new();
    if let Some(hold) = desk.queue.paused()? {
        let reason = format!("the queue is paused: {}", hold.reason);
        answers.push(reason.trim_end_matches([':', ' ']).to_owned() + "; hive queue resume");
    }
    if let Some(lease) = desk.queue.lease_of(&why.path)? {
        answers.push(format!("it is not written now: {}", lease.reason()));
    }
    if let Some(busy) = activity::operation(&desk.place) {
        answers.push(format!("hive waits: {busy}"));
    }
    for task in &why.tasks {
        match &task.state {
            TaskState::Ready | TaskState::Scheduled { .. } => {
                answers.push(format!("task {} waits for its turn", task.id));
            }
            TaskState::Running { worker, .. } => {
                answers.push(format!("{worker} is at it (task {})", task.id));
            }
            TaskState::Deferred { reason, .. } => {
                answers.push(format!("task {} cannot be done now: {reason}", task.id));
            }
            TaskState::Dead { letter, .. } if letter.successor.is_none() => {
                let first = letter.message.lines().next().unwrap_or_default();
                answers.push(format!(
                    "task {} died after {} attempts: {first}; hive queue retry {}",
                    task.id, task.attempt, task.id
                ));
            }
            _ => {}
        }
    }
    for fix in &why.fixes {
        match &fix.state {
            FixState::Ready => answers.push("a fix is about to land".to_owned()),
            FixState::Deferred { reason } => {
                answers.push(format!("a fix waits: {reason}"));
            }
            FixState::Held { reason } => {
                answers.push(format!(
                    "a fix is held: {reason}; hive apply puts it into the file"
                ));
            }
            _ => {}
        }
    }
    let last = why.fixes.iter().find_map(|fix| match &fix.state {
        FixState::Landed {
            commit: Some(commit),
            ..
        } => Some((fix, commit)),
        _ => None,
    });
    if let Some((fix, commit)) = last {
        let rules: Vec<String> = fix
            .counts
            .iter()
            .map(|count| format!("{} ×{}", count.code, count.count))
            .collect();
        answers.push(format!("{} fixed {}", commit.short(), rules.join(", ")));
    }
    match why.open {
        0 => {}
        1 => answers.push("one question is open".to_owned()),
        many => answers.push(format!("{many} questions are open")),
    }
    if !why.declined.is_empty() {
        answers.push("fixes of it were taken back; those lines stay as they are".to_owned());
    }
    if answers.is_empty() && why.left_alone.is_none() {
        let done = why
            .tasks
            .iter()
            .find(|task| matches!(task.state, TaskState::Done { .. }));
        answers.push(match done {
            Some(task) => format!("task {} looked at it and found nothing to fix", task.id),
            None => "no commit of yours has touched it since hive init; hive fix looks at it now"
                .to_owned(),
        });
    }
    Ok(answers)
}
