//! Questions for other programs: SARIF 2.1.0 and Markdown. Pure.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::detail::place;
use crate::escalation::{Escalation, Level};
use crate::report::uri;

/// The questions as SARIF, for code scanning.
pub fn sarif(questions: &[Escalation]) -> String {
    let rules: BTreeSet<&str> = questions
        .iter()
        .map(|one| one.question.rule.as_str())
        .collect();
    let rules: Vec<Value> = rules.into_iter().map(|id| json!({"id": id})).collect();
    let results: Vec<Value> = questions.iter().map(result).collect();
    let value = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "hive",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "results": results,
        }],
    });
    format!("{value:#}\n")
}

fn result(one: &Escalation) -> Value {
    let question = &one.question;
    let level = match question.level {
        Level::Info => "note",
        Level::Warning => "warning",
        Level::Error | Level::Critical => "error",
    };
    let (line, column) = (question.line.max(1), question.column.max(1));
    let mut result = json!({
        "ruleId": question.rule,
        "level": level,
        "message": {"text": question.reason},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(question.path.as_str()), "uriBaseId": "%SRCROOT%"},
            "region": {
                "startLine": line,
                "startColumn": column,
                "snippet": {"text": question.snippet},
            },
        }}],
        "partialFingerprints": {"hiveQuestion/v1": one.id.to_string()},
    });
    if !question.symbol.is_empty() {
        result["locations"][0]["logicalLocations"] =
            json!([{"fullyQualifiedName": question.symbol}]);
    }
    result
}

/// The questions as Markdown, for a ticket or a message.
pub fn markdown(questions: &[Escalation]) -> String {
    let mut text = String::new();
    for one in questions {
        let question = &one.question;
        let _ = writeln!(
            text,
            "## {} in `{}` (#{}, {})\n",
            escaped(&question.rule),
            place(question),
            one.id,
            question.level
        );
        let _ = writeln!(text, "{}\n", escaped(&question.reason));
        if !question.symbol.is_empty() {
            let _ = writeln!(text, "In `{}`.\n", question.symbol);
        }
        if let Some(owner) = &one.owner {
            let _ = writeln!(text, "Last written by {}.\n", escaped(owner));
        }
        match &question.patch {
            Some(patch) => text.push_str(&fenced("diff", patch)),
            None if !question.snippet.is_empty() => {
                text.push_str(&fenced("python", &question.snippet));
            }
            None => {}
        }
        if let Some(note) = &one.note {
            let _ = writeln!(text, "> {}\n", escaped(note).replace('\n', "\n> "));
        }
    }
    text
}

/// A block of code; its fence is longer than any in it.
fn fenced(language: &str, code: &str) -> String {
    let longest = code
        .split(|c| c != '`')
        .map(str::len)
        .max()
        .unwrap_or_default();
    let fence = "`".repeat((longest + 1).max(3));
    format!(
        "{fence}{language}\n{}\n{fence}\n\n",
        code.trim_end_matches('\n')
    )
}

/// A text whose marks are not taken for Markdown.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '_' | '<' | '>' | '[' | ']' | '\\' | '#' | '|') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::fenced;

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        assert_eq!(fenced("python", "x\n"), "```python\nx\n```\n\n");
        assert_eq!(fenced("diff", "a ``` b"), "````diff\na ``` b\n````\n\n");
    }
}
