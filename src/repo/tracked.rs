//! Whether git tracks a file: what came with a commit, and so from others.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use gix::bstr::{BStr, ByteSlice};
use gix::index::entry::Mode;

use super::Place;

/// The index could not be asked.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the index of {root}")]
pub struct TrackedError {
    /// The work tree's top.
    root: PathBuf,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// Whether the index of the work tree decides what lies at `path` (absolute); see
/// [`first_tracked`].
pub fn is_tracked(place: &Place, path: &Path) -> Result<bool, TrackedError> {
    first_tracked(place, [path]).map(|found| found.is_some())
}

/// The first of the paths (absolute) for which the index of the work tree decides
/// what lies there.
///
/// Asked of each path as it is written, of what it resolves to and of every link
/// on the way, since a link that is not tracked may lead to a file that is. A path
/// counts as tracked if it or a directory above it has an entry, in any stage: a
/// tracked symbolic link decides everything reached through it, and a directory
/// that is collapsed in a sparse index holds tracked files only. Below a submodule
/// its own index is asked. Paths outside the work tree are not tracked; a work
/// tree without an index tracks nothing. The index is read once, and not at all
/// where every path lies outside.
pub fn first_tracked<'a>(
    place: &Place,
    paths: impl IntoIterator<Item = &'a Path>,
) -> Result<Option<&'a Path>, TrackedError> {
    let root = fs::canonicalize(&place.root).unwrap_or_else(|_| place.root.clone());
    let mut index = None;
    for path in paths {
        for name in names(place, &root, path) {
            if index.is_none() {
                index = Some(read_index(place)?);
            }
            let Some(Some(index)) = &index else {
                return Ok(None);
            };
            if decides(index, &root, &name)? {
                return Ok(Some(path));
            }
        }
    }
    Ok(None)
}

/// Every name inside the work tree that takes part in what lies at `path`.
fn names(place: &Place, root: &Path, path: &Path) -> BTreeSet<PathBuf> {
    let mut names = BTreeSet::new();
    names.extend(inside(&place.root, path));
    names.extend(inside(root, path));
    if let Ok(resolved) = fs::canonicalize(path) {
        names.extend(inside(root, &resolved));
    }
    names.extend(links(path).iter().filter_map(|link| inside(root, link)));
    names
}

/// The index as it is on disk; `None` where nothing was ever added.
fn read_index(place: &Place) -> Result<Option<gix::index::File>, TrackedError> {
    let failed = |source| TrackedError {
        root: place.root.clone(),
        source,
    };
    let repository = gix::open_opts(&place.root, gix::open::Options::isolated())
        .map_err(|error| failed(error.into()))?;
    if !repository.index_path().exists() {
        return Ok(None);
    }
    let index = repository
        .open_index()
        .map_err(|error| failed(error.into()))?;
    Ok(Some(index))
}

fn decides(index: &gix::index::File, root: &Path, name: &Path) -> Result<bool, TrackedError> {
    let bytes = name.as_os_str().as_bytes().as_bstr();
    match deciding_entry(index, bytes) {
        None => Ok(false),
        Some((above, Mode::COMMIT)) if above.len() < bytes.len() => {
            let submodule = root.join(OsStr::from_bytes(above));
            match Place::at(&submodule) {
                Some(inner) => is_tracked(&inner, &root.join(name)),
                None => Ok(true),
            }
        }
        Some(_) => Ok(true),
    }
}

/// The path relative to the root, without `.` and `..`, if it lies below it.
fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let mut flat = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                flat.pop();
            }
            Component::CurDir => {}
            other => flat.push(other),
        }
    }
    let name = flat.strip_prefix(root).ok()?;
    (!name.as_os_str().is_empty()).then(|| name.to_path_buf())
}

/// The symbolic links that are followed on the way to `path`, each by a path whose
/// own directories are resolved; at most as many as the system follows.
fn links(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = path.to_path_buf();
    while found.len() < 40 {
        let Some(link) = first_link(&pending) else {
            break;
        };
        let (Some(directory), Ok(target)) = (link.at.parent(), fs::read_link(&link.at)) else {
            break;
        };
        pending = directory.join(target).join(&link.rest);
        found.push(link.at);
    }
    found
}

