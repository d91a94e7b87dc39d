//! Opening the database, whatever state it is in.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use rustix::fs::{FlockOperation, flock};

use super::error::StoreError;
use super::location;
use super::migrations::{APPLICATION_ID, NEWEST, migrate};
use super::presence::{Presence, Refused};
use super::refused::refused;
use crate::clock;
use crate::crash;
use crate::repo::Place;
use crate::repo::place::private_dir;

/// The first library without the fault that two connections which checkpoint at
/// once can damage a database (3.7.0 to 3.51.2).
const OLDEST_LIBRARY: i32 = 3_051_003;

/// How long a statement waits for another process.
const BUSY: Duration = Duration::from_secs(5);

/// An open database.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
    moved_aside: Option<PathBuf>,
    /// Let go of after the connection.
    presence: Presence,
}

impl Store {
    /// Opens the database of a repository, or the user's outside one.
    pub fn open(place: Option<&Place>) -> Result<Self, StoreError> {
        let path = match place {
            Some(place) => {
                // Before anything is opened in it: a link may stand in the place of the
                // database or of its log.
                let directory = place.state_dir();
                private_dir(&directory).map_err(|source| StoreError::Io {
                    path: directory,
                    source,
                })?;
                location::repository_file(place)
            }
            None => location::cache_file(),
        };
        Self::open_file(&path.ok_or(StoreError::NoHome)?)
    }

    /// Opens a database file, and makes it if there is none. A damaged one is
    /// moved aside, see [`moved_aside`](Self::moved_aside).
    pub fn open_file(path: &Path) -> Result<Self, StoreError> {
        if rusqlite::version_number() < OLDEST_LIBRARY {
            let found = rusqlite::version();
            return Err(StoreError::Library { found });
        }
        for _ in 0..ATTEMPTS {
            match Self::open_once(path) {
                Err(StoreError::Sqlite { source, .. }) if was_moved(&source) => {
                    // Another process is replacing a damaged one; wait for its turn
                    // to end.
                    drop(turn(path)?);
                }
                other => return other,
            }
        }
        Self::open_once(path)
    }

    fn open_once(path: &Path) -> Result<Self, StoreError> {
        let presence = announce(path)?;
        match connect(path) {
            Ok(connection) => Ok(Self {
                connection,
                path: path.to_owned(),
                moved_aside: None,
                presence,
            }),
            Err(StoreError::Sqlite { source, .. }) if StoreError::is_damage(&source) => {
                replace_damaged(path, presence)
            }
            Err(error) => Err(error),
        }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where a damaged database was moved to when this one was opened.
    pub fn moved_aside(&self) -> Option<&Path> {
        self.moved_aside.as_deref()
    }

    /// The connection, for reading.
    pub fn reader(&self) -> &Connection {
        &self.connection
    }

    /// Runs `work` in an immediate transaction: a deferred one that reads and then
    /// writes fails at once when another process writes in between, without
    /// waiting. Rolled back if `work` fails.
    pub fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Closes it and moves it aside, for damage that is found while it is used.
    pub fn set_aside(self) -> Result<PathBuf, StoreError> {
        let Self {
            connection,
            path,
            presence,
            ..
        } = self;
        drop(connection);
        let _turn = turn(&path)?;
        let aside = move_aside(&path);
        drop(presence);
        aside
    }
}

/// How often a database that is moved away while it is opened is opened again.
const ATTEMPTS: u32 = 4;

/// Whether an error says that the file went away, or is another one by now.
fn was_moved(error: &rusqlite::Error) -> bool {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => {
            failure.code == ErrorCode::CannotOpen
                || failure.extended_code == rusqlite::ffi::SQLITE_READONLY_DBMOVED
                || failure.extended_code == rusqlite::ffi::SQLITE_IOERR_DELETE_NOENT
        }
        _ => false,
    }
}

