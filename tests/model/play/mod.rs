//! Makes up sequences and plays them to the queue and to its model.

mod moves;
mod sequence;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;

use hive::clock;
use hive::queue::{AfterFailure, ErrorClass, Owner, Queue, Task, TaskFilter, TaskState, Token};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::schedule::Stage;

pub(crate) use sequence::{sequence, starvation};

use crate::model::{Model, State};

const PATHS: usize = 3;
const STAGES: [Stage; 2] = [Stage::Qa, Stage::Golden];
const LEASE_MS: i64 = 60_000;

/// A queue, its model, and what workers have in their hands, stale or not.
struct World {
    _home: tempfile::TempDir,
    place: Place,
    queue: Option<Queue>,
    model: Model,
    now: i64,
    agent: u32,
    tokens: Vec<Token>,
}

/// The clock is the process's: one sequence at a time.
pub(crate) static TURN: Mutex<()> = Mutex::new(());

fn oid(number: u32) -> Oid {
    format!("{number:040x}").parse().unwrap()
}

fn path(number: usize) -> RepoPath {
    RepoPath::new(format!("{number}.py")).unwrap()
}

impl World {
    fn new() -> Self {
        // In memory where that can be had: nothing here is about disks.
        let memory = PathBuf::from("/dev/shm");
        let home = if memory.is_dir() {
            tempfile::tempdir_in(memory).unwrap()
        } else {
            tempfile::tempdir().unwrap()
        };
        std::fs::create_dir(home.path().join(".git")).unwrap();
        std::fs::write(home.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let place = Place::at(home.path()).unwrap();
        let mut world = Self {
            _home: home,
            place,
            queue: None,
            model: Model::default(),
            now: 1_800_000_000_000,
            agent: 0,
            tokens: Vec::new(),
        };
        world.hold();
        world.reopen();
        world
    }

    fn queue(&self) -> &Queue {
        self.queue.as_ref().unwrap()
    }

    fn hold(&self) {
        clock::hold_wall(Some(self.now));
    }

    /// The agent dies, and the next one takes over.
    fn reopen(&mut self) {
        self.queue = None;
        self.agent += 1;
        let worktree = WorktreeId::of(&self.place).unwrap();
        let queue = Queue::open(&self.place, worktree).unwrap();
        let owner = Owner {
            boot: "boot".to_owned(),
            instance: self.agent.to_string(),
        };
        let recovered = queue.recover(&owner).unwrap();
        self.queue = Some(queue);
        let orphans: Vec<i64> = self.model.running().map(|(id, _)| id).collect();
        let (mut ready, mut dead, mut superseded) = (0, 0, 0);
        for id in orphans {
            match self.model.fail(id, ErrorClass::Crash, true, None, self.now) {
                AfterFailure::Retry { .. } => ready += 1,
                AfterFailure::Dead => dead += 1,
                AfterFailure::Superseded => superseded += 1,
                AfterFailure::Stale => unreachable!("the model holds it"),
            }
        }
        let told = (recovered.ready, recovered.dead, recovered.superseded);
        assert_eq!(told, (ready, dead, superseded));
    }

    fn tasks(&self) -> BTreeMap<i64, Task> {
        let all = TaskFilter {
            states: TaskState::NAMES
                .iter()
                .map(|name| (*name).to_owned())
                .collect(),
            ..TaskFilter::default()
        };
        let listed = self.queue().list(&all).unwrap();
        listed.into_iter().map(|task| (task.id.0, task)).collect()
    }

    /// Compares everything.
    fn check(&self, after: &str) {
        let there = self.tasks();
        counted(self.queue(), there.values(), after);
        assert_eq!(there.len(), self.model.tasks.len(), "after {after}");
        let (mut running, mut waiting) = (Vec::new(), Vec::new());
        for (id, task) in &there {
            let model = &self.model.tasks[id];
            let said = (
                task.state.name(),
                task.attempt,
                task.crashes,
                task.generation,
                task.priority,
                task.cause,
                task.first_seen_ms,
                task.blob,
            );
            let wanted = (
                // Waiting for a time and for a reason is being deferred.
                if model.reason && model.state.waits() {
                    "deferred"
                } else {
                    model.state.name()
                },
                model.attempt,
                model.crashes,
                model.generation,
                model.content.priority,
                model.content.cause,
                model.first_seen,
                model.content.blob.map(oid),
            );
            assert_eq!(said, wanted, "task {id} after {after}: {task:?}\n{model:?}");
            if let (TaskState::Scheduled { run_at_ms }, State::Scheduled { run_at }) =
                (&task.state, model.state)
            {
                assert_eq!(*run_at_ms, run_at, "task {id} after {after}");
            }
            // What holds whatever the model says.
            assert!(
                task.attempt <= task.max_attempts.max(8),
                "after {after}: {task:?}"
            );
            match task.state.name() {
                "running" => running.push(task.path.clone()),
                "ready" | "scheduled" | "deferred" => waiting.push((task.path.clone(), task.stage)),
                _ => {}
            }
        }
        let (runs, waits) = (running.len(), waiting.len());
        running.sort();
        running.dedup();
        waiting.sort_by_key(|(path, stage)| (path.clone(), stage.name()));
        waiting.dedup();
        assert_eq!(
            (running.len(), waiting.len()),
            (runs, waits),
            "after {after}: two of one file"
        );
    }
}

/// The numbers that the queue keeps are those of the tasks.
pub(crate) fn counted<'t>(queue: &Queue, tasks: impl Iterator<Item = &'t Task>, after: &str) {
    let mut found: BTreeMap<(Stage, String), usize> = BTreeMap::new();
    for task in tasks {
        let taken_up = matches!(
            &task.state,
            TaskState::Dead { letter, .. } if letter.successor.is_some()
        );
        let name = task.state.name();
        if !taken_up {
            *found.entry((task.stage, name.to_owned())).or_default() += 1;
        }
    }
    let counts = queue.counts().unwrap();
    let mut kept: BTreeMap<(Stage, String), usize> = BTreeMap::new();
    for row in counts.rows {
        *kept.entry((row.stage, row.state)).or_default() += row.count;
    }
    assert_eq!(kept, found, "after {after}");
    for stage in Stage::ALL {
        let ready = found.get(&(stage, "ready".to_owned())).copied();
        assert_eq!(
            queue.ready(stage).unwrap(),
            ready.unwrap_or(0),
            "after {after}"
        );
    }
}
