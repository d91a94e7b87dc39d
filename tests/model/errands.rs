//! Errands that wait for each other, against a model of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::Duration;

use hive::clock;
use hive::queue::{
    AfterFailure, Cause, Claimed, Done, ErrorClass, Fenced, Need, NewErrand, Owner, Queue,
    QueueError, Task, TaskFilter, TaskId, TaskState, Token,
};
use hive::repo::{Place, RepoPath, WorktreeId};
use hive::schedule::{Priority, Stage};
use hive_test_support::{Unstructured, arbitrary};

use crate::play::TURN;

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

    fn check(&self, after: &str) {
        let there = self.tasks();
        assert_eq!(there.len(), self.model.len(), "after {after}");
        for (id, task) in &there {
            let errand = &self.model[id];
            let unmet = self.unmet(*id);
            let said = task.state.name();
            let right = match errand.state {
                State::Waits if unmet > 0 => {
                    task.state
                        == TaskState::Blocked {
                            by: u32::try_from(unmet).unwrap(),
                        }
                }
                State::Waits => ["ready", "scheduled"].contains(&said),
                State::Runs { .. } => said == "running",
                State::Done => said == "done",
                State::Dead => said == "dead",
                State::Cancelled => {
                    let TaskState::Cancelled { reason, .. } = &task.state else {
                        panic!("after {after}: {task:?}\n{errand:?}");
                    };
                    *reason == errand.why
                }
            };
            assert!(right, "after {after}: {task:?}\n{errand:?}, {unmet} unmet");
            assert_eq!(task.attempt, errand.attempt, "after {after}: {task:?}");
        }
        self.sound(&there, after);
    }

    /// What holds whatever the model says.
    fn sound(&self, there: &BTreeMap<i64, Task>, after: &str) {
        let ids: Vec<TaskId> = there.keys().map(|id| TaskId(*id)).collect();
        let needs: BTreeMap<i64, Vec<i64>> = self
            .queue()
            .prerequisites(&ids)
            .unwrap()
            .into_iter()
            .map(|(task, needs)| (task.0, needs.iter().map(|need| need.task.0).collect()))
            .collect();
        for (id, task) in there {
            let bad = |need: &i64| ["dead", "cancelled"].contains(&there[need].state.name());
            if ["ready", "running", "scheduled", "blocked"].contains(&task.state.name()) {
                assert!(
                    !needs[id].iter().any(bad),
                    "after {after}: {task:?} waits for what will never be"
                );
            }
            // Deeper than all that it waits for: so there is no circle.
            for need in &needs[id] {
                assert!(
                    task.depth > there[need].depth,
                    "after {after}: {task:?} and {:?}",
                    there[need]
                );
            }
        }
        let mut running: Vec<&RepoPath> = there
            .values()
            .filter(|task| task.state.name() == "running")
            .map(|task| &task.path)
            .collect();
        let count = running.len();
        running.sort();
        running.dedup();
        assert_eq!(running.len(), count, "after {after}: two of one subject");
    }

    fn enqueue(&mut self, u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
        let count = u.int_in_range(1..=4)?;
        let known: Vec<i64> = self.model.keys().copied().collect();
        let mut errands = Vec::new();
        for _ in 0..count {
            let mut needs = Vec::new();
            for _ in 0..u.int_in_range(0..=3)? {
                if known.is_empty() || u.ratio(1, 2)? {
                    // Now and then in a circle.
                    needs.push(Need::Nth(u.int_in_range(0..=count - 1)?));
                } else {
                    needs.push(Need::Task(TaskId(*u.choose(&known)?)));
                }
            }
            errands.push((u.int_in_range(0..=SUBJECTS - 1)?, u.ratio(1, 2)?, needs));
        }
        let new = errands.iter().map(|(subject, external, needs)| NewErrand {
            stage: if *external {
                Stage::External
            } else {
                Stage::Qa
            },
            path: path(*subject, *external),
            kind: external.then(|| "docs".to_owned()),
            payload: None,
            rules: Vec::new(),
            cause: Cause::Sweep,
            priority: Priority::Normal,
            needs: needs.clone(),
            run_at_ms: 0,
            max_attempts: ATTEMPTS,
        });
        let done = self.queue().enqueue(new.collect());
        let refused = errands.iter().flat_map(|(_, _, needs)| needs).any(|need| {
            matches!(need, Need::Task(task) if matches!(
                self.model[&task.0].state, State::Dead | State::Cancelled))
        });
        let among: Vec<Vec<usize>> = errands
            .iter()
            .map(|(_, _, needs)| {
                let nth = needs.iter().filter_map(|need| match need {
                    Need::Nth(other) => Some(*other),
                    Need::Task(_) => None,
                });
                nth.collect()
            })
            .collect();
        let circle = has_circle(&among);
        match done {
            Ok(ids) => {
                assert!(!circle && !refused, "{errands:?}");
                for (id, (subject, external, needs)) in ids.iter().zip(&errands) {
                    let needs = needs.iter().map(|need| match need {
                        Need::Nth(other) => ids[*other].0,
                        Need::Task(task) => task.0,
                    });
                    self.model.insert(
                        id.0,
                        Errand {
                            subject: *subject,
                            external: *external,
                            needs: needs.collect(),
                            state: State::Waits,
                            attempt: 0,
                            why: None,
                        },
                    );
                }
            }
            Err(QueueError::Cycle(named)) => {
                assert!(circle, "{errands:?}");
                assert!(
                    named.len() >= 2 && named.first() == named.last(),
                    "{named:?}"
                );
            }
            Err(error) => assert!(refused && !circle, "{error}: {errands:?}"),
        }
        Ok(())
    }

    fn require(&mut self, task: i64, need: i64) {
        let done = self.queue().require(TaskId(task), TaskId(need));
        let waits = self.model[&task].state == State::Waits;
        let bad = matches!(self.model[&need].state, State::Dead | State::Cancelled);
        let circle = self.reaches(need, task);
        match done {
            Ok(()) => {
                assert!(waits && !bad && !circle, "{task} waits for {need}");
                self.model.get_mut(&task).unwrap().needs.insert(need);
            }
            Err(QueueError::Cycle(named)) => {
                assert!(circle, "{named:?}");
                let (first, last) = (format!("task {task}"), format!("task {need}"));
                assert_eq!(named.first(), Some(&first));
                assert_eq!(named.last(), Some(&first));
                assert_eq!(named.get(1), Some(&last));
            }
            Err(error) => assert!(!waits || bad, "{error}"),
        }
    }

    fn reaches(&self, from: i64, to: i64) -> bool {
        from == to
            || self.model[&from]
                .needs
                .iter()
                .any(|need| self.reaches(*need, to))
    }

    /// One task, if any can be had; any that can is right.
    fn claim(&mut self, external: bool) -> Option<Claimed> {
        let lease = Duration::from_millis(LEASE_MS.unsigned_abs());
        // What has become due is ready before a claim.
        self.queue().promote(self.now).unwrap();
        let claimed = if external {
            let owner = Owner {
                boot: "boot".to_owned(),
                instance: "another program".to_owned(),
            };
            self.queue().claim_kind("docs", "D-1", &owner, 1, lease)
        } else {
            self.queue().claim(Stage::Qa, "QA-1", 1, lease)
        };
        let claimed = claimed.unwrap().pop();
        let busy: Vec<usize> = self
            .running(|errand| errand.external == external)
            .iter()
            .map(|id| self.model[id].subject)
            .collect();
        let there = self.tasks();
        let can = |id: &i64, errand: &Errand| {
            errand.external == external
                && errand.state == State::Waits
                && self.unmet(*id) == 0
                && !busy.contains(&errand.subject)
                && there[id].state.name() != "scheduled"
        };
        match &claimed {
            None => {
                let left = self.model.iter().find(|(id, errand)| can(id, errand));
                assert!(left.is_none(), "{left:?} could be had");
            }
            Some(one) => {
                let errand = &self.model[&one.token.task.0];
                assert_eq!(errand.state, State::Waits);
                assert_eq!(self.unmet(one.token.task.0), 0, "{one:?}");
                assert!(!busy.contains(&errand.subject), "{one:?}");
                let errand = self.model.get_mut(&one.token.task.0).unwrap();
                errand.attempt += 1;
                errand.state = State::Runs {
                    epoch: one.token.epoch,
                    until: self.now + LEASE_MS,
                };
                self.tokens.push(one.token);
            }
        }
        claimed
    }

    fn holds(&self, token: Token) -> bool {
        let errand = &self.model[&token.task.0];
        matches!(errand.state, State::Runs { epoch, .. } if epoch == token.epoch)
    }

    fn finish(&mut self, token: Token) {
        let done = if self.model[&token.task.0].external {
            Done::Served(None)
        } else {
            Done::Clean
        };
        let fenced = self.queue().finish(token, done, None).unwrap();
        assert_eq!(fenced == Fenced::Done, self.holds(token));
        if fenced == Fenced::Done {
            self.model.get_mut(&token.task.0).unwrap().state = State::Done;
        }
    }

    fn fail(&mut self, token: Token, class: ErrorClass) {
        let after = self.queue().fail(token, class, None, "it broke").unwrap();
        if !self.holds(token) {
            assert_eq!(after, AfterFailure::Stale);
            return;
        }
        let last = class == ErrorClass::Permanent || self.model[&token.task.0].attempt >= ATTEMPTS;
        assert_eq!(after == AfterFailure::Dead, last, "{after:?}");
        self.failed(token.task.0, last, "it broke");
    }

    fn cancel(&mut self, id: i64) {
        let done = self.queue().cancel(TaskId(id));
        let errand = self.model.get_mut(&id).unwrap();
        let open = matches!(errand.state, State::Waits | State::Runs { .. });
        assert_eq!(done.is_ok(), open, "{done:?}");
        if open {
            errand.state = State::Cancelled;
            self.cascade(id, &format!("task {id} was cancelled"));
        }
    }

    /// The clock goes on; leases that have run out are found.
    fn wait(&mut self, ms: i64) {
        self.now += ms;
        clock::hold_wall(Some(self.now));
        self.queue().promote(self.now).unwrap();
        let now = self.now;
        let gone = self
            .running(|errand| matches!(errand.state, State::Runs { until, .. } if until <= now));
        for id in gone {
            let last = self.model[&id].attempt >= ATTEMPTS;
            self.failed(id, last, "the worker was not heard of within its lease");
        }
    }

    /// Everything that is left can be worked off.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 400, "it never comes to rest: {:?}", self.tasks());
            self.wait(LEASE_MS + 1);
            let mut any = false;
            for external in [false, true] {
                while let Some(one) = self.claim(external) {
                    any = true;
                    self.finish(one.token);
                }
            }
            self.check("settling");
            let open = |errand: &Errand| matches!(errand.state, State::Waits | State::Runs { .. });
            if !any && !self.model.values().any(open) {
                break;
            }
        }
    }
}

