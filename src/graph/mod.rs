//! Who imports what.
//!
//! In: the bytes of a repository's Python, JavaScript and TypeScript files, from a work tree
//! or a commit, and where its import roots and packages are. Out: the [`Facts`] of each file, and the [`Graph`] of all: what
//! a file imports and who imports it, cycles, what a change reaches, what a class derives
//! from; also, for the agent, the [`Importer`]s that would miss a name that goes, and for
//! questions what a line lies in ([`Enclosing`]). Always:
//! a file that cannot be read or parsed is a [`Problem`] of the graph and never one without
//! imports; facts depend on the bytes alone, so they are kept by content; no text can
//! end the process, however deeply it nests; in doubt an importer is reported, since the
//! answer decides whether a fix lands by itself.
//!
//! This room does not know what a rule or a fix is, nor what is done with the answers.
//!
//! To read: [`facts`](mod@facts) (what is known of one file), [`extract`], [`roots`] and
//! `names` (which file a name means), [`script`] (the same for JavaScript and TypeScript), [`build`] (the graph), then the questions.

pub mod ancestry;
mod bindings;
pub mod build;
pub mod cycles;
pub mod declared;
mod depth;
mod enclosing;
mod expressions;
pub mod extract;
pub mod facts;
mod guard;
mod importers;
pub mod kind;
pub mod language;
pub mod layout;
pub mod library;
mod lines;
mod meaning;
mod module;
mod names;
pub mod roots;
pub mod script;
pub mod search;
mod skim;
pub mod symbols;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod uses;

pub use ancestry::{Ancestry, Derives};
pub use bindings::{parses, removed_names};
pub use build::{Edge, Graph, Imported, Target};
pub use cycles::{AddedCycle, Tangle};
pub use enclosing::{Enclosing, is_comment};
pub use extract::facts;
pub use facts::{Facts, Problem, Reading};
pub use importers::{GraphError, Importer, importers};
pub use kind::{Kind, Kinds};
pub use language::{Language, Languages};
pub use layout::{Layout, is_python};
pub use library::{Library, Read, Shelf, ShelfKey, key_of};
pub use roots::{Root, Roots, Why};
pub use search::{Direction, Reached};
pub use symbols::Symbol;
pub use syntax::{TooDeep, with_tree};
pub use text::decode as text;
