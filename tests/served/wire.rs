//! A client that sends whatever it is told, and reads answers with patience.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use hive_test_support::{PATIENCE, Sandbox};
use serde_json::{Value, json};

/// A server, and what it has said.
pub(crate) struct Wire {
    child: Child,
    input: Option<ChildStdin>,
    said: Receiver<Value>,
    kept: VecDeque<Value>,
    framed: bool,
    last: i64,
}

impl Wire {
    /// Starts `hive mcp` in the sandbox's directory.
    pub(crate) fn mcp(sandbox: &Sandbox) -> Self {
        Self::start(sandbox, &["mcp"], false)
    }

    /// Starts `hive lsp`.
    pub(crate) fn lsp(sandbox: &Sandbox) -> Self {
        Self::start(sandbox, &["lsp"], true)
    }

    /// Starts a server.
    pub(crate) fn start(sandbox: &Sandbox, args: &[&str], framed: bool) -> Self {
        let mut command = sandbox.command(env!("CARGO_BIN_EXE_hive").as_ref(), args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let input = child.stdin.take();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (sender, said) = channel();
        thread::spawn(move || {
            while let Some(message) = message(&mut output, framed) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            child,
            input,
            said,
            kept: VecDeque::new(),
            framed,
            last: 0,
        }
    }

    /// Sends bytes as they are.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).unwrap();
        input.flush().unwrap();
    }

    /// Sends a message.
    pub(crate) fn send(&mut self, message: &Value) {
        let body = message.to_string();
        let text = if self.framed {
            format!("Content-Length: {}\r\n\r\n{body}", body.len())
        } else {
            format!("{body}\n")
        };
        self.raw(text.as_bytes());
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request and returns its number.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> i64 {
        self.last += 1;
        let id = self.last;
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Asks and waits for the answer.
    #[track_caller]
    pub(crate) fn ask(&mut self, method: &str, params: &Value) -> Value {
        let id = self.request(method, params);
        self.answer(&json!(id))
    }

    /// The answer to a request; what comes before it is kept.
    #[track_caller]
    pub(crate) fn answer(&mut self, id: &Value) -> Value {
        self.wait(&format!("an answer to {id}"), |it| {
            it.get("method").is_none() && it["id"] == *id
        })
    }

    /// The first message that is like this; what comes before it is kept.
    #[track_caller]
    pub(crate) fn wait(&mut self, name: &str, like: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.kept.iter().position(&like) {
            return self.kept.remove(at).unwrap();
        }
        loop {
            let message = self
                .said
                .recv_timeout(PATIENCE)
                .unwrap_or_else(|error| panic!("no {name}: {error}; there is {:?}", self.kept));
            if like(&message) {
                return message;
            }
            self.kept.push_back(message);
        }
    }

    /// What was said and nobody has asked for.
    pub(crate) fn rest(&mut self) -> Vec<Value> {
        self.kept.extend(self.said.try_iter());
        self.kept.drain(..).collect()
    }

    /// Closes the input and waits for the end of the server; returns what is unread.
    pub(crate) fn end(mut self) -> (ExitStatus, Vec<Value>) {
        self.input = None;
        let status = self.child.wait().unwrap();
        let mut rest: Vec<Value> = self.kept.drain(..).collect();
        rest.extend(self.said.iter());
        (status, rest)
    }

    /// Says `initialize` to a server of tools.
    #[track_caller]
    pub(crate) fn greet(&mut self) {
        let version = json!({"protocolVersion": "2025-06-18", "capabilities": {},
            "clientInfo": {"name": "wire", "version": "1"}});
        let answer = self.ask("initialize", &version);
        assert_eq!(
            answer["result"]["protocolVersion"], "2025-06-18",
            "{answer}"
        );
        self.notify("notifications/initialized", &json!({}));
    }

    /// Calls a tool.
    #[track_caller]
    pub(crate) fn call(&mut self, name: &str, arguments: &Value) -> Value {
        let answer = self.ask("tools/call", &json!({"name": name, "arguments": arguments}));
        let result = answer["result"].clone();
        assert!(result.is_object(), "{answer}");
        result
    }

    /// Says `initialize` to a language server.
    #[track_caller]
    pub(crate) fn open_editor(&mut self, capabilities: &Value) -> Value {
        let params = json!({"processId": null, "rootUri": null, "capabilities": capabilities});
        let answer = self.ask("initialize", &params);
        self.notify("initialized", &json!({}));
        answer["result"].clone()
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        // It has ended, or the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The text of a tool's result.
pub(crate) fn text(result: &Value) -> String {
    let parts = result["content"].as_array().unwrap();
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| part["text"].as_str())
        .collect();
    texts.join("\n")
}

fn message(output: &mut impl BufRead, framed: bool) -> Option<Value> {
    let mut line = String::new();
    if !framed {
        output.read_line(&mut line).ok().filter(|read| *read > 0)?;
        return Some(serde_json::from_str(&line).unwrap());
    }
    let mut length = None;
    loop {
        line.clear();
        output.read_line(&mut line).ok().filter(|read| *read > 0)?;
        if line == "\r\n" {
            break;
        }
        let number = line.strip_prefix("Content-Length: ").unwrap();
        length = number.trim().parse().ok();
    }
    let mut body = vec![0; length.unwrap()];
    output.read_exact(&mut body).ok()?;
    Some(serde_json::from_slice(&body).unwrap())
}
