//! Starting a program over many files, and saying how it failed.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::{Call, Trouble, Work};
use crate::causes;
use crate::process::{Finished, Program, ProgramError, ProgramReport};

/// How many bytes of file names one start is given: below every system's limit
/// for arguments, and so large that a second start is rare.
pub(super) const NAMES: usize = 200_000;

impl Call<'_> {
    pub(super) fn tool(&self) -> &'static str {
        self.step.tool.name()
    }

    /// Runs the program in the mirrored project.
    pub(super) fn run<A: AsRef<OsStr>, F: AsRef<OsStr>>(
        &self,
        args: &[A],
        files: &[F],
    ) -> Result<Finished, Trouble> {
        Program::new(self.path)
            .args(args)
            .args(files)
            .current_dir(self.mirror.place(&self.batch.recipe.project))
            // Caches and the person's own settings would be looked for here.
            .env("XDG_CACHE_HOME", self.mirror.aside())
            .env("XDG_CONFIG_HOME", self.mirror.aside())
            .env("BLACK_CACHE_DIR", self.mirror.aside())
            .limits(self.batch.limits)
            .run()
            .map_err(|error| self.not_run(&error))
    }

    fn not_run(&self, error: &ProgramError) -> Trouble {
        let message = match error {
            // The other variants carry the whole command, names and all.
            ProgramError::Deadline { after, .. } => {
                format!("killed after {:.1} s without an end", after.as_secs_f64())
            }
            ProgramError::TooMuchOutput { cap, .. } => {
                format!("killed after printing more than {cap} bytes")
            }
            other => short(&other.to_string()),
        };
        let message = causes::with(message, error);
        Trouble::Tool {
            tool: self.tool().to_owned(),
            message: format!("{}: {message}", self.path.display()),
        }
    }

    /// A failure nobody can make sense of: the command, its status, its words.
    pub(super) fn failed<A: AsRef<OsStr>>(
        &self,
        args: &[A],
        files: usize,
        finished: &Finished,
    ) -> Trouble {
        let mut command = OsString::from(self.path);
        for arg in args {
            command.push(" ");
            command.push(arg);
        }
        let plural = if files == 1 { "" } else { "s" };
        let command = format!("{} … ({files} file{plural})", command.to_string_lossy());
        let report = ProgramReport::new(command, finished);
        Trouble::Tool {
            tool: self.tool().to_owned(),
            message: self.mirror.words(&report.to_string()),
        }
    }

    /// The project's settings cannot be used, in the tool's words.
    pub(super) fn misconfigured(&self, message: &str) -> Trouble {
        Trouble::Configuration {
            tool: self.tool().to_owned(),
            message: self.mirror.words(message.trim()),
        }
    }

    /// The tool cannot deal with one file, in its words.
    pub(super) fn refused(&self, message: &str) -> Trouble {
        Trouble::Tool {
            tool: self.tool().to_owned(),
            message: self.mirror.words(message.trim()),
        }
    }
}

/// Splits files into groups whose names one command line can hold.
pub(super) fn groups<'w, 'f>(works: Vec<&'w mut Work<'f>>) -> Vec<Vec<&'w mut Work<'f>>> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    let mut size = 0;
    for work in works {
        let length = work.place.as_os_str().len() + 9;
        if size + length > NAMES && !group.is_empty() {
            groups.push(std::mem::take(&mut group));
            size = 0;
        }
        size += length;
        group.push(work);
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}

/// The file that a line of a tool's words is about: the one whose path it has,
/// absolute or relative to the directory in which the tool runs.
pub(super) fn named(line: &str, works: &[&mut Work], directory: &Path) -> Option<usize> {
    let mut best: Option<(usize, usize)> = None;
    for (at, work) in works.iter().enumerate() {
        let place = work.place.to_string_lossy();
        let relative = work.place.strip_prefix(directory).unwrap_or(&work.place);
        let relative = relative.to_string_lossy();
        let whole = line.contains(&*place);
        let part = || {
            line.match_indices(&*relative).any(|(from, text)| {
                let before = line[..from].chars().next_back();
                let after = line[from + text.len()..].chars().next();
                before.is_none_or(|c| c.is_whitespace() || c == '`' || c == '"')
                    && after.is_none_or(|c| !c.is_alphanumeric() && c != '/')
            })
        };
        // Of `a.py` and `sub/a.py` the longer name is meant where both fit.
        if (whole || part()) && best.is_none_or(|(_, length)| relative.len() > length) {
            best = Some((at, relative.len()));
        }
    }
    best.map(|(at, _)| at)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(500) {
        Some((at, _)) => format!("{} …", &text[..at]),
        None => text.to_owned(),
    }
}
