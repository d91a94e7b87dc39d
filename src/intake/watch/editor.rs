//! Files that editors keep beside a file while it is open. Pure but for the look
//! whether one is there.

use std::path::{Path, PathBuf};

/// What stands before and after the name of the file that is open.
const LOCKS: [(&str, &str); 8] = [
    // vim, neovim, nano; the second and third editor of one file
    (".", ".swp"),
    (".", ".swo"),
    (".", ".swn"),
    // emacs: a symbolic link that leads nowhere
    (".#", ""),
    (".", ".kate-swp"),
    (".~lock.", "#"),
    ("", ".lock"),
    (".", ".lock"),
];

/// The swap or lock file of an editor that has `path` open, if there is one. An editor
/// that keeps its swap files elsewhere is not seen.
pub fn editor_lock(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    LOCKS
        .iter()
        .map(|(before, after)| path.with_file_name(format!("{before}{name}{after}")))
        .find(|lock| lock.symlink_metadata().is_ok())
}

/// The file that a path is the swap or lock file of, by its name.
pub(super) fn locked_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    LOCKS.iter().find_map(|(before, after)| {
        let file = name.strip_prefix(before)?.strip_suffix(after)?;
        // `uv.lock` is nobody's lock: only files of Python are asked about.
        is_python(file).then(|| path.with_file_name(file))
    })
}

/// Whether a name is one of a file that hive may fix.
pub(super) fn is_python(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|end| ["py", "pyi", "ipynb"].iter().any(|known| end == *known))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::{editor_lock, locked_file};

    #[test]
    fn locks_of_editors_are_known() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("a.py");
        fs::write(&file, "").unwrap();
        assert_eq!(editor_lock(&file), None);
        let lock = home.path().join(".a.py.swp");
        fs::write(&lock, "").unwrap();
        assert_eq!(editor_lock(&file), Some(lock.clone()));
        fs::remove_file(&lock).unwrap();
        let lock = home.path().join(".#a.py");
        std::os::unix::fs::symlink("ann@host.1:2", &lock).unwrap();
        assert_eq!(editor_lock(&file), Some(lock));
        for (lock, file) in [
            ("/x/.a.py.swp", Some("/x/a.py")),
            ("/x/.#a.py", Some("/x/a.py")),
            ("/x/.~lock.a.ipynb#", Some("/x/a.ipynb")),
            ("/x/a.py", None),
            ("/x/uv.lock", None),
            ("/x/.swp", None),
        ] {
            assert_eq!(locked_file(Path::new(lock)).as_deref(), file.map(Path::new));
        }
    }
}
