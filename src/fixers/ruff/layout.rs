//! Formats with ruff: whole files, touched lines, notebooks, Markdown.

use std::path::Path;

use ruff_diagnostics::SourceMap;
use ruff_formatter::{PrintError, Printed};
use ruff_linter::source_kind::SourceKind;
use ruff_markdown::{MarkdownResult, format_code_blocks};
use ruff_notebook::Notebook;
use ruff_python_ast::{Mod, PySourceType};
use ruff_python_formatter::{
    FormatModuleError, PyFormatOptions, format_module_ast, format_module_source, format_range,
};
use ruff_python_parser::Parsed;
use ruff_python_trivia::TriviaRanges;
use ruff_text_size::{TextLen, TextRange, TextSize};
use ruff_workspace::FormatterSettings;

use super::touched::Touched;
use crate::fixers::Trouble;

/// What formatting made of a text.
pub enum Laid {
    /// It is formatted already.
    Unchanged,
    /// It has a syntax error, which the lint reports.
    Broken,
    /// The new text, and what is touched of it.
    Changed(SourceKind, Option<Touched>),
}

/// Formats Python, a stub or a notebook; only touched statements when `touched`
/// says so (a notebook with a line scope is left alone, as ruff cannot format
/// ranges of one). `module` is the tree of exactly this text, if it is known.
pub fn python(
    kind: &SourceKind,
    source_type: PySourceType,
    path: &Path,
    settings: &FormatterSettings,
    touched: Option<&Touched>,
    module: Option<&Parsed<Mod>>,
) -> Result<Laid, Trouble> {
    match kind {
        SourceKind::IpyNotebook(_) if touched.is_some() => Ok(Laid::Unchanged),
        SourceKind::IpyNotebook(notebook) => cells(notebook, path, settings),
        SourceKind::Python { code, is_stub } => {
            let options = settings.to_format_options(source_type, code, Some(path));
            let (text, touched) = match touched {
                None => match whole(code, options, module)? {
                    Some(text) => (text, None),
                    None => return Ok(Laid::Broken),
                },
                Some(touched) => match ranges(code, &options, touched)? {
                    Some((text, touched)) => (text, Some(touched)),
                    None => return Ok(Laid::Broken),
                },
            };
            if text == *code {
                return Ok(Laid::Unchanged);
            }
            Ok(Laid::Changed(
                SourceKind::Python {
                    code: text,
                    is_stub: *is_stub,
                },
                touched,
            ))
        }
        SourceKind::Markdown(_) => Ok(Laid::Unchanged),
    }
}

/// Formats the Python blocks of a Markdown text. `None` when nothing changes.
pub fn markdown(text: &str, path: &Path, settings: &FormatterSettings) -> Option<String> {
    match format_code_blocks(text, Some(path), settings) {
        MarkdownResult::Formatted(text) => Some(text),
        MarkdownResult::Unchanged => None,
    }
}

/// Formats a text, on its tree where that is at hand. `None` for a syntax error.
fn whole(
    text: &str,
    options: PyFormatOptions,
    module: Option<&Parsed<Mod>>,
) -> Result<Option<String>, Trouble> {
    let formatted = match module {
        Some(module) if !module.has_valid_syntax() => return Ok(None),
        Some(module) => {
            let trivia = TriviaRanges::from(module.tokens());
            format_module_ast(module, &trivia, text, options)
                .map_err(FormatModuleError::from)
                .and_then(|formatted| Ok(formatted.print()?.into_code()))
        }
        None => format_module_source(text, options).map(Printed::into_code),
    };
    match formatted {
        Ok(text) => Ok(Some(text)),
        Err(error) => broken(&error).map(|()| None),
    }
}

/// Formats the touched ranges from the last to the first, so that the positions
/// before the one at hand stay true.
fn ranges(
    text: &str,
    options: &PyFormatOptions,
    touched: &Touched,
) -> Result<Option<(String, Touched)>, Trouble> {
    let mut out = text.to_owned();
    let mut edits = Vec::new();
    let mut limit = text.text_len();
    for range in touched.ranges().iter().rev() {
        // A formatted range may reach beyond what was asked for, over the next
        // one that is done already.
        let Some(range) = range
            .intersect(TextRange::up_to(limit))
            .filter(|range| !range.is_empty())
        else {
            continue;
        };
        let printed = match format_range(&out, range, options.clone()) {
            Ok(printed) => printed,
            Err(error) => return broken(&error).map(|()| None),
        };
        let source = printed.source_range();
        if source.is_empty() && printed.as_code().is_empty() {
            continue;
        }
        limit = limit.min(source.start());
        let place = std::ops::Range::<usize>::from(source);
        if out[place.clone()] != *printed.as_code() {
            edits.push((source, printed.as_code().text_len()));
            out.replace_range(place, printed.as_code());
        }
    }
    edits.reverse();
    let touched = touched.through(&edits);
    Ok(Some((out, touched)))
}

/// Formats each cell by itself.
fn cells(notebook: &Notebook, path: &Path, settings: &FormatterSettings) -> Result<Laid, Trouble> {
    let text = notebook.source_code();
    let options = settings.to_format_options(PySourceType::Ipynb, text, Some(path));
    let mut out = String::with_capacity(text.len());
    let mut map = SourceMap::default();
    let mut last = TextSize::ZERO;
    for cell in notebook.cell_offsets().ranges() {
        let before = &text[cell];
        let Some(after) = whole(before, options.clone(), None)? else {
            return Ok(Laid::Broken);
        };
        if after == before {
            continue;
        }
        out.push_str(&text[TextRange::new(last, cell.start())]);
        map.push_marker(cell.start(), out.text_len());
        out.push_str(&after);
        map.push_marker(cell.end(), out.text_len());
        last = cell.end();
    }
    if map.markers().is_empty() {
        return Ok(Laid::Unchanged);
    }
    out.push_str(&text[usize::from(last)..]);
    let mut notebook = notebook.clone();
    notebook.update(&map, out);
    Ok(Laid::Changed(SourceKind::ipy_notebook(notebook), None))
}

/// A syntax error is the lint's to report; everything else is trouble.
fn broken(error: &FormatModuleError) -> Result<(), Trouble> {
    match error {
        FormatModuleError::ParseError(_) => Ok(()),
        FormatModuleError::FormatError(_)
        | FormatModuleError::PrintError(PrintError::InvalidDocument(_)) => Err(Trouble::Tool {
            tool: "ruff format".to_owned(),
            message: error.to_string(),
        }),
    }
}
