//! An error of the system as `SQLite` tells it.

use std::io;

use rusqlite::ffi;

/// What `SQLite` would say of an error of the system in the middle of a statement: a
/// full disk is told from everything else.
pub fn refused(error: &io::Error) -> rusqlite::Error {
    let code = match error.kind() {
        io::ErrorKind::StorageFull => ffi::SQLITE_FULL,
        _ => ffi::SQLITE_IOERR,
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(error.to_string()))
}
