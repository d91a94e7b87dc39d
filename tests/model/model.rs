//! The queue as a list in memory.

use std::collections::BTreeMap;

use hive::queue::{AfterFailure, Cause, ErrorClass};
use hive::schedule::{Priority, Stage};

/// A file and a stage: what waits at most once.
pub(crate) type Key = (usize, Stage);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Ready,
    Running { epoch: u32, lease_until: i64 },
    Scheduled { run_at: i64 },
    Deferred,
    Done,
    Dead,
    Superseded,
    Cancelled,
}

impl State {
    pub(crate) fn waits(self) -> bool {
        matches!(self, Self::Ready | Self::Scheduled { .. } | Self::Deferred)
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Running { .. } => "running",
            Self::Scheduled { .. } => "scheduled",
            Self::Deferred => "deferred",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
        }
    }
}

/// What a task is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) cause: Cause,
    pub(crate) priority: Priority,
    /// `None` for a save.
    pub(crate) blob: Option<u32>,
}

impl Content {
    fn merged(older: Self, newer: Self) -> Self {
        Self {
            cause: older.cause.min(newer.cause),
            priority: older.priority.min(newer.priority),
            blob: newer.blob.or(older.blob),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Task {
    pub(crate) key: Key,
    pub(crate) state: State,
    pub(crate) content: Content,
    pub(crate) first_seen: i64,
    pub(crate) run_at: i64,
    pub(crate) vdl: i64,
    pub(crate) generation: u32,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) crashes: u32,
    pub(crate) epoch: u32,
    /// Whether it waits for a reason, so that it can be woken.
    pub(crate) reason: bool,
    pub(crate) successor: bool,
    /// The newest change that is folded in.
    pub(crate) change: u64,
    /// The number of the agent that has it.
    pub(crate) agent: u32,
}

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Model {
    pub(crate) tasks: BTreeMap<i64, Task>,
    next: i64,
    pub(crate) paused: bool,
    /// The newest change of each file and stage that has been dealt with: by a run that
    /// began after it, a dead letter, or a person's order.
    pub(crate) covered: BTreeMap<Key, u64>,
    pub(crate) changes: BTreeMap<Key, u64>,
    pub(crate) clock: u64,
}

/// What a change did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    New,
    Folded,
    Parked,
}

pub(crate) fn weight(content: Content) -> i64 {
    let priority = match content.priority {
        Priority::Critical => 0,
        Priority::High => 2_000,
        Priority::Normal => 10_000,
        Priority::Low => 60_000,
    };
    let source = match content.cause {
        Cause::Person => 0,
        Cause::Commit => 250,
        Cause::Save => 500,
        Cause::Sweep => 1_000,
    };
    priority + source
}

fn waiting(run_at: i64, now: i64) -> State {
    if run_at <= now {
        State::Ready
    } else {
        State::Scheduled { run_at }
    }
}

impl Model {
    fn open(&self, key: Key) -> Option<i64> {
        let found = self
            .tasks
            .iter()
            .find(|(_, task)| task.key == key && task.state.waits());
        found.map(|(id, _)| *id)
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = (i64, &Task)> {
        let running = |task: &Task| matches!(task.state, State::Running { .. });
        self.tasks
            .iter()
            .filter(move |(_, task)| running(task))
            .map(|(id, task)| (*id, task))
    }

    pub(crate) fn take(&mut self, key: Key, content: Content, run_at: i64, now: i64) -> Taken {
        self.clock += 1;
        let change = self.clock;
        self.changes.insert(key, change);
        let dead = self
            .tasks
            .iter_mut()
            .rev()
            .find(|(_, task)| task.key == key && task.state == State::Dead && !task.successor);
        if let Some((_, dead)) = dead {
            let same = dead.content.blob.is_some() && dead.content.blob == content.blob;
            if same && content.cause != Cause::Person {
                // It is known why nothing is done.
                self.covered.insert(key, change);
                return Taken::Parked;
            }
            dead.successor = true;
        }
        if self.enqueue(key, content, run_at, now, change) {
            Taken::Folded
        } else {
            Taken::New
        }
    }

    /// Whether it was folded in.
    pub(crate) fn enqueue(
        &mut self,
        key: Key,
        content: Content,
        run_at: i64,
        now: i64,
        change: u64,
    ) -> bool {
        if let Some(id) = self.open(key) {
            let open = self.tasks[&id];
            let run_at = open
                .run_at
                .max(run_at)
                .min(open.first_seen.min(now) + 5_000)
                .max(0);
            let changed = content.blob.is_some() && content.blob != open.content.blob;
            let merged = Content::merged(open.content, content);
            self.fold(id, open.first_seen, merged, run_at, changed, now, change);
            return true;
        }
        self.next += 1;
        self.tasks.insert(
            self.next,
            Task {
                key,
                state: waiting(run_at, now),
                content,
                first_seen: now,
                run_at,
                vdl: now + weight(content),
                generation: 1,
                attempt: 0,
                max_attempts: 3,
                crashes: 0,
                epoch: 0,
                reason: false,
                successor: false,
                change,
                agent: 0,
            },
        );
        false
    }

    #[expect(clippy::too_many_arguments, reason = "one statement of the queue")]
    fn fold(
        &mut self,
        id: i64,
        first_seen: i64,
        content: Content,
        run_at: i64,
        changed: bool,
        now: i64,
        change: u64,
    ) {
        let task = self.tasks.get_mut(&id).unwrap();
        task.state = waiting(run_at, now);
        task.content = content;
        task.run_at = run_at;
        task.vdl = task.vdl.min(first_seen + weight(content));
        task.generation += 1;
        task.reason = false;
        task.change = task.change.max(change);
        if changed {
            (task.attempt, task.crashes) = (0, 0);
        }
    }

    /// The ids that a claim gives out, in order.
    pub(crate) fn claim(
        &mut self,
        stage: Stage,
        max: usize,
        lease_until: i64,
        agent: u32,
    ) -> Vec<i64> {
        if self.paused {
            return Vec::new();
        }
        let busy: Vec<usize> = self.running().map(|(_, task)| task.key.0).collect();
        let mut ready: Vec<(i64, i64)> = self
            .tasks
            .iter()
            .filter(|(_, task)| {
                task.state == State::Ready && task.key.1 == stage && !busy.contains(&task.key.0)
            })
            .map(|(id, task)| (task.vdl, *id))
            .collect();
        ready.sort_unstable();
        ready.truncate(max);
        for (_, id) in &ready {
            let task = self.tasks.get_mut(id).unwrap();
            task.attempt += 1;
            task.epoch += 1;
            task.reason = false;
            task.agent = agent;
            task.state = State::Running {
                epoch: task.epoch,
                lease_until,
            };
        }
        ready.into_iter().map(|(_, id)| id).collect()
    }

    /// Whether a token counts.
    pub(crate) fn holds(&self, id: i64, epoch: u32) -> bool {
        self.tasks.get(&id).is_some_and(
            |task| matches!(task.state, State::Running { epoch: now, .. } if now == epoch),
        )
    }

    pub(crate) fn cover(&mut self, id: i64) {
        let task = self.tasks[&id];
        let covered = self.covered.entry(task.key).or_default();
        *covered = (*covered).max(task.change);
    }

    /// Gives a running task back, or hands what it is for to the newer one that waits.
    pub(crate) fn put_back(&mut self, id: i64, state: State, now: i64) -> bool {
        let task = self.tasks[&id];
        if self.superseded(id, now) {
            return false;
        }
        let back = self.tasks.get_mut(&id).unwrap();
        back.state = state;
        back.vdl = back.vdl.min(task.first_seen + weight(back.content));
        match state {
            State::Scheduled { run_at } => back.run_at = run_at,
            _ => back.run_at = now,
        }
        true
    }

    /// Whether a newer one waits, which then takes over.
    pub(crate) fn superseded(&mut self, id: i64, now: i64) -> bool {
        let newer = self.open(self.tasks[&id].key);
        self.give_way(id, newer, now)
    }

    /// The same for one whose result is not wanted: committed content of the file that
    /// waits at an earlier stage is newer, too.
    pub(crate) fn in_vain(&mut self, id: i64, now: i64) -> bool {
        let (path, stage) = self.tasks[&id].key;
        let newer = Stage::ALL
            .into_iter()
            .filter(|earlier| *earlier <= stage)
            .filter_map(|earlier| self.open((path, earlier)))
            .find(|open| self.tasks[open].content.cause == Cause::Commit)
            .or_else(|| self.open((path, stage)));
        self.give_way(id, newer, now)
    }

    fn give_way(&mut self, id: i64, newer: Option<i64>, now: i64) -> bool {
        let task = self.tasks[&id];
        let Some(newer) = newer else {
            return false;
        };
        let open = self.tasks[&newer];
        let merged = Content::merged(task.content, open.content);
        self.fold(
            newer,
            task.first_seen,
            merged,
            open.run_at,
            false,
            now,
            task.change,
        );
        self.tasks.get_mut(&id).unwrap().state = State::Superseded;
        true
    }

    /// What a failure leads to; the time of a retry is the queue's to choose.
    pub(crate) fn fail(
        &mut self,
        id: i64,
        class: ErrorClass,
        fell: bool,
        retry: Option<i64>,
        now: i64,
    ) -> AfterFailure {
        let task = self.tasks[&id];
        let crashes = task.crashes + u32::from(class == ErrorClass::Crash && !fell);
        let last = match class {
            _ if fell => task.attempt >= task.max_attempts.max(8),
            ErrorClass::Permanent => true,
            ErrorClass::Crash => crashes >= 2 || task.attempt >= task.max_attempts,
            ErrorClass::Transient | ErrorClass::Timeout => task.attempt >= task.max_attempts,
        };
        if last {
            self.tasks.get_mut(&id).unwrap().crashes = crashes;
            self.cover(id);
            self.tasks.get_mut(&id).unwrap().state = State::Dead;
            return AfterFailure::Dead;
        }
        // A newer one takes over what it was for, not how urgent its retry would be.
        if self.superseded(id, now) {
            return AfterFailure::Superseded;
        }
        let at_ms = if fell { now } else { retry.unwrap_or(now) };
        self.tasks.get_mut(&id).unwrap().crashes = crashes;
        let raised = task.content.priority.raised();
        self.tasks.get_mut(&id).unwrap().content.priority = raised;
        self.put_back(id, waiting(at_ms, now), now);
        self.tasks.get_mut(&id).unwrap().run_at = at_ms;
        AfterFailure::Retry { at_ms }
    }
}
