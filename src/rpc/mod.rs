//! JSON-RPC with a program at the other end of standard input and output, and orders to
//! hive itself on its behalf.
//!
//! In: bytes from an editor or a coding agent that may be late, broken or hostile. Out:
//! [`Incoming`] messages, [`Malformed`] ones with the answer that they get, frames through
//! an [`Output`], and what a verb of hive's [said](Said) when it was run for a request.
//! Always: a message, an answer and a run are bounded; what cannot be read is answered
//! and the next message is read; a run is cancelled by its [`Interrupt`]. A request is
//! served by the same command that a person would type, in a process of its own: there is
//! one path by which a file is written, and a run that hangs, dies or eats memory costs
//! that request alone. This room does not know what the protocols mean.
//!
//! [`Interrupt`]: crate::process::Interrupt

mod input;
mod inside;
mod message;
mod output;
mod verb;

pub use input::{Framing, Input, Received};
pub use inside::{Outside, inside};
pub use message::{Code, Id, Incoming, Malformed, failed, read, succeeded};
pub use output::Output;
pub use verb::{Hive, Order, Said, Unanswered};
