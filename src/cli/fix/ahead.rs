//! The project's own ruff, asked about many files before any worker is.
//!
//! In: tasks whose files lie where they were read and are only judged. Out: for each the
//! findings of a file that ruff leaves as it is, or the task, for a worker. In a tree that
//! is kept clean nearly all files end here, and none of their bytes is copied to anybody.
//! It is asked wave by wave on a thread of its own, while the next files are being read.
//! What a worker would answer for such a file is known in `fixers::program` alone.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::fixers::job::Golden;
use crate::fixers::program::{self, Lying, Verdict};
use crate::fixers::{Fixed, Job, Kind, Recipe, Scope, encoding};
use crate::process::{Interrupt, Limits};
use crate::worker::{PoolOptions, Task};

/// Files that are enough for the first wave: ruff is at work on them while the others
/// are being read. A further wave is twice as large, since each costs two starts.
const FIRST: usize = 2048;
/// Files of the largest wave: what is in memory, and waited for, stays bounded.
const LARGEST: usize = 4096;
/// How long to wait for an answer before looking at the interrupt again.
const GLANCE: Duration = Duration::from_millis(50);

/// The files that wait for an answer.
pub(super) struct Ahead {
    cache: PathBuf,
    memory: u64,
    deadline: Duration,
    waiting: Vec<Task>,
    enough: usize,
    asked: Option<Asked>,
}

/// A wave that ruff is at work on.
struct Asked {
    tasks: Vec<Task>,
    answer: Receiver<Vec<Verdict>>,
}

/// A task with what came of it: the result, or nothing that was certain.
pub(super) type Judged = (Task, Option<Fixed>);

impl Ahead {
    /// Bounds are those of the workers.
    pub(super) fn new(options: &PoolOptions) -> Self {
        Self {
            cache: options.cache.clone(),
            memory: options.memory,
            deadline: options.deadline,
            waiting: Vec::new(),
            enough: FIRST,
            asked: None,
        }
    }

    /// Whether a file can be asked about at all, as far as its recipe says.
    pub(super) fn takes_recipe(recipe: &Recipe) -> bool {
        program::can_be_asked(recipe)
    }

    /// Whether this file can be asked about: it is looked for by the tools themselves,
    /// judged as a whole, with all kinds, by ruff alone, and is what ruff reads it as.
    pub(super) fn takes(job: &Job, recipe: &Recipe) -> bool {
        let all = || {
            let mut kinds = Kind::ALL.into_iter();
            kinds.all(|kind| recipe.step(kind).is_none() || job.kinds.has(kind))
        };
        let ruff_alone = job.golden == Golden::Off || recipe.golden.is_empty();
        !job.named
            && ruff_alone
            && job.stamp.is_some()
            && job.scope == Scope::File
            && all()
            && Self::takes_recipe(recipe)
            && encoding::is_utf8(&job.bytes)
    }

    /// Takes a file in.
    pub(super) fn push(&mut self, task: Task) {
        self.waiting.push(task);
    }

    /// What came of the wave before, once a new one is full or `all` that there are
    /// have been read; empty if there is nothing to tell yet, `None` after an interrupt.
    pub(super) fn go_on(&mut self, all: bool, interrupt: &Interrupt) -> Option<Vec<Judged>> {
        let full = self.waiting.len() >= self.enough || all && !self.waiting.is_empty();
        let judged = match self.asked.take() {
            Some(asked) if full || all => asked.wait(interrupt)?,
            Some(asked) => {
                if let Ok(answer) = asked.answer.try_recv() {
                    judged(asked.tasks, answer)
                } else {
                    self.asked = Some(asked);
                    Vec::new()
                }
            }
            None => Vec::new(),
        };
        if full {
            self.enough = (self.enough * 2).min(LARGEST);
            let tasks = std::mem::take(&mut self.waiting);
            self.asked = Some(self.ask(tasks));
        }
        Some(judged)
    }

    /// Whether there is nothing that waits for an answer.
    pub(super) fn is_done(&self) -> bool {
        self.asked.is_none() && self.waiting.is_empty()
    }

    fn ask(&self, tasks: Vec<Task>) -> Asked {
        // In the order of the tasks; of one project they come together.
        let mut groups: Vec<(Arc<Recipe>, Vec<Lying>)> = Vec::new();
        for task in &tasks {
            let Some(stamp) = task.job.stamp else {
                continue;
            };
            let path = task.job.path.clone();
            let lying = Lying { path, stamp };
            match groups.last_mut() {
                Some((recipe, files)) if Arc::ptr_eq(recipe, &task.recipe) => files.push(lying),
                _ => groups.push((Arc::clone(&task.recipe), vec![lying])),
            }
        }
        let (cache, memory, deadline) = (self.cache.clone(), self.memory, self.deadline);
        let (sender, answer) = bounded(1);
        thread::spawn(move || {
            let mut judged = Vec::new();
            for (recipe, files) in groups {
                let count = u32::try_from(files.len()).unwrap_or(u32::MAX);
                let limits = Limits {
                    memory: Some(memory),
                    deadline: Some(
                        deadline.saturating_add(program::PER_FILE.saturating_mul(count)),
                    ),
                    ..Limits::default()
                };
                judged.extend(program::judge_lying(&recipe, &files, &cache, limits));
            }
            // After an interrupt nobody waits for it.
            let _ = sender.send(judged);
        });
        Asked { tasks, answer }
    }
}

impl Asked {
    fn wait(self, interrupt: &Interrupt) -> Option<Vec<Judged>> {
        loop {
            match self.answer.recv_timeout(GLANCE) {
                Ok(answer) => return Some(judged(self.tasks, answer)),
                // It panicked: no answer, so the workers have them all.
                Err(RecvTimeoutError::Disconnected) => {
                    return Some(judged(self.tasks, Vec::new()));
                }
                Err(RecvTimeoutError::Timeout) if interrupt.requested() => return None,
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

fn judged(tasks: Vec<Task>, answer: Vec<Verdict>) -> Vec<Judged> {
    let answers = answer.into_iter().chain(std::iter::repeat(Verdict::Open));
    tasks
        .into_iter()
        .zip(answers)
        .map(|(mut task, verdict)| {
            // A worker need not ask the same once more.
            task.job.stamp = None;
            let findings = match verdict {
                Verdict::Clean(findings) => findings,
                Verdict::Unformatted(findings) => {
                    task.job.said = Some(findings);
                    return (task, None);
                }
                Verdict::Open => return (task, None),
            };
            let fixed = Fixed {
                bytes: None,
                findings,
                fixes: Vec::new(),
                verified: true,
                notes: Vec::new(),
            };
            (task, Some(fixed))
        })
        .collect()
}
