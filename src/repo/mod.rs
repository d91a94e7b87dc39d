//! Where the repository is.
//!
//! In: a directory. Out: [`Place`]: work tree, git directories. Always: cheap
//! (a few stat calls), because every command begins here. What needs the object
//! database goes through gix in this room's other files.

pub mod place;

pub use place::Place;
