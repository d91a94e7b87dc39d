//! How often fixes land and how often people take them back, by rule.

use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};

use super::codec::count;
use super::error::Result;
use super::handle::Queue;

/// What became of the fixes of one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleRates {
    /// The rule.
    pub rule: String,
    /// Findings that were fixed, in fixes of any state.
    pub made: usize,
    /// Fixes of files that had this rule in them.
    pub fixes: usize,
    /// Those of them that have landed.
    pub landed: usize,
    /// Those of them that wait or are kept back.
    pub waiting: usize,
    /// Times that a person took fixes of this rule back.
    pub taken_back: usize,
    /// Questions about it.
    pub asked: usize,
    /// Those that were applied, resolved or whose cause went.
    pub resolved: usize,
    /// Those that were dismissed or suppressed.
    pub dismissed: usize,
}

impl RuleRates {
    /// How many of a hundred fixes land; `None` without any.
    pub fn fix_rate(&self) -> Option<u32> {
        percent(self.landed, self.landed + self.asked)
    }

    /// How many of a hundred landed fixes stay; `None` without any.
    pub fn accept_rate(&self) -> Option<u32> {
        percent(self.landed.saturating_sub(self.taken_back), self.landed)
    }
}

/// A part of a whole, of a hundred; `None` of nothing.
pub(super) fn percent(part: usize, whole: usize) -> Option<u32> {
    let rate = (part * 100 + whole / 2).checked_div(whole)?;
    u32::try_from(rate).ok()
}

/// How long things took, in milliseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantiles {
    /// How many there were.
    pub count: usize,
    /// The median.
    pub p50: i64,
    /// Of a hundred, 95 took less.
    pub p95: i64,
    /// Of a hundred, 99 took less.
    pub p99: i64,
}

impl Quantiles {
    /// Of any numbers.
    pub fn of(mut all: Vec<i64>) -> Self {
        all.sort_unstable();
        let at = |of: usize| {
            let place = (all.len() * of).div_ceil(100).saturating_sub(1);
            all.get(place).copied().unwrap_or(0)
        };
        Self {
            count: all.len(),
            p50: at(50),
            p95: at(95),
            p99: at(99),
        }
    }
}

/// What was fixed over a span.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// By rule, the most frequent first.
    pub rules: Vec<RuleRates>,
    /// The files with the most fixes, and how many, the most first.
    pub files: Vec<(String, usize)>,
    /// How long workers spent on a file.
    pub working: Quantiles,
    /// From the fix to its landing.
    pub landing: Quantiles,
}

impl Queue {
    /// What was fixed in this work tree since a time; with the `files` files that had the
    /// most fixes.
    pub fn rates(&self, since_ms: Option<i64>, files: usize) -> Result<Rates> {
        let since = since_ms.unwrap_or(0);
        self.read(|reader| {
            let worktree = self.worktree().as_str();
            Ok(Rates {
                rules: rules(reader, worktree, since)?,
                files: top(reader, worktree, since, files)?,
                working: quantiles(
                    reader,
                    "SELECT ms FROM fixes WHERE worktree = ?1 AND made >= ?2",
                    worktree,
                    since,
                )?,
                landing: quantiles(
                    reader,
                    "SELECT ended - made FROM fixes
                     WHERE worktree = ?1 AND made >= ?2 AND state = 3",
                    worktree,
                    since,
                )?,
            })
        })
    }

    /// The rule whose landed fixes are taken back most often: at least `least` landed
    /// and a quarter of them taken back. A hint for people; it changes no answer.
    pub fn unloved(&self, least: usize) -> Result<Option<RuleRates>> {
        self.read(|reader| {
            // Without a single no there is nothing to count.
            let declined: bool = reader
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM declines)")?
                .query_row([], |row| row.get(0))?;
            if !declined {
                return Ok(None);
            }
            let all = rules(reader, self.worktree().as_str(), 0)?;
            let worst = all
                .into_iter()
                .filter(|rule| rule.landed >= least && rule.taken_back * 4 >= rule.landed);
            Ok(worst.max_by_key(|rule| rule.taken_back * 1000 / rule.landed.max(1)))
        })
    }
}

fn rules(reader: &Connection, worktree: &str, since: i64) -> Result<Vec<RuleRates>> {
    // A no to one fix of a file is a row per line: `how` tells them apart.
    let mut statement = reader.prepare_cached(
        "WITH done AS (
            SELECT value ->> 'code' AS rule, sum(value ->> 'count') AS made, count(*) AS fixes,
                sum(state = 3) AS landed, sum(state < 3) AS waiting
            FROM fixes, json_each(counts) WHERE worktree = ?1 AND made >= ?2 GROUP BY 1),
        back AS (
            SELECT rule, count(DISTINCT path || char(0) || how) AS times
            FROM declines WHERE at >= ?2 GROUP BY 1),
        asked AS (
            SELECT rule, count(*) AS asked,
                sum(ending IN (0, 2, 3)) AS resolved, sum(ending IN (1, 4)) AS dismissed
            FROM escalations WHERE worktree = ?1 AND last >= ?2 GROUP BY 1)
        SELECT names.rule, coalesce(made, 0), coalesce(fixes, 0), coalesce(landed, 0),
            coalesce(waiting, 0), coalesce(times, 0), coalesce(asked, 0),
            coalesce(resolved, 0), coalesce(dismissed, 0)
        FROM (SELECT rule FROM done UNION SELECT rule FROM asked) AS names
        LEFT JOIN done USING (rule) LEFT JOIN back USING (rule) LEFT JOIN asked USING (rule)
        ORDER BY 2 DESC, 7 DESC, 1",
    )?;
    let rows = statement.query_map(params![worktree, since], |row| {
        Ok(RuleRates {
            rule: row.get(0)?,
            made: count(row, 1)?,
            fixes: count(row, 2)?,
            landed: count(row, 3)?,
            waiting: count(row, 4)?,
            taken_back: count(row, 5)?,
            asked: count(row, 6)?,
            resolved: count(row, 7)?,
            dismissed: count(row, 8)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn top(
    reader: &Connection,
    worktree: &str,
    since: i64,
    files: usize,
) -> Result<Vec<(String, usize)>> {
    let mut statement = reader.prepare_cached(
        "SELECT path, count(*) FROM fixes WHERE worktree = ?1 AND made >= ?2 AND state = 3
         GROUP BY path ORDER BY 2 DESC, 1 LIMIT ?3",
    )?;
    let files = i64::try_from(files).unwrap_or(i64::MAX);
    let rows = statement.query_map(params![worktree, since, files], |row| {
        Ok((row.get(0)?, count(row, 1)?))
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn quantiles(reader: &Connection, sql: &str, worktree: &str, since: i64) -> Result<Quantiles> {
    let mut statement = reader.prepare_cached(sql)?;
    let rows = statement.query_map(params![worktree, since], |row| row.get(0))?;
    Ok(Quantiles::of(rows.collect::<rusqlite::Result<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::Quantiles;

    #[test]
    fn quantiles_are_members() {
        let all = Quantiles::of((1..=100).rev().collect());
        assert_eq!((all.p50, all.p95, all.p99, all.count), (50, 95, 99, 100));
        assert_eq!(Quantiles::of(vec![7]).p99, 7);
        assert_eq!(Quantiles::of(Vec::new()), Quantiles::default());
    }
}
