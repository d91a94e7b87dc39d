//! What coding agents need to work with hive: where each keeps its settings, how hive gets
//! in and out of them, and what their hooks say of an edit.
//!
//! In: the text of a settings file, or what a hook got on standard input. Out: the text
//! with hive in it or without, and the files that were edited with the form that the
//! answer has. Always: everything else in a text stays byte for byte; doing it twice
//! changes nothing; what cannot be read is left alone, with the reason. Pure: this room
//! reads and writes no file, and does not know how a file is fixed.
//!
//! To read it: [`CODERS`] (who keeps what where), `json` (a text of JSON with comments that
//! is changed in one place), `entries` (what hive puts into one), [`edited`].

mod coders;
mod edited;
mod entries;
mod json;
mod settings;
mod table;

pub use coders::{CODERS, Coder, File};
pub use edited::{Edited, Reply, edited};
pub use json::NoJson;
pub use settings::{Unreadable, with, without};
