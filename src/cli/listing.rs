//! What the listings share: opening the queue, tables, times.

use std::fmt::Write as _;

use serde_json::Value;

use super::Context;
use crate::cli::here;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::queue::{Queue, QueueError};
use crate::repo::WorktreeId;
pub(super) use crate::report::{duration, span};
use crate::screen::parts::{cut, width, wrapped};
use crate::store;
use crate::terminal::{plain, plain_json};

/// Opens the queue of the work tree here. `None` if hive has never kept anything in
/// this repository: a listing makes no database.
pub(super) fn open(context: &Context) -> Outcome<Option<Queue>> {
    let place = here::work_tree(&context.cwd)?;
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

/// How many lines the words of a last column take at most.
const FEW: usize = 4;
/// In fewer columns than this no words are broken.
const NARROW: usize = 16;

/// Prints a table: every column as wide as it needs to be, and the last one what is
/// left of the terminal's width, where words go on below. What goes into a pipe is not cut.
/// Nothing raw gets through.
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
            put(context, &line, 12)?;
        }
    }
    Ok(())
}

/// Prints a line, made safe before. On a terminal that is too narrow it is broken at
/// spaces, and goes on so many columns from the left; what goes into a pipe is one line.
pub(super) fn put(context: &Context, line: &str, indent: usize) -> Outcome<()> {
    for line in hung(line.trim_end(), indent, context.terminal.width()) {
        context.terminal.line(&line).map_err(Failure::from_output)?;
    }
    Ok(())
}

/// Prints a text behind a head that may be coloured and takes so many columns; on a terminal
/// that is too narrow the text goes on below itself.
pub(super) fn put_behind(context: &Context, head: &str, columns: usize, text: &str) -> Outcome<()> {
    let line = format!("{:columns$}{text}", "");
    for (at, line) in hung(&line, columns, context.terminal.width())
        .iter()
        .enumerate()
    {
        let line = match (at, line.get(columns..)) {
            (0, Some(text)) => &format!("{head}{text}"),
            _ => line,
        };
        context.terminal.line(line).map_err(Failure::from_output)?;
    }
    Ok(())
}

/// A line as lines of at most so many columns, the further ones indented.
fn hung(line: &str, indent: usize, most: Option<usize>) -> Vec<String> {
    let Some(most) = most.filter(|most| width(line) > *most) else {
        return vec![line.to_owned()];
    };
    // What stands before the text is the first line's own.
    let begin = line.char_indices().nth(indent).map_or(0, |(at, _)| at);
    let (name, text) = line.split_at(begin);
    let room = most.saturating_sub(indent).max(20);
    let lines = wrapped(text, room).into_iter().enumerate();
    lines
        .map(|(at, text)| match at {
            0 => format!("{name}{text}"),
            _ => format!("{:indent$}{text}", ""),
        })
        .collect()
}

fn lines(rows: &[Vec<String>], most: Option<usize>) -> Vec<String> {
    let most = most.unwrap_or(usize::MAX);
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    if let Some((last, inner)) = widths.split_last_mut() {
        // What stands last has what it needs, but for a third of the width; the rest is
        // taken from the widest of the others.
        let last = (*last).min((most / 3).max(NARROW));
        let room = most.saturating_sub(last + 2 * inner.len());
        while inner.iter().sum::<usize>() > room {
            let Some(widest) = inner.iter_mut().max().filter(|widest| **widest > NARROW) else {
                break;
            };
            *widest -= 1;
        }
    }
    let mut lines = Vec::new();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let begin = line.chars().count();
            let left = most.saturating_sub(begin);
            if column + 1 < columns {
                let wide = widths[column].min(left);
                let cell = fit(cell, wide);
                let _ = write!(line, "{cell:<wide$}  ");
                continue;
            }
            let mut last = last(cell, left).into_iter();
            line.push_str(&last.next().unwrap_or_default());
            lines.push(line.trim_end().to_owned());
            lines.extend(last.map(|more| format!("{:begin$}{more}", "")));
        }
    }
    lines
}

/// The cell of the last column in so many characters. Words go on below, as far as a few
/// lines; of a name the end is kept, since the ends of paths differ.
fn last(cell: &str, left: usize) -> Vec<String> {
    if cell.chars().count() <= left || !cell.contains(' ') || left < NARROW {
        return vec![fit(cell, left)];
    }
    let mut lines = wrapped(cell, left);
    if lines.len() > FEW {
        lines.truncate(FEW);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", cut(last, left - 1));
        }
    }
    lines
}

/// A text in at most so many characters; what is cut is the beginning.
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

    /// A wide column in the middle leaves the last one its room.
    #[test]
    fn no_column_takes_all_the_room() {
        let cell = |text: &str| text.to_owned();
        let path = "deep/".repeat(20) + "end.py";
        let rows = vec![
            vec![cell("step"), cell("waits for"), cell("reason")],
            vec![cell("types"), path, "some words that matter ".repeat(3)],
        ];
        let narrow = lines(&rows, Some(80));
        assert!(
            narrow[1].contains("end.py  some words that matter"),
            "{narrow:?}"
        );
        assert!(narrow.iter().all(|line| line.chars().count() <= 80));
        // What stands last takes no more than it needs.
        let short = vec![rows[0].clone(), vec![cell("a"), "b/".repeat(35), cell("c")]];
        assert!(lines(&short, Some(90))[1].contains(&"b/".repeat(35)));
    }

    #[test]
    fn words_of_a_last_column_go_on_below() {
        let words = "a module whose name does not belong in its layer";
        let rows = vec![
            vec!["code".to_owned(), "finds".to_owned()],
            vec!["GR04".to_owned(), words.to_owned()],
            vec!["GR05".to_owned(), "word ".repeat(40)],
        ];
        let narrow = lines(&rows, Some(36));
        assert_eq!(
            narrow[..3],
            [
                "code  finds",
                "GR04  a module whose name does not",
                "      belong in its layer",
            ]
        );
        assert_eq!(narrow.len(), 3 + FEW, "{narrow:?}");
        assert!(narrow[2 + FEW].ends_with('…'), "{narrow:?}");
        assert!(narrow.iter().all(|line| line.chars().count() <= 36));
        assert_eq!(lines(&rows[..2], None)[1], format!("GR04  {words}"));
    }

    #[test]
    fn long_lines_go_on_below_their_text() {
        let line = "kept back  app.py: the fix and your edits meet in the same lines";
        assert_eq!(hung(line, 11, None), [line]);
        assert_eq!(hung(line, 11, Some(80)), [line]);
        assert_eq!(
            hung(line, 11, Some(40)),
            [
                "kept back  app.py: the fix and your",
                "           edits meet in the same lines",
            ]
        );
        // However narrow it is, something of the text is seen in each line.
        assert!(hung(line, 11, Some(1)).len() > 2);
        assert_eq!(hung("ä", 11, Some(0)), ["ä"]);
    }
}
