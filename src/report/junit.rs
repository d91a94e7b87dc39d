//! JUnit XML: one test case per file.

use std::fmt::Write;

use super::{FileReport, Run, Status, text};
use crate::terminal::one_name;

pub(super) fn render(run: &Run) -> String {
    let totals = run.totals();
    let failures = run
        .files
        .iter()
        .filter(|file| failure(file).is_some())
        .count()
        + run.held.len();
    let tests = run.files.len() + run.held.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        out,
        "<testsuites name=\"hive\" tests=\"{tests}\" failures=\"{failures}\" time=\"{:.3}\">",
        run.took.as_secs_f64()
    );
    let _ = writeln!(
        out,
        "  <testsuite name=\"hive\" tests=\"{tests}\" failures=\"{failures}\" skipped=\"{}\">",
        totals.skipped
    );
    for file in &run.files {
        let name = escape(&one_name(&file.relative));
        match (&file.status, failure(file)) {
            (Status::Skipped(reason), _) => {
                let _ = writeln!(
                    out,
                    "    <testcase name=\"{name}\" classname=\"hive\"><skipped message=\"{}\"/></testcase>",
                    escape(reason)
                );
            }
            (_, Some(message)) => {
                let first = message.lines().next().unwrap_or_default();
                let _ = writeln!(
                    out,
                    "    <testcase name=\"{name}\" classname=\"hive\"><failure message=\"{}\">{}</failure></testcase>",
                    escape(first),
                    escape(&message)
                );
            }
            _ => {
                let _ = writeln!(out, "    <testcase name=\"{name}\" classname=\"hive\"/>");
            }
        }
    }
    for held in &run.held {
        let _ = writeln!(
            out,
            "    <testcase name=\"{} in {}\" classname=\"hive\"><failure message=\"{}\">hint: {}</failure></testcase>",
            escape(&held.tool),
            escape(&held.project),
            escape(&held.reason),
            escape(&held.remedy)
        );
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Why a file does not pass.
fn failure(file: &FileReport) -> Option<String> {
    let mut lines = Vec::new();
    match &file.status {
        Status::WouldChange => lines.push(format!("would fix {}", text::counts(&file.fixes))),
        Status::Left(reason) => lines.push(format!("not fixed, it {reason}")),
        Status::Failed(trouble) => lines.push(trouble.to_string()),
        Status::Unchanged | Status::Fixed | Status::Skipped(_) => {}
    }
    let failing = file.findings.iter().filter(|finding| finding.fails());
    lines.extend(failing.map(|finding| {
        format!(
            "{}:{}: {} {}",
            finding.line,
            finding.column,
            finding.code,
            finding.told()
        )
    }));
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// Escapes for attributes and text; characters that XML 1.0 forbids are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn xml_stays_xml() {
        assert_eq!(
            escape("<a & \"b\">\u{1b}"),
            "&lt;a &amp; &quot;b&quot;&gt;\u{fffd}"
        );
    }
}
