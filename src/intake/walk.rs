//! Walks directories in parallel, heeding `.gitignore`.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::repo::Place;

/// Directories that are never entered: version control, installed code, caches.
/// The tools leave them out by default too; entering them costs time and watches.
const CLOSED: [&str; 17] = [
    ".git",
    ".hg",
    ".svn",
    ".bzr",
    ".venv",
    "venv",
    "node_modules",
    "site-packages",
    "__pypackages__",
    "__pycache__",
    ".tox",
    ".nox",
    ".eggs",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".pyenv",
];

/// A file that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// Absolute path.
    pub path: PathBuf,
    /// The path that was asked for, of which this is a part; the same as `path`
    /// for a file that was named itself.
    pub root: PathBuf,
    /// Whether it is a symbolic link.
    pub symlink: bool,
}

impl Found {
    /// Whether a person named this very file.
    pub fn named(&self) -> bool {
        self.path == self.root
    }
}

/// What a walk found, in order of path, and what it could not read.
#[derive(Debug, Default)]
pub struct Walk {
    /// The files.
    pub files: Vec<Found>,
    /// Places that could not be read, with the reason.
    pub errors: Vec<String>,
}

/// Walks `roots` (absolute). A file among them is taken as it is, also when it is
/// ignored; below directories, ignored files, nested repositories and closed
/// directories are left out. `.gitignore` counts also outside a repository.
pub fn walk(roots: &[PathBuf]) -> Walk {
    let Entered { files, errors, .. } = enter(roots);
    Walk { files, errors }
}

/// What a walk found, and where it went.
#[derive(Debug, Default)]
pub struct Entered {
    /// As in [`Walk`].
    pub files: Vec<Found>,
    /// The directories that were entered, the roots among them, and those that were not
    /// because they are other repositories.
    pub directories: Vec<PathBuf>,
    /// As in [`Walk`].
    pub errors: Vec<String>,
}

/// The same as [`walk`], with the directories: as long as none of them changes, nor a rule
/// about ignored files in them or [elsewhere], another walk finds the same.
///
/// [elsewhere]: rules_elsewhere
pub fn enter(roots: &[PathBuf]) -> Entered {
    let merged = Mutex::new(Entered::default());
    for root in roots {
        let mut builder = builder(root);
        builder.threads(threads());
        // Those of the directories above are read, too.
        if let Some(odd) = root.ancestors().find_map(odd_rules) {
            let mut merged = merged.lock().unwrap_or_else(PoisonError::into_inner);
            merged.errors.push(odd);
            continue;
        }
        // A file needs no walk.
        if root.symlink_metadata().is_ok_and(|about| about.is_file()) {
            let mut merged = merged.lock().unwrap_or_else(PoisonError::into_inner);
            merged.files.push(Found {
                path: root.clone(),
                root: root.clone(),
                symlink: false,
            });
            continue;
        }
        let refused = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&refused);
        let others = Arc::new(Mutex::new(Vec::new()));
        let elsewhere = Arc::clone(&others);
        builder.filter_entry(move |entry| {
            if entry.depth() == 0 {
                return true;
            }
            if !enters(entry) {
                if !is_closed(entry) {
                    let mut others = elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
                    others.push(entry.path().to_path_buf());
                }
                return false;
            }
            let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            let odd = is_directory.then(|| odd_below(entry.path())).flatten();
            let good = odd.is_none();
            told.lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(odd);
            good
        });
        builder.build_parallel().run(|| {
            let mut local = Local {
                files: Vec::new(),
                directories: Vec::new(),
                errors: Vec::new(),
                merged: &merged,
            };
            let root = root.clone();
            Box::new(move |entry| {
                match entry {
                    Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_dir()) => {
                        local.directories.push(entry.into_path());
                    }
                    Ok(entry) => local.files.extend(found(&entry, &root)),
                    // What goes away while we look is not there to be looked at.
                    Err(error) if vanished(&error) && root.exists() => {}
                    Err(error) => local.errors.push(error.to_string()),
                }
                WalkState::Continue
            })
        });
        let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
        let mut merged = merged.lock().unwrap_or_else(PoisonError::into_inner);
        merged.errors.append(&mut refused);
        let mut others = others.lock().unwrap_or_else(PoisonError::into_inner);
        merged.directories.append(&mut others);
    }
    let mut walk = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
    // A file that was named and also found below a directory counts as named.
    walk.files
        .sort_by(|a, b| a.path.cmp(&b.path).then_with(|| b.named().cmp(&a.named())));
    walk.files
        .dedup_by(|later, earlier| later.path == earlier.path);
    walk.errors.sort();
    walk
}

