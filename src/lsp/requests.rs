//! What an editor asks for: layout, and what can be done about what it shows.

use std::io;

use serde_json::{Value, json};

use super::actions::{self, Note};
use super::document::Document;
use super::jobs::{Heard, Job, Made, Of};
use super::lifecycle::parameters;
use super::params::{About, Wanted};
use super::server::Server;
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
            "codeAction/resolve" => self.resolve(id, params),
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

    fn format(&mut self, id: &Id, params: &About) -> Result<Option<Value>, Refused> {
        let name = params.text_document.uri.as_str();
        let document = self.documents.get(name);
        let Some(document) = document.filter(|it| it.home.has_directory()) else {
            // Left alone.
            return Ok(Some(Value::Null));
        };
        let Some(text) = document.text.clone() else {
            return Ok(Some(Value::Null));
        };
        let (home, of) = (document.home.clone(), document.of(name));
        self.begin(id, of, move |hive, interrupt| {
            match trial::fixed(hive, &home, &text, interrupt) {
                Ok(new) => Made::Text(new),
                Err((code, why)) => Made::Refused(code, why),
            }
        })
    }

    fn actions(&mut self, id: &Id, params: Wanted) -> Result<Option<Value>, Refused> {
        let (name, client) = (params.text_document.uri, self.client);
        let Some(document) = self.documents.get(&name) else {
            return Ok(Some(json!([])));
        };
        let questions = self.questions(document);
        let only = params.context.only.as_deref();
        let encoding = client.encoding;
        let all = actions::offered(&name, document, &questions, params.range, only, encoding);
        if client.resolves || all.is_empty() {
            return Ok(Some(json!(all)));
        }
        let prepared = all.into_iter().take(FEW).filter_map(|action| {
            let note = note(action.data.as_ref()).ok()?;
            let work = note.plan.work(document, &questions).ok()?;
            let mut action = action;
            action.data = None;
            Some((json!(action), work))
        });
        let prepared: Vec<_> = prepared.collect();
        let (home, text) = (
            document.home.clone(),
            document.text.clone().unwrap_or_default(),
        );
        let (of, version) = (document.of(&name), document.version);
        self.begin(id, of, move |hive, interrupt| {
            let mut made = Vec::new();
            for (mut action, work) in prepared {
                match work.done(hive, &home, &text, interrupt) {
                    Ok(new) if new != text => {
                        action["edit"] = actions::edit((&name, version), &text, &new, client);
                        made.push(action);
                    }
                    Err((Code::Cancelled, why)) => return Made::Refused(Code::Cancelled, why),
                    // What cannot be done, or changes nothing, is not offered.
                    _ => {}
                }
            }
            Made::Result(json!(made))
        })
    }

    fn resolve(&mut self, id: &Id, action: Value) -> Result<Option<Value>, Refused> {
        let note = note(action.get("data"))?;
        let document = self.documents.get(&note.uri);
        let document = document.filter(|document| document.edition == note.edition);
        let document = document.ok_or_else(|| {
            (
                Code::ContentModified,
                "the document has changed since".to_owned(),
            )
        })?;
        let work = note.plan.work(document, &self.questions(document))?;
        let (home, text) = (
            document.home.clone(),
            document.text.clone().unwrap_or_default(),
        );
        let (of, version, client) = (document.of(&note.uri), document.version, self.client);
        self.begin(id, of, move |hive, interrupt| {
            match work.done(hive, &home, &text, interrupt) {
                Ok(new) => {
                    let mut action = action;
                    action["edit"] = actions::edit((&note.uri, version), &text, &new, client);
                    Made::Result(action)
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

    /// Lets a job answer a request about a text.
    fn begin(
        &mut self,
        id: &Id,
        of: Of,
        work: impl FnOnce(&Hive, &Interrupt) -> Made + Send + 'static,
    ) -> Result<Option<Value>, Refused> {
        let for_request = id.clone();
        let taken = self.jobs.push(Job {
            id: Some(id.clone()),
            of: of.clone(),
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
fn note(data: Option<&Value>) -> Result<Note, Refused> {
    let wrong = || {
        (
            Code::InvalidParams,
            "the action is none of hive's".to_owned(),
        )
    };
    let data = data.cloned().ok_or_else(wrong)?;
    serde_json::from_value(data).map_err(|_| wrong())
}
