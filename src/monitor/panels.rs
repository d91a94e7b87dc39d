//! What the lists of the dashboard say. They ask for nothing but the time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::model::{Doing, Focus, Model, cause_of_death};
use crate::queue::{Task, TaskState, WorkerRow};
use crate::report::span;
use crate::screen::Palette;
use crate::screen::parts::{clean, cut, fill, put, right, row, tail, width, wrapped};

/// The time of day where the person is.
pub(super) fn time(at_ms: i64, format: &str) -> String {
    Timestamp::from_millisecond(at_ms).map_or_else(
        |_| String::new(),
        |at| at.to_zoned(TimeZone::system()).strftime(format).to_string(),
    )
}

/// A worker a line, those that are there first.
pub(super) fn workers(
    model: &Model,
    columns: usize,
    rows: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    let name = |row: &&WorkerRow| width(&row.name);
    let names = model.workers.iter().map(|row| name(&row)).max();
    let names = names.unwrap_or(0).max(6);
    let heading = format!(
        "  {}  state  {} {} {} {}  since  at",
        fill("worker", names),
        right("done", 5),
        right("fixed", 6),
        right("asked", 5),
        right("starts", 6),
    );
    let mut lines = vec![Line::styled(heading, palette.dim())];
    let mut all: Vec<&WorkerRow> = model.workers.iter().collect();
    all.sort_by_key(|row| row.ended_ms.is_some());
    for worker in &all {
        lines.push(worker_line(model, worker, names, columns, palette));
    }
    if all.is_empty() {
        let text = "  no worker has run here lately";
        lines.push(Line::styled(text, palette.dim()));
    }
    if lines.len() > rows && rows > 1 {
        let more = lines.len() - rows + 1;
        lines.truncate(rows - 1);
        lines.push(Line::styled(format!("  and {more} more"), palette.dim()));
    }
    lines
}

fn worker_line(
    model: &Model,
    worker: &WorkerRow,
    names: usize,
    columns: usize,
    palette: Palette,
) -> Line<'static> {
    let doing = model.doing(worker);
    let (state, style) = match doing {
        Doing::Works => ("works", palette.live()),
        Doing::Idle => ("idle", palette.plain()),
        Doing::Stale => ("stale", palette.bad()),
        Doing::Ended => ("ended", palette.dim()),
    };
    let tally = model.tallies.get(&worker.name).copied().unwrap_or_default();
    let at = match (doing, &worker.path) {
        (Doing::Works | Doing::Stale, Some(path)) => match worker.task {
            Some(task) => format!("{path}  task {task}"),
            None => path.to_string(),
        },
        (Doing::Ended, _) => worker.reason.clone().unwrap_or_default(),
        _ => String::new(),
    };
    let since = match worker.ended_ms {
        Some(ended) if doing == Doing::Ended => time(ended, "%H:%M"),
        _ => time(worker.started_ms, "%H:%M"),
    };
    let facts = format!(
        "{} {} {} {}  {}  ",
        right(&tally.done.to_string(), 5),
        right(&tally.fixed.to_string(), 6),
        right(&tally.asked.to_string(), 5),
        right(&tally.starts.to_string(), 6),
        fill(&since, 5),
    );
    let mut spans = vec![
        Span::styled(
            format!("  {}  ", fill(&clean(&worker.name), names)),
            if doing == Doing::Ended {
                palette.dim()
            } else {
                palette.bold()
            },
        ),
        Span::styled(fill(state, 5) + "  ", style),
        Span::styled(
            facts,
            if doing == Doing::Ended {
                palette.dim()
            } else {
                palette.plain()
            },
        ),
    ];
    let used: usize = spans.iter().map(Span::width).sum();
    let at = match doing {
        Doing::Ended => cut(&clean(&at), columns.saturating_sub(used)).into_owned(),
        _ => tail(&clean(&at), columns.saturating_sub(used)).into_owned(),
    };
    spans.push(Span::styled(
        at,
        if doing == Doing::Ended {
            palette.dim()
        } else {
            palette.plain()
        },
    ));
    Line::from(spans)
}

/// What the list of what needs somebody is called.
pub(super) fn asks_title(model: &Model) -> String {
    let questions = match model.open {
        1 => "1 question".to_owned(),
        many => format!("{many} questions"),
    };
    let dead = match model.number(None, None, &["dead"]).max(model.dead.len()) {
        1 => "1 dead task".to_owned(),
        many => format!("{many} dead tasks"),
    };
    match model.focus {
        Focus::Questions => format!("▸ {questions}   {dead}"),
        Focus::Dead => format!("{questions}   ▸ {dead}"),
    }
}

