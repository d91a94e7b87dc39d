//! Handing tasks to workers: claims, leases, and what becomes due.

use std::time::Duration;

use rusqlite::params;

use super::attempts::AttemptOutcome;
use super::codec::{Sql, count, small};
use super::errands::Errand;
use super::error::Result;
use super::handle::Queue;
use super::ids::{BurstId, FixId, TaskId};
use super::moves::{Back, RUNNING, RUNNING_COLUMNS, Running, running};
use super::recover::Owner;
use super::task::Cause;
use super::writer::Work;
use crate::journal::Event;
use crate::repo::{Oid, RepoPath};
use crate::schedule::{Priority, Stage};

/// How many tasks become ready in one statement.
const RIPE: usize = 500;

/// Extends a lease.
const RENEW: &str = "UPDATE tasks SET lease_until = ?4
     WHERE id = ?1 AND epoch = ?2 AND worktree = ?3 AND state = 1";

/// The right to end an attempt: stale once the task was claimed again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Token {
    /// The task.
    pub task: TaskId,
    /// Its fencing number.
    pub epoch: u32,
}

/// A task that a worker has now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// What every later word about it must carry.
    pub token: Token,
    /// The stage.
    pub stage: Stage,
    /// The file.
    pub path: RepoPath,
    /// Why.
    pub cause: Cause,
    /// Whether the working file was saved, too.
    pub saved: bool,
    /// How much it matters.
    pub priority: Priority,
    /// The commit whose content it is about.
    pub tip: Option<Oid>,
    /// The content.
    pub blob: Option<Oid>,
    /// The commit that it is compared with.
    pub base: Option<Oid>,
    /// The commits that it is for.
    pub commits: Vec<Oid>,
    /// Which attempt this is, counted from 1.
    pub attempt: u32,
    /// How often a worker died of it.
    pub crashes: u32,
    /// The intake pass it came with.
    pub burst: Option<BurstId>,
    /// The fix of the stage before, whose result this stage takes.
    pub previous: Option<FixId>,
    /// How many changes are folded in.
    pub generation: u32,
    /// What only a task that stands for itself has.
    pub errand: Option<Box<Errand>>,
}

/// What has become due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// How many scheduled tasks are ready now.
    pub promoted: usize,
    /// How many leases had run out; their tasks are tried again or dead.
    pub expired: usize,
    /// When to ask again for the agent's own tasks, in milliseconds since the epoch.
    pub next_ms: Option<i64>,
}

impl Queue {
    /// Gives at most `max` ready tasks of a stage to a worker, the earliest deadline
    /// first, and never two of one file, nor one of a file that hive works on. The
    /// attempt is counted with the claim, so that a worker that dies has made one.
    /// Nothing while the queue is paused.
    pub fn claim(
        &self,
        stage: Stage,
        worker: &str,
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>> {
        let worker = worker.to_owned();
        let owner = self.owner();
        self.write("queue.claim", move |work| {
            if work.hold("pause")?.is_some() {
                return Ok(Vec::new());
            }
            let claim = Claim {
                stage,
                kind: 0,
                worker: &worker,
                owner: &owner,
                max,
                lease,
            };
            work.claim(&claim)
        })
    }

    /// Extends the leases of these claims from now. Stale ones are left out silently:
    /// their result will be refused.
    pub fn heartbeat(&self, tokens: &[Token], lease: Duration) -> Result<()> {
        self.renew(tokens, lease).map(drop)
    }

    /// The same, and says which claims are stale.
    pub fn renew(&self, tokens: &[Token], lease: Duration) -> Result<Vec<TaskId>> {
        let tokens = tokens.to_vec();
        self.write("queue.heartbeat", move |work| {
            let until = work.now.saturating_add(milliseconds(lease));
            let mut stale = Vec::new();
            let mut statement = work.tx.prepare_cached(RENEW)?;
            for token in &tokens {
                let values = params![token.task, token.epoch, work.worktree, until];
                if statement.execute(values)? == 0 {
                    stale.push(token.task);
                }
            }
            Ok(stale)
        })
    }

    /// Makes scheduled tasks ready whose time has come, and takes tasks back whose
    /// lease has run out: those have lost an attempt by a timeout.
    pub fn promote(&self, now_ms: i64) -> Result<Due> {
        self.write("queue.promote", move |work| {
            let mut due = Due::default();
            for stage in Stage::ALL.into_iter().chain([Stage::External]) {
                // In batches, each a short statement; together one transaction.
                loop {
                    let promoted = work.ripen(stage, now_ms)?;
                    due.promoted += promoted;
                    if promoted < RIPE {
                        break;
                    }
                }
            }
            due.expired = work.expire(now_ms, None)?;
            due.next_ms = work
                .tx
                .prepare_cached(
                    "SELECT min(at) FROM (
                        SELECT min(run_at) AS at FROM tasks
                            WHERE worktree = ?1 AND state = 2 AND stage = 0
                        UNION ALL
                        SELECT min(run_at) FROM tasks
                            WHERE worktree = ?1 AND state = 2 AND stage = 1
                        UNION ALL
                        SELECT min(lease_until) FROM tasks INDEXED BY tasks_running
                            WHERE worktree = ?1 AND state = 1 AND stage <> 2)",
                )?
                .query_row([work.worktree], |row| row.get(0))?;
            Ok(due)
        })
    }

