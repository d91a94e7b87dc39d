//! Source trees: where they come from, and what is in them.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hive_test_support::tools;

/// A tree's files by their path in it.
pub(crate) type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// What the tools' environment holds: a mix of hands, ages and styles.
const PACKAGES: [&str; 9] = [
    "pip/_internal",
    "pip/_vendor/rich",
    "pip/_vendor/requests",
    "black",
    "isort",
    "_pytest",
    "click",
    "packaging",
    "pathspec",
];

/// Copies the packages that come with the tools, below `to`.
pub(crate) fn copy_packages(to: &Path) {
    copy_some(&PACKAGES, to);
}

/// Copies packages under the names by which they import themselves.
pub(crate) fn copy_importable(to: &Path) {
    let library = library();
    for package in ["pip", "black", "isort", "_pytest", "click", "packaging"] {
        copy(&library.join(package), &to.join(package));
    }
}

/// Copies fewer of them, for tools that take longer.
pub(crate) fn copy_few(to: &Path) {
    copy_some(
        &["pip/_internal/network", "black", "isort", "packaging"],
        to,
    );
}

fn library() -> PathBuf {
    fs::read_dir(tools().join("lib"))
        .expect("the environment has a library")
        .flatten()
        .map(|entry| entry.path().join("site-packages"))
        .find(|path| path.is_dir())
        .expect("it has packages")
}

fn copy_some(packages: &[&str], to: &Path) {
    let library = library();
    for package in packages {
        let from = library.join(package);
        assert!(from.is_dir(), "{} is not there", from.display());
        // Not `isort` and the like themselves: an import of them would otherwise
        // be first-party for the tool and third-party for nobody.
        copy(&from, &to.join(package.replace('/', "_")));
    }
}

/// Copies a tree's Python files, and what configures tools for them.
pub(crate) fn copy(from: &Path, to: &Path) {
    let mut directories = vec![from.to_path_buf()];
    while let Some(directory) = directories.pop() {
        let entries = fs::read_dir(&directory).expect("a directory that can be read");
        for entry in entries.flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("its type");
            let name = entry.file_name();
            if kind.is_dir() && name != "__pycache__" && name != ".git" {
                directories.push(path);
            } else if kind.is_file() && wanted(&path) {
                let target = to.join(path.strip_prefix(from).expect("below it"));
                fs::create_dir_all(target.parent().expect("it has one")).expect("directories");
                // Not `fs::copy`: a source that is read-only must become writable.
                fs::write(&target, fs::read(&path).expect("its bytes")).expect("a file");
            }
        }
    }
}

fn wanted(path: &Path) -> bool {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("");
    is_python(path)
        || matches!(
            name,
            "pyproject.toml" | "ruff.toml" | ".ruff.toml" | "setup.cfg" | "tox.ini" | ".isort.cfg"
        )
}

fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension == "py" || extension == "pyi")
}

/// Reads every Python file below a directory, but for those of environments.
pub(crate) fn read(root: &Path) -> Tree {
    let mut tree = Tree::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).expect("a directory").flatten() {
            let path = entry.path();
            let kind = entry.file_type().expect("its type");
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            if kind.is_dir() && !hidden {
                directories.push(path);
            } else if kind.is_file() && is_python(&path) {
                let bytes = fs::read(&path).expect("its bytes");
                tree.insert(path.strip_prefix(root).expect("below").to_path_buf(), bytes);
            }
        }
    }
    tree
}

/// The paths whose bytes differ between two trees of the same files.
pub(crate) fn differing(one: &Tree, other: &Tree) -> Vec<PathBuf> {
    assert!(one.keys().eq(other.keys()), "the trees have other files");
    one.iter()
        .filter(|(path, bytes)| other[*path] != **bytes)
        .map(|(path, _)| path.clone())
        .collect()
}
