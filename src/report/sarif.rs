//! SARIF 2.1.0, as code scanning services read it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{FileReport, Run, Status, text};
use crate::escalation::Level;
use crate::fixers::Finding;

pub(super) fn render(run: &Run) -> String {
    let mut rules: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut results = Vec::new();
    for file in &run.files {
        for finding in &file.findings {
            rules
                .entry(finding.code.clone())
                .or_insert_with(|| finding.url.clone());
            let region = json!({
                "startLine": finding.line,
                "startColumn": finding.column,
                "endLine": finding.end_line,
                "endColumn": finding.end_column,
            });
            let mut one = result(
                &finding.code,
                level(finding),
                &finding.told(),
                file,
                &region,
            );
            let suppressed = finding
                .golden
                .as_ref()
                .and_then(|it| it.suppressed.as_ref());
            if let Some(reason) = suppressed {
                one["suppressions"] = json!([{"kind": "inSource", "justification": reason}]);
            }
            results.push(one);
        }
        let start = json!({"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1});
        match &file.status {
            Status::WouldChange => {
                let fixes = text::counts(&file.fixes);
                rules.entry("would-change".to_owned()).or_insert(None);
                results.push(result(
                    "would-change",
                    "error",
                    &format!("hive would fix {fixes}"),
                    file,
                    &start,
                ));
            }
            Status::Left(reason) => {
                rules.entry("not-fixed".to_owned()).or_insert(None);
                let message = format!("not fixed, it {reason}");
                results.push(result("not-fixed", "error", &message, file, &start));
            }
            Status::Failed(trouble) => {
                let kind = text::trouble_kind(trouble);
                rules.entry(kind.to_owned()).or_insert(None);
                results.push(result(kind, "error", &trouble.to_string(), file, &start));
            }
            Status::Unchanged | Status::Fixed | Status::Skipped(_) => {}
        }
    }
    let held: Vec<Value> = run
        .held
        .iter()
        .map(|held| {
            let text = format!(
                "{} is held in {}: {}; hint: {}",
                held.tool, held.project, held.reason, held.remedy
            );
            json!({"level": "error", "message": {"text": text}})
        })
        .collect();
    let rules: Vec<Value> = rules
        .into_iter()
        .map(|(id, url)| match url {
            Some(url) => json!({"id": id, "helpUri": url}),
            None => json!({"id": id}),
        })
        .collect();
    let value = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "hive", "version": env!("CARGO_PKG_VERSION"), "rules": rules}},
            "invocations": [{"executionSuccessful": held.is_empty() && run.totals().failed == 0,
                             "toolExecutionNotifications": held}],
            "results": results,
        }],
    });
    format!("{value:#}\n")
}

/// How bad a finding is, in SARIF's words.
fn level(finding: &Finding) -> &'static str {
    match finding.golden.as_ref().map(|golden| golden.level) {
        None | Some(Level::Critical | Level::Error) => "error",
        Some(Level::Warning) => "warning",
        Some(Level::Info) => "note",
    }
}

fn result(rule: &str, level: &str, message: &str, file: &FileReport, region: &Value) -> Value {
    json!({
        "ruleId": rule,
        "level": level,
        "message": {"text": message},
        "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": uri(&file.relative), "uriBaseId": "%SRCROOT%"},
            "region": region,
        }}],
    })
}

/// A relative path as a URI: everything but unreserved characters and `/` is
/// percent-encoded (RFC 3986).
pub fn uri(path: &str) -> String {
    path.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn odd_paths_become_uris() {
        assert_eq!(uri("a b/ü.py"), "a%20b/%C3%BC.py");
        assert_eq!(uri("src/a-b_c.py"), "src/a-b_c.py");
    }
}
