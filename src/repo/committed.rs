//! The files of a commit, by path.

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;

use super::baseline::BaselineError;
use super::{Oid, Place, RepoPath};

/// The largest file whose bytes are handed out, in bytes.
const LARGEST: u64 = 64 << 20;

/// The regular files of a commit. Submodules, symbolic links and files whose path is not
/// UTF-8 take no part.
pub struct Committed {
    repository: gix::ThreadSafeRepository,
    files: Vec<(RepoPath, Oid)>,
}

impl std::fmt::Debug for Committed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Committed")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}

impl Committed {
    /// Lists the files of a commit or tree; their bytes are read when they are asked for.
    pub fn open(place: &Place, id: &Oid) -> Result<Self, BaselineError> {
        let failed = |error: &dyn std::fmt::Display| {
            BaselineError::Unreadable(format!("the tree of {}: {error}", id.short()))
        };
        let repository = gix::open_opts(&place.root, gix::open::Options::isolated())
            .map_err(|error| failed(&error))?;
        let files = files(&repository, id).map_err(|error| failed(&error))?;
        Ok(Self {
            repository: repository.into_sync(),
            files,
        })
    }

    /// The files with the ids of their contents, in order of path.
    pub fn files(&self) -> &[(RepoPath, Oid)] {
        &self.files
    }

    /// The id of a file's content.
    pub fn id_of(&self, path: &str) -> Option<Oid> {
        let found = self
            .files
            .binary_search_by(|(known, _)| known.as_str().cmp(path));
        found.ok().map(|at| self.files[at].1)
    }

    /// The bytes of a blob.
    pub fn blob(&self, oid: &Oid) -> Result<Vec<u8>, String> {
        let repository = self.repository.to_thread_local();
        let header = repository
            .find_header(oid.id())
            .map_err(|error| error.to_string())?;
        if header.size() > LARGEST {
            return Err(format!("is larger than {} MiB", LARGEST >> 20));
        }
        let object = repository
            .find_object(oid.id())
            .map_err(|error| error.to_string())?;
        Ok(object.detach().data)
    }

    /// The bytes of a file; `None` if there is none, or it cannot be read.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.blob(&self.id_of(path)?).ok()
    }
}

fn files(repository: &gix::Repository, id: &Oid) -> Result<Vec<(RepoPath, Oid)>, String> {
    let object = repository
        .find_object(id.id())
        .map_err(|it| it.to_string())?;
    let tree = object.peel_to_tree().map_err(|it| it.to_string())?;
    let entries = tree.traverse().breadthfirst.files();
    let regular = entries
        .map_err(|it| it.to_string())?
        .into_iter()
        .filter(|entry| {
            let kind = entry.mode.kind();
            matches!(kind, EntryKind::Blob | EntryKind::BlobExecutable)
        });
    let mut files: Vec<(RepoPath, Oid)> = regular
        .filter_map(|entry| {
            let path = RepoPath::new(entry.filepath.to_str().ok()?).ok()?;
            Some((path, Oid::from(entry.oid)))
        })
        .collect();
    files.sort();
    Ok(files)
}
