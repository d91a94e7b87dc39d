//! What is known already, by content.
//!
//! In: [`Key`]s (content, path, scope, fingerprint of everything else that can
//! change the answer). Out: results as they were computed; beside them, on a
//! [`FactShelf`], what the import graph knows of a content, and how a work tree stood
//! ([`Standing`]). Always: an answer that
//! was not verified never serves a write ([`Want::Verified`]); a result in a format
//! that this hive does not know is no answer; the memo is bounded, the least
//! recently used goes first; and it never fails a run: without a database there
//! is simply nothing known, which is said once ([`Memo::warning`]).
//!
//! This room does not know how results come about.

mod entry;
mod key;
mod shelf;
pub mod standing;
mod table;

use crate::causes;
use crate::fixers::Fixed;
use crate::repo::Place;
use crate::store::Store;

pub use key::Key;
pub use shelf::FactShelf;
pub use standing::{Seen, Standing};
use table::Table;

/// What the memo keeps: the result of fixing one file.
pub type Known = Fixed;

/// Which answers will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Any: nothing will be written.
    Any,
    /// Only verified ones.
    Verified,
}

/// Results by content. Closing it ([`Memo::close`] or dropping) writes down which
/// were used and removes what is too much.
#[derive(Debug)]
pub struct Memo {
    table: Option<Table>,
    warning: Option<String>,
}

impl Memo {
    /// Opens the memo of a repository, or the user's outside one. Above `capacity`
    /// (bytes) what was not used for longest goes.
    pub fn open(place: Option<&Place>, capacity: u64) -> Self {
        let capacity = i64::try_from(capacity).unwrap_or(i64::MAX);
        Self::from_store(
            Store::open(place).map_err(|error| causes::told(&error)),
            capacity,
        )
    }

    /// A memo that knows nothing and learns nothing.
    pub fn none() -> Self {
        Self {
            table: None,
            warning: None,
        }
    }

    fn from_store(store: Result<Store, String>, capacity: i64) -> Self {
        match store {
            Ok(store) => Self {
                warning: store.moved_aside().map(|aside| {
                    let path = store.path().display();
                    format!("{path} was damaged and is now {}", aside.display())
                }),
                table: Some(Table::new(store, capacity)),
            },
            Err(reason) => Self {
                table: None,
                warning: Some(format!("results are not remembered: {reason}")),
            },
        }
    }

    /// What the person should know, once.
    pub fn warning(&mut self) -> Option<String> {
        self.warning.take()
    }

    /// Looks keys up; the answers are in the order of the keys.
    pub fn get_many(&mut self, keys: &[Key], want: Want) -> Vec<Option<Known>> {
        let found = self.attempt(|table| table.get_many(keys, want));
        found.unwrap_or_else(|| vec![None; keys.len()])
    }

    /// Remembers results. One that is verified is never replaced by one that is
    /// not.
    pub fn put_many(&mut self, entries: &[(Key, Known)]) {
        self.attempt(|table| table.put_many(entries));
    }

    /// Writes down what was used and removes what is too much.
    pub fn close(mut self) -> Option<String> {
        self.finish();
        self.warning()
    }

    fn finish(&mut self) {
        self.attempt(Table::finish);
        self.table = None;
    }

    /// Any failure ends remembering for this run; damage also moves the database
    /// aside, so that the next run begins with a fresh one.
    fn attempt<T>(&mut self, work: impl FnOnce(&mut Table) -> rusqlite::Result<T>) -> Option<T> {
        match work(self.table.as_mut()?) {
            Ok(value) => Some(value),
            Err(error) => {
                let mut reason = causes::told(&error);
                if let Some(table) = self.table.take()
                    && let Some(aside) = table.set_aside_if_damaged(&error)
                {
                    reason = format!("{reason}; the database is now {}", aside.display());
                }
                self.warning
                    .get_or_insert(format!("results are no longer remembered: {reason}"));
                None
            }
        }
    }
}

impl Drop for Memo {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests;
