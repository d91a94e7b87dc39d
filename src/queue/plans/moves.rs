//! The moves of a plan: one function each.

use rusqlite::{OptionalExtension, params};

use super::read::{PLAN, plan as plan_of, steps};
use super::{Plan, PlanStatus};
use crate::journal::Event;
use crate::queue::codec::{Sql, get};
use crate::queue::errands::enqueue::Belongs;
use crate::queue::errands::{Ended, Need, NewErrand};
use crate::queue::error::{QueueError, Result};
use crate::queue::handle::Queue;
use crate::queue::ids::{PlanId, TaskId};
use crate::queue::task::Cause;
use crate::queue::writer::Work;
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// How many attempts a step has.
const ATTEMPTS: u32 = 3;

impl Queue {
    /// A person wants it: draft → approved.
    pub fn approve_plan(&self, id: PlanId) -> Result<()> {
        self.write("queue.plan.approve", move |work| {
            let plan = work.plan(id)?;
            work.move_plan(
                &plan,
                &[PlanStatus::Draft],
                PlanStatus::Approved,
                "approved",
            )
        })
    }

    /// Makes tasks of its steps: approved → executing. A plan that failed or was cancelled
    /// can be started again: its steps that have not ended well become new tasks, with all
    /// their attempts. Returns how many tasks there are now.
    pub fn start_plan(&self, id: PlanId) -> Result<usize> {
        self.write("queue.plan.start", move |work| work.start(id))
    }

    /// Lets none of its steps begin: executing → paused. What runs goes on.
    pub fn pause_plan(&self, id: PlanId) -> Result<()> {
        self.write("queue.plan.pause", move |work| {
            let plan = work.plan(id)?;
            work.move_plan(
                &plan,
                &[PlanStatus::Executing],
                PlanStatus::Paused,
                "paused",
            )?;
            // As if each waited for one more task.
            work.tx
                .prepare_cached(
                    "UPDATE tasks SET unmet = unmet + 1, state = 3, reason = NULL
                     WHERE plan = ?1 AND plan > 0 AND state IN (0, 2, 3)",
                )?
                .execute([id])?;
            Ok(())
        })
    }

    /// Lets its steps begin again: paused → executing.
    pub fn resume_plan(&self, id: PlanId) -> Result<()> {
        self.write("queue.plan.resume", move |work| {
            let plan = work.plan(id)?;
            work.move_plan(
                &plan,
                &[PlanStatus::Paused],
                PlanStatus::Executing,
                "resumed",
            )?;
            work.tx
                .prepare_cached(
                    "UPDATE tasks SET unmet = unmet - 1, run_at = max(run_at, ?2),
                        state = iif(unmet > 1, 3, iif(run_at <= ?2, 0, 2))
                     WHERE plan = ?1 AND plan > 0 AND state = 3 AND unmet > 0",
                )?
                .execute(params![id, work.now])?;
            // The last step may have ended meanwhile.
            work.count_steps(id.0, Ended::Done, 0)
        })
    }

    /// Ends it, and its steps that have not ended: those that run are not used. Returns how
    /// many steps that were.
    pub fn cancel_plan(&self, id: PlanId) -> Result<usize> {
        self.write("queue.plan.cancel", move |work| work.cancel_plan(id))
    }
}

