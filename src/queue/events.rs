//! The journal's rows: what one transaction recorded, as one page.
//!
//! Ids are given inside the immediate transaction, after the newest page, so that they
//! grow over all processes; the newest page is never pruned, so none is given twice.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::error::Result;
use super::handle::Queue;
use super::ids::TaskId;
use crate::journal::{Entry, Event};
use crate::repo::WorktreeId;

/// Writes a page and returns its entries, those that are only streamed included.
pub(super) fn write(
    tx: &Transaction<'_>,
    worktree: &WorktreeId,
    at_ms: i64,
    events: Vec<Event>,
) -> rusqlite::Result<Vec<Entry>> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let newest: Option<i64> = tx
        .prepare_cached("SELECT last FROM events ORDER BY first DESC LIMIT 1")?
        .query_row([], |row| row.get(0))
        .optional()?;
    let first = newest.unwrap_or(0) + 1;
    let mut last = first - 1;
    let mut body = Vec::new();
    let mut entries = Vec::with_capacity(events.len());
    for event in events {
        let mut id = 0;
        if event.is_stored() {
            last += 1;
            id = last;
            serde_json::to_writer(&mut body, &event).map_err(conversion)?;
            body.push(b'\n');
        }
        entries.push(Entry {
            id,
            at_ms,
            worktree: worktree.clone(),
            event,
        });
    }
    if last >= first {
        let body = String::from_utf8(body).map_err(conversion)?;
        tx.prepare_cached(
            "INSERT INTO events (first, last, worktree, at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![first, last, worktree.as_str(), at_ms, body])?;
    }
    Ok(entries)
}

fn conversion(error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::ToSqlConversionFailure(Box::new(error))
}

impl Queue {
    /// Adds an entry of its own to the journal.
    pub fn record(&self, event: Event) -> Result<()> {
        self.write("queue.record", move |work| {
            work.record(event);
            Ok(())
        })
    }

    /// The entries of all work trees after an id, the oldest first, at most `limit`.
    /// Finished work's entries are kept for a day.
    pub fn entries_since(&self, id: i64, limit: usize) -> Result<Vec<Entry>> {
        self.read(|reader| entries_since(reader, id, limit))
    }

    /// The last entries of this work tree since a time that are wanted, the oldest first,
    /// at most `limit`.
    pub fn last_entries(
        &self,
        since_ms: i64,
        limit: usize,
        wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Vec<Entry>> {
        self.read(|reader| {
            let mut statement = reader.prepare_cached(
                "SELECT first, worktree, at, body FROM events
                 WHERE worktree = ?1 AND at >= ?2 ORDER BY first DESC",
            )?;
            let mut rows = statement.query(params![self.worktree().as_str(), since_ms])?;
            let mut entries = Vec::new();
            while entries.len() < limit {
                let Some(row) = rows.next()? else { break };
                let page = page(row)?.into_iter().rev();
                entries.extend(page.filter(&wanted));
            }
            entries.truncate(limit);
            entries.reverse();
            Ok(entries)
        })
    }

    /// The id of the newest entry; 0 if there is none.
    pub fn newest_entry(&self) -> Result<i64> {
        self.read(|reader| {
            let newest = reader
                .prepare_cached("SELECT last FROM events ORDER BY first DESC LIMIT 1")?
                .query_row([], |row| row.get(0))
                .optional()?;
            Ok(newest.unwrap_or(0))
        })
    }
}

fn entries_since(reader: &Connection, id: i64, limit: usize) -> Result<Vec<Entry>> {
    let mut statement = reader.prepare_cached(
        "SELECT first, worktree, at, body FROM events
         WHERE first >= (SELECT coalesce(max(first), 0) FROM events WHERE first <= ?1 + 1)
         ORDER BY first",
    )?;
    let mut rows = statement.query([id])?;
    let mut entries = Vec::new();
    while entries.len() < limit {
        let Some(row) = rows.next()? else { break };
        let page = page(row)?;
        entries.extend(page.into_iter().filter(|entry| entry.id > id));
    }
    entries.truncate(limit);
    Ok(entries)
}

/// The entries about a task, the oldest first.
pub(super) fn of_task(
    reader: &Connection,
    worktree: &str,
    task: TaskId,
    since_ms: i64,
) -> rusqlite::Result<Vec<Entry>> {
    let mut statement = reader.prepare_cached(
        "SELECT first, worktree, at, body FROM events
         WHERE worktree = ?1 AND at >= ?2 AND instr(body, ?3) ORDER BY first",
    )?;
    let sign = format!("\"task\":{task}");
    let mut rows = statement.query(params![worktree, since_ms, sign])?;
    let mut entries = Vec::new();
    while let Some(row) = rows.next()? {
        let page = page(row)?.into_iter();
        entries.extend(page.filter(|entry| entry.event.task() == Some(task)));
    }
    Ok(entries)
}

/// The entries of a page. One of a newer hive that this one does not know is left out.
fn page(row: &rusqlite::Row<'_>) -> rusqlite::Result<Vec<Entry>> {
    let (first, at_ms): (i64, i64) = (row.get(0)?, row.get(2)?);
    let worktree = WorktreeId::stored(row.get::<_, String>(1)?);
    let body = row.get_ref(3)?.as_str()?;
    let entries = (first..).zip(body.lines()).filter_map(|(id, line)| {
        let event = serde_json::from_str(line).ok()?;
        Some(Entry {
            id,
            at_ms,
            worktree: worktree.clone(),
            event,
        })
    });
    Ok(entries.collect())
}
