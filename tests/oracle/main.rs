//! Byte identity with the real tools, on real code.
//!
//! The oracle is the tool itself, from its wheel, run by hand until it changes
//! nothing more. The code is what comes with the tools: the sources of pip, black,
//! isort, pytest and what they need. `large` does the same over source trees that
//! a person names (docs/proof.md).

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a test of the binary starts the binary, reads which trees to take, and prints figures"
)]

mod corpus;
mod golden;
mod graph;
mod judge;
mod large;
mod lines;
mod project;
mod ruff;

/// The binary under test.
const HIVE: &str = env!("CARGO_BIN_EXE_hive");
