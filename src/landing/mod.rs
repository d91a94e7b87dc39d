//! How fixes become a commit in a live repository, without a byte of anybody's lost.
//!
//! In: an [`Order`] (the tip, fixed blobs in layers, who writes the commits) for a
//! [`Site`]. Out: an [`Outcome`]: landed, a lost race, nothing to land, or held. Always:
//!
//! - everything is prepared before anything is locked, and everything visible changes
//!   while it is locked (`locked`); locks are tried once and never waited for;
//! - HEAD is never moved to another branch, and there is no stash, checkout, reset or
//!   add: the only writes are new objects, exchanged files, a linked and renamed index,
//!   and the branch;
//! - a file is replaced only by exchange and only if it is what was read; a newer save
//!   wins; what was displaced is kept for a day, what could not be placed for ever;
//! - a process that dies at any point leaves a state that is merely "not committed yet",
//!   and [`recover`] removes what is provably hive's, and nothing else.
//!
//! This room does not know how a file is fixed, when it is a good moment to land (the
//! gate is asked before), nor anything of tasks and databases.
//!
//! The way of a landing: `drive` does it; `copies` reads and [`reconcile`] decides;
//! `chain` and `objects` make the commits, `kept` sees to it that they stay; `intent` is written; `index` and the
//! room `writing` prepare; `supervise` hands over to the child, `locked` is what it does
//! (with `refs` and `transaction`); `recover` is for the dead; `undo` takes a landing
//! back by another one; [`declined`] knows what a person took back. [`tidy`] does the part
//! of it that fits into a person's own commit, which then takes the place of hive's.

mod beside;
mod chain;
mod copies;
mod custom;
pub mod declined;
mod drive;
mod error;
mod filters;
mod fold;
mod index;
mod intent;
mod kept;
mod late;
mod locked;
pub mod message;
mod objects;
mod order;
pub mod reconcile;
mod recover;
mod refs;
pub mod sign;
mod site;
mod stash;
mod supervise;
mod temps;
pub mod tidy;
mod transaction;
mod undo;

pub use chain::{Draft, Held};
pub use drive::land;
pub use error::LandError;
pub use fold::back::{Back, give_back, is_deciding, tip};
pub use fold::{Terms, standing};
pub use order::{
    Fix, Layer, Left, Manner, Message, Options, Order, Outcome, Published, Recorder, Target,
};
pub use recover::{Recovered, recover};
pub use site::{LandingLock, Site};
pub use supervise::{Standby, read_frame, run_child, write_frame};
pub use undo::{Undoable, undoing};