/// A walk that heeds what git would: in a repository no rule from above it, outside of one
/// every rule.
pub(super) fn builder(root: &Path) -> WalkBuilder {
    let in_repository = root.ancestors().any(|above| above.join(".git").exists());
    let mut builder = WalkBuilder::new(root);
    builder.hidden(false).require_git(in_repository);
    builder
}

/// Files outside of the work tree that say which of its files are ignored; some may not be
/// there.
pub fn rules_elsewhere(place: Option<&Place>) -> Vec<PathBuf> {
    let own = place.into_iter();
    let own = own.flat_map(|place| [&place.common_dir, &place.git_dir]);
    let own = own.map(|directory| directory.join("info/exclude"));
    own.chain(ignore::gitignore::gitconfig_excludes_path())
        .collect()
}

/// The directories that a walk from `root` (absolute) enters, itself first.
pub fn directories(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.to_path_buf()];
    if root.ancestors().any(|above| odd_rules(above).is_some()) {
        return found;
    }
    let mut builder = builder(root);
    builder.filter_entry(|entry| {
        entry.depth() == 0
            || entry.file_type().is_some_and(|kind| kind.is_dir())
                && enters(entry)
                && odd_below(entry.path()).is_none()
    });
    // What cannot be listed has no directories to tell either.
    let below = builder.build().flatten().filter(|entry| entry.depth() > 0);
    found.extend(below.map(DirEntry::into_path));
    found
}

/// Says which file with rules about ignored files is none in a directory: the library that
/// walks opens whatever is there, and would wait for ever at a pipe, and read a device
/// until memory ends.
pub(super) fn odd_rules(directory: &Path) -> Option<String> {
    first_odd(directory, &[".gitignore", ".ignore", ".git/info/exclude"])
}

/// The same for a directory that is [entered](enters), and thus has no `.git`.
fn odd_below(directory: &Path) -> Option<String> {
    first_odd(directory, &[".gitignore", ".ignore"])
}

fn first_odd(directory: &Path, names: &[&str]) -> Option<String> {
    const LARGEST: u64 = 16 << 20;
    names
        .iter()
        .map(|name| directory.join(name))
        .find(|path| {
            // A directory of that name is no rule, and is not opened as a file.
            let about = std::fs::metadata(path);
            about.is_ok_and(|it| !it.is_dir() && (!it.is_file() || it.len() > LARGEST))
        })
        .map(|path| format!("{}: it is not a file with rules for git", path.display()))
}

/// Why a walk from `root` does not find an existing file below it; `None` if it
/// does. Both absolute.
pub fn unreached(root: &Path, file: &Path) -> Option<String> {
    let below = file.strip_prefix(root).ok()?;
    let mut directory = root.to_path_buf();
    for part in below.parent()?.components() {
        directory.push(part);
        let name = part.as_os_str().to_string_lossy();
        if CLOSED.contains(&&*name) {
            return Some(format!("is below `{name}`, which is never entered"));
        }
        let shown = directory.strip_prefix(root).unwrap_or(&directory).display();
        if directory.join(".git").exists() {
            return Some(format!("belongs to the repository in {shown}"));
        }
        if directory.is_symlink() {
            return Some(format!("is below the symbolic link {shown}"));
        }
    }
    if let Some(odd) = file.ancestors().skip(1).find_map(odd_rules) {
        return Some(format!("is not looked for: {odd}"));
    }
    let wanted = file.to_path_buf();
    let mut builder = builder(root);
    builder.filter_entry(move |entry| wanted.starts_with(entry.path()));
    let reached = builder.build().flatten().any(|entry| entry.path() == file);
    (!reached).then(|| "is ignored by git".to_owned())
}

