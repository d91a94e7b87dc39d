//! The graph of a commit, from its blobs.

use super::build::Graph;
use super::importers::GraphError;
use super::layout::Layout;
use super::library::Library;
use crate::repo::committed::Committed;
use crate::repo::{Oid, Place, RepoPath};

impl Library {
    /// The graph of a commit or tree. Blobs whose facts are known by their ids are not
    /// read.
    pub fn commit(&mut self, place: &Place, id: &Oid) -> Result<Graph, GraphError> {
        let files =
            Committed::open(place, id).map_err(|error| GraphError::Tree(error.to_string()))?;
        Ok(self.committed(&files))
    }

    /// The same for the files of a commit that are known already.
    pub fn committed(&mut self, files: &Committed) -> Graph {
        let layout = Layout::of(files.files().iter().map(|(path, _)| path.clone()));
        let roots = layout.roots(|path| {
            let oid = files.id_of(path.as_str()).ok_or("is not in the tree")?;
            String::from_utf8(files.blob(&oid)?).map_err(|error| error.to_string())
        });
        let python: Vec<(RepoPath, Oid)> = layout
            .python
            .iter()
            .filter_map(|path| Some((path.clone(), files.id_of(path.as_str())?)))
            .collect();
        Graph::build(self.blobs(&python, |oid| files.blob(oid)), roots)
    }
}
