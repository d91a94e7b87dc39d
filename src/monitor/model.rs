//! What the dashboard shows, folded from the journal and the rows. Pure.

use std::collections::{BTreeMap, VecDeque};

use super::flow::Flow;
use crate::agent::lock::{Holder, Kind};
use crate::journal::{Entry, Event, Word, told};
use crate::queue::{Counts, EscalationRow, Hold, Plan, Task, TaskId, TaskState, ToolId, WorkerRow};
use crate::schedule::{Breaker, Priority, Stage};

/// How many entries of the journal are kept to be shown.
const FEED: usize = 200;
/// After what time without a heartbeat a worker that has a task is stale.
const STALE_MS: i64 = 30_000;
/// How soon an age that is seen is drawn anew.
const MINUTE_MS: i64 = 60_000;
/// For how many tasks it is kept how urgent they are.
const URGENT: usize = 4_096;

/// What a worker of some name has done since the first entry that was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// Tasks that it has finished.
    pub(super) done: u32,
    /// Findings that it has fixed.
    pub(super) fixed: u32,
    /// Questions that it has asked.
    pub(super) asked: u32,
    /// How often a process of its name was started.
    pub(super) starts: u32,
}

/// What a worker is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Doing {
    Works,
    Idle,
    /// It has a task, and was not heard of for too long.
    Stale,
    Ended,
}

/// Which list the keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Focus {
    Questions,
    Dead,
}

/// How something was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
}

/// How the number of workers of a stage changed last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scaling {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) waiting: usize,
}

/// Everything that is shown.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) root: String,
    pub(super) now_ms: i64,
    pub(super) agent: Option<Holder>,
    pub(super) workers: Vec<WorkerRow>,
    pub(super) tallies: BTreeMap<String, Tally>,
    pub(super) counts: Counts,
    pub(super) flow: Flow,
    pub(super) scaling: BTreeMap<&'static str, Scaling>,
    pub(super) breakers: Vec<(ToolId, Breaker)>,
    pub(super) feed: VecDeque<(i64, Word, String)>,
    pub(super) questions: Vec<EscalationRow>,
    pub(super) open: usize,
    pub(super) dead: Vec<Task>,
    /// The plans that are executing or paused.
    pub(super) plans: Vec<Plan>,
    pub(super) paused: Option<Hold>,
    pub(super) gate: Option<Hold>,
    /// Why nothing new can be shown, if so.
    pub(super) trouble: Option<String>,
    pub(super) focus: Focus,
    pub(super) at: usize,
    pub(super) help: bool,
    /// Whether the chosen dead task fills the screen.
    pub(super) letter: bool,
    pub(super) said: Option<(Tone, String)>,
    /// The task of the save that was told last.
    saved: Option<TaskId>,
    /// How urgent tasks are that have come in lately.
    urgent: BTreeMap<TaskId, Priority>,
}

impl Model {
    /// Nothing is known yet.
    pub(super) fn new(root: String, now_ms: i64) -> Self {
        Self {
            root,
            now_ms,
            agent: None,
            workers: Vec::new(),
            tallies: BTreeMap::new(),
            counts: Counts::default(),
            flow: Flow::default(),
            scaling: BTreeMap::new(),
            breakers: Vec::new(),
            feed: VecDeque::new(),
            questions: Vec::new(),
            open: 0,
            dead: Vec::new(),
            plans: Vec::new(),
            paused: None,
            gate: None,
            trouble: None,
            focus: Focus::Questions,
            at: 0,
            help: false,
            letter: false,
            said: None,
            saved: None,
            urgent: BTreeMap::new(),
        }
    }

