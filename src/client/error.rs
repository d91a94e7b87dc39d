//! Why a client did not do something.

use std::io;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::queue::{QueueError, TaskState};

/// What a client's functions return.
pub type Result<T> = std::result::Result<T, ClientError>;

/// Why a client did not do something. Nothing of it was done then.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The directory lies in no work tree of git.
    #[error("there is no repository at {}", .0.display())]
    NoRepository(PathBuf),
    /// The work tree's id cannot be read or written.
    #[error("the work tree's id cannot be read or written")]
    Id(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The queue refused, or its database cannot be used.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// A plan cannot be read: where, and what is wrong there.
    #[error("the plan cannot be read: {0}")]
    Plan(String),
    /// A text that is no path in a repository, and so cannot say what a task is about.
    #[error("`{0}` cannot be what a task is about: say a path, with / and without . and ..")]
    Subject(String),
    /// A worker of hive's own, or one that is not registered.
    #[error("there is no worker {0} that is not hive's own")]
    NoWorker(String),
    /// A name that hive gives to its own workers.
    #[error("{0} is a name of hive's own workers")]
    Own(String),
    /// A text that names no state of a task.
    #[error("`{0}` is no state of a task: say one of {names}", names = TaskState::NAMES.join(", "))]
    State(String),
    /// The lease ran out, or the task was cancelled: somebody else has it, or nobody.
    /// What was done is not recorded.
    #[error("task {0} is not this worker's any more")]
    Lost(crate::queue::TaskId),
    /// The agent could not be woken; the work waits for the next one.
    #[error("nobody could be woken")]
    Wake(#[source] io::Error),
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        let message = error.to_string();
        match error {
            ClientError::Queue(error) => error.into(),
            ClientError::NoRepository(_) => Self::usage(message).hint("change to a git work tree"),
            ClientError::Id(cause) => Self::internal(message).caused_by(cause),
            ClientError::Plan(_) => {
                Self::configuration(message).hint("docs/plans.md describes the file of a plan")
            }
            ClientError::Subject(_) | ClientError::State(_) => Self::usage(message),
            ClientError::NoWorker(_) => Self::usage(message).hint("hive workers lists them"),
            ClientError::Own(_) => Self::usage(message).hint("choose another name"),
            ClientError::Lost(_) => {
                Self::usage(message).hint("claim again; hive queue show says who has it")
            }
            ClientError::Wake(cause) => Self::internal(message)
                .caused_by(cause)
                .hint("hive watch does what waits"),
        }
    }
}
