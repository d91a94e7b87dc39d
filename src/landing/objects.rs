//! New objects: complete, verified and durable before anything refers to them.
//!
//! Objects are written to a directory of hive's own first, read back and hashed there,
//! flushed, and only then linked to their names in the object database. Always *all* of
//! them, also those that exist already: one that exists may be torn, or old enough for
//! a running `git gc` to be about to remove it; the one in its place is whole and new.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::ErrorKind::AlreadyExists;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use gix::objs::{Kind, Write};
use gix::odb::loose;

use super::error::{LandError, git, io};
use super::kept::Kept;
use crate::crash;
use crate::repo::Oid;

/// From how many objects on one flush of the whole file system is cheaper than one per
/// object. `syncfs(2)` waits for everything that anybody wrote, but on Linux it reports
/// an error of the device and leaves no object behind, which is all that is needed.
const MANY: usize = 20;

/// The prefix of the directories that objects are made in.
pub(super) const STAGING: &str = "objects-";

/// Objects that are being made.
pub(super) struct Objects {
    staging: tempfile::TempDir,
    new: loose::Store,
    database: loose::Store,
    made: BTreeSet<gix::ObjectId>,
}

impl Objects {
    /// Begins with none; `own` is a directory of hive's on the device of the database.
    pub(super) fn begin(repo: &gix::Repository, own: &Path) -> Result<Self, LandError> {
        let staging = tempfile::Builder::new()
            .prefix(STAGING)
            .tempdir_in(own)
            .map_err(io("making a directory for new objects", own))?;
        let database = repo.objects.store_ref().path().to_owned();
        Ok(Self {
            new: loose::Store::at(staging.path(), repo.object_hash()),
            database: loose::Store::at(database, repo.object_hash()),
            staging,
            made: BTreeSet::new(),
        })
    }

    /// Makes an object and returns its id.
    pub(super) fn add(&mut self, kind: Kind, bytes: &[u8]) -> Result<gix::ObjectId, LandError> {
        let id = self
            .new
            .write_buf(kind, bytes)
            .map_err(git("writing an object"))?;
        self.made.insert(id);
        Ok(id)
    }

    /// Verifies all, makes them durable, and gives them their names in the database.
    pub(super) fn publish(self) -> Result<Kept, LandError> {
        for id in &self.made {
            self.verify(id)?;
        }
        self.flush(self.made.iter().map(|id| self.new.object_path(id)))?;
        let mut made = Vec::with_capacity(self.made.len());
        let mut directories = BTreeSet::new();
        for id in &self.made {
            let path = self.database.object_path(id);
            let directory = path.parent().unwrap_or(&path).to_owned();
            if directories.insert(directory.clone()) {
                make(&directory).map_err(io("making", &directory))?;
            }
            crash::pass("landing.objects.store")
                .and_then(|()| place(&self.new.object_path(id), &path))
                .map_err(io("storing an object", &path))?;
            made.push((Oid::from(*id), path));
        }
        self.flush(directories)?;
        Ok(Kept::new(made, self.staging, self.database.path()))
    }

    fn verify(&self, id: &gix::ObjectId) -> Result<(), LandError> {
        let mut buffer = Vec::new();
        let data = self
            .new
            .try_find(id, &mut buffer)
            .map_err(git("reading a new object back"))?
            .ok_or_else(|| LandError::Torn(id.to_string()))?;
        let again = gix::objs::compute_hash(id.kind(), data.kind, data.data)
            .map_err(git("hashing a new object"))?;
        if again == *id {
            Ok(())
        } else {
            Err(LandError::Torn(id.to_string()))
        }
    }

    fn flush(&self, paths: impl IntoIterator<Item = PathBuf>) -> Result<(), LandError> {
        #[cfg(target_os = "linux")]
        if self.made.len() > MANY {
            let path = self.staging.path();
            let held = File::open(path).map_err(io("opening", path))?;
            return rustix::fs::syncfs(&held)
                .map_err(|errno| io("flushing the objects in", path)(errno.into()));
        }
        for path in paths {
            File::open(&path)
                .and_then(|file| file.sync_all())
                .map_err(io("flushing", &path))?;
        }
        Ok(())
    }
}

/// Gives an object the name `path` beside the one it has, in place of whatever had it.
fn place(object: &Path, path: &Path) -> std::io::Result<()> {
    match fs::hard_link(object, path) {
        Err(error) if error.kind() == AlreadyExists => {
            let second = object.with_added_extension("second");
            fs::hard_link(object, &second)?;
            fs::rename(&second, path)
        }
        linked => linked,
    }
}

/// A directory of the database, as open to others as the database itself.
pub(super) fn make(directory: &Path) -> std::io::Result<()> {
    match fs::create_dir(directory) {
        Ok(()) => {
            let above = fs::metadata(directory.parent().unwrap_or(directory))?;
            let mode = above.permissions().mode() & 0o7777;
            fs::set_permissions(directory, fs::Permissions::from_mode(mode))
        }
        Err(error) if error.kind() == AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}
