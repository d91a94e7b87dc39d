//! Where the parts of the dashboard lie. Nothing moves when a number does: the order of the
//! parts follows from the size of the terminal, and only a list that has one line more or
//! less makes room for another. Pure.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::model::{Model, Tone};
use super::{figures, keys, panels};
use crate::agent::lock::Kind;
use crate::queue::Task;
use crate::report::span;
use crate::screen::parts::{clean, cut, put, tail, title, width};
use crate::screen::{Palette, parts};

/// From so many columns on there are two columns of parts.
const WIDE: u16 = 130;
/// Below so many columns, or rows between head and feet, there are no parts.
const SMALL: (u16, u16) = (40, 9);
/// How many lines a list has room for at least.
const LEAST: u16 = 3;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, model: &Model, palette: Palette) {
    let area = frame.area();
    if area.height == 0 {
        return;
    }
    let buffer = frame.buffer_mut();
    let line = |at: u16| Rect::new(area.x, area.y + at, area.width, 1);
    put(buffer, line(0), &[head(model, area.width, palette)]);
    let feet = area.height.saturating_sub(1).min(2);
    let body = Rect::new(area.x, area.y + 1, area.width, area.height - 1 - feet);
    if model.help {
        help(buffer, body, palette);
    } else if let Some(task) = model.alone() {
        letter(buffer, body, model, task, palette);
    } else if body.width < SMALL.0 || body.height < SMALL.1 {
        tiny(buffer, body, model, palette);
    } else if body.width >= WIDE {
        wide(buffer, body, model, palette);
    } else {
        narrow(buffer, body, model, palette);
    }
    if feet == 2 {
        put(buffer, line(area.height - 2), &[said(model, palette)]);
    }
    if feet > 0 {
        let keys = parts::keys(&keys::foot(model), area.width, palette);
        put(buffer, line(area.height - 1), &[keys]);
    }
}

/// The area split from the top; the last part has what is left.
fn split<const N: usize>(area: Rect, heights: [u16; N]) -> ([Rect; N], Rect) {
    let mut y = area.y;
    let parts = heights.map(|height| {
        let height = height.min(area.bottom().saturating_sub(y));
        let part = Rect { y, height, ..area };
        y += height;
        part
    });
    let rest = Rect {
        y,
        height: area.bottom().saturating_sub(y),
        ..area
    };
    (parts, rest)
}

/// An area in two, with a gap between them.
fn halves(area: Rect, left: u16) -> (Rect, Rect) {
    let left = left.min(area.width);
    let begin = (area.x + left + 2).min(area.right());
    (
        Rect {
            width: left,
            ..area
        },
        Rect {
            x: begin,
            width: area.right() - begin,
            ..area
        },
    )
}

/// The least that can be seen: numbers, and what happens.
fn tiny(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    let waits = model.number(None, None, &["ready", "scheduled"]);
    let runs = model.number(None, None, &["running"]);
    let work = format!("{runs} run  {waits} wait");
    let asks = panels::asks_title(model);
    let (summary, rest) = split(area, [2]);
    put(
        buffer,
        summary[0],
        &[
            Line::styled(work, palette.live()),
            Line::styled(asks, palette.odd()),
        ],
    );
    let rows = usize::from(rest.height);
    let lines = panels::feed(model, usize::from(rest.width), rows, palette);
    put(buffer, rest, &lines);
}

/// How many rows a list of so many lines has below its title: all of them where it may
/// have so many, and never less than a few, so that little moves when one comes or goes.
fn listed(lines: usize, most: u16) -> u16 {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    lines.clamp(LEAST, most.max(LEAST))
}

/// How many rows the plans take with their title; none where none is under way.
fn planned(model: &Model, most: u16) -> u16 {
    match u16::try_from(model.plans.len()).unwrap_or(u16::MAX) {
        0 => 0,
        plans => 1 + plans.min(most),
    }
}

/// Everything in one column, the flow beside the queue.
fn narrow(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    let more = area.height.saturating_sub(21) / 3;
    let most = LEAST + more;
    let figures = u16::try_from(figures::QUEUE.max(figures::FLOW)).unwrap_or(u16::MAX);
    let heights = [
        2 + listed(model.workers.len(), most),
        1 + figures,
        planned(model, 2 + more),
        1 + listed(model.length(), most),
    ];
    let ([workers, middle, plans, questions], feed) = split(area, heights);
    self::workers(buffer, workers, model, palette);
    let (queue, flow) = halves(middle, middle.width / 2);
    self::queue(buffer, queue, model, palette);
    self::flow(buffer, flow, model, palette);
    self::plans(buffer, plans, model, palette);
    self::asks(buffer, questions, model, palette);
    self::feed(buffer, feed, model, palette);
}

