//! What a person is asked about a file.

use super::course::{Finished, Suggestion};
use crate::escalation::{CONFLICT, Level, Question};
use crate::fixers::golden::carried_out;
use crate::fixers::{Finding, Trouble};
use crate::graph::Enclosing;
use crate::queue::{Claimed, WaitingFix};
use crate::repo::{Oid, RepoPath};
use crate::report::unified;
use crate::schedule::Stage;

/// Where what is said of a whole file stands: line and column of its beginning and end.
const WHOLE: (u32, u32, u32, u32) = (1, 1, 1, 1);

/// How many lines of a change a question shows by itself; its patch has all.
const SNIPPET: usize = 5;

/// The questions that a finished file leaves: remaining findings on new lines, and
/// fixes that do not land by themselves.
pub(super) fn of(claimed: &Claimed, worker: &str, finished: &Finished) -> Vec<Question> {
    if finished.findings.is_empty() && finished.suggested.is_empty() {
        return Vec::new();
    }
    let now = finished.after.as_deref().unwrap_or(&finished.original);
    let around = Enclosing::of(now);
    let findings = finished
        .findings
        .iter()
        // An errand goes through whole files; what nobody has just written is no question,
        // unless something is there to be said yes to.
        .filter(|finding| claimed.errand.is_none() || is_offered(finding))
        .map(|finding| of_finding(claimed, worker, finding, now));
    let suggestions: Vec<Question> = finished
        .suggested
        .iter()
        .map(|suggestion| of_suggestion(claimed, worker, suggestion, now))
        .collect();
    // A finding whose fix is suggested is asked once, with the patch.
    let asked = |finding: &Question| {
        suggestions.iter().any(|suggestion| {
            suggestion.snippet.lines().next() == Some(finding.snippet.as_str())
                && suggestion.rule.split(", ").any(|rule| rule == finding.rule)
        })
    };
    let findings: Vec<Question> = findings.filter(|finding| !asked(finding)).collect();
    findings
        .into_iter()
        .chain(suggestions)
        .map(|question| Question {
            symbol: around.at(question.line).to_owned(),
            ..question
        })
        .collect()
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
        Trouble::System { .. } => "system",
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

/// The question about a fix that waits because the person's edits are in its way.
pub(super) fn of_conflict(fix: &WaitingFix, before: Option<&[u8]>, reason: &str) -> Question {
    let patch = before.map(|before| {
        String::from_utf8_lossy(&unified(fix.path.as_str(), before, &fix.after)).into_owned()
    });
    let (line, snippet) = before.map_or((0, String::new()), |before| changed(before, &fix.after));
    Question {
        rule: CONFLICT.to_owned(),
        level: Level::Info,
        stage: fix.stage,
        path: fix.path.clone(),
        line,
        column: 0,
        symbol: before.map_or_else(String::new, |before| {
            Enclosing::of(before).at(line).to_owned()
        }),
        snippet,
        reason: format!("{reason}; the fix comes when they are committed or gone"),
        attempts: 1,
        worker: Some(fix.worker.clone()),
        task: Some(fix.task),
        commit: Some(fix.tip),
        patch,
    }
}

/// The questions about what the Golden Rules say of a file when they look at the
/// repository as a whole: they belong to no task. What one rule says of the file and of no
/// line is one question.
pub(super) fn of_whole(
    path: &str,
    findings: &[Finding],
    text: &[u8],
    commit: Oid,
) -> Vec<Question> {
    let Ok(path) = RepoPath::new(path) else {
        return Vec::new();
    };
    let mut asked: Vec<Question> = Vec::new();
    for finding in findings {
        let Some(golden) = finding.golden.as_ref() else {
            continue;
        };
        if golden.suppressed.is_some() {
            continue;
        }
        let (begin, end) = (
            (finding.line, finding.column),
            (finding.end_line, finding.end_column),
        );
        let whole = (begin.0, begin.1, end.0, end.1) == WHOLE;
        if whole
            && let Some(known) = asked
                .iter_mut()
                .find(|one| one.rule == finding.code && one.line == 0)
        {
            known.reason = format!("{}; {}", known.reason, finding.message);
            continue;
        }
        let after = golden
            .suggestion
            .as_ref()
            .and_then(|suggestion| carried_out(text, suggestion));
        let patch = after.map(|after| unified(path.as_str(), text, &after));
        asked.push(Question {
            rule: finding.code.clone(),
            level: golden.level,
            stage: Stage::Golden,
            path: path.clone(),
            line: if whole { 0 } else { finding.line },
            column: if whole { 0 } else { finding.column },
            symbol: golden.symbol.clone(),
            snippet: if whole {
                String::new()
            } else {
                line(text, finding.line)
            },
            reason: finding.message.clone(),
            attempts: 1,
            worker: None,
            task: None,
            commit: Some(commit),
            patch: patch.map(|patch| String::from_utf8_lossy(&patch).into_owned()),
        });
    }
    asked
}

/// Whether a fix is ready that does not land by itself.
fn is_offered(finding: &Finding) -> bool {
    let golden = finding.golden.as_ref();
    golden.is_some_and(|golden| golden.suggestion.is_some())
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
        patch: after.map(|after| diff(claimed, now, &after)),
        line: finding.line,
        column: finding.column,
        snippet: line(now, finding.line),
        reason: finding.message.clone(),
        ..blank(claimed, worker)
    }
}

fn of_suggestion(claimed: &Claimed, worker: &str, suggestion: &Suggestion, now: &[u8]) -> Question {
    let (at, snippet) = changed(now, &suggestion.after);
    Question {
        rule: suggestion.rule.clone(),
        level: Level::Warning,
        line: at,
        snippet,
        reason: suggestion.reason.clone(),
        patch: Some(diff(claimed, now, &suggestion.after)),
        ..blank(claimed, worker)
    }
}

/// Where a change begins, counted from 1, and the first lines that it takes away or, if
/// it only adds, the line before which it does.
fn changed(before: &[u8], after: &[u8]) -> (u32, String) {
    let (old, new): (Vec<&[u8]>, Vec<&[u8]>) = (
        before.split(|byte| *byte == b'\n').collect(),
        after.split(|byte| *byte == b'\n').collect(),
    );
    let same = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let at = same.min(old.len().saturating_sub(1));
    let rest = new.get(same..).unwrap_or_default();
    // What comes again in the new text is no longer of the first change.
    let gone = old[at..]
        .iter()
        .take_while(|line| !rest.contains(line) || line.trim_ascii().is_empty())
        .take(SNIPPET)
        .count();
    let lines = old[at..at + gone.max(1)]
        .iter()
        .map(|line| String::from_utf8_lossy(line).trim_end().to_owned());
    let snippet: Vec<String> = lines.collect();
    let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
    (number, snippet.join("\n").trim_end().to_owned())
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

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn a_suggestion_is_about_its_first_change() {
        for (before, after, line, snippet) in [
            (
                "import os\nimport sys\nx = 1\n",
                "import sys\nx = 1\n",
                1,
                "import os",
            ),
            ("a\nb\nc\nd\n", "a\nB\nC\nd\n", 2, "b\nc"),
            ("a\nd\n", "a\nb\nd\n", 2, "d"),
            ("a\n", "a\n\n", 2, ""),
        ] {
            let found = changed(before.as_bytes(), after.as_bytes());
            assert_eq!(found, (line, snippet.to_owned()), "{before:?}");
        }
    }
}
