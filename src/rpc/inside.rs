//! Paths that a client names: only files of the repository are meant.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// The longest path that is looked at, in bytes.
const LONGEST: usize = 4096;

/// Why a path is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Outside {
    /// It is no path at all.
    #[error("{0:?} is no path: say one below the root of the repository, such as src/app.py")]
    NoPath(String),
    /// It has `..` in it.
    #[error("{0:?} goes up by `..`: say it from the root of the repository")]
    Up(String),
    /// It names something else.
    #[error("{0:?} is not in this repository")]
    Elsewhere(String),
    /// A symbolic link leads out.
    #[error("{0:?} lies outside the repository, behind a symbolic link")]
    Link(String),
    /// It is git's, or hive's own.
    #[error("{0:?} is in the git directory, which is git's own")]
    Git(String),
}

/// The file or directory that a client means, absolute, below `root`. It need not exist;
/// what of it exists leads neither out of the repository nor into the git directory. The
/// verbs look again when they read and write: this is for a clear answer, early.
pub fn inside(root: &Path, text: &str) -> Result<PathBuf, Outside> {
    let named = || text.chars().take(200).collect::<String>();
    if text.is_empty() || text.len() > LONGEST || text.contains('\0') {
        return Err(Outside::NoPath(named()));
    }
    let real = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let path = Path::new(text);
    let relative = if path.is_absolute() {
        path.strip_prefix(root)
            .or_else(|_| path.strip_prefix(&real))
            .map_err(|_| Outside::Elsewhere(named()))?
    } else {
        path
    };
    let mut whole = real.clone();
    for part in relative.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(name) => whole.push(name),
            Component::ParentDir => return Err(Outside::Up(named())),
            Component::RootDir | Component::Prefix(_) => {
                return Err(Outside::Elsewhere(named()));
            }
        }
    }
    // As far as it exists, links followed; a link to nowhere is looked at itself.
    let there = whole
        .ancestors()
        .find(|path| path.symlink_metadata().is_ok())
        .unwrap_or(&real);
    let resolved = fs::canonicalize(there).map_err(|_| Outside::Link(named()))?;
    let below = resolved
        .strip_prefix(&real)
        .map_err(|_| Outside::Link(named()))?;
    if is_gits(below) || whole.strip_prefix(&real).is_ok_and(is_gits) {
        return Err(Outside::Git(named()));
    }
    Ok(whole)
}

/// Whether a path below the root is the git directory or in it; on some file systems in
/// any case of its letters.
fn is_gits(below: &Path) -> bool {
    below.components().any(|part| {
        let name = part.as_os_str();
        name.eq_ignore_ascii_case(".git")
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::{Outside, inside};

    type Why = fn(String) -> Outside;

    #[test]
    fn only_files_of_the_repository_are_meant() {
        let home = tempfile::tempdir().unwrap();
        let home = fs::canonicalize(home.path()).unwrap();
        let root = home.join("repo");
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join(".git/hooks")).unwrap();
        fs::write(root.join("src/a.py"), "").unwrap();
        fs::write(home.join("secret.py"), "").unwrap();
        symlink(home.join("secret.py"), root.join("link.py")).unwrap();
        symlink(&home, root.join("up")).unwrap();
        symlink(".git", root.join("dot")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        symlink("src", root.join("same")).unwrap();
        let absolute = root.join("src/a.py").to_str().unwrap().to_owned();
        for path in [
            "src/a.py",
            "./src/a.py",
            ".",
            "src",
            "new/b.py",
            "same/a.py",
            &absolute,
        ] {
            let found = inside(&root, path).unwrap();
            assert!(found.starts_with(&root), "{path}: {}", found.display());
        }
        let long = "x".repeat(5000);
        let named = |text: &str| text.chars().take(200).collect::<String>();
        let cases: [(&str, Why); 14] = [
            ("", Outside::NoPath),
            ("a\0b", Outside::NoPath),
            (&long, Outside::NoPath),
            ("../secret.py", Outside::Up),
            ("src/../../secret.py", Outside::Up),
            ("src/..", Outside::Up),
            ("/etc/passwd", Outside::Elsewhere),
            ("link.py", Outside::Link),
            ("up/secret.py", Outside::Link),
            ("dangling", Outside::Link),
            (".git", Outside::Git),
            (".git/hooks/post-commit", Outside::Git),
            (".GIT/config", Outside::Git),
            ("dot/config", Outside::Git),
        ];
        for (path, why) in cases {
            assert_eq!(inside(&root, path), Err(why(named(path))), "{path}");
        }
    }
}
