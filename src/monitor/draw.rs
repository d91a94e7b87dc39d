//! Where the parts of the dashboard lie. Each has its place by the size of the terminal
//! alone, so that nothing moves when the numbers do. Pure.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::model::{Model, Tone};
use super::{keys, panels};
use crate::agent::lock::Kind;
use crate::report::span;
use crate::screen::parts::{clean, cut, put, tail, title, width};
use crate::screen::{Palette, parts};

/// From so many columns on there are two columns of parts.
const WIDE: u16 = 130;

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

/// Everything in one column, the flow beside the queue.
fn narrow(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    let more = area.height.saturating_sub(21) / 3;
    let heights = [5 + more, 6, 4 + more];
    let ([workers, middle, questions], feed) = split(area, heights);
    self::workers(buffer, workers, model, palette);
    let (queue, flow) = halves(middle, middle.width / 2);
    self::queue(buffer, queue, model, palette);
    self::flow(buffer, flow, model, palette);
    self::asks(buffer, questions, model, palette);
    self::feed(buffer, feed, model, palette);
}

/// What works at the left, what a person looks through at the right.
fn wide(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    let (left, right) = halves(area, area.width / 2 - 1);
    let third = area.height.saturating_sub(14).max(4);
    let ([workers, queue], flow) = split(left, [third, 7]);
    self::workers(buffer, workers, model, palette);
    self::queue(buffer, queue, model, palette);
    self::flow(buffer, flow, model, palette);
    let ([questions], feed) = split(right, [area.height * 2 / 5]);
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
    part(buffer, area, "queue", palette, |columns, _| {
        panels::queue(model, columns, palette)
    });
}

fn flow(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    part(buffer, area, "flow", palette, |columns, _| {
        panels::flow(model, columns, palette)
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
        "A worker is stale when it has a task and was not heard of for 30 s. Files in",
        "5 s are the curve of the last five minutes; p50, p95 and p99 are of the last",
        "500 files. What workers have done counts for the last day at most.",
    ];
    lines.extend(words.map(|text| Line::styled(text, palette.dim())));
    put(buffer, area, &lines);
}
