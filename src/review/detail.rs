//! Everything about one question that helps to decide.

use serde::Serialize;

use super::desk::Desk;
use super::ink::{Ink, inks};
use crate::agent::{lessons, owners};
use crate::escalation::{Escalation, Precedent, Question};
use crate::failure::Outcome;
use crate::queue::{EscalationId, QueueError};

/// How many past cases are shown.
const SIMILAR: usize = 3;
/// How many lines of code are shown before and after the place.
const AROUND: usize = 4;

/// One question with its surroundings.
#[derive(Debug, Clone, Serialize)]
pub struct Detail {
    /// The question.
    #[serde(flatten)]
    pub escalation: Escalation,
    /// The code around it; nothing for a question about a whole file, or a file that is
    /// gone.
    pub frame: Option<Frame>,
    /// Past cases like it and how they ended, the most alike first.
    pub similar: Vec<Precedent>,
}

/// Code around a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Frame {
    /// Whether this is the file as it is now; otherwise it is as it was committed, since
    /// the place is no longer to be found.
    pub current: bool,
    /// The number of the first line.
    pub first: u32,
    /// The lines.
    pub lines: Vec<String>,
    /// The line that it is about, counted from 0 in `lines`.
    pub at: usize,
    /// The column, counted from 1 in characters; 0 for the whole line.
    pub column: u32,
    /// Where the code of each line is more than plain: how many bytes of the line are of
    /// which kind, from its beginning.
    #[serde(skip)]
    pub inks: Vec<Vec<(usize, Ink)>>,
}

impl Detail {
    /// The line at which the place is now, counted from 1; 0 for the whole file.
    pub fn line(&self) -> u32 {
        match &self.frame {
            Some(frame) if frame.current => frame.first + u32::try_from(frame.at).unwrap_or(0),
            _ => self.escalation.question.line,
        }
    }
}

/// A question's place as people write it: the path, and the line if there is one.
pub fn place(question: &Question) -> String {
    match question.line {
        0 => question.path.to_string(),
        line => format!("{}:{line}", question.path),
    }
}

/// Looks at a question. Finds out whose line it is if nobody has yet.
pub fn detail(desk: &Desk, id: EscalationId) -> Outcome<Detail> {
    let mut one = desk.queue.escalation(id)?.ok_or(QueueError::Unknown {
        what: "question",
        id: id.0,
    })?;
    if one.owner.is_none() {
        one.owner = owners::of(&desk.place, std::slice::from_ref(&one))
            .pop()
            .flatten();
        if let Some(owner) = &one.owner {
            desk.queue.own(vec![(id, owner.clone())])?;
        }
    }
    let path = &one.question.path;
    let now = desk.text(path);
    let then = one
        .question
        .commit
        .and_then(|commit| desk.stored(&commit, path));
    let text = if now.is_empty() {
        then.clone().unwrap_or_default()
    } else {
        now.clone()
    };
    let similar = desk
        .queue
        .similar(&lessons::words_of(&text, &one), Some(id), SIMILAR)?;
    let frame = frame(&now, &one, true).or_else(|| then.and_then(|then| frame(&then, &one, false)));
    Ok(Detail {
        escalation: one,
        frame,
        similar,
    })
}

/// The line at which a question's code is in a text, counted from 1; 0 for a question about
/// the whole file. `None` where the code is not there any more.
pub fn whereabouts(text: &[u8], one: &Escalation) -> Option<u32> {
    let line = lessons::place(text, one);
    let Some(at) = usize::try_from(line).ok()?.checked_sub(1) else {
        return Some(0);
    };
    let text = String::from_utf8_lossy(text);
    let snippet = one.question.snippet.lines().next().unwrap_or_default();
    (text.lines().nth(at)?.trim() == snippet.trim()).then_some(line)
}

/// The code around a question's place, if its text is there.
fn frame(text: &[u8], one: &Escalation, current: bool) -> Option<Frame> {
    let line = lessons::place(text, one);
    let at = usize::try_from(line).ok()?.checked_sub(1)?;
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    let snippet = one.question.snippet.lines().next().unwrap_or_default();
    let found = lines.get(at)?.trim() == snippet.trim();
    if !found && current {
        return None;
    }
    let from = at.saturating_sub(AROUND);
    let to = (at + AROUND + 1).min(lines.len());
    // Blank lines at the ends show nothing.
    let blank = |line: &&&str| line.trim().is_empty();
    let skip = lines[from..at].iter().take_while(blank).count();
    let less = lines[at + 1..to].iter().rev().take_while(blank).count();
    let from = from + skip;
    let shown = from..to - less;
    let ending = one.question.path.as_path().extension();
    let python = ending.is_some_and(|ending| ending == "py" || ending == "pyi");
    let inks = if python {
        inks(&text, shown.clone())
    } else {
        Vec::new()
    };
    let shown = &lines[shown];
    Some(Frame {
        current,
        first: u32::try_from(from + 1).unwrap_or(u32::MAX),
        lines: shown.iter().map(|line| (*line).to_owned()).collect(),
        at: at - from,
        column: one.question.column,
        inks,
    })
}
