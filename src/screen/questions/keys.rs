//! What each key does. Pure.

use super::filter;
use super::model::{Asked, Model, Order, Tone, View, directory, is_below};
use crate::failure::Failure;
use crate::queue::{EscalationId, EscalationRow};
use crate::review::{self, Action};
use crate::screen::Key;

/// The keys as the help lists them. All of them fit on a screen of 24 rows.
pub(super) const HELP: [(&str, &[(&str, &str)]); 4] = [
    (
        "Look",
        &[
            ("↑ ↓  j k", "another question; Home End PgUp PgDn, g G"),
            ("1 2 …", "the question of that number"),
            (
                "Enter",
                "the question alone, and back; ← → those before and after",
            ),
            ("J K", "the question further down and up"),
            ("/", "only rows with a word; Esc ends it"),
            (
                "f",
                "a filter: rule=F401 path=src level=error state=all since=7d",
            ),
            (
                "l  v V",
                "the next level; open, snoozed, resolved, dismissed, all",
            ),
        ],
    ),
    (
        "Answer",
        &[
            ("y", "apply: the patch goes into the file"),
            ("c", "commit: the patch lands as a commit of hive's"),
            ("e", "edit: the place in $VISUAL or $EDITOR"),
            (
                "i",
                "suppress: a comment with your reason goes into the file",
            ),
            ("r", "resolve: it is dealt with; with a note, if you like"),
            ("n", "dismiss: not to be asked again"),
            ("z", "snooze: zh an hour, zd a day, zw a week, or z3d Enter"),
            ("t", "retry: the file is looked at again"),
            ("o", "open again what has an end"),
        ],
    ),
    (
        "Many",
        &[
            ("Space", "mark this one, or unmark it; Esc: no mark"),
            (
                "R  D  A",
                "mark all of this rule; all below this directory; both",
            ),
        ],
    ),
    (
        "And",
        &[
            ("u", "undo: what was done last is taken back, all of it"),
            ("?  q", "this page, and back; quit"),
        ],
    ),
];

/// The keys at the foot of the screen, the most needed first.
pub(super) fn foot(model: &Model) -> Vec<(&'static str, &'static str)> {
    match (&model.prompt, model.view) {
        (Some(_), _) => vec![("Enter", "done"), ("Esc", "leave it")],
        (None, View::Help) => vec![("?", "back"), ("q", "quit")],
        (None, view) => {
            let patch = model.chosen().is_some_and(|row| row.has_patch);
            let mut keys = Vec::new();
            if patch || !model.marked.is_empty() {
                keys.extend([("y", "apply"), ("c", "commit")]);
            }
            keys.extend([
                ("e", "edit"),
                ("i", "suppress"),
                ("n", "dismiss"),
                ("r", "resolve"),
                ("z", "snooze"),
                ("u", "undo"),
            ]);
            keys.push(if view == View::Detail {
                ("Enter", "list")
            } else {
                ("/", "search")
            });
            // The way to all the others is never cut off.
            keys.insert(0, ("?", "help"));
            keys
        }
    }
}

/// Takes a key.
pub(super) fn press(model: &mut Model, key: Key) -> Option<Order> {
    if model.prompt.is_some() {
        return model.type_in(key);
    }
    model.said = None;
    if let Key::Char('q') | Key::Ctrl('c' | 'd') = key {
        return Some(Order::Quit);
    }
    if model.view == View::Help {
        help(model, key);
        return None;
    }
    match key {
        Key::Char(digit @ '0'..='9') => {
            model.digit(digit);
            return None;
        }
        _ => model.digits.clear(),
    }
    match key {
        Key::Char('?') => (model.view, model.scroll) = (View::Help, 0),
        Key::Escape => leave(model),
        Key::Enter => {
            model.view = match model.view {
                View::List if model.chosen().is_some() => View::Detail,
                _ => View::List,
            };
        }
        Key::Char('J') => scroll(model, 1),
        Key::Char('K') => scroll(model, -1),
        Key::Ctrl('f') => scroll(model, page(model.pages.1)),
        Key::Ctrl('b') => scroll(model, -page(model.pages.1)),
        Key::Left => model.step(-1),
        Key::Right => model.step(1),
        Key::Up
        | Key::Down
        | Key::Char('k' | 'j' | 'g' | 'G')
        | Key::PageUp
        | Key::PageDown
        | Key::Home
        | Key::End => go(model, key),
        Key::Char(' ') => {
            model.mark();
            model.step(1);
        }
        Key::Char('R') => model.mark_like(|row, chosen| row.rule == chosen.rule),
        Key::Char('D') => {
            model.mark_like(|row, chosen| is_below(&row.path, directory(&chosen.path)));
        }
        Key::Char('A') => model.mark_like(|row, chosen| {
            row.rule == chosen.rule && is_below(&row.path, directory(&chosen.path))
        }),
        Key::Char('/') => model.ask(Asked::Search),
        Key::Char('f') => model.ask(Asked::Filter),
        Key::Char('l') => {
            filter::next_level(&mut model.filter);
            return Some(Order::Reload);
        }
        Key::Char('v') => {
            filter::next_states(&mut model.filter);
            return Some(Order::Reload);
        }
        Key::Char('V') => {
            filter::last_states(&mut model.filter);
            return Some(Order::Reload);
        }
        Key::Char(key) => return answer(model, key),
        _ => {}
    }
    None
}

