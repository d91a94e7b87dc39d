//! What becomes of a plan when the fixes of its steps land, or do not.
//!
//! How many wait is counted by the database with every move of a fix (`plans.landing`).

use rusqlite::{OptionalExtension, params};

use crate::queue::errands::enqueue::Belongs;
use crate::queue::errands::{Need, NewErrand, errand};
use crate::queue::error::Result;
use crate::queue::ids::{PlanId, TaskId};
use crate::queue::writer::Work;

/// How soon a step is done again whose file was committed, in milliseconds: the file's own
/// task goes first.
const AGAIN_MS: i64 = 500;

impl Work<'_> {
    /// Ends the plans whose steps have all ended and whose last fix has just landed or was
    /// given up.
    pub(in crate::queue) fn end_plans(&mut self) -> Result<()> {
        let ended: Vec<PlanId> = self
            .tx
            .prepare_cached(
                "SELECT id FROM plans INDEXED BY plans_executing
                 WHERE worktree = ?1 AND status IN (2, 3) AND landing = 0
                   AND done + dead + cancelled >= total",
            )?
            .query_map([self.worktree], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        ended.into_iter().try_for_each(|plan| self.end_plan(plan))
    }

    /// The fix of a task was taken over by a newer commit of its file before it could land.
    /// If the task is a step of a plan that is under way, the step is not done: the file is
    /// gone through again as it is committed now, by a new task.
    pub(in crate::queue) fn step_again(&mut self, task: TaskId) -> Result<()> {
        let found: Option<(PlanId, i64, bool)> = self
            .tx
            .prepare_cached(
                "SELECT s.plan, s.step, p.status = 3 FROM plan_steps AS s
                 JOIN plans AS p ON p.id = s.plan
                 WHERE s.task = ?1 AND s.task IS NOT NULL AND p.status IN (2, 3)",
            )?
            .query_row([task], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let Some((plan, step, paused)) = found else {
            return Ok(());
        };
        let old = self.task(task)?;
        let facts = errand(self.tx, task, 0)?;
        let again = NewErrand {
            stage: old.stage,
            path: old.path,
            kind: facts.kind,
            payload: facts.payload,
            rules: facts.rules,
            cause: old.cause,
            priority: old.priority,
            needs: self.open_needs(plan, step)?,
            run_at_ms: self.now + AGAIN_MS,
            max_attempts: old.max_attempts,
        };
        let belongs = Belongs {
            plan: plan.0,
            in_line: false,
        };
        let new = self.take_errands(&[again], belongs)?;
        let new = new.first().copied().unwrap_or(task);
        if paused {
            // As if it waited for one more task.
            self.tx
                .prepare_cached("UPDATE tasks SET unmet = unmet + 1, state = 3 WHERE id = ?1")?
                .execute([new])?;
        }
        self.tx
            .prepare_cached("UPDATE tasks SET origin = ?2 WHERE id = ?1")?
            .execute(params![new, task])?;
        self.succeed(task, new)?;
        self.tx
            .prepare_cached("UPDATE plan_steps SET task = ?3 WHERE plan = ?1 AND step = ?2")?
            .execute(params![plan, step, new])?;
        self.tx
            .prepare_cached("UPDATE plans SET done = done - 1 WHERE id = ?1")?
            .execute([plan])?;
        Ok(())
    }

    /// The tasks that have not ended of those that a step waits for.
    fn open_needs(&self, plan: PlanId, step: i64) -> Result<Vec<Need>> {
        let mut statement = self.tx.prepare_cached(
            "SELECT t.id FROM plan_needs AS n
             JOIN plan_steps AS s ON s.plan = n.plan AND s.step = n.needs
             JOIN tasks AS t ON t.id = s.task
             WHERE n.plan = ?1 AND n.step = ?2 AND t.state IN (0, 1, 2, 3)",
        )?;
        let needs = statement.query_map(params![plan, step], |row| row.get(0).map(Need::Task))?;
        Ok(needs.collect::<rusqlite::Result<_>>()?)
    }
}
