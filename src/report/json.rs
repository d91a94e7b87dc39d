//! The report as one JSON object; the schema stands in docs/json.md.

use serde_json::{Value, json};

use super::{FileReport, Finds, Mode, Run, Status, Verdict, patch, text};
use crate::fixers::Finding;

/// The version of the shape. Fields are added without a new version; a field that
/// changes its meaning or goes makes one.
const VERSION: u32 = 1;

pub(super) fn render(run: &Run) -> String {
    let totals = run.totals();
    let files: Vec<Value> = run
        .files
        .iter()
        .filter(|file| {
            file.status != Status::Unchanged || !file.findings.is_empty() || !file.notes.is_empty()
        })
        .map(file)
        .collect();
    let mode = match run.mode {
        Mode::Fix => "fix",
        Mode::Check => "check",
        Mode::Diff => "diff",
    };
    let value = json!({
        "version": VERSION,
        "hive": env!("CARGO_PKG_VERSION"),
        "mode": mode,
        "files": files,
        "held": run.held,
        "rules": run.verdicts.iter().map(verdict).collect::<Vec<_>>(),
        "commits": run.commits,
        "totals": {
            "files": totals.seen(),
            "unchanged": totals.unchanged,
            "changed": totals.changed,
            "fixes": totals.fixes,
            "findings": totals.findings,
            "failing": totals.failing,
            "skipped": totals.skipped,
            "left": totals.left,
            "unreadable": totals.unreadable,
            "misconfigured": totals.misconfigured,
            "failed": totals.failed,
            "remembered": run.remembered,
            "frozen": run.frozen,
        },
        "milliseconds": u64::try_from(run.took.as_millis()).unwrap_or(u64::MAX),
    });
    format!("{value:#}\n")
}

fn verdict(verdict: &Verdict) -> Value {
    let mut value = json!({
        "rule": verdict.code,
        "name": verdict.slug,
        "level": verdict.level,
        "verdict": verdict.finds.word(),
        "files": verdict.files,
    });
    match &verdict.finds {
        Finds::Failed(found) => value["found"] = json!(found),
        Finds::Error(reason) => value["reason"] = json!(reason),
        Finds::Passed | Finds::NotApplicable => {}
    }
    value
}

/// Only violations of Golden Rules have `golden`, and only what one of them says, too, has
/// `seconded`.
fn finding(finding: &Finding) -> Value {
    let mut value = json!(finding);
    if let Some(object) = value.as_object_mut() {
        object.retain(|key, value| {
            !(matches!(key.as_str(), "golden" | "seconded") && value.is_null())
        });
    }
    value
}

fn file(file: &FileReport) -> Value {
    let (reason, kind) = match &file.status {
        Status::Unchanged | Status::Fixed | Status::WouldChange => (None, None),
        Status::Skipped(reason) | Status::Left(reason) => (Some(reason.clone()), None),
        Status::Failed(trouble) => (Some(trouble.to_string()), Some(text::trouble_kind(trouble))),
    };
    let mut value = json!({
        "path": file.relative,
        "status": file.status.word(),
        "findings": file.findings.iter().map(finding).collect::<Vec<_>>(),
        "fixes": file.fixes,
    });
    if let Some(object) = value.as_object_mut() {
        if let Some(reason) = reason {
            object.insert("reason".to_owned(), reason.into());
        }
        if let Some(kind) = kind {
            object.insert("failure".to_owned(), kind.into());
        }
        if !file.notes.is_empty() {
            object.insert("notes".to_owned(), file.notes.clone().into());
        }
        if let Some((old, new)) = &file.texts {
            object.insert(
                "patch".to_owned(),
                String::from_utf8_lossy(&patch::unified(&file.relative, old, new)).into(),
            );
        }
    }
    value
}
