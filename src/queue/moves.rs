//! The moves that several operations share: a task comes in, goes back, or gives way.

use rusqlite::{OptionalExtension, Row, params};

use super::codec::{Sql, get, maybe, small};
use super::content::Content;
use super::error::Result;
use super::ids::{BurstId, TaskId};
use super::writer::Work;
use super::{Cause, Token};
use crate::crash;
use crate::journal::Event;
use crate::repo::RepoPath;
use crate::schedule::{Priority, Stage, pick};

/// A file that changes all the time is dealt with after this time nevertheless, in
/// milliseconds.
const LONGEST_SETTLE_MS: i64 = 5_000;

/// A task that a worker has, as its row says.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) token: Token,
    pub(super) path: RepoPath,
    pub(super) stage: Stage,
    pub(super) content: Content,
    pub(super) burst: Option<BurstId>,
    pub(super) first_seen: i64,
    pub(super) started: i64,
    pub(super) worker: String,
    pub(super) attempt: u32,
    pub(super) max_attempts: u32,
    pub(super) crashes: u32,
    /// Whether it stands for itself, so that no change of its file takes its place.
    pub(super) is_own: bool,
    /// The plan that it is a step of; 0 for none.
    pub(super) plan: i64,
    /// How many tasks name it as a prerequisite.
    pub(super) dependants: u32,
}

/// The columns of [`Running`], in the order in which [`running`] reads them: names are
/// looked up for every column of every row.
pub(super) const RUNNING: &str = "cause, saved, priority, tip, blob, base, commits, previous, \
     id, epoch, path, stage, burst, first_seen, started, worker, attempt, max_attempts, crashes, \
     own, plan, dependants";
/// How many columns those are.
pub(super) const RUNNING_COLUMNS: usize = 22;
/// The columns of a [`Content`], which come first in every statement that reads one.
pub(super) const CONTENT_COLUMNS: usize = 8;

pub(super) fn running(row: &Row<'_>) -> rusqlite::Result<Running> {
    Ok(Running {
        content: content(row)?,
        token: Token {
            task: row.get(8)?,
            epoch: row.get(9)?,
        },
        path: get(row, 10)?,
        stage: get(row, 11)?,
        burst: row.get(12)?,
        first_seen: row.get(13)?,
        started: row.get(14)?,
        worker: row.get(15)?,
        attempt: small(row, 16)?,
        max_attempts: small(row, 17)?,
        crashes: small(row, 18)?,
        is_own: row.get::<_, i64>(19)? != 0,
        plan: row.get(20)?,
        dependants: small(row, 21)?,
    })
}

/// The first columns of a row that are `cause, saved, priority, tip, blob, base, commits,
/// previous`.
pub(super) fn content(row: &Row<'_>) -> rusqlite::Result<Content> {
    Ok(Content {
        cause: get(row, 0)?,
        saved: row.get(1)?,
        priority: get(row, 2)?,
        tip: maybe(row, 3)?,
        blob: maybe(row, 4)?,
        base: maybe(row, 5)?,
        commits: get(row, 6)?,
        previous: row.get(7)?,
    })
}

/// Where a task goes that leaves its worker.
#[derive(Debug)]
pub(super) enum Back {
    /// It can be claimed at once.
    Ready,
    /// It is tried again at a time, at a priority.
    Retry { at_ms: i64, priority: Priority },
    /// It waits for a time, or for something.
    Deferred {
        reason: String,
        until_ms: Option<i64>,
    },
}

/// What a new task is made of.
pub(super) struct Incoming {
    pub(super) stage: Stage,
    pub(super) path: RepoPath,
    pub(super) content: Content,
    pub(super) burst: Option<BurstId>,
    pub(super) run_at: i64,
    pub(super) origin: Option<TaskId>,
}

