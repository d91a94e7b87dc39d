//! `hive graph`, and plans in the order of imports, through the binary.

mod python;
mod scripts;

/// The binary under test.
const HIVE: &str = env!("CARGO_BIN_EXE_hive");
