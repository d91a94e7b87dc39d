//! What an editor says about documents, as far as hive reads it. Pure.
//!
//! The name of a document stays the text that the editor has for it: not every editor
//! writes what a strict reader of URIs takes, and only the same text names the same
//! document in an answer.

use lsp_types::Range;
use serde::Deserialize;

/// `textDocument/didOpen`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Opened {
    pub(super) text_document: Item,
}

/// A document with its text.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub(super) uri: String,
    pub(super) language_id: String,
    pub(super) version: i32,
    pub(super) text: String,
}

/// `textDocument/didChange`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Changed {
    pub(super) text_document: Versioned,
    pub(super) content_changes: Vec<Change>,
}

/// A document in a version.
#[derive(Debug, Deserialize)]
pub(super) struct Versioned {
    pub(super) uri: String,
    pub(super) version: i32,
}

/// A new text for a range, or for all of the document.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    pub(super) range: Option<Range>,
    pub(super) text: String,
}

/// What is only about a document: `didSave`, `didClose`, `formatting`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
    pub(super) text_document: Named,
}

/// A document.
#[derive(Debug, Deserialize)]
pub(super) struct Named {
    pub(super) uri: String,
}

/// `textDocument/codeAction`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Wanted {
    pub(super) text_document: Named,
    pub(super) range: Range,
    pub(super) context: Context,
}

/// What kinds of actions are wanted; all without.
#[derive(Debug, Deserialize)]
pub(super) struct Context {
    pub(super) only: Option<Vec<String>>,
}