    /// Takes an entry of the journal in. Counts of tasks are as good as the entries; the
    /// rows that are read from time to time correct them.
    pub(super) fn fold(&mut self, entry: &Entry) {
        match &entry.event {
            Event::TaskEnqueued {
                task,
                stage,
                priority,
                folded,
                ..
            } => {
                self.urgent.insert(*task, *priority);
                while self.urgent.len() > URGENT {
                    self.urgent.pop_first();
                }
                if !folded {
                    self.count(*stage, "ready", *priority, true);
                }
            }
            Event::TaskStarted {
                task,
                stage,
                worker,
                path,
                ..
            } => {
                self.moved(*task, *stage, "ready", Some("running"));
                self.has(worker, entry.at_ms, Some((*task, path.clone())));
            }
            Event::TaskCompleted {
                task,
                stage,
                worker,
                ms,
                fixes,
                questions,
                ..
            } => {
                self.moved(*task, *stage, "running", Some("done"));
                let tally = self.tallies.entry(worker.clone()).or_default();
                tally.done += 1;
                tally.fixed += fixes;
                tally.asked += questions;
                // What other programs do is not about files.
                if *stage != Stage::External {
                    self.flow.add(entry.at_ms, *ms);
                }
                self.has(worker, entry.at_ms, None);
            }
            Event::TaskFailed {
                task,
                stage,
                worker,
                ..
            } => {
                self.moved(*task, *stage, "running", Some("scheduled"));
                self.has(worker, entry.at_ms, None);
            }
            Event::TaskDead { task, stage, .. } => {
                self.moved(*task, *stage, "running", Some("dead"));
            }
            Event::TaskReleased { task, stage, .. } => {
                self.moved(*task, *stage, "running", Some("ready"));
            }
            Event::TaskDeferred { task, stage, .. } => {
                self.moved(*task, *stage, "running", Some("deferred"));
            }
            Event::Paused { reason } => {
                self.paused = Some(Hold {
                    reason: reason.clone(),
                    since_ms: entry.at_ms,
                });
            }
            Event::Resumed => self.paused = None,
            Event::Gate { reason } => {
                self.gate = reason.clone().map(|reason| Hold {
                    reason,
                    since_ms: entry.at_ms,
                });
            }
            Event::AgentStarted { pid, mode } => {
                self.agent = Some(Holder {
                    pid: *pid,
                    kind: if mode == "watch" {
                        Kind::Watch
                    } else {
                        Kind::Drain
                    },
                    since_ms: entry.at_ms,
                });
            }
            Event::AgentStopped { .. } => self.agent = None,
            Event::WorkerRegistered { worker, .. } => {
                self.tallies.entry(worker.clone()).or_default().starts += 1;
            }
            Event::Scaled {
                stage,
                from,
                to,
                waiting,
            } => {
                let scaling = Scaling {
                    from: *from,
                    to: *to,
                    waiting: *waiting,
                };
                self.scaling.insert(stage.name(), scaling);
            }
            _ => {}
        }
        match &entry.event {
            Event::SaveFixed { task, .. } => self.saved = Some(*task),
            // The end of a save that was told is no news.
            Event::TaskCompleted { task, .. } if self.saved == Some(*task) => return,
            _ => {}
        }
        if let Some((word, text)) = told(&entry.event, false) {
            self.feed.push_back((entry.at_ms, word, text));
            while self.feed.len() > FEED {
                self.feed.pop_front();
            }
        }
    }

    /// A worker has a task, or none any more.
    fn has(&mut self, worker: &str, at_ms: i64, task: Option<(TaskId, crate::repo::RepoPath)>) {
        let known = self.workers.iter_mut().find(|row| row.name == worker);
        if let Some(row) = known {
            row.beat_ms = row.beat_ms.max(at_ms);
            (row.task, row.path) = task.unzip();
        }
    }

    fn moved(&mut self, task: TaskId, stage: Stage, from: &str, to: Option<&str>) {
        let known = self.urgent.get(&task).copied();
        let rows = self.counts.rows.iter();
        // Of one that came in long ago it is guessed: the most urgent go first.
        let first = rows
            .filter(|row| row.stage == stage && row.state == from && row.count > 0)
            .map(|row| row.priority)
            .next();
        let Some(priority) = known.or(first) else {
            return;
        };
        self.count(stage, from, priority, false);
        if let Some(to) = to {
            self.count(stage, to, priority, true);
        }
    }

