//! Makes up sequences and plays them to the queue and to its model.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hive::clock;
use hive::queue::{
    AfterFailure, Cause, Claimed, Done, ErrorClass, Fenced, NewTask, Owner, Queue, Task,
    TaskFilter, TaskId, TaskState, Token,
};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::schedule::{Priority, Stage};
use hive_test_support::{Unstructured, arbitrary};

use crate::model::{Content, Model, State, Taken, weight};

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

    fn take(&mut self, number: usize, stage: Stage, content: Content, delay: i64) {
        let run_at = if delay == 0 { 0 } else { self.now + delay };
        let committed = content.cause != Cause::Save;
        let new = NewTask {
            stage,
            path: path(number),
            cause: content.cause,
            priority: content.priority,
            tip: committed.then(|| oid(1)),
            blob: content.blob.map(oid),
            base: None,
            commits: Vec::new(),
            run_at_ms: run_at,
        };
        let taken = self
            .queue()
            .take_in(Vec::new(), Vec::new(), vec![new])
            .unwrap();
        let model = self.model.take((number, stage), content, run_at, self.now);
        let told = match (taken.enqueued, taken.folded, taken.parked) {
            (1, 0, 0) => Taken::New,
            (0, 1, 0) => Taken::Folded,
            (0, 0, 1) => Taken::Parked,
            other => panic!("one change came in as {other:?}"),
        };
        assert_eq!(told, model);
    }

    fn claim(&mut self, stage: Stage, max: usize) -> Vec<Claimed> {
        let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
        let claimed = self.queue().claim(stage, "W-1", max, lease).unwrap();
        let model = self
            .model
            .claim(stage, max, self.now + LEASE_MS, self.agent);
        let ids: Vec<i64> = claimed.iter().map(|one| one.token.task.0).collect();
        assert_eq!(ids, model, "the order of a claim");
        for one in &claimed {
            let model = &self.model.tasks[&one.token.task.0];
            assert_eq!((one.token.epoch, one.attempt), (model.epoch, model.attempt));
        }
        self.tokens.extend(claimed.iter().map(|one| one.token));
        claimed
    }

    fn promote(&mut self) {
        let due = self.queue().promote(self.now).unwrap();
        let (mut promoted, mut expired) = (0, 0);
        let ids: Vec<i64> = self.model.tasks.keys().copied().collect();
        for id in &ids {
            let task = self.model.tasks.get_mut(id).unwrap();
            if matches!(task.state, State::Scheduled { run_at } if run_at <= self.now) {
                (task.state, task.reason) = (State::Ready, false);
                promoted += 1;
            }
        }
        for id in ids {
            let task = self.model.tasks[&id];
            if matches!(task.state, State::Running { lease_until, .. } if lease_until <= self.now) {
                let retry = self.retry_of(id, task.attempt);
                self.model
                    .fail(id, ErrorClass::Timeout, false, retry, self.now);
                expired += 1;
            }
        }
        assert_eq!((due.promoted, due.expired), (promoted, expired));
    }

    /// When the queue will try a task again that has just failed; within the bounds of the
    /// backoff.
    fn retry_of(&self, id: i64, attempt: u32) -> Option<i64> {
        let shown = self.queue().show(TaskId(id)).unwrap().unwrap();
        let at = match shown.task.state {
            TaskState::Scheduled { run_at_ms } => run_at_ms,
            TaskState::Ready => self.now,
            _ => return None,
        };
        let most = 250_i64 << attempt.saturating_sub(1).min(20);
        assert!(
            (self.now..=self.now + most.min(60_000)).contains(&at),
            "{at} for attempt {attempt}"
        );
        Some(at)
    }

    fn finish(&mut self, token: Token, done: Done, next: Option<Stage>) {
        let superseded = done == Done::Superseded;
        let fenced = self.queue().finish(token, done, next).unwrap();
        let id = token.task.0;
        if !self.model.holds(id, token.epoch) {
            assert_eq!(fenced, Fenced::Stale, "a stale token counted");
            return;
        }
        assert_eq!(fenced, Fenced::Done);
        self.model.cover(id);
        let task = self.model.tasks[&id];
        if superseded {
            if !self.model.superseded(id, self.now) {
                self.model.tasks.get_mut(&id).unwrap().state = State::Superseded;
            }
            return;
        }
        self.model.tasks.get_mut(&id).unwrap().state = State::Done;
        if let Some(stage) = next {
            let key = (task.key.0, stage);
            self.model.clock += 1;
            let change = self.model.clock;
            self.model.changes.insert(key, change);
            self.model
                .enqueue(key, task.content, self.now, self.now, change);
        }
    }

    fn fail(&mut self, token: Token, class: ErrorClass) {
        let after = self.queue().fail(token, class, None, "it failed").unwrap();
        let id = token.task.0;
        if !self.model.holds(id, token.epoch) {
            assert_eq!(after, AfterFailure::Stale, "a stale token counted");
            return;
        }
        let retry = match after {
            AfterFailure::Retry { at_ms } => {
                let attempt = self.model.tasks[&id].attempt;
                assert_eq!(self.retry_of(id, attempt), Some(at_ms.max(self.now)));
                Some(at_ms)
            }
            _ => None,
        };
        assert_eq!(after, self.model.fail(id, class, false, retry, self.now));
    }

    /// Releases a task, or defers it: without end, or for so many milliseconds.
    #[expect(clippy::option_option, reason = "each level is a verb of the queue's")]
    fn give_back(&mut self, token: Token, defer: Option<Option<i64>>) {
        let id = token.task.0;
        let holds = self.model.holds(id, token.epoch);
        let state = match defer {
            None => {
                self.queue().release(&[token]).unwrap();
                State::Ready
            }
            Some(delay) => {
                let until = delay.map(|delay| self.now + delay);
                let fenced = self.queue().defer(token, "it waits", until).unwrap();
                assert_eq!(fenced == Fenced::Done, holds);
                until.map_or(State::Deferred, |run_at| State::Scheduled { run_at })
            }
        };
        if holds {
            let task = self.model.tasks.get_mut(&id).unwrap();
            let attempt = task.attempt;
            if self.model.put_back(id, state, self.now) {
                let task = self.model.tasks.get_mut(&id).unwrap();
                // The attempt is handed back.
                task.attempt = attempt - 1;
                task.reason = defer.is_some();
            }
        }
    }

    fn wake(&mut self) {
        let woken = self.queue().wake_deferred(None).unwrap();
        let mut count = 0;
        for task in self.model.tasks.values_mut() {
            let waits = matches!(task.state, State::Scheduled { .. } | State::Deferred);
            if waits && task.reason {
                (task.state, task.reason, task.run_at) = (State::Ready, false, self.now);
                count += 1;
            }
        }
        assert_eq!(woken, count);
    }

    fn cancel(&mut self, id: i64) {
        let done = self.queue().cancel(TaskId(id));
        let Some(task) = self.model.tasks.get_mut(&id) else {
            assert!(done.is_err());
            return;
        };
        let open = task.state.waits() || matches!(task.state, State::Running { .. });
        assert_eq!(done.is_ok(), open, "{done:?}");
        if open {
            task.state = State::Cancelled;
            // A person did not want it.
            self.model.cover(id);
        }
    }

    fn retry(&mut self, id: i64) {
        let done = self.queue().retry(TaskId(id));
        let Some(task) = self.model.tasks.get(&id).copied() else {
            assert!(done.is_err());
            return;
        };
        let may = task.state == State::Dead && !task.successor || task.state == State::Cancelled;
        assert_eq!(done.is_ok(), may, "{done:?}");
        if may {
            let content = Content {
                priority: task.content.priority.raised(),
                ..task.content
            };
            self.model
                .enqueue(task.key, content, self.now, self.now, task.change);
            self.model.tasks.get_mut(&id).unwrap().successor = true;
        }
    }

    /// Works everything off and demands that no change was lost.
    fn settle(&mut self) {
        self.queue().resume().unwrap();
        self.model.paused = false;
        for round in 0.. {
            assert!(
                round < 400,
                "the queue never comes to rest: {:?}",
                self.tasks()
            );
            self.wake();
            self.now += 61_000;
            self.hold();
            self.promote();
            let claimed: Vec<Claimed> = STAGES
                .iter()
                .flat_map(|stage| self.claim(*stage, 10))
                .collect();
            for one in &claimed {
                self.finish(one.token, Done::Clean, None);
            }
            self.check("settling");
            let open = |task: &crate::model::Task| {
                task.state.waits() || matches!(task.state, State::Running { .. })
            };
            if !self.model.tasks.values().any(open) {
                break;
            }
        }
        for (key, change) in &self.model.changes {
            let covered = self.model.covered.get(key).copied().unwrap_or_default();
            assert!(
                covered >= *change,
                "change {change} of {key:?} was lost; {covered} is covered"
            );
        }
    }
}

