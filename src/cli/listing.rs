//! What the listings share: opening the queue, tables, times.

use std::fmt::Write as _;

use serde_json::Value;

use super::Context;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::{Queue, QueueError};
use crate::repo::{Place, WorktreeId};
pub(super) use crate::report::{duration, span};
use crate::store;
use crate::terminal::{plain, plain_json};

/// Opens the queue of the work tree here. `None` if hive has never kept anything in
/// this repository: a listing makes no database.
pub(super) fn open(context: &Context) -> Outcome<Option<Queue>> {
    let place = Place::find(&context.cwd).ok_or_else(|| {
        Failure::usage("there is no repository here").hint("change to a git work tree")
    })?;
    let file = store::repository_file(&place);
    if !file.is_some_and(|file| file.exists()) {
        return Ok(None);
    }
    let worktree = WorktreeId::of(&place)
        .map_err(|error| Failure::internal("the work tree's id cannot be read").caused_by(error))?;
    Ok(Some(Queue::open(&place, worktree)?))
}

/// Opens the queue for an order, which needs one.
pub(super) fn must_open(context: &Context) -> Outcome<Queue> {
    open(context)?.ok_or_else(|| Failure::usage(NOTHING_HERE).hint("hive init sets hive up here"))
}

/// Said where hive has never been.
const NOTHING_HERE: &str = "hive keeps nothing in this repository yet";

/// Says that hive has never been here; no failure.
pub(super) fn say_nothing_here(context: &Context) {
    let terminal = &context.terminal;
    terminal.say(&format!("{NOTHING_HERE}; hive init sets it up"));
}

/// Prints one JSON object.
pub(super) fn json(context: &Context, value: &Value) -> Outcome<()> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::internal("the answer is no JSON").caused_by(error))?;
    text.push('\n');
    let written = context.terminal.data(plain_json(&text).as_bytes());
    written.map_err(Failure::from_output)
}

/// A value as JSON.
pub(super) fn value(of: &impl serde::Serialize) -> Outcome<Value> {
    serde_json::to_value(of)
        .map_err(|error| Failure::internal("the answer is no JSON").caused_by(error))
}

/// Prints a table: every column as wide as it needs to be, and the last one what is
/// left of the terminal's width. What goes into a pipe is not cut. Nothing raw gets
/// through.
pub(super) fn table(context: &Context, head: &[&str], rows: &[Vec<String>]) -> Outcome<()> {
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    let clean = |row: &Vec<String>| -> Vec<String> {
        row.iter()
            .map(|cell| plain(&one_line(cell)).into_owned())
            .collect()
    };
    let mut all = vec![head];
    all.extend(rows.iter().map(clean));
    for line in lines(&all, context.terminal.width()) {
        context.terminal.line(&line).map_err(Failure::from_output)?;
    }
    Ok(())
}

/// Prints names and values, one per line, without those that are empty.
pub(super) fn facts(context: &Context, facts: &[(&str, String)]) -> Outcome<()> {
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let value = plain(value);
        let mut rest = value.lines();
        let first = format!("{name:<11} {}", rest.next().unwrap_or_default());
        let more = rest.map(|line| format!("{:<11} {line}", ""));
        for line in std::iter::once(first).chain(more) {
            context.terminal.line(&line).map_err(Failure::from_output)?;
        }
    }
    Ok(())
}

fn lines(rows: &[Vec<String>], most: Option<usize>) -> Vec<String> {
    let most = most.unwrap_or(usize::MAX);
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (column, cell) in row.iter().enumerate() {
                let left = most.saturating_sub(line.chars().count());
                if column + 1 == columns {
                    line.push_str(&fit(cell, left));
                } else {
                    let wide = widths[column].min(left);
                    let cell = fit(cell, wide);
                    let _ = write!(line, "{cell:<wide$}  ");
                }
            }
            line.trim_end().to_owned()
        })
        .collect()
}

/// A text in at most so many characters; what is cut is the beginning, since the ends
/// of paths differ.
fn fit(text: &str, width: usize) -> String {
    let length = text.chars().count();
    if length <= width {
        return text.to_owned();
    }
    let kept = text.chars().skip(length + 1 - width.max(1));
    std::iter::once('…').chain(kept).collect()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How long ago a time was, as people say it.
pub(super) fn ago(at_ms: i64) -> String {
    span(clock::wall_ms() - at_ms)
}

/// The time that a span ago was, in milliseconds since the epoch.
pub(super) fn since(span_ms: Option<i64>) -> Option<i64> {
    span_ms.map(|span| clock::wall_ms().saturating_sub(span))
}

/// A row that was asked for by its id and is not there.
pub(super) fn unknown(what: &'static str, id: i64) -> Failure {
    QueueError::Unknown { what, id }.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_fit_and_keep_the_ends_of_paths() {
        let long = format!("{}/end.py", "x".repeat(100));
        let rows = vec![
            vec!["id".to_owned(), "path".to_owned()],
            vec!["12345".to_owned(), long],
        ];
        let narrow = lines(&rows, Some(80));
        assert_eq!(narrow[0], "id     path");
        assert_eq!(narrow[1].chars().count(), 80);
        assert!(narrow[1].starts_with("12345  …x") && narrow[1].ends_with("/end.py"));
        assert!(!lines(&rows, None)[1].contains('…'));
    }
}