/// On the page of keys: further down and up where it is longer than the screen, else back.
fn help(model: &mut Model, key: Key) {
    match key {
        Key::Down | Key::Char('j' | 'J') => scroll(model, 1),
        Key::Up | Key::Char('k' | 'K') => scroll(model, -1),
        Key::PageDown => scroll(model, page(model.pages.1)),
        Key::PageUp => scroll(model, -page(model.pages.1)),
        _ => (model.view, model.scroll) = (View::List, 0),
    }
}

/// The keys that do something to questions.
fn answer(model: &mut Model, key: char) -> Option<Order> {
    if !matches!(
        key,
        'y' | 'c' | 'e' | 'i' | 'r' | 'n' | 'z' | 't' | 'o' | 'u'
    ) {
        model.say(Tone::Plain, "? shows what the keys do");
        return None;
    }
    if model.busy.is_some() {
        model.say(Tone::Bad, "one thing after the other: this goes on first");
        return None;
    }
    if key == 'u' {
        if model.last.is_empty() {
            model.say(Tone::Bad, "there is nothing to take back");
            return None;
        }
        return Some(Order::TakeBack(std::mem::take(&mut model.last)));
    }
    if let Some(closed) = model.closed {
        model.say(Tone::Bad, closed);
        return None;
    }
    let meant = model.meant();
    if meant.is_empty() {
        let why = if model.marked.is_empty() {
            "no question is chosen"
        } else {
            "none of the marked ones is shown: / and Esc end the search, Esc takes the marks away"
        };
        model.say(Tone::Bad, why);
        return None;
    }
    match key {
        'y' => model.order(Action::Apply, None),
        'c' => Some(Order::Land(model.meant())),
        'e' => model.chosen().map(|row| Order::Edit(row.id)),
        'n' => model.order(Action::Dismiss, None),
        't' => model.order(Action::Retry, None),
        'o' => model.order(Action::Reopen, None),
        'i' => {
            match refused(model, &meant) {
                Some(failure) => model.say(Tone::Bad, super::told(&failure)),
                None => model.ask(Asked::Reason),
            }
            None
        }
        'r' => {
            model.ask(Asked::Note);
            None
        }
        _ => {
            model.ask(Asked::Until);
            None
        }
    }
}

/// Why a comment suppresses none of these questions.
fn refused(model: &Model, meant: &[EscalationId]) -> Option<Failure> {
    let rows = model.rows.iter().filter(|row| meant.contains(&row.id));
    let refused = |row: &EscalationRow| {
        review::unsuppressible(row.id, &row.rule, row.stage, (&row.path, row.line))
    };
    let all: Option<Vec<Failure>> = rows.map(refused).collect();
    all?.into_iter().next()
}

/// Escape: one thing less, the newest first.
fn leave(model: &mut Model) {
    if model.view == View::Detail {
        model.view = View::List;
    } else if !model.marked.is_empty() {
        model.marked.clear();
    } else if !model.search.is_empty() {
        model.ask(Asked::Search);
        model.type_in(Key::Escape);
    }
}

/// Moves: in the list the cursor, in a question alone its text.
fn go(model: &mut Model, key: Key) {
    let alone = model.view == View::Detail;
    let by = match key {
        Key::Up | Key::Char('k') => -1,
        Key::Down | Key::Char('j') => 1,
        Key::PageUp if alone => -page(model.pages.1),
        Key::PageDown if alone => page(model.pages.1),
        Key::PageUp => -page(model.pages.0),
        Key::PageDown => page(model.pages.0),
        Key::Home | Key::Char('g') => -FAR,
        _ => FAR,
    };
    if alone {
        scroll(model, by);
    } else {
        model.step(by);
    }
}

/// Further than any list is long.
const FAR: isize = isize::MAX / 2;

/// Scrolls the question; drawing stops it at its end.
fn scroll(model: &mut Model, by: isize) {
    model.scroll = model.scroll.saturating_add_signed(by);
}

fn page(lines: usize) -> isize {
    isize::try_from(lines.saturating_sub(1).max(1)).unwrap_or(1)
}
