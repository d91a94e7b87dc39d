//! The child that makes the visible changes, and its parent's side of it.
//!
//! Steps 5 to 8 run in a process of their own so that somebody is left to clean up, at
//! once, when it dies in the middle. One frame goes in (the plan), one comes out (the
//! report): four bytes of length, little-endian, and the value as postcard. A child that
//! says nothing has died or hangs; what it did then is looked at, not asked.

use std::io::{self, Read, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use crossbeam_channel::bounded;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::locked::{Plan, Report, execute};
use crate::failure::{Failure, Outcome};
use crate::process::{Piped, Program};
use crate::writing::Quiet;

/// How long the child may take. It needs milliseconds; with a `reference-transaction`
/// hook or a drowning disk, seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// Frames are bounded: a plan of 100,000 files is some 60 MB.
const LARGEST: u32 = 256 << 20;

/// A landing child that waits for its plan. Starting one takes milliseconds, which a
/// parent can spend before there is anything to land. Dropping it ends it.
#[derive(Debug)]
pub struct Standby {
    child: Piped,
}

impl Standby {
    /// Starts one; `hive` is the binary.
    pub fn start(hive: &Path) -> io::Result<Self> {
        let child = Program::new(hive)
            .arg("land")
            .keep("HIVE_CRASH")
            .spawn_piped()
            .map_err(io::Error::other)?;
        Ok(Self { child })
    }

    /// Hands the plan over and waits for the report; `None` if the child died or had to
    /// be killed after it had begun.
    fn run(mut self, frame: &[u8]) -> Result<Option<Report>, Unstarted> {
        let (Some(mut input), Some(mut output)) =
            (self.child.take_stdin(), self.child.take_stdout())
        else {
            return Err(Unstarted);
        };
        // A child that has not read the whole frame has not begun: another may.
        input.write_all(frame).map_err(|_| Unstarted)?;
        drop(input);
        let (sender, answer) = bounded(1);
        let reader = thread::Builder::new().name("landing".to_owned());
        let reading = reader.spawn(move || {
            // Nobody waits any more: the deadline has passed.
            let _ = sender.send(read_frame(&mut output).ok());
        });
        let report = match reading {
            Ok(_) => answer.recv_timeout(PATIENCE).ok().flatten(),
            Err(_) => None,
        };
        // Dead before anybody looks at what it did, also if it only hangs.
        let ended = match report {
            Some(_) => self.child.wait(),
            None => self.child.kill_group_now(),
        };
        Ok(ended.ok().and(report))
    }
}

/// The child did not begin.
struct Unstarted;

/// Has a plan executed by the child that stands by, or by a new one.
pub(super) fn execute_in_child(
    plan: &Plan,
    hive: &Path,
    standby: &mut Option<Standby>,
) -> io::Result<Option<Report>> {
    let mut frame = Vec::new();
    write_frame(&mut frame, plan)?;
    if let Some(ready) = standby.take()
        && let Ok(report) = ready.run(&frame)
    {
        return Ok(report);
    }
    let child = Standby::start(hive)?;
    child
        .run(&frame)
        .map_err(|Unstarted| io::Error::other("the landing process ended before it began"))
}

/// `hive land`: reads a plan from `input`, executes it with signals blocked, and writes
/// the report to `output`. An empty input is a child that was not needed.
pub fn run_child(mut input: impl Read, mut output: impl Write) -> Outcome<()> {
    let failed = |error: io::Error| {
        Failure::internal("the landing process lost its parent").caused_by(error)
    };
    let plan: Plan = match read_frame(&mut input) {
        Ok(plan) => plan,
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let quiet = Quiet::begin();
    let report = execute(&plan);
    let said = write_frame(&mut output, &report);
    drop(quiet);
    said.map_err(failed)
}

/// Writes a value as one frame.
///
/// # Errors
/// What the system says; also for a value that is larger than a frame may be.
pub fn write_frame(out: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    let body = postcard::to_stdvec(value).map_err(io::Error::other)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|length| *length <= LARGEST);
    let length = length.ok_or_else(|| io::Error::other("the plan is too large"))?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&body)?;
    out.flush()
}

/// Reads a value from one frame.
///
/// # Errors
/// What the system says; [`io::ErrorKind::UnexpectedEof`] where the other side has ended.
pub fn read_frame<T: DeserializeOwned>(input: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; length as usize];
    input.read_exact(&mut body)?;
    postcard::from_bytes(&body).map_err(io::Error::other)
}