fn content(u: &mut Unstructured<'_>) -> arbitrary::Result<Content> {
    let cause = *u.choose(&[
        Cause::Commit,
        Cause::Commit,
        Cause::Person,
        Cause::Save,
        Cause::Sweep,
    ])?;
    Ok(Content {
        cause,
        priority: *u.choose(&Priority::ALL)?,
        blob: if cause == Cause::Save {
            None
        } else {
            Some(u.int_in_range(1..=3)?)
        },
    })
}

/// One sequence.
pub(crate) fn sequence(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut world = World::new();
    let played = steps(&mut world, u);
    world.settle();
    played
}

fn steps(world: &mut World, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let mut steps = 0;
    while !u.is_empty() && steps < 200 {
        steps += 1;
        let ids = i64::try_from(world.model.tasks.len()).unwrap_or(0);
        let token = if world.tokens.is_empty() {
            None
        } else {
            // The newest ones mostly; old ones are stale.
            let last = world.tokens.len() - 1;
            let back = u.int_in_range(0..=last.min(6))?;
            Some(world.tokens[last - back])
        };
        let what = u.int_in_range(0..=21)?;
        match (what, token) {
            (0..=5, _) => {
                let number = u.int_in_range(0..=PATHS - 1)?;
                let stage = *u.choose(&[Stage::Qa, Stage::Qa, Stage::Golden])?;
                let content = content(u)?;
                let delay = *u.choose(&[0, 0, 700, 4_000, 20_000])?;
                world.take(number, stage, content, delay);
            }
            (6..=9, _) => {
                let stage = *u.choose(&STAGES)?;
                let max = u.int_in_range(1..=4)?;
                world.claim(stage, max);
            }
            (10, Some(token)) => {
                let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
                world.queue().heartbeat(&[token], lease).unwrap();
                if world.model.holds(token.task.0, token.epoch) {
                    let until = world.now + LEASE_MS;
                    let task = world.model.tasks.get_mut(&token.task.0).unwrap();
                    task.state = State::Running {
                        epoch: token.epoch,
                        lease_until: until,
                    };
                }
            }
            (11 | 12, Some(token)) => {
                let done = if u.ratio(1, 4)? {
                    Done::Superseded
                } else {
                    Done::Clean
                };
                let next = if done == Done::Clean && u.ratio(1, 4)? {
                    Some(Stage::Golden)
                } else {
                    None
                };
                world.finish(token, done, next);
            }
            (13 | 14, Some(token)) => {
                let class = *u.choose(&[
                    ErrorClass::Transient,
                    ErrorClass::Transient,
                    ErrorClass::Permanent,
                    ErrorClass::Crash,
                    ErrorClass::Timeout,
                ])?;
                world.fail(token, class);
            }
            (15, Some(token)) => {
                let defer =
                    *u.choose(&[None, Some(None), Some(Some(3_000)), Some(Some(90_000))])?;
                world.give_back(token, defer);
            }
            (16, _) => world.wake(),
            (17, _) if ids > 0 => {
                let id = u.int_in_range(1..=ids)?;
                if u.ratio(1, 2)? {
                    world.cancel(id);
                } else {
                    world.retry(id);
                }
            }
            (18, _) => world.reopen(),
            (19, _) => {
                world.model.paused = !world.model.paused;
                if world.model.paused {
                    world.queue().pause("a test").unwrap();
                } else {
                    world.queue().resume().unwrap();
                }
            }
            (20, _) => {
                // Backwards, too, as an administrator or the network's time may do it.
                world.now += *u.choose(&[-3_600_000, -500, 1, 300, 61_000, 86_400_000])?;
                world.hold();
            }
            _ => {
                world.now += u.int_in_range(0..=2_000)?;
                world.hold();
                world.promote();
            }
        }
        world.check(&format!("step {steps} ({what})"));
    }
    Ok(())
}

