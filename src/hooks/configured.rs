//! Hooks in git's configuration: `hook.NAME.command` and `hook.NAME.event`, in the
//! file that all work trees of the repository share.

use std::ffi::OsStr;
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

/// Puts our hooks into the configuration.
pub(super) fn install(
    place: &Place,
    binary: &Path,
    git: &Git,
    wanted: &[&'static str],
) -> Result<Vec<Done>, HookError> {
    let path = file(place);
    let mut done = Vec::new();
    for event in all() {
        if !wanted.contains(&event) {
            done.extend(remove_one(place, git, &path, event)?);
            continue;
        }
        let (command_key, event_key) = keys(event);
        let wanted = script::command(event, binary.as_os_str());
        let there = git.values(place, &path, &command_key)?;
        let events = git.values(place, &path, &event_key)?;
        let what = if there.is_empty() && events.is_empty() {
            What::Installed
        } else if there == [wanted.clone()] && events == [event.as_bytes().to_vec()] {
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
    let mut done = Vec::new();
    for event in all() {
        done.extend(remove_one(place, git, &path, event)?);
    }
    Ok(done)
}

fn remove_one(
    place: &Place,
    git: &Git,
    path: &Path,
    event: &'static str,
) -> Result<Option<Done>, HookError> {
    if !has(place, git, path, event)? {
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
    let path = file(place);
    for event in all() {
        if has(place, git, &path, event)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has(place: &Place, git: &Git, path: &Path, event: &str) -> Result<bool, HookError> {
    let (command, of) = keys(event);
    Ok(!git.values(place, path, &command)?.is_empty() || !git.values(place, path, &of)?.is_empty())
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
