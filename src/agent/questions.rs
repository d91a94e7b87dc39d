//! What a person is asked about a file.

use super::course::{Finished, Suggestion};
use crate::escalation::{Level, Question};
use crate::fixers::golden::carried_out;
use crate::fixers::{Finding, Trouble};
use crate::queue::Claimed;
use crate::report::unified;

/// The questions that a finished file leaves: remaining findings on new lines, and
/// fixes that do not land by themselves.
pub(super) fn of(claimed: &Claimed, worker: &str, finished: &Finished) -> Vec<Question> {
    let now = finished.after.as_deref().unwrap_or(&finished.original);
    let findings = finished
        .findings
        .iter()
        .map(|finding| of_finding(claimed, worker, finding, now));
    let suggestions = finished
        .suggested
        .iter()
        .map(|suggestion| of_suggestion(claimed, worker, suggestion, now));
    findings.chain(suggestions).collect()
}

/// The question that is left when a task is given up.
pub(super) fn of_death(claimed: &Claimed, worker: &str, trouble: &Trouble) -> Question {
    let rule = match trouble {
        Trouble::Unreadable { .. } => "unreadable",
        Trouble::Configuration { .. } => "configuration",
        Trouble::Tool { .. } => "tool-failure",
        Trouble::Verification { .. } => "verification",
        Trouble::Oscillation { .. } => "oscillation",
        Trouble::Worker { .. } => "crash",
    };
    let patch = match trouble {
        Trouble::Oscillation { one, other, .. } => Some(diff(claimed, one, other)),
        _ => None,
    };
    Question {
        rule: rule.to_owned(),
        level: Level::Error,
        reason: trouble.to_string(),
        patch,
        ..blank(claimed, worker)
    }
}

fn of_finding(claimed: &Claimed, worker: &str, finding: &Finding, now: &[u8]) -> Question {
    let golden = finding.golden.as_ref();
    let level = match golden {
        Some(golden) => golden.level,
        None if finding.code == "invalid-syntax" => Level::Error,
        None => Level::Warning,
    };
    // What would mend it is ready to be applied.
    let suggestion = golden.and_then(|golden| golden.suggestion.as_ref());
    let after = suggestion.and_then(|suggestion| carried_out(now, suggestion));
    Question {
        rule: finding.code.clone(),
        level,
        symbol: golden
            .map(|golden| golden.symbol.clone())
            .unwrap_or_default(),
        patch: after.map(|after| diff(claimed, now, &after)),
        line: finding.line,
        column: finding.column,
        snippet: line(now, finding.line),
        reason: finding.message.clone(),
        ..blank(claimed, worker)
    }
}

fn of_suggestion(claimed: &Claimed, worker: &str, suggestion: &Suggestion, now: &[u8]) -> Question {
    Question {
        rule: suggestion.rule.clone(),
        level: Level::Warning,
        reason: suggestion.reason.clone(),
        patch: Some(diff(claimed, now, &suggestion.after)),
        ..blank(claimed, worker)
    }
}

fn blank(claimed: &Claimed, worker: &str) -> Question {
    Question {
        rule: String::new(),
        level: Level::Warning,
        stage: claimed.stage,
        path: claimed.path.clone(),
        line: 0,
        column: 0,
        symbol: String::new(),
        snippet: String::new(),
        reason: String::new(),
        attempts: claimed.attempt,
        worker: Some(worker.to_owned()),
        task: Some(claimed.token.task),
        commit: claimed.commits.last().copied(),
        patch: None,
    }
}

fn diff(claimed: &Claimed, old: &[u8], new: &[u8]) -> String {
    String::from_utf8_lossy(&unified(claimed.path.as_str(), old, new)).into_owned()
}

fn line(text: &[u8], number: u32) -> String {
    let at = usize::try_from(number).unwrap_or(0).saturating_sub(1);
    text.split(|byte| *byte == b'\n')
        .nth(at)
        .map(|line| String::from_utf8_lossy(line).trim_end().to_owned())
        .unwrap_or_default()
}
