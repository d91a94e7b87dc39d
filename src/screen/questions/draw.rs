//! The frame of the review: a list, the chosen question beside or below it, and at the
//! foot what was said and the keys. Nothing changes its place but what was scrolled. Pure.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::model::{Asked, Model, Tone, View};
use super::{detail, filter, keys};
use crate::queue::EscalationRow;
use crate::report::span;
use crate::screen::parts::{clean, cut, fill, put, right, row, tail, title, width, wrapped};
use crate::screen::{Palette, Prompt, parts};

/// From so many columns on the question stands beside the list.
const WIDE: u16 = 130;
/// How many columns a rule may take.
const RULE: usize = 16;

/// Draws everything.
pub(super) fn draw(frame: &mut Frame<'_>, model: &mut Model, palette: Palette) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    let line = |at: u16| Rect::new(area.x, area.y + at, area.width, 1);
    if area.height == 0 {
        return;
    }
    put(buffer, line(0), &[head(model, area.width, palette)]);
    // Above the keys: one line, or as many as what was said needs.
    let said = said(model, usize::from(area.width), palette);
    let lines = u16::try_from(said.len()).unwrap_or(1).max(1);
    let feet = area.height.saturating_sub(1).min(1 + lines);
    let body = Rect::new(area.x, area.y + 1, area.width, area.height - 1 - feet);
    match model.view {
        View::Help => help(buffer, body, model, palette),
        View::Detail => one(buffer, body, model, palette),
        View::List if body.width >= WIDE => {
            let list = (body.width * 2 / 5).clamp(60, 96);
            let (left, bar) = (
                Rect {
                    width: list,
                    ..body
                },
                body.x + list,
            );
            rows(buffer, left, model, palette);
            for y in body.top()..body.bottom() {
                buffer.set_string(bar, y, "│", palette.dim());
            }
            let rest = Rect::new(bar + 2, body.y, body.width - list - 2, body.height);
            one(buffer, rest, model, palette);
        }
        View::List if body.height >= 10 => {
            let list = body.height * 2 / 5;
            rows(
                buffer,
                Rect {
                    height: list,
                    ..body
                },
                model,
                palette,
            );
            let rest = Rect::new(body.x, body.y + list, body.width, body.height - list);
            one(buffer, rest, model, palette);
        }
        View::List => rows(buffer, body, model, palette),
    }
    if feet > 1 {
        let above = Rect::new(area.x, body.bottom(), area.width, feet - 1);
        put(buffer, above, &said);
    }
    if feet > 0 {
        let keys = parts::keys(&keys::foot(model), area.width, palette);
        put(buffer, line(area.height - 1), &[keys]);
    }
    if let Some((asked, prompt)) = &model.prompt
        && feet == 2
    {
        let (before, _) = typed(*asked, prompt, usize::from(area.width));
        let before = width(question(*asked)) + width(&before);
        let x = u16::try_from(before).unwrap_or(u16::MAX);
        let x = x.min(area.width.saturating_sub(1));
        frame.set_cursor_position((area.x + x, area.y + area.height - 2));
    }
}

/// What there is, and what of it is seen.
fn head(model: &Model, columns: u16, palette: Palette) -> Line<'static> {
    let columns = usize::from(columns);
    let (all, shown) = (model.rows.len(), model.shown.len());
    let count = match (all, model.filter.states.is_empty()) {
        _ if model.closed.is_some() => "no questions can be read".to_owned(),
        (0, true) => "no question is open".to_owned(),
        (1, true) => "1 question is open".to_owned(),
        (many, true) => format!("{many} questions are open"),
        (1, false) => "1 question".to_owned(),
        (many, false) => format!("{many} questions"),
    };
    let mut spans = vec![Span::styled("hive  ", palette.dim())];
    let mut rest = columns.saturating_sub(6);
    let mut add = |text: String, style| {
        let text = cut(&text, rest).into_owned();
        rest = rest.saturating_sub(width(&text));
        spans.push(Span::styled(text, style));
    };
    add(count, palette.bold());
    if shown != all || !model.search.is_empty() {
        add(format!(", {shown} with "), palette.plain());
        add(format!("/{}", clean(&model.search)), palette.live());
    }
    let filter = filter::told(&model.filter, &model.since);
    if !filter.is_empty() {
        add(format!("  {}", clean(&filter)), palette.live());
    }
    match model.marks() {
        (0, _) => {}
        (all, 0) => add(format!("  ● {all} marked"), palette.odd()),
        (all, hidden) => add(
            format!("  ● {} of {all} marked", all - hidden),
            palette.odd(),
        ),
    }
    Line::from(spans)
}

