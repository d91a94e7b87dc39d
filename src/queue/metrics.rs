//! How the queue does over a window: how long work waits and takes, how much of it ends
//! well, and what the workers went through.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::attempts::AttemptOutcome;
use super::codec::{Sql, count};
use super::counts::{Count, Counts};
use super::error::Result;
use super::handle::Queue;
use super::rates::{Quantiles, percent};
use crate::clock;
use crate::journal::Event;
use crate::schedule::Stage;

/// Why a worker ended that another one replaces at once.
pub const RESTARTED: &str = "it died; another one takes its place";

/// The queue of a work tree over a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// When the window begins, in milliseconds since the epoch.
    pub since_ms: i64,
    /// How long it is, in milliseconds.
    pub window_ms: i64,
    /// What there is now, by stage, state and priority.
    pub tasks: Vec<Count>,
    /// What happened in the window, by stage; all stages in which anything did.
    pub stages: Vec<StageMetrics>,
    /// The circuit breakers, closed ones that have never opened left out.
    pub breakers: Vec<BreakerState>,
    /// How large the database is, in bytes.
    pub database_bytes: u64,
}

/// What happened in a stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageMetrics {
    /// The stage.
    pub stage: Stage,
    /// From when a task could run (first seen, settled, what it waited for done, or tried
    /// again) to the beginning of its last run, in milliseconds.
    pub wait_ms: Quantiles,
    /// From the beginning of a run to its end, of those that came to one, in milliseconds.
    pub run_ms: Quantiles,
    /// Runs by how they ended.
    pub runs: BTreeMap<String, usize>,
    /// Tasks that ended well.
    pub done: usize,
    /// Tasks that ended well in an hour, at the rate of the window.
    pub per_hour: usize,
    /// How many of a hundred runs that came to an end came to a good one; `None` without any.
    pub success_rate: Option<u32>,
    /// Runs that failed and were followed by another attempt.
    pub retries: usize,
    /// Changes that were folded into a task that waited already.
    pub coalesced: usize,
    /// Tasks that failed for good.
    pub dead: usize,
    /// Tasks that were cancelled.
    pub cancelled: usize,
    /// How often workers were added.
    pub scale_ups: usize,
    /// How often workers were taken away.
    pub scale_downs: usize,
    /// How often a dead worker was replaced.
    pub restarts: usize,
}

/// A circuit breaker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakerState {
    /// The tool.
    pub tool: String,
    /// Its version.
    pub version: String,
    /// `closed`, `open` or `half-open`.
    pub state: String,
}

impl Queue {
    /// The metrics of this work tree since a time, in milliseconds since the epoch. What was
    /// pruned does not count: a window should not begin more than 24 hours ago.
    pub fn metrics(&self, since_ms: i64) -> Result<Metrics> {
        let Counts { rows: tasks } = self.counts()?;
        let now = clock::wall_ms();
        let window_ms = (now - since_ms).max(1);
        let staff = self.staff(since_ms)?;
        self.read(|reader| {
            let worktree = self.worktree().as_str();
            let mut stages = Vec::new();
            for stage in Stage::ALL.into_iter().chain([Stage::External]) {
                let staff = staff.get(&stage).copied().unwrap_or_default();
                let found = stage_metrics(reader, worktree, stage, since_ms, window_ms, staff)?;
                stages.extend(found);
            }
            Ok(Metrics {
                since_ms,
                window_ms,
                tasks,
                stages,
                breakers: breakers(reader)?,
                database_bytes: size(reader)?,
            })
        })
    }

