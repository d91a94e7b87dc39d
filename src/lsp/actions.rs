//! What can be done about what is shown: the patches of questions, what rules suggest,
//! comments that suppress, and the fix of the whole file.
//!
//! An action is offered with a note of what it is, and becomes an edit when the editor
//! takes it: only then the new text is judged, and offered if it is no worse.

use lsp_types::{CodeAction, CodeActionKind, Diagnostic, Range};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::document::Document;
use super::edits;
use super::home::Home;
use super::lifecycle::Client;
use super::problems::{Found, Suggestion};
use super::text::{Encoding, Lines};
use super::trial::{Refused, Trial, fixed};
use crate::escalation::Escalation;
use crate::process::Interrupt;
use crate::review;
use crate::rpc::{Code, Hive};

/// The reason in a comment that nobody has written yet.
const REASON: &str = "TODO say why";
/// How many actions are offered at once.
const MOST: usize = 50;
/// The kind of the fix of the whole file.
pub(super) const FIX_ALL: &str = "source.fixAll.hive";

/// What an action does, as the editor keeps it until it is taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Plan {
    /// The patch of a question.
    Patch {
        /// Its number.
        question: i64,
    },
    /// What a rule suggests for its finding.
    Suggestion {
        /// The rule.
        rule: String,
        /// Which of the findings of the text, counted from 0.
        finding: usize,
    },
    /// A comment.
    Suppress {
        /// The rule.
        rule: String,
        /// The line, counted from 1.
        line: u32,
    },
    /// The fix of the whole file.
    FixAll,
}

/// The note of an action.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Note {
    /// The document.
    pub(super) uri: String,
    /// Which of its texts: an action is about one.
    pub(super) edition: u64,
    /// What it does.
    pub(super) plan: Plan,
}

/// What a plan needs of the document, taken from it before the work begins.
pub(super) enum Work {
    /// `hive fix`.
    Fix,
    /// Texts to be tried.
    Try(Trial),
}

/// The actions for a part of a document.
pub(super) fn offered(
    name: &str,
    document: &Document,
    questions: &[&Escalation],
    range: Range,
    only: Option<&[String]>,
    encoding: Encoding,
) -> Vec<CodeAction> {
    let Some(text) = &document.text else {
        return Vec::new();
    };
    let wanted = |kind: &str| {
        let covers = |one: &String| {
            let rest = kind.strip_prefix(one.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || one.is_empty())
        };
        only.is_none_or(|only| only.iter().any(covers))
    };
    let note = |plan: Plan| Note {
        uri: name.to_owned(),
        edition: document.edition,
        plan,
    };
    let fix_all = || CodeAction {
        title: "Fix the file with hive".to_owned(),
        kind: Some(CodeActionKind::new(FIX_ALL)),
        data: Some(json!(note(Plan::FixAll))),
        ..CodeAction::default()
    };
    let Some(checked) = document.current() else {
        // Who asks for just this, as editors do at a save, does not wait for a look.
        let asked = only.is_some() && wanted(FIX_ALL) && document.home.has_directory();
        return asked.then(fix_all).into_iter().collect();
    };
    let lines = Lines::of(text, encoding);
    let meets = |line: u32| {
        let code = lines.code(line.max(1));
        code.start.line >= range.start.line && code.start.line <= range.end.line
    };
    let mut all = Vec::new();
    let quick = |title: String, plan: Plan, preferred: bool, of: Option<&Diagnostic>| CodeAction {
        title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: of.map(|one| vec![one.clone()]),
        is_preferred: preferred.then_some(true),
        data: Some(json!(note(plan))),
        ..CodeAction::default()
    };
    if wanted(CodeActionKind::QUICKFIX.as_str()) {
        for one in questions {
            let place = review::whereabouts(text.as_bytes(), one);
            let Some(line) = place.filter(|line| meets(*line)) else {
                continue;
            };
            let id = one.id.0;
            let of = shown(document, |it| it.data == Some(json!({"question": id})));
            if one.question.patch.is_some() {
                let title = format!(
                    "Apply the patch of question {} ({})",
                    one.id, one.question.rule
                );
                all.push(quick(title, Plan::Patch { question: id }, true, of));
            }
            all.extend(
                suppressing(&one.question.rule, line)
                    .map(|(title, plan)| quick(title, plan, false, of)),
            );
        }
        for (at, found) in checked.findings.iter().enumerate() {
            if !meets(found.line) {
                continue;
            }
            let of = shown(document, |it| is_of(it, found, &lines));
            if let Some(suggestion) = found.suggestion() {
                let plan = Plan::Suggestion {
                    rule: found.code.clone(),
                    finding: at,
                };
                all.push(quick(suggestion.title.clone(), plan, true, of));
            }
            // Where a question asks the same it has been offered already.
            if of.is_some() {
                all.extend(
                    suppressing(&found.code, found.line)
                        .map(|(title, plan)| quick(title, plan, false, of)),
                );
            }
        }
    }
    all.truncate(MOST);
    if wanted(FIX_ALL) && !checked.fixes.is_empty() {
        all.push(fix_all());
    }
    all
}

