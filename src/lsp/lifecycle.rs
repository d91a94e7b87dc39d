//! The beginning of a conversation, and the documents that the editor opens and closes.

use std::io;

use lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionProviderCapability, InitializeResult, OneOf,
    SaveOptions, ServerCapabilities, ServerInfo, TextDocumentSyncCapability, TextDocumentSyncKind,
    TextDocumentSyncOptions, TextDocumentSyncSaveOptions, WorkDoneProgressOptions,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::FIX_ALL;
use super::document::Document;
use super::home::Home;
use super::params::{About, Changed, Opened};
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
    /// Whether an edit may say for which version of a document it is.
    pub(super) versions: bool,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            encoding: Encoding::Utf16,
            resolves: false,
            versions: false,
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
    pub(super) fn initialize(&mut self, params: &Value) -> Result<Value, (Code, String)> {
        let able = &params["capabilities"];
        if !able.is_object() {
            let message = "`initialize` says the `capabilities` of the editor".to_owned();
            return Err((Code::InvalidParams, message));
        }
        // Only what matters here is read: editors say more than any list of ours knows.
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let encodings = list(&able["general"]["positionEncodings"]);
        let action = &able["textDocument"]["codeAction"];
        let resolved = list(&action["resolveSupport"]["properties"]);
        self.client = Client {
            encoding: Encoding::of(encodings.iter().filter_map(Value::as_str)),
            resolves: action["dataSupport"] == json!(true) && resolved.contains(&json!("edit")),
            versions: able["workspace"]["workspaceEdit"]["documentChanges"] == json!(true),
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
    /// `exact` says whether every text in it is as the editor has it.
    pub(super) fn notified(&mut self, method: &str, params: Value, exact: bool) -> io::Result<()> {
        if self.stage != Stage::Open {
            return Ok(());
        }
        let name = params.pointer("/textDocument/uri").and_then(Value::as_str);
        let name = name.map(str::to_owned);
        let heard = match method {
            "textDocument/didOpen" => parameters(params).map(|params| self.opened(params)),
            "textDocument/didChange" => parameters(params).map(|params| self.changed(params)),
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
            Ok(done) => {
                done?;
                if exact {
                    Ok(())
                } else {
                    self.lost(name.as_deref())
                }
            }
            Err((_, message)) => {
                if method != "textDocument/didSave" {
                    self.lost(name.as_deref())?;
                }
                self.tell(&format!("{method}: {message}"))
            }
        }
    }

    /// Forgets the text of a document, or of all: the editor has said something of it that
    /// could not be read, and what is not surely the editor's text is not to be edited.
    pub(super) fn lost(&mut self, name: Option<&str>) -> io::Result<()> {
        let names: Vec<String> = match name {
            Some(name) => vec![name.to_owned()],
            None => self.documents.keys().cloned().collect(),
        };
        for name in names {
            let edition = self.edition();
            let Some(document) = self.documents.get_mut(&name) else {
                continue;
            };
            (document.text, document.edition) = (None, edition);
            self.publish(&name)?;
            self.tell(&format!(
                "a message about {name} could not be read: it is left alone until its text comes \
                 whole, as when it is opened again"
            ))?;
        }
        Ok(())
    }

    /// A number that no other text has.
    fn edition(&mut self) -> u64 {
        self.editions += 1;
        self.editions
    }

    fn opened(&mut self, params: Opened) -> io::Result<()> {
        let opened = params.text_document;
        let name = opened.uri;
        let Some(home) = Home::of(&name, &opened.language_id) else {
            // It was something else before, perhaps, under the same name.
            self.documents.remove(&name);
            return Ok(());
        };
        if self.documents.len() >= DOCUMENTS && !self.documents.contains_key(&name) {
            let message = format!("{DOCUMENTS} documents are open, and hive looks at no more");
            return self.tell(&message);
        }
        let mut document = Document::new(home, opened.version, self.edition(), opened.text);
        document.due = Some(clock::now());
        let place = document.home.place.clone();
        self.documents.insert(name, document);
        self.look_at_questions(place)
    }

    fn changed(&mut self, params: Changed) -> io::Result<()> {
        let (edition, encoding) = (self.edition(), self.client.encoding);
        let Some(document) = self.documents.get_mut(&params.text_document.uri) else {
            return Ok(());
        };
        document.version = params.text_document.version;
        document.edition = edition;
        document.change(params.content_changes, encoding);
        document.due = Some(clock::now() + super::publish::QUIET);
        self.publish(&params.text_document.uri)
    }

    /// A save changes nothing of the text, but what is said of it may depend on others.
    fn saved(&mut self, params: &About) -> io::Result<()> {
        let Some(document) = self.documents.get_mut(&params.text_document.uri) else {
            return Ok(());
        };
        document.due = Some(clock::now());
        let place = document.home.place.clone();
        self.look_at_questions(place)
    }

    fn closed(&mut self, params: &About) -> io::Result<()> {
        let name = params.text_document.uri.as_str();
        self.jobs.close(name);
        match self.documents.remove(name) {
            Some(document) if !document.shown.is_empty() => {
                let nothing = json!({"uri": name, "diagnostics": []});
                self.notify("textDocument/publishDiagnostics", &nothing)
            }
            _ => Ok(()),
        }
    }
}
