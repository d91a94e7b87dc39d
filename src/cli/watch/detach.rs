//! `hive watch --detach` and `--stop`: an agent without a terminal.
//!
//! The agent is started in a session of its own, with its log in the place of a terminal
//! and a socket in the place of standard input. Over it the agent says once that it is
//! ready, or why it is not, and then closes it: whoever has typed the command is told by
//! the command itself, and not by a log.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::{Deserialize, Serialize};

use super::{held, log, no_lock};
use crate::agent::lock::{self, Kind};
use crate::cli::{Context, Ending};
use crate::failure::{Failure, Kind as FailureKind, Outcome};
use crate::process;
use crate::repo::Place;
use crate::settings::shown;

/// How long the agent is waited for, at its beginning (it may have to wait for a drain) and
/// at its end (it finishes what is under way).
const PATIENCE: Duration = Duration::from_mins(1);
/// How much the agent says of itself at most, in bytes.
const MOST: u64 = 64 << 10;

/// What an agent says to who has started it.
#[derive(Debug, Serialize, Deserialize)]
enum Word {
    /// It watches.
    Ready,
    /// It does not, and why.
    Failed {
        code: u8,
        message: String,
        causes: Vec<String>,
        hints: Vec<String>,
    },
}

/// Starts an agent and waits until it watches.
pub(super) fn start(place: &Place, context: &Context) -> Outcome<Ending> {
    if let Some(holder) = lock::holder(place).filter(|holder| holder.kind == Kind::Watch) {
        return Err(held(place, Some(holder)));
    }
    let path = log::path(place);
    let shown_log = shown(&path, Some(&place.root));
    let failed = |error: io::Error| {
        Failure::internal("`hive watch` could not be started in the background").caused_by(error)
    };
    // Made with all care before it is opened by its name.
    log::open(place).map_err(failed)?;
    let binary = std::env::current_exe().map_err(failed)?;
    let args = ["watch", "--log", "--report"];
    let mut agent =
        process::start_talking(&binary, args, &place.root, Some(&path)).map_err(failed)?;
    agent.set_read_timeout(Some(PATIENCE)).map_err(failed)?;
    let mut text = String::new();
    let read = (&mut agent).take(MOST).read_to_string(&mut text);
    let waits = || {
        Failure::internal(format!(
            "`hive watch` is not ready after {} s; it goes on in the background",
            PATIENCE.as_secs()
        ))
        .hint(format!(
            "{shown_log} says what it is at; `hive watch --stop` ends it"
        ))
    };
    match serde_json::from_str(&text) {
        Ok(Word::Ready) => {
            let pid = lock::holder(place).map(|holder| format!(" (process {})", holder.pid));
            let terminal = &context.terminal;
            terminal.say(&format!(
                "hive watches in the background{}; `hive watch --stop` ends it",
                pid.unwrap_or_default()
            ));
            terminal.say(&format!("what it does: `hive monitor`, {shown_log}"));
            Ok(Ending::Clean)
        }
        Ok(Word::Failed {
            code,
            message,
            causes,
            hints,
        }) => {
            let kind = match code {
                2 => FailureKind::Usage,
                _ => FailureKind::Internal,
            };
            let mut failure = Failure::new(kind, message);
            if !causes.is_empty() {
                failure = failure.caused_by(causes.join("\n"));
            }
            Err(hints.into_iter().fold(failure, Failure::hint))
        }
        Err(_) if read.is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock) => {
            Err(waits())
        }
        Err(_) => Err(
            Failure::internal("`hive watch` ended before it was ready, without a word")
                .hint(format!("the end of {shown_log} may say why")),
        ),
    }
}

/// Ends the agent of a work tree and waits until it is gone.
pub(super) fn stop(place: &Place, context: &Context) -> Outcome<Ending> {
    let holder = match lock::holder(place) {
        Some(holder) if holder.kind == Kind::Watch => holder,
        other => {
            context.terminal.say(match other {
                Some(_) => "no `hive watch` is at work here, only a drain, which ends by itself",
                None => "no `hive watch` is at work here",
            });
            return Ok(Ending::Clean);
        }
    };
    let pid = i32::try_from(holder.pid).ok().and_then(Pid::from_raw);
    let asked = pid.map_or(Ok(()), |pid| kill_process(pid, Signal::TERM));
    match asked {
        // It has just ended by itself.
        Ok(()) | Err(rustix::io::Errno::SRCH) => {}
        Err(error) => {
            return Err(Failure::internal(format!(
                "`hive watch` (process {}) cannot be asked to end",
                holder.pid
            ))
            .caused_by(error));
        }
    }
    let gone = lock::is_let_go(place, PATIENCE).map_err(|error| no_lock(place, error))?;
    if !gone {
        return Err(Failure::internal(format!(
            "`hive watch` (process {}) was asked to end and is still at work after {} s",
            holder.pid,
            PATIENCE.as_secs()
        ))
        .hint("`hive status` shows what it does"));
    }
    context
        .terminal
        .say(&format!("`hive watch` (process {}) has ended", holder.pid));
    Ok(Ending::Clean)
}

/// The other end, in the agent: who has started it and wants to know.
#[derive(Debug)]
pub(super) struct Starter(UnixStream);

impl Starter {
    /// Takes the socket that is standard input, and leaves nothing in its place.
    pub(super) fn take() -> io::Result<Self> {
        let stdin = io::stdin();
        let socket: OwnedFd = stdin.as_fd().try_clone_to_owned()?;
        let nothing = std::fs::File::open("/dev/null")?;
        rustix::stdio::dup2_stdin(&nothing)?;
        Ok(Self(UnixStream::from(socket)))
    }

    /// Says that the agent watches.
    pub(super) fn ready(self) {
        self.say(&Word::Ready);
    }

    /// Says why it does not.
    pub(super) fn failed(self, failure: &Failure) {
        let mut causes = Vec::new();
        let mut cause = std::error::Error::source(failure);
        while let Some(error) = cause {
            causes.push(error.to_string());
            cause = error.source();
        }
        self.say(&Word::Failed {
            code: failure.kind().exit_code(),
            message: failure.to_string(),
            causes,
            hints: failure.hints().into_iter().map(str::to_owned).collect(),
        });
    }

    /// Whoever does not listen any more has lost nothing.
    fn say(mut self, word: &Word) {
        if let Ok(text) = serde_json::to_vec(word) {
            let _ = self.0.write_all(&text);
        }
    }
}
