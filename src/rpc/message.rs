//! One message of JSON-RPC 2.0. Pure.

use std::fmt;

use serde::Serialize;
use serde_json::{Value, json};

/// The numbers of errors: those of JSON-RPC, and those that language servers add.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    /// The bytes are no JSON.
    Parse = -32700,
    /// The JSON is no message, or comes at the wrong time.
    InvalidRequest = -32600,
    /// Nobody knows the method.
    MethodNotFound = -32601,
    /// The method cannot use its parameters.
    InvalidParams = -32602,
    /// hive failed.
    Internal = -32603,
    /// Nobody has said `initialize` yet.
    NotInitialized = -32002,
    /// The other end took its request back.
    Cancelled = -32800,
    /// The document has changed under the request.
    ContentModified = -32801,
    /// The request was understood, and could not be served.
    RequestFailed = -32803,
}

/// What the other end calls its request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Id {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Id {
    /// Reads one; `None` where it is neither a whole number nor a text.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_i64().map(Self::Number),
            Value::String(text) => Some(Self::Text(text.clone())),
            _ => None,
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A message that can be read.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// It wants an answer.
    Request {
        /// What the answer is to be called.
        id: Id,
        /// What is asked.
        method: String,
        /// With what; null without.
        params: Value,
    },
    /// It wants none.
    Notification {
        /// What is said.
        method: String,
        /// With what; null without.
        params: Value,
        /// Whether every text in it is as it was sent: for half of a surrogate pair there
        /// is U+FFFD.
        exact: bool,
    },
    /// It answers something that was asked from here, which nothing is.
    Response,
}

/// A message that cannot be read, and the answer that it gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Malformed {
    /// The id, where one could be read; else null, as JSON-RPC has it.
    pub id: Value,
    /// What is wrong with it.
    pub code: Code,
    /// The same in words.
    pub message: String,
}

impl Malformed {
    /// One of which not even an id is known.
    pub fn unread(message: impl Into<String>) -> Self {
        Self {
            id: Value::Null,
            code: Code::Parse,
            message: message.into(),
        }
    }

    /// The answer.
    pub fn answer(&self) -> Value {
        answer_to(&self.id, self.code, &self.message)
    }
}

/// Reads a message. Several in one array are refused: the protocols of today know none.
pub fn read(bytes: &[u8]) -> Result<Incoming, Malformed> {
    let (value, exact) = match serde_json::from_slice::<Value>(bytes) {
        Ok(value) => (value, true),
        Err(error) => {
            let whole = serde_json::from_slice(&paired(bytes));
            let unread = || Malformed::unread(format!("the message is no JSON: {error}"));
            (whole.map_err(|_| unread())?, false)
        }
    };
    let wrong = |id: Value, message: &str| Malformed {
        id,
        code: Code::InvalidRequest,
        message: message.to_owned(),
    };
    let Value::Object(mut fields) = value else {
        let message = "a message is one JSON object; batches are not taken";
        return Err(wrong(Value::Null, message));
    };
    let id = fields.remove("id");
    let known = id.as_ref().and_then(Id::of);
    let named = json!(known);
    if fields.get("jsonrpc") != Some(&json!("2.0")) {
        return Err(wrong(named, "the field `jsonrpc` has to be \"2.0\""));
    }
    let params = match fields.remove("params") {
        None => Value::Null,
        Some(params @ (Value::Null | Value::Object(_) | Value::Array(_))) => params,
        Some(_) => return Err(wrong(named, "`params` has to be an object or an array")),
    };
    match (fields.remove("method"), id, known) {
        (Some(Value::String(method)), None, _) => Ok(Incoming::Notification {
            method,
            params,
            exact,
        }),
        (Some(Value::String(method)), Some(_), Some(id)) => {
            Ok(Incoming::Request { id, method, params })
        }
        (Some(Value::String(_)), Some(_), None) => Err(wrong(
            Value::Null,
            "`id` has to be a whole number or a text",
        )),
        (Some(_), ..) => Err(wrong(named, "`method` has to be a text")),
        (None, Some(_), _) if fields.contains_key("result") || fields.contains_key("error") => {
            Ok(Incoming::Response)
        }
        (None, ..) => Err(wrong(
            named,
            "a message has a `method`, a `result` or an `error`",
        )),
    }
}