/// Collects on one thread and hands over at its end.
struct Local<'a> {
    files: Vec<Found>,
    directories: Vec<PathBuf>,
    errors: Vec<String>,
    merged: &'a Mutex<Entered>,
}

impl Drop for Local<'_> {
    fn drop(&mut self) {
        let mut merged = self.merged.lock().unwrap_or_else(PoisonError::into_inner);
        merged.files.append(&mut self.files);
        merged.directories.append(&mut self.directories);
        merged.errors.append(&mut self.errors);
    }
}

fn found(entry: &DirEntry, root: &Path) -> Option<Found> {
    let kind = entry.file_type()?;
    let named = entry.depth() == 0;
    // A named symbolic link is followed by the walker; what it is shows below.
    let symlink = kind.is_symlink() || (named && entry.path_is_symlink());
    (kind.is_file() || symlink).then(|| Found {
        path: entry.path().to_path_buf(),
        root: root.to_path_buf(),
        symlink,
    })
}

fn vanished(error: &ignore::Error) -> bool {
    error
        .io_error()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Whether a walk takes an entry in: any file, and directories that are neither closed
/// nor another repository.
pub(super) fn enters(entry: &DirEntry) -> bool {
    if !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    // Another repository (a submodule, a clone) answers for itself.
    !is_closed(entry) && !entry.path().join(".git").exists()
}

fn is_closed(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_str();
    name.is_some_and(|name| CLOSED.contains(&name))
}

fn threads() -> usize {
    std::thread::available_parallelism()
        .map_or(1, usize::from)
        .min(12)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::{unreached, walk};

    #[test]
    fn ignored_nested_and_closed_places_are_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for (path, text) in [
            ("a.py", ""),
            (".gitignore", "*.log\nout/\n"),
            ("b.log", ""),
            ("out/c.py", ""),
            ("out/d.py", ""),
            ("node_modules/e.py", ""),
            ("sub/.git/HEAD", ""),
            ("sub/f.py", ""),
            ("deep/er/g.py", ""),
        ] {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let walked = walk(&[root.to_path_buf(), root.join("out/c.py")]);
        let names: Vec<String> = walked
            .files
            .iter()
            .map(|found| {
                format!(
                    "{}{}",
                    found.path.strip_prefix(root).unwrap().display(),
                    if found.named() { "!" } else { "" }
                )
            })
            .collect();
        assert_eq!(names, [".gitignore", "a.py", "deep/er/g.py", "out/c.py!"]);
        assert!(walked.errors.is_empty());
        // A rule above a repository is not about it.
        fs::write(root.join(".gitignore"), "*\n").unwrap();
        let sub = root.join("sub");
        fs::write(sub.join(".gitignore"), "/g.py\n").unwrap();
        fs::create_dir(sub.join("in")).unwrap();
        for file in ["g.py", "in/h.py"] {
            fs::write(sub.join(file), "").unwrap();
        }
        let found = |at: &str| -> Vec<PathBuf> {
            let files = walk(&[sub.join(at)]).files.into_iter();
            files.map(|found| found.path).collect()
        };
        let inside = sub.join("in/h.py");
        assert_eq!(
            found(""),
            [sub.join(".gitignore"), sub.join("f.py"), inside.clone()]
        );
        assert_eq!(found("in"), [inside]);
        assert!(walk(&[root.join("deep")]).files.is_empty());
        fs::write(root.join(".gitignore"), "*.log\nout/\n").unwrap();
        for (path, reason) in [
            ("a.py", None),
            ("deep/er/g.py", None),
            ("out/c.py", Some("is ignored by git")),
            (
                "node_modules/e.py",
                Some("is below `node_modules`, which is never entered"),
            ),
            ("sub/f.py", Some("belongs to the repository in sub")),
        ] {
            assert_eq!(unreached(root, &root.join(path)).as_deref(), reason);
        }
    }

    #[test]
    fn a_missing_place_is_an_error() {
        let walked = walk(&["/nonexistent/place".into()]);
        assert_eq!(walked.errors.len(), 1);
    }
}
