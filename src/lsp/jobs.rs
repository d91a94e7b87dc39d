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
    Checked(Of, Option<Checked>),
    /// A request has its answer, made of this text.
    Answered {
        /// The request.
        id: Id,
        /// The text.
        of: Of,
        /// What came of it.
        made: Made,
    },
    /// A job has a fault: the one for this request, or the look at this text.
    Broken(Option<Id>, Of),
    /// The job of this number has ended, and what came of it has been heard.
    Ended(u64),
    /// Something has changed in the repository at this root.
    Changed(PathBuf),
}

/// A text of a document.
#[derive(Debug, Clone)]
pub(super) struct Of {
    /// The document.
    pub(super) name: String,
    /// Which edition of it.
    pub(super) edition: u64,
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
    /// The text that it is about.
    pub(super) of: Of,
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
    running: Vec<Running>,
    waiting: VecDeque<Job>,
    /// How many have been started.
    started: u64,
}

/// A job that has a thread.
struct Running {
    number: u64,
    id: Option<Id>,
    document: String,
    interrupt: Interrupt,
}

impl Jobs {
    pub(super) fn new(hive: Hive, heard: Sender<Heard>) -> Self {
        Self {
            hive,
            heard,
            running: Vec::new(),
            waiting: VecDeque::new(),
            started: 0,
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
    pub(super) fn ended(&mut self, number: u64) {
        self.running.retain(|one| one.number != number);
        self.go_on();
    }

    /// Ends what a request waits for, whether it runs or waits; it is heard of as ever.
    pub(super) fn cancel(&self, id: &Id) {
        let waiting = self.waiting.iter().map(|job| (&job.id, &job.interrupt));
        let running = self.running.iter().map(|one| (&one.id, &one.interrupt));
        for (_, interrupt) in waiting
            .chain(running)
            .filter(|(other, _)| other.as_ref() == Some(id))
        {
            interrupt.raise();
        }
    }

    /// Ends what is about a document that is closed. Looks at it that wait are forgotten;
    /// everything else is heard of as ever.
    pub(super) fn close(&mut self, document: &str) {
        self.waiting
            .retain(|job| job.id.is_some() || job.of.name != document);
        let waiting = self
            .waiting
            .iter()
            .map(|job| (&job.of.name, &job.interrupt));
        let running = self
            .running
            .iter()
            .map(|one| (&one.document, &one.interrupt));
        for (_, interrupt) in waiting.chain(running).filter(|(name, _)| *name == document) {
            interrupt.raise();
        }
    }

    /// Ends everything. Returns the requests that have no answer yet.
    pub(super) fn stop(&mut self) -> Vec<Id> {
        let mut open: Vec<Id> = self.waiting.drain(..).filter_map(|job| job.id).collect();
        for one in &self.running {
            one.interrupt.raise();
            open.extend(one.id.clone());
        }
        open
    }

    fn go_on(&mut self) {
        while self.running.len() < AT_ONCE
            && let Some(job) = self.waiting.pop_front()
        {
            let (id, of) = (job.id.clone(), job.of.clone());
            self.started += 1;
            self.running.push(Running {
                number: self.started,
                id: id.clone(),
                document: of.name.clone(),
                interrupt: job.interrupt.clone(),
            });
            if self.start(job, self.started).is_err() {
                // No thread is to be had: the request is told, and the rest waits.
                let _ = self.heard.send(Heard::Broken(id, of));
                let _ = self.heard.send(Heard::Ended(self.started));
                return;
            }
        }
    }

    fn start(&self, job: Job, number: u64) -> io::Result<()> {
        let (hive, heard) = (self.hive.clone(), self.heard.clone());
        let work = move || {
            let Job {
                id,
                of,
                interrupt,
                work,
            } = job;
            let done = catch_unwind(AssertUnwindSafe(|| work(&hive, &interrupt)));
            // The server listens as long as it lives.
            let _ = heard.send(done.unwrap_or(Heard::Broken(id, of)));
            let _ = heard.send(Heard::Ended(number));
        };
        thread::Builder::new()
            .name("job".to_owned())
            .spawn(work)
            .map(drop)
    }
}
