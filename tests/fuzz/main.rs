//! What others write, made up: frames, settings, configuration of tools, git's own files,
//! messages, patterns, paths. Whatever it is, it is read or refused: nothing panics, nothing
//! hangs, and what each test states holds for what was read.
//!
//! What was found once is kept in `fixtures/fuzz` and tried first.
//! `HIVE_CASES=100000 cargo test --release --test fuzz` looks for more.

mod configuration;
mod git;
mod text;
mod wire;