    /// Gives claims back without a lost attempt, as when the agent stops.
    pub fn release(&self, tokens: &[Token]) -> Result<()> {
        let tokens = tokens.to_vec();
        self.write("queue.release", move |work| {
            for token in &tokens {
                let Some(task) = work.running(*token)? else {
                    continue;
                };
                work.attempted(&task, AttemptOutcome::Released, None)?;
                let attempt = task.attempt.saturating_sub(1);
                if work.put_back(&task, &Back::Ready, attempt, task.crashes)? {
                    work.record(Event::TaskReleased {
                        task: token.task,
                        path: task.path.clone(),
                        stage: task.stage,
                    });
                }
            }
            Ok(())
        })
    }

    /// Makes deferred tasks ready again, of one file or of all: something has changed
    /// that they may have waited for. Returns how many.
    pub fn wake_deferred(&self, path: Option<&RepoPath>) -> Result<usize> {
        let path = path.cloned();
        self.write("queue.wake-deferred", move |work| {
            let mut woken = 0;
            // One by one, so that each has its index: nobody goes through what is blocked,
            // over, or only waits for its time.
            for (index, waits) in [
                ("tasks_put_off", "state = 2"),
                ("tasks_deferred", "state = 3 AND unmet = 0"),
            ] {
                woken += work
                    .tx
                    .prepare_cached(&format!(
                        "UPDATE tasks INDEXED BY {index} SET state = 0, reason = NULL, run_at = ?3
                         WHERE worktree = ?1 AND (?2 IS NULL OR path = ?2)
                           AND {waits} AND reason IS NOT NULL"
                    ))?
                    .execute(params![work.worktree, path.as_ref().map(Sql), work.now])?;
            }
            Ok(woken)
        })
    }

    /// How many tasks of a burst can still bring a fix now: ready, due or running. Those
    /// that are deferred or wait for a retry do not hold the others up.
    pub fn burst_open(&self, burst: BurstId) -> Result<usize> {
        let now = crate::clock::wall_ms();
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT count(*) FROM tasks
                 WHERE burst = ?1 AND state IN (0, 1, 2) AND (state <> 2 OR run_at <= ?2)",
            )?;
            Ok(statement.query_row(params![burst, now], |row| count(row, 0))?)
        })
    }
}

/// Who claims what.
pub(super) struct Claim<'a> {
    pub(super) stage: Stage,
    /// Of workers that are not hive's own; else 0.
    pub(super) kind: i64,
    pub(super) worker: &'a str,
    pub(super) owner: &'a Owner,
    pub(super) max: usize,
    pub(super) lease: Duration,
}

