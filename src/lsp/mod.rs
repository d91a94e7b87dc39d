//! hive in editors: a language server.
//!
//! In: messages of an editor, and the documents it has open. Out: diagnostics (what
//! `hive check` says of the text as it is in the editor, and the open questions about the
//! file), code actions, layout, all as edits that the editor makes. Always: nothing is
//! written here; what is said of a text is said by the command that a person would run on
//! it, in a process of its own; an edit that is offered has been judged, and brings no
//! finding that was not there; a document that is no Python file of a repository is left
//! alone; no message ends the server. This room does not know how a file is judged.

mod actions;
mod document;
mod edits;
mod home;
mod jobs;
mod lifecycle;
mod params;
mod problems;
mod publish;
mod repository;
mod requests;
mod server;
mod text;
mod trial;
mod uri;

pub use server::serve;
