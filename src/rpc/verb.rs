//! A verb of hive's, run for a request.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{after, bounded, select};

use crate::process::{Interrupt, Program, ProgramError, Status};
use crate::settings::environment;
use crate::terminal::plain;

/// How much a verb may say, in bytes.
const MOST: usize = 32 << 20;
/// How many lines of its talk are handed on.
const LINES: usize = 40;

/// hive itself, to be run.
#[derive(Debug, Clone)]
pub struct Hive {
    program: PathBuf,
}

/// What is to be run.
#[derive(Debug, Clone)]
pub struct Order {
    args: Vec<OsString>,
    directory: PathBuf,
    input: Option<Vec<u8>>,
    deadline: Duration,
}

/// What a verb said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Its exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// Its data.
    pub data: Vec<u8>,
    /// Its talk.
    pub talk: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum Unanswered {
    /// Whoever asked has taken it back.
    #[error("the request was cancelled")]
    Cancelled,
    /// It took too long, and was ended.
    #[error("hive was ended after {} s without an answer; ask for less at once", .0.as_secs())]
    Deadline(Duration),
    /// It said too much, and was ended.
    #[error("the answer has more than {MOST} bytes; ask for less at once")]
    TooMuch,
    /// It could not be started.
    #[error("hive could not be run")]
    Program(#[from] ProgramError),
    /// It was lost while it ran.
    #[error("hive was lost while it ran")]
    Lost(#[from] io::Error),
}

impl Order {
    /// A verb with its arguments, in a directory, which may take so long.
    pub fn new<A: AsRef<OsStr>>(
        args: impl IntoIterator<Item = A>,
        directory: impl Into<PathBuf>,
        deadline: Duration,
    ) -> Self {
        let args = args.into_iter().map(|arg| arg.as_ref().to_owned());
        Self {
            args: args.collect(),
            directory: directory.into(),
            input: None,
            deadline,
        }
    }

    /// Gives it these bytes on standard input.
    #[must_use]
    pub fn input(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }
}

impl Said {
    /// The last lines of its talk, fit to be shown.
    pub fn words(&self) -> String {
        let lines: Vec<&str> = self.talk.lines().collect();
        let from = lines.len().saturating_sub(LINES);
        plain(&lines[from..].join("\n")).trim().to_owned()
    }
}

impl Hive {
    /// This very binary.
    pub fn own() -> io::Result<Self> {
        let program = crate::process::own_program()?;
        Ok(Self { program })
    }

    /// Runs an order to its end, unless the interrupt is raised first: then it is asked to
    /// end, as by Ctrl-C, and made to. It has this process's environment, but for git's
    /// variables, as if it had been typed where this process was started.
    pub fn run(&self, order: Order, interrupt: &Interrupt) -> Result<Said, Unanswered> {
        let stopped = interrupt.subscribe();
        if interrupt.requested() {
            return Err(Unanswered::Cancelled);
        }
        let mut program = Program::new(&self.program)
            .args(&order.args)
            .current_dir(&order.directory);
        for (name, value) in environment::own() {
            program = program.env(name, value);
        }
        let mut running = program.spawn_piped()?;
        let input = running.take_stdin();
        if let (Some(mut pipe), Some(bytes)) = (input, order.input) {
            thread::Builder::new()
                .name("verb input".to_owned())
                // Who does not read to the end has said why.
                .spawn(move || drop(pipe.write_all(&bytes)))?;
        }
        let (sender, ended) = bounded(1);
        if let Some(pipe) = running.take_stdout() {
            thread::Builder::new()
                .name("verb output".to_owned())
                .spawn(move || sender.send(collected(pipe)))?;
        }
        let late = after(order.deadline);
        let gone = || io::Error::other("the thread that reads its output has ended");
        let data = select! {
            recv(ended) -> data => data.map_err(|_| gone())??,
            recv(stopped) -> _ => {
                running.kill_group()?;
                return Err(Unanswered::Cancelled);
            }
            recv(late) -> _ => {
                running.kill_group()?;
                return Err(Unanswered::Deadline(order.deadline));
            }
        };
        let Some(data) = data else {
            running.kill_group()?;
            return Err(Unanswered::TooMuch);
        };
        let code = match running.wait()? {
            Status::Code(code) => Some(code),
            Status::Signal(_) => None,
        };
        let talk = String::from_utf8_lossy(&running.stderr_tail()).into_owned();
        Ok(Said { code, data, talk })
    }
}

/// All output; `None` if there is too much.
fn collected(pipe: impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut data = Vec::new();
    let read = pipe.take(MOST as u64 + 1).read_to_end(&mut data)?;
    Ok((read <= MOST).then_some(data))
}