impl Work<'_> {
    /// The running task of a token; `None` if the token is stale. What follows in the
    /// same transaction is fenced by it.
    pub(super) fn running(&self, token: Token) -> Result<Option<Running>> {
        if crash::off("fencing") {
            let anyone = format!("SELECT {RUNNING} FROM tasks WHERE id = ?1 AND state = 1");
            let mut statement = self.tx.prepare_cached(&anyone)?;
            return Ok(statement.query_row([token.task], running).optional()?);
        }
        let sql = const_format(RUNNING);
        Ok(self
            .tx
            .prepare_cached(&sql)?
            .query_row(params![token.task, token.epoch, self.worktree], running)
            .optional()?)
    }

    /// The task that waits for a file and stage, and takes in its changes.
    fn open_task(&self, path: &RepoPath, stage: Stage) -> Result<Option<Open>> {
        let mut statement = self.tx.prepare_cached(
            "SELECT cause, saved, priority, tip, blob, base, commits, previous, id,
                    first_seen, run_at
             FROM tasks
             WHERE worktree = ?1 AND path = ?2 AND stage = ?3 AND own = 0
               AND state IN (0, 2, 3)",
        )?;
        let found = statement.query_row(params![self.worktree, Sql(path), Sql(stage)], |row| {
            Ok(Open {
                content: content(row)?,
                id: row.get(CONTENT_COLUMNS)?,
                first_seen: row.get(CONTENT_COLUMNS + 1)?,
                run_at: row.get(CONTENT_COLUMNS + 2)?,
            })
        });
        Ok(found.optional()?)
    }

    /// The task that waits with newer committed content of a file, at a stage or before
    /// it: that content comes to the stage again, and a fix of the older one could not
    /// land.
    fn newer_content(&self, path: &RepoPath, stage: Stage) -> Result<Option<Open>> {
        for earlier in Stage::ALL.into_iter().filter(|one| *one <= stage) {
            let open = self.open_task(path, earlier)?;
            let newer = open.filter(|open| open.content.cause == Cause::Commit);
            if newer.is_some() {
                return Ok(newer);
            }
        }
        Ok(None)
    }

    /// Which task waits with newer committed content of a file, at a stage or before it.
    pub(super) fn newer_commit(&self, path: &RepoPath, stage: Stage) -> Result<Option<TaskId>> {
        Ok(self.newer_content(path, stage)?.map(|open| open.id))
    }

    /// Takes a task in: a new row, or one more change of the one that waits. Returns
    /// its id and whether it was folded in. The unique index would refuse a second
    /// waiting row; nobody else writes between the look and the insertion, because the
    /// transaction is immediate.
    pub(super) fn enqueue(&mut self, new: Incoming) -> Result<(TaskId, bool)> {
        let open = self.open_task(&new.path, new.stage)?;
        let (id, folded, cause, priority) = if let Some(open) = open {
            // Where the clock was put back, what waits was first seen in the future.
            let first_seen = open.first_seen.min(self.now);
            let latest = first_seen.saturating_add(LONGEST_SETTLE_MS);
            let run_at = open.run_at.max(new.run_at).min(latest).max(0);
            let changed = new.content.blob.is_some() && new.content.blob != open.content.blob;
            let merged = Content::merged(open.content, &new.content);
            self.fold(
                open.id,
                open.first_seen,
                &merged,
                new.burst,
                run_at,
                changed,
            )?;
            (open.id, true, merged.cause, merged.priority)
        } else {
            let (cause, priority) = (new.content.cause, new.content.priority);
            (self.insert(&new)?, false, cause, priority)
        };
        self.record(Event::TaskEnqueued {
            task: id,
            path: new.path,
            stage: new.stage,
            cause,
            priority,
            burst: new.burst,
            folded,
        });
        Ok((id, folded))
    }

    fn insert(&self, new: &Incoming) -> Result<TaskId> {
        let content = &new.content;
        let id = self
            .tx
            .prepare_cached(
                "INSERT INTO tasks (worktree, stage, path, state, cause, saved, priority, tip,
                    blob, base, commits, burst, previous, origin, first_seen, vdl, run_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16,
                    ?17)",
            )?
            .insert(params![
                self.worktree,
                Sql(new.stage),
                Sql(&new.path),
                waiting_state(new.run_at, self.now),
                Sql(content.cause),
                content.saved,
                Sql(content.priority),
                content.tip.map(Sql),
                content.blob.map(Sql),
                content.base.map(Sql),
                Sql(content.commits.as_slice()),
                new.burst,
                content.previous,
                new.origin,
                self.now,
                pick::deadline_ms(self.now, content.priority, content.cause.source()),
                new.run_at,
            ])?;
        Ok(TaskId(id))
    }

    /// Writes merged content into a task that waits. New content has all its attempts.
    fn fold(
        &self,
        id: TaskId,
        first_seen: i64,
        content: &Content,
        burst: Option<BurstId>,
        run_at: i64,
        changed: bool,
    ) -> Result<()> {
        self.tx
            .prepare_cached(
                "UPDATE tasks SET state = ?2, cause = ?3, saved = ?4, priority = ?5, tip = ?6,
                    blob = ?7, base = ?8, commits = ?9, previous = ?10,
                    burst = coalesce(?11, burst), vdl = min(vdl, ?12), run_at = ?13,
                    attempt = iif(?14, 0, attempt), crashes = iif(?14, 0, crashes),
                    gen = gen + 1, reason = NULL
                 WHERE id = ?1 AND state IN (0, 2, 3)",
            )?
            .execute(params![
                id,
                waiting_state(run_at, self.now),
                Sql(content.cause),
                content.saved,
                Sql(content.priority),
                content.tip.map(Sql),
                content.blob.map(Sql),
                content.base.map(Sql),
                Sql(content.commits.as_slice()),
                content.previous,
                burst,
                pick::deadline_ms(first_seen, content.priority, content.cause.source()),
                run_at,
                changed,
            ])?;
        Ok(())
    }

    /// Puts a running task back, with these counts of attempts and crashes. If a newer
    /// one waits for the same file and stage, that one takes over what the older was
    /// for, and the older is superseded (`false`): both cannot wait.
    pub(super) fn put_back(
        &mut self,
        task: &Running,
        back: &Back,
        attempt: u32,
        crashes: u32,
    ) -> Result<bool> {
        if !task.is_own
            && let Some(newer) = self.open_task(&task.path, task.stage)?
        {
            self.give_way(task, &newer)?;
            return Ok(false);
        }
        let held = self.is_held(task.plan)?;
        let (state, run_at, priority, reason) = match back {
            Back::Ready => (0, self.now, task.content.priority, None),
            Back::Retry { at_ms, priority } => {
                (waiting_state(*at_ms, self.now), *at_ms, *priority, None)
            }
            Back::Deferred { reason, until_ms } => {
                let state = if until_ms.is_some() { 2 } else { 3 };
                let run_at = until_ms.unwrap_or(self.now);
                (state, run_at, task.content.priority, Some(reason))
            }
        };
        let (state, reason) = if held { (3, None) } else { (state, reason) };
        self.tx
            .prepare_cached(
                "UPDATE tasks SET state = ?3, run_at = ?4, priority = ?5, vdl = min(vdl, ?6),
                    reason = ?7, attempt = ?8, crashes = ?9, worker = NULL, started = NULL,
                    lease_until = NULL, boot = NULL, instance = NULL, unmet = ?10
                 WHERE id = ?1 AND epoch = ?2 AND state = 1",
            )?
            .execute(params![
                task.token.task,
                task.token.epoch,
                state,
                run_at,
                Sql(priority),
                pick::deadline_ms(task.first_seen, priority, task.content.cause.source()),
                reason,
                attempt,
                crashes,
                held,
            ])?;
        Ok(true)
    }

    /// Hands what a running task is for to the newer one that waits.
    fn give_way(&mut self, older: &Running, newer: &Open) -> Result<()> {
        let merged = Content::merged(older.content.clone(), &newer.content);
        self.fold(
            newer.id,
            older.first_seen,
            &merged,
            None,
            newer.run_at,
            false,
        )?;
        if older.dependants > 0 {
            self.wait_instead(older.token.task, newer.id)?;
        }
        self.supersede(older)
    }

    /// The same for a task whose result is no longer wanted, if there is a newer one.
    pub(super) fn superseded(&mut self, task: &Running) -> Result<()> {
        let newer = match self.newer_content(&task.path, task.stage)? {
            None => self.open_task(&task.path, task.stage)?,
            newer => newer,
        };
        match newer {
            Some(newer) => self.give_way(task, &newer),
            None => self.supersede(task),
        }
    }

    /// Ends a running task without a result. What still waits for it, after a newer one
    /// has taken its place or because nothing is left to be done, waits no longer.
    fn supersede(&mut self, task: &Running) -> Result<()> {
        self.tx
            .prepare_cached(
                "UPDATE tasks SET state = 6, ended = ?3, lease_until = NULL
                 WHERE id = ?1 AND epoch = ?2 AND state = 1",
            )?
            .execute(params![task.token.task, task.token.epoch, self.now])?;
        self.record(Event::TaskSuperseded {
            task: task.token.task,
            path: task.path.clone(),
            stage: task.stage,
        });
        self.met(task.token.task, task.plan, task.dependants)
    }
}

/// A task that waits.
struct Open {
    id: TaskId,
    content: Content,
    first_seen: i64,
    run_at: i64,
}

/// Ready now, or scheduled.
fn waiting_state(run_at: i64, now: i64) -> i64 {
    if run_at <= now { 0 } else { 2 }
}

fn const_format(columns: &str) -> String {
    format!(
        "SELECT {columns} FROM tasks WHERE id = ?1 AND epoch = ?2 AND worktree = ?3 AND state = 1"
    )
}
