//! Work that takes longer than a message may: a few at once, the rest in its turn.

use std::collections::VecDeque;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::thread;

use crossbeam_channel::Sender;

use super::problems::Checked;
use crate::process::Interrupt;
use crate::rpc::{Code, Hive, Id};

/// How many jobs run at once; the editor's machine has other things to do.
const AT_ONCE: usize = 2;
/// How many wait. An editor asks again for what it still wants.
const WAITING: usize = 256;

/// What is heard beside the editor.
pub(super) enum Heard {
    /// A document has been looked at; `None` if that was interrupted.
    Checked(String, Option<Checked>),
    /// A request has its answer, made of the document in this version.
    Answered {
        /// The request.
        id: Id,
        /// The document and its version.
        of: (String, i32),
        /// What came of it.
        made: Made,
    },
    /// A job has a fault.
    Broken(Option<Id>, Option<String>),
    /// Something has changed in the repository at this root.
    Changed(PathBuf),
}

/// What came of a request.
pub(super) enum Made {
    /// The whole new text, for layout.
    Text(String),
    /// The result as the editor gets it.
    Result(serde_json::Value),
    /// There is none, and why.
    Refused(Code, String),
}

/// A piece of work.
pub(super) struct Job {
    /// The request that it is for, if one waits for it.
    pub(super) id: Option<Id>,
    /// The document that it looks at, if that is what it is for.
    pub(super) document: Option<String>,
    /// What ends it early.
    pub(super) interrupt: Interrupt,
    /// The work itself.
    pub(super) work: Work,
}

/// What a job does, with hive at hand, until it is interrupted.
pub(super) type Work = Box<dyn FnOnce(&Hive, &Interrupt) -> Heard + Send>;

/// The jobs that run and wait.
pub(super) struct Jobs {
    hive: Hive,
    heard: Sender<Heard>,
    running: Vec<(Option<Id>, Interrupt)>,
    waiting: VecDeque<Job>,
}

impl Jobs {
    pub(super) fn new(hive: Hive, heard: Sender<Heard>) -> Self {
        Self {
            hive,
            heard,
            running: Vec::new(),
            waiting: VecDeque::new(),
        }
    }

    /// Takes a job. Requests go before looks at documents, which come back by themselves.
    /// `false` where too many wait.
    pub(super) fn push(&mut self, job: Job) -> bool {
        if self.waiting.len() >= WAITING {
            return false;
        }
        if job.id.is_some() {
            let first = self.waiting.iter().position(|other| other.id.is_none());
            self.waiting
                .insert(first.unwrap_or(self.waiting.len()), job);
        } else {
            self.waiting.push_back(job);
        }
        self.go_on();
        true
    }

    /// One has ended: the next begins.
    pub(super) fn ended(&mut self, id: Option<&Id>) {
        if let Some(at) = self
            .running
            .iter()
            .position(|(other, _)| other.as_ref() == id)
        {
            self.running.swap_remove(at);
        }
        self.go_on();
    }

    /// Ends what a request waits for, whether it runs or waits; it is heard of as ever.
    pub(super) fn cancel(&self, id: &Id) {
        let waiting = self.waiting.iter().map(|job| (&job.id, &job.interrupt));
        let running = self
            .running
            .iter()
            .map(|(other, interrupt)| (other, interrupt));
        for (_, interrupt) in waiting
            .chain(running)
            .filter(|(other, _)| other.as_ref() == Some(id))
        {
            interrupt.raise();
        }
    }

    /// Ends everything.
    pub(super) fn stop(&mut self) {
        self.waiting.clear();
        for (_, interrupt) in &self.running {
            interrupt.raise();
        }
    }

    fn go_on(&mut self) {
        while self.running.len() < AT_ONCE
            && let Some(job) = self.waiting.pop_front()
        {
            let (id, document) = (job.id.clone(), job.document.clone());
            self.running.push((id.clone(), job.interrupt.clone()));
            if self.start(job).is_err() {
                // No thread is to be had: the request is told, and the rest waits.
                let _ = self.heard.send(Heard::Broken(id, document));
                return;
            }
        }
    }

    fn start(&self, job: Job) -> io::Result<()> {
        let (hive, heard) = (self.hive.clone(), self.heard.clone());
        let work = move || {
            let Job {
                id,
                document,
                interrupt,
                work,
            } = job;
            let done = catch_unwind(AssertUnwindSafe(|| work(&hive, &interrupt)));
            // The server listens as long as it lives.
            let _ = heard.send(done.unwrap_or(Heard::Broken(id, document)));
        };
        thread::Builder::new()
            .name("job".to_owned())
            .spawn(work)
            .map(drop)
    }
}
