//! Brings the files of the layers into memory: where they lie, how they are
//! named in messages, and why one cannot be read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::environment;
use super::layers::{SAMPLE, SAMPLE_NAME};
use super::problem::Problem;
use super::reading::{self, Reading};
use crate::repo::Place;
use crate::terminal::plain;

/// No file of settings is larger; more would only be read to be refused.
const LARGEST: u64 = 4 << 20;

/// A file of settings that was read.
#[derive(Debug)]
pub(super) struct SettingsFile {
    /// Where it lies, absolute; the bare name for the sample.
    pub(super) path: PathBuf,
    pub(super) reading: Reading,
}

impl SettingsFile {
    /// The sample that is compiled in.
    pub(super) fn sample() -> Self {
        Self {
            path: PathBuf::from(SAMPLE_NAME),
            reading: reading::whole(SAMPLE_NAME, SAMPLE),
        }
    }

    /// The same of a text that is in memory already.
    pub(super) fn of_text(path: &Path, text: &str) -> Self {
        Self {
            path: path.to_path_buf(),
            reading: reading::whole(&shown(path, None), text),
        }
    }

    /// Reads a file in which the settings are everything; `None` if there is none.
    /// What keeps it from being read becomes a problem of the file.
    pub(super) fn read(path: &Path, root: Option<&Path>) -> Option<Self> {
        let name = shown(path, root);
        let reading = match text(path) {
            Ok(None) => return None,
            Ok(Some(text)) => reading::whole(&name, &text),
            Err(reason) => unreadable(&name, &reason),
        };
        Some(Self {
            path: path.to_path_buf(),
            reading,
        })
    }

    /// Reads the user's file. A home directory that this process may not enter (it
    /// runs as somebody else) must not stop hive everywhere: that is a warning.
    pub(super) fn read_user(path: &Path) -> Result<Option<Self>, String> {
        match fs::metadata(path) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(format!(
                "{} cannot be read, so it does not count: {error}",
                shown(path, None)
            )),
            _ => Ok(Self::read(path, None)),
        }
    }

    /// Reads `[tool.hive]` of a `pyproject.toml`; `None` if there is none.
    pub(super) fn read_tool_table(path: &Path, root: &Path) -> Option<Self> {
        let name = shown(path, Some(root));
        // A pyproject.toml that cannot be read at all says nothing about hive;
        // the tools that need it complain about it.
        let text = text(path).ok()??;
        Some(Self {
            path: path.to_path_buf(),
            reading: reading::tool_table(&name, &text)?,
        })
    }

    /// A file that is there and must not be read.
    pub(super) fn refused(path: &Path, root: &Path, reason: &str) -> Self {
        Self {
            path: path.to_path_buf(),
            reading: unreadable(&shown(path, Some(root)), reason),
        }
    }
}

fn unreadable(name: &str, reason: &str) -> Reading {
    Reading {
        problems: vec![Problem::of(name, reason)],
        ..Reading::default()
    }
}

/// The text of a file, `None` where there is none, or why it cannot be had.
fn text(path: &Path) -> Result<Option<String>, String> {
    // Asked before opening: to open a pipe is to wait for its writer.
    let about = match fs::metadata(path) {
        Ok(about) => about,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("cannot be read: {error}")),
    };
    if !about.is_file() {
        return Err("is not a file".to_owned());
    }
    if about.len() > LARGEST {
        return Err("is larger than 4MiB".to_owned());
    }
    let bytes = fs::read(path).map_err(|error| format!("cannot be read: {error}"))?;
    String::from_utf8(bytes).map(Some).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .split(|byte| *byte == b'\n')
            .count();
        format!("is not UTF-8 (line {line})")
    })
}

/// hive's own directory in the user's configuration directory, if the user has one.
pub(super) fn user_directory() -> Option<PathBuf> {
    environment::user_directories().map(|dirs| dirs.config_dir().join("hive"))
}

/// The user's file, which counts in every repository.
pub fn user_file() -> Option<PathBuf> {
    user_directory().map(|directory| directory.join("config.toml"))
}

/// The personal file of a repository, shared by its work trees, never committed.
pub fn personal_file(place: &Place) -> PathBuf {
    place.state_dir().join("config.toml")
}

/// A path as a person reads it: relative to the root where it lies below it,
/// control characters made visible.
pub fn shown(path: &Path, root: Option<&Path>) -> String {
    let short = root
        .and_then(|root| path.strip_prefix(root).ok())
        .unwrap_or(path);
    plain(&short.to_string_lossy()).into_owned()
}
