//! The beginning of a conversation, and the documents that the editor opens and closes.

use std::io;

use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, DidSaveTextDocumentParams,
    InitializeParams, InitializeResult, OneOf, SaveOptions, ServerCapabilities, ServerInfo,
    TextDocumentSyncCapability, TextDocumentSyncKind, TextDocumentSyncOptions,
    TextDocumentSyncSaveOptions, WorkDoneProgressOptions,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::FIX_ALL;
use super::document::Document;
use super::home::Home;
use super::server::{Server, Stage};
use super::text::Encoding;
use crate::clock;
use crate::rpc::{Code, Id};

/// How many documents are looked at; an editor has that many only by mistake.
const DOCUMENTS: usize = 2000;

/// What the editor can do.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client {
    /// In what columns are counted.
    pub(super) encoding: Encoding,
    /// Whether it asks for the edit of an action when it is taken.
    pub(super) resolves: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf16,
            resolves: false,
        }
    }
}

/// Reads parameters, or says what is wrong with them.
pub(super) fn parameters<T: DeserializeOwned>(params: Value) -> Result<T, (Code, String)> {
    serde_json::from_value(params).map_err(|error| {
        (
            Code::InvalidParams,
            format!("the parameters do not fit: {error}"),
        )
    })
}

impl Server {
    /// Agrees with the editor on what both can do.
    pub(super) fn initialize(&mut self, params: Value) -> Result<Value, (Code, String)> {
        let params: InitializeParams = parameters(params)?;
        let able = params.capabilities;
        let encodings = able.general.and_then(|general| general.position_encodings);
        let action = able.text_document.and_then(|able| able.code_action);
        self.client = Client {
            encoding: Encoding::of(&encodings.unwrap_or_default()),
            resolves: action.is_some_and(|action| {
                let resolves = action.resolve_support;
                let edit = resolves.is_some_and(|it| it.properties.iter().any(|it| it == "edit"));
                edit && action.data_support == Some(true)
            }),
        };
        self.stage = Stage::Open;
        let kinds = vec![CodeActionKind::QUICKFIX, CodeActionKind::new(FIX_ALL)];
        let capabilities = ServerCapabilities {
            position_encoding: Some(self.client.encoding.kind()),
            text_document_sync: Some(TextDocumentSyncCapability::Options(
                TextDocumentSyncOptions {
                    open_close: Some(true),
                    change: Some(TextDocumentSyncKind::INCREMENTAL),
                    save: Some(TextDocumentSyncSaveOptions::SaveOptions(SaveOptions {
                        include_text: Some(false),
                    })),
                    ..TextDocumentSyncOptions::default()
                },
            )),
            document_formatting_provider: Some(OneOf::Left(true)),
            code_action_provider: Some(CodeActionProviderCapability::Options(CodeActionOptions {
                code_action_kinds: Some(kinds),
                resolve_provider: Some(true),
                work_done_progress_options: WorkDoneProgressOptions::default(),
            })),
            ..ServerCapabilities::default()
        };
        let result = InitializeResult {
            capabilities,
            server_info: Some(ServerInfo {
                name: "hive".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
        };
        Ok(json!(result))
    }

    /// Hears what the editor says without asking. What cannot be read is said in its log.
    pub(super) fn notified(&mut self, method: &str, params: Value) -> io::Result<()> {
        if self.stage != Stage::Open {
            return Ok(());
        }
        let heard = match method {
            "textDocument/didOpen" => parameters(params).map(|params| self.opened(params)),
            "textDocument/didChange" => parameters(params).map(|params| {
                self.changed(params);
                Ok(())
            }),
            "textDocument/didSave" => parameters(params).map(|params| self.saved(&params)),
            "textDocument/didClose" => parameters(params).map(|params| self.closed(&params)),
            "$/cancelRequest" => {
                if let Some(id) = params.get("id").and_then(Id::of) {
                    self.jobs.cancel(&id);
                }
                return Ok(());
            }
            // What hive has no use for.
            _ => return Ok(()),
        };
        match heard {
            Ok(done) => done,
            Err((_, message)) => self.tell(&format!("{method}: {message}")),
        }
    }

    fn opened(&mut self, params: DidOpenTextDocumentParams) -> io::Result<()> {
        let opened = params.text_document;
        let name = opened.uri.as_str().to_owned();
        let Some(home) = Home::of(&name, &opened.language_id) else {
            // It was something else before, perhaps, under the same name.
            self.documents.remove(&name);
            return Ok(());
        };
        if self.documents.len() >= DOCUMENTS && !self.documents.contains_key(&name) {
            let message = format!("{DOCUMENTS} documents are open, and hive looks at no more");
            return self.tell(&message);
        }
        let mut document = Document::new(home, opened.version, opened.text);
        document.due = Some(clock::now());
        let place = document.home.place.clone();
        self.documents.insert(name, document);
        self.look_at_questions(place)
    }

    fn changed(&mut self, params: DidChangeTextDocumentParams) {
        let version = params.text_document.version;
        let encoding = self.client.encoding;
        if let Some(document) = self.documents.get_mut(params.text_document.uri.as_str()) {
            document.change(version, params.content_changes, encoding);
            document.due = Some(clock::now() + super::publish::QUIET);
        }
    }

    /// A save changes nothing of the text, but what is said of it may depend on others.
    fn saved(&mut self, params: &DidSaveTextDocumentParams) -> io::Result<()> {
        let Some(document) = self.documents.get_mut(params.text_document.uri.as_str()) else {
            return Ok(());
        };
        document.due = Some(clock::now());
        let place = document.home.place.clone();
        self.look_at_questions(place)
    }

    fn closed(&mut self, params: &DidCloseTextDocumentParams) -> io::Result<()> {
        let name = params.text_document.uri.as_str();
        match self.documents.remove(name) {
            Some(document) if !document.shown.is_empty() => {
                let nothing = json!({"uri": name, "diagnostics": []});
                self.notify("textDocument/publishDiagnostics", &nothing)
            }
            _ => Ok(()),
        }
    }
}
