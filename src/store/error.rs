//! Why there is no database, and what to do about it.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::migrations::NEWEST;
use crate::failure::Failure;

/// Why there is no database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// This hive is linked to an `SQLite` that can damage databases.
    #[error("SQLite {found} can damage databases; hive needs 3.51.3 or newer")]
    Library {
        /// The version of the library.
        found: &'static str,
    },
    /// A newer hive has written it.
    #[error("{} was written by a newer hive (schema {found}, this one knows {NEWEST})", path.display())]
    Newer {
        /// The database.
        path: PathBuf,
        /// Its schema.
        found: i32,
    },
    /// Another kernel has it open.
    #[error("{} is open on {name}", path.display())]
    Elsewhere {
        /// The database.
        path: PathBuf,
        /// The name of the host.
        name: String,
        /// The file that says so.
        word: PathBuf,
    },
    /// It is somebody else's database.
    #[error("{} is not a database of hive's", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The directory or file cannot be made.
    #[error("{} cannot be made", path.display())]
    Io {
        /// What cannot be made.
        path: PathBuf,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// `SQLite` refused.
    #[error("{} cannot be used", path.display())]
    Sqlite {
        /// The database.
        path: PathBuf,
        /// What `SQLite` says.
        #[source]
        source: rusqlite::Error,
    },
    /// There is no home directory to keep it in.
    #[error("there is no home directory to keep a database in")]
    NoHome,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let elsewhere = |word: &Path| {
            format!(
                "two kernels that write to one database damage it: end hive there; if none \
                 runs there any more, rm {}",
                word.display()
            )
        };
        let hint = match &error {
            StoreError::Elsewhere { word, .. } => &elsewhere(word),
            StoreError::Library { .. } => "install a hive with its own SQLite: cargo install hive",
            StoreError::Newer { .. } => {
                "update hive; the newer one has left this database as it is"
            }
            StoreError::Foreign { .. } => "move that file away; hive makes its own",
            StoreError::Io { .. } => "check that the directory is writable",
            StoreError::Sqlite { .. } => "see whether the disk is full, then try again",
            StoreError::NoHome => "set HOME",
        };
        let message = error.to_string();
        let failure = Self::internal(message).hint(hint);
        match error {
            StoreError::Io { source, .. } => failure.caused_by(source),
            StoreError::Sqlite { source, .. } => failure.caused_by(source),
            _ => failure,
        }
    }
}

impl StoreError {
    /// Whether an error says that the file is no sound database.
    pub fn is_damage(error: &rusqlite::Error) -> bool {
        matches!(
            error.sqlite_error_code(),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase)
        )
    }
}
