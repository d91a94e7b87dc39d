//! One question as lines: why it is asked, the code with the place marked, the patch, past
//! cases and how they ended. Pure.

use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::model::Model;
use crate::escalation::{Ending, Escalation, Precedent, State};
use crate::queue::EscalationRow;
use crate::report::span;
use crate::review::{Detail, Frame};
use crate::screen::Palette;
use crate::screen::parts::{clean, cut, wrapped};

/// How many lines of a past case's patch are shown.
const PRECEDENT: usize = 12;
/// How many lines of a patch are shown before the rest is only counted.
const PATCH: usize = 400;

/// The lines of the chosen question for so many columns. What the list knows is there at
/// once, the rest when it has been looked up.
pub(super) fn lines(model: &Model, columns: usize, palette: Palette) -> Vec<Line<'static>> {
    let Some(row) = model.chosen() else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    for line in row.reason.lines() {
        let broken = wrapped(&clean(line), columns);
        lines.extend(
            broken
                .into_iter()
                .map(|line| Line::styled(line, palette.bold())),
        );
    }
    let facts = facts(row, model.seen(), model.now_ms);
    let facts = wrapped(&clean(&facts), columns);
    lines.extend(
        facts
            .into_iter()
            .map(|line| Line::styled(line, palette.dim())),
    );
    if let Some(ended) = ended(row, model.now_ms) {
        let ended = wrapped(&clean(&ended), columns);
        lines.extend(
            ended
                .into_iter()
                .map(|line| Line::styled(line, palette.good())),
        );
    }
    let Some(seen) = model.seen() else {
        return lines;
    };
    if let Some(frame) = model.frame() {
        lines.push(Line::default());
        lines.extend(framed(frame, palette));
    }
    if let Some(patch) = &seen.escalation.question.patch {
        lines.push(Line::default());
        lines.push(Line::styled(
            "the patch that y applies and c commits",
            palette.dim(),
        ));
        lines.extend(diff(patch.lines().skip_while(names), PATCH, palette));
    }
    for case in &seen.similar {
        lines.push(Line::default());
        lines.extend(precedent(case, columns, model.now_ms, palette));
    }
    lines
}

/// Where it comes from.
fn facts(row: &EscalationRow, seen: Option<&Detail>, now_ms: i64) -> String {
    let mut facts = Vec::new();
    if !row.symbol.is_empty() {
        facts.push(format!("in {}", row.symbol));
    }
    let first = span(now_ms - row.first_ms);
    facts.push(match row.count {
        1 => format!("asked {first} ago"),
        count => format!("asked {count} times, first {first} ago"),
    });
    let one: Option<&Escalation> = seen.map(|seen| &seen.escalation);
    let owner = one.and_then(|one| one.owner.as_ref());
    if let Some(owner) = owner.or(row.owner.as_ref()) {
        facts.push(format!("line of {owner}"));
    }
    if let Some(one) = one {
        let question = &one.question;
        if question.attempts > 1 {
            facts.push(format!("{} attempts", question.attempts));
        }
        if let (Some(worker), Some(task)) = (&question.worker, question.task) {
            facts.push(format!("{worker}, task {task}"));
        }
        if let Some(commit) = question.commit {
            facts.push(format!("commit {}", commit.short()));
        }
    }
    facts.join(" · ")
}

/// How it stands, if it does not just wait.
fn ended(row: &EscalationRow, now_ms: i64) -> Option<String> {
    let state = match &row.state {
        State::Open => None,
        State::Snoozed { until_ms } => {
            Some(format!("snoozed for another {}", span(until_ms - now_ms)))
        }
        State::Resolved { at_ms } | State::Dismissed { at_ms } => {
            let how = row.ending.map_or(row.state.name(), Ending::told);
            Some(format!("{how} {} ago", span(now_ms - at_ms)))
        }
    };
    let note = row.note.as_ref().map(|note| format!("note: {note}"));
    let both: Vec<String> = state.into_iter().chain(note).collect();
    (!both.is_empty()).then(|| both.join("; "))
}

/// The code with the place marked.
fn framed(frame: &Frame, palette: Palette) -> Vec<Line<'static>> {
    let last = frame.first as usize + frame.lines.len();
    let wide = last.to_string().len();
    let mut lines = Vec::new();
    for (at, line) in frame.lines.iter().enumerate() {
        let own = at == frame.at;
        let number = frame.first as usize + at;
        let sign = if own { '▸' } else { ' ' };
        let head = format!("{sign} {number:>wide$} │ ");
        let mut spans = vec![if own {
            Span::styled(head, palette.odd())
        } else {
            Span::styled(head, palette.dim())
        }];
        let pieces = frame.inks.get(at).map_or(&[][..], Vec::as_slice);
        let mut done = 0;
        for (length, ink) in pieces {
            let end = done + length;
            if let Some(text) = line.get(done..end.min(line.len())) {
                spans.push(Span::styled(shown(text), palette.ink(*ink)));
            }
            done = end;
        }
        spans.push(Span::raw(shown(line.get(done..).unwrap_or_default())));
        lines.push(Line::from(spans));
        if own && frame.column > 0 {
            let before: String = line.chars().take(frame.column as usize - 1).collect();
            let column = crate::screen::parts::width(&shown(&before));
            lines.push(Line::from(vec![
                Span::styled(format!("  {:wide$} │ ", ""), palette.dim()),
                Span::styled(format!("{}^", " ".repeat(column)), palette.bad()),
            ]));
        }
    }
    if !frame.current {
        let said = "as it was committed; the file has changed since";
        lines.push(Line::styled(said, palette.dim()));
    }
    lines
}

/// Code that does nothing to a terminal, its tabs four columns wide.
fn shown(text: &str) -> String {
    clean(&text.replace('\t', "    ")).into_owned()
}

/// The names above a diff.
fn names(line: &&str) -> bool {
    line.starts_with("--- ") || line.starts_with("+++ ")
}

/// The lines of a diff, coloured; of a long one the beginning.
fn diff<'a>(
    patch: impl Iterator<Item = &'a str>,
    most: usize,
    palette: Palette,
) -> Vec<Line<'static>> {
    let all: Vec<&str> = patch.collect();
    let style = |line: &str| -> Style {
        match line.as_bytes().first() {
            Some(b'+') => palette.good(),
            Some(b'-') => palette.bad(),
            Some(b'@' | b'\\') => palette.dim(),
            _ => palette.plain(),
        }
    };
    let mut lines: Vec<Line<'static>> = all
        .iter()
        .take(most)
        .map(|line| Line::styled(shown(line), style(line)))
        .collect();
    if let Some(more) = all.len().checked_sub(most + 1) {
        lines.push(Line::styled(
            format!("… {} more lines", more + 1),
            palette.dim(),
        ));
    }
    lines
}

fn precedent(
    case: &Precedent,
    columns: usize,
    now_ms: i64,
    palette: Palette,
) -> Vec<Line<'static>> {
    let head = case.told(&span(now_ms - case.at_ms));
    let head = cut(&clean(&head), columns).into_owned();
    let mut lines = vec![Line::styled(head, palette.live())];
    if let Some(patch) = &case.patch {
        lines.extend(diff(patch.lines().skip_while(names), PRECEDENT, palette));
    }
    lines
}
