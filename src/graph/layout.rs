//! From a list of files to a graph: which of them count, where the import roots are.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::build::Graph;
use super::declared::{CONFIGURATION, PROJECT, declared};
use super::language::Languages;
use super::library::Library;
use super::roots::Roots;
use super::script::{Declared, Dialect, is_configuration, is_installed};
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
    /// JavaScript and TypeScript, without installed packages.
    pub scripts: Vec<RepoPath>,
    /// Files that may say what the specifiers of scripts mean.
    pub aliases: Vec<RepoPath>,
}

/// Whether a file is Python, by its name: `.py`, `.pyi`, `.pyw`.
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
            } else if is_installed(&path) {
                // A copy of somebody else's code.
            } else if Dialect::of(&path).is_some() {
                layout.scripts.push(path);
            } else if is_configuration(&path) {
                layout.aliases.push(path);
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

impl Layout {
    /// The files of these languages.
    pub(super) fn files(&self, languages: Languages) -> Vec<RepoPath> {
        let mut files = self.python.clone();
        if languages == Languages::All {
            files.extend_from_slice(&self.scripts);
        }
        files
    }

    /// What is declared for the scripts, if they are wanted.
    pub(super) fn declared(
        &self,
        languages: Languages,
        read: impl Fn(&RepoPath) -> Result<String, String>,
    ) -> Declared {
        match languages {
            Languages::All if !self.scripts.is_empty() => Declared::read(&self.aliases, read),
            _ => Declared::default(),
        }
    }
}

impl Library {
    /// The graph of a work tree (or of any directory): of these files below `root`, in
    /// parallel. Which files those are (not ignored, no links) is the caller's to say;
    /// configuration files among them count for what imports mean.
    pub fn work_tree(
        &mut self,
        root: &Path,
        files: impl IntoIterator<Item = RepoPath>,
        languages: Languages,
    ) -> Graph {
        let layout = Layout::of(files);
        let read = |path: &RepoPath| {
            fs::read_to_string(path.below(root)).map_err(|error| error.to_string())
        };
        let roots = layout.roots(read);
        let declared = layout.declared(languages, read);
        let files = self.files(root, &layout.files(languages));
        Graph::with_scripts(files, roots, declared)
    }
}
