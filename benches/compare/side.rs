//! One side of a comparison: commands that are timed together.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::corpus::black_cache;

pub(crate) struct Side {
    /// Brings the work tree into the state before the run; not timed.
    prepare: Box<dyn Fn()>,
    commands: Vec<Vec<String>>,
    directory: PathBuf,
    /// What the commands read from standard input.
    input: Option<PathBuf>,
    path: Option<String>,
    /// With which exit codes a command may end.
    codes: std::ops::RangeInclusive<i32>,
}

/// What a run says about the files: nothing to do, or something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Clean,
    Findings,
}

impl Side {
    /// hive, which ends with 0 or 1.
    pub(crate) fn hive(directory: &Path, commands: Vec<Vec<String>>) -> Self {
        Self {
            prepare: Box::new(|| ()),
            commands,
            directory: directory.to_path_buf(),
            input: None,
            path: None,
            codes: 0..=1,
        }
    }

    /// A peer. 2 is what `ruff format` says of a file with a syntax error, and 123 what
    /// black does; Django has some.
    pub(crate) fn peer(directory: &Path, commands: Vec<Vec<String>>) -> Self {
        Self {
            codes: 0..=123,
            ..Self::hive(directory, commands)
        }
    }

    pub(crate) fn prepared(self, prepare: impl Fn() + 'static) -> Self {
        Self {
            prepare: Box::new(prepare),
            ..self
        }
    }

    pub(crate) fn reading(self, input: &Path) -> Self {
        Self {
            input: Some(input.to_path_buf()),
            ..self
        }
    }

    /// Finds programs here first.
    pub(crate) fn finding(self, path: &str) -> Self {
        Self {
            path: Some(path.to_owned()),
            ..self
        }
    }

    pub(crate) fn run(&self) -> (Duration, Ended) {
        (self.prepare)();
        let mut ended = Ended::Clean;
        let mut took = Duration::ZERO;
        for words in &self.commands {
            let input = self.input.as_ref().map_or_else(Stdio::null, |path| {
                Stdio::from(File::open(path).expect("the input is there"))
            });
            let mut command = Command::new(&words[0]);
            command
                .args(&words[1..])
                .current_dir(&self.directory)
                .env("HIVE_TRUST", "1")
                .env("BLACK_CACHE_DIR", black_cache())
                .stdin(input)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            if let Some(path) = &self.path {
                command.env("PATH", path);
            }
            let begun = Instant::now();
            let status = command.status().expect("the command starts");
            took += begun.elapsed();
            let code = status.code().unwrap_or(-1);
            assert!(self.codes.contains(&code), "{words:?} ended with {status}");
            if code > 0 {
                ended = Ended::Findings;
            }
        }
        (took, ended)
    }
}

/// Runs sides in turn, `runs` times after one round that does not count, so that a machine
/// that speeds up or slows down does so for all.
pub(crate) fn in_turn(sides: &[&Side], runs: usize) -> Vec<(Vec<Duration>, Ended)> {
    let mut all: Vec<(Vec<Duration>, Ended)> = sides
        .iter()
        .map(|side| (Vec::new(), side.run().1))
        .collect();
    for _ in 0..runs {
        for (side, (times, _)) in sides.iter().zip(&mut all) {
            times.push(side.run().0);
        }
    }
    all
}
