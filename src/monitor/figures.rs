//! What the figures of the dashboard say: the queue, the flow, the plans. They ask for
//! nothing but the time zone.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::flow::{STEP_MS, STEPS};
use super::model::Model;
use super::panels::time;
use crate::queue::{Plan, PlanStatus};
use crate::report::span;
use crate::schedule::{Breaker, Priority, Stage};
use crate::screen::Palette;
use crate::screen::parts::{bar, chart, clean, cut, fill, fitting, right, width};

/// The states in which a task waits.
const WAITS: [&str; 2] = ["ready", "scheduled"];
/// How many lines the queue has without those that are for other workers.
pub(super) const QUEUE: usize = Stage::ALL.len() + Priority::ALL.len();
/// How many lines the flow has when its curves are one line each.
pub(super) const FLOW: usize = 6;
/// How wide the names before the figures are.
const NAME: usize = 11;
/// How wide the numbers behind a curve are.
const NUMBER: usize = 9;
/// How much room the words behind the numbers of a plan have at least.
const WORDS: usize = 29;

/// A name before a figure.
fn name(name: &str) -> Span<'static> {
    Span::raw(format!("  {} ", fill(name, NAME - 3)))
}

/// What waits, by stage and by priority, as bars against all that waits; where there is
/// room also what waits for workers that are not hive's.
pub(super) fn queue(
    model: &Model,
    columns: usize,
    rows: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    let mut stages = Stage::ALL.to_vec();
    if rows > QUEUE {
        stages.push(Stage::External);
    }
    let of = |stage: &Stage| model.number(Some(*stage), None, &WAITS);
    let all: usize = stages.iter().map(of).sum();
    let wide = columns.saturating_sub(NAME + NUMBER);
    let line = |title: &str, count: usize, style: Style| {
        Line::from(vec![
            name(title),
            Span::raw(right(&count.to_string(), NUMBER - 2) + "  "),
            Span::styled(bar(count, all, wide), style),
        ])
    };
    let mut lines: Vec<Line<'static>> = stages
        .iter()
        .map(|stage| line(stage.name(), of(stage), palette.live()))
        .collect();
    for priority in Priority::ALL {
        let each = stages.iter();
        let count: usize = each
            .map(|stage| model.number(Some(*stage), Some(priority), &WAITS))
            .sum();
        let style = match priority {
            Priority::Critical | Priority::High => palette.odd(),
            Priority::Normal => palette.plain(),
            Priority::Low => palette.dim(),
        };
        lines.push(line(priority.name(), count, style));
    }
    lines
}

/// What is at work, how much goes through and how long it takes, and what holds it up. The
/// curves are as high as there is room for.
pub(super) fn flow(
    model: &Model,
    columns: usize,
    rows: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    let mut lines = vec![states(model, columns, palette)];
    // Beside the curves there are four lines, and below high ones that of the time.
    let high = (rows.saturating_sub(FLOW - 1) / 2).max(1);
    let wide = columns.saturating_sub(NAME + NUMBER).min(STEPS);
    // Of the steps that are drawn, which the numbers beside them are of, too.
    let drawn = |mut steps: Vec<u32>| steps.split_off(steps.len().saturating_sub(wide));
    let (files, slowest) = (
        drawn(model.flow.files(model.now_ms)),
        drawn(model.flow.slowest(model.now_ms)),
    );
    let most = |values: &[u32]| values.iter().copied().max().unwrap_or(0);
    let seen = [
        (
            "files",
            &files,
            format!("≤ {}", most(&files)),
            format!("{}/min", model.flow.per_minute(model.now_ms)),
        ),
        (
            "slowest",
            &slowest,
            String::new(),
            match most(&slowest) {
                ms @ 0..10_000 => format!("≤ {ms} ms"),
                ms => format!("≤ {} s", ms.div_ceil(1_000)),
            },
        ),
    ];
    for (title, values, above, beside) in seen {
        for (at, row) in chart(values, wide, high).into_iter().enumerate() {
            let last = at + 1 == high;
            let title = if at == 0 { title } else { "" };
            let number = match (last, at) {
                (true, _) => beside.as_str(),
                (false, 0) => above.as_str(),
                _ => "",
            };
            lines.push(Line::from(vec![
                name(title),
                Span::styled(row, palette.live()),
                Span::raw(right(number, NUMBER)),
            ]));
        }
    }
    if high > 1 {
        let (begin, end) = (format!("{} ago ", reach(wide)), " now");
        let between = wide.saturating_sub(width(&begin) + width(end));
        let axis = format!("{begin}{}{end}", "─".repeat(between));
        lines.push(Line::from(vec![
            name(""),
            Span::styled(cut(&axis, wide).into_owned(), palette.dim()),
        ]));
    }
    let room = columns.saturating_sub(NAME);
    for (what, parts) in [("takes", takes(model)), ("scaling", scaling(model))] {
        let parts = fitting(&parts, "  ", room);
        lines.push(Line::from(vec![name(what), Span::raw(parts)]));
    }
    let open = breakers(model);
    lines.push(Line::from(vec![
        name("breakers"),
        if open.is_empty() {
            Span::styled("all closed", palette.dim())
        } else {
            Span::styled(clean(&open.join("  ")).into_owned(), palette.bad())
        },
    ]));
    lines
}

