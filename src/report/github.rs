//! Annotations of GitHub Actions: workflow commands, one per line.

use std::fmt::Write;

use super::{Run, Status, text};
use crate::escalation::Level;
use crate::fixers::Finding;

pub(super) fn render(run: &Run) -> String {
    let mut out = String::new();
    for file in &run.files {
        let path = property(&file.relative);
        for finding in &file.findings {
            let title = property(&format!("hive ({})", finding.code));
            let (line, column) = (finding.line, finding.column);
            let end = if finding.end_line == line {
                format!(",endColumn={}", finding.end_column)
            } else {
                String::new()
            };
            let message = data(&format!("{}: {}", finding.code, finding.told()));
            let _ = writeln!(
                out,
                "::{} title={title},file={path},line={line},endLine={},col={column}{end}::{message}",
                command(finding),
                finding.end_line
            );
        }
        match &file.status {
            Status::WouldChange => {
                let message = data(&format!("hive would fix {}", text::counts(&file.fixes)));
                let _ = writeln!(out, "::error title=hive,file={path}::{message}");
            }
            Status::Left(reason) => {
                let message = data(&format!("not fixed, it {reason}"));
                let _ = writeln!(out, "::error title=hive,file={path}::{message}");
            }
            Status::Failed(trouble) => {
                let _ = writeln!(
                    out,
                    "::error title=hive,file={path}::{}",
                    data(&trouble.to_string())
                );
            }
            Status::Unchanged | Status::Fixed | Status::Skipped(_) => {}
        }
    }
    for held in &run.held {
        let message = format!(
            "{} is held in {}: {}; hint: {}",
            held.tool, held.project, held.reason, held.remedy
        );
        let _ = writeln!(out, "::error title=hive::{}", data(&message));
    }
    out
}

/// The kind of annotation for a finding.
fn command(finding: &Finding) -> &'static str {
    match finding.golden.as_ref().map(|golden| golden.level) {
        None | Some(Level::Critical | Level::Error) => "error",
        Some(Level::Warning) => "warning",
        Some(Level::Info) => "notice",
    }
}

/// Escapes the text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// Escapes a property's value.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn commands_cannot_be_smuggled_in() {
        assert_eq!(data("50%\n::error::x"), "50%25%0A::error::x");
        assert_eq!(property("a,b:c"), "a%2Cb%3Ac");
    }
}
