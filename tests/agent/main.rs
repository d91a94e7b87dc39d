//! The agent as a person meets it: the real binary, real git, commits that follow.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, waits for it, and its helpers fail it"
)]

mod bulk;
mod conflicts;
mod edits;
mod elsewhere;
mod first;
mod golden;
mod ground;
mod hooks;
mod limits;
mod modes;
mod moments;
mod no;
mod ownership;
mod replay;
mod repositories;
mod rewriting;
mod running;
mod saves;
mod stashes;
mod tree;
mod undo;
