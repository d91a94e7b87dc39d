//! Whether a result may be written.
//!
//! In: the text before, the text after, and what the tool that made it claims to
//! have changed ([`Claims`]). Out: the syntax tree of the result, which the next
//! step can lint without a second parse, or a [`Rejection`] that says what is
//! wrong and on which line. Always: what cannot be decided is rejected, and no
//! input, however deep, overflows the stack here. This part does not know which
//! tool ran, and it runs none; that a second run changes nothing is the chain's
//! to check.
//!
//! The comparison is hive's own and not the linter's `comparable` tree: that one
//! recurses (a file can be too deep for it), builds a second tree before it
//! compares, is stricter than black where black may change something (docstring
//! whitespace, `del (a, b)`, `class A():`) and looser where the parser loses a
//! distinction (lone surrogates are all one character to it).

mod comments;
mod expressions;
mod imports;
mod patterns;
mod probe;
mod statements;
mod strings;
mod tree;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod mutate;

use ruff_linter::linter::parse_unchecked_source;
use ruff_linter::source_kind::SourceKind;
use ruff_python_ast::{ModModule, PySourceType, PythonVersion};
use ruff_python_parser::Parsed;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::Trouble;
use crate::crash;

pub use imports::Binding;
pub use probe::{Probe, ProbeFinding, new_findings};

/// What the tools that made a result may have changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    /// The kind of change.
    pub changes: Changes,
    /// Imports that the configuration orders to be added where they are missing
    /// (`required-imports`, `add_imports`). Counts with [`Changes::Imports`].
    pub required_imports: Vec<Binding>,
    /// Whether a star import may change its place among other imports. It may
    /// bind any name, so the result is then not certain to bind the same; for
    /// runs that ask for what the tool does and nothing else. Counts with
    /// [`Changes::Imports`].
    pub stars_may_move: bool,
    /// Whether the configuration lets the formatter format code inside
    /// docstrings. Then docstrings may also differ in quotes, commas,
    /// parentheses and the case of letters, the marks that formatting moves.
    pub docstring_code: bool,
}

impl Claims {
    /// Claims of a kind, with nothing required, stars in place and docstrings left alone.
    pub fn new(changes: Changes) -> Self {
        Self {
            changes,
            required_imports: Vec::new(),
            stars_may_move: false,
            docstring_code: false,
        }
    }
}

/// The kind of change that is claimed, weakest check last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Changes {
    /// Layout only: the syntax tree is equal and every comment is still there.
    Layout,
    /// Layout, and within each block of imports their order, grouping and
    /// duplicates.
    Imports,
    /// Whatever a linter calls safe: the result parses.
    Linter,
}

/// Why a result must not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The text before does not parse, so that nothing can be said.
    #[error("line {line} did not parse before the fix ({message}), so the fix cannot be checked")]
    Unparsable {
        /// 1-based line of the text before.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The result does not parse.
    #[error("the result does not parse at line {line}: {message}")]
    Broken {
        /// 1-based line of the result.
        line: usize,
        /// What the parser says.
        message: String,
    },
    /// The trees differ.
    #[error("{what} (line {before}, in the result line {after})")]
    Differs {
        /// What differs.
        what: String,
        /// 1-based line of the text before.
        before: usize,
        /// 1-based line of the result.
        after: usize,
    },
    /// A comment is gone or has appeared.
    #[error("{what}: `{text}` (line {line})")]
    Comment {
        /// What became of it.
        what: &'static str,
        /// The comment.
        text: String,
        /// 1-based line of the text that has it.
        line: usize,
    },
    /// A notebook's cells are not the same cells.
    #[error("the notebook had {before} code cells and has {after}")]
    Cells {
        /// How many there were.
        before: usize,
        /// How many there are.
        after: usize,
    },
}

impl From<Rejection> for Trouble {
    fn from(rejection: Rejection) -> Self {
        Self::Verification {
            reason: rejection.to_string(),
        }
    }
}

/// Where two trees differ, in byte offsets.
#[derive(Debug)]
struct Difference {
    what: String,
    before: TextRange,
    after: TextRange,
}

/// Checks `after` against `before` and hands back the tree of `after`.
///
/// Both are Python source text; for notebooks see [`verify_source`].
pub fn verify(
    before: &str,
    after: &str,
    claims: &Claims,
    source_type: PySourceType,
) -> Result<Parsed<ModModule>, Rejection> {
    let source = |code: &str| SourceKind::Python {
        code: code.to_owned(),
        is_stub: source_type.is_stub(),
    };
    verify_source(&source(before), &source(after), claims, source_type)
}

