//! Errands that wait for each other, against a model of them.

mod check;
mod moves;
mod sequence;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use hive::clock;
use hive::queue::{Owner, Queue, Task, TaskFilter, TaskState, Token};
use hive::repo::{Place, WorktreeId};

pub(crate) use sequence::sequence;

const LEASE_MS: i64 = 60_000;
const SUBJECTS: usize = 4;
const ATTEMPTS: u32 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Until what it waits for is done it is blocked, then ready or scheduled.
    Waits,
    Runs {
        epoch: u32,
        until: i64,
    },
    Done,
    Dead,
    Cancelled,
}

#[derive(Debug, Clone)]
struct Errand {
    subject: usize,
    external: bool,
    needs: BTreeSet<i64>,
    state: State,
    attempt: u32,
    /// A person's order or a cascade, and not its own end.
    why: Option<String>,
}

struct World {
    _home: tempfile::TempDir,
    place: Place,
    queue: Option<Queue>,
    model: BTreeMap<i64, Errand>,
    now: i64,
    agent: u32,
    tokens: Vec<Token>,
}

impl World {
    fn new() -> Self {
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
            model: BTreeMap::new(),
            now: 1_800_000_000_000,
            agent: 0,
            tokens: Vec::new(),
        };
        clock::hold_wall(Some(world.now));
        world.reopen();
        world
    }

    fn queue(&self) -> &Queue {
        self.queue.as_ref().unwrap()
    }

    /// The agent dies and the next one takes over. Workers that are not its own go on.
    fn reopen(&mut self) {
        self.queue = None;
        self.agent += 1;
        let queue = Queue::open(&self.place, WorktreeId::of(&self.place).unwrap()).unwrap();
        let owner = Owner {
            boot: "boot".to_owned(),
            instance: self.agent.to_string(),
        };
        queue.recover(&owner).unwrap();
        self.queue = Some(queue);
        let fallen = self.running(|errand| !errand.external);
        for id in fallen {
            // Eight attempts that end with the agent itself are one too many.
            let last = self.model[&id].attempt >= 8;
            self.failed(id, last, "hive ended while the task ran");
        }
    }

    fn running(&self, which: impl Fn(&Errand) -> bool) -> Vec<i64> {
        let runs = |errand: &Errand| matches!(errand.state, State::Runs { .. });
        let found = self.model.iter();
        found
            .filter(|(_, errand)| runs(errand) && which(errand))
            .map(|(id, _)| *id)
            .collect()
    }

    fn unmet(&self, id: i64) -> usize {
        let needs = self.model[&id].needs.iter();
        needs
            .filter(|need| self.model[*need].state != State::Done)
            .count()
    }

    fn failed(&mut self, id: i64, last: bool, message: &str) {
        let errand = self.model.get_mut(&id).unwrap();
        errand.state = if last { State::Dead } else { State::Waits };
        if last {
            self.cascade(id, &format!("task {id} failed: {message}"));
        }
    }

    fn cascade(&mut self, id: i64, reason: &str) {
        let behind: Vec<i64> = self
            .model
            .iter()
            .filter(|(_, errand)| errand.needs.contains(&id) && errand.state == State::Waits)
            .map(|(other, _)| *other)
            .collect();
        for other in behind {
            let errand = self.model.get_mut(&other).unwrap();
            errand.state = State::Cancelled;
            errand.why = Some(reason.to_owned());
            self.cascade(other, reason);
        }
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
}
