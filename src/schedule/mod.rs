//! What runs next, how many workers there are, and when something is tried again.
//!
//! In: counts, times and outcomes, as arguments. Out: decisions. Always: pure; the same
//! arguments give the same answer, so that every rule here is a table of cases in its
//! tests. This room does not know the database, the processes or the clock.

pub mod backoff;
pub mod breaker;
pub mod pick;
pub mod router;
pub mod scale;

pub use breaker::{Admission, Breaker};
pub use pick::{Priority, Source, Urgency};
pub use router::{Route, Stage};
pub use scale::{Load, Scale};