/// What works at the left, what a person looks through at the right. At the left the
/// curves have what the lists leave, at the right what happens.
fn wide(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    let (left, right) = halves(area, area.width / 2 - 1);
    let most = area.height / 3;
    let figures = u16::try_from(figures::QUEUE + 2).unwrap_or(u16::MAX);
    let heights = [
        2 + listed(model.workers.len(), most),
        figures,
        planned(model, most / 2),
    ];
    let ([workers, queue, plans], flow) = split(left, heights);
    self::workers(buffer, workers, model, palette);
    self::queue(buffer, queue, model, palette);
    self::plans(buffer, plans, model, palette);
    self::flow(buffer, flow, model, palette);
    let ([questions], feed) = split(right, [1 + listed(model.length(), most)]);
    self::asks(buffer, questions, model, palette);
    self::feed(buffer, feed, model, palette);
}

/// Draws a part with its title.
fn part(
    buffer: &mut Buffer,
    area: Rect,
    name: &str,
    palette: Palette,
    lines: impl FnOnce(usize, usize) -> Vec<Line<'static>>,
) {
    if area.height == 0 || area.width == 0 {
        return;
    }
    put(buffer, area, &[title(name, area.width, palette)]);
    let inner = Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    };
    let lines = lines(usize::from(inner.width), usize::from(inner.height));
    put(buffer, inner, &lines);
}

fn workers(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    part(buffer, area, "workers", palette, |columns, rows| {
        panels::workers(model, columns, rows, palette)
    });
}

fn queue(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    part(buffer, area, "queue", palette, |columns, rows| {
        figures::queue(model, columns, rows, palette)
    });
}

fn flow(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    part(buffer, area, "flow", palette, |columns, rows| {
        figures::flow(model, columns, rows, palette)
    });
}

fn plans(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    part(buffer, area, "plans", palette, |columns, rows| {
        figures::plans(model, columns, rows, palette)
    });
}

/// A dead task alone.
fn letter(buffer: &mut Buffer, area: Rect, model: &Model, task: &Task, palette: Palette) {
    let name = format!("task {} is dead", task.id);
    part(buffer, area, &name, palette, |columns, _| {
        panels::letter(model, task, columns, palette)
    });
}

/// The questions, or the dead tasks: whichever the keys are for.
fn asks(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    let name = panels::asks_title(model);
    part(buffer, area, &name, palette, |_, _| Vec::new());
    panels::asks(buffer, area, model, palette);
}

fn feed(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    part(buffer, area, "activity", palette, |columns, rows| {
        panels::feed(model, columns, rows, palette)
    });
}

/// Where this is, who is at work, and why not.
fn head(model: &Model, columns: u16, palette: Palette) -> Line<'static> {
    let columns = usize::from(columns);
    let (state, style) = match (&model.trouble, &model.agent) {
        (Some(trouble), _) => (trouble.clone(), palette.bad()),
        (None, None) => ("no agent is at work".to_owned(), palette.dim()),
        (None, Some(holder)) => {
            let what = match holder.kind {
                Kind::Watch => "hive watch",
                Kind::Drain => "a drain",
            };
            let since = panels::time(holder.since_ms, "%H:%M");
            let text = format!("{what}, process {}, since {since}", holder.pid);
            (text, palette.good())
        }
    };
    let state = cut(&clean(&state), columns.saturating_sub(10)).into_owned();
    let left = columns.saturating_sub(width(&state) + 8);
    let root = tail(&clean(&model.root), left).into_owned();
    let gap = left.saturating_sub(width(&root)) + 2;
    Line::from(vec![
        Span::styled("hive  ", palette.dim()),
        Span::styled(root, palette.bold()),
        Span::raw(" ".repeat(gap)),
        Span::styled(state, style),
    ])
}

/// What was said last, else why the queue waits.
fn said(model: &Model, palette: Palette) -> Line<'static> {
    let waits = |name: &str, hold: &crate::queue::Hold| {
        let ago = span(model.now_ms - hold.since_ms);
        let text = format!("{name} for {ago}: {}", hold.reason);
        let text = text.trim_end_matches([':', ' ']).to_owned();
        Line::styled(clean(&text).into_owned(), palette.odd())
    };
    match (&model.said, &model.paused, &model.gate) {
        (Some((tone, text)), _, _) => {
            let style = match tone {
                Tone::Good => palette.good(),
                Tone::Bad => palette.bad(),
            };
            Line::styled(clean(text).into_owned(), style)
        }
        (None, Some(hold), _) => waits("paused", hold),
        (None, None, Some(hold)) if model.agent.is_some() => waits("waits", hold),
        _ => Line::default(),
    }
}

fn help(buffer: &mut Buffer, area: Rect, palette: Palette) {
    let mut lines = vec![Line::styled("Keys", palette.bold())];
    lines.extend(keys::HELP.iter().map(|(key, what)| {
        Line::from(vec![
            Span::styled(format!("  {key:<10} "), palette.live()),
            Span::raw(*what),
        ])
    }));
    lines.push(Line::default());
    let words = [
        "A worker is stale when it has a task and was not heard of for 30 s; what it has",
        "done counts for the last day at most. The curves are of the last five minutes",
        "or as much of them as there is room for, in steps of 5 s a column: files, and",
        "how long the slowest of them took. p50, p95 and p99 are of the last 500",
        "files. Plans are seen while they are under way.",
    ];
    lines.extend(words.map(|text| Line::styled(text, palette.dim())));
    put(buffer, area, &lines);
}
