//! Import roots: the directories whose modules have absolute names.
//!
//! Pure. Where Python really looks only a run knows. These are taken, in this order:
//!
//! 1. what a configuration file says ([`declared`](super::declared));
//! 2. the directory above each top package, as ruff does it: a directory with
//!    `__init__.py` whose parent has none;
//! 3. `src` (and `lib`, where it is a project's) beside a project's file or at the top;
//! 4. directories with a `pyproject.toml`, `setup.py` or `setup.cfg`;
//! 5. the repository itself.
//!
//! The order is that of asking where nothing is nearer to the importing file; see
//! `names`.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::repo::RepoPath;

/// One import root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    path: String,
    why: Why,
}

/// Why a directory is an import root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// A configuration file says so.
    Declared {
        /// The file.
        file: RepoPath,
        /// The key in it.
        key: &'static str,
    },
    /// It holds a top package.
    Package,
    /// It is called `src`, beside a project's file or at the top.
    Src,
    /// It holds a project's file.
    Project,
    /// It is the repository.
    Repository,
}

impl Root {
    /// Makes a root of a directory, relative to the repository with `/`; empty for the
    /// repository itself.
    pub fn new(path: impl Into<String>, why: Why) -> Self {
        Self {
            path: path.into(),
            why,
        }
    }

    /// The directory, relative to the repository; empty for the repository itself.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Why it is one.
    pub fn why(&self) -> &Why {
        &self.why
    }
}

/// The import roots of a repository, in the order in which they are asked, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roots {
    roots: Vec<Root>,
    problems: Vec<(RepoPath, String)>,
}

impl Roots {
    /// Finds the roots. `files` are all Python files, `projects` the directories with a
    /// project's file, `declared` what configuration says.
    pub fn detect<'a>(
        files: impl IntoIterator<Item = &'a RepoPath>,
        projects: &BTreeSet<String>,
        declared: Vec<Root>,
    ) -> Self {
        let mut packages: FxHashSet<&str> = FxHashSet::default();
        let mut directories: FxHashSet<&str> = FxHashSet::default();
        for path in files {
            let (parent, name) = split(path.as_str());
            if matches!(name, "__init__.py" | "__init__.pyi") {
                packages.insert(parent);
            }
            let mut directory = parent;
            while directories.insert(directory) && !directory.is_empty() {
                directory = split(directory).0;
            }
        }
        // Few levels first: what is further up is more likely meant by everybody.
        let level = |path: &str| path.split_terminator('/').count();
        let above: BTreeSet<(usize, &str)> = packages
            .iter()
            .filter(|package| !package.is_empty())
            .map(|package| split(package).0)
            .filter(|parent| !packages.contains(parent))
            .map(|parent| (level(parent), parent))
            .collect();
        let mut roots = Vec::new();
        let mut known = FxHashSet::default();
        let mut add = |root: Root| {
            if known.insert(root.path.clone()) {
                roots.push(root);
            }
        };
        for root in declared {
            for path in expand(&root.path, &directories) {
                add(Root::new(path, root.why.clone()));
            }
        }
        for (_, parent) in above {
            add(Root::new(parent, Why::Package));
        }
        for project in projects.iter().map(String::as_str).chain([""]) {
            let src = if project.is_empty() {
                "src".to_owned()
            } else {
                format!("{project}/src")
            };
            if directories.contains(src.as_str()) && !packages.contains(src.as_str()) {
                add(Root::new(src, Why::Src));
            }
        }
        for project in projects {
            if !packages.contains(project.as_str()) {
                add(Root::new(project.as_str(), Why::Project));
            }
        }
        add(Root::new("", Why::Repository));
        Self::from_iter(roots)
    }

    /// The roots, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Root> {
        self.roots.iter()
    }

    /// The same roots, and what could not be read on the way to them.
    #[must_use]
    pub fn with_problems(mut self, problems: Vec<(RepoPath, String)>) -> Self {
        self.problems = problems;
        self
    }

    /// Configuration files that could not be read, with the reason: they may have named
    /// more roots.
    pub fn problems(&self) -> &[(RepoPath, String)] {
        &self.problems
    }
}

impl FromIterator<Root> for Roots {
    fn from_iter<I: IntoIterator<Item = Root>>(roots: I) -> Self {
        Self {
            roots: roots.into_iter().collect(),
            problems: Vec::new(),
        }
    }
}

/// The directories that a path or a pattern means.
fn expand<'a>(path: &'a str, directories: &FxHashSet<&'a str>) -> Vec<&'a str> {
    if !path.contains(['*', '?', '[']) {
        return vec![path];
    }
    let pattern = globset::GlobBuilder::new(path)
        .literal_separator(true)
        .build();
    let Ok(pattern) = pattern else {
        return vec![path];
    };
    let pattern = pattern.compile_matcher();
    let mut found: Vec<&str> = directories.iter().copied().collect();
    found.retain(|directory| pattern.is_match(directory));
    found.sort_unstable();
    found
}

/// A path's directory and name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Root, Roots, Why};
    use crate::repo::RepoPath;

    fn detect(files: &[&str], projects: &[&str]) -> Vec<String> {
        let files: Vec<RepoPath> = files.iter().map(|it| RepoPath::new(*it).unwrap()).collect();
        let projects: BTreeSet<String> = projects.iter().map(|it| (*it).to_owned()).collect();
        let roots = Roots::detect(&files, &projects, Vec::new());
        roots.iter().map(|root| root.path().to_owned()).collect()
    }

    #[test]
    fn layouts() {
        for (files, projects, expected) in [
            (
                &["a/__init__.py", "a/b/__init__.py"][..],
                &[""][..],
                &[""][..],
            ),
            (&["src/a/__init__.py", "tests/t.py"], &[""], &["src", ""]),
            (&["src/ns/a/__init__.py"], &[], &["src/ns", "src", ""]),
            (&["src/ns/a.py"], &[], &["src", ""]),
            (&["src/__init__.py", "src/a.py"], &[""], &[""]),
            (
                &["x/src/a/__init__.py", "y/b/__init__.py"],
                &["x", "y"],
                &["y", "x/src", "x", ""],
            ),
            (&["a.py"], &[], &[""]),
        ] {
            assert_eq!(detect(files, projects), expected, "{files:?}");
        }
    }

    #[test]
    fn what_is_declared_comes_first() {
        let file = RepoPath::new("b/c/__init__.py").unwrap();
        let declared = |path: &str| {
            Root::new(
                path,
                Why::Declared {
                    file: RepoPath::new("pyproject.toml").unwrap(),
                    key: "tool.ruff.src",
                },
            )
        };
        let said = vec![declared("lib"), declared("b/*")];
        let roots = Roots::detect([&file], &BTreeSet::new(), said);
        let paths: Vec<&str> = roots.iter().map(Root::path).collect();
        assert_eq!(paths, ["lib", "b/c", "b", ""]);
    }
}