impl Work<'_> {
    /// Hands out tasks that are ready.
    pub(super) fn claim(&mut self, claim: &Claim<'_>) -> Result<Vec<Claimed>> {
        // `OR IGNORE`: of two ready stages of one file in a batch, the second
        // meets the index of running files and stays ready.
        let sql = claim_sql();
        let mut statement = self.tx.prepare_cached(&sql)?;
        let rows = statement.query_map(
            params![
                self.worktree,
                Sql(claim.stage),
                claim.worker,
                i64::try_from(claim.max).unwrap_or(i64::MAX),
                self.now,
                self.now.saturating_add(milliseconds(claim.lease)),
                claim.owner.boot,
                claim.owner.instance,
                claim.kind,
            ],
            |row| {
                let vdl: i64 = row.get(RUNNING_COLUMNS)?;
                Ok((vdl, small(row, RUNNING_COLUMNS + 1)?, running(row)?))
            },
        )?;
        let mut rows: Vec<_> = rows.collect::<rusqlite::Result<_>>()?;
        drop(statement);
        // The order of what an update returns is not defined.
        rows.sort_by_key(|(vdl, _, task)| (*vdl, task.token.task));
        let mut claimed = Vec::with_capacity(rows.len());
        for (_, generation, task) in rows {
            self.record(Event::TaskStarted {
                task: task.token.task,
                path: task.path.clone(),
                stage: claim.stage,
                worker: claim.worker.to_owned(),
                attempt: task.attempt,
            });
            let errand = if task.is_own {
                Some(Box::new(self.errand(&task)?))
            } else {
                None
            };
            claimed.push(handed(task, generation, errand));
        }
        Ok(claimed)
    }

    /// Makes scheduled tasks of a stage ready whose time has come, at most [`RIPE`]; how
    /// many.
    pub(super) fn ripen(&mut self, stage: Stage, now_ms: i64) -> Result<usize> {
        let most = i64::try_from(RIPE).unwrap_or(i64::MAX);
        let ripe = self
            .tx
            .prepare_cached(
                "UPDATE tasks SET state = 0, reason = NULL WHERE id IN (
                    SELECT id FROM tasks
                    WHERE worktree = ?1 AND stage = ?2 AND state = 2 AND run_at <= ?3
                    ORDER BY run_at LIMIT ?4)",
            )?
            .execute(params![self.worktree, Sql(stage), now_ms, most])?;
        Ok(ripe)
    }

    /// Every task, or every one of a stage, whose lease ended before a time. Those that run
    /// are few, and their index is named: by itself SQLite goes through all tasks.
    pub(super) fn expire(&mut self, now_ms: i64, stage: Option<Stage>) -> Result<usize> {
        let expired: Vec<Running> = self
            .tx
            .prepare_cached(&format!(
                "SELECT {RUNNING} FROM tasks INDEXED BY tasks_running
                 WHERE worktree = ?1 AND state = 1 AND lease_until <= ?2
                   AND (?3 IS NULL OR stage = ?3) ORDER BY id"
            ))?
            .query_map(params![self.worktree, now_ms, stage.map(Sql)], running)?
            .collect::<rusqlite::Result<_>>()?;
        for task in &expired {
            self.expired(task)?;
        }
        Ok(expired.len())
    }
}

fn claim_sql() -> String {
    format!(
        "UPDATE OR IGNORE tasks SET state = 1, attempt = attempt + 1, epoch = epoch + 1,
            worker = ?3, started = ?5, lease_until = ?6, boot = ?7, instance = ?8, reason = NULL
         WHERE id IN (
            SELECT id FROM tasks AS t
            WHERE t.worktree = ?1 AND t.stage = ?2 AND t.kind = ?9 AND t.state = 0
              AND NOT EXISTS (SELECT 1 FROM tasks AS r
                WHERE r.worktree = t.worktree AND r.path = t.path AND r.kind = t.kind
                  AND r.state = 1)
            ORDER BY t.vdl, t.id LIMIT ?4)
         RETURNING {RUNNING}, vdl, gen"
    )
}

fn handed(task: Running, generation: u32, errand: Option<Box<Errand>>) -> Claimed {
    let content = task.content;
    Claimed {
        token: task.token,
        stage: task.stage,
        path: task.path,
        cause: content.cause,
        saved: content.saved,
        priority: content.priority,
        tip: content.tip,
        blob: content.blob,
        base: content.base,
        commits: content.commits,
        attempt: task.attempt,
        crashes: task.crashes,
        burst: task.burst,
        previous: content.previous,
        generation,
        errand,
    }
}

pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
