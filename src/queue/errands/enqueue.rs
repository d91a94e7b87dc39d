//! Taking errands in, with what they wait for.

use rusqlite::{OptionalExtension, params};

use super::shape::Shape;
use crate::journal::Event;
use crate::queue::codec::Sql;
use crate::queue::error::{QueueError, Result};
use crate::queue::handle::Queue;
use crate::queue::ids::{BurstId, TaskId};
use crate::queue::task::Cause;
use crate::queue::writer::Work;
use crate::repo::{Oid, RepoPath};
use crate::schedule::pick::DEPENDANT_MS;
use crate::schedule::{Priority, Stage, Urgency};

/// What an errand waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Need {
    /// A task that is there already.
    Task(TaskId),
    /// An errand that comes in with it, by its place among them.
    Nth(usize),
}

/// An errand that is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewErrand {
    /// Who does it: a stage of the agent, or [`Stage::External`].
    pub stage: Stage,
    /// The file; for other workers what the work is about.
    pub path: RepoPath,
    /// For [`Stage::External`] the kind of work; else nothing.
    pub kind: Option<String>,
    /// What such a worker is told.
    pub payload: Option<String>,
    /// Only these rules; empty for all.
    pub rules: Vec<String>,
    /// Why.
    pub cause: Cause,
    /// How much it matters.
    pub priority: Priority,
    /// What it waits for.
    pub needs: Vec<Need>,
    /// When it may run at the earliest, in milliseconds since the epoch.
    pub run_at_ms: i64,
    /// How many attempts it has.
    pub max_attempts: u32,
}

/// How many errands land together at most.
const BURST: usize = 250;

/// What is known of a prerequisite that is there.
struct Known {
    is_met: bool,
    depth: u32,
}

/// Where the errands of one call belong.
#[derive(Clone, Copy)]
pub(in crate::queue) struct Belongs {
    /// The plan; 0 for none.
    pub(in crate::queue) plan: i64,
    /// Whether they stand in one line, as the steps of a plan do.
    pub(in crate::queue) in_line: bool,
}

impl Queue {
    /// Takes errands in, all or none, and returns their tasks in the same order.
    /// Prerequisites that are done already are met. It is an error if they form a circle,
    /// which the error names, or if a prerequisite is unknown or ended badly.
    pub fn enqueue(&self, errands: Vec<NewErrand>) -> Result<Vec<TaskId>> {
        self.write("queue.errands", move |work| {
            let belongs = Belongs {
                plan: 0,
                in_line: false,
            };
            work.take_errands(&errands, belongs)
        })
    }
}