/// How wide the columns of the list are.
struct Columns {
    id: usize,
    rule: usize,
    state: usize,
}

/// The list.
fn rows(buffer: &mut Buffer, area: Rect, model: &mut Model, palette: Palette) {
    if area.height < 2 {
        return;
    }
    let wide = usize::from(area.width);
    let seen = usize::from(area.height) - 1;
    model.pages.0 = seen;
    // The cursor is always seen, and so is as much of the list as there is.
    let last = model.shown.len().saturating_sub(seen);
    model.top = model
        .top
        .min(model.at)
        .max((model.at + 1).saturating_sub(seen));
    model.top = model.top.min(last);
    let columns = Columns {
        id: longest(model, 2, |row| row.id.to_string().len()),
        rule: longest(model, 4, |row| width(&row.rule)).min(RULE),
        state: if model.filter.states.is_empty() {
            0
        } else {
            10
        },
    };
    put(buffer, area, &[heading(&columns, palette)]);
    if model.shown.is_empty() {
        let default = model.filter == crate::queue::EscalationFilter::default();
        let nothing = match model.closed {
            Some(closed) => closed,
            None if model.rows.is_empty() && default => {
                "Nothing needs you. hive status says what it does here."
            }
            None => "No question is like that: f changes the filter, v the states.",
        };
        row(
            buffer,
            area,
            2,
            &Line::styled(format!("  {nothing}"), palette.dim()),
            palette.plain(),
        );
        return;
    }
    let shown = model.shown.iter().enumerate().skip(model.top).take(seen);
    for (line, (at, place)) in (1..).zip(shown) {
        let one = &model.rows[*place];
        let chosen = at == model.at;
        let text = listed(one, model, chosen, wide, &columns, palette);
        let style = if chosen {
            palette.chosen()
        } else {
            palette.plain()
        };
        row(buffer, area, line, &text, style);
    }
}

fn longest(model: &Model, least: usize, of: impl Fn(&EscalationRow) -> usize) -> usize {
    // Over all rows and not only those that are seen, so that no column moves.
    model.rows.iter().map(of).max().unwrap_or(0).max(least)
}

fn heading(columns: &Columns, palette: Palette) -> Line<'static> {
    let state = match columns.state {
        0 => String::new(),
        wide => fill("state", wide) + " ",
    };
    let text = format!(
        "   {}  level     {}  {}  asked  {state}fix  place",
        right("id", columns.id),
        fill("rule", columns.rule),
        right("age", 6),
    );
    Line::styled(text, palette.dim())
}

fn listed(
    one: &EscalationRow,
    model: &Model,
    chosen: bool,
    wide: usize,
    columns: &Columns,
    palette: Palette,
) -> Line<'static> {
    let marked = model.marked.contains(&one.id);
    let mut spans = vec![
        Span::raw(if chosen { "▸" } else { " " }),
        Span::styled(if marked { "● " } else { "  " }, palette.odd()),
        Span::styled(right(&one.id.to_string(), columns.id) + "  ", palette.dim()),
        Span::styled(fill(one.level.name(), 8) + "  ", palette.level(one.level)),
        Span::raw(fill(&clean(&one.rule), columns.rule) + "  "),
        Span::styled(
            right(&span(model.now_ms - one.first_ms), 6) + "  ",
            palette.dim(),
        ),
        Span::raw(right(&format!("{}×", one.count), 5) + "  "),
    ];
    if columns.state > 0 {
        spans.push(Span::raw(fill(one.state.name(), columns.state) + " "));
    }
    let fix = if one.has_patch { "yes" } else { "   " };
    spans.push(Span::styled(format!("{fix}  "), palette.good()));
    let before: usize = spans.iter().map(Span::width).sum();
    let place = match one.line {
        0 => one.path.to_string(),
        line => format!("{}:{line}", one.path),
    };
    let place = tail(&clean(&place), wide.saturating_sub(before)).into_owned();
    spans.push(Span::raw(place));
    Line::from(spans)
}

