//! Facts of the import graph, by content.

use rusqlite::{OptionalExtension, Result, params};

use crate::causes;
use crate::clock;
use crate::graph::{Shelf, ShelfKey};
use crate::repo::Place;
use crate::store::{Store, StoreError};

/// What all facts together may take. Those of a repository of 5,000 files take some 3 MB.
const CAPACITY: i64 = 64 << 20;
/// What a row takes beside its value.
const ROW: i64 = 96;
/// How many rows are removed in one transaction, so that nobody waits long.
const BATCH: i64 = 100;

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A shelf in the database of a repository, or in the user's outside one. It is bounded:
/// what was not used for longest goes first. Without a database it knows nothing.
#[derive(Debug)]
pub struct FactShelf {
    store: Option<Store>,
    today: i64,
    capacity: i64,
}

impl FactShelf {
    /// Opens the shelf. A database that cannot be opened is no failure: facts are read
    /// again then.
    pub fn open(place: Option<&Place>) -> Self {
        let store = Store::open(place)
            .inspect_err(|error| tracing::warn!("facts are not kept: {}", causes::told(error)));
        Self::of(store.ok(), CAPACITY)
    }

    fn of(store: Option<Store>, capacity: i64) -> Self {
        Self {
            store,
            today: clock::wall_ms() / DAY_MS,
            capacity,
        }
    }

    /// Any failure ends keeping for this run; damage also moves the database aside.
    fn attempt<T>(&mut self, work: impl FnOnce(&mut Store, i64) -> Result<T>) -> Option<T> {
        match work(self.store.as_mut()?, self.today) {
            Ok(value) => Some(value),
            Err(error) => {
                tracing::warn!("facts are no longer kept: {}", causes::told(&error));
                let store = self.store.take();
                if StoreError::is_damage(&error)
                    && let Some(Err(error)) = store.map(Store::set_aside)
                {
                    tracing::warn!("the damaged database stays: {}", causes::told(&error));
                }
                None
            }
        }
    }
}

impl Shelf for FactShelf {
    fn get_many(&mut self, keys: &[ShelfKey]) -> Vec<Option<Vec<u8>>> {
        let found = self.attempt(|store, today| look_up(store, keys, today));
        found.unwrap_or_else(|| vec![None; keys.len()])
    }

    fn put_many(&mut self, entries: &[(ShelfKey, Vec<u8>)]) {
        let capacity = self.capacity;
        self.attempt(|store, today| {
            store.write(|transaction| {
                let mut statement = transaction.prepare_cached(
                    "INSERT OR REPLACE INTO fact (key, used, size, bytes)
                     VALUES (?1, ?2, ?3, ?4)",
                )?;
                for (key, bytes) in entries {
                    let size = ROW + i64::try_from(bytes.len()).unwrap_or(i64::MAX - ROW);
                    statement.execute(params![&key[..], today, size, bytes])?;
                }
                Ok(())
            })?;
            if total(store)? > capacity {
                while total(store)? > capacity - capacity / 10 {
                    store.write(|transaction| {
                        transaction.execute(
                            "DELETE FROM fact WHERE key IN
                             (SELECT key FROM fact ORDER BY used LIMIT ?1)",
                            [BATCH],
                        )
                    })?;
                }
                store
                    .reader()
                    .execute_batch("PRAGMA incremental_vacuum(20000)")?;
            }
            Ok(())
        });
    }
}

/// One read transaction over all keys; what is used today for the first time is noted.
fn look_up(store: &mut Store, keys: &[ShelfKey], today: i64) -> Result<Vec<Option<Vec<u8>>>> {
    let mut found = Vec::with_capacity(keys.len());
    let mut used = Vec::new();
    store.reader().execute_batch("BEGIN DEFERRED")?;
    let read = || -> Result<()> {
        let mut statement = store
            .reader()
            .prepare_cached("SELECT bytes, used FROM fact WHERE key = ?1")?;
        for key in keys {
            let row: Option<(Vec<u8>, i64)> = statement
                .query_row([&key[..]], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            if row.as_ref().is_some_and(|(_, day)| *day < today) {
                used.push(*key);
            }
            found.push(row.map(|(bytes, _)| bytes));
        }
        Ok(())
    };
    let outcome = { read }();
    let ended = store.reader().execute_batch("COMMIT");
    outcome?;
    ended?;
    if !used.is_empty() {
        store.write(|transaction| {
            let mut statement =
                transaction.prepare_cached("UPDATE fact SET used = ?1 WHERE key = ?2")?;
            for key in &used {
                statement.execute(params![today, &key[..]])?;
            }
            Ok(())
        })?;
    }
    Ok(found)
}

fn total(store: &Store) -> Result<i64> {
    let mut statement = store
        .reader()
        .prepare_cached("SELECT coalesce(sum(size), 0) FROM fact")?;
    statement.query_row([], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    use super::{FactShelf, ROW};
    use crate::graph::Shelf;
    use crate::store::Store;

    fn open(directory: &tempfile::TempDir, capacity: i64, today: i64) -> FactShelf {
        let store = Store::open_file(&directory.path().join("hive.db")).unwrap();
        FactShelf {
            today,
            ..FactShelf::of(Some(store), capacity)
        }
    }

    #[test]
    fn facts_stay_from_run_to_run() {
        let directory = tempfile::tempdir().unwrap();
        open(&directory, 1 << 20, 1).put_many(&[([1; 32], vec![1, 2]), ([2; 32], vec![3])]);
        let found = open(&directory, 1 << 20, 1).get_many(&[[2; 32], [3; 32], [1; 32]]);
        assert_eq!(found, [Some(vec![3]), None, Some(vec![1, 2])]);
    }

    #[test]
    fn what_was_not_used_for_longest_goes() {
        let directory = tempfile::tempdir().unwrap();
        let rows = |from: u8, to: u8| -> Vec<([u8; 32], Vec<u8>)> {
            (from..to).map(|n| ([n; 32], vec![n; 100])).collect()
        };
        let capacity = 1000 * (100 + ROW);
        open(&directory, capacity, 1).put_many(&rows(0, 200));
        assert!(open(&directory, capacity, 2).get_many(&[[7; 32]])[0].is_some());
        let mut shelf = open(&directory, 150 * (100 + ROW), 3);
        shelf.put_many(&rows(200, 201));
        let known = shelf.get_many(&rows(0, 201).iter().map(|row| row.0).collect::<Vec<_>>());
        assert_eq!(known.iter().flatten().count(), 101, "one batch went");
        assert!(known[7].is_some() && known[200].is_some());
    }

    #[test]
    fn without_a_database_nothing_is_known() {
        let mut shelf = FactShelf::of(None, 1);
        shelf.put_many(&[([1; 32], vec![1])]);
        assert_eq!(shelf.get_many(&[[1; 32]]), [None]);
    }
}
