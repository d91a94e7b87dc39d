//! The graph of a commit, from its blobs.

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;

use super::build::Graph;
use super::importers::GraphError;
use super::layout::Layout;
use super::library::Library;
use crate::repo::{Oid, Place, RepoPath};

impl Library {
    /// The graph of a commit or tree. Blobs whose facts are known by their ids are not
    /// read. Submodules, symbolic links and files whose path is not UTF-8 take no part.
    pub fn commit(&mut self, place: &Place, id: &Oid) -> Result<Graph, GraphError> {
        let failed = |error: &dyn std::fmt::Display| {
            GraphError::Tree(format!("the tree of {}: {error}", id.short()))
        };
        let repository = gix::open_opts(&place.root, gix::open::Options::isolated())
            .map_err(|error| failed(&error))?;
        let blobs = blobs(&repository, id).map_err(|error| failed(&error))?;
        let layout = Layout::of(blobs.iter().map(|(path, _)| path.clone()));
        let oid_of = |path: &RepoPath| {
            let found = blobs.binary_search_by(|(known, _)| known.cmp(path));
            found.ok().map(|at| blobs[at].1)
        };
        let repository = repository.into_sync();
        let read = |oid: &Oid| -> Result<Vec<u8>, String> {
            let repository = repository.to_thread_local();
            let object = repository
                .find_object(oid.id())
                .map_err(|error| error.to_string())?;
            Ok(object.detach().data)
        };
        let roots = layout.roots(|path| {
            let oid = oid_of(path).ok_or("is not in the tree")?;
            String::from_utf8(read(&oid)?).map_err(|error| error.to_string())
        });
        let python: Vec<(RepoPath, Oid)> = layout
            .python
            .iter()
            .filter_map(|path| Some((path.clone(), oid_of(path)?)))
            .collect();
        Ok(Graph::build(self.blobs(&python, read), roots))
    }
}

/// The regular files of a tree, in order of path.
fn blobs(repository: &gix::Repository, id: &Oid) -> Result<Vec<(RepoPath, Oid)>, String> {
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
    let mut blobs: Vec<(RepoPath, Oid)> = regular
        .filter_map(|entry| {
            let path = RepoPath::new(entry.filepath.to_str().ok()?).ok()?;
            Some((path, Oid::from(entry.oid)))
        })
        .collect();
    blobs.sort();
    Ok(blobs)
}
