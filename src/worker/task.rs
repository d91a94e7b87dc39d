//! What is to be done and what came of it, and how many tasks go together.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::fixers::{Fixed, Job, Recipe, Trouble};

/// Bytes of input after which a batch is full.
const BATCH_BYTES: usize = 96 << 10;
/// Files after which a batch is full.
pub(super) const BATCH_FILES: usize = 24;

/// A file to be fixed by a recipe.
#[derive(Debug, Clone)]
pub struct Task {
    /// How.
    pub recipe: Arc<Recipe>,
    /// What.
    pub job: Job,
    /// Whether the recipe's programs want many files at once.
    pub together: bool,
    /// The largest batch this file may be in: halved each time such a batch
    /// ends badly, until the file that does it is alone.
    pub(super) at_most: usize,
    /// How many workers died of it.
    pub(super) crashes: u8,
}

impl Task {
    /// A task that has not been tried yet.
    pub fn new(recipe: Arc<Recipe>, job: Job) -> Self {
        let together = recipe.takes_batches();
        Self {
            recipe,
            job,
            together,
            at_most: usize::MAX,
            crashes: 0,
        }
    }
}

/// What came of a task.
#[derive(Debug)]
pub struct Answer {
    /// The job's number.
    pub id: u64,
    /// The result.
    pub result: Result<Fixed, Trouble>,
    /// How long the work took, in microseconds.
    pub micros: u64,
}

/// Tasks of one recipe that are sent together.
#[derive(Debug)]
pub(super) struct Batch {
    pub(super) recipe: Arc<Recipe>,
    pub(super) tasks: Vec<Task>,
}

/// Takes tasks of one recipe from the front. A file that has killed a worker
/// goes alone. With `slots` workers open, files that want to go together are
/// dealt out evenly; all others go in small batches.
pub(super) fn take_batch(waiting: &mut VecDeque<Task>, slots: usize) -> Batch {
    let share = waiting.len().div_ceil(slots);
    let mut tasks: Vec<Task> = Vec::new();
    let mut bytes = 0;
    while let Some(task) = waiting.front() {
        if let Some(first) = tasks.first() {
            let alone = first.crashes > 0 || task.crashes > 0;
            let at_most = first.at_most.min(task.at_most);
            let full = if first.together {
                tasks.len() >= share.min(at_most)
            } else {
                bytes >= BATCH_BYTES || tasks.len() >= BATCH_FILES.min(share)
            };
            if alone
                || full
                || first.together != task.together
                || !Arc::ptr_eq(&first.recipe, &task.recipe)
            {
                break;
            }
        }
        bytes += task.job.bytes.len();
        let Some(task) = waiting.pop_front() else {
            break;
        };
        tasks.push(task);
    }
    let recipe = Arc::clone(&tasks[0].recipe);
    Batch { recipe, tasks }
}
