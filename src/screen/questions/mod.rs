//! `hive escalations` on a terminal: the review of questions.
//!
//! `model` is what is shown, `keys` what a key does to it, `draw` and `detail` how it
//! looks: all of them pure. The `clerk` does what was ordered, by the same code as the
//! plain commands; here the loop goes round.

mod clerk;
mod detail;
mod draw;
mod filter;
mod keys;
mod model;

#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use super::palette::Palette;
use super::tty::{Happened, Tty};
use super::{Changes, parts};
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::process::Interrupt;
use crate::queue::{EscalationFilter, EscalationId, Queue};
use crate::repo::Place;
use crate::review::{self, Action, Desk, Did, TakenBack};
use crate::store;

use clerk::{Clerk, Wish, Word};
use model::{Model, Order, Tone, View};

/// How soon the rows are read again while others keep writing.
const AGAIN: Duration = Duration::from_millis(250);

/// How soon everything is drawn again where nothing happens: ages go on.
const AGES: Duration = Duration::from_mins(1);
/// Said where the database has gone.
const GONE: &str = "hive's database is gone: q, then `hive init`";
/// Said where another one has taken its place.
const REPLACED: &str = "hive's database is another one by now: q, then `hive escalations` again";

/// What a review is about.
pub struct Review<'a> {
    /// The work tree.
    pub place: &'a Place,
    /// Its queue.
    pub queue: &'a Queue,
    /// Ends it.
    pub interrupt: &'a Interrupt,
    /// How it looks.
    pub palette: Palette,
    /// Says when the rows may be other ones; nothing where nobody can.
    pub changes: Option<&'a Changes>,
    /// Which questions are shown at first.
    pub filter: EscalationFilter,
    /// The one that is shown alone at first.
    pub alone: Option<EscalationId>,
}

impl Review<'_> {
    /// Shows the questions and does what the person wants with them, until they leave.
    /// Returns how that was: by a key, or because the terminal is to be given back.
    pub fn run(self, tty: &mut Tty) -> Outcome<Left> {
        let clerk = Clerk::start(
            self.place.clone(),
            self.queue.clone(),
            self.interrupt.clone(),
            tty.waker(),
        )
        .map_err(|error| Failure::internal("no thread can be started").caused_by(error))?;
        let mut model = Model::new(self.filter.clone(), clock::wall_ms());
        if self.alone.is_some() {
            model.view = View::Detail;
        }
        let mut desk = Front {
            review: &self,
            clerk,
            asked: None,
            stale: true,
            not_before: None,
            next: None,
            known: identity(self.place),
        };
        desk.read(&mut model);
        model.choose(self.alone);
        loop {
            desk.look(&model);
            let palette = self.palette;
            if tty
                .draw(|frame| draw::draw(frame, &mut model, palette))
                .is_err()
            {
                // Nobody is left to see it.
                return Ok(Left::Ended);
            }
            let again = desk.stale.then_some(desk.not_before).flatten();
            let aged = clock::now() + AGES;
            let happened = tty.wait(Some(again.map_or(aged, |again| again.min(aged))));
            // What a key asks for counts from now, and so do the ages that are drawn next.
            model.now_ms = clock::wall_ms();
            match happened {
                Happened::Ended => return Ok(Left::Ended),
                Happened::Resized | Happened::Time => {}
                Happened::Woken => {
                    while let Some(word) = desk.clerk.word() {
                        desk.hear(word, &mut model);
                    }
                    desk.stale |= self.changes.is_some_and(Changes::take);
                }
                Happened::Key(key) => match keys::press(&mut model, key) {
                    None => {}
                    Some(Order::Quit) => return Ok(Left::Quit),
                    Some(Order::Edit(id)) => {
                        let said = tty.aside(|| self.edit(id));
                        match said {
                            Ok(Ok(())) => model.say(
                                Tone::Plain,
                                "it resolves itself with the commit that removes its cause",
                            ),
                            Ok(Err(failure)) => model.say(Tone::Bad, told(&failure)),
                            Err(_) => return Ok(Left::Ended),
                        }
                        desk.again();
                    }
                    Some(order) => desk.order(order, &mut model),
                },
            }
            if desk.stale && desk.not_before.is_none_or(|at| at <= clock::now()) {
                desk.read(&mut model);
            }
        }
    }

    /// Opens the place of a question in the editor.
    fn edit(&self, id: EscalationId) -> Outcome<()> {
        let desk = Desk::new(self.place.clone(), self.queue.clone());
        let detail = review::detail(&desk, id)?;
        review::open_place(self.place, &detail)
    }
}

/// How a screen was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// By a key.
    Quit,
    /// By a signal, or because the terminal is gone.
    Ended,
}

/// The side of the desk that the person sees.
struct Front<'a> {
    review: &'a Review<'a>,
    clerk: Clerk,
    /// The question that was looked up last.
    asked: Option<EscalationId>,
    /// Whether the rows may be other ones by now.
    stale: bool,
    /// When they may be read again.
    not_before: Option<Instant>,
    /// The question that the cursor goes to then.
    next: Option<EscalationId>,
    /// The database that the rows are of.
    known: Option<(u64, u64)>,
}

