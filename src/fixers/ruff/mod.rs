//! The ruff that is compiled in: lint fixes, import sorting, formatting.
//!
//! In: a [`source::Source`] and resolved [`settings::RuffSettings`]. Out: new
//! source, findings, counts. Always: what ruff's own commands would write, byte
//! for byte, unless a scope or a named policy says less. This room does not know
//! which tools a project uses, only what it is told to run.

pub mod arguments;
pub mod edits;
pub mod finding;
pub mod fingerprint;
pub mod layout;
pub mod lint;
pub mod package;
pub mod policy;
pub mod settings;
pub mod source;
pub mod toml;
pub mod touched;