fn suppressing(rule: &str, line: u32) -> impl Iterator<Item = (String, Plan)> {
    let is_code = line > 0 && !review::commented(b"x = 1\n", 1, rule, REASON).is_empty();
    let plan = Plan::Suppress {
        rule: rule.to_owned(),
        line,
    };
    is_code
        .then(|| (format!("Suppress {rule} in this line by a comment"), plan))
        .into_iter()
}

fn shown(document: &Document, is: impl Fn(&Diagnostic) -> bool) -> Option<&Diagnostic> {
    document.shown.iter().find(|one| is(one))
}

fn is_of(one: &Diagnostic, found: &Found, lines: &Lines<'_>) -> bool {
    let code = lsp_types::NumberOrString::String(found.code.clone());
    one.data.is_none()
        && one.code == Some(code)
        && one.range.start.line == lines.code(found.line).start.line
}

impl Plan {
    /// What is to be done about it; an error where the document has nothing like it.
    pub(super) fn work(
        &self,
        document: &Document,
        questions: &[&Escalation],
    ) -> Result<Work, Refused> {
        let gone = |what: &str| (Code::ContentModified, format!("{what} any more"));
        let text = document
            .text
            .as_deref()
            .ok_or_else(|| gone("the text is not kept"))?;
        match self {
            Self::FixAll => Ok(Work::Fix),
            Self::Patch { question } => {
                let one = questions.iter().find(|one| one.id.0 == *question);
                let patch = one.and_then(|one| one.question.patch.as_deref());
                let patch = patch.ok_or_else(|| gone("the question is not open"))?;
                let new = review::patched(patch, text.as_bytes()).map_err(|why| {
                    (
                        Code::RequestFailed,
                        format!("the patch does not fit: {why}"),
                    )
                })?;
                Ok(Work::tried(vec![new], None))
            }
            Self::Suggestion { rule, finding } => {
                let checked = document
                    .current()
                    .ok_or_else(|| gone("the text is not the same"))?;
                let found = checked.findings.get(*finding).filter(|it| it.code == *rule);
                let made = found
                    .and_then(Found::suggestion)
                    .and_then(|it: &Suggestion| it.made(text));
                let made = made.ok_or_else(|| gone("the finding is not there"))?;
                Ok(Work::tried(vec![made.into_bytes()], Some(rule)))
            }
            Self::Suppress { rule, line } => {
                let candidates = review::commented(text.as_bytes(), *line, rule, REASON);
                if candidates.is_empty() {
                    let why = format!("no comment suppresses {rule} in line {line}");
                    return Err((Code::RequestFailed, why));
                }
                Ok(Work::tried(candidates, Some(rule)))
            }
        }
    }
}

impl Work {
    fn tried(candidates: Vec<Vec<u8>>, less: Option<&str>) -> Self {
        let texts = candidates
            .into_iter()
            .map(|it| String::from_utf8_lossy(&it).into_owned());
        Self::Try(Trial {
            candidates: texts.collect(),
            less: less.map(str::to_owned),
        })
    }

    /// The new text.
    pub(super) fn done(
        self,
        hive: &Hive,
        home: &Home,
        text: &str,
        interrupt: &Interrupt,
    ) -> Result<String, Refused> {
        match self {
            Self::Fix => fixed(hive, home, text, interrupt),
            Self::Try(trial) => trial.of(hive, home, text, interrupt),
        }
    }
}

/// The edit of an action: for this version of the document alone, where the editor can
/// hear that.
pub(super) fn edit((name, version): (&str, i32), old: &str, new: &str, client: Client) -> Value {
    let edits = edits::between(old, new, client.encoding);
    if client.versions {
        let document = json!({"uri": name, "version": version});
        json!({"documentChanges": [{"textDocument": document, "edits": edits}]})
    } else {
        json!({"changes": {name: edits}})
    }
}
