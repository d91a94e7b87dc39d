//! The worker process: reads batches, fixes files, answers.

use std::any::Any;
use std::collections::HashMap;
use std::io::{BufReader, BufWriter, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::frame::{self, FrameError, Reply, Request};
use crate::clock;
use crate::fixers::toolbox::{Bounds, Toolbox};
use crate::fixers::{Fixed, Job, Trouble, chain};

/// Steps closer together than this are told in one beat.
const BEAT: Duration = Duration::from_millis(100);

/// Serves requests until the pipe closes.
///
/// A panic of the linter is caught and answered as trouble with that file; what
/// cannot be caught (stack overflow, the memory limit, the deadline) ends the
/// process, and the pool deals with it.
pub fn serve(input: impl Read, output: impl Write, bounds: &Bounds) -> Result<(), FrameError> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut voice = Voice {
        out: BufWriter::with_capacity(1 << 16, output),
        progress: 0,
        last: clock::now(),
    };
    let mut recipes: HashMap<u32, Result<Toolbox, Trouble>> = HashMap::new();
    loop {
        match frame::read(&mut input) {
            Ok(Request::Recipe { id, recipe }) => {
                let toolbox = guarded(|| Toolbox::open(*recipe, bounds.clone()));
                recipes.insert(id, toolbox);
            }
            Ok(Request::Batch { recipe, jobs }) => {
                let toolbox = match recipes.get_mut(&recipe) {
                    Some(Ok(toolbox)) => Ok(toolbox),
                    Some(Err(trouble)) => Err(trouble.clone()),
                    None => Err(Trouble::Worker {
                        reason: format!("recipe {recipe} is not known to the worker"),
                    }),
                };
                match toolbox {
                    Ok(toolbox) => batch(toolbox, jobs, &mut voice)?,
                    Err(trouble) => {
                        for job in jobs {
                            voice.done(job.id, Err(trouble.clone()), 0)?;
                        }
                    }
                }
                voice.out.flush()?;
            }
            Err(FrameError::Closed) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

fn batch(
    toolbox: &mut Toolbox,
    jobs: Vec<Job>,
    voice: &mut Voice<impl Write>,
) -> Result<(), FrameError> {
    // Without a program that wants many files at once, each goes by itself, so
    // that its answer does not wait for the others and a crash is its own.
    let groups: Vec<Vec<Job>> = if toolbox.recipe().takes_batches() {
        vec![jobs]
    } else {
        jobs.into_iter().map(|job| vec![job]).collect()
    };
    for group in groups {
        let begun = clock::now();
        let ids: Vec<u64> = group.iter().map(|job| job.id).collect();
        let results = guarded(|| Ok(chain::fix(group, toolbox, &mut || voice.beat())));
        let micros = elapsed(begun);
        let results = results.unwrap_or_else(|trouble| {
            ids.into_iter()
                .map(|id| (id, Err(trouble.clone())))
                .collect()
        });
        for (id, result) in results {
            voice.done(id, result, micros)?;
        }
    }
    Ok(())
}

fn elapsed(begun: Instant) -> u64 {
    u64::try_from(clock::since(begun).as_micros()).unwrap_or(u64::MAX)
}

/// Runs something that may panic.
fn guarded<T>(work: impl FnOnce() -> Result<T, Trouble>) -> Result<T, Trouble> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        Err(Trouble::Tool {
            tool: "the embedded ruff".to_owned(),
            message: panic_message(panic.as_ref()),
        })
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("it panicked: {}", text.unwrap_or("no message"))
}

/// The worker's way to speak.
struct Voice<W: Write> {
    out: BufWriter<W>,
    progress: u64,
    last: Instant,
}

impl<W: Write> Voice<W> {
    /// Counts a step, and says so when the last word is long ago. A closed pipe
    /// shows with the next answer.
    fn beat(&mut self) {
        self.progress += 1;
        if clock::since(self.last) >= BEAT {
            self.last = clock::now();
            let beat = Reply::Beat {
                progress: self.progress,
            };
            if frame::write(&mut self.out, &beat).is_ok() {
                let _ = self.out.flush();
            }
        }
    }

    /// Answers a job. Answers that are waited for (the pool has nothing else in
    /// flight) must not stay in the buffer for long.
    fn done(
        &mut self,
        id: u64,
        result: Result<Fixed, Trouble>,
        micros: u64,
    ) -> Result<(), FrameError> {
        self.progress += 1;
        frame::write(&mut self.out, &Reply::Done { id, result, micros })?;
        if clock::since(self.last) >= BEAT {
            self.last = clock::now();
            self.out.flush()?;
        }
        Ok(())
    }
}
