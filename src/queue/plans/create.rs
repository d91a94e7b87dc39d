//! Writing a plan down.

use rusqlite::params;

use crate::journal::Event;
use crate::queue::codec::Sql;
use crate::queue::errands::is_kind;
use crate::queue::errands::shape::Shape;
use crate::queue::error::{QueueError, Result};
use crate::queue::handle::Queue;
use crate::queue::ids::PlanId;
use crate::queue::writer::Work;
use crate::repo::RepoPath;
use crate::schedule::{Priority, Stage};

use super::PlanStatus;

/// A plan that is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPlan {
    /// Its name.
    pub name: String,
    /// What it is, for people.
    pub about: String,
    /// Its steps.
    pub steps: Vec<NewStep>,
}

/// A step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// Its name, which no other step of the plan has.
    pub name: String,
    /// Who does it.
    pub stage: Stage,
    /// The file; for other workers what the work is about.
    pub path: RepoPath,
    /// For [`Stage::External`] the kind of work; else nothing.
    pub kind: Option<String>,
    /// What such a worker is told.
    pub payload: Option<String>,
    /// Only these rules; empty for all.
    pub rules: Vec<String>,
    /// How much it matters.
    pub priority: Priority,
    /// The steps that it waits for, by their places.
    pub needs: Vec<usize>,
}

impl Queue {
    /// Writes a plan down as a draft. It is an error if its steps wait for each other in a
    /// circle, which the error names, if a plan of that name has not ended, or if a kind of
    /// work has no name that may be one.
    pub fn create_plan(&self, plan: NewPlan) -> Result<PlanId> {
        self.write("queue.plan.create", move |work| work.create(&plan))
    }
}

impl Work<'_> {
    fn create(&mut self, plan: &NewPlan) -> Result<PlanId> {
        let needs: Vec<Vec<usize>> = plan.steps.iter().map(|step| step.needs.clone()).collect();
        if let Err(circle) = Shape::of(&needs) {
            let named = circle.iter().chain(circle.first());
            return Err(QueueError::Cycle(
                named.map(|step| plan.steps[*step].name.clone()).collect(),
            ));
        }
        let mut kinds = plan.steps.iter().filter_map(|step| step.kind.as_deref());
        if let Some(odd) = kinds.find(|kind| !is_kind(kind)) {
            // It could never be started.
            return Err(QueueError::Kind(odd.to_owned()));
        }
        let taken = self
            .tx
            .prepare_cached("SELECT 1 FROM plans WHERE worktree = ?1 AND name = ?2 AND status < 4")?
            .exists(params![self.worktree, plan.name])?;
        if taken {
            return Err(QueueError::Taken(plan.name.clone()));
        }
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO plans (worktree, name, about, status, created, since, total)
                 VALUES (?1, ?2, ?3, 0, ?4, ?4, ?5)",
            )?
            .insert(params![
                self.worktree,
                plan.name,
                plan.about,
                self.now,
                i64::try_from(plan.steps.len()).unwrap_or(i64::MAX)
            ])?;
        let mut step_row = self.tx.prepare_cached(
            "INSERT INTO plan_steps (plan, step, name, stage, path, kind, payload, rules, priority)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        let mut need_row = self.tx.prepare_cached(
            "INSERT OR IGNORE INTO plan_needs (plan, step, needs) VALUES (?1, ?2, ?3)",
        )?;
        for (number, step) in (0_i64..).zip(&plan.steps) {
            step_row.execute(params![
                id,
                number,
                step.name,
                Sql(step.stage),
                Sql(&step.path),
                step.kind,
                step.payload,
                step.rules.join(" "),
                Sql(step.priority),
            ])?;
            for need in &step.needs {
                need_row.execute(params![
                    id,
                    number,
                    i64::try_from(*need).unwrap_or(i64::MAX)
                ])?;
            }
        }
        drop((step_row, need_row));
        self.record(Event::PlanChanged {
            plan: PlanId(id),
            name: plan.name.clone(),
            status: PlanStatus::Draft.name().to_owned(),
        });
        Ok(PlanId(id))
    }
}