/// How far so many steps go back.
fn reach(steps: usize) -> String {
    let ms = STEP_MS.saturating_mul(i64::try_from(steps).unwrap_or(i64::MAX));
    span(ms)
}

/// How many tasks run, are put off, or wait for others, as far as there is room. The dead
/// ones stand above their list.
fn states(model: &Model, columns: usize, palette: Palette) -> Line<'static> {
    let mut spans = vec![name("now")];
    let mut room = columns.saturating_sub(NAME);
    for state in ["running", "deferred", "blocked"] {
        let count = model.number(None, None, &[state]);
        let style = match (state, count) {
            // Those that wait for others are rare: said where there are any.
            ("blocked", 0) => continue,
            (_, 0) => palette.dim(),
            ("running", _) => palette.live(),
            ("blocked", _) => palette.plain(),
            _ => palette.odd(),
        };
        let text = format!("{count} {state}");
        let Some(left) = room.checked_sub(width(&text)) else {
            break;
        };
        room = left.saturating_sub(2);
        spans.push(Span::styled(text + "  ", style));
    }
    Line::from(spans)
}

fn takes(model: &Model) -> Vec<String> {
    let took = model.flow.took();
    if took.count == 0 {
        return vec!["nothing was done yet".to_owned()];
    }
    vec![
        format!("p50 {} ms", took.p50),
        format!("p95 {}", took.p95),
        format!("p99 {}", took.p99),
    ]
}

/// How the number of workers changed last.
fn scaling(model: &Model) -> Vec<String> {
    let mut scaled: Vec<String> = model
        .scaling
        .iter()
        .map(|(stage, scaling)| {
            let waiting = match scaling.waiting {
                0 => String::new(),
                waiting => format!(" for {waiting}"),
            };
            format!("{stage} {}→{}{waiting}", scaling.from, scaling.to)
        })
        .collect();
    if scaled.is_empty() {
        scaled.push("as at the start".to_owned());
    }
    scaled
}

/// The circuit breakers that are not closed.
fn breakers(model: &Model) -> Vec<String> {
    let each = model.breakers.iter();
    each.map(|(tool, breaker)| {
        let until = match breaker {
            Breaker::Open { until_ms, .. } => format!(" until {}", time(*until_ms, "%H:%M:%S")),
            _ => String::new(),
        };
        format!("{} {} {}{until}", tool.tool, tool.version, breaker.name())
    })
    .collect()
}

/// The plans that are under way, a line each: how far, and how long still.
pub(super) fn plans(
    model: &Model,
    columns: usize,
    rows: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    let names = model.plans.iter().map(|plan| width(&plan.name)).max();
    let names = names.unwrap_or(0).clamp(8, 20);
    let counts = model.plans.iter().map(|plan| width(&counted(plan))).max();
    let counts = counts.unwrap_or(0);
    let wide = columns.saturating_sub(names + counts + 8 + WORDS);
    let wide = wide.min(columns / 3).max(4);
    let mut lines: Vec<Line<'static>> = model
        .plans
        .iter()
        .map(|plan| {
            let style = match plan.status {
                PlanStatus::Paused => palette.odd(),
                _ => palette.live(),
            };
            let filled = fill(&bar(plan.done, plan.total, wide), wide);
            let mut spans = vec![
                Span::raw("  "),
                Span::styled(fill(&clean(&plan.name), names) + "  ", palette.bold()),
                Span::styled(filled + "  ", style),
                Span::raw(right(&counted(plan), counts) + "  "),
            ];
            let used: usize = spans.iter().map(Span::width).sum();
            let outlook = outlook(plan, model.now_ms, columns.saturating_sub(used));
            let style = if plan.dead > 0 {
                palette.bad()
            } else {
                palette.plain()
            };
            spans.push(Span::styled(outlook, style));
            Line::from(spans)
        })
        .collect();
    if lines.len() > rows && rows > 1 {
        let more = lines.len() - rows + 1;
        lines.truncate(rows - 1);
        lines.push(Line::styled(format!("  and {more} more"), palette.dim()));
    }
    lines
}

fn counted(plan: &Plan) -> String {
    format!("{} of {}", plan.done, plan.total)
}

/// What is ahead of a plan, and what went wrong, as far as there is room.
fn outlook(plan: &Plan, now_ms: i64, columns: usize) -> String {
    let left = match (plan.status, plan.left_ms(now_ms)) {
        (PlanStatus::Paused, _) => "paused".to_owned(),
        _ if plan.open() == 0 => match plan.landing {
            1 => "1 fix waits to land".to_owned(),
            many => format!("{many} fixes wait to land"),
        },
        (_, Some(left)) => format!("about {} left", span(left)),
        (_, None) => "has just begun".to_owned(),
    };
    let wrong = [(plan.dead, "dead"), (plan.cancelled, "cancelled")];
    let wrong = wrong.into_iter().filter(|(count, _)| *count > 0);
    let wrong = wrong.map(|(count, what)| format!("{count} {what}"));
    let parts: Vec<String> = std::iter::once(left).chain(wrong).collect();
    fitting(&parts, ", ", columns)
}
