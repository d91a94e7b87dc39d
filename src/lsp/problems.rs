//! What is said of a document: by the check of its text, and by the open questions. Pure.

use std::collections::BTreeMap;

use lsp_types::{
    CodeDescription, Diagnostic, DiagnosticSeverity, NumberOrString, Position, Range, Uri,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::text::{Encoding, Lines};
use crate::escalation::{Escalation, Level};
use crate::review;
use crate::rpc::Said;

/// Who says it, for the editor.
const SOURCE: &str = "hive";
/// The code of what hive itself has to say, where no rule of a tool does.
const OWN: &str = "hive";

/// What `hive check` said of a text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Checked {
    /// Of which edition of a document.
    pub(super) edition: u64,
    /// What it found.
    pub(super) findings: Vec<Found>,
    /// What `hive fix` would do, by code, with numbers.
    pub(super) fixes: Vec<(String, u32)>,
    /// Why something could not be judged.
    pub(super) troubles: Vec<String>,
}

/// One finding, as docs/json.md describes it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Found {
    pub(super) code: String,
    pub(super) message: String,
    pub(super) line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
    url: Option<String>,
    golden: Option<Golden>,
    seconded: Option<Seconded>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Golden {
    slug: String,
    level: Level,
    suppressed: Option<String>,
    suggestion: Option<Suggestion>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Seconded {
    code: String,
    rule: Golden,
}

/// What would mend a finding.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct Suggestion {
    /// What it does, in the imperative.
    pub(super) title: String,
    edits: Vec<Edit>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Edit {
    range: Span,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
struct Span {
    start: usize,
    end: usize,
}

impl Checked {
    /// Reads what the command said.
    pub(super) fn of(said: &Said, edition: u64) -> Self {
        let mut checked = Self {
            edition,
            ..Self::default()
        };
        let Ok(report) = serde_json::from_slice::<Value>(&said.data) else {
            let words = said.words();
            let first = words.lines().next().unwrap_or("it ended without a word");
            let first = first.strip_prefix("error: ").unwrap_or(first);
            checked.troubles.push(format!("not checked: {first}"));
            return checked;
        };
        let list = |of: &Value, name: &str| of[name].as_array().cloned().unwrap_or_default();
        let text = |of: &Value, name: &str| of[name].as_str().unwrap_or_default().to_owned();
        for file in list(&report, "files") {
            if file["status"] == json!("failed") {
                checked
                    .troubles
                    .push(format!("not checked: {}", text(&file, "reason")));
            }
            for finding in list(&file, "findings") {
                match serde_json::from_value(finding) {
                    Ok(found) => checked.findings.push(found),
                    Err(error) => checked.troubles.push(format!("not understood: {error}")),
                }
            }
            for fix in list(&file, "fixes") {
                let count = fix["count"].as_u64().and_then(|it| u32::try_from(it).ok());
                checked.fixes.push((text(&fix, "code"), count.unwrap_or(1)));
            }
        }
        for held in list(&report, "held") {
            let [tool, reason, remedy] = ["tool", "reason", "remedy"].map(|it| text(&held, it));
            let trouble = format!("{tool} did not run: {reason} ({remedy})");
            checked.troubles.push(trouble);
        }
        for rule in list(&report, "rules") {
            if rule["verdict"] == json!("error") {
                let trouble = format!(
                    "{} did not judge: {}",
                    text(&rule, "rule"),
                    text(&rule, "reason")
                );
                checked.troubles.push(trouble);
            }
        }
        checked
    }

    /// How often each rule has something to say; with those findings that a fix would take
    /// away, too, if wanted.
    pub(super) fn counts(&self, with_fixes: bool) -> BTreeMap<String, u32> {
        let mut counts = BTreeMap::new();
        for found in self.findings.iter().filter(|found| found.counts()) {
            *counts.entry(found.code.clone()).or_default() += 1;
            if let Some(seconded) = &found.seconded {
                *counts.entry(seconded.code.clone()).or_default() += 1;
            }
        }
        for (code, count) in self.fixes.iter().filter(|_| with_fixes) {
            *counts.entry(code.clone()).or_default() += count;
        }
        counts
    }

    /// Everything that an editor is shown, in order of place.
    pub(super) fn diagnostics(
        &self,
        text: &str,
        questions: &[&Escalation],
        encoding: Encoding,
    ) -> Vec<Diagnostic> {
        let lines = Lines::of(text, encoding);
        let asked: Vec<(u32, &Escalation)> = questions
            .iter()
            .filter_map(|one| Some((review::whereabouts(text.as_bytes(), one)?, *one)))
            .collect();
        let is_asked = |found: &Found| {
            let rules = |one: &Escalation| one.question.rule.split(", ").any(|it| it == found.code);
            asked
                .iter()
                .any(|(line, one)| *line == found.line && rules(one))
        };
        let findings = self.findings.iter().filter(|found| !is_asked(found));
        let mut all: Vec<Diagnostic> = findings.map(|found| found.shown(&lines)).collect();
        all.extend(asked.iter().map(|(line, one)| question(*line, one, &lines)));
        all.extend(
            self.troubles
                .iter()
                .map(|trouble| own(&lines, DiagnosticSeverity::WARNING, trouble.clone())),
        );
        if !self.fixes.is_empty() {
            let fixes: Vec<String> = self
                .fixes
                .iter()
                .map(|(code, count)| format!("{code} ×{count}"))
                .collect();
            let message = format!("hive fix would change this file: {}", fixes.join(", "));
            all.push(own(&lines, DiagnosticSeverity::INFORMATION, message));
        }
        all.sort_by_key(|one| (one.range.start, one.message.clone()));
        all
    }
}

impl Found {
    /// Whether it is held against the code; what a comment suppresses is only listed.
    fn counts(&self) -> bool {
        self.golden
            .as_ref()
            .is_none_or(|it| it.suppressed.is_none())
    }

    /// What would mend it, if a rule says.
    pub(super) fn suggestion(&self) -> Option<&Suggestion> {
        let golden = self.golden.as_ref();
        let golden = golden.or(self.seconded.as_ref().map(|it| &it.rule));
        golden?.suggestion.as_ref()
    }

    fn shown(&self, lines: &Lines<'_>) -> Diagnostic {
        let start = lines.counted(self.line, self.column);
        let end = lines.counted(self.end_line, self.end_column).max(start);
        let severity = match &self.golden {
            Some(golden) if golden.suppressed.is_some() => DiagnosticSeverity::HINT,
            Some(golden) => severity(golden.level),
            None if self.code == "invalid-syntax" => DiagnosticSeverity::ERROR,
            None => DiagnosticSeverity::WARNING,
        };
        let named = match (&self.golden, &self.seconded) {
            (Some(golden), _) => format!(" ({})", golden.slug),
            (None, Some(seconded)) => format!(" ({} {})", seconded.code, seconded.rule.slug),
            (None, None) => String::new(),
        };
        let suppressed = self.golden.as_ref().and_then(|it| it.suppressed.as_ref());
        let suppressed = suppressed.map(|why| format!(" [suppressed: {why}]"));
        let message = format!("{}{named}{}", self.message, suppressed.unwrap_or_default());
        let url = self.url.as_deref().and_then(|url| url.parse::<Uri>().ok());
        Diagnostic {
            range: Range::new(lines.position(start), lines.position(end)),
            severity: Some(severity),
            code: Some(NumberOrString::String(self.code.clone())),
            code_description: url.map(|href| CodeDescription { href }),
            source: Some(SOURCE.to_owned()),
            message,
            ..Diagnostic::default()
        }
    }
}

impl Suggestion {
    /// The text with its edits made; `None` where they are not of this text.
    pub(super) fn made(&self, text: &str) -> Option<String> {
        let mut edits: Vec<&Edit> = self.edits.iter().collect();
        edits.sort_by_key(|edit| (edit.range.start, edit.range.end));
        // The bytes of the decoded text, of which a mark of the byte order is the first.
        let mut made = String::with_capacity(text.len());
        let mut at = 0;
        for edit in edits {
            made.push_str(text.get(at..edit.range.start)?);
            text.get(edit.range.start..edit.range.end)?;
            made.push_str(&edit.text);
            at = edit.range.end;
        }
        made.push_str(text.get(at..)?);
        Some(made)
    }
}

/// An open question as the editor shows it: at its line, or at the top for one about the
/// whole file.
fn question(line: u32, one: &Escalation, lines: &Lines<'_>) -> Diagnostic {
    let question = &one.question;
    let range = if line == 0 {
        Range::new(Position::new(0, 0), lines.code(1).end)
    } else {
        let code = lines.code(line);
        // The column is that of the committed line, which is this one but for its indent.
        let column = lines.position(lines.counted(line, question.column));
        let inside = question.column > 0 && column >= code.start && column < code.end;
        Range::new(if inside { column } else { code.start }, code.end)
    };
    let reason = question.reason.lines().next().unwrap_or_default();
    let ready = if question.patch.is_some() {
        ", patch ready"
    } else {
        ""
    };
    Diagnostic {
        range,
        severity: Some(severity(question.level)),
        code: Some(NumberOrString::String(question.rule.clone())),
        source: Some(SOURCE.to_owned()),
        message: format!("{reason} [question {}{ready}]", one.id),
        data: Some(json!({"question": one.id.0})),
        ..Diagnostic::default()
    }
}

fn own(lines: &Lines<'_>, severity: DiagnosticSeverity, message: String) -> Diagnostic {
    Diagnostic {
        range: Range::new(Position::new(0, 0), lines.code(1).end),
        severity: Some(severity),
        code: Some(NumberOrString::String(OWN.to_owned())),
        source: Some(SOURCE.to_owned()),
        message,
        ..Diagnostic::default()
    }
}

fn severity(level: Level) -> DiagnosticSeverity {
    match level {
        Level::Critical | Level::Error => DiagnosticSeverity::ERROR,
        Level::Warning => DiagnosticSeverity::WARNING,
        Level::Info => DiagnosticSeverity::INFORMATION,
    }
}
