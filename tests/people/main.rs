//! What a person sees and does: questions, answers, history, notices.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, waits for it, and its helpers fail it"
)]

#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod ground;

mod answers;
mod bulk;
mod committing;
mod day;
mod hooks;
mod jobs;
mod memory;
mod questions;
mod screens;
mod standing;
mod story;
mod strokes;
mod undo;
