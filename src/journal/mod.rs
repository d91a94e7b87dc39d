//! What happened: every fact worth keeping, in its order.
//!
//! In: facts, from whoever makes them true; `queue` writes them in the transaction of
//! the fact itself. Out: [`Entry`] after [`Entry`], for `hive watch --json`, the
//! dashboard and `hive status`. Always: append-only; an entry is seen only after what
//! it tells is true; the shape is documented in docs/events.md and only grows. This
//! room does not know where the entries lie or who reads them.

mod event;
mod words;

pub use event::{Entry, Event};
pub use words::{Word, path_of, told, words};
