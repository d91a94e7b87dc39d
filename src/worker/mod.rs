//! Worker processes: where files are fixed.
//!
//! In: [`Task`]s (a recipe and a job). Out: one answer per task, in any order.
//! Always: a file that crashes, hangs or exhausts a worker costs only itself;
//! the number of processes is bounded; none outlives the pool. This room does
//! not know where bytes come from or go to.
//!
//! Why processes and not threads: the linter aborts by stack overflow on some
//! inputs and loops for seconds on others, and a thread can be neither killed
//! nor limited.

mod backlog;
mod budget;
mod frame;
mod pool;
mod scratch;
mod serve;
mod slot;
mod task;

pub use budget::Budget;
pub use frame::{FrameError, Reply, Request, RequestRef, encode, read, write};
pub use pool::{Pool, PoolOptions};
pub use serve::serve;
pub use task::{Answer, Task};
