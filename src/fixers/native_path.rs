//! Paths on the wire as the bytes that the system has for them: a name need not be text,
//! and the form that serde has for paths refuses one that is none.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use serde::{Deserializer, Serializer};

/// Writes a path; `serde`'s attribute names this.
///
/// # Errors
/// Those of the form.
pub(super) fn serialize<S: Serializer>(path: &Path, form: S) -> Result<S::Ok, S::Error> {
    serde_bytes::serialize(path.as_os_str().as_bytes(), form)
}

/// Reads a path.
///
/// # Errors
/// Those of the form.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(form: D) -> Result<PathBuf, D::Error> {
    let bytes: Vec<u8> = serde_bytes::deserialize(form)?;
    Ok(PathBuf::from(OsString::from_vec(bytes)))
}