fn path(subject: usize, external: bool) -> RepoPath {
    let name = if external { "docs:" } else { "" };
    RepoPath::new(format!("{name}{subject}.py")).unwrap()
}

/// Whether some wait for each other, found by taking away what waits for nothing.
fn has_circle(needs: &[Vec<usize>]) -> bool {
    let mut left: BTreeSet<usize> = (0..needs.len()).collect();
    loop {
        let free: Vec<usize> = left
            .iter()
            .copied()
            .filter(|one| !needs[*one].iter().any(|need| left.contains(need)))
            .collect();
        if free.is_empty() {
            return !left.is_empty();
        }
        left.retain(|one| !free.contains(one));
    }
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
    while !u.is_empty() && steps < 120 {
        steps += 1;
        let ids: Vec<i64> = world.model.keys().copied().collect();
        let last = world.tokens.len().saturating_sub(1);
        let back = u.int_in_range(0..=last.min(4))?;
        let token = world.tokens.get(last - back).copied();
        let what = u.int_in_range(0..=15)?;
        match (what, token) {
            // Enough to be of interest, few enough to be quick.
            (0..=3, _) if ids.len() < 24 => world.enqueue(u)?,
            (4 | 5, _) if ids.len() > 1 => {
                let (task, need) = (*u.choose(&ids)?, *u.choose(&ids)?);
                world.require(task, need);
            }
            (6..=8, _) => {
                world.claim(u.ratio(1, 2)?);
            }
            (9..=11, Some(token)) => world.finish(token),
            (12, Some(token)) => {
                let class = *u.choose(&[ErrorClass::Transient, ErrorClass::Permanent])?;
                world.fail(token, class);
            }
            (13, _) if !ids.is_empty() => {
                let id = *u.choose(&ids)?;
                // Mostly left alone, or little would come to a good end.
                if u.ratio(1, 4)? {
                    world.cancel(id);
                }
            }
            (14, _) => world.reopen(),
            _ => {
                let ms = *u.choose(&[1, 300, 2_000, LEASE_MS + 1])?;
                world.wait(ms);
            }
        }
        world.check(&format!("step {steps} ({what})"));
    }
    Ok(())
}
