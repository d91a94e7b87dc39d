//! What was made of a file, and how it is reported.

use crate::agent::answers;
use crate::agent::course::Finished;
use crate::agent::ready::Target;
use crate::clock;
use crate::fixers::golden::say_once;
use crate::house::Planned;
use crate::queue::{FixId, TaskId, WaitingFix, WaitingState};
use crate::repo::{Oid, RepoPath};
use crate::report::{FileReport, Status};
use crate::schedule::Stage;

/// What was made of a file, stage by stage.
pub(super) struct Made {
    pub(super) planned: Planned,
    pub(super) path: RepoPath,
    /// The stages it went through, in their order.
    pub(super) steps: Vec<Step>,
}

/// What one stage made of a file.
pub(super) struct Step {
    pub(super) stage: Stage,
    /// The content that it began with.
    pub(super) before: Oid,
    pub(super) worker: String,
    pub(super) finished: Box<Finished>,
}

pub(super) fn report(planned: &Planned, status: Status) -> FileReport {
    FileReport {
        shown: planned.shown.clone(),
        relative: planned.relative.clone(),
        path: planned.path.clone(),
        status,
        findings: Vec::new(),
        fixes: Vec::new(),
        notes: Vec::new(),
        texts: None,
        source: None,
    }
}

impl Made {
    /// Whether any stage changes the file.
    pub(super) fn changes(&self) -> bool {
        self.steps.iter().any(|step| step.finished.after.is_some())
    }

    /// The file as it is when its fixes, if there are any, have landed.
    pub(super) fn report(&self) -> FileReport {
        let mut report = report(&self.planned, Status::Unchanged);
        for step in &self.steps {
            let finished = &step.finished;
            if finished.after.is_some() {
                // The tools have looked at what the stage made, too.
                report.findings.clear();
                report.status = Status::Fixed;
            }
            report.findings.extend(finished.findings.iter().cloned());
            report.fixes.extend(finished.fixes.iter().cloned());
            let suggested = finished.suggested.iter();
            let stays = suggested.map(|one| format!("{} stays: {}", one.rule, one.reason));
            let notes = finished.notes.iter().cloned().chain(stays);
            report.notes.extend(notes);
            if let (Status::Unchanged, Some(one)) = (&report.status, finished.suggested.first()) {
                report.status = Status::Left(format!("stays: {}", one.reason));
            }
        }
        say_once(&mut report.findings);
        report.findings.sort_by_key(|one| (one.line, one.column));
        report
    }

    /// The file when its fixes could not land.
    pub(super) fn left(&self, reason: &str) -> FileReport {
        report(&self.planned, Status::Left(reason.to_owned()))
    }

    /// The fixes as ones of the queue, without rows.
    pub(super) fn as_fixes(&self, target: &Target) -> Vec<WaitingFix> {
        self.steps
            .iter()
            .filter_map(|step| {
                let finished = &step.finished;
                Some(WaitingFix {
                    id: FixId(0),
                    path: self.path.clone(),
                    stage: step.stage,
                    state: WaitingState::Ready,
                    task: TaskId(0),
                    worker: step.worker.clone(),
                    burst: None,
                    tip: target.tip,
                    base: None,
                    before: step.before,
                    after: finished.after.clone()?,
                    counts: finished.fixes.iter().map(answers::count).collect(),
                    classes: answers::classes(finished),
                    ms: i64::try_from(finished.micros / 1000).unwrap_or(i64::MAX),
                    commits: vec![target.tip],
                    made_ms: clock::wall_ms(),
                })
            })
            .collect()
    }
}
