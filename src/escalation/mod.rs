//! Questions to a person.
//!
//! In: a [`Question`] about a place in a file, from a stage or from landing. Out: an
//! [`Escalation`]: the question with a small id, how often it came up, and its state.
//! Always: repeats fold into one; what is gone resolves itself; what was dismissed
//! stays dismissed; every move between states is a function of [`policy`]. This room
//! does not know how the rows are kept (`queue` does) or how a question is shown.

mod ending;
pub mod policy;
mod question;
pub mod words;

pub use ending::{Ending, Precedent};
pub use question::{Escalation, Level, NoLevel, Question, State};
pub use words::Words;

/// The rule of questions about a fix that waits for edits which are in its way.
pub const CONFLICT: &str = "conflict";
