//! What to run, and how much it may use.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::error::{ProgramError, shell_line};
use super::piped::Piped;
use super::run::{self, Finished};
use crate::settings::environment;

/// Variables that a program is given as they are here. Everything else is left
/// out: the list is short so that a tool says the same in a terminal, in a hook
/// and in CI. What is missing on purpose: `GIT_*`, `PYTHON*`, `HIVE_*`,
/// `VIRTUAL_ENV`, `CONDA_*`, `LD_PRELOAD`, and options of tools (`RUFF_*`, …).
const KEPT: [&str; 19] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "LANG",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_DIRS",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
    // Interpreters on NixOS, in module systems and the like do not start without.
    "LD_LIBRARY_PATH",
    "NIX_LD",
    "NIX_LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// How much a program may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Address space in bytes; `None` for no bound.
    pub memory: Option<u64>,
    /// Bytes of standard output, and as many of standard error, that are read.
    pub output: u64,
    /// How long it may run.
    pub deadline: Option<Duration>,
}

impl Default for Limits {
    /// No bound on memory and time, 64 MiB of output.
    fn default() -> Self {
        Self {
            memory: None,
            output: 64 << 20,
            deadline: None,
        }
    }
}

/// A program to run.
#[derive(Debug, Clone)]
pub struct Program {
    pub(super) path: PathBuf,
    pub(super) args: Vec<OsString>,
    pub(super) directory: Option<PathBuf>,
    pub(super) input: Option<Vec<u8>>,
    pub(super) limits: Limits,
    variables: Vec<(OsString, Option<OsString>)>,
}

impl Program {
    /// A program by its path; a bare name is looked for in `PATH`.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            args: Vec::new(),
            directory: None,
            input: None,
            limits: Limits::default(),
            variables: Vec::new(),
        }
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Runs it in this directory instead of the current one.
    #[must_use]
    pub fn current_dir(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Sets a variable, also one that would be left out.
    #[must_use]
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.variables
            .push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Passes a variable on from this process's environment, if it is set.
    #[must_use]
    pub fn keep(mut self, name: &str) -> Self {
        self.variables.push((name.into(), environment::value(name)));
        self
    }

    /// Gives it these bytes on standard input; without, the input is empty.
    #[must_use]
    pub fn stdin_bytes(mut self, bytes: Vec<u8>) -> Self {
        self.input = Some(bytes);
        self
    }

    /// Bounds what it may use.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The command as one would type it.
    pub fn command_line(&self) -> String {
        shell_line(&self.path, &self.args)
    }

    /// Runs it to its end and collects what it prints.
    ///
    /// A status that is not zero is no error here: tools use it to talk. When
    /// the program has ended, what is left of its process group is killed.
    pub fn run(self) -> Result<Finished, ProgramError> {
        run::run(self)
    }

    /// Starts it with pipes for standard input and output. Of the limits only
    /// memory counts; time and output are the caller's to bound.
    pub fn spawn_piped(self) -> Result<Piped, ProgramError> {
        Piped::start(&self)
    }

    /// Whether the directory that it is to run in exists.
    pub(super) fn missing_directory(&self) -> Option<&Path> {
        self.directory.as_deref().filter(|path| !path.is_dir())
    }

    #[expect(clippy::disallowed_methods, reason = "this is the home of processes")]
    pub(super) fn command(&self) -> Command {
        let mut command = Command::new(&self.path);
        command.args(&self.args).env_clear();
        for name in KEPT {
            if let Some(value) = environment::value(name) {
                command.env(name, value);
            }
        }
        command.env("LC_ALL", "C.UTF-8");
        for (name, value) in &self.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }
}