/// Checks `after` against `before`, cell by cell if they are notebooks, and
/// hands back the tree of `after` (whose offsets are those of its source code).
///
/// The newest grammar is used for both, whatever the project's target version;
/// whether syntax is too new for the project is [`Probe`]'s question.
pub fn verify_source(
    before: &SourceKind,
    after: &SourceKind,
    claims: &Claims,
    source_type: PySourceType,
) -> Result<Parsed<ModModule>, Rejection> {
    let new = parse(after, source_type);
    let old = parse(before, source_type);
    verify_parsed(before, &old, after, &new, claims, source_type)?;
    Ok(new)
}

/// Checks `after` against `before` where the latter is parsed already.
pub fn verify_after(
    before: &SourceKind,
    old: &Parsed<ModModule>,
    after: &SourceKind,
    claims: &Claims,
    source_type: PySourceType,
) -> Result<(), Rejection> {
    let new = parse(after, source_type);
    verify_parsed(before, old, after, &new, claims, source_type)
}

/// Checks `after` against `before` where both are parsed already.
pub fn verify_parsed(
    before: &SourceKind,
    old: &Parsed<ModModule>,
    after: &SourceKind,
    new: &Parsed<ModModule>,
    claims: &Claims,
    source_type: PySourceType,
) -> Result<(), Rejection> {
    if crash::off("verification") {
        return Ok(());
    }
    if let Some((line, message)) = first_error(new, after.source_code()) {
        return Err(Rejection::Broken { line, message });
    }
    if let Some((line, message)) = first_error(old, before.source_code()) {
        return Err(Rejection::Unparsable { line, message });
    }
    if claims.changes == Changes::Linter {
        return same_cells(before, after);
    }
    let Err(rejection) = compare(before, old, after, new, claims) else {
        return Ok(());
    };
    // Python reads every line end as a newline, also inside strings, and a tool
    // may change them; the parser keeps them as they are. An escaped `\r` must
    // stay one, so the texts are normalised, not the values.
    let (Some(before), Some(after)) = (unix(before), unix(after)) else {
        return Err(rejection);
    };
    compare(
        &before,
        &parse(&before, source_type),
        &after,
        &parse(&after, source_type),
        claims,
    )
}

fn parse(source: &SourceKind, source_type: PySourceType) -> Parsed<ModModule> {
    parse_unchecked_source(source, source_type, PythonVersion::latest())
}

fn first_error(parsed: &Parsed<ModModule>, text: &str) -> Option<(usize, String)> {
    let error = parsed.errors().first()?;
    Some((
        line_of(text, error.location.start()),
        error.error.to_string(),
    ))
}

/// The 1-based line of an offset.
fn line_of(text: &str, offset: TextSize) -> usize {
    let head = text.as_bytes().get(..offset.to_usize()).unwrap_or_default();
    head.split(|byte| *byte == b'\n').count()
}

/// The same source with `\n` line ends; `None` for a notebook, whose format knows
/// no others.
fn unix(source: &SourceKind) -> Option<SourceKind> {
    match source {
        SourceKind::Python { code, is_stub } => Some(SourceKind::Python {
            code: code.replace("\r\n", "\n").replace('\r', "\n"),
            is_stub: *is_stub,
        }),
        _ => None,
    }
}

/// The ranges of the cells, in order; a module is one cell.
fn cells(source: &SourceKind) -> Vec<TextRange> {
    match source.as_ipy_notebook() {
        Some(notebook) => notebook.cell_offsets().content_ranges().collect(),
        None => vec![TextRange::up_to(TextSize::of(source.source_code()))],
    }
}

fn same_cells(before: &SourceKind, after: &SourceKind) -> Result<(), Rejection> {
    let (before, after) = (cells(before).len(), cells(after).len());
    if before == after {
        return Ok(());
    }
    Err(Rejection::Cells { before, after })
}

fn compare(
    before: &SourceKind,
    old: &Parsed<ModModule>,
    after: &SourceKind,
    new: &Parsed<ModModule>,
    claims: &Claims,
) -> Result<(), Rejection> {
    same_cells(before, after)?;
    let texts = (before.source_code(), after.source_code());
    let (mut old_rest, mut new_rest) = (&old.suite()[..], &new.suite()[..]);
    for (old_cell, new_cell) in cells(before).into_iter().zip(cells(after)) {
        let (old_body, new_body);
        (old_body, old_rest) = split_at_end(old_rest, old_cell);
        (new_body, new_rest) = split_at_end(new_rest, new_cell);
        tree::compare(old_body, new_body, (old_cell, new_cell), texts, claims).map_err(
            |difference| Rejection::Differs {
                what: difference.what,
                before: line_of(texts.0, difference.before.start()),
                after: line_of(texts.1, difference.after.start()),
            },
        )?;
    }
    comments::kept(old.tokens(), texts.0, new.tokens(), texts.1, claims.changes)
}

/// Splits off the statements that begin inside a cell.
fn split_at_end<T: Ranged>(statements: &[T], cell: TextRange) -> (&[T], &[T]) {
    statements.split_at(statements.partition_point(|statement| statement.start() < cell.end()))
}
