//! Safe writing with real files, real threads and real processes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may panic anywhere, and says how many rounds it ran"
)]

mod crash;
mod ground;
mod keeping;
mod late;
mod race;
mod recovery;
mod speed;
