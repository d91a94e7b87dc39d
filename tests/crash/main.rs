//! The crash matrix: at every named point of hive's sources the process is killed, its
//! step fails, the disk is full, or a person does something in that very moment; over a
//! clean, a staged, an edited work tree and both. Then hive is started again, and
//! everything must be there, once. And the guards: each is switched off to see that it is
//! needed.
//!
//! `HIVE_CRASH_CASES` is the number of cases (560), `HIVE_RANDOM_SEED` the seed (1);
//! `HIVE_CRASH_CASE` runs the one case of that name, as a failure prints it, or all whose
//! names begin so.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test may panic anywhere, and starts and kills real processes"
)]

mod agent;
#[path = "../agent/ground.rs"]
#[allow(dead_code, reason = "it is shared with the tests of the agent")]
mod agents;
mod case;
mod database;
mod found;
mod ground;
mod guards;
mod installing;
mod landing;
mod matrix;
mod person;
mod queue;
mod sources;
mod table;
mod victim;
mod writing;