/// Makes sure that no other kernel has the database open, before it is touched at all.
fn announce(path: &Path) -> Result<Presence, StoreError> {
    create(path)?;
    Presence::announce(path).map_err(|refused| match refused {
        Refused::Elsewhere { name, word } => StoreError::Elsewhere {
            path: path.to_owned(),
            name,
            word,
        },
        Refused::Io(source) => StoreError::Io {
            path: path.with_extension("db.open"),
            source,
        },
    })
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let sqlite = |source| StoreError::Sqlite {
        path: path.to_owned(),
        source,
    };
    create(path)?;
    crash::pass("store.create").map_err(|source| StoreError::Io {
        path: path.to_owned(),
        source,
    })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags).map_err(sqlite)?;
    connection.busy_timeout(BUSY).map_err(sqlite)?;
    let version = match check(&connection, path) {
        // The marks are read one after the other: somebody who sets the database
        // up in between makes it look like another program's. Whoever waits for
        // the turn sees all of what they did.
        Err(StoreError::Foreign { .. }) => {
            let _turn = turn(path)?;
            check(&connection, path)?
        }
        other => other?,
    };
    if version < NEWEST {
        // One at a time: the change to a write-ahead log does not wait.
        let _turn = turn(path)?;
        let set_up = |connection: &mut Connection| {
            if version == 0 {
                // A power failure now would take an empty database.
                connection.pragma_update(None, "synchronous", "OFF")?;
            }
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            connection.pragma_update(None, "journal_mode", "WAL")?;
            crash::pass("store.prepared").map_err(|error| refused(&error))?;
            migrate(connection)
        };
        set_up(&mut connection).map_err(sqlite)?;
    }
    // The cache holds the inner pages of every index of a million tasks, so that a single
    // write does not read them again; the memory is taken page by page, as it is used.
    connection
        .execute_batch(
            "PRAGMA synchronous = NORMAL;
             PRAGMA foreign_keys = ON;
             PRAGMA journal_size_limit = 8388608;
             PRAGMA wal_autocheckpoint = 2000;
             PRAGMA cache_size = -16384;
             PRAGMA temp_store = MEMORY;
             PRAGMA trusted_schema = OFF;",
        )
        .map_err(sqlite)?;
    // Otherwise a plan depends on the values that are bound (a limit is enough), and
    // every new value makes SQLite compile the statement again.
    connection
        .set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)
        .map_err(sqlite)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

/// Makes the directory and an empty file that only the user can read; `SQLite` gives
/// its log and shared memory the same mode. An existing file is not opened: to
/// close it again would drop the locks of every connection in this process.
fn create(path: &Path) -> Result<(), StoreError> {
    let failed = |path: &Path, source| StoreError::Io {
        path: path.to_owned(),
        source,
    };
    if let Some(directory) = path.parent() {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|source| failed(directory, source))?;
    }
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(failed(path, error)),
        _ => Ok(()),
    }
}

/// The schema of the file, 0 for an empty one; refuses what is not for this hive.
fn check(connection: &Connection, path: &Path) -> Result<i32, StoreError> {
    let number = |name| {
        connection
            .pragma_query_value(None, name, |row| row.get::<_, i32>(0))
            .map_err(|source| StoreError::Sqlite {
                path: path.to_owned(),
                source,
            })
    };
    let (application, version) = (number("application_id")?, number("user_version")?);
    let path = path.to_owned();
    match (application, version) {
        (0, 0) if number("schema_version")? == 0 => Ok(0),
        (APPLICATION_ID, found) if found > NEWEST => Err(StoreError::Newer { path, found }),
        (APPLICATION_ID, version) if version >= 0 => Ok(version),
        _ => Err(StoreError::Foreign { path }),
    }
}

/// Waits for the turn to set a database up or to move it aside.
fn turn(path: &Path) -> Result<File, StoreError> {
    let path = path.with_extension("db.turn");
    let lock = || -> io::Result<File> {
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)?;
        flock(&file, FlockOperation::LockExclusive)?;
        Ok(file)
    };
    lock().map_err(|source| StoreError::Io {
        path: path.clone(),
        source,
    })
}

fn replace_damaged(path: &Path, presence: Presence) -> Result<Store, StoreError> {
    let moved_aside = {
        let _turn = turn(path)?;
        // Another process may have replaced it while we waited; what is there now
        // may be fresh and not even set up yet, and must not be moved as well.
        if is_damaged(path) {
            Some(move_aside(path)?)
        } else {
            None
        }
    };
    Ok(Store {
        connection: connect(path)?,
        path: path.to_owned(),
        moved_aside,
        presence,
    })
}

/// Whether the file that is there now is no sound database.
fn is_damaged(path: &Path) -> bool {
    let look = || -> rusqlite::Result<()> {
        let probe = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        probe.busy_timeout(BUSY)?;
        probe.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
    };
    look().is_err_and(|error| StoreError::is_damage(&error))
}

fn move_aside(path: &Path) -> Result<PathBuf, StoreError> {
    let aside = path.with_extension(format!("db.corrupt-{}", clock::wall_ms()));
    let failed = |source| StoreError::Io {
        path: path.to_owned(),
        source,
    };
    crash::pass("store.aside")
        .and_then(|()| std::fs::rename(path, &aside))
        .and_then(|()| crash::pass("store.aside.log"))
        .map_err(failed)?;
    for end in ["-wal", "-shm"] {
        // The log belongs to the damaged file; without it there is none.
        let _ = std::fs::rename(with_end(path, end), with_end(&aside, end));
    }
    Ok(aside)
}

pub(super) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}

#[cfg(test)]
mod tests;
