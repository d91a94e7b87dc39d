//! The loop: what the editor says, what jobs have found out, and what is due.

use std::collections::{BTreeMap, HashMap};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::thread;

use crossbeam_channel::{Receiver, Sender, at, bounded, never, select, unbounded};
use serde_json::{Value, json};

use super::document::Document;
use super::jobs::{Heard, Jobs};
use super::lifecycle::Client;
use super::repository::Repository;
use crate::clock;
use crate::rpc::{
    Code, Framing, Hive, Id, Incoming, Input, Malformed, Output, Received, failed, read, succeeded,
};

/// The longest message of an editor, in bytes: it brings whole texts.
const MOST: usize = 64 << 20;
/// How many messages are read ahead.
const AHEAD: usize = 16;

/// How far the conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nobody has said `initialize`.
    Fresh,
    /// It goes on.
    Open,
    /// The editor has said `shutdown`.
    Over,
}

/// A language server with its editor.
pub(super) struct Server {
    output: Output,
    pub(super) stage: Stage,
    pub(super) client: Client,
    pub(super) jobs: Jobs,
    /// Where jobs and repositories are heard.
    pub(super) hears: Sender<Heard>,
    /// The documents that hive looks at, by their names.
    pub(super) documents: BTreeMap<String, Document>,
    pub(super) repositories: HashMap<PathBuf, Repository>,
    /// How many texts of documents there have been.
    pub(super) editions: u64,
    /// What has been said in the editor's log, so that it is said once.
    pub(super) told: Vec<String>,
}

/// Serves an editor until it says `exit` or goes away. `true` if it said `shutdown`
/// before, as the protocol wants it. An error means that the streams are gone.
pub fn serve(
    input: impl Read + Send + 'static,
    output: impl Write + Send + 'static,
    hive: Hive,
) -> io::Result<bool> {
    let arrived = reading(input)?;
    let (hears, heard) = unbounded();
    let mut server = Server {
        output: Output::new(output, Framing::Headers),
        stage: Stage::Fresh,
        client: Client::default(),
        jobs: Jobs::new(hive, hears.clone()),
        hears,
        documents: BTreeMap::new(),
        repositories: HashMap::new(),
        editions: 0,
        told: Vec::new(),
    };
    loop {
        let due = server.due().map_or_else(never, at);
        select! {
            recv(arrived) -> received => {
                let Ok(received) = received else {
                    // The editor is gone without a word.
                    server.jobs.stop();
                    return Ok(false);
                };
                if server.receive(&received)? {
                    server.jobs.stop();
                    return Ok(server.stage == Stage::Over);
                }
            }
            recv(heard) -> heard => {
                if let Ok(heard) = heard {
                    server.hear(heard)?;
                }
            }
            recv(due) -> _ => server.look(clock::now()),
        }
    }
}

/// Reads messages in a thread of its own, a few ahead.
fn reading(input: impl Read + Send + 'static) -> io::Result<Receiver<Received>> {
    let (arrive, arrived) = bounded(AHEAD);
    let mut input = Input::new(input, Framing::Headers, MOST);
    thread::Builder::new()
        .name("editor".to_owned())
        .spawn(move || {
            while let Ok(Some(received)) = input.receive() {
                if arrive.send(received).is_err() {
                    return;
                }
            }
        })?;
    Ok(arrived)
}

impl Server {
    /// Takes a message; `true` if it was the last.
    fn receive(&mut self, received: &Received) -> io::Result<bool> {
        let message = match received {
            Received::Message(bytes) => read(bytes),
            Received::Unreadable(reason) => Err(Malformed::unread(reason.clone())),
        };
        match message {
            Err(malformed) => {
                self.output.send(&malformed.answer())?;
                // Without an id it may have been a change of any document.
                if malformed.id.is_null() && self.stage == Stage::Open {
                    self.lost(None)?;
                }
            }
            Ok(Incoming::Request { id, method, params }) => self.request(&id, &method, params)?,
            Ok(Incoming::Notification {
                method,
                params,
                exact,
            }) => {
                if method == "exit" {
                    return Ok(true);
                }
                self.notified(&method, params, exact)?;
            }
            // Nothing is asked of the editor.
            Ok(Incoming::Response) => {}
        }
        Ok(false)
    }

    fn request(&mut self, id: &Id, method: &str, params: Value) -> io::Result<()> {
        match (self.stage, method) {
            (Stage::Fresh, "initialize") => {
                let result = self.initialize(&params);
                self.answer(id, result)
            }
            (Stage::Fresh, _) => {
                let message = "the first request is `initialize`".to_owned();
                self.answer(id, Err((Code::NotInitialized, message)))
            }
            (Stage::Over, _) => {
                let message = "after `shutdown` only `exit` is taken".to_owned();
                self.answer(id, Err((Code::InvalidRequest, message)))
            }
            (Stage::Open, "initialize") => {
                let message = "`initialize` comes once".to_owned();
                self.answer(id, Err((Code::InvalidRequest, message)))
            }
            (Stage::Open, "shutdown") => {
                self.stage = Stage::Over;
                for open in self.jobs.stop() {
                    let why = "the server is shut down".to_owned();
                    self.answer(&open, Err((Code::Cancelled, why)))?;
                }
                self.answer(id, Ok(Value::Null))
            }
            (Stage::Open, _) => self.asked(id, method, params),
        }
    }

    /// Answers a request.
    pub(super) fn answer(&self, id: &Id, result: Result<Value, (Code, String)>) -> io::Result<()> {
        self.output.send(&match result {
            Ok(result) => succeeded(id, &result),
            Err((code, message)) => failed(id, code, &message),
        })
    }

    /// Says something that wants no answer.
    pub(super) fn notify(&self, method: &str, params: &Value) -> io::Result<()> {
        self.output
            .send(&json!({"jsonrpc": "2.0", "method": method, "params": params}))
    }
}
