//! Plans: written down, approved, started, and looked at.

use serde::{Deserialize, Serialize};

use super::error::Result;
use super::{Client, NewPlan, Plan, PlanId, Prerequisite, Progress, Step, Task, TaskId};
use crate::clock;

/// How far a plan is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanState {
    /// The plan, with its numbers.
    #[serde(flatten)]
    pub plan: Plan,
    /// Its steps that have not ended, by the states of their tasks.
    pub progress: Progress,
    /// How many steps have not ended.
    pub open: usize,
    /// How long it has been executing, in milliseconds.
    pub executing_ms: i64,
    /// How long the rest will take at the pace so far, in milliseconds; not known before a
    /// step has ended.
    pub left_ms: Option<i64>,
}

/// The plans of a repository.
#[derive(Debug)]
pub struct Plans<'c> {
    pub(super) client: &'c Client,
}

impl Plans<'_> {
    /// Writes a plan down as a draft: nothing of it runs. It is an error if its steps wait
    /// for each other in a circle, which the error names, or if a plan of that name has not
    /// ended.
    pub fn create(&self, plan: impl Into<NewPlan>) -> Result<PlanId> {
        Ok(self.client.queue().create_plan(plan.into())?)
    }

    /// All plans, the newest first.
    pub fn list(&self) -> Result<Vec<Plan>> {
        Ok(self.client.queue().plans()?)
    }

    /// The newest plan of a name.
    pub fn named(&self, name: &str) -> Result<Plan> {
        Ok(self.client.queue().plan_named(name)?)
    }

    /// A person wants it; only then can it be started.
    pub fn approve(&self, id: PlanId) -> Result<()> {
        Ok(self.client.queue().approve_plan(id)?)
    }

    /// Makes tasks of its steps and wakes hive. Returns how many. A plan that failed or was
    /// cancelled goes on with the steps that have not ended well.
    pub fn start(&self, id: PlanId) -> Result<usize> {
        let tasks = self.begin(id)?;
        self.client.nudge_if_possible();
        Ok(tasks)
    }

    /// The same, and whoever asks wakes hive.
    pub(crate) fn begin(&self, id: PlanId) -> Result<usize> {
        Ok(self.client.queue().start_plan(id)?)
    }

    /// Lets none of its steps begin; what runs goes on.
    pub fn pause(&self, id: PlanId) -> Result<()> {
        Ok(self.client.queue().pause_plan(id)?)
    }

    /// Lets its steps begin again, and wakes hive.
    pub fn resume(&self, id: PlanId) -> Result<()> {
        self.go_on(id)?;
        self.client.nudge_if_possible();
        Ok(())
    }

    /// The same, and whoever asks wakes hive.
    pub(crate) fn go_on(&self, id: PlanId) -> Result<()> {
        Ok(self.client.queue().resume_plan(id)?)
    }

    /// Ends it and its steps that have not ended. Returns how many those were.
    pub fn cancel(&self, id: PlanId) -> Result<usize> {
        Ok(self.client.queue().cancel_plan(id)?)
    }

    /// How far it is, counted now.
    pub fn status(&self, id: PlanId) -> Result<PlanState> {
        let queue = self.client.queue();
        let (plan, progress) = (queue.plan(id)?, queue.plan_progress(id)?);
        let now = clock::wall_ms();
        Ok(PlanState {
            open: plan.open(),
            executing_ms: plan.worked_by(now),
            left_ms: plan.left_ms(now),
            plan,
            progress,
        })
    }

    /// The numbers that were kept with the last step that ended: one row, however large the
    /// plan is. They lack only how many steps run and wait at the moment.
    pub fn cached_status(&self, id: PlanId) -> Result<Plan> {
        Ok(self.client.queue().plan(id)?)
    }

    /// Its steps in their order, with what has become of each.
    pub fn steps(&self, id: PlanId) -> Result<Vec<Step>> {
        Ok(self.client.queue().plan_steps(id)?)
    }

    /// The step that will be claimed next, if one is ready.
    pub fn next(&self, id: PlanId) -> Result<Option<Task>> {
        Ok(self.client.queue().next_of_plan(id)?)
    }

    /// What each of these tasks waits for, in one look.
    pub fn prerequisites(&self, tasks: &[TaskId]) -> Result<Vec<(TaskId, Vec<Prerequisite>)>> {
        Ok(self.client.queue().prerequisites(tasks)?)
    }

    /// Whether everything that a step's task waits for has ended well.
    pub fn prerequisites_met(&self, task: TaskId) -> Result<bool> {
        self.client.tasks().prerequisites_met(task)
    }
}
