//! The repository's `commit-msg` hook.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use super::Hold;
use super::config::Config;
use crate::process::{Finished, Limits, Program};
use crate::repo::Place;

/// How long the hook may take.
const DEADLINE: Duration = Duration::from_secs(10);

/// The hook that git would run from the repository's hooks directory (`core.hooksPath`
/// or its own), if there is one that can be executed. It may lie in the work tree, where
/// others decide what it does: ask for trust before running it.
pub(super) fn hook_path(place: &Place, config: &Config) -> Result<Option<PathBuf>, Hold> {
    let hook = directory(place, config)?.join("commit-msg");
    let runs = fs::metadata(&hook)
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0);
    Ok(runs.then_some(hook))
}

/// The directory of the hooks.
pub(super) fn directory(place: &Place, config: &Config) -> Result<PathBuf, Hold> {
    let set = config.path(place, "core.hookspath")?;
    Ok(set.unwrap_or_else(|| place.common_dir.join("hooks")))
}

/// Has the hook check a message, and returns what it made of it; the message as it is if
/// there is no hook. A hook that refuses, fails or takes longer than ten seconds holds the
/// commit.
///
/// It finds the message in a file whose name is its argument and runs in the work tree's
/// root. Of git's variables it sees those with which git itself says where it is.
pub(super) fn check_message(place: &Place, config: &Config, message: &str) -> Result<String, Hold> {
    let program = match hook_path(place, config)? {
        // Hooks from the configuration are known to git alone.
        _ if config.has_hook("commit-msg") => {
            let args = ["hook", "run", "--ignore-missing", "commit-msg", "--"];
            Program::new("git").args(args)
        }
        Some(hook) => Program::new(hook),
        None => return Ok(message.to_owned()),
    };
    let failed = |error: io::Error| Hold(format!("the commit-msg hook cannot be run: {error}"));
    let file = written(place, message).map_err(failed)?;
    let finished = program
        .arg(file.path())
        .current_dir(&place.root)
        .env("GIT_DIR", &place.git_dir)
        .env("GIT_INDEX_FILE", place.git_dir.join("index"))
        // A hook that opens an editor would wait for somebody who is not there.
        .env("GIT_EDITOR", ":")
        .limits(Limits {
            deadline: Some(DEADLINE),
            output: 1 << 20,
            ..Limits::default()
        })
        .run()
        .map_err(|error| Hold(format!("the commit-msg hook: {error}")))?;
    if !finished.status.success() {
        let said = last_line(&finished);
        return Err(Hold(format!("the commit-msg hook refused: {said}")));
    }
    let bytes = fs::read(file.path()).map_err(failed)?;
    let message = String::from_utf8(bytes)
        .map_err(|_| Hold("the commit-msg hook left a message that is not UTF-8".to_owned()))?;
    match tidied(&message) {
        message if message.is_empty() => {
            Err(Hold("the commit-msg hook left an empty message".to_owned()))
        }
        message => Ok(message),
    }
}

fn written(place: &Place, message: &str) -> io::Result<tempfile::NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix("COMMIT_EDITMSG-")
        .tempfile_in(place.make_own_dir()?)?;
    file.write_all(message.as_bytes())?;
    Ok(file)
}

/// As git tidies a message that nobody edits: no space at the ends of lines, no blank
/// lines at the ends of the text and at most one in a row; comments stay.
fn tidied(message: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for line in message.lines().map(str::trim_end) {
        if !line.is_empty() || lines.last().is_some_and(|last| !last.is_empty()) {
            lines.push(line);
        }
    }
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    if lines.is_empty() {
        return String::new();
    }
    lines.push("");
    lines.join("\n")
}

/// The last line that a program wrote, to standard error if it wrote there at all;
/// control characters are made visible.
pub(super) fn last_line(finished: &Finished) -> String {
    let last = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes);
        let line = text.lines().rfind(|line| !line.trim().is_empty());
        line.map(|line| crate::terminal::plain(line.trim()).into_owned())
    };
    last(&finished.stderr)
        .or_else(|| last(&finished.stdout))
        .unwrap_or_else(|| format!("it {}", finished.status))
}