impl Front<'_> {
    /// Has everything read again.
    fn again(&mut self) {
        self.stale = true;
        self.not_before = None;
        self.asked = None;
    }

    /// Why the rows are those of a file that nobody else sees any more, if they are.
    fn closed(&self) -> Option<&'static str> {
        match identity(self.review.place) {
            None => Some(GONE),
            there if there == self.known => None,
            Some(_) => Some(REPLACED),
        }
    }

    /// Reads the rows.
    fn read(&mut self, model: &mut Model) {
        let now_ms = clock::wall_ms();
        self.stale = false;
        self.not_before = Some(clock::now() + AGAIN);
        model.closed = self.closed();
        if let Some(closed) = model.closed {
            model.take(Vec::new(), now_ms);
            model.say(Tone::Bad, closed);
            return;
        }
        match self.review.queue.escalation_rows(&model.filter, None) {
            Ok(rows) => {
                let before = model.chosen().cloned();
                model.take(rows, now_ms);
                if let Some(id) = self.next.take() {
                    model.choose(Some(id));
                }
                if model.chosen() != before.as_ref() {
                    self.asked = None;
                }
            }
            Err(error) => {
                let said = format!("the questions cannot be read: {error}");
                model.say(Tone::Bad, said);
            }
        }
    }

    /// Has the chosen question looked up, once.
    fn look(&mut self, model: &Model) {
        let chosen = model.chosen().map(|row| row.id);
        if chosen != self.asked
            && let Some(id) = chosen
        {
            self.asked = chosen;
            self.clerk.wish(Wish::Look(id));
        }
    }

    fn order(&mut self, order: Order, model: &mut Model) {
        let (wish, what, of) = match order {
            Order::Reload => {
                self.again();
                return;
            }
            // What is written into a file that was unlinked is lost.
            Order::Act(..) | Order::Land(_) | Order::TakeBack(_) if self.closed().is_some() => {
                self.again();
                return;
            }
            Order::Act(ids, action, note) => {
                let (what, of) = (doing(&action), ids.len());
                let seen = seen(model, &ids);
                (Wish::Act { seen, action, note }, what, of)
            }
            Order::Land(ids) => (Wish::Land(seen(model, &ids)), "committing", 1),
            Order::TakeBack(did) => {
                let of = did.len();
                (Wish::TakeBack(did), "taking back", of)
            }
            Order::Quit | Order::Edit(_) => return,
        };
        model.busy = Some((what, 0, of));
        self.clerk.wish(wish);
    }

    /// Takes what the clerk says.
    fn hear(&mut self, word: Word, model: &mut Model) {
        match word {
            Word::Seen(id, Ok(detail)) => {
                if self.asked == Some(id) {
                    model.detail = Some(detail);
                }
                return;
            }
            Word::Seen(id, Err(failure)) => {
                if self.asked == Some(id) {
                    model.say(Tone::Bad, told(&failure));
                }
                return;
            }
            Word::Step => {
                if let Some((_, done, _)) = &mut model.busy {
                    *done += 1;
                }
                return;
            }
            Word::Done(did, failed) => answered(model, did, &failed, None),
            Word::Landed(did, failed, named) => answered(model, did, &failed, named),
            Word::TakenBack(TakenBack { ids, failed, kept }) => {
                // Back to where the answer was given; only now are the rows surely so.
                self.next = ids.last().copied();
                match (failed.first(), ids.len()) {
                    (None, 1) => model.say(Tone::Good, "the question stands as before"),
                    (None, many) => {
                        model.say(Tone::Good, format!("{many} questions stand as before"));
                    }
                    (Some(failure), _) => model.say(Tone::Bad, told(failure)),
                }
                model.last = kept;
            }
        }
        model.busy = None;
        self.again();
    }
}

/// Says what came of an order.
fn answered(model: &mut Model, did: Vec<Did>, failed: &[Failure], commit: Option<String>) {
    let commit = commit
        .map(|commit| format!(" in {commit}"))
        .unwrap_or_default();
    match (did.as_slice(), failed) {
        ([], []) => {}
        ([one], []) if commit.is_empty() => {
            model.say(Tone::Good, format!("{}; u takes it back", one.said));
        }
        (all, []) => {
            let all = count(all.len());
            model.say(
                Tone::Good,
                format!("{all} answered{commit}; u takes it back"),
            );
        }
        ([], [failure]) => model.say(Tone::Bad, told(failure)),
        (all, [failure, ..]) => {
            let (done, left) = (count(all.len()), count(failed.len()));
            let said = format!("{done} answered{commit}, {left} not: {}", told(failure));
            model.say(Tone::Bad, said);
        }
    }
    if !did.is_empty() {
        for done in &did {
            model.marked.remove(&done.before.id);
        }
        model.last = did;
    }
}

/// The questions as the person has seen them.
fn seen(model: &Model, ids: &[EscalationId]) -> Vec<clerk::Seen> {
    let row = |id: &EscalationId| model.rows.iter().find(|row| row.id == *id);
    ids.iter()
        .filter_map(row)
        .map(|row| (row.id, row.state.clone()))
        .collect()
}

/// The database that is there now.
fn identity(place: &Place) -> Option<(u64, u64)> {
    store::identity(&store::repository_file(place)?)
}

fn count(questions: usize) -> String {
    match questions {
        1 => "1 question".to_owned(),
        many => format!("{many} questions"),
    }
}

fn doing(action: &Action) -> &'static str {
    match action {
        Action::Apply => "applying",
        Action::Suppress { .. } => "suppressing",
        Action::Resolve => "resolving",
        Action::Dismiss => "dismissing",
        Action::Snooze { .. } => "putting off",
        Action::Reopen => "opening again",
        Action::Retry => "trying again",
    }
}

/// A failure in one line: what happened, and the way out.
fn told(failure: &Failure) -> String {
    let cause = std::error::Error::source(failure);
    let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
    let hint = failure.hints().first().map(|hint| format!(" ({hint})"));
    let said = format!("{failure}{cause}{}", hint.unwrap_or_default());
    parts::clean(&said).into_owned()
}
