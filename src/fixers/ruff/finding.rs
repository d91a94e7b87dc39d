//! ruff's diagnostics as findings.

use ruff_db::diagnostic::Diagnostic;
use ruff_notebook::NotebookIndex;

use crate::fixers::Finding;

/// Turns diagnostics into findings, in order of position. For a notebook the
/// lines are those of the cell, whose 1-based number stands in the message.
pub fn findings(diagnostics: &[Diagnostic], notebook: Option<&NotebookIndex>) -> Vec<Finding> {
    let mut found: Vec<Finding> = diagnostics
        .iter()
        .map(|diagnostic| finding(diagnostic, notebook))
        .collect();
    found.sort_by(|a, b| (a.line, a.column, &a.code).cmp(&(b.line, b.column, &b.code)));
    found
}

fn finding(diagnostic: &Diagnostic, notebook: Option<&NotebookIndex>) -> Finding {
    let start = diagnostic.ruff_start_location().unwrap_or_default();
    let end = diagnostic.ruff_end_location().unwrap_or(start);
    let mut message = diagnostic.concise_message().to_str().into_owned();
    let (mut from, mut to) = (start, end);
    if let Some(index) = notebook {
        if let Some(cell) = index.cell(start.line) {
            message = format!("cell {cell}: {message}");
        }
        from = index.translate_line_column(&start);
        to = index.translate_line_column(&end);
    }
    let number = |one: ruff_source_file::OneIndexed| u32::try_from(one.get()).unwrap_or(u32::MAX);
    Finding {
        code: diagnostic.secondary_code_or_id().to_owned(),
        message,
        line: number(from.line),
        column: number(from.column),
        end_line: number(to.line),
        end_column: number(to.column),
        help: diagnostic.first_help_text().map(str::to_owned),
        fixable: diagnostic.fix().is_some(),
        url: diagnostic.documentation_url().map(str::to_owned),
        golden: None,
        seconded: None,
    }
}