/// The questions, or the dead tasks, with the cursor.
pub(super) fn asks(buffer: &mut Buffer, area: Rect, model: &Model, palette: Palette) {
    if area.height < 2 {
        return;
    }
    let columns = usize::from(area.width);
    let seen = usize::from(area.height) - 1;
    let top = (model.at + 1).saturating_sub(seen);
    let lines: Vec<Line<'static>> = match model.focus {
        Focus::Questions => {
            let ids = model.questions.iter().map(|one| one.id.to_string().len());
            let ids = ids.max().unwrap_or(1) + 1;
            let rules = model.questions.iter().map(|one| width(&one.rule));
            let rules = rules.max().unwrap_or(0).min(16);
            let all = model.questions.iter().skip(top).take(seen).map(|one| {
                let place = match one.line {
                    0 => one.path.to_string(),
                    line => format!("{}:{line}", one.path),
                };
                let mut spans = vec![
                    Span::styled(
                        format!("  {}  ", right(&format!("#{}", one.id), ids)),
                        palette.dim(),
                    ),
                    Span::styled(fill(one.level.name(), 8) + "  ", palette.level(one.level)),
                    Span::raw(fill(&clean(&one.rule), rules) + "  "),
                ];
                let used: usize = spans.iter().map(Span::width).sum();
                let left = columns.saturating_sub(used);
                let reason = one.reason.lines().next().unwrap_or_default();
                let place = tail(&clean(&place), left).into_owned();
                let rest = left.saturating_sub(width(&place) + 2);
                let reason = cut(&clean(reason), rest).into_owned();
                spans.push(Span::raw(place));
                spans.push(Span::styled(format!("  {reason}"), palette.dim()));
                Line::from(spans)
            });
            all.collect()
        }
        Focus::Dead => {
            let all = model.dead.iter().skip(top).take(seen).map(|task| {
                let head = format!("  task {}  {}  ", task.id, task.path);
                let head = cut(&clean(&head), columns).into_owned();
                let left = columns.saturating_sub(width(&head));
                let why = cause_of_death(task);
                let why = cut(&clean(&why), left).into_owned();
                Line::from(vec![Span::raw(head), Span::styled(why, palette.bad())])
            });
            all.collect()
        }
    };
    if lines.is_empty() {
        let nothing = match model.focus {
            Focus::Questions => "  nothing needs you",
            Focus::Dead => "  no task is dead",
        };
        let inner = Rect {
            y: area.y + 1,
            height: 1,
            ..area
        };
        put(buffer, inner, &[Line::styled(nothing, palette.dim())]);
        return;
    }
    for (at, (place, line)) in (1..).zip((top..).zip(&lines)) {
        let chosen = place == model.at;
        let style = if chosen {
            palette.chosen()
        } else {
            palette.plain()
        };
        row(buffer, area, at, line, style);
        if chosen {
            buffer.set_string(area.x, area.y + at, "▸", style);
        }
    }
}

/// The last entries of the journal, the newest at the top.
pub(super) fn feed(
    model: &Model,
    columns: usize,
    rows: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    if model.feed.is_empty() {
        let nothing = Line::styled("  nothing has happened in the last day", palette.dim());
        return vec![nothing];
    }
    let newest = model.feed.iter().rev().take(rows);
    newest
        .map(|(at_ms, word, text)| {
            let head = format!("  {}  ", time(*at_ms, "%H:%M:%S"));
            let name = fill(word.name(), 6) + "  ";
            let left = columns.saturating_sub(width(&head) + width(&name));
            Line::from(vec![
                Span::styled(head, palette.dim()),
                Span::styled(name, palette.word(*word)),
                Span::raw(cut(&clean(text), left).into_owned()),
            ])
        })
        .collect()
}

/// All about a dead task that is known here.
pub(super) fn letter(
    model: &Model,
    task: &Task,
    columns: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    let TaskState::Dead { letter, ended_ms } = &task.state else {
        return Vec::new();
    };
    let attempts = match task.attempt {
        1 => "1 attempt".to_owned(),
        many => format!("{many} attempts"),
    };
    let tool = letter.tool.as_ref();
    let tool = tool.map(|tool| format!(", {} {}", tool.tool, tool.version));
    let facts = format!(
        "{} ({}, {}): dead for {} after {attempts}{}",
        task.path,
        task.stage,
        task.cause.name(),
        span(model.now_ms - ended_ms),
        tool.unwrap_or_default(),
    );
    let said = format!("{}: {}", letter.class.name(), letter.message);
    let next = format!(
        "r takes it up again; hive why {} tells of each attempt",
        task.id
    );
    let mut lines = Vec::new();
    for (text, style) in [
        (facts, palette.plain()),
        (said, palette.bad()),
        (next, palette.dim()),
    ] {
        let broken = text
            .lines()
            .flat_map(|line| wrapped(&clean(line), columns.saturating_sub(2)));
        lines.extend(broken.map(|line| Line::styled(format!("  {line}"), style)));
        lines.push(Line::default());
    }
    lines
}
