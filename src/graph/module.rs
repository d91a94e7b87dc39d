//! Modules by their names, and whether a name may mean a file.
//!
//! Pure. Where a project's import roots are, only its runs know: the repository's root,
//! `src`, the directory of a script, another one by `PYTHONPATH`. So an absolute name
//! means every file whose path ends with it.

use crate::repo::RepoPath;

/// A module of this repository, by the directories and the name that lead to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Module {
    /// The names from the repository's root on; those of the directory for a package.
    pub(super) parts: Vec<String>,
    /// Whether it is the `__init__` of a package.
    pub(super) package: bool,
}

impl Module {
    /// The module in a file.
    pub(super) fn of(path: &RepoPath) -> Self {
        let path = path.as_str();
        let stem = path.rsplit_once('.').map_or(path, |(stem, _)| stem);
        let mut parts: Vec<String> = stem.split('/').map(str::to_owned).collect();
        let package = parts.last().is_some_and(|name| name == "__init__");
        if package {
            parts.pop();
        }
        Self { parts, package }
    }

    /// The last part of its name; empty for the `__init__` of the root.
    pub(super) fn last(&self) -> &str {
        self.parts.last().map_or("", String::as_str)
    }

    /// What a relative import with this many dots begins with in this module; `None`
    /// beyond the repository.
    pub(super) fn above(&self, dots: u32) -> Option<Vec<String>> {
        let own = usize::from(!self.package);
        let up = usize::try_from(dots).ok()?.checked_sub(1)? + own;
        let left = self.parts.len().checked_sub(up)?;
        Some(self.parts[..left].to_vec())
    }
}

/// What an import statement names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reference {
    /// A name from some import root.
    Absolute(Vec<String>),
    /// A name from the repository's root, as relative imports give it.
    Rooted(Vec<String>),
}

impl Reference {
    /// The name one level further down.
    pub(super) fn below(&self, name: &str) -> Self {
        let further = |parts: &Vec<String>| {
            let names = name.split('.').filter(|part| !part.is_empty());
            parts
                .iter()
                .cloned()
                .chain(names.map(str::to_owned))
                .collect()
        };
        match self {
            Self::Absolute(parts) => Self::Absolute(further(parts)),
            Self::Rooted(parts) => Self::Rooted(further(parts)),
        }
    }

    /// Whether it may mean the module. An absolute name may also be longer than the path
    /// if the repository itself is a package (`in_package`).
    pub(super) fn means(&self, module: &Module, in_package: bool) -> bool {
        match self {
            Self::Rooted(parts) => *parts == module.parts,
            Self::Absolute(parts) if parts.is_empty() => false,
            Self::Absolute(parts) => {
                module.parts.ends_with(parts) || in_package && parts.ends_with(&module.parts)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Module, Reference};
    use crate::repo::RepoPath;

    fn parts(dotted: &str) -> Vec<String> {
        dotted
            .split('.')
            .filter(|part| !part.is_empty())
            .map(str::to_owned)
            .collect()
    }

    #[test]
    fn names_mean_files_that_end_with_them() {
        for (path, name, in_package, expected) in [
            ("src/pkg/mod.py", "pkg.mod", false, true),
            ("src/pkg/mod.py", "mod", false, true),
            ("src/pkg/mod.py", "src.pkg.mod", false, true),
            ("src/pkg/mod.py", "g.mod", false, false),
            ("src/pkg/mod.py", "pkg", false, false),
            ("src/pkg/__init__.py", "pkg", false, true),
            ("src/pkg/__init__.pyi", "pkg.__init__", false, false),
            ("mod.py", "repo.mod", false, false),
            ("mod.py", "repo.mod", true, true),
        ] {
            let module = Module::of(&RepoPath::new(path).unwrap());
            let reference = Reference::Absolute(parts(name));
            assert_eq!(
                reference.means(&module, in_package),
                expected,
                "{path} {name}"
            );
        }
    }

    #[test]
    fn dots_go_up() {
        for (path, dots, expected) in [
            ("a/b/c.py", 1, Some("a.b")),
            ("a/b/c.py", 2, Some("a")),
            ("a/b/c.py", 3, Some("")),
            ("a/b/c.py", 4, None),
            ("a/b/__init__.py", 1, Some("a.b")),
            ("a/b/__init__.py", 2, Some("a")),
        ] {
            let module = Module::of(&RepoPath::new(path).unwrap());
            assert_eq!(module.above(dots), expected.map(parts), "{path} {dots}");
        }
    }
}
