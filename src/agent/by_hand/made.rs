//! What was made of a file, and how it is reported.

use crate::agent::answers;
use crate::agent::course::Finished;
use crate::agent::ready::Target;
use crate::clock;
use crate::house::Planned;
use crate::queue::{FixId, TaskId, WaitingFix, WaitingState};
use crate::repo::{Oid, RepoPath};
use crate::report::{FileReport, Status};
use crate::schedule::Stage;

/// What was made of a file.
pub(super) struct Made {
    pub(super) planned: Planned,
    pub(super) path: RepoPath,
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
    /// The file as it is when its fix, if there is one, has landed.
    pub(super) fn report(&self) -> FileReport {
        let finished = &self.finished;
        let suggested = finished.suggested.iter();
        let notes = suggested.map(|one| format!("{} stays: {}", one.rule, one.reason));
        let status = match (&finished.after, finished.suggested.first()) {
            (Some(_), _) => Status::Fixed,
            (None, None) => Status::Unchanged,
            (None, Some(one)) => Status::Left(format!("stays: {}", one.reason)),
        };
        FileReport {
            findings: finished.findings.clone(),
            fixes: finished.fixes.clone(),
            notes: finished.notes.iter().cloned().chain(notes).collect(),
            ..report(&self.planned, status)
        }
    }

    /// The file when its fix could not land.
    pub(super) fn left(&self, reason: &str) -> FileReport {
        report(&self.planned, Status::Left(reason.to_owned()))
    }

    /// The fix as one of the queue, without a row.
    pub(super) fn as_fix(&self, target: &Target) -> Option<WaitingFix> {
        let finished = &self.finished;
        Some(WaitingFix {
            id: FixId(0),
            path: self.path.clone(),
            stage: Stage::Qa,
            state: WaitingState::Ready,
            task: TaskId(0),
            worker: self.worker.clone(),
            burst: None,
            tip: target.tip,
            base: None,
            before: self.before,
            after: finished.after.clone()?,
            counts: finished.fixes.iter().map(answers::count).collect(),
            classes: answers::classes(finished),
            ms: i64::try_from(finished.micros / 1000).unwrap_or(i64::MAX),
            commits: vec![target.tip],
            made_ms: clock::wall_ms(),
        })
    }
}
