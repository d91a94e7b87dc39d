//! Why the queue did not do something.

use std::sync::Arc;

use crate::failure::Failure;
use crate::store::StoreError;

/// What the queue's functions return.
pub type Result<T> = std::result::Result<T, QueueError>;

/// Why the queue did not do something. Nothing of it was done then.
#[derive(Debug, Clone, thiserror::Error)]
pub enum QueueError {
    /// There is no database.
    #[error(transparent)]
    Store(Arc<StoreError>),
    /// `SQLite` refused; a full disk, or a database that another process holds too long.
    #[error("the queue's database cannot be used")]
    Sqlite(#[source] Arc<rusqlite::Error>),
    /// The database is damaged and was moved aside; opening the queue again makes a
    /// new one, and the pending work is found again in git.
    #[error("the queue's database was damaged and has been moved aside")]
    Damaged(#[source] Arc<rusqlite::Error>),
    /// The writer has ended, after damage or at the end of the program.
    #[error("the queue is closed")]
    Closed,
    /// A row that does not exist.
    #[error("there is no {what} {id}")]
    Unknown {
        /// `task`, `fix`, `landing` or `question`.
        what: &'static str,
        /// The id that was asked for.
        id: i64,
    },
    /// Tasks that would wait for each other, none of which could ever begin. Each waits for
    /// the next; the last is the first again.
    #[error("they would wait for each other: {}", .0.join(" → "))]
    Cycle(Vec<String>),
    /// A text that names no kind of work.
    #[error("`{0}` is no kind of work: lower-case letters, digits and -, a letter first")]
    Kind(String),
    /// A plan of this name has not ended.
    #[error("there is a plan {0} already")]
    Taken(String),
    /// There is no plan of this name.
    #[error("there is no plan {0}")]
    NoPlan(String),
    /// A move that a state does not allow.
    #[error("{what} {id} is {state}: it cannot be {wanted}")]
    Illegal {
        /// `task`, `fix` or `question`.
        what: &'static str,
        /// Its id.
        id: i64,
        /// The state it is in.
        state: String,
        /// What was asked for, as a participle.
        wanted: &'static str,
    },
}

impl From<rusqlite::Error> for QueueError {
    fn from(error: rusqlite::Error) -> Self {
        if StoreError::is_damage(&error) {
            Self::Damaged(Arc::new(error))
        } else {
            Self::Sqlite(Arc::new(error))
        }
    }
}

impl From<StoreError> for QueueError {
    fn from(error: StoreError) -> Self {
        Self::Store(Arc::new(error))
    }
}

impl From<QueueError> for Failure {
    fn from(error: QueueError) -> Self {
        let message = error.to_string();
        match error {
            QueueError::Store(store) => match Arc::try_unwrap(store) {
                Ok(store) => store.into(),
                Err(store) => Self::internal(store.to_string()),
            },
            QueueError::Sqlite(cause) => Self::internal(message)
                .caused_by(cause)
                .hint("see whether the disk is full, then try again"),
            QueueError::Damaged(cause) => Self::internal(message)
                .caused_by(cause)
                .hint("run the command again; pending work is found again in git"),
            QueueError::Closed => Self::internal(message).hint("run the command again"),
            QueueError::Cycle(_) => {
                Self::usage(message).hint("take one of these prerequisites away")
            }
            QueueError::Kind(_) => Self::usage(message).hint("name it like build-docs"),
            QueueError::Taken(_) => Self::usage(message)
                .hint("choose another name, or end that one by `hive plan cancel`"),
            QueueError::NoPlan(_) => Self::usage(message).hint("`hive plan list` shows the plans"),
            QueueError::Unknown { what, .. } | QueueError::Illegal { what, .. } => {
                Self::usage(message).hint(listing(what))
            }
        }
    }
}

fn listing(what: &str) -> &'static str {
    match what {
        "task" => "hive queue list --state all shows the tasks",
        "plan" => "hive plan list shows the plans",
        "question" => "hive escalations list shows the questions",
        _ => "hive history shows what was done",
    }
}
