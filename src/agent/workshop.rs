//! The files at work: each round is answered from the memo or by a worker.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::course::{Course, Finished, Turn};
use crate::fixers::job::Purpose;
use crate::fixers::{Finding, Job, Trouble};
use crate::memo::{Key, Known, Memo, Want};
use crate::worker::{Answer, Task};

/// Results that are written down together.
const BATCH: usize = 256;

/// What comes next for a file.
#[derive(Debug)]
pub(super) enum Next {
    /// A job for a worker.
    Job(Box<Task>),
    /// The end.
    Done(Box<Finished>),
    /// No result.
    Failed(Trouble),
}

/// The number of a job. None is given twice in a process: an answer that comes when its
/// file has been given up, or has begun anew, is told from the one that is waited for.
fn number() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What a worker has been asked.
struct Asked {
    /// The number of the file.
    id: u64,
    course: Course,
    key: Key,
}

/// The files at work, by the number of the job that is waited for.
pub(super) struct Workshop {
    asked: HashMap<u64, Asked>,
    memo: Memo,
    learned: Vec<(Key, Known)>,
}

impl Workshop {
    pub(super) fn new(memo: Memo) -> Self {
        Self {
            asked: HashMap::new(),
            memo,
            learned: Vec::new(),
        }
    }

    /// Takes a file in. A file that is at work under the same number is forgotten.
    pub(super) fn begin(&mut self, id: u64, course: Course) -> Next {
        self.asked.retain(|_, asked| asked.id != id);
        self.go_on(id, course)
    }

    /// Takes a worker's answer, and says which file it is about. `None` for one that
    /// nobody waits for any more.
    pub(super) fn answer(&mut self, answer: Answer) -> Option<(u64, Next)> {
        let Asked {
            id,
            mut course,
            key,
        } = self.asked.remove(&answer.id)?;
        course.spent(answer.micros);
        let fixed = match answer.result {
            Err(trouble) => return Some((id, Next::Failed(trouble))),
            Ok(fixed) => fixed,
        };
        self.learned.push((key, fixed.clone()));
        if course.is_whole() {
            let planned = course.question().planned;
            self.learned
                .extend(planned.fixed_point(&fixed, course.executable()));
        }
        if self.learned.len() >= BATCH {
            self.remember();
        }
        let next = match course.take(fixed) {
            Turn::End(finished) => Next::Done(finished),
            Turn::Again => self.go_on(id, course),
        };
        Some((id, next))
    }

    /// Writes down what was learned.
    pub(super) fn remember(&mut self) {
        if !self.learned.is_empty() {
            self.memo.put_many(&self.learned);
            self.learned.clear();
        }
    }

    /// What a person should know of the memo, once.
    pub(super) fn warning(&mut self) -> Option<String> {
        self.memo.warning()
    }

    /// Gives the memo back.
    pub(super) fn into_memo(self) -> Memo {
        self.memo
    }

    /// Goes through the rounds until a worker is needed or the end is reached.
    fn go_on(&mut self, id: u64, mut course: Course) -> Next {
        loop {
            let question = course.question();
            let planned = &question.planned;
            let fingerprint = planned.fingerprint(question.bytes, course.executable());
            let key = Key::new(
                blake3::hash(question.bytes),
                Path::new(&planned.relative),
                &question.scope,
                &fingerprint,
            );
            // Findings beside a change are in the positions of the one purpose or the
            // other, and only what was verified may land.
            let fits = |known: &Known| {
                let fixes = question.purpose == Purpose::Fix;
                // A check leaves what the Golden Rules would mend as it is.
                let mends = known.findings.iter().any(Finding::is_mended);
                if known.bytes.is_none() {
                    !(fixes && mends)
                } else {
                    known.verified == fixes
                }
            };
            let known = self.memo.get_many(&[key], Want::Any).pop().flatten();
            if let Some(known) = known.filter(fits) {
                match course.take(known) {
                    Turn::End(finished) => return Next::Done(finished),
                    Turn::Again => continue,
                }
            }
            let number = number();
            let job = Job {
                id: number,
                path: planned.path.clone(),
                bytes: question.bytes.to_vec(),
                executable: course.executable(),
                stamp: None,
                said: None,
                named: planned.named,
                package: planned.package.clone(),
                kinds: planned.kinds,
                scope: question.scope,
                purpose: question.purpose,
                golden: planned.golden,
            };
            let task = Task::new(Arc::clone(&planned.recipe), job);
            self.asked.insert(number, Asked { id, course, key });
            return Next::Job(Box::new(task));
        }
    }
}