/// The chosen question.
fn one(buffer: &mut Buffer, area: Rect, model: &mut Model, palette: Palette) {
    if area.height < 2 {
        return;
    }
    let Some(row) = model.chosen() else {
        return;
    };
    let place = match row.line {
        0 => row.path.to_string(),
        line => format!("{}:{line}", row.path),
    };
    let name = format!("#{} {} {}  ", row.id, row.level, row.rule);
    let (name, place) = (clean(&name).into_owned(), clean(&place).into_owned());
    let text = Rect::new(area.x, area.y + 1, area.width, area.height - 1);
    let lines = detail::lines(model, usize::from(text.width), palette);
    let seen = usize::from(text.height);
    model.pages.1 = seen;
    model.scroll = model.scroll.min(lines.len().saturating_sub(seen));
    let below = lines.len().saturating_sub(model.scroll + seen);
    let more = match (model.scroll, below) {
        (0, 0) => String::new(),
        (_, 0) => " K ▲ ".to_owned(),
        (0, below) => format!(" J ▼ {below} "),
        (_, below) => format!(" J K ▲▼ {below} "),
    };
    // The end of a path says more than its beginning; the sign behind it covers neither.
    let wide = u16::try_from(width(&more)).unwrap_or(0);
    let taken = 5 + width(&name) + width(&more);
    let place = tail(&place, usize::from(area.width).saturating_sub(taken));
    put(
        buffer,
        area,
        &[title(&format!("{name}{place}"), area.width, palette)],
    );
    put(buffer, text, &lines[model.scroll..]);
    if !more.is_empty() && area.width > wide + 2 {
        let x = area.right() - wide - 2;
        buffer.set_string(x, area.y, more, palette.dim());
    }
}

/// In how many lines something is said at most.
const SAID: usize = 3;

/// What is asked for, said or done.
fn said(model: &Model, columns: usize, palette: Palette) -> Vec<Line<'static>> {
    if let Some((asked, prompt)) = &model.prompt {
        let (before, behind) = typed(*asked, prompt, columns);
        return vec![Line::from(vec![
            Span::styled(question(*asked), palette.bold()),
            Span::raw(before + &behind),
        ])];
    }
    if let Some((what, done, of)) = model.busy {
        let text = if of > 1 {
            format!("{what}: {done} of {of}")
        } else {
            format!("{what} …")
        };
        return vec![Line::styled(text, palette.live())];
    }
    let Some((tone, text)) = &model.said else {
        return Vec::new();
    };
    let style = match tone {
        Tone::Plain => palette.dim(),
        Tone::Good => palette.good(),
        Tone::Bad => palette.bad(),
    };
    let mut lines = wrapped(&clean(text), columns);
    if lines.len() > SAID {
        lines.truncate(SAID);
        if let Some(last) = lines.last_mut() {
            *last = format!("{}…", cut(last, columns.saturating_sub(1)));
        }
    }
    let lines = lines.into_iter();
    lines.map(|line| Line::styled(line, style)).collect()
}

/// What is typed before the cursor and behind it, as far as there is room: of a long line
/// the part at the cursor.
fn typed(asked: Asked, prompt: &Prompt, columns: usize) -> (String, String) {
    let room = columns.saturating_sub(width(question(asked)) + 1);
    let before = prompt.before();
    let behind = prompt.text().split_off(before.len());
    let before = tail(&clean(&before), room).into_owned();
    let behind = cut(&clean(&behind), room + 1 - width(&before).min(room)).into_owned();
    (before, behind)
}

fn question(asked: Asked) -> &'static str {
    match asked {
        Asked::Search => "/",
        Asked::Filter => "filter: ",
        Asked::Reason => "why is it right as it is? ",
        Asked::Note => "how was it dealt with? (may be empty) ",
        Asked::Until => "ask again after (h, d, w, or 12h, 3d): ",
    }
}

/// The keys, the name of each group before its first one.
fn help(buffer: &mut Buffer, area: Rect, model: &mut Model, palette: Palette) {
    let mut lines = Vec::new();
    for (name, keys) in keys::HELP {
        for (at, (key, what)) in keys.iter().enumerate() {
            let name = if at == 0 { name } else { "" };
            lines.push(Line::from(vec![
                Span::styled(fill(name, 8), palette.bold()),
                Span::styled(format!("{key:<9}  "), palette.live()),
                Span::raw(*what),
            ]));
        }
    }
    model.pages.1 = usize::from(area.height);
    let beyond = lines.len().saturating_sub(model.pages.1);
    model.scroll = model.scroll.min(beyond);
    put(buffer, area, &lines[model.scroll..]);
}
