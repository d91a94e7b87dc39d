//! One place in the pool: a worker process, its pipes, its batches in flight.

use std::collections::{HashMap, VecDeque};
use std::io::{BufReader, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, unbounded};

use super::frame::{self, Reply, RequestRef};
use super::pool::PoolOptions;
use super::task::{Batch, Task};
use crate::clock;
use crate::fixers::job::{Golden, Job, Kinds, Purpose};
use crate::fixers::{Recipe, Scope};
use crate::process::{Limits, Piped, Program, ProgramError};

/// What a job takes in a frame beside its bytes and its path, generously.
const OTHERS: usize = 256;
/// Silence allowed for each further file that a program takes together with others.
const PER_FILE: Duration = Duration::from_millis(500);

/// A running worker process.
pub(super) struct Running {
    process: Piped,
    requests: Option<Sender<Vec<u8>>>,
    replies: Receiver<Reply>,
    /// The recipes that the worker has been told, held by value: an address is used
    /// again when its recipe is gone, and a worker may live for days.
    known: HashMap<Arc<Recipe>, u32>,
    /// What was sent and not yet answered, in the order of sending.
    pub(super) in_flight: VecDeque<Task>,
}

/// What a worker had to say.
pub(super) enum Heard {
    /// It answered, or made progress.
    Reply(Reply),
    /// Nothing for as long as the deadline allows.
    Silence,
    /// It is gone.
    Gone,
}

impl Running {
    /// Starts a worker. Two threads serve its pipes, so that neither a full pipe
    /// nor a hanging worker blocks the one who watches the deadline.
    pub(super) fn start(options: &PoolOptions, scratch: &Path) -> Result<Self, ProgramError> {
        let mut process = Program::new(&options.program)
            .arg("worker")
            .args([
                "--deadline",
                &tool_deadline(options).as_millis().to_string(),
            ])
            .args(["--memory", &options.memory.to_string()])
            .arg("--cache")
            .arg(scratch)
            .current_dir(&options.directory)
            .keep("HIVE_LOG")
            .keep("HIVE_CRASH")
            .limits(Limits {
                memory: Some(options.memory),
                ..Limits::default()
            })
            .spawn_piped()?;
        let (requests, outbox) = bounded::<Vec<u8>>(4);
        let (inbox, replies) = unbounded::<Reply>();
        if let Some(stdin) = process.take_stdin() {
            widen(&stdin);
            thread::spawn(move || {
                let mut out = stdin;
                for frame in outbox {
                    // A worker that is gone shows at its other pipe.
                    if out.write_all(&frame).is_err() {
                        return;
                    }
                }
            });
        }
        if let Some(stdout) = process.take_stdout() {
            widen(&stdout);
            thread::spawn(move || {
                let mut input = BufReader::with_capacity(1 << 16, stdout);
                while let Ok(reply) = frame::read(&mut input) {
                    if inbox.send(reply).is_err() {
                        return;
                    }
                }
            });
        }
        Ok(Self {
            process,
            requests: Some(requests),
            replies,
            known: HashMap::new(),
            in_flight: VecDeque::new(),
        })
    }

    /// The worker's process id.
    pub(super) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Sends a batch. `false` when the worker no longer takes any, which is heard
    /// at its other pipe as well.
    pub(super) fn send(&mut self, batch: Batch) -> bool {
        let Some(requests) = &self.requests else {
            return false;
        };
        let next = u32::try_from(self.known.len()).unwrap_or(u32::MAX);
        let id = *self.known.entry(Arc::clone(&batch.recipe)).or_insert(next);
        let introduction = (id == next).then(|| {
            frame::encode(&RequestRef::Recipe {
                id,
                recipe: &batch.recipe,
            })
        });
        let jobs = batch.tasks.iter().map(|task| &task.job).collect();
        let size = |task: &Task| task.job.bytes.len() + task.job.path.as_os_str().len() + OTHERS;
        let size = batch.tasks.iter().map(size).sum();
        let work = frame::encode_about(&RequestRef::Batch { recipe: id, jobs }, size);
        self.in_flight.extend(batch.tasks);
        let sent = introduction
            .into_iter()
            .chain([work])
            .all(|frame| frame.is_ok_and(|frame| requests.send(frame).is_ok()));
        if !sent {
            // What cannot be sent is never answered: the worker ends when its input does,
            // and that is heard.
            self.requests = None;
        }
        sent
    }

