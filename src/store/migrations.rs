//! The schema as an append-only list: number = position.
//!
//! An entry that has been released never changes; `fixtures/store` holds a
//! database saved by each release, which must open for ever.

use rusqlite::{Connection, Result, TransactionBehavior};

use super::refused::refused;
use crate::crash;

const MIGRATIONS: [&str; 9] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
    include_str!("schema/0006.sql"),
    include_str!("schema/0007.sql"),
    include_str!("schema/0008.sql"),
    include_str!("schema/0009.sql"),
];

/// Marks the file as hive's ("hive" in ASCII).
pub(super) const APPLICATION_ID: i32 = 0x6869_7665;

/// The newest schema that this hive knows.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    reason = "a handful of migrations"
)]
pub(super) const NEWEST: i32 = MIGRATIONS.len() as i32;

/// Brings the schema up to date in one transaction; the version is read inside
/// it, so that two processes do not both migrate.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    for migration in MIGRATIONS
        .iter()
        .skip(usize::try_from(version).unwrap_or(0))
    {
        transaction.execute_batch(migration)?;
        crash::pass("store.migrate").map_err(|error| refused(&error))?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", NEWEST)?;
    crash::pass("store.migrate.commit").map_err(|error| refused(&error))?;
    transaction.commit()?;
    crash::pass("store.migrated").map_err(|error| refused(&error))
}
