//! The conversation: who is there, what may be asked when, and who answers.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::calls::{Call, Calls};
use super::tools;
use crate::rpc::{
    Code, Framing, Hive, Id, Incoming, Input, Malformed, Output, Received, failed, read, succeeded,
};

/// The longest message of a client, in bytes: a call names files, it does not bring them.
const MOST: usize = 4 << 20;

/// The versions of the protocol that are spoken, the newest first. What was added between
/// them is either not used here or said in a way that the older ones skip. 2025-03-26 is
/// not: in it alone a server has to take several messages in one array.
const VERSIONS: [&str; 3] = ["2025-11-25", "2025-06-18", "2024-11-05"];

/// What a client is told about the tools as a whole.
const INSTRUCTIONS: &str = "hive keeps lint, import order and layout of this repository's Python \
    files as the project wants them, and keeps the questions that need a decision. After editing \
    files call `fix` with their paths and read again those that it lists as fixed; `check` gives \
    the same answer and changes nothing. `escalations_list` lists open questions; answer one by \
    applying its patch, by changing the code, or, if the person you work for agrees, by dismissing \
    or suppressing it with a reason. After a commit `wait` says what hive has rewritten since.";

/// Serves a client until its stream ends. `root` is the top of the work tree, or where
/// one is looked for if there is none: then every call says so. Calls that have begun are
/// answered before this returns. An error means that the streams are gone.
pub fn serve(
    input: impl Read,
    output: impl Write + Send + 'static,
    root: &Path,
    hive: Hive,
) -> io::Result<()> {
    let mut input = Input::new(input, Framing::Lines, MOST);
    let output = Arc::new(Output::new(output, Framing::Lines));
    let mut session = Session {
        calls: Calls::new(Arc::clone(&output), root, hive)?,
        output,
        begun: false,
    };
    while let Some(received) = input.receive()? {
        let message = match received {
            Received::Message(bytes) => read(&bytes),
            Received::Unreadable(reason) => Err(Malformed::unread(reason)),
        };
        match message {
            Ok(message) => session.take(message)?,
            Err(malformed) => session.output.send(&malformed.answer())?,
        }
    }
    session.calls.finish();
    Ok(())
}

struct Session {
    output: Arc<Output>,
    calls: Calls,
    /// Whether the client has said who it is.
    begun: bool,
}

impl Session {
    fn take(&mut self, message: Incoming) -> io::Result<()> {
        match message {
            Incoming::Request { id, method, params } => self.answer(&id, &method, params),
            Incoming::Notification { method, params, .. } => {
                if method == "notifications/cancelled"
                    && let Some(id) = params.get("requestId").and_then(Id::of)
                {
                    self.calls.cancel(&id);
                }
                Ok(())
            }
            Incoming::Response => Ok(()),
        }
    }

    fn answer(&mut self, id: &Id, method: &str, params: Value) -> io::Result<()> {
        let result = match method {
            "ping" => Ok(json!({})),
            "initialize" => self.initialize(&params),
            "tools/list" | "tools/call" if !self.begun => Err((
                Code::NotInitialized,
                "the first request is `initialize`".to_owned(),
            )),
            "tools/list" => match params.get("cursor") {
                None | Some(Value::Null) => Ok(json!({"tools": tools::described()})),
                // All tools are on the first page.
                Some(_) => Err((Code::InvalidParams, "there is no such page".to_owned())),
            },
            "tools/call" => {
                let call = Call::of(id.clone(), params);
                match call.and_then(|call| self.calls.begin(call)) {
                    Ok(()) => return Ok(()),
                    Err(refused) => Err(refused),
                }
            }
            _ => Err((
                Code::MethodNotFound,
                format!("there is no method {}", short(method)),
            )),
        };
        self.output.send(&match result {
            Ok(result) => succeeded(id, &result),
            Err((code, message)) => failed(id, code, &message),
        })
    }

    fn initialize(&mut self, params: &Value) -> Result<Value, (Code, String)> {
        let Some(asked) = params.get("protocolVersion").and_then(Value::as_str) else {
            let message = "`initialize` names the `protocolVersion` that the client speaks";
            return Err((Code::InvalidParams, message.to_owned()));
        };
        if self.begun {
            let message = "this session has begun; `initialize` comes once";
            return Err((Code::InvalidRequest, message.to_owned()));
        }
        self.begun = true;
        // Of what is not spoken the next older one: whoever has a version has had that.
        let version = VERSIONS
            .into_iter()
            .find(|version| *version <= asked)
            .unwrap_or(VERSIONS[0]);
        Ok(json!({
            "protocolVersion": version,
            "capabilities": {"tools": {"listChanged": false}},
            "serverInfo": {"name": "hive", "title": "hive", "version": env!("CARGO_PKG_VERSION")},
            "instructions": INSTRUCTIONS,
        }))
    }
}

/// A name from a client, short enough for a message.
pub(super) fn short(name: &str) -> String {
    let cut: String = name.chars().take(80).collect();
    format!("{cut:?}")
}
