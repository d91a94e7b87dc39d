//! What is to be done and what came of it, and how many tasks go together.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::fixers::job::Purpose;
use crate::fixers::{Engine, Fixed, Job, Kind, Recipe, Tool, Trouble};

/// Bytes of input after which a batch is full.
const BATCH_BYTES: usize = 96 << 10;
/// Files after which a batch is full.
pub(super) const BATCH_FILES: usize = 24;
/// Files that are enough for a first batch for programs while more are expected: the
/// program is at work on them while the others are being read.
pub(super) const COMPANY: usize = 1024;
/// Files after which a batch for programs is full: what one worker holds in memory,
/// and waits for, stays bounded.
const BATCH_COMPANY: usize = 4096;

/// A file to be fixed by a recipe.
#[derive(Debug, Clone)]
pub struct Task {
    /// How.
    pub recipe: Arc<Recipe>,
    /// What.
    pub job: Job,
    /// Whether the recipe's programs want many files at once.
    pub together: bool,
    /// Whether those programs use all processors by themselves, so that a share
    /// per worker would only be a start more.
    pub(super) spreads: bool,
    /// The largest batch this file may be in: its share, once shares were dealt out;
    /// halved each time such a batch ends badly, until the file that does it is alone.
    pub(super) at_most: usize,
    /// How many workers died of it.
    pub(super) crashes: u8,
}

impl Task {
    /// A task that has not been tried yet.
    pub fn new(recipe: Arc<Recipe>, job: Job) -> Self {
        let together = recipe.takes_batches();
        // What is to be written is verified in the worker, one file after another.
        let spreads = together && job.purpose == Purpose::Check && only_ruff(&recipe);
        Self {
            recipe,
            job,
            together,
            spreads,
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
    /// The slot whose worker did it, from 0; 0 when no worker did.
    pub slot: usize,
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

/// Whether a recipe has no tool but ruff as a program, which runs on all processors.
fn only_ruff(recipe: &Recipe) -> bool {
    Kind::ALL
        .iter()
        .filter_map(|kind| recipe.step(*kind))
        .all(|step| step.tool == Tool::Ruff && matches!(step.engine, Engine::Program { .. }))
}

/// Whether the first task waits for others that are expected, until there are `enough`
/// of its recipe.
pub(super) fn waits_for_company(waiting: &VecDeque<Task>, enough: usize) -> bool {
    let Some(first) = waiting.front() else {
        return false;
    };
    let enough = first.at_most.min(enough);
    let like_it = |task: &&Task| task.together && Arc::ptr_eq(&task.recipe, &first.recipe);
    let few = || waiting.iter().take(enough).take_while(like_it).count() < enough;
    first.together && (waiting.len() < enough || few())
}

/// Takes tasks of one recipe from the front. A file that has killed a worker
/// goes alone. Files that want to go together are dealt out evenly: in as few batches
/// as can be, but one for each of `slots` open workers where the programs do not
/// spread over the processors themselves. All others go in small batches.
pub(super) fn take_batch(waiting: &mut VecDeque<Task>, slots: usize) -> Batch {
    deal(waiting, slots);
    let share = waiting.len().div_ceil(slots);
    let mut tasks: Vec<Task> = Vec::new();
    let mut bytes = 0;
    while let Some(task) = waiting.front() {
        if let Some(first) = tasks.first() {
            let alone = first.crashes > 0 || task.crashes > 0;
            let at_most = first.at_most.min(task.at_most);
            let full = if first.together {
                tasks.len() >= at_most
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

/// Gives the files that want to go with the first one their shares. Whoever takes the
/// next batch must not divide what is left once more: shares that shrink from
/// batch to batch end in many starts for a few files each.
fn deal(waiting: &mut VecDeque<Task>, slots: usize) {
    let Some(first) = waiting.front().filter(|first| first.together) else {
        return;
    };
    if first.at_most != usize::MAX {
        return;
    }
    let recipe = Arc::clone(&first.recipe);
    let least = if first.spreads { 1 } else { slots };
    let like_it =
        |task: &&mut Task| task.at_most == usize::MAX && Arc::ptr_eq(&task.recipe, &recipe);
    let company: Vec<&mut Task> = waiting.iter_mut().take_while(like_it).collect();
    let batches = company.len().div_ceil(BATCH_COMPANY).max(least);
    let share = company.len().div_ceil(batches);
    for task in company {
        task.at_most = share;
    }
}

#[cfg(test)]
mod tests;