/// A task of low priority among a stream of more urgent ones.
pub(crate) fn starvation(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut world = World::new();
    let begun = world.now;
    let mine = Content {
        cause: Cause::Sweep,
        priority: Priority::Low,
        blob: Some(1),
    };
    world.take(0, Stage::Qa, mine, 0);
    let bound = weight(mine) - weight(urgent(1));
    for number in 1.. {
        let urgent = urgent(2);
        // One worker, and never a moment without something more urgent that waits.
        world.take(number, Stage::Qa, urgent, 0);
        world.take(number + 1_000, Stage::Qa, urgent, 0);
        let claimed = world.claim(Stage::Qa, 1);
        let one = claimed.first().unwrap();
        if one.path == path(0) {
            break;
        }
        // Only what was first seen within the bound goes before it; there is an end to
        // that, however much has come since.
        let seen = world.model.tasks[&one.token.task.0].first_seen;
        assert!(
            seen - begun <= bound,
            "overtaken by what came {} ms later",
            seen - begun
        );
        world.finish(one.token, Done::Clean, None);
        world.now += u.int_in_range(500..=4_000)?;
        world.hold();
    }
    Ok(())
}

fn urgent(blob: u32) -> Content {
    Content {
        cause: Cause::Commit,
        priority: Priority::Critical,
        blob: Some(blob),
    }
}
