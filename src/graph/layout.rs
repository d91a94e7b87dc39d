//! From a list of files to a graph: which of them count, where the import roots are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::build::Graph;
use super::declared::{CONFIGURATION, PROJECT, declared};
use super::library::Library;
use super::roots::Roots;
use crate::repo::RepoPath;

/// The files of a repository as far as the graph needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Python files and stubs.
    pub python: Vec<RepoPath>,
    /// Files that may name import roots.
    pub configuration: Vec<RepoPath>,
    /// Directories with a project's file; empty text for the repository.
    pub projects: BTreeSet<String>,
}

/// Whether a file is a node of the graph, by its name: `.py`, `.pyi`, `.pyw`.
pub fn is_python(path: &RepoPath) -> bool {
    let extension = path.as_path().extension().and_then(|it| it.to_str());
    matches!(extension, Some("py" | "pyi" | "pyw"))
}

impl Layout {
    /// Sorts the files of a repository; others than those that count may be among them.
    pub fn of(files: impl IntoIterator<Item = RepoPath>) -> Self {
        let mut layout = Self::default();
        for path in files {
            let (directory, name) = path
                .as_str()
                .rsplit_once('/')
                .unwrap_or(("", path.as_str()));
            if PROJECT.contains(&name) {
                layout.projects.insert(directory.to_owned());
            }
            if CONFIGURATION.contains(&name) {
                layout.configuration.push(path);
            } else if is_python(&path) {
                layout.python.push(path);
            }
        }
        layout.configuration.sort();
        layout
    }

    /// The import roots; `read` gives the text of a configuration file. One that cannot be
    /// read names none, see [`Roots::problems`].
    pub fn roots(&self, read: impl Fn(&RepoPath) -> Result<String, String>) -> Roots {
        let mut all = Vec::new();
        let mut problems = Vec::new();
        for file in &self.configuration {
            match read(file).and_then(|text| declared(file, &text)) {
                Ok(roots) => all.extend(roots),
                Err(reason) => problems.push((file.clone(), reason)),
            }
        }
        Roots::detect(&self.python, &self.projects, all).with_problems(problems)
    }
}

impl Library {
    /// The graph of a work tree (or of any directory): of these files below `root`, in
    /// parallel. Which files those are (not ignored, no links) is the caller's to say;
    /// configuration files among them count for the import roots.
    pub fn work_tree(&mut self, root: &Path, files: impl IntoIterator<Item = RepoPath>) -> Graph {
        let layout = Layout::of(files);
        let roots = layout
            .roots(|path| fs::read_to_string(path.below(root)).map_err(|error| error.to_string()));
        Graph::build(self.files(root, &layout.python), roots)
    }
}
