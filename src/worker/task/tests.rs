//! Which tasks go together.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use super::{BATCH_COMPANY, BATCH_FILES, COMPANY, Task, take_batch, waits_for_company};
use crate::fixers::job::{Golden, Kinds, Purpose};
use crate::fixers::{Engine, Job, Policy, Recipe, RuffConfiguration, Scope, Step, Tool};
use crate::golden::Config;

/// A recipe that formats with a tool.
fn recipe(tool: Tool, program: bool) -> Arc<Recipe> {
    let engine = if program {
        Engine::Program {
            path: PathBuf::from("/bin/tool"),
            version: String::new(),
        }
    } else {
        Engine::Embedded
    };
    let step = Step {
        tool,
        engine,
        args: Vec::new(),
    };
    Arc::new(Recipe {
        project: PathBuf::from("/project"),
        boundary: PathBuf::from("/project"),
        lint: None,
        imports: None,
        format: Some(step),
        ruff: RuffConfiguration::HiveDefaults,
        policy: Policy::default(),
        golden: Config::none(),
        configuration: [0; 32],
    })
}

fn tasks(recipe: &Arc<Recipe>, purpose: Purpose, count: usize) -> VecDeque<Task> {
    let job = |id| Job {
        id,
        path: PathBuf::from(format!("/project/m{id}.py")),
        bytes: Vec::new(),
        executable: false,
        stamp: None,
        said: None,
        named: false,
        package: None,
        kinds: Kinds::NONE,
        scope: Scope::File,
        purpose,
        golden: Golden::Off,
    };
    (0..count as u64)
        .map(|id| Task::new(Arc::clone(recipe), job(id)))
        .collect()
}

/// The sizes of the batches that `slots` workers take, one after another.
fn sizes(mut waiting: VecDeque<Task>, slots: usize) -> Vec<usize> {
    let mut sizes = Vec::new();
    while !waiting.is_empty() {
        sizes.push(take_batch(&mut waiting, slots).tasks.len());
    }
    sizes
}

#[test]
fn programs_are_given_few_and_even_batches() {
    let (ruff, black) = (recipe(Tool::Ruff, true), recipe(Tool::Black, true));
    for (recipe, purpose, count, slots, expected) in [
        (&ruff, Purpose::Check, 7, 2, vec![7]),
        (&ruff, Purpose::Check, BATCH_COMPANY, 2, vec![4096]),
        (
            &ruff,
            Purpose::Check,
            BATCH_COMPANY + 2,
            2,
            vec![2049, 2049],
        ),
        // What is written is verified by the workers; black does not spread.
        (&ruff, Purpose::Fix, 7, 2, vec![4, 3]),
        (&black, Purpose::Check, 1000, 4, vec![250; 4]),
        (&black, Purpose::Check, 1, 4, vec![1]),
    ] {
        assert_eq!(
            sizes(tasks(recipe, purpose, count), slots),
            expected,
            "{count} files, {slots} workers"
        );
    }
}

#[test]
fn other_files_go_in_small_batches() {
    let embedded = recipe(Tool::Ruff, false);
    let sizes = sizes(tasks(&embedded, Purpose::Check, 100), 2);
    assert_eq!(sizes.iter().sum::<usize>(), 100);
    assert!(sizes.iter().all(|size| *size <= BATCH_FILES), "{sizes:?}");
}

#[test]
fn a_batch_that_ended_badly_comes_back_in_halves() {
    let ruff = recipe(Tool::Ruff, true);
    let mut waiting = tasks(&ruff, Purpose::Check, 8);
    let mut batch = take_batch(&mut waiting, 2);
    for task in &mut batch.tasks {
        task.at_most = 4;
    }
    waiting.extend(batch.tasks);
    waiting.extend(tasks(&ruff, Purpose::Check, 3));
    assert_eq!(sizes(waiting, 2), [4, 4, 3]);
}

#[test]
fn only_programs_wait_for_company_and_not_when_there_is_enough() {
    let (ruff, other) = (recipe(Tool::Ruff, true), recipe(Tool::Ruff, true));
    let embedded = recipe(Tool::Ruff, false);
    let with = |first: &Arc<Recipe>, count, second: &Arc<Recipe>, more| {
        let mut waiting = tasks(first, Purpose::Check, count);
        waiting.extend(tasks(second, Purpose::Check, more));
        waits_for_company(&waiting, COMPANY)
    };
    assert!(!with(&ruff, 0, &ruff, 0));
    assert!(with(&ruff, 1, &ruff, 0));
    assert!(with(&ruff, COMPANY - 1, &ruff, 0));
    assert!(!with(&ruff, COMPANY, &ruff, 0));
    // Files of another recipe cannot go with them.
    assert!(with(&ruff, 1, &other, COMPANY));
    assert!(!with(&embedded, 1, &ruff, 5));
}
