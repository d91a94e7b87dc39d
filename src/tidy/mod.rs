//! What git's `pre-commit` hook calls in the mode `tidy`: `hive hook pre-commit`.
//!
//! In: the index that git is about to commit (`GIT_INDEX_FILE`), the settings. Out: files
//! that are laid out in work tree and index alike, and one line that says so. Always: exit
//! code 0; within `commit.budget` from its start it either has begun the steps, which
//! take a millisecond or two, or has left everything as it was; whatever is in doubt is
//! left as it was, and the commit goes on. This room does not know how a file is laid out
//! nor what is prepared for the steps: it asks the agent, or a helper where none runs,
//! and has only the clock and the last word. docs/tidy.md has the table of cases.
//!
//! The helper is a process of its own, and not a thread, because a wait for the disk
//! cannot be cut short: git would wait for it with this process. The helper may.

pub mod wire;

use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::clock;
use crate::landing::tidy::{Plan, Report, carry_out};
use crate::landing::{read_frame, write_frame};
use crate::process;
use crate::repo::Place;
use crate::settings::{self, CommitMode, Overrides, environment};
use crate::terminal::{Terminal, Volume, plain};
use crate::wake;

use wire::{OWN, Reply, Request};

/// What the steps take at most where nothing is in their way: once, and for each file.
const STEPS: Duration = Duration::from_millis(3);
const STEP: Duration = Duration::from_micros(150);

/// Runs the hook. Always 0: a commit does not fail because of hive.
pub fn main() -> u8 {
    let begun = clock::now();
    // A fault of ours is no news for a person in the middle of a commit.
    std::panic::set_hook(Box::new(|_| {}));
    let _ = std::panic::catch_unwind(|| {
        if let Some(line) = run(begun) {
            Terminal::new(Volume::Normal, environment::no_colour())
                .whisper(&format!("{}\n", plain(&line)));
        }
    });
    0
}

/// Does it; returns what is told, if anything was done.
fn run(begun: Instant) -> Option<String> {
    if wake::is_silenced() {
        return None;
    }
    // Nobody else than `git commit` says which index it is: then it is not known.
    let named = environment::path("GIT_INDEX_FILE")?;
    let place = wake::place()?;
    if place.admits().is_err() || !wake::is_installed(&place) {
        return None;
    }
    let index = index_of_commit(&place, &std::env::current_dir().ok()?.join(named))?;
    let commit = settings::load(Some(&place), &Overrides::default());
    let commit = commit.ok()?.settings.commit;
    if commit.mode != CommitMode::Tidy {
        return None;
    }
    let until = begun + commit.budget;
    let mut stream = call(&place).ok()?;
    let (plan, line) = ask(&mut stream, index, until).ok()??;
    let report = if has_time(&plan, until) {
        carry_out(&plan)
    } else {
        Report::Left("it came too late".to_owned())
    };
    // Whoever prepared takes it from here; without this word it looks by itself.
    let _ = write_frame(&mut stream, &report);
    let _ = stream.shutdown(Shutdown::Write);
    matches!(report, Report::Done { .. }).then_some(line)
}

/// The index that git will commit, if it is the whole one: the index itself, or the lock
/// file that `git commit -a` (and `-i`, `-p`) keeps and commits from. Any other is a
/// temporary one, as for `git commit PATH`, where the real index is written apart.
fn index_of_commit(place: &Place, named: &Path) -> Option<PathBuf> {
    let directory = std::fs::canonicalize(named.parent()?).ok()?;
    let known = ["index", "index.lock"].map(|name| place.git_dir.join(name));
    let named = directory.join(named.file_name()?);
    known.into_iter().find(|index| *index == named)
}

/// The agent of the work tree, or a helper.
fn call(place: &Place) -> io::Result<UnixStream> {
    let sockets = wire::sockets(place)?.into_iter();
    let mut private = sockets.filter(|socket| wire::is_private(socket));
    if let Some(stream) = private.find_map(|socket| UnixStream::connect(socket).ok()) {
        return Ok(stream);
    }
    process::start_talking(&std::env::current_exe()?, ["tidy"], &place.root, None)
}

/// Asks, and waits for the answer while it is of use.
fn ask(
    stream: &mut UnixStream,
    index: PathBuf,
    until: Instant,
) -> io::Result<Option<(Plan, String)>> {
    let request = Request {
        version: OWN.to_owned(),
        index,
        left: until.saturating_duration_since(clock::now()),
    };
    write_frame(stream, &request)?;
    let mut patient = Patient { stream, until };
    Ok(match read_frame(&mut patient)? {
        Reply::Do { plan, line } => Some((*plan, line)),
        Reply::Nothing(_) => None,
    })
}

/// Whether the steps are done before the time is up.
fn has_time(plan: &Plan, until: Instant) -> bool {
    let files = u32::try_from(plan.files()).unwrap_or(u32::MAX);
    clock::now() + STEPS + STEP.saturating_mul(files) <= until
}

/// Reads until a moment, however small the pieces are that come.
struct Patient<'s> {
    stream: &'s UnixStream,
    until: Instant,
}

impl io::Read for Patient<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.until.saturating_duration_since(clock::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.stream.set_read_timeout(Some(left))?;
        let mut stream = self.stream;
        io::Read::read(&mut stream, buffer)
    }
}
