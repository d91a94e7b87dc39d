//! The settings of git that a commit depends on.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use super::Hold;
use crate::process::{Limits, Program};
use crate::repo::Place;

/// How long `git config` may take; it needs two milliseconds.
const DEADLINE: Duration = Duration::from_secs(5);

/// All settings, as git resolves them for this work tree.
#[derive(Debug, Clone, Default)]
pub(super) struct Config(HashMap<String, Option<String>>);

impl Config {
    /// Asks git. It alone knows the files of its own installation, conditional includes
    /// and whether the repository's owner is to be trusted.
    pub(super) fn read(place: &Place) -> Result<Self, Hold> {
        git_config(place, &["--list"]).map(|output| Self::parse(&output))
    }

    /// Reads the output of `git config --null --list`: the last value of a key wins.
    pub(super) fn parse(output: &str) -> Self {
        let entries = output.split_terminator('\0').map(|entry| {
            let (key, value) = match entry.split_once('\n') {
                Some((key, value)) => (key, Some(value.to_owned())),
                None => (entry, None),
            };
            (key.to_owned(), value)
        });
        Self(entries.collect())
    }

    /// The value of a key that is not empty. Section and name in lower case.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        let value = self.0.get(key)?.as_deref()?;
        (!value.is_empty()).then_some(value)
    }

    /// Whether a boolean is true; what is no boolean counts as true, so that a signature
    /// is never left out by mistake.
    pub(super) fn is_set(&self, key: &str) -> bool {
        match self.0.get(key) {
            None => false,
            Some(None) => true,
            Some(Some(value)) => {
                let value = value.to_ascii_lowercase();
                !matches!(value.as_str(), "" | "false" | "no" | "off" | "0")
            }
        }
    }

    /// Whether one of the hooks that are set up by configuration runs at this event.
    pub(super) fn has_hook(&self, event: &str) -> bool {
        self.0.iter().any(|(key, value)| {
            let name = key
                .strip_prefix("hook.")
                .and_then(|key| key.rsplit_once('.'));
            name.is_some_and(|(_, name)| name == "event") && value.as_deref() == Some(event)
        })
    }

    /// The value of a key that holds a path, relative to the work tree's root.
    pub(super) fn path(&self, place: &Place, key: &str) -> Result<Option<PathBuf>, Hold> {
        let Some(value) = self.text(key) else {
            return Ok(None);
        };
        // Only git knows whose home `~` means and where its own prefix is.
        let path = if value.starts_with('~') || value.starts_with('%') {
            let output = git_config(place, &["--type=path", "--get", key])?;
            output.trim_end_matches('\0').to_owned()
        } else {
            value.to_owned()
        };
        Ok(Some(place.root.join(path)))
    }
}

fn git_config(place: &Place, args: &[&str]) -> Result<String, Hold> {
    let hold = |reason: String| Hold(format!("git's settings cannot be read: {reason}"));
    let finished = Program::new("git")
        .args(["config", "--null"])
        .args(args)
        .current_dir(&place.root)
        .limits(Limits {
            deadline: Some(DEADLINE),
            ..Limits::default()
        })
        .run()
        .map_err(|error| hold(error.to_string()))?;
    if !finished.status.success() {
        return Err(hold(super::hook::last_line(&finished)));
    }
    // A value in another encoding has a name that is shown wrong at worst; what git
    // compares (keys, paths of programs) is not made of such bytes.
    Ok(String::from_utf8_lossy(&finished.stdout).into_owned())
}
