//! How fixed bytes get into a person's file without losing any.
//!
//! In: a [`Snapshot`] (what was read, with its identity) and new bytes. Out: the
//! file holds the new bytes, or a newer save was kept, or a reason why the file
//! is left alone. Always:
//!
//! - a file is replaced by an atomic exchange only, and the displaced file is
//!   looked at: unless it is the very file and the very bytes that were read, the
//!   exchange is taken back, and what *that* displaced is looked at again, until
//!   the newest save is in place;
//! - a displaced file is not let go of before it is certain that nobody still
//!   writes to it ([`Writer::settle`]);
//! - displaced bytes are kept: what was read for seven days in `previous`, what
//!   was not read and could not be placed for ever in `rescue`;
//! - a process killed at any point leaves every file old or new; the next
//!   [`Writer`] finds what was in between by the names of the temporary files.
//!
//! This room does not know what the bytes mean, nor anything of git but the
//! directory that temporary files may lie in.
//!
//! The way of a write: `snapshot` → `temp` (new bytes beside the repository's
//! own files) → `exchange` → `settle` → [`previous`]; `session` names the
//! temporary files and `recover` finds those of the dead.

mod attributes;
mod compared;
mod exchange;
mod kernel;
mod look;
pub mod previous;
mod recover;
mod session;
mod settle;
mod snapshot;
mod spot;
mod swap;
mod temp;
mod writer;

pub use kernel::Quiet;
pub use settle::{Leave, Settled, Word};
pub use snapshot::{Identity, Skip, Snapshot, Unread, read, read_at_most, read_inside};
pub use swap::{Held, Placed, Swap, cannot_exchange, is_not_writable};
pub use writer::{WriteError, Writer, Written};
