//! The desk in the back: looks questions up and carries orders out on a thread of its
//! own, so that a key never waits for git's blame or a worker.

use std::thread::{self, JoinHandle};

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::failure::Failure;
use crate::process::Interrupt;
use crate::queue::{EscalationId, Queue};
use crate::repo::Place;
use crate::review::{self, Action, Desk, Detail, Did};
use crate::screen::Waker;

/// What the screen wants.
#[derive(Debug)]
pub(super) enum Wish {
    /// All about a question; only the last of several in a row is looked up.
    Look(EscalationId),
    /// An answer to each of these questions.
    Act {
        ids: Vec<EscalationId>,
        action: Action,
        note: Option<String>,
    },
    /// The patches of these questions as one commit.
    Land(Vec<EscalationId>),
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
    TakenBack(usize, Vec<Failure>, Vec<Did>),
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
            Wish::Act { ids, action, note } => {
                let (mut did, mut failed) = (Vec::new(), Vec::new());
                for id in ids {
                    match review::act(desk, id, &action, note.as_deref()) {
                        Ok(done) => did.push(done),
                        Err(failure) => failed.push(failure),
                    }
                    says(Word::Step);
                }
                says(Word::Done(did, failed));
            }
            Wish::Land(ids) => match review::land(desk, &ids, interrupt) {
                Ok(landed) => {
                    let named = landed.named();
                    let (mut did, mut failed) = (Vec::new(), Vec::new());
                    for (_, done) in landed.questions {
                        match done {
                            Ok(done) => did.push(done),
                            Err(failure) => failed.push(failure),
                        }
                    }
                    says(Word::Landed(did, failed, named));
                }
                Err(failure) => says(Word::Landed(Vec::new(), vec![failure], None)),
            },
            Wish::TakeBack(all) => {
                let (mut count, mut failed, mut kept) = (0, Vec::new(), Vec::new());
                for did in all.into_iter().rev() {
                    match review::take_back(desk, &did) {
                        Ok(_) => count += 1,
                        Err(failure) => {
                            failed.push(failure);
                            kept.insert(0, did);
                        }
                    }
                    says(Word::Step);
                }
                says(Word::TakenBack(count, failed, kept));
            }
        }
    }
}
