//! Hooks in git's configuration: `hook.NAME.command` and `hook.NAME.event`, in the
//! file that all work trees of the repository share.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use super::git::Git;
use super::{Done, HookError, What, all, script};
use crate::repo::Place;

/// The repository's own configuration.
fn file(place: &Place) -> PathBuf {
    place.common_dir.join("config")
}

/// The name of our hook for an event; git refuses names that are events.
fn name(event: &str) -> String {
    format!("hive-{event}")
}

/// What the configuration says of our hooks.
struct Said(Vec<(String, Vec<u8>)>);

impl Said {
    /// Asks git, once; and not at all where the file does not name us, as most do not.
    fn read(place: &Place, git: &Git, path: &Path) -> Result<Self, HookError> {
        let silent = match fs::read(path) {
            Ok(text) => memchr::memmem::find(&text, b"hive-").is_none(),
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        };
        if silent {
            return Ok(Self(Vec::new()));
        }
        git.matching(place, path, r"^hook\.hive-").map(Self)
    }

    fn values(&self, key: &str) -> Vec<&[u8]> {
        let all = self.0.iter().filter(|(name, _)| name == key);
        all.map(|(_, value)| value.as_slice()).collect()
    }

    /// Whether anything is said of the hook of an event.
    fn has(&self, event: &str) -> bool {
        let (command, of) = keys(event);
        !self.values(&command).is_empty() || !self.values(&of).is_empty()
    }

    /// Whether it is called.
    fn calls(&self, event: &str) -> bool {
        let (command, of) = keys(event);
        !self.values(&command).is_empty() && self.values(&of) == [event.as_bytes()]
    }
}

/// Puts our hooks into the configuration.
pub(super) fn install(
    place: &Place,
    binary: &Path,
    git: &Git,
    wanted: &[&'static str],
) -> Result<Vec<Done>, HookError> {
    let path = file(place);
    let said = Said::read(place, git, &path)?;
    let mut done = Vec::new();
    for event in all() {
        if !wanted.contains(&event) {
            done.extend(remove_one(place, git, &path, &said, event)?);
            continue;
        }
        let (command_key, event_key) = keys(event);
        let wanted = script::command(event, binary.as_os_str());
        let what = if !said.has(event) {
            What::Installed
        } else if said.values(&command_key) == [wanted.as_slice()] && said.calls(event) {
            What::Already
        } else {
            What::Updated
        };
        if what != What::Already {
            set(place, git, &path, &command_key, OsStr::from_bytes(&wanted))?;
            set(place, git, &path, &event_key, event.as_ref())?;
        }
        let path = path.clone();
        done.push(Done { event, path, what });
    }
    Ok(done)
}

/// Takes our hooks out of the configuration.
pub(super) fn remove(place: &Place, git: &Git) -> Result<Vec<Done>, HookError> {
    let path = file(place);
    let said = Said::read(place, git, &path)?;
    let mut done = Vec::new();
    for event in all() {
        done.extend(remove_one(place, git, &path, &said, event)?);
    }
    Ok(done)
}

fn remove_one(
    place: &Place,
    git: &Git,
    path: &Path,
    said: &Said,
    event: &'static str,
) -> Result<Option<Done>, HookError> {
    if !said.has(event) {
        return Ok(None);
    }
    let section = format!("hook.{}", name(event));
    let args: [&OsStr; 5] = [
        "config".as_ref(),
        "--file".as_ref(),
        path.as_os_str(),
        "--remove-section".as_ref(),
        section.as_ref(),
    ];
    git.must(place, args)?;
    Ok(Some(Done {
        event,
        path: path.to_owned(),
        what: What::Removed,
    }))
}

/// Whether any of our hooks is in the configuration.
pub(super) fn any(place: &Place, git: &Git) -> Result<bool, HookError> {
    let said = Said::read(place, git, &file(place))?;
    Ok(all().any(|event| said.has(event)))
}

/// The hooks of ours that the configuration has git call.
pub(super) fn present(place: &Place, git: &Git) -> Result<Vec<&'static str>, HookError> {
    let said = Said::read(place, git, &file(place))?;
    Ok(all().filter(|event| said.calls(event)).collect())
}

fn keys(event: &str) -> (String, String) {
    let name = name(event);
    (format!("hook.{name}.command"), format!("hook.{name}.event"))
}

fn set(place: &Place, git: &Git, path: &Path, key: &str, value: &OsStr) -> Result<(), HookError> {
    let args: [&OsStr; 6] = [
        "config".as_ref(),
        "--file".as_ref(),
        path.as_os_str(),
        "--replace-all".as_ref(),
        key.as_ref(),
        value,
    ];
    git.must(place, args).map(drop)
}