impl Work<'_> {
    pub(in crate::queue) fn take_errands(
        &mut self,
        errands: &[NewErrand],
        belongs: Belongs,
    ) -> Result<Vec<TaskId>> {
        let nth: Vec<Vec<usize>> = errands.iter().map(among).collect();
        let shape = Shape::of(&nth).map_err(|circle| {
            let named = circle.iter().chain(circle.first());
            QueueError::Cycle(named.map(|one| errands[*one].path.to_string()).collect())
        })?;
        let mut places = vec![0; errands.len()];
        if belongs.in_line {
            for (place, nth) in (0..).zip(shape.order()) {
                places[nth] = place;
            }
        }
        let first = self.next_task()?;
        let id = |nth: usize| TaskId(first + i64::try_from(nth).unwrap_or(0));
        // Deeper than they are among themselves, where they wait for tasks that are there.
        let mut depths = shape.depth.clone();
        let mut waits: Vec<(u32, Vec<TaskId>)> = vec![(0, Vec::new()); errands.len()];
        let mut bursts = vec![None; errands.len()];
        let (mut burst, mut together) = (None, 0);
        for nth in shape.order() {
            if errands[nth].stage != Stage::External {
                // One commit for what can be done at the same time, and a bound on what
                // waits for its last file.
                if together == 0 || burst.is_none_or(|(wave, _)| wave != shape.depth[nth]) {
                    (burst, together) = (Some((shape.depth[nth], self.burst()?)), BURST);
                }
                together -= 1;
                bursts[nth] = burst.map(|(_, id)| id);
            }
            let (mut unmet, mut needs) = (0, Vec::new());
            for need in &errands[nth].needs {
                let (task, known) = match need {
                    Need::Nth(other) if *other < errands.len() => {
                        let known = Known {
                            is_met: false,
                            depth: depths[*other],
                        };
                        (id(*other), known)
                    }
                    Need::Nth(other) => {
                        return Err(QueueError::Unknown {
                            what: "prerequisite",
                            id: i64::try_from(*other).unwrap_or(i64::MAX),
                        });
                    }
                    Need::Task(task) => (*task, self.waited_for(*task)?),
                };
                if needs.contains(&task) {
                    continue;
                }
                needs.push(task);
                depths[nth] = depths[nth].max(known.depth + 1);
                unmet += u32::from(!known.is_met);
            }
            waits[nth] = (unmet, needs);
        }
        for (nth, errand) in errands.iter().enumerate() {
            let urgency = Urgency {
                priority: errand.priority,
                source: errand.cause.source(),
                depth: depths[nth],
                place: places[nth],
                chain: shape.chain[nth],
                dependants: shape.dependants[nth],
            };
            let burst = bursts[nth];
            let (unmet, needs) = &waits[nth];
            self.insert_errand(id(nth), errand, *unmet, &urgency, burst, belongs.plan)?;
            for need in needs {
                self.wait_for(id(nth), *need, need.0 < first)?;
            }
            self.record(Event::TaskEnqueued {
                task: id(nth),
                path: errand.path.clone(),
                stage: errand.stage,
                cause: errand.cause,
                priority: errand.priority,
                burst,
                folded: false,
            });
        }
        Ok((0..errands.len()).map(id).collect())
    }

    /// The id of the next task. They are never given twice, and nobody else gives one
    /// within this transaction.
    fn next_task(&self) -> Result<i64> {
        let last: Option<i64> = self
            .tx
            .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'tasks'")?
            .query_row([], |row| row.get(0))
            .optional()?;
        Ok(last.unwrap_or(0) + 1)
    }

    fn insert_errand(
        &self,
        id: TaskId,
        errand: &NewErrand,
        unmet: u32,
        urgency: &Urgency,
        burst: Option<BurstId>,
        plan: i64,
    ) -> Result<()> {
        let kind = match &errand.kind {
            Some(kind) => self.kind(kind)?,
            None => 0,
        };
        let state = match unmet {
            0 if errand.run_at_ms <= self.now => 0,
            0 => 2,
            _ => 3,
        };
        self.tx
            .prepare_cached(
                "INSERT INTO tasks (id, worktree, stage, path, state, cause, saved, priority,
                    commits, burst, first_seen, vdl, run_at, max_attempts, own, plan, kind,
                    unmet, depth, dependants)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?1, ?14,
                    ?15, ?16, ?17, ?18)",
            )?
            .execute(params![
                id,
                self.worktree,
                Sql(errand.stage),
                Sql(&errand.path),
                state,
                Sql(errand.cause),
                Sql(errand.priority),
                Sql(&[] as &[Oid]),
                burst,
                self.now,
                urgency.deadline_ms(self.now),
                errand.run_at_ms,
                errand.max_attempts,
                plan,
                kind,
                unmet,
                urgency.depth,
                urgency.dependants,
            ])?;
        if !errand.rules.is_empty() || errand.payload.is_some() {
            self.tx
                .prepare_cached(
                    "INSERT INTO task_orders (task, rules, payload) VALUES (?1, ?2, ?3)",
                )?
                .execute(params![id, errand.rules.join(" "), errand.payload])?;
        }
        Ok(())
    }

    /// Writes down that a task waits for another. One that was there before has one more
    /// that waits for it, and is due a little sooner.
    pub(super) fn wait_for(&self, task: TaskId, need: TaskId, was_there: bool) -> Result<()> {
        self.tx
            .prepare_cached("INSERT INTO task_needs (task, needs) VALUES (?1, ?2)")?
            .execute(params![task, need])?;
        if was_there {
            let (each, most) = DEPENDANT_MS;
            self.tx
                .prepare_cached(
                    "UPDATE tasks SET dependants = dependants + 1,
                        vdl = vdl - iif(state IN (0, 2, 3) AND dependants * ?2 < ?3, ?2, 0)
                     WHERE id = ?1",
                )?
                .execute(params![need, each, most])?;
        }
        Ok(())
    }

    /// What is known of a task that is to be waited for.
    fn waited_for(&self, task: TaskId) -> Result<Known> {
        let found: Option<(i64, u32)> = self
            .tx
            .prepare_cached("SELECT state, depth FROM tasks WHERE id = ?1 AND worktree = ?2")?
            .query_row(params![task, self.worktree], |row| {
                Ok((row.get(0)?, super::depth(row, 1)?))
            })
            .optional()?;
        let (state, depth) = found.ok_or(QueueError::Unknown {
            what: "task",
            id: task.0,
        })?;
        match state {
            5 | 7 => Err(QueueError::Illegal {
                what: "task",
                id: task.0,
                state: if state == 5 { "dead" } else { "cancelled" }.to_owned(),
                wanted: "waited for",
            }),
            _ => Ok(Known {
                is_met: state == 4 || state == 6,
                depth,
            }),
        }
    }
}

/// The prerequisites that come in with an errand.
fn among(errand: &NewErrand) -> Vec<usize> {
    let needs = errand.needs.iter();
    needs
        .filter_map(|need| match need {
            Need::Nth(other) => Some(*other),
            Need::Task(_) => None,
        })
        .collect()
}