    /// One more in a state, or one less.
    fn count(&mut self, stage: Stage, state: &str, priority: Priority, more: bool) {
        let known = self
            .counts
            .rows
            .iter_mut()
            .find(|row| row.stage == stage && row.state == state && row.priority == priority);
        match known {
            Some(row) if more => row.count += 1,
            Some(row) => row.count = row.count.saturating_sub(1),
            None if more => self.counts.rows.push(crate::queue::Count {
                stage,
                state: state.to_owned(),
                priority,
                count: 1,
            }),
            None => {}
        }
    }

    /// How many tasks of a stage and priority are in a state; of any where none is named.
    pub(super) fn number(
        &self,
        stage: Option<Stage>,
        priority: Option<Priority>,
        states: &[&str],
    ) -> usize {
        let rows = self.counts.rows.iter();
        rows.filter(|row| stage.is_none_or(|stage| row.stage == stage))
            .filter(|row| priority.is_none_or(|priority| row.priority == priority))
            .filter(|row| states.contains(&row.state.as_str()))
            .map(|row| row.count)
            .sum()
    }

    /// What a worker is at. Without an agent none of hive's own works, whatever it left
    /// behind; those of other programs need none.
    pub(super) fn doing(&self, worker: &WorkerRow) -> Doing {
        let own = worker.kind.is_none();
        if worker.ended_ms.is_some() || own && self.agent.is_none() {
            return Doing::Ended;
        }
        match worker.task {
            None => Doing::Idle,
            Some(_) if self.now_ms - worker.beat_ms > STALE_MS => Doing::Stale,
            Some(_) => Doing::Works,
        }
    }

    /// When something looks otherwise although nothing happens.
    pub(super) fn next_change(&self, now_ms: i64) -> Option<i64> {
        let works = self
            .workers
            .iter()
            .filter(|worker| self.doing(worker) == Doing::Works);
        let stale = works.map(|worker| worker.beat_ms + STALE_MS + 1).min();
        let curve = self.flow.next_change(now_ms);
        let ages = self.ages().map(|since_ms| {
            let minutes = (now_ms - since_ms).max(0) / MINUTE_MS;
            since_ms + (minutes + 1) * MINUTE_MS
        });
        stale
            .into_iter()
            .chain(curve)
            .chain(ages)
            .filter(|at| *at > now_ms)
            .min()
    }

    /// Since when that is whose age is seen.
    fn ages(&self) -> impl Iterator<Item = i64> {
        let holds = [&self.paused, &self.gate].into_iter().flatten();
        let died = self.alone().and_then(|task| match &task.state {
            TaskState::Dead { ended_ms, .. } => Some(*ended_ms),
            _ => None,
        });
        holds.map(|hold| hold.since_ms).chain(died)
    }

    /// How many rows the list has that the keys are for.
    pub(super) fn length(&self) -> usize {
        match self.focus {
            Focus::Questions => self.questions.len(),
            Focus::Dead => self.dead.len(),
        }
    }

    /// The dead task that fills the screen.
    pub(super) fn alone(&self) -> Option<&Task> {
        let there = self.letter && self.focus == Focus::Dead;
        self.dead.get(self.at).filter(|_| there)
    }

    /// Keeps the cursor in its list, which may have become shorter.
    pub(super) fn settle(&mut self) {
        self.at = self.at.min(self.length().saturating_sub(1));
    }

    /// Says something at the foot.
    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.said = Some((tone, text.into()));
    }
}

/// Why a task is dead, in one line.
pub(super) fn cause_of_death(task: &Task) -> String {
    match &task.state {
        TaskState::Dead { letter, .. } => {
            let first = letter.message.lines().next().unwrap_or_default();
            format!("{}: {first}", letter.class.name())
        }
        state => state.name().to_owned(),
    }
}
