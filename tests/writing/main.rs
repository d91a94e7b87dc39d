//! Safe writing with real files, real threads and real processes.

#![expect(clippy::unwrap_used, reason = "a test may panic anywhere")]

mod crash;
mod ground;
mod keeping;
mod late;
mod race;
mod recovery;
mod speed;
