//! Who imports what.
//!
//! In: a work tree, a path in it and names that its module may lose. Out: the
//! [`Importer`]s that would miss them. The whole import graph comes to live here: the
//! edges between modules, built from blobs and kept by content, cycles and what a change
//! reaches; this look-up is its first question. Always: in doubt an importer is reported,
//! since the answer decides whether a fix lands by itself; what cannot be read is an
//! error, never an empty answer.
//!
//! This room does not know what a fix is, nor what is done with the answer.

mod bindings;
mod importers;
mod module;
#[cfg(test)]
mod tests;
mod uses;

pub use bindings::{parses, removed_names};
pub use importers::{GraphError, Importer, importers};