    /// What the journal says about the workers of each stage.
    fn staff(&self, since_ms: i64) -> Result<BTreeMap<Stage, Staff>> {
        let mut all: BTreeMap<Stage, Staff> = BTreeMap::new();
        let is_about =
            |event: &Event| matches!(event, Event::Scaled { .. } | Event::WorkerEnded { .. });
        for entry in self.last_entries(since_ms, usize::MAX, |entry| is_about(&entry.event))? {
            match entry.event {
                Event::Scaled {
                    stage, from, to, ..
                } => {
                    let staff = all.entry(stage).or_default();
                    staff.ups += usize::from(to > from);
                    staff.downs += usize::from(to < from);
                }
                Event::WorkerEnded { stage, reason, .. } => {
                    all.entry(stage).or_default().restarts += usize::from(reason == RESTARTED);
                }
                _ => {}
            }
        }
        Ok(all)
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Staff {
    ups: usize,
    downs: usize,
    restarts: usize,
}

/// `None` for a stage in which nothing happened.
fn stage_metrics(
    reader: &Connection,
    worktree: &str,
    stage: Stage,
    since: i64,
    window_ms: i64,
    staff: Staff,
) -> Result<Option<StageMetrics>> {
    let of_stage = params![worktree, Sql(stage), since];
    let (mut waits, mut times) = (Vec::new(), Vec::new());
    let mut runs: BTreeMap<String, usize> = BTreeMap::new();
    let mut statement = reader.prepare_cached(
        "SELECT a.outcome, a.ended - a.started,
            iif(a.epoch = t.epoch, a.started - max(t.first_seen, t.run_at), NULL)
         FROM attempts AS a JOIN tasks AS t ON t.id = a.task
         WHERE t.worktree = ?1 AND t.stage = ?2 AND a.ended >= ?3",
    )?;
    let mut rows = statement.query(of_stage)?;
    while let Some(row) = rows.next()? {
        let Some(outcome) = AttemptOutcome::numbered(count(row, 0)?) else {
            continue;
        };
        *runs.entry(outcome.name().to_owned()).or_default() += 1;
        if outcome.came_to_an_end() {
            times.push(row.get(1)?);
            // What was not put back waited for this run last.
            waits.extend(row.get::<_, Option<i64>>(2)?.map(|wait: i64| wait.max(0)));
        }
    }
    let ended = |condition: &str| -> Result<usize> {
        let sql = format!(
            "SELECT count(*) FROM tasks
             WHERE worktree = ?1 AND stage = ?2 AND ended >= ?3 AND {condition}"
        );
        let mut statement = reader.prepare_cached(&sql)?;
        Ok(statement.query_row(of_stage, |row| count(row, 0))?)
    };
    let (done, dead, cancelled) = (
        ended("state = 4")?,
        ended("state = 5")?,
        ended("state = 7")?,
    );
    let coalesced: usize = reader
        .prepare_cached(
            "SELECT coalesce(sum(gen - 1), 0) FROM tasks
             WHERE worktree = ?1 AND stage = ?2 AND first_seen >= ?3",
        )?
        .query_row(of_stage, |row| count(row, 0))?;
    let of = |names: &[&str]| -> usize { names.iter().filter_map(|name| runs.get(*name)).sum() };
    let good = of(&["clean", "fixed", "asked", "served"]);
    let bad = of(&["failed", "died", "expired"]);
    if runs.is_empty() && done + dead + cancelled + coalesced == 0 && staff == Staff::default() {
        return Ok(None);
    }
    let hours = window_ms as f64 / 3_600_000.0;
    Ok(Some(StageMetrics {
        stage,
        wait_ms: Quantiles::of(waits),
        run_ms: Quantiles::of(times),
        done,
        per_hour: whole(done as f64 / hours),
        success_rate: percent(good, good + bad),
        retries: bad.saturating_sub(dead),
        runs,
        coalesced,
        dead,
        cancelled,
        scale_ups: staff.ups,
        scale_downs: staff.downs,
        restarts: staff.restarts,
    }))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a rate of tasks, for people"
)]
fn whole(rate: f64) -> usize {
    rate.round().max(0.0) as usize
}

fn breakers(reader: &Connection) -> Result<Vec<BreakerState>> {
    let mut statement = reader
        .prepare_cached("SELECT tool, version, value ->> 'state' FROM breakers ORDER BY 1, 2")?;
    let rows = statement.query_map([], |row| {
        Ok(BreakerState {
            tool: row.get(0)?,
            version: row.get(1)?,
            state: row.get::<_, Option<String>>(2)?.unwrap_or_default(),
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn size(reader: &Connection) -> Result<u64> {
    let pages: i64 = reader.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let each: i64 = reader.pragma_query_value(None, "page_size", |row| row.get(0))?;
    Ok(u64::try_from(pages.saturating_mul(each)).unwrap_or(0))
}
