//! Forgetting what is over, in small batches.

use rusqlite::{OptionalExtension, params};

use super::error::Result;
use super::handle::Queue;
use super::writer::Work;
use crate::crash;
use crate::store::refused;

const HOUR_MS: i64 = 60 * 60 * 1000;
/// How long finished tasks, their attempts and entries are kept.
const KEPT_MS: i64 = 24 * HOUR_MS;
/// How long the bytes of a fix are kept after its end.
const BYTES_KEPT_MS: i64 = 7 * 24 * HOUR_MS;
/// How long a plan is kept after its end, with its tasks.
const PLANS_KEPT_MS: i64 = 7 * 24 * HOUR_MS;
/// How many rows go in one transaction, so that nobody waits long.
const BATCH: u32 = 500;

/// What was forgotten.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Tasks, with their attempts.
    pub tasks: usize,
    /// Pages of the journal.
    pub pages: usize,
    /// Contents of fixes.
    pub contents: usize,
    /// Ended workers.
    pub workers: usize,
    /// Ended plans, with their steps.
    pub plans: usize,
}

impl Queue {
    /// Forgets what ended long before a time: tasks with their attempts, the journal
    /// and workers after 24 hours, the bytes of fixes and ended plans after 7 days. Tasks of a
    /// plan are kept as long as it is. Dead letters that nobody has taken up again, the
    /// fixes themselves, landings, questions, declines and marks are never forgotten.
    pub fn prune(&self, now_ms: i64) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        loop {
            let step = self.write("queue.prune", move |work| work.prune(now_ms))?;
            pruned.tasks += step.tasks;
            pruned.pages += step.pages;
            pruned.contents += step.contents;
            pruned.workers += step.workers;
            pruned.plans += step.plans;
            let full = [step.tasks, step.pages, step.contents].contains(&(BATCH as usize));
            if !full && step.plans == 0 {
                break;
            }
        }
        if pruned != Pruned::default() {
            self.write("queue.vacuum", |work| {
                // Gives pages back to the file system, some at a time.
                let mut vacuum = work.tx.prepare_cached("PRAGMA incremental_vacuum(64)")?;
                let mut rows = vacuum.query([])?;
                while rows.next()?.is_some() {}
                // It changes no row, so it passes no point by itself.
                crash::pass("queue.vacuum").map_err(|error| refused(&error))?;
                Ok(())
            })?;
        }
        Ok(pruned)
    }
}

impl Work<'_> {
    fn prune(&self, now_ms: i64) -> Result<Pruned> {
        let before = now_ms - KEPT_MS;
        let plans = self.prune_plans(now_ms - PLANS_KEPT_MS)?;
        let ids: Vec<i64> = self
            .tx
            .prepare_cached(
                "SELECT id FROM tasks
                 WHERE state >= 4 AND ended < ?1
                   AND iif(plan > 0, plan NOT IN (SELECT id FROM plans),
                        state <> 5 OR successor IS NOT NULL)
                 ORDER BY id LIMIT ?2",
            )?
            .query_map(params![before, BATCH], |row| row.get(0))?
            .collect::<rusqlite::Result<_>>()?;
        for id in &ids {
            self.erase(*id)?;
        }
        let pages = self
            .tx
            .prepare_cached(
                "DELETE FROM events WHERE first IN (
                    SELECT first FROM events
                    WHERE at < ?1 AND first < (SELECT max(first) FROM events)
                    ORDER BY first LIMIT ?2)",
            )?
            .execute(params![before, BATCH])?;
        let contents = self
            .tx
            .prepare_cached(
                "UPDATE fixes SET after = NULL WHERE id IN (
                    SELECT id FROM fixes
                    WHERE after IS NOT NULL AND ended IS NOT NULL AND ended < ?1 LIMIT ?2)",
            )?
            .execute(params![now_ms - BYTES_KEPT_MS, BATCH])?;
        let workers = self
            .tx
            .prepare_cached("DELETE FROM workers WHERE ended < ?1")?
            .execute([before])?;
        // The bursts of tasks that are gone; the newest stays, so that ids go on.
        self.tx
            .prepare_cached(
                "DELETE FROM bursts WHERE at < ?1 AND id NOT IN (
                    SELECT burst FROM tasks WHERE burst IS NOT NULL)",
            )?
            .execute([before])?;
        Ok(Pruned {
            tasks: ids.len(),
            pages,
            contents,
            workers,
            plans,
        })
    }

    /// Removes a task with everything about it.
    pub(super) fn erase(&self, task: i64) -> Result<()> {
        for sql in [
            "DELETE FROM attempts WHERE task = ?1",
            "DELETE FROM task_needs WHERE task = ?1",
            "DELETE FROM task_needs WHERE needs = ?1",
            "DELETE FROM task_orders WHERE task = ?1",
            "DELETE FROM tasks WHERE id = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([task])?;
        }
        Ok(())
    }

    /// A plan at a time: it may have many steps. Its tasks follow like all others.
    fn prune_plans(&self, before: i64) -> Result<usize> {
        let found: Option<i64> = self
            .tx
            .prepare_cached(
                "SELECT id FROM plans WHERE status >= 4 AND since < ?1 ORDER BY id LIMIT 1",
            )?
            .query_row([before], |row| row.get(0))
            .optional()?;
        let Some(plan) = found else { return Ok(0) };
        for sql in [
            "DELETE FROM plan_needs WHERE plan = ?1",
            "DELETE FROM plan_steps WHERE plan = ?1",
            "DELETE FROM plans WHERE id = ?1",
        ] {
            self.tx.prepare_cached(sql)?.execute([plan])?;
        }
        Ok(1)
    }
}
