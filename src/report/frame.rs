//! A finding with the code around it: where, which line, what to do.

use std::fmt::Write;

use super::Styles;
use crate::fixers::Finding;
use crate::terminal::plain;

/// Lines of code shown above a finding.
const ABOVE: u32 = 2;
/// Lines of a finding that are shown at most.
const LINES: u32 = 4;
/// Wider lines are cut.
const WIDTH: usize = 100;

/// Writes a finding with the code around it, as compilers do. `lines` are those of the file.
pub(super) fn render(
    out: &mut String,
    path: &str,
    finding: &Finding,
    lines: &[&str],
    styles: &Styles,
) {
    let last = finding
        .end_line
        .min(finding.line + LINES - 1)
        .max(finding.line);
    let first = finding.line.saturating_sub(ABOVE).max(1);
    let width = last.to_string().len();
    let dim = styles.dim();
    let bar = |number: Option<u32>| {
        let number = number.map(|number| number.to_string()).unwrap_or_default();
        dim.apply_to(format!("{number:>width$} |")).to_string()
    };
    let arrow = dim.apply_to(format!("{:width$}-->", ""));
    let _ = writeln!(
        out,
        "{} {}",
        styles.code().apply_to(&finding.code),
        plain(&finding.told())
    );
    let (line, column) = (finding.line, finding.column);
    let _ = writeln!(
        out,
        "{arrow} {}:{line}:{column}",
        styles.path().apply_to(path)
    );
    let shown = |number: u32| lines.get((number as usize).checked_sub(1)?).copied();
    if shown(finding.line).is_some() {
        let _ = writeln!(out, "{}", bar(None));
        for number in first..=last {
            let Some(line) = shown(number) else { break };
            // Blank lines above the finding say nothing.
            if number < finding.line && line.trim().is_empty() {
                continue;
            }
            let text = cut(&plain(&line.replace('\t', "    ")));
            let _ = writeln!(out, "{} {}", bar(Some(number)), text);
            if number == finding.line {
                let marks = marks(finding, line);
                let marks = styles.code().apply_to(marks);
                let _ = writeln!(out, "{} {marks}", bar(None));
            }
        }
    }
    let golden = finding.golden.as_ref();
    let fix = golden
        .and_then(|golden| golden.suggestion.as_ref())
        .map(|suggestion| suggestion.title.as_str());
    for help in [fix, finding.help.as_deref()].into_iter().flatten() {
        let _ = writeln!(
            out,
            "{:width$} {} {}",
            "",
            dim.apply_to("= help:"),
            plain(help)
        );
    }
    if let Some(reason) = golden.and_then(|golden| golden.suppressed.as_deref()) {
        let _ = writeln!(
            out,
            "{:width$} {} suppressed: {}",
            "",
            dim.apply_to("= note:"),
            plain(reason)
        );
    }
    out.push('\n');
}

/// Spaces and carets below the first line of a finding.
fn marks(finding: &Finding, line: &str) -> String {
    let columns = |count: u32| -> usize {
        line.chars()
            .take(count.saturating_sub(1) as usize)
            .map(|c| {
                if c == '\t' {
                    4
                } else {
                    console::measure_text_width(&c.to_string())
                }
            })
            .sum()
    };
    let begin = columns(finding.column).min(WIDTH);
    let whole = columns(u32::MAX);
    let end = if finding.end_line > finding.line {
        whole
    } else {
        columns(finding.end_column)
    };
    let carets = end.min(WIDTH).saturating_sub(begin).max(1);
    format!("{:begin$}{}", "", "^".repeat(carets))
}

fn cut(text: &str) -> String {
    console::truncate_str(text, WIDTH, "…").into_owned()
}

#[cfg(test)]
mod tests {
    use console::Style;

    use super::{Styles, render};
    use crate::escalation::Level;
    use crate::fixers::{Finding, GoldenFinding};

    #[test]
    fn carets_stand_below_what_is_meant() {
        let finding = Finding {
            code: "GR09".to_owned(),
            message: "`print` in library code".to_owned(),
            line: 3,
            column: 5,
            end_line: 3,
            end_column: 16,
            help: Some("use a logger".to_owned()),
            fixable: false,
            url: None,
            golden: Some(Box::new(GoldenFinding {
                slug: "use-logger".to_owned(),
                level: Level::Error,
                symbol: "load".to_owned(),
                suppressed: None,
                suggestion: None,
                linter: None,
            })),
            seconded: None,
        };
        let source = "\ndef load():\n    print('ü', 1)\n";
        let mut out = String::new();
        let styles = Styles::new(Style::new().force_styling(false));
        let lines: Vec<&str> = source.lines().collect();
        render(&mut out, "a.py", &finding, &lines, &styles);
        assert_eq!(
            out,
            "GR09 `print` in library code\n --> a.py:3:5\n  |\n2 | def load():\n3 |     print('ü', 1)\n  |     ^^^^^^^^^^^\n  = help: use a logger\n\n"
        );
    }
}
