//! One question as lines for a terminal: the code with a caret, the reason, the patch as
//! a coloured diff, past cases.

use crate::escalation::{Level, Precedent, State};
use crate::report::Styles;
use crate::review::{Detail, Frame, place};
use crate::screen::parts::{width, wrapped};
use crate::terminal::{Terminal, plain};

use super::super::listing::ago;

/// How many lines of a past case's patch are shown.
const PRECEDENT: usize = 12;
/// How many lines of a patch are shown before the rest is only counted.
const PATCH: usize = 200;

/// Everything about a question.
pub(in crate::cli) fn detail(detail: &Detail, terminal: &Terminal) -> Vec<String> {
    let styles = Styles::new(terminal.out_style());
    let one = &detail.escalation;
    let question = &one.question;
    let mut lines = Vec::new();
    let level = match question.level {
        Level::Info => styles.dim(),
        Level::Warning => styles.odd(),
        Level::Error | Level::Critical => styles.code(),
    };
    let (rule, place) = (plain(&question.rule), plain(&place(question)).into_owned());
    let head = format!("#{} {} {rule}", one.id, question.level.name());
    let styled = format!(
        "{} {} {}",
        styles.dim().apply_to(format!("#{}", one.id)),
        level.apply_to(question.level.name()),
        styles.path().apply_to(&rule),
    );
    // A place that does not fit is whole in a line of its own.
    let most = terminal.width().unwrap_or(usize::MAX);
    if width(&head) + width(&place) + 2 <= most {
        lines.push(format!("{styled}  {place}"));
    } else {
        lines.extend([styled, format!("  {place}")]);
    }
    if let Some(frame) = &detail.frame {
        lines.push(String::new());
        lines.extend(framed(frame, &styles));
        lines.push(String::new());
    }
    // Words are broken where they are for a terminal, code never is.
    let broken = |text: &str| match terminal.width() {
        Some(most) => wrapped(text, most),
        None => vec![text.to_owned()],
    };
    for line in question.reason.lines() {
        lines.extend(broken(&plain(line)));
    }
    let facts = broken(&facts(detail)).into_iter();
    lines.extend(facts.map(|line| styles.dim().apply_to(line).to_string()));
    lines.extend(ended(detail).iter().flat_map(|ended| broken(ended)));
    if let Some(patch) = &question.patch {
        lines.push(String::new());
        lines.extend(diff(patch, &styles, PATCH));
    }
    for case in &detail.similar {
        lines.push(String::new());
        let head = broken(&plain(&case.told(&ago(case.at_ms)))).into_iter();
        lines.extend(head.map(|line| styles.dim().apply_to(line).to_string()));
        lines.extend(precedent(case, &styles));
    }
    lines
}

/// The code with the place marked.
fn framed(frame: &Frame, styles: &Styles) -> Vec<String> {
    let last = frame.first as usize + frame.lines.len();
    let wide = last.to_string().len();
    let mut lines = Vec::new();
    for (at, line) in frame.lines.iter().enumerate() {
        let own = at == frame.at;
        let number = frame.first as usize + at;
        let sign = if own { '>' } else { ' ' };
        let head = styles.dim().apply_to(format!("{sign} {number:>wide$} │ "));
        let text = plain(&line.replace('\t', "    ")).into_owned();
        lines.push(if own {
            format!("{head}{}", styles.path().apply_to(text))
        } else {
            format!("{head}{text}").trim_end().to_owned()
        });
        if own && frame.column > 0 {
            let before = line.chars().take(frame.column as usize - 1);
            let before = before.collect::<String>().replace('\t', "    ");
            let column = width(&plain(&before));
            let head = styles.dim().apply_to(format!("  {:wide$} │ ", ""));
            let caret = styles.code().apply_to("^");
            lines.push(format!("{head}{}{caret}", " ".repeat(column)));
        }
    }
    if !frame.current {
        lines.push(
            styles
                .dim()
                .apply_to("  as it was committed; the file has changed since")
                .to_string(),
        );
    }
    lines
}

/// Where it comes from, in one line.
fn facts(detail: &Detail) -> String {
    let one = &detail.escalation;
    let question = &one.question;
    let mut facts = Vec::new();
    if !question.symbol.is_empty() {
        facts.push(format!("in {}", question.symbol));
    }
    facts.push(match one.count {
        1 => format!("asked {} ago", ago(one.first_ms)),
        count => format!("asked {count} times, first {} ago", ago(one.first_ms)),
    });
    if question.attempts > 1 {
        facts.push(format!("{} attempts", question.attempts));
    }
    if let Some(owner) = &one.owner {
        facts.push(format!("line of {owner}"));
    }
    if let (Some(worker), Some(task)) = (&question.worker, question.task) {
        facts.push(format!("{worker}, task {task}"));
    }
    if let Some(commit) = question.commit {
        facts.push(format!("commit {}", commit.short()));
    }
    plain(&facts.join(" · ")).into_owned()
}

/// How it stands, if it does not just wait.
fn ended(detail: &Detail) -> Option<String> {
    let one = &detail.escalation;
    let state = match &one.state {
        State::Open => None,
        State::Snoozed { until_ms } => {
            let left = until_ms - crate::clock::wall_ms();
            Some(format!(
                "snoozed for another {}",
                super::super::listing::span(left)
            ))
        }
        State::Resolved { at_ms } | State::Dismissed { at_ms } => {
            let how = one
                .ending
                .map_or(one.state.name(), crate::escalation::Ending::told);
            Some(format!("{how} {} ago", ago(*at_ms)))
        }
    };
    let note = one.note.as_ref().map(|note| format!("note: {note}"));
    let both: Vec<String> = state.into_iter().chain(note).collect();
    (!both.is_empty()).then(|| plain(&both.join("; ")).into_owned())
}

/// The patch of a past case.
fn precedent(case: &Precedent, styles: &Styles) -> Vec<String> {
    let Some(patch) = &case.patch else {
        return Vec::new();
    };
    // Its names are in the line above.
    let body: Vec<&str> = patch.lines().skip(2).collect();
    diff(&body.join("\n"), styles, PRECEDENT)
}

/// A unified diff, coloured; of a long one the beginning.
pub(in crate::cli) fn diff(patch: &str, styles: &Styles, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = patch
        .lines()
        .take(most)
        .map(|line| {
            let style = match line.as_bytes() {
                [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => styles.path(),
                [b'@' | b'\\', ..] => styles.dim(),
                [b'-', ..] => styles.code(),
                [b'+', ..] => styles.good(),
                _ => styles.base(),
            };
            style.apply_to(plain(line)).to_string()
        })
        .collect();
    let more = patch.lines().count().saturating_sub(most);
    if more > 0 {
        lines.push(
            styles
                .dim()
                .apply_to(format!("… {more} more lines"))
                .to_string(),
        );
    }
    lines
}
