//! Where records of trust lie: one file per repository in the person's own state
//! directory (0700), readable and writable by nobody else (0600).

use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Record, VERSION};
use crate::failure::Failure;
use crate::repo::Place;
use crate::settings::{environment, personal};

/// The directory of records: in the user's state directory, or in the data
/// directory on systems that know no other.
pub(super) fn directory() -> Result<PathBuf, Failure> {
    let dirs = environment::user_directories().ok_or_else(|| {
        Failure::configuration("no home directory is known, so there is no place for trust")
            .hint("set HOME, or use --trust for one run")
    })?;
    let base = dirs.state_dir().unwrap_or_else(|| dirs.data_dir());
    Ok(base.join("hive").join("trust"))
}

/// The file of a repository, named by the hash of its common git directory.
fn file(directory: &Path, place: &Place) -> PathBuf {
    let hash = blake3::hash(place.common_dir.as_os_str().as_bytes());
    directory.join(format!("{}.json", hash.to_hex()))
}

/// Reads the record of a repository; `None` if there is none.
pub(super) fn read(directory: &Path, place: &Place) -> Result<Option<Record>, Failure> {
    let path = file(directory, place);
    let unusable = |reason: &str| {
        Failure::internal(format!("the record of trust {} {reason}", path.display()))
            .hint("`hive trust --revoke` removes it, `hive trust` records again")
    };
    for kept in [&path, directory] {
        match fs::metadata(kept) {
            Ok(about) if is_own(&about) => {}
            Ok(_) => return Err(unusable("could have been written by somebody else")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable("cannot be read").caused_by(error)),
        }
    }
    let text =
        fs::read_to_string(&path).map_err(|error| unusable("cannot be read").caused_by(error))?;
    let tree: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| unusable("is damaged").caused_by(error))?;
    if tree["version"]
        .as_u64()
        .is_some_and(|it| it > u64::from(VERSION))
    {
        return Err(unusable("was written by a newer hive"));
    }
    serde_json::from_value(tree)
        .map(Some)
        .map_err(|error| unusable("is damaged").caused_by(error))
}

/// Whether only this user can have written what is there.
fn is_own(about: &fs::Metadata) -> bool {
    about.uid() == rustix::process::geteuid().as_raw() && about.permissions().mode() & 0o022 == 0
}

/// Writes the record of a repository by a rename.
pub(super) fn write(directory: &Path, place: &Place, record: &Record) -> Result<(), Failure> {
    let path = file(directory, place);
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| {
        Failure::internal(format!("cannot write {}", path.display())).caused_by(error)
    };
    let text = serde_json::to_string_pretty(record).map_err(|error| failed(error.into()))?;
    personal::replace(&path, format!("{text}\n").as_bytes()).map_err(|error| failed(error.into()))
}

/// Removes the record of a repository; whether there was one.
pub(super) fn remove(directory: &Path, place: &Place) -> Result<bool, Failure> {
    let path = file(directory, place);
    match fs::remove_file(&path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => {
            Err(Failure::internal(format!("cannot remove {}", path.display())).caused_by(error))
        }
    }
}
