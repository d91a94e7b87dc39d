//! What hive does when the system fails it: every open, write, fsync, rename and change
//! of a directory fails once, or for good, wherever it happens; disks are full,
//! directories are read-only, descriptors and watches run out.
//!
//! Whatever failed: hive ends by itself and without a panic, says what failed and what
//! to do, leaves every file old or new, the database and the repository sound and no
//! lock behind, and the same command works once the trouble is over. An exit code of 0
//! means that all was done.
//!
//! `sweep` has the long run, `cargo test --release --test faults -- --ignored --nocapture`.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of the binary starts the binary, its helpers fail it, and it says what it skips"
)]
#![cfg(target_os = "linux")]

mod disk;
mod found;
mod limits;
mod queue;
mod scenario;
mod sweep;
mod verdict;
