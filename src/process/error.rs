//! What can go wrong with a program, said with the command as typed.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::program::Program;
use super::run::{Finished, Status};
use crate::terminal::plain;

/// Why a program gave no result. Each variant carries the command as typed.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// There is no such program.
    #[error("`{command}`: program not found")]
    NotFound {
        /// The command as typed.
        command: String,
    },
    /// The file exists but cannot be executed.
    #[error("`{command}`: not executable ({reason})")]
    NotExecutable {
        /// The command as typed.
        command: String,
        /// What the system says.
        reason: String,
    },
    /// The directory to run it in does not exist.
    #[error("`{command}`: the directory {} does not exist", directory.display())]
    NoDirectory {
        /// The command as typed.
        command: String,
        /// The missing directory.
        directory: PathBuf,
    },
    /// The system could not start it.
    #[error("`{command}`: could not be started")]
    Spawn {
        /// The command as typed.
        command: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// It ran longer than allowed and was killed with its process group.
    #[error("`{command}`: killed after {:.1} s without an end", after.as_secs_f64())]
    Deadline {
        /// The command as typed.
        command: String,
        /// How long it was given.
        after: Duration,
    },
    /// It printed more than allowed and was killed with its process group.
    #[error("`{command}`: killed after printing more than {cap} bytes")]
    TooMuchOutput {
        /// The command as typed.
        command: String,
        /// How many bytes were allowed.
        cap: u64,
    },
    /// Talking to it failed.
    #[error("`{command}`: lost contact")]
    Io {
        /// The command as typed.
        command: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
}

impl ProgramError {
    /// Sorts a failure to start by what a person would do about it.
    pub(super) fn from_spawn(program: &Program, source: io::Error) -> Self {
        let command = program.command_line();
        if let Some(directory) = program.missing_directory() {
            return Self::NoDirectory {
                command,
                directory: directory.to_owned(),
            };
        }
        match source.kind() {
            // A script whose interpreter is missing also says "not found".
            io::ErrorKind::NotFound if program.path.is_absolute() && program.path.exists() => {
                Self::NotExecutable {
                    command,
                    reason: "its interpreter was not found".to_owned(),
                }
            }
            io::ErrorKind::NotFound => Self::NotFound { command },
            io::ErrorKind::PermissionDenied => Self::NotExecutable {
                command,
                reason: "permission denied".to_owned(),
            },
            _ if source.raw_os_error() == Some(libc::ENOEXEC) => Self::NotExecutable {
                command,
                reason: "unknown file format".to_owned(),
            },
            _ => Self::Spawn { command, source },
        }
    }

    /// The command as typed.
    pub fn command(&self) -> &str {
        match self {
            Self::NotFound { command }
            | Self::NotExecutable { command, .. }
            | Self::NoDirectory { command, .. }
            | Self::Spawn { command, .. }
            | Self::Deadline { command, .. }
            | Self::TooMuchOutput { command, .. }
            | Self::Io { command, .. } => command,
        }
    }
}

/// A program that ended badly, for a person: the command as typed, how it ended,
/// and what it printed, in labelled parts; empty parts are left out and control
/// characters are made visible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramReport {
    command: String,
    status: Status,
    stdout: String,
    stderr: String,
}

impl ProgramReport {
    /// Reports on a command (as typed) and what came of it.
    pub fn new(command: impl Into<String>, finished: &Finished) -> Self {
        Self {
            command: command.into(),
            status: finished.status,
            stdout: readable(&finished.stdout),
            stderr: readable(&finished.stderr),
        }
    }
}

/// The most characters that are shown of each part; the end is what matters in a
/// traceback, so the beginning goes.
const SHOWN: usize = 8_000;

fn readable(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let text = plain(text.trim_end()).replace("\\u{d}\n", "\n");
    match text.char_indices().nth_back(SHOWN) {
        Some((at, _)) => format!("… {}", &text[at..]),
        None => text,
    }
}

impl fmt::Display for ProgramReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", plain(&self.command), self.status)?;
        for (label, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "\n{label}:")?;
                for line in text.lines() {
                    write!(f, "\n  {line}")?;
                }
            }
        }
        Ok(())
    }
}

/// A command as one would type it in a POSIX shell.
pub(super) fn shell_line(path: &Path, args: &[OsString]) -> String {
    let mut line = quoted(&path.to_string_lossy());
    for arg in args {
        line.push(' ');
        line.push_str(&quoted(&arg.to_string_lossy()));
    }
    line
}

fn quoted(word: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || "-_./=:,+@%^".contains(c);
    if !word.is_empty() && word.chars().all(harmless) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_shown_as_one_would_type_them() {
        let args = ["check", "a b", "", "it's", "--x=1"].map(OsString::from);
        assert_eq!(
            shell_line(Path::new("/usr/bin/ruff"), &args),
            r"/usr/bin/ruff check 'a b' '' 'it'\''s' --x=1"
        );
    }

    #[test]
    fn a_report_leaves_out_what_is_empty_and_hides_nothing() {
        let finished = Finished {
            status: Status::Code(2),
            stdout: Vec::new(),
            stderr: b"bad\x1b[31m\r\nline two\n".to_vec(),
        };
        assert_eq!(
            ProgramReport::new("ruff check", &finished).to_string(),
            "`ruff check` ended with exit code 2\nstderr:\n  bad\\u{1b}[31m\n  line two"
        );
    }
}
