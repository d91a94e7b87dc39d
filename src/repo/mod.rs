//! Where the repository is.
//!
//! In: a directory. Out: [`Place`]: work tree, git directories. Always: cheap
//! (a few stat calls), because every command begins here. What needs the object
//! database goes through gix in this room's other files. This room does not know what
//! the files mean or what is done with them.

pub mod activity;
pub mod attributes;
pub mod baseline;
pub mod committed;
mod file_stamp;
pub mod flock;
pub mod head;
pub mod ids;
pub mod objects;
mod own_dir;
pub mod place;
pub mod pushing;
pub mod reflog;
pub mod reftable;
pub mod regular;
pub mod status;
pub mod tracked;

pub use file_stamp::{FileStamp, file_stamp};
pub use ids::{Oid, RepoPath, WorktreeId};
pub use place::Place;
