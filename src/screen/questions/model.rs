//! What the review shows: the rows, where the cursor is, what is marked, what is typed.
//! Pure.

use std::collections::BTreeSet;

use super::filter;
use crate::queue::{EscalationFilter, EscalationId, EscalationRow};
use crate::repo::RepoPath;
use crate::review::{Action, Detail, Did, Frame};
use crate::screen::{Key, Prompt, Typed};

/// What fills the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    /// The list with the chosen question beside or below it.
    List,
    /// One question alone.
    Detail,
    /// The keys.
    Help,
}

/// What is being typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// A word that rows are to have.
    Search,
    /// A filter.
    Filter,
    /// The reason of a suppression.
    Reason,
    /// A note on a resolution.
    Note,
    /// For how long.
    Until,
}

/// How something was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// It is so.
    Plain,
    /// It was done.
    Good,
    /// It could not be done.
    Bad,
}

/// What a key asks of the world outside.
#[derive(Debug)]
pub(super) enum Order {
    /// To end.
    Quit,
    /// An answer to these questions.
    Act(Vec<EscalationId>, Action, Option<String>),
    /// Their patches as a commit.
    Land(Vec<EscalationId>),
    /// The place of one in the editor.
    Edit(EscalationId),
    /// What was done last taken back.
    TakeBack(Vec<Did>),
    /// The rows of the filter, which is another one.
    Reload,
}

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Model {
    /// The questions of the filter, the worst first.
    pub(super) rows: Vec<EscalationRow>,
    /// Those of them that the search leaves, by their place in `rows`.
    pub(super) shown: Vec<usize>,
    /// The chosen one, by its place in `shown`.
    pub(super) at: usize,
    /// The first row of the list that is seen.
    pub(super) top: usize,
    /// What an order is for, if not for the chosen one.
    pub(super) marked: BTreeSet<EscalationId>,
    /// Which questions there are to be seen.
    pub(super) filter: EscalationFilter,
    /// A word that the shown ones have.
    pub(super) search: String,
    /// The digits of a number that is being typed.
    pub(super) digits: String,
    pub(super) view: View,
    pub(super) prompt: Option<(Asked, Prompt)>,
    /// All about a question, the chosen one as a rule.
    pub(super) detail: Option<Box<Detail>>,
    /// How many lines of it have gone up.
    pub(super) scroll: usize,
    /// How many lines a page of the list and of the detail has.
    pub(super) pages: (usize, usize),
    pub(super) said: Option<(Tone, String)>,
    /// What is being done, and of how many things how many are through.
    pub(super) busy: Option<(&'static str, usize, usize)>,
    /// What was done last.
    pub(super) last: Vec<Did>,
    /// Why there are no rows to be seen or answered, if so.
    pub(super) closed: Option<&'static str>,
    /// The span of the filter as it was typed.
    pub(super) since: String,
    /// The time, in milliseconds since the epoch.
    pub(super) now_ms: i64,
}

impl Model {
    /// Nothing yet.
    pub(super) fn new(filter: EscalationFilter, now_ms: i64) -> Self {
        Self {
            rows: Vec::new(),
            shown: Vec::new(),
            at: 0,
            top: 0,
            marked: BTreeSet::new(),
            since: filter::span(&filter, now_ms),
            filter,
            search: String::new(),
            digits: String::new(),
            view: View::List,
            prompt: None,
            detail: None,
            scroll: 0,
            pages: (1, 1),
            said: None,
            busy: None,
            last: Vec::new(),
            closed: None,
            now_ms,
        }
    }

    /// The chosen question.
    pub(super) fn chosen(&self) -> Option<&EscalationRow> {
        self.rows.get(*self.shown.get(self.at)?)
    }

    /// All about the chosen question, if it is known.
    pub(super) fn seen(&self) -> Option<&Detail> {
        let id = self.chosen()?.id;
        self.detail
            .as_deref()
            .filter(|detail| detail.escalation.id == id)
    }

    /// The code around the chosen one.
    pub(super) fn frame(&self) -> Option<&Frame> {
        self.seen()?.frame.as_ref()
    }

    /// Other rows: the cursor stays on its question, or where it was.
    pub(super) fn take(&mut self, rows: Vec<EscalationRow>, now_ms: i64) {
        let chosen = self.chosen().map(|row| row.id);
        self.now_ms = now_ms;
        self.rows = rows;
        self.marked
            .retain(|id| self.rows.iter().any(|row| row.id == *id));
        self.search();
        self.choose(chosen);
    }

    /// Puts the cursor on a question, if it is shown.
    pub(super) fn choose(&mut self, id: Option<EscalationId>) {
        let found = self
            .shown
            .iter()
            .position(|at| Some(self.rows[*at].id) == id);
        if let Some(at) = found {
            self.at = at;
        } else {
            self.at = self.at.min(self.shown.len().saturating_sub(1));
            self.scroll = 0;
        }
    }

    /// Puts the cursor on the question of a number, of which this is the next digit; says so
    /// where no such question is shown. A digit that leads nowhere begins another number.
    pub(super) fn digit(&mut self, digit: char) {
        self.digits.push(digit);
        let ids: Vec<String> = self
            .shown
            .iter()
            .map(|at| self.rows[*at].id.to_string())
            .collect();
        let begins = |digits: &str| ids.iter().any(|id| id.starts_with(digits));
        if !begins(&self.digits) && self.digits.len() > 1 {
            self.digits = digit.to_string();
        }
        match ids.iter().position(|id| *id == self.digits) {
            Some(at) if at != self.at => (self.at, self.scroll) = (at, 0),
            Some(_) => {}
            // The next digit may make it one that there is.
            None if begins(&self.digits) => {
                let digits = format!("#{}…", self.digits);
                self.say(Tone::Plain, digits);
            }
            None => {
                let nothing = format!("no question #{} is in this list", self.digits);
                self.say(Tone::Bad, nothing);
                self.digits.clear();
            }
        }
    }

    /// Leaves the rows that have the word.
    fn search(&mut self) {
        let word = self.search.to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&word);
        self.shown = (0..self.rows.len())
            .filter(|at| {
                let row = &self.rows[*at];
                word.is_empty()
                    || has(&row.rule)
                    || has(row.path.as_str())
                    || has(&row.reason)
                    || has(&row.symbol)
                    || row.id.to_string() == word
            })
            .collect();
    }

    /// Moves the cursor.
    pub(super) fn step(&mut self, by: isize) {
        let last = self.shown.len().saturating_sub(1);
        let to = self.at.saturating_add_signed(by).min(last);
        if to != self.at {
            self.at = to;
            self.scroll = 0;
        }
    }

    /// What an order is for: the marked ones in the order of the list, else the chosen one.
    pub(super) fn meant(&self) -> Vec<EscalationId> {
        let rows = self.shown.iter().map(|at| &self.rows[*at]);
        if self.marked.is_empty() {
            return self.chosen().map(|row| row.id).into_iter().collect();
        }
        rows.map(|row| row.id)
            .filter(|id| self.marked.contains(id))
            .collect()
    }

    /// How many questions are marked, and how many of them are not shown.
    pub(super) fn marks(&self) -> (usize, usize) {
        let shown = self.shown.iter().map(|at| self.rows[*at].id);
        let seen = shown.filter(|id| self.marked.contains(id)).count();
        (self.marked.len(), self.marked.len() - seen)
    }

    /// Marks all that are like the chosen one; where some are marked already, leaves those
    /// of them that are.
    pub(super) fn mark_like(&mut self, like: impl Fn(&EscalationRow, &EscalationRow) -> bool) {
        let Some(chosen) = self.chosen().cloned() else {
            return;
        };
        let rows = self.shown.iter().map(|at| &self.rows[*at]);
        let alike: BTreeSet<EscalationId> = rows
            .filter(|row| like(row, &chosen))
            .map(|row| row.id)
            .collect();
        let both: BTreeSet<EscalationId> = self.marked.intersection(&alike).copied().collect();
        self.marked = if both.is_empty() { alike } else { both };
    }

    /// Marks the chosen one, or takes its mark away.
    pub(super) fn mark(&mut self) {
        if let Some(id) = self.chosen().map(|row| row.id)
            && !self.marked.remove(&id)
        {
            self.marked.insert(id);
        }
    }

    /// Says something below the list.
    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.said = Some((tone, text.into()));
    }

    /// Begins to ask for a line.
    pub(super) fn ask(&mut self, asked: Asked) {
        let prompt = match asked {
            Asked::Search => Prompt::new(&self.search),
            Asked::Filter => Prompt::new(&filter::told(&self.filter, &self.since)),
            Asked::Until => Prompt::proposing("1d"),
            Asked::Reason | Asked::Note => Prompt::default(),
        };
        self.prompt = Some((asked, prompt));
    }

    /// Takes a key into the line that is asked for.
    pub(super) fn type_in(&mut self, key: Key) -> Option<Order> {
        let (asked, prompt) = self.prompt.as_mut()?;
        let unit = match key {
            Key::Char(unit @ ('h' | 'd' | 'w')) if *asked == Asked::Until => Some(unit),
            _ => None,
        };
        let typed = match unit.filter(|_| prompt.is_proposed()) {
            // One of them, at once.
            Some(unit) => Typed::Done(format!("1{unit}")),
            None => prompt.key(key),
        };
        let asked = *asked;
        if asked == Asked::Search {
            // Rows come and go while one types.
            let chosen = self.chosen().map(|row| row.id);
            self.search = match &typed {
                Typed::Left => String::new(),
                Typed::Done(text) => text.clone(),
                Typed::More => self.prompt.as_ref().map(|(_, line)| line.text())?,
            };
            self.search();
            self.choose(chosen);
        }
        let text = match typed {
            Typed::More => return None,
            Typed::Left => {
                self.prompt = None;
                return None;
            }
            Typed::Done(text) => text,
        };
        self.prompt = None;
        match asked {
            Asked::Search => None,
            Asked::Filter => match filter::read(&text, self.now_ms) {
                Ok((filter, since)) => {
                    (self.filter, self.since) = (filter, since);
                    Some(Order::Reload)
                }
                Err(wrong) => {
                    self.say(Tone::Bad, wrong);
                    None
                }
            },
            Asked::Reason if text.is_empty() => {
                self.say(Tone::Bad, "a suppression needs a reason: nothing is done");
                None
            }
            Asked::Reason => self.order(Action::Suppress { reason: text }, None),
            Asked::Note => {
                let note = Some(text).filter(|text| !text.is_empty());
                self.order(Action::Resolve, note)
            }
            Asked::Until => match crate::report::duration(&text) {
                Ok(span) => {
                    let until_ms = self.now_ms.saturating_add(span);
                    self.order(Action::Snooze { until_ms }, None)
                }
                Err(wrong) => {
                    self.say(Tone::Bad, wrong);
                    None
                }
            },
        }
    }

    /// An order for what is meant.
    pub(super) fn order(&self, action: Action, note: Option<String>) -> Option<Order> {
        let ids = self.meant();
        (!ids.is_empty()).then_some(Order::Act(ids, action, note))
    }
}

/// The directory of a file; empty at the root.
pub(super) fn directory(path: &RepoPath) -> &str {
    path.as_str()
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory)
}

/// Whether a file lies in a directory or below it.
pub(super) fn is_below(path: &RepoPath, directory: &str) -> bool {
    let rest = path.as_str().strip_prefix(directory);
    directory.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
}
