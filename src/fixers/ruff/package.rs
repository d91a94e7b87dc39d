//! Package roots: the topmost directory with an `__init__.py` above a file.
//!
//! Import sorting takes the package that a file belongs to as first-party, so a
//! wrong root gives a wrong order.

use std::path::{Path, PathBuf};

use ruff_linter::package::PackageRoot;
use serde::{Deserialize, Serialize};

/// A package root, owned, as it travels to a worker.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Package {
    /// Absolute path of the directory.
    pub root: PathBuf,
    /// Whether another package encloses it, with a gap between.
    pub nested: bool,
}

impl Package {
    /// ruff's view of this root.
    pub fn as_ruff(&self) -> PackageRoot<'_> {
        if self.nested {
            PackageRoot::nested(&self.root)
        } else {
            PackageRoot::root(&self.root)
        }
    }

    /// Finds the package of the files in `directory`, not looking above `boundary`
    /// for an enclosing one.
    pub fn of(
        directory: &Path,
        boundary: &Path,
        is_package: impl Fn(&Path) -> bool,
    ) -> Option<Self> {
        let root = directory
            .ancestors()
            .take_while(|dir| is_package(dir))
            .last()?;
        let nested = root
            .ancestors()
            .skip(1)
            .take_while(|dir| dir.starts_with(boundary))
            .any(is_package);
        Some(Self {
            root: root.to_path_buf(),
            nested,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Package;

    #[test]
    fn the_topmost_directory_of_an_unbroken_chain_is_the_root() {
        let packages = ["/r/a", "/r/a/b", "/r/a/gap/c"];
        let is_package = |dir: &Path| packages.iter().any(|known| Path::new(known) == dir);
        for (directory, expected) in [
            ("/r/a/b", Some(("/r/a", false))),
            ("/r/a", Some(("/r/a", false))),
            ("/r/a/gap/c", Some(("/r/a/gap/c", true))),
            ("/r/a/gap", None),
            ("/r", None),
        ] {
            let found = Package::of(Path::new(directory), Path::new("/r"), is_package);
            let found = found
                .as_ref()
                .map(|package| (package.root.to_str().unwrap(), package.nested));
            assert_eq!(found, expected, "{directory}");
        }
    }
}
