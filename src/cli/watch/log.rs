//! The log of an agent that nobody watches: what it would show goes to a file, which
//! never grows without bound.
//!
//! The file is standard output and standard error of the process, so that whatever
//! anybody prints lands there, the last words of a panic too. When it is full it is
//! renamed, and a new one takes its place in both; who still has the old one open (a
//! program that the agent has started) writes to that to its end.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::stdio::{dup2_stderr, dup2_stdout};

use crate::repo::Place;
use crate::repo::place::private_dir;

/// How large the file grows before the next one begins, in bytes.
const FULL: u64 = 1 << 20;
/// How many full ones are kept: `watch.log.1` is the newest.
const KEPT: u32 = 3;

/// The log, once it has taken over what the process prints.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
}

/// Where the log of a work tree lies: beside its other state, in a directory of its own,
/// so that the agent is not woken by its own words.
pub(super) fn path(place: &Place) -> PathBuf {
    place.own_dir().join("log/watch.log")
}

/// Opens the file of a work tree's log for more.
pub(super) fn open(place: &Place) -> io::Result<File> {
    let path = path(place);
    place.make_own_dir()?;
    if let Some(directory) = path.parent() {
        private_dir(directory)?;
    }
    append(&path)
}

impl Log {
    /// From now on what this process prints goes to the log.
    pub(super) fn take(place: &Place) -> io::Result<Self> {
        print_to(&open(place)?)?;
        let log = Self { path: path(place) };
        log.turn()?;
        Ok(log)
    }

    /// Begins a new file where this one is full.
    pub(super) fn turn(&self) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| found.len() < FULL) {
            return Ok(());
        }
        for number in (0..KEPT).rev() {
            match fs::rename(
                numbered(&self.path, number),
                numbered(&self.path, number + 1),
            ) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        print_to(&append(&self.path)?)
    }
}

/// The file of a number; 0 is the one that grows.
fn numbered(path: &Path, number: u32) -> PathBuf {
    match number {
        0 => path.to_owned(),
        number => path.with_extension(format!("log.{number}")),
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .custom_flags(i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or_default())
        .open(path)
}

fn print_to(file: &File) -> io::Result<()> {
    dup2_stdout(file)?;
    dup2_stderr(file)?;
    Ok(())
}
