//! The desk in the back: looks questions up and carries orders out on a thread of its
//! own, so that a key never waits for git's blame or a worker.

use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::escalation::State;
use crate::failure::Failure;
use crate::process::Interrupt;
use crate::queue::{EscalationId, Queue};
use crate::repo::Place;
use crate::review::{self, Action, Desk, Detail, Did, TakenBack};
use crate::screen::Waker;

/// A question, and how it stood when the answer was given.
pub(super) type Seen = (EscalationId, State);

/// What the screen wants.
#[derive(Debug)]
pub(super) enum Wish {
    /// All about a question; only the last of several in a row is looked up.
    Look(EscalationId),
    /// An answer to each of these questions, as they were seen.
    Act {
        seen: Vec<Seen>,
        action: Action,
        note: Option<String>,
    },
    /// The patches of these questions as one commit.
    Land(Vec<Seen>),
    /// What was done is taken back, the last first.
    TakeBack(Vec<Did>),
}

/// What came of it.
#[derive(Debug)]
pub(super) enum Word {
    /// All about a question.
    Seen(EscalationId, Result<Box<Detail>, Failure>),
    /// One of several things is through.
    Step,
    /// An order is through: what was done, and what could not be.
    Done(Vec<Did>, Vec<Failure>),
    /// A landing is through, with how the commit is called.
    Landed(Vec<Did>, Vec<Failure>, Option<String>),
    /// What was done has been taken back, but for what could not be.
    TakenBack(TakenBack),
}

/// The thread and the way to it.
pub(super) struct Clerk {
    wishes: Option<Sender<Wish>>,
    words: Receiver<Word>,
    thread: Option<JoinHandle<()>>,
}

impl Clerk {
    /// Starts one. `waker` is woken by each of its words.
    pub(super) fn start(
        place: Place,
        queue: Queue,
        interrupt: Interrupt,
        waker: Waker,
    ) -> std::io::Result<Self> {
        let (wishes, wished) = unbounded();
        let (say, words) = unbounded();
        let thread = thread::Builder::new()
            .name("clerk".to_owned())
            .spawn(move || {
                let desk = Desk::new(place, queue);
                let says = |word| {
                    // Nobody listens any more once the screen is closed.
                    let _ = say.send(word);
                    waker.wake();
                };
                serve(&desk, &interrupt, &wished, &says);
            })?;
        Ok(Self {
            wishes: Some(wishes),
            words,
            thread: Some(thread),
        })
    }

    /// Hands a wish over.
    pub(super) fn wish(&self, wish: Wish) {
        if let Some(wishes) = &self.wishes {
            // It listens until this one is dropped.
            let _ = wishes.send(wish);
        }
    }

    /// The next word, if there is one.
    pub(super) fn word(&self) -> Option<Word> {
        self.words.try_recv().ok()
    }
}

impl Drop for Clerk {
    /// What was ordered is done to its end.
    fn drop(&mut self) {
        drop(self.wishes.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(desk: &Desk, interrupt: &Interrupt, wishes: &Receiver<Wish>, says: &dyn Fn(Word)) {
    let mut put_back = None;
    while let Some(wish) = put_back.take().or_else(|| wishes.recv().ok()) {
        match wish {
            Wish::Look(mut id) => {
                while let Ok(next) = wishes.try_recv() {
                    match next {
                        Wish::Look(newer) => id = newer,
                        order => {
                            put_back = Some(order);
                            break;
                        }
                    }
                }
                says(Word::Seen(id, review::detail(desk, id).map(Box::new)));
            }
            Wish::Act { seen, action, note } => {
                let (mut did, mut failed) = (Vec::new(), Vec::new());
                for (id, state) in seen {
                    let answered = review::unanswered(desk, id, &state)
                        .and_then(|()| review::act(desk, id, &action, note.as_deref()));
                    match answered {
                        Ok(done) => did.push(done),
                        Err(failure) => failed.push(failure),
                    }
                    says(Word::Step);
                }
                says(Word::Done(did, failed));
            }
            Wish::Land(seen) => {
                let (did, failed, named) = land(desk, interrupt, &seen);
                says(Word::Landed(did, failed, named));
            }
            Wish::TakeBack(all) => {
                let taken = review::take_back(desk, all, &|| says(Word::Step));
                says(Word::TakenBack(taken));
            }
        }
    }
}

fn land(
    desk: &Desk,
    interrupt: &Interrupt,
    seen: &[Seen],
) -> (Vec<Did>, Vec<Failure>, Option<String>) {
    let (mut ids, mut did, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for (id, state) in seen {
        match review::unanswered(desk, *id, state) {
            Ok(()) => ids.push(*id),
            Err(failure) => failed.push(failure),
        }
    }
    if ids.is_empty() {
        return (did, failed, None);
    }
    let landed = match review::land(desk, &ids, interrupt) {
        Ok(landed) => landed,
        Err(failure) => return (did, vec![failure], None),
    };
    let named = landed.named();
    for (_, done) in landed.questions {
        match done {
            Ok(done) => did.push(done),
            Err(failure) => failed.push(failure),
        }
    }
    (did, failed, named)
}
