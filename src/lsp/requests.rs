//! What an editor asks for: layout, and what can be done about what it shows.

use std::io;

use lsp_types::{CodeAction, CodeActionParams, DocumentFormattingParams};
use serde_json::{Value, json};

use super::actions::{self, Note};
use super::document::Document;
use super::jobs::{Heard, Job, Made};
use super::lifecycle::parameters;
use super::server::Server;
use super::text::Encoding;
use super::trial::{self, Refused};
use crate::escalation::Escalation;
use crate::process::Interrupt;
use crate::rpc::{Code, Hive, Id};

/// How many actions get their edits at once, for an editor that does not ask for them
/// one by one.
const FEW: usize = 8;

impl Server {
    /// Answers a request, or lets a job do so.
    pub(super) fn asked(&mut self, id: &Id, method: &str, params: Value) -> io::Result<()> {
        let begun = match method {
            "textDocument/formatting" => {
                parameters(params).and_then(|params| self.format(id, &params))
            }
            "textDocument/codeAction" => {
                parameters(params).and_then(|params| self.actions(id, params))
            }
            "codeAction/resolve" => parameters(params).and_then(|action| self.resolve(id, action)),
            _ => Err((
                Code::MethodNotFound,
                "hive does not serve this method".to_owned(),
            )),
        };
        match begun {
            // A job is at work.
            Ok(None) => Ok(()),
            Ok(Some(result)) => self.answer(id, Ok(result)),
            Err(refused) => self.answer(id, Err(refused)),
        }
    }

    fn format(
        &mut self,
        id: &Id,
        params: &DocumentFormattingParams,
    ) -> Result<Option<Value>, Refused> {
        let name = params.text_document.uri.as_str();
        let Some(document) = self.documents.get(name) else {
            // Left alone.
            return Ok(Some(Value::Null));
        };
        let Some(text) = document.text.clone() else {
            return Ok(Some(Value::Null));
        };
        let (home, of) = (document.home.clone(), (name.to_owned(), document.version));
        self.begin(id, of, move |hive, interrupt| {
            match trial::fixed(hive, &home, &text, interrupt) {
                Ok(new) => Made::Text(new),
                Err((code, why)) => Made::Refused(code, why),
            }
        })
    }

    fn actions(&mut self, id: &Id, params: CodeActionParams) -> Result<Option<Value>, Refused> {
        let (uri, encoding) = (params.text_document.uri, self.client.encoding);
        let Some(document) = self.documents.get(uri.as_str()) else {
            return Ok(Some(json!([])));
        };
        let questions = self.questions(document);
        let only = params.context.only.as_deref();
        let all = actions::offered(&uri, document, &questions, params.range, only, encoding);
        if self.client.resolves || all.is_empty() {
            return Ok(Some(actions::answered(all)));
        }
        let prepared = all.into_iter().take(FEW).filter_map(|action| {
            let note = note(&action).ok()?;
            let work = note.plan.work(document, &questions).ok()?;
            Some((action, work))
        });
        let prepared: Vec<_> = prepared.collect();
        let (home, text) = (
            document.home.clone(),
            document.text.clone().unwrap_or_default(),
        );
        let of = (uri.as_str().to_owned(), document.version);
        self.begin(id, of, move |hive, interrupt| {
            let mut made = Vec::new();
            for (mut action, work) in prepared {
                match work.done(hive, &home, &text, interrupt) {
                    Ok(new) => {
                        action.edit = Some(actions::edit(&uri, &text, &new, encoding));
                        action.data = None;
                        made.push(action);
                    }
                    Err((Code::Cancelled, why)) => return Made::Refused(Code::Cancelled, why),
                    // What cannot be done is not offered.
                    Err(_) => {}
                }
            }
            Made::Result(actions::answered(made))
        })
    }

    fn resolve(&mut self, id: &Id, action: CodeAction) -> Result<Option<Value>, Refused> {
        let note = note(&action)?;
        let document = self.documents.get(&note.uri);
        let document = document.filter(|document| document.version == note.version);
        let document = document.ok_or_else(|| {
            (
                Code::ContentModified,
                "the document has changed since".to_owned(),
            )
        })?;
        let uri = note.uri.parse().map_err(|_| {
            (
                Code::InvalidParams,
                "the note of the action names no document".to_owned(),
            )
        })?;
        let work = note.plan.work(document, &self.questions(document))?;
        let (home, text) = (
            document.home.clone(),
            document.text.clone().unwrap_or_default(),
        );
        let encoding: Encoding = self.client.encoding;
        let of = (note.uri, note.version);
        self.begin(id, of, move |hive, interrupt| {
            match work.done(hive, &home, &text, interrupt) {
                Ok(new) => {
                    let mut action = action;
                    action.edit = Some(actions::edit(&uri, &text, &new, encoding));
                    Made::Result(json!(action))
                }
                Err((code, why)) => Made::Refused(code, why),
            }
        })
    }

    fn questions(&self, document: &Document) -> Vec<&Escalation> {
        let repository = self.repositories.get(&document.home.place.root);
        let questions = repository.map(|it| it.questions(&document.home.relative));
        questions.unwrap_or_default()
    }

    /// Lets a job answer a request about a document in a version.
    fn begin(
        &mut self,
        id: &Id,
        of: (String, i32),
        work: impl FnOnce(&Hive, &Interrupt) -> Made + Send + 'static,
    ) -> Result<Option<Value>, Refused> {
        let for_request = id.clone();
        let taken = self.jobs.push(Job {
            id: Some(id.clone()),
            document: None,
            interrupt: Interrupt::default(),
            work: Box::new(move |hive, interrupt| Heard::Answered {
                id: for_request,
                of,
                made: work(hive, interrupt),
            }),
        });
        if taken {
            return Ok(None);
        }
        let message = "too many requests wait; ask again when some are answered";
        Err((Code::RequestFailed, message.to_owned()))
    }
}

/// The note that an action was offered with.
fn note(action: &CodeAction) -> Result<Note, Refused> {
    let wrong = || {
        (
            Code::InvalidParams,
            "the action is none of hive's".to_owned(),
        )
    };
    let data = action.data.clone().ok_or_else(wrong)?;
    serde_json::from_value(data).map_err(|_| wrong())
}