/// The bytes with U+FFFD in the place of each escape of half a surrogate pair, which
/// JavaScript has and writes, and no text here can have.
fn paired(bytes: &[u8]) -> Vec<u8> {
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut made = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (taken, half) = match (bytes[at], unit(at)) {
            (b'\\', Some(0xd800..=0xdbff)) => match unit(at + 6) {
                Some(0xdc00..=0xdfff) => (12, false),
                _ => (6, true),
            },
            (b'\\', Some(0xdc00..=0xdfff)) => (6, true),
            (b'\\', _) => (2, false),
            _ => (1, false),
        };
        let end = (at + taken).min(bytes.len());
        made.extend_from_slice(if half { b"\\ufffd" } else { &bytes[at..end] });
        at = end;
    }
    made
}

/// The answer to a request that was served.
pub fn succeeded(id: &Id, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "result": result})
}

/// The answer to a request that was not.
pub fn failed(id: &Id, code: Code, message: &str) -> Value {
    answer_to(&json!(id), code, message)
}

fn answer_to(id: &Value, code: Code, message: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code as i32, "message": message}})
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Code, Id, Incoming, read};

    #[test]
    fn messages_are_what_their_fields_say() {
        let request = |id| Incoming::Request {
            id,
            method: "a".to_owned(),
            params: json!(null),
        };
        let text = |id: &str| Id::Text(id.to_owned());
        for (bytes, message) in [
            (
                r#"{"jsonrpc":"2.0","id":7,"method":"a"}"#,
                request(Id::Number(7)),
            ),
            (
                r#"{"jsonrpc":"2.0","id":"7","method":"a","params":null}"#,
                request(text("7")),
            ),
            (
                r#"{"jsonrpc":"2.0","method":"a","params":[1]}"#,
                Incoming::Notification {
                    method: "a".to_owned(),
                    params: json!([1]),
                    exact: true,
                },
            ),
            (
                r#"{"jsonrpc":"2.0","method":"a","params":["\ud83d\ude00","\\ud83d","x\ud83d","\uDE00\ud83d\n"]}"#,
                Incoming::Notification {
                    method: "a".to_owned(),
                    params: json!(["😀", "\\ud83d", "x\u{fffd}", "\u{fffd}\u{fffd}\n"]),
                    exact: false,
                },
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"result":null}"#,
                Incoming::Response,
            ),
            (r#"{"jsonrpc":"2.0","id":1,"error":{}}"#, Incoming::Response),
        ] {
            assert_eq!(read(bytes.as_bytes()), Ok(message), "{bytes}");
        }
    }

    #[test]
    fn what_is_no_message_gets_an_answer() {
        let deep = "[".repeat(100_000);
        for (bytes, id, code) in [
            ("", json!(null), Code::Parse),
            ("{", json!(null), Code::Parse),
            ("\u{feff}{}", json!(null), Code::Parse),
            (&deep, json!(null), Code::Parse),
            ("[]", json!(null), Code::InvalidRequest),
            ("1", json!(null), Code::InvalidRequest),
            ("{}", json!(null), Code::InvalidRequest),
            (r#"{"id":1,"method":"a"}"#, json!(1), Code::InvalidRequest),
            (
                r#"{"jsonrpc":"1.0","id":1,"method":"a"}"#,
                json!(1),
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1}"#,
                json!(1),
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":2}"#,
                json!(1),
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1,"method":"a","params":3}"#,
                json!(1),
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":null,"method":"a"}"#,
                json!(null),
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":{"a":1},"method":"a"}"#,
                json!(null),
                Code::InvalidRequest,
            ),
            (
                r#"{"jsonrpc":"2.0","id":1.5,"method":"a"}"#,
                json!(null),
                Code::InvalidRequest,
            ),
        ] {
            let wrong = read(bytes.as_bytes()).unwrap_err();
            assert_eq!((&wrong.id, wrong.code), (&id, code), "{wrong:?}");
            let answer = wrong.answer();
            assert_eq!(answer["error"]["code"], json!(code as i32));
            assert_eq!(answer["id"], id);
        }
        assert!(read(b"\xff\xfe").is_err());
    }
}