struct Link {
    at: PathBuf,
    rest: PathBuf,
}

/// The first component that is a symbolic link, with what comes after it.
fn first_link(path: &Path) -> Option<Link> {
    let mut at = PathBuf::new();
    let mut parts = path.components();
    while let Some(part) = parts.next() {
        at.push(part);
        if part == Component::ParentDir {
            at = fs::canonicalize(&at).ok()?;
        } else if at.is_symlink() {
            let rest = parts.as_path().to_path_buf();
            return Some(Link { at, rest });
        }
    }
    None
}

/// The entry of the name itself or of the nearest directory from above.
fn deciding_entry<'a>(index: &gix::index::File, name: &'a BStr) -> Option<(&'a BStr, Mode)> {
    let ends = name.find_iter("/").chain([name.len()]);
    for end in ends {
        let above = name[..end].as_bstr();
        if let Some(range) = index.entry_range(above) {
            return Some((above, index.entries()[range.start].mode));
        }
        // A directory collapsed in a sparse index ends with a slash.
        if end < name.len() && index.entry_range(name[..=end].as_bstr()).is_some() {
            return Some((above, Mode::DIR));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::{Place, is_tracked};

    #[expect(clippy::disallowed_methods, reason = "tests set up real repositories")]
    fn git(directory: &Path, args: &[&str]) {
        let done = std::process::Command::new("git")
            .args([
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@b",
                "-c",
                "protocol.file.allow=always",
            ])
            .args(args)
            .current_dir(directory)
            .env_remove("GIT_DIR")
            .output()
            .unwrap();
        assert!(done.status.success(), "{args:?} {done:?}");
    }

    #[test]
    fn what_a_commit_decides_is_tracked() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("work");
        fs::create_dir_all(root.join("tools/bin")).unwrap();
        fs::create_dir_all(root.join(".venv/bin")).unwrap();
        git(&root, &["init", "-q"]);
        let place = Place::find(&root).unwrap();
        let venv = root.join(".venv/bin/ruff");
        fs::write(&venv, "x").unwrap();
        assert!(!is_tracked(&place, &venv).unwrap(), "no index yet");

        fs::write(root.join("tools/bin/ruff"), "x").unwrap();
        let outside = home.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("ruff"), "x").unwrap();
        symlink(&outside, root.join("linked")).unwrap();
        git(&root, &["add", "tools", "linked"]);
        symlink("tools/bin", root.join("untracked")).unwrap();
        symlink("linked/ruff", root.join("twice")).unwrap();
        symlink(outside.join("ruff"), root.join(".venv/bin/black")).unwrap();

        for (path, tracked) in [
            ("tools/bin/ruff", true),
            ("tools/bin/../bin/ruff", true),
            ("tools/bin/other", false),
            ("tools2/bin/ruff", false),
            (".venv/bin/ruff", false),
            (".venv/bin/black", false),
            ("untracked/ruff", true),
            ("linked/ruff", true),
            ("twice", true),
            ("../outside/ruff", false),
        ] {
            let found = is_tracked(&place, &root.join(path)).unwrap();
            assert_eq!(found, tracked, "{path}");
        }
        assert!(!is_tracked(&place, Path::new("/bin/sh")).unwrap());
    }

    #[test]
    fn below_a_submodule_its_own_index_is_asked() {
        let home = tempfile::tempdir().unwrap();
        let (inner, root) = (home.path().join("inner"), home.path().join("work"));
        for directory in [&inner, &root] {
            fs::create_dir(directory).unwrap();
            git(directory, &["init", "-q"]);
        }
        fs::write(inner.join("ruff"), "x").unwrap();
        git(&inner, &["add", "."]);
        git(&inner, &["commit", "-qm", "x"]);
        git(&root, &["submodule", "--quiet", "add", "../inner", "sub"]);
        fs::write(root.join("sub/own"), "x").unwrap();
        let place = Place::find(&root).unwrap();
        assert!(is_tracked(&place, &root.join("sub/ruff")).unwrap());
        assert!(!is_tracked(&place, &root.join("sub/own")).unwrap());
        assert!(is_tracked(&place, &root.join("sub")).unwrap());
    }
}
