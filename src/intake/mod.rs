//! Which files are looked at, and which are left alone and why.
//!
//! In: paths that a person named, a project's excludes. Out: files, each with the
//! tools that take part, or the reason why it is left alone. Always: a file that
//! is left out can say why. This room does not know how files are fixed.
//!
//! The order of the questions: [`walk`] (is it found?), [`select`] (do the tools
//! look at it?), [`aside`] (does hive leave it alone?); [`skip`] has the reasons. What a
//! commit that is being made would change, [`staged`] says.

pub mod aside;
pub mod commits;
pub mod configuration;
pub mod select;
pub mod settle;
pub mod skip;
pub mod staged;
pub mod walk;
pub mod watch;
