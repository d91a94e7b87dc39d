//! The graph of a commit, from its blobs.

use super::build::Graph;
use super::importers::GraphError;
use super::language::Languages;
use super::layout::Layout;
use super::library::Library;
use crate::repo::committed::Committed;
use crate::repo::{Oid, Place, RepoPath};

impl Library {
    /// The graph of the Python files of a commit or tree. Blobs whose facts are known by their ids are not
    /// read.
    pub fn commit(&mut self, place: &Place, id: &Oid) -> Result<Graph, GraphError> {
        let files =
            Committed::open(place, id).map_err(|error| GraphError::Tree(error.to_string()))?;
        Ok(self.committed(&files, Languages::Python))
    }

    /// The same for the files of a commit that are known already, of some languages.
    pub fn committed(&mut self, files: &Committed, languages: Languages) -> Graph {
        let layout = Layout::of(files.files().iter().map(|(path, _)| path.clone()));
        let read = |path: &RepoPath| {
            let oid = files.id_of(path.as_str()).ok_or("is not in the tree")?;
            String::from_utf8(files.blob(&oid)?).map_err(|error| error.to_string())
        };
        let roots = layout.roots(read);
        let declared = layout.declared(languages, read);
        let nodes: Vec<(RepoPath, Oid)> = layout
            .files(languages)
            .into_iter()
            .filter_map(|path| {
                let oid = files.id_of(path.as_str())?;
                Some((path, oid))
            })
            .collect();
        let readings = self.blobs(&nodes, |oid| files.blob(oid));
        Graph::with_scripts(readings, roots, declared)
    }
}
