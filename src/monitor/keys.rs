//! What each key of the dashboard does. Pure.

use super::model::{Focus, Model, Tone};
use crate::queue::{EscalationId, TaskId};
use crate::screen::Key;

/// The keys as the help lists them.
pub(super) const HELP: [(&str, &str); 7] = [
    ("p", "pause: no task begins here until p again"),
    ("Tab", "to the dead tasks, and back to the questions"),
    ("↑ ↓  j k", "another line of that list"),
    (
        "Enter",
        "the question, alone, to be answered; why the task is dead",
    ),
    ("e", "all questions, as hive escalations has them"),
    ("r", "retry: the dead task is taken up again"),
    ("q", "quit; what is shown goes on without it"),
];

/// What a key asks of the world outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// To end.
    Quit,
    /// To begin no task.
    Pause,
    /// To go on.
    Resume,
    /// A dead task once more.
    Retry(TaskId),
    /// The review, at one question if it is named.
    Open(Option<EscalationId>),
}

/// The keys at the foot of the screen, the most needed first.
pub(super) fn foot(model: &Model) -> Vec<(&'static str, &'static str)> {
    if model.help {
        return vec![("?", "back"), ("q", "quit")];
    }
    if model.alone().is_some() {
        return vec![("Enter", "back"), ("r", "retry"), ("q", "quit")];
    }
    let pause = if model.paused.is_some() {
        "resume"
    } else {
        "pause"
    };
    let mut keys = vec![("?", "help"), ("q", "quit"), ("p", pause)];
    match model.focus {
        Focus::Questions => keys.extend([("Enter", "open"), ("e", "all questions")]),
        Focus::Dead => keys.extend([("r", "retry"), ("Enter", "why")]),
    }
    keys.push(("Tab", "other list"));
    keys
}

/// Takes a key.
pub(super) fn press(model: &mut Model, key: Key) -> Option<Order> {
    model.said = None;
    if model.help {
        model.help = false;
        return matches!(key, Key::Char('q') | Key::Ctrl('c')).then_some(Order::Quit);
    }
    match key {
        Key::Escape | Key::Enter if model.alone().is_some() => model.letter = false,
        Key::Char('q') | Key::Ctrl('c' | 'd') | Key::Escape => return Some(Order::Quit),
        Key::Char('?') => model.help = true,
        Key::Char('p') if model.paused.is_some() => return Some(Order::Resume),
        Key::Char('p') => return Some(Order::Pause),
        Key::Tab | Key::BackTab | Key::Left | Key::Right => {
            model.focus = match model.focus {
                Focus::Questions => Focus::Dead,
                Focus::Dead => Focus::Questions,
            };
            (model.at, model.letter) = (0, false);
        }
        Key::Up | Key::Char('k') => model.at = model.at.saturating_sub(1),
        Key::Down | Key::Char('j') => model.at += 1,
        Key::Home | Key::Char('g') => model.at = 0,
        Key::End | Key::Char('G') => model.at = usize::MAX,
        Key::Char('e') => return Some(Order::Open(None)),
        Key::Char('r') => return retry(model),
        Key::Enter => return open(model),
        _ => {}
    }
    model.settle();
    None
}

/// The dead task that is chosen, or the only list of them's first.
fn retry(model: &mut Model) -> Option<Order> {
    let at = match model.focus {
        Focus::Dead => model.at,
        Focus::Questions if model.dead.len() == 1 => 0,
        Focus::Questions => {
            if model.dead.is_empty() {
                model.say(Tone::Bad, "no task is dead");
            } else {
                model.focus = Focus::Dead;
                model.at = 0;
                model.say(Tone::Good, "which one? r again takes the chosen one up");
            }
            return None;
        }
    };
    let Some(task) = model.dead.get(at) else {
        model.say(Tone::Bad, "no task is dead");
        return None;
    };
    model.letter = false;
    Some(Order::Retry(task.id))
}

fn open(model: &mut Model) -> Option<Order> {
    match model.focus {
        Focus::Questions => {
            let chosen = model.questions.get(model.at).map(|row| row.id);
            if chosen.is_none() {
                model.say(Tone::Bad, "no question is open");
                return None;
            }
            Some(Order::Open(chosen))
        }
        Focus::Dead => {
            model.letter = !model.dead.is_empty();
            if !model.letter {
                model.say(Tone::Bad, "no task is dead");
            }
            None
        }
    }
}
