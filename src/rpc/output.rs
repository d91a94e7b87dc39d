//! Messages into a stream of bytes, from several threads.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::input::Framing;

/// Where answers go. Each is written whole and at once; whoever does not read its answers
/// holds up its own requests.
pub struct Output {
    stream: Mutex<Box<dyn Write + Send>>,
    framing: Framing,
}

impl Output {
    /// A stream in a framing.
    pub fn new(stream: impl Write + Send + 'static, framing: Framing) -> Self {
        Self {
            stream: Mutex::new(Box::new(stream)),
            framing,
        }
    }

    /// Writes a message. An error means that nobody reads any more.
    pub fn send(&self, message: &Value) -> io::Result<()> {
        let body = message.to_string();
        let bytes = match self.framing {
            Framing::Lines => format!("{body}\n"),
            Framing::Headers => format!("Content-Length: {}\r\n\r\n{body}", body.len()),
        };
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        stream.write_all(bytes.as_bytes())?;
        stream.flush()
    }
}
