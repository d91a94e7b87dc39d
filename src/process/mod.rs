//! Starting, limiting and ending programs: the only place that does.
//!
//! In: a [`Program`] (path, arguments, directory, bytes for its input, limits).
//! Out: a [`Finished`] with status and output, a [`Piped`] conversation, or a
//! [`ProgramError`] that names the command as typed. Always:
//!
//! - the environment is built from a short list, so that a `GIT_DIR` of the hook
//!   that woke us, a `PYTHONPATH` or a virtual environment of the shell never
//!   changes what a tool says;
//! - every program leads its own process group, and the whole group is ended
//!   when the program ends or is given up;
//! - on Linux a program does not survive this process, however that one ends, but
//!   for those that [`start_detached`] and [`start_talking`] start in order to outlive it;
//! - output, time and memory are bounded where the caller says so.
//!
//! This room does not know what the programs are for.

mod attached;
mod child;
mod detached;
mod error;
mod interrupt;
mod leave;
mod own;
mod piped;
mod program;
mod rest;
mod run;
pub mod table;

pub use attached::run_attached;
pub use detached::{start_detached, start_talking};
pub use error::{ProgramError, ProgramReport};
pub use interrupt::{Interrupt, end_with_programs, install as install_interrupt};
pub use leave::leave;
pub use own::{is_hive, own_program, this_is_hive};
pub use piped::Piped;
pub use program::{Limits, Program};
pub use rest::rest;
pub use run::{Finished, Status};

/// Asks the kernel to give this process small pages, or huge ones again where it
/// inherited the wish for small ones. A command that spreads a little memory over
/// many threads would otherwise have two megabytes zeroed for each; a worker that
/// builds syntax trees wants them. Not being heard is no fault.
pub fn small_pages(small: bool) {
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(small);
    #[cfg(not(target_os = "linux"))]
    let _ = small;
}

#[cfg(test)]
mod tests;
