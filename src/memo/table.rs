//! The rows.

use std::path::PathBuf;

use rusqlite::{OptionalExtension, Result, Transaction, params};

use super::entry::{clean, decode, encode, is_clean};
use super::{Key, Known, Want};
use crate::clock;
use crate::crash;
use crate::store::{Store, StoreError, refused};

/// What a row takes beside its value.
const ROW: i64 = 64;
/// How many rows are removed in one transaction, so that nobody waits long.
const BATCH: i64 = 500;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// The memo's tables in an open database.
#[derive(Debug)]
pub(super) struct Table {
    store: Store,
    today: i64,
    /// Keys that were used today for the first time.
    used: Vec<Key>,
    written: bool,
    capacity: i64,
}

impl Table {
    pub(super) fn new(store: Store, capacity: i64) -> Self {
        Self {
            store,
            today: clock::wall_ms() / DAY_MS,
            used: Vec::new(),
            written: false,
            capacity,
        }
    }

    /// One read transaction over all keys: what it sees is of one moment, and the
    /// locks are taken once.
    pub(super) fn get_many(&mut self, keys: &[Key], want: Want) -> Result<Vec<Option<Known>>> {
        let reader = self.store.reader();
        reader.execute_batch("BEGIN DEFERRED")?;
        let found = self.look_up(keys, want);
        let ended = self.store.reader().execute_batch("COMMIT");
        let (found, used) = found?;
        ended?;
        self.used.extend(used);
        Ok(found)
    }

    fn look_up(&self, keys: &[Key], want: Want) -> Result<(Vec<Option<Known>>, Vec<Key>)> {
        let mut statement = self.store.reader().prepare_cached(
            "SELECT verified, used, value IS NULL, bytes
             FROM memo LEFT JOIN memo_value ON id = value WHERE key = ?1",
        )?;
        let mut found = Vec::with_capacity(keys.len());
        let mut used = Vec::new();
        for key in keys {
            let row = statement
                .query_row([key.as_bytes()], |row| {
                    let verified: bool = row.get(0)?;
                    let known = if row.get(2)? {
                        Some(clean(verified))
                    } else {
                        // A value that is missing or unknown is no answer.
                        row.get_ref(3)?.as_blob().ok().and_then(decode)
                    };
                    Ok((known, verified, row.get::<_, i64>(1)?))
                })
                .optional()?;
            let known = row.and_then(|(known, verified, day)| {
                let known = known.filter(|known| known.verified == verified);
                if known.is_some() && day < self.today {
                    used.push(*key);
                }
                known.filter(|_| verified || want == Want::Any)
            });
            found.push(known);
        }
        Ok((found, used))
    }

    pub(super) fn put_many(&mut self, entries: &[(Key, Known)]) -> Result<()> {
        // Compressed before the transaction, in which others wait.
        let rows: Vec<_> = entries
            .iter()
            .filter_map(|(key, known)| {
                let value = if is_clean(known) {
                    None
                } else {
                    Some(encode(known)?)
                };
                Some((key, known.verified, value))
            })
            .collect();
        let today = self.today;
        self.store.write(|transaction| {
            for (key, verified, value) in rows {
                put(transaction, key, verified, value, today)?;
            }
            crash::pass("memo.put").map_err(|error| refused(&error))
        })?;
        self.written = true;
        Ok(())
    }

    /// Writes down what was used, then removes the least recently used entries
    /// until a tenth of the capacity is free, if there is too much.
    pub(super) fn finish(&mut self) -> Result<()> {
        let used = std::mem::take(&mut self.used);
        if !used.is_empty() {
            let today = self.today;
            self.store.write(|transaction| {
                let mut statement =
                    transaction.prepare_cached("UPDATE memo SET used = ?1 WHERE key = ?2")?;
                for key in &used {
                    statement.execute(params![today, key.as_bytes()])?;
                }
                crash::pass("memo.used").map_err(|error| refused(&error))
            })?;
        }
        if self.written && self.total()? > self.capacity {
            while self.total()? > self.capacity - self.capacity / 10 {
                self.store.write(|transaction| {
                    evict(transaction)?;
                    crash::pass("memo.evict").map_err(|error| refused(&error))
                })?;
            }
            // Gives pages back to the file system, some at a time.
            let reader = self.store.reader();
            reader.execute_batch("PRAGMA incremental_vacuum(20000)")?;
        }
        Ok(())
    }

    fn total(&self) -> Result<i64> {
        let mut statement = self
            .store
            .reader()
            .prepare_cached("SELECT coalesce(sum(size), 0) FROM memo")?;
        statement.query_row([], |row| row.get(0))
    }

    /// Moves the database aside if the error says that it is damaged.
    pub(super) fn set_aside_if_damaged(self, error: &rusqlite::Error) -> Option<PathBuf> {
        if !StoreError::is_damage(error) {
            return None;
        }
        self.store.set_aside().ok()
    }

    #[cfg(test)]
    pub(super) fn for_tests(store: Store, today: i64, capacity: i64) -> Self {
        Self {
            today,
            capacity,
            ..Self::new(store, capacity)
        }
    }

    #[cfg(test)]
    pub(super) fn store(&self) -> &Store {
        &self.store
    }
}

fn put(
    transaction: &Transaction<'_>,
    key: &Key,
    verified: bool,
    value: Option<Vec<u8>>,
    today: i64,
) -> Result<()> {
    let old: Option<(bool, Option<i64>)> = transaction
        .prepare_cached("SELECT verified, value FROM memo WHERE key = ?1")?
        .query_row([key.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((old_verified, id)) = old {
        if old_verified && !verified {
            return Ok(());
        }
        transaction
            .prepare_cached("DELETE FROM memo_value WHERE id = ?1")?
            .execute([id])?;
    }
    let size = ROW + i64::try_from(value.as_ref().map_or(0, Vec::len)).unwrap_or(i64::MAX - ROW);
    let id = match value {
        Some(bytes) => Some(
            transaction
                .prepare_cached("INSERT INTO memo_value (bytes) VALUES (?1)")?
                .insert([bytes])?,
        ),
        None => None,
    };
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO memo (key, verified, used, size, value)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![key.as_bytes(), verified, today, size, id])?;
    Ok(())
}

/// Removes the least recently used entries, one batch of them.
fn evict(transaction: &Transaction<'_>) -> Result<()> {
    let rows: Vec<(Vec<u8>, Option<i64>)> = transaction
        .prepare_cached("SELECT key, value FROM memo ORDER BY used LIMIT ?1")?
        .query_map([BATCH], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_>>()?;
    for (key, value) in rows {
        transaction
            .prepare_cached("DELETE FROM memo WHERE key = ?1")?
            .execute([key])?;
        transaction
            .prepare_cached("DELETE FROM memo_value WHERE id = ?1")?
            .execute([value])?;
    }
    Ok(())
}
