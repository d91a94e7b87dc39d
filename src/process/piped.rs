//! A program that is talked to while it runs.

use std::collections::VecDeque;
use std::io::{self, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::child;
use super::error::ProgramError;
use super::program::Program;
use super::run::Status;
use crate::clock;

/// How much of the end of standard error is kept, in bytes.
const TAIL: usize = 64 << 10;
/// How long a group that was asked to end may take before it is killed.
const GRACE: Duration = Duration::from_millis(300);

/// A running program with pipes. Dropping it kills its process group.
#[derive(Debug)]
pub struct Piped {
    child: Child,
    command: String,
    tail: Arc<Mutex<VecDeque<u8>>>,
    reader: Option<JoinHandle<()>>,
    status: Option<Status>,
}

impl Piped {
    pub(super) fn start(program: &Program) -> Result<Self, ProgramError> {
        let mut command = program.command();
        command.stdin(Stdio::piped());
        let mut child = child::spawn(command, program.limits.memory)
            .map_err(|error| ProgramError::from_spawn(program, error))?;
        let tail = Arc::<Mutex<VecDeque<u8>>>::default();
        let (kept, stderr) = (Arc::clone(&tail), child.stderr.take());
        let mut piped = Self {
            child,
            command: program.command_line(),
            tail,
            reader: None,
            status: None,
        };
        let reader = thread::Builder::new()
            .name("stderr".to_owned())
            .spawn(move || {
                if let Some(stderr) = stderr {
                    keep_tail(stderr, &kept);
                }
            })
            .map_err(|source| ProgramError::Io {
                command: piped.command.clone(),
                source,
            })?;
        piped.reader = Some(reader);
        Ok(piped)
    }

    /// The pipe to its standard input, once. Dropping it closes the input.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.child.stdin.take()
    }

    /// The pipe from its standard output, once.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.child.stdout.take()
    }

    /// The last 64 KiB of what it has written to standard error so far; complete
    /// once [`wait`](Self::wait) has returned.
    pub fn stderr_tail(&self) -> Vec<u8> {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.iter().copied().collect()
    }

    /// Its process id, which is also the id of its process group.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The command as typed.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Waits for its end; what is left of its group is killed. Pipes that were
    /// not taken are closed first, so that it does not wait for us in turn.
    pub fn wait(&mut self) -> io::Result<Status> {
        drop((self.child.stdin.take(), self.child.stdout.take()));
        if self.status.is_none() {
            child::has_ended(self.pid(), true)?;
        }
        self.reap()
    }

    /// How it ended, or `None` while it runs.
    pub fn try_wait(&mut self) -> io::Result<Option<Status>> {
        if self.status.is_none() && !child::has_ended(self.pid(), false)? {
            return Ok(None);
        }
        self.reap().map(Some)
    }

    /// Asks the process group to end, and kills it after 300 ms.
    pub fn kill_group(&mut self) -> io::Result<Status> {
        if self.status.is_none() {
            child::ask_group_to_end(self.pid());
            let until = clock::now() + GRACE;
            while !child::has_ended(self.pid(), false)? && clock::now() < until {
                thread::sleep(Duration::from_millis(2));
            }
            child::end_group(self.pid());
        }
        self.wait()
    }

    /// Kills the process group at once: for a worker past its deadline, which
    /// has nothing to tidy up.
    pub fn kill_group_now(&mut self) -> io::Result<Status> {
        if self.status.is_none() {
            child::end_group(self.pid());
        }
        self.wait()
    }

    /// The program has ended: the group goes, while its number is still certain
    /// to mean this group, then the zombie.
    fn reap(&mut self) -> io::Result<Status> {
        if let Some(status) = self.status {
            return Ok(status);
        }
        child::end_group(self.pid());
        child::forget(self.pid());
        let status = Status::of(self.child.wait()?);
        self.status = Some(status);
        self.join_reader();
        Ok(status)
    }

    /// The reader ends with the last holder of the pipe. One that left the group
    /// may hold it for ever, so the wait is short.
    fn join_reader(&mut self) {
        let until = clock::now() + GRACE;
        if let Some(reader) = self.reader.take() {
            while !reader.is_finished() {
                if clock::now() >= until {
                    return;
                }
                thread::sleep(Duration::from_millis(1));
            }
            // It does not panic, and if it did the tail is what there is.
            let _ = reader.join();
        }
    }
}

impl Drop for Piped {
    fn drop(&mut self) {
        if self.status.is_none() {
            child::end_group(self.pid());
            child::forget(self.pid());
            let _ = self.child.wait();
        }
    }
}

fn keep_tail(mut stderr: ChildStderr, tail: &Mutex<VecDeque<u8>>) {
    let mut chunk = [0; 8 << 10];
    loop {
        let count = match stderr.read(&mut chunk) {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        let mut tail = tail.lock().unwrap_or_else(PoisonError::into_inner);
        tail.extend(&chunk[..count]);
        let excess = tail.len().saturating_sub(TAIL);
        tail.drain(..excess);
    }
}
