//! The queue for other programs: tasks, workers and plans of a repository.
//!
//! In: a directory. Out: [`Client`], with [`Tasks`], [`Workers`] and [`Plans`]. Always: the
//! same transactions as the agent's and the command line's, so that any number of clients,
//! an agent and a person can be at work at once; an answer is given after the commit, so
//! whoever has one can rely on it; whoever lost a lease is told so, and what it did is not
//! recorded. This room does not know what work is about.
//!
//! A program has work done by workers of its own, in an order, and sees what comes of it:
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use hive::Client;
//! use hive::client::NewTask;
//!
//! # fn main() -> Result<(), hive::client::ClientError> {
//! let client = Client::open(".")?;
//! let tasks = client.tasks();
//! let build = tasks.create(NewTask::external("docs", "build")?)?;
//! let publish = NewTask::external("docs", "publish")?.after(build).payload("to the site");
//! let publish = tasks.create(publish)?;
//! assert!(!tasks.prerequisites_met(publish)?);
//!
//! let worker = client.workers().register("docs-1", "docs")?;
//! while let Some(claimed) = worker.next(Duration::from_secs(30))? {
//!     println!("{}: {:?}", claimed.subject(), claimed.payload());
//!     worker.finish(&claimed, Some("done"))?;
//! }
//! worker.unregister("no work is left")?;
//! # Ok(())
//! # }
//! ```
//!
//! and has files fixed by hive's own workers, in an order of its own:
//!
//! ```no_run
//! # fn main() -> Result<(), hive::client::ClientError> {
//! let client = hive::Client::open(".")?;
//! let plans = client.plans();
//! let plan = plans.create(hive::client::PlanFile::toml(
//!     r#"
//!     name = "spring"
//!     [[step]]
//!     path = "app/models.py"
//!     [[step]]
//!     path = "app/views.py"
//!     after = ["app/models.py"]
//!     "#,
//! )?)?;
//! plans.approve(plan)?;
//! plans.start(plan)?;
//! println!("{:?}", plans.status(plan)?);
//! # Ok(())
//! # }
//! ```

mod error;
mod file;
mod plans;
mod tasks;
mod workers;

use std::fmt;
use std::path::Path;

pub use error::{ClientError, Result};
pub use file::{PlanFile, StepFile};
pub use plans::{PlanState, Plans};
pub use tasks::{NewTask, Status, Tasks};
pub use workers::{Assignment, Worker, Workers};

pub use crate::queue::{
    Errand, ErrorClass, NewPlan, NewStep, Plan, PlanId, PlanStatus, Prerequisite, Progress, Shape,
    Step, Task, TaskId, TaskState, WorkerRow, shape_of,
};
pub use crate::schedule::{Priority, Stage};

use crate::queue::Queue;
use crate::repo::{Place, WorktreeId};
use crate::{causes, wake};

/// A repository's queue, as other programs use it. Can be cloned and shared by threads.
#[derive(Clone)]
pub struct Client {
    place: Place,
    queue: Queue,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("root", &self.place.root)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Opens the queue of the work tree in which a directory lies, and makes its database
    /// if there is none.
    pub fn open(directory: impl AsRef<Path>) -> Result<Self> {
        let directory = directory.as_ref();
        let found = std::fs::canonicalize(directory)
            .ok()
            .and_then(|path| Place::find(&path));
        let place = found.ok_or_else(|| ClientError::NoRepository(directory.to_owned()))?;
        let worktree = WorktreeId::of(&place).map_err(|error| ClientError::Id(error.into()))?;
        let queue = Queue::open(&place, worktree)?;
        Ok(Self::of(place, queue))
    }

    /// The same over a queue that is open.
    pub(crate) fn of(place: Place, queue: Queue) -> Self {
        Self { place, queue }
    }

    /// Its tasks.
    pub fn tasks(&self) -> Tasks<'_> {
        Tasks { client: self }
    }

    /// Workers that are not hive's own.
    pub fn workers(&self) -> Workers<'_> {
        Workers { client: self }
    }

    /// Its plans.
    pub fn plans(&self) -> Plans<'_> {
        Plans { client: self }
    }

    fn queue(&self) -> &Queue {
        &self.queue
    }

    /// Lets an agent see that there is work for it, and starts a drain where hive is set up
    /// and no agent runs. The work stands in the database already: an error only means that
    /// it waits.
    pub fn nudge(&self) -> Result<()> {
        wake::nudge(&self.place).map_err(ClientError::Wake)
    }

    /// The same after something that has been done, whatever comes of it: an error would
    /// say that it was not.
    fn nudge_if_possible(&self) {
        if let Err(error) = self.nudge() {
            tracing::warn!("{}", causes::told(&error));
        }
    }
}
