//! What the end of a task means for those that wait for it.

use rusqlite::params;

use super::Ended;
use crate::journal::Event;
use crate::queue::codec::get;
use crate::queue::error::Result;
use crate::queue::ids::TaskId;
use crate::queue::writer::Work;
use crate::repo::RepoPath;
use crate::schedule::Stage;

/// A task that was cancelled with another.
struct Fallen {
    task: TaskId,
    path: RepoPath,
    stage: Stage,
    plan: i64,
}

impl Work<'_> {
    /// A task ended well, or nothing is left of it to be done: what waits for it has one
    /// prerequisite less, and without any can be claimed at once.
    pub(in crate::queue) fn met(&mut self, task: TaskId, plan: i64, waiting: u32) -> Result<()> {
        if waiting > 0 {
            self.unblock(task)?;
        }
        if plan > 0 {
            self.count_steps(plan, Ended::Done, 1)?;
        }
        Ok(())
    }

    fn unblock(&mut self, task: TaskId) -> Result<()> {
        let mut free: Vec<TaskId> = Vec::new();
        let mut statement = self.tx.prepare_cached(
            "UPDATE tasks SET unmet = unmet - 1, run_at = max(run_at, ?2),
                state = iif(unmet > 1, 3, iif(run_at <= ?2, 0, 2))
             WHERE id IN (SELECT task FROM task_needs WHERE needs = ?1)
               AND state = 3 AND unmet > 0
             RETURNING id, unmet",
        )?;
        let mut rows = statement.query(params![task, self.now])?;
        while let Some(row) = rows.next()? {
            if row.get::<_, i64>(1)? == 0 {
                free.push(row.get(0)?);
            }
        }
        drop(rows);
        drop(statement);
        if !free.is_empty() {
            free.sort_unstable();
            self.record(Event::TasksUnblocked {
                by: task,
                tasks: free,
            });
        }
        Ok(())
    }

    /// A task ended badly, for a reason: what waits for it, through however many others,
    /// can never begin and is cancelled.
    pub(in crate::queue) fn failed_to(
        &mut self,
        task: TaskId,
        plan: i64,
        waiting: u32,
        ended: Ended,
        reason: &str,
    ) -> Result<()> {
        if plan > 0 {
            self.count_steps(plan, ended, 1)?;
        }
        if waiting == 0 {
            return Ok(());
        }
        // UNION, not UNION ALL: each once, however many ways lead there.
        let sql = "WITH RECURSIVE behind (id) AS (
                SELECT task FROM task_needs WHERE needs = ?1
                UNION
                SELECT n.task FROM task_needs AS n JOIN behind ON n.needs = behind.id)
             UPDATE tasks SET state = 7, ended = ?2, reason = ?3
             WHERE id IN (SELECT id FROM behind) AND state = 3 AND unmet > 0
             RETURNING id, path, stage, plan";
        self.fell(sql, task.0, reason)
    }

    /// Everything that waits for a step of a plan is cancelled, in other plans and in none.
    pub(in crate::queue) fn plan_failed_to(&mut self, plan: i64, reason: &str) -> Result<()> {
        let sql = "WITH RECURSIVE behind (id) AS (
                SELECT task FROM task_needs WHERE needs IN
                    (SELECT id FROM tasks WHERE plan = ?1 AND plan > 0)
                UNION
                SELECT n.task FROM task_needs AS n JOIN behind ON n.needs = behind.id)
             UPDATE tasks SET state = 7, ended = ?2, reason = ?3
             WHERE id IN (SELECT id FROM behind) AND state = 3 AND unmet > 0
             RETURNING id, path, stage, plan";
        self.fell(sql, plan, reason)
    }

    fn fell(&mut self, sql: &str, of: i64, reason: &str) -> Result<()> {
        let mut fallen: Vec<Fallen> = self
            .tx
            .prepare_cached(sql)?
            .query_map(params![of, self.now, reason], |row| {
                Ok(Fallen {
                    task: row.get(0)?,
                    path: get(row, 1)?,
                    stage: get(row, 2)?,
                    plan: row.get(3)?,
                })
            })?
            .collect::<rusqlite::Result<_>>()?;
        fallen.sort_by_key(|one| (one.plan, one.task));
        for same in fallen.chunk_by(|one, other| one.plan == other.plan) {
            if same[0].plan > 0 {
                let count = i64::try_from(same.len()).unwrap_or(i64::MAX);
                self.count_steps(same[0].plan, Ended::Cancelled, count)?;
            }
        }
        for one in fallen {
            self.record(Event::TaskCancelled {
                task: one.task,
                path: one.path,
                stage: one.stage,
                reason: Some(reason.to_owned()),
            });
        }
        Ok(())
    }
}
