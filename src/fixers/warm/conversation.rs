//! Frames to and from the interpreter.
//!
//! One thread owns both pipes and does the blocking reads and writes, so that a
//! deadline holds for both: an interpreter that hangs before it has read a large
//! file would block the writer. A thread that is stuck ends when the interpreter
//! is killed.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, unbounded};
use serde::Deserialize;

use crate::process::{Piped, Program, ProgramError};

/// More than a file may have, and less than a mistaken length would ask for.
const LARGEST: u32 = 256 << 20;
/// How much of what the interpreter said on standard error is repeated.
const SAID: usize = 2000;

/// A frame from the interpreter.
#[derive(Debug, Deserialize)]
pub(super) struct Heard {
    pub(super) kind: String,
    #[serde(default)]
    pub(super) message: String,
    #[serde(default)]
    pub(super) versions: BTreeMap<String, String>,
    /// Peak of its resident memory in bytes.
    pub(super) memory: u64,
    #[serde(skip)]
    pub(super) body: Vec<u8>,
}

/// Why no frame came.
#[derive(Debug)]
pub(super) enum Lost {
    Late(Duration),
    Gone,
    Garbage(String),
}

type Frame = (Vec<u8>, Vec<u8>);

#[derive(Debug)]
pub(super) struct Conversation {
    program: Piped,
    requests: Sender<Frame>,
    answers: Receiver<io::Result<Heard>>,
}

impl Conversation {
    pub(super) fn start(program: Program) -> Result<Self, ProgramError> {
        let mut program = program.spawn_piped()?;
        let (requests, inbox) = unbounded::<Frame>();
        let (outbox, answers) = unbounded();
        if let (Some(mut stdin), Some(mut stdout)) = (program.take_stdin(), program.take_stdout()) {
            thread::spawn(move || {
                // The first frame comes unasked: the tools are imported.
                let mut heard = receive(&mut stdout);
                loop {
                    let done = heard.is_err();
                    if outbox.send(heard).is_err() || done {
                        return;
                    }
                    let Ok(frame) = inbox.recv() else { return };
                    heard = send(&mut stdin, &frame).and_then(|()| receive(&mut stdout));
                }
            });
        }
        Ok(Self {
            program,
            requests,
            answers,
        })
    }

    /// Sends a frame and waits for the one that answers it.
    pub(super) fn ask(
        &mut self,
        header: Vec<u8>,
        body: Vec<u8>,
        deadline: Duration,
    ) -> Result<Heard, Lost> {
        self.requests.send((header, body)).map_err(|_| Lost::Gone)?;
        self.hear(deadline)
    }

    /// Waits for a frame.
    pub(super) fn hear(&mut self, deadline: Duration) -> Result<Heard, Lost> {
        match self.answers.recv_timeout(deadline) {
            Ok(Ok(heard)) => Ok(heard),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => {
                Err(Lost::Garbage(error.to_string()))
            }
            Err(RecvTimeoutError::Timeout) => Err(Lost::Late(deadline)),
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => Err(Lost::Gone),
        }
    }

    /// Ends the interpreter, if it has not ended by itself, and says how it ended.
    pub(super) fn end(&mut self) -> String {
        match self.program.kill_group_now() {
            Ok(status) => status.to_string(),
            Err(error) => format!("was lost ({error})"),
        }
    }

    /// The end of what it said on standard error, as a part of a message.
    pub(super) fn said(&self) -> String {
        let tail = self.program.stderr_tail();
        let tail = &tail[tail.len().saturating_sub(SAID)..];
        let text = String::from_utf8_lossy(tail);
        match text.trim() {
            "" => String::new(),
            text => format!("\n{text}"),
        }
    }

    pub(super) fn pid(&self) -> u32 {
        self.program.pid()
    }
}

fn send(pipe: &mut impl Write, (header, body): &Frame) -> io::Result<()> {
    let length = |bytes: &[u8]| {
        u32::try_from(bytes.len())
            .map(u32::to_be_bytes)
            .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "a file beyond 4 GiB"))
    };
    pipe.write_all(&length(header)?)?;
    pipe.write_all(&length(body)?)?;
    pipe.write_all(header)?;
    pipe.write_all(body)?;
    pipe.flush()
}

fn receive(pipe: &mut impl Read) -> io::Result<Heard> {
    let garbage = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
    let mut lengths = [[0; 4]; 2];
    pipe.read_exact(lengths.as_flattened_mut())?;
    let [header, body] = lengths.map(u32::from_be_bytes);
    if header > LARGEST || body > LARGEST {
        return Err(garbage("something that is no frame"));
    }
    let mut read = |length: u32| {
        let mut bytes = vec![0; length as usize];
        pipe.read_exact(&mut bytes).map(|()| bytes)
    };
    let (header, body) = (read(header)?, read(body)?);
    let mut heard: Heard = serde_json::from_slice(&header)
        .map_err(|error| garbage(&format!("a header that is not readable ({error})")))?;
    heard.body = body;
    Ok(heard)
}
