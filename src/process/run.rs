//! Running a program to its end.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

use super::child;
use super::error::ProgramError;
use super::program::Program;
use crate::clock;

/// How long output may still arrive after the program has ended and its group is
/// dead: something that left the group holds the pipe, and is not waited for.
const DRAIN: Duration = Duration::from_secs(1);

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It exited with this code.
    Code(i32),
    /// This signal ended it.
    Signal(i32),
}

impl Status {
    /// Whether it exited with code 0.
    pub fn success(self) -> bool {
        self == Self::Code(0)
    }

    pub(super) fn of(status: ExitStatus) -> Self {
        match (status.code(), status.signal()) {
            (Some(code), _) => Self::Code(code),
            (None, signal) => Self::Signal(signal.unwrap_or(0)),
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "ended with exit code {code}"),
            Self::Signal(signal) => write!(f, "was ended by signal {signal}"),
        }
    }
}

/// A program that has ended, and what it printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finished {
    /// How it ended.
    pub status: Status,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: Vec<u8>,
}

enum Event {
    Ended(io::Result<bool>),
    Closed(io::Result<()>),
    TooMuch,
}

type Shared = Arc<Mutex<Vec<u8>>>;

/// Four small threads (input, two outputs, end) talk to this one over a channel,
/// which alone decides when to kill; the program is reaped last, after its group
/// has been killed, so that the group's number cannot have been given away.
pub(super) fn run(mut program: Program) -> Result<Finished, ProgramError> {
    let mut command = program.command();
    let input = program.input.take();
    if input.is_some() {
        command.stdin(Stdio::piped());
    }
    let mut child = child::spawn(command, program.limits.memory)
        .map_err(|error| ProgramError::from_spawn(&program, error))?;
    let outcome = attend(&mut child, input, &program);
    child::end_group(child.id());
    child::forget(child.id());
    let status = child.wait();
    let (stdout, stderr) = outcome?;
    let status = Status::of(status.map_err(|source| lost(&program, source))?);
    Ok(Finished {
        status,
        stdout,
        stderr,
    })
}

fn attend(
    child: &mut Child,
    input: Option<Vec<u8>>,
    program: &Program,
) -> Result<(Vec<u8>, Vec<u8>), ProgramError> {
    let (events, inbox) = unbounded();
    let cap = program.limits.output;
    if let (Some(bytes), Some(pipe)) = (input, child.stdin.take()) {
        start("input", move || feed(pipe, &bytes)).map_err(|e| lost(program, e))?;
    }
    let stdout = collect(child.stdout.take(), cap, &events).map_err(|e| lost(program, e))?;
    let stderr = collect(child.stderr.take(), cap, &events).map_err(|e| lost(program, e))?;
    let id = child.id();
    start("end", move || {
        let _ = events.send(Event::Ended(child::has_ended(id, true)));
    })
    .map_err(|e| lost(program, e))?;

    let mut open = 2;
    let mut ended = false;
    let mut until = program.limits.deadline.map(|time| clock::now() + time);
    while open > 0 || !ended {
        let event = match until {
            Some(until) => inbox.recv_deadline(until),
            None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match event {
            Ok(Event::Ended(result)) => {
                result.map_err(|source| lost(program, source))?;
                ended = true;
                child::end_group(id);
                until = Some(clock::now() + DRAIN);
            }
            Ok(Event::Closed(result)) => {
                result.map_err(|source| lost(program, source))?;
                open -= 1;
            }
            Ok(Event::TooMuch) => {
                return Err(ProgramError::TooMuchOutput {
                    command: program.command_line(),
                    cap,
                });
            }
            Err(_) if ended => break,
            Err(RecvTimeoutError::Timeout) => {
                return Err(ProgramError::Deadline {
                    command: program.command_line(),
                    after: program.limits.deadline.unwrap_or_default(),
                });
            }
            Err(RecvTimeoutError::Disconnected) => {
                let source = io::Error::other("a thread that reads its output has ended");
                return Err(lost(program, source));
            }
        }
    }
    Ok((take(&stdout), take(&stderr)))
}

fn lost(program: &Program, source: io::Error) -> ProgramError {
    ProgramError::Io {
        command: program.command_line(),
        source,
    }
}

fn take(buffer: &Shared) -> Vec<u8> {
    std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner))
}

fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map(drop)
}

fn feed(mut pipe: ChildStdin, bytes: &[u8]) {
    // A program that does not read its input to the end has its reasons; its
    // status and output say what came of it.
    let _ = pipe.write_all(bytes);
}

fn collect(
    pipe: Option<impl Read + Send + 'static>,
    cap: u64,
    events: &Sender<Event>,
) -> io::Result<Shared> {
    let buffer = Shared::default();
    let (filled, events) = (Arc::clone(&buffer), events.clone());
    start("output", move || {
        let event = match pipe.map(|pipe| fill(pipe, cap, &filled)) {
            Some(Ok(false)) => Event::TooMuch,
            Some(Err(error)) => Event::Closed(Err(error)),
            Some(Ok(true)) | None => Event::Closed(Ok(())),
        };
        let _ = events.send(event);
    })?;
    Ok(buffer)
}

/// Reads to the end; `false` if there was more than `cap`.
fn fill(mut pipe: impl Read, cap: u64, buffer: &Shared) -> io::Result<bool> {
    let mut chunk = vec![0; 64 << 10];
    loop {
        let count = match pipe.read(&mut chunk) {
            Ok(0) => return Ok(true),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut filled = buffer.lock().unwrap_or_else(PoisonError::into_inner);
        if (filled.len() + count) as u64 > cap {
            return Ok(false);
        }
        filled.extend_from_slice(&chunk[..count]);
    }
}
