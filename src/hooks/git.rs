//! Asking git about its configuration, with the environment that a person's git has.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::HookError;
use crate::process::{Finished, Limits, Program, ProgramReport, Status};
use crate::repo::Place;

/// How long git may take for a question about its configuration.
const DEADLINE: Duration = Duration::from_secs(10);

/// The git of this machine.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
}

impl Default for Git {
    /// The one in `PATH`.
    fn default() -> Self {
        Self::at("git")
    }
}

/// Who set a value of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// Whether it is this repository's own setting.
    pub(super) own: bool,
    /// The value.
    pub(super) value: PathBuf,
}

impl Git {
    /// The git at this path.
    pub fn at(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
        }
    }

    /// Runs git in the work tree; the status is the caller's to judge.
    pub(super) fn run<A: AsRef<OsStr>>(
        &self,
        place: &Place,
        args: impl IntoIterator<Item = A>,
    ) -> Result<(String, Finished), HookError> {
        let mut program = Program::new(&self.program)
            .args(args)
            .current_dir(&place.root)
            .limits(Limits {
                deadline: Some(DEADLINE),
                ..Limits::default()
            });
        // Where a person keeps the configuration elsewhere, that is theirs too.
        for name in [
            "GIT_CONFIG_GLOBAL",
            "GIT_CONFIG_SYSTEM",
            "GIT_CONFIG_NOSYSTEM",
        ] {
            program = program.keep(name);
        }
        let command = program.command_line();
        Ok((command, program.run()?))
    }

    /// Runs git, which must succeed.
    pub(super) fn must<A: AsRef<OsStr>>(
        &self,
        place: &Place,
        args: impl IntoIterator<Item = A>,
    ) -> Result<Finished, HookError> {
        let (command, finished) = self.run(place, args)?;
        if finished.status.success() {
            Ok(finished)
        } else {
            Err(HookError::Git(ProgramReport::new(command, &finished)))
        }
    }

    /// `core.hooksPath`, if anybody set it.
    pub(super) fn hooks_path(&self, place: &Place) -> Result<Option<Setting>, HookError> {
        let args = [
            "config",
            "--show-scope",
            "--type=path",
            "-z",
            "--get",
            "core.hooksPath",
        ];
        let (command, finished) = self.run(place, args)?;
        match finished.status {
            Status::Code(0) => {}
            Status::Code(1) => return Ok(None),
            _ => return Err(HookError::Git(ProgramReport::new(command, &finished))),
        }
        let mut fields = finished.stdout.split(|byte| *byte == 0);
        let scope = fields.next().unwrap_or_default();
        let value = fields.next().unwrap_or_default().to_vec();
        Ok(Some(Setting {
            own: matches!(scope, b"local" | b"worktree"),
            value: PathBuf::from(OsString::from_vec(value)),
        }))
    }

    /// Whether this git runs hooks that its configuration names. Tried, not guessed
    /// from a version: git is told of a hook for this one question and lists it, or
    /// does not know the question (before 2.54).
    pub(super) fn runs_configured_hooks(&self, place: &Place) -> Result<bool, HookError> {
        let args = [
            "-c",
            "hook.hive-question.command=true",
            "-c",
            "hook.hive-question.event=post-commit",
            "hook",
            "list",
            "post-commit",
        ];
        let (_, finished) = self.run(place, args)?;
        let named = |line: &[u8]| line.windows(13).any(|part| part == b"hive-question");
        Ok(finished.status.success() && finished.stdout.split(|byte| *byte == b'\n').any(named))
    }

    /// The keys of a configuration file that match a regular expression, each with a value,
    /// in the order of the file.
    pub(super) fn matching(
        &self,
        place: &Place,
        file: &Path,
        keys: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, HookError> {
        let args: [&OsStr; 6] = [
            "config".as_ref(),
            "--file".as_ref(),
            file.as_os_str(),
            "-z".as_ref(),
            "--get-regexp".as_ref(),
            keys.as_ref(),
        ];
        let (command, finished) = self.run(place, args)?;
        match finished.status {
            Status::Code(0) => {}
            Status::Code(1) => return Ok(Vec::new()),
            _ => return Err(HookError::Git(ProgramReport::new(command, &finished))),
        }
        let entries = finished.stdout.split(|byte| *byte == 0);
        let pairs = entries.filter_map(|entry| {
            let at = entry.iter().position(|byte| *byte == b'\n')?;
            let key = String::from_utf8_lossy(&entry[..at]).into_owned();
            Some((key, entry[at + 1..].to_vec()))
        });
        // A key without a value is as good as none.
        Ok(pairs.filter(|(_, value)| !value.is_empty()).collect())
    }
}