impl Work<'_> {
    fn plan(&self, id: PlanId) -> Result<Plan> {
        self.tx
            .prepare_cached(&format!("{PLAN} WHERE id = ?1 AND worktree = ?2"))?
            .query_row(params![id, self.worktree], plan_of)
            .optional()?
            .ok_or(QueueError::Unknown {
                what: "plan",
                id: id.0,
            })
    }

    fn move_plan(
        &mut self,
        plan: &Plan,
        from: &[PlanStatus],
        to: PlanStatus,
        wanted: &'static str,
    ) -> Result<()> {
        if !from.contains(&plan.status) {
            return Err(QueueError::Illegal {
                what: "plan",
                id: plan.id.0,
                state: plan.status.name().to_owned(),
                wanted,
            });
        }
        let number = PlanStatus::ALL.iter().position(|status| *status == to);
        self.tx
            .prepare_cached("UPDATE plans SET status = ?2, since = ?3, worked = ?4 WHERE id = ?1")?
            .execute(params![
                plan.id,
                number.and_then(|number| i64::try_from(number).ok()),
                self.now,
                plan.worked_by(self.now),
            ])?;
        self.record(Event::PlanChanged {
            plan: plan.id,
            name: plan.name.clone(),
            status: to.name().to_owned(),
        });
        Ok(())
    }

    fn start(&mut self, id: PlanId) -> Result<usize> {
        let plan = self.plan(id)?;
        let from = [
            PlanStatus::Approved,
            PlanStatus::Failed,
            PlanStatus::Cancelled,
        ];
        if plan.status.has_ended() {
            // Its name may belong to another one by now.
            let taken = self
                .tx
                .prepare_cached(
                    "SELECT 1 FROM plans
                     WHERE worktree = ?1 AND name = ?2 AND status < 4 AND id <> ?3",
                )?
                .exists(params![self.worktree, plan.name, id])?;
            if taken {
                return Err(QueueError::Taken(plan.name));
            }
        }
        self.move_plan(&plan, &from, PlanStatus::Executing, "started")?;
        let steps = steps(self.tx, id)?;
        // The places of those that are to be done among the new errands.
        let mut places = vec![None; steps.len()];
        let mut open = Vec::new();
        for (number, step) in steps.iter().enumerate() {
            let is_done = step.state.as_deref() == Some("done");
            if !is_done || self.came_to_nothing(step)? {
                places[number] = Some(open.len());
                open.push(step);
            }
        }
        let errands: Vec<NewErrand> = open
            .iter()
            .map(|step| NewErrand {
                stage: step.stage,
                path: step.path.clone(),
                kind: step.kind.clone(),
                payload: step.payload.clone(),
                rules: step.rules.clone(),
                cause: Cause::Sweep,
                priority: step.priority,
                needs: step
                    .needs
                    .iter()
                    .filter_map(|need| places.get(*need).copied().flatten())
                    .map(Need::Nth)
                    .collect(),
                run_at_ms: self.now,
                max_attempts: ATTEMPTS,
            })
            .collect();
        let belongs = Belongs {
            plan: id.0,
            in_line: true,
        };
        let tasks = self.take_errands(&errands, belongs)?;
        let mut row = self
            .tx
            .prepare_cached("UPDATE plan_steps SET task = ?3 WHERE plan = ?1 AND step = ?2")?;
        for (step, task) in open.iter().zip(&tasks) {
            row.execute(params![id, i64::try_from(step.step).unwrap_or(0), task])?;
        }
        drop(row);
        let done = i64::try_from(steps.len() - open.len()).unwrap_or(0);
        self.tx
            .prepare_cached(
                "UPDATE plans SET done = ?2, before = ?2, dead = 0, cancelled = 0, worked = 0
                 WHERE id = ?1",
            )?
            .execute(params![id, done])?;
        // A plan without a step that is to be done is done.
        self.count_steps(id.0, Ended::Done, 0)?;
        Ok(tasks.len())
    }

    /// Whether the fix of a step that is done was taken over by a newer one of its file,
    /// which nobody took notice of while the plan was not under way.
    fn came_to_nothing(&self, step: &super::Step) -> Result<bool> {
        let state: Option<i64> = self
            .tx
            .prepare_cached(
                "SELECT state FROM fixes WHERE worktree = ?1 AND path = ?2 AND task = ?3
                 ORDER BY id DESC LIMIT 1",
            )?
            .query_row(params![self.worktree, Sql(&step.path), step.task], |row| {
                row.get(0)
            })
            .optional()?;
        Ok(state == Some(4))
    }

    fn cancel_plan(&mut self, id: PlanId) -> Result<usize> {
        let plan = self.plan(id)?;
        let from = [
            PlanStatus::Draft,
            PlanStatus::Approved,
            PlanStatus::Executing,
            PlanStatus::Paused,
        ];
        self.move_plan(&plan, &from, PlanStatus::Cancelled, "cancelled")?;
        let reason = format!("the plan {} was cancelled", plan.name);
        let mut ended: Vec<(TaskId, RepoPath, Stage)> = self
            .tx
            .prepare_cached(
                "UPDATE tasks SET state = 7, ended = ?2, reason = ?3, lease_until = NULL
                 WHERE plan = ?1 AND plan > 0 AND state IN (0, 1, 2, 3)
                 RETURNING id, path, stage",
            )?
            .query_map(params![id, self.now, reason], |row| {
                Ok((row.get(0)?, get(row, 1)?, get(row, 2)?))
            })?
            .collect::<rusqlite::Result<_>>()?;
        ended.sort_by_key(|(task, ..)| *task);
        let count = ended.len();
        for (task, path, stage) in ended {
            self.record(Event::TaskCancelled {
                task,
                path,
                stage,
                reason: Some(reason.clone()),
            });
        }
        self.count_steps(id.0, Ended::Cancelled, i64::try_from(count).unwrap_or(0))?;
        self.plan_failed_to(id.0, &reason)?;
        Ok(count)
    }

    /// Counts steps that have ended; with the last one, and nothing that waits to land, the
    /// plan has.
    pub(in crate::queue) fn count_steps(
        &mut self,
        plan: i64,
        ended: Ended,
        count: i64,
    ) -> Result<()> {
        let of = |end: Ended| if ended == end { count } else { 0 };
        let counted = self
            .tx
            .prepare_cached(
                "UPDATE plans SET done = done + ?2, dead = dead + ?3, cancelled = cancelled + ?4
                 WHERE id = ?1
                 RETURNING done + dead + cancelled >= total AND landing = 0 AND status IN (2, 3)",
            )?
            .query_row(
                params![plan, of(Ended::Done), of(Ended::Dead), of(Ended::Cancelled)],
                |row| row.get::<_, bool>(0),
            )
            .optional()?;
        if counted == Some(true) {
            self.end_plan(PlanId(plan))?;
        }
        Ok(())
    }

    /// Executing or paused → completed or failed.
    pub(super) fn end_plan(&mut self, id: PlanId) -> Result<()> {
        let plan = self.plan(id)?;
        let from = [PlanStatus::Executing, PlanStatus::Paused];
        if plan.dead + plan.cancelled == 0 {
            self.move_plan(&plan, &from, PlanStatus::Completed, "completed")
        } else {
            self.move_plan(&plan, &from, PlanStatus::Failed, "failed")
        }
    }

    /// Whether the steps of a plan are not to begin.
    pub(in crate::queue) fn is_held(&self, plan: i64) -> Result<bool> {
        if plan == 0 {
            return Ok(false);
        }
        let held = self
            .tx
            .prepare_cached("SELECT 1 FROM plans WHERE id = ?1 AND status = 3")?
            .exists([plan])?;
        Ok(held)
    }
}
