//! The agent as a person meets it: the real binary, real git, commits that follow.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of the binary starts the binary, waits for it, and its helpers fail it"
)]

mod bulk;
mod by_hand;
mod conflicts;
mod edits;
mod elsewhere;
mod first;
mod golden;
mod ground;
mod hooks;
mod journal;
mod leases;
mod limits;
mod modes;
mod moments;
mod no;
mod orders;
mod ownership;
mod plans;
mod replay;
mod repositories;
mod rewriting;
mod running;
mod saves;
mod stalls;
mod stashes;
mod tables;
mod tidy;
mod tree;
mod triggers;
mod trusting;
mod undo;
mod whole;