    /// Waits for the next word.
    pub(super) fn hear(&self, at_most: Duration) -> Heard {
        match self.replies.recv_timeout(at_most) {
            Ok(reply) => Heard::Reply(reply),
            Err(RecvTimeoutError::Timeout) => Heard::Silence,
            Err(RecvTimeoutError::Disconnected) => Heard::Gone,
        }
    }

    /// How long it may be silent: the deadline, and a little for each file of a batch that
    /// a program takes as a whole.
    pub(super) fn patience(&self, deadline: Duration) -> Duration {
        let together = self.in_flight.iter().filter(|task| task.together).count();
        let files = u32::try_from(together.saturating_sub(1)).unwrap_or(u32::MAX);
        deadline.saturating_add(PER_FILE.saturating_mul(files))
    }

    /// Ends the process and its group; says how it ended and what it had said on
    /// standard error last.
    pub(super) fn end(&mut self) -> (String, String) {
        self.requests = None;
        let status = match self.process.try_wait() {
            Ok(Some(status)) => Ok(status),
            // Asked first: a tool that it waits for leads a group of its own.
            _ => self.process.kill_group(),
        };
        let status = status.map_or_else(|error| error.to_string(), |status| status.to_string());
        let tail = String::from_utf8_lossy(&self.process.stderr_tail())
            .trim()
            .to_owned();
        (status, tail)
    }

    /// Lets an idle worker go: it ends by itself when its input closes.
    pub(super) fn dismiss(mut self) {
        self.requests = None;
        let _ = self.process.wait();
    }
}

/// Whether a fresh worker lives to answer for an empty file.
pub(super) fn survives(
    options: &PoolOptions,
    scratch: &Path,
    recipe: Arc<Recipe>,
    abandoned: impl Fn() -> bool,
) -> bool {
    let Ok(mut running) = Running::start(options, scratch) else {
        return false;
    };
    let job = Job {
        id: 0,
        path: recipe.project.join("empty.py"),
        bytes: Vec::new(),
        executable: false,
        stamp: None,
        said: None,
        named: false,
        package: None,
        kinds: Kinds::NONE,
        scope: Scope::File,
        purpose: Purpose::Check,
        golden: Golden::Off,
    };
    let tasks = vec![Task::new(Arc::clone(&recipe), job)];
    running.send(Batch { recipe, tasks });
    let begun = clock::now();
    while clock::since(begun) < options.deadline && !abandoned() {
        match running.hear(Duration::from_millis(50)) {
            Heard::Reply(Reply::Done { .. }) => {
                running.dismiss();
                return true;
            }
            Heard::Reply(Reply::Beat { .. }) | Heard::Silence => {}
            Heard::Gone => break,
        }
    }
    running.end();
    false
}

/// A tool that a worker waits for gets a little less than the worker itself, so
/// that the worker lives to say which tool it was.
fn tool_deadline(options: &PoolOptions) -> Duration {
    options.deadline.mul_f32(0.9)
}

/// Makes a pipe hold as much as an ordinary user may ask for, so that whole
/// batches go over without waking the other side in between. Not getting it is
/// no fault.
fn widen(pipe: &impl std::os::fd::AsFd) {
    #[cfg(target_os = "linux")]
    let _ = rustix::pipe::fcntl_setpipe_size(pipe, 1 << 20);
    #[cfg(not(target_os = "linux"))]
    let _ = pipe;
}
