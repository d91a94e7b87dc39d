//! Files outside the repository that are watched, such as the person's own settings.
//!
//! Only directories are watched, since an atomic save replaces the file. A directory that
//! is not there yet is waited for in the nearest one above it that is, but not in the
//! root, where everything happens.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::WatchError;
use super::watching::Watching;

impl Watching {
    /// Watches the directories outside the repository in which something is to be seen.
    ///
    /// A directory that is created below one that is about to be watched would be seen by
    /// nobody. So it is over when nothing new is there after everything was watched; one that
    /// went in between does not count as watched, since it may be there again by then.
    pub(super) fn follow_far(&mut self) -> Result<(), WatchError> {
        loop {
            let mut now = directories(&self.wanted.also);
            // What lies in a watched directory already is told anyway.
            now.retain(|directory| !self.git.contains(directory) && !self.tree.contains(directory));
            if now == self.far {
                self.recount();
                return Ok(());
            }
            for gone in self.far.difference(&now) {
                if let Some(backend) = &mut self.backend {
                    backend.unwatch(gone);
                }
            }
            let new: Vec<PathBuf> = now.difference(&self.far).cloned().collect();
            self.far = now;
            for directory in new {
                if !self.watch(&directory)? {
                    self.far.remove(&directory);
                }
            }
        }
    }

    /// Forgets the watches of a directory that is gone: if it comes again it is another.
    pub(super) fn forget_far(&mut self, directory: &Path) {
        let gone = |watched: &PathBuf| watched.starts_with(directory);
        for gone in self.far.extract_if(.., gone) {
            if let Some(backend) = &mut self.backend {
                backend.unwatch(&gone);
            }
        }
    }
}

/// The directories in which changes of the files show.
pub(super) fn directories(files: &[PathBuf]) -> BTreeSet<PathBuf> {
    let near = |file: &PathBuf| {
        file.ancestors()
            .skip(1)
            .find(|above| above.is_dir())
            .filter(|above| above.parent().is_some())
            .map(Path::to_path_buf)
    };
    files.iter().filter_map(near).collect()
}

/// The files that a change of a path is about: itself, or what lies below it.
pub(super) fn concerned<'a>(files: &'a [PathBuf], path: &Path) -> Vec<&'a PathBuf> {
    let below = |file: &&PathBuf| file.starts_with(path);
    files.iter().filter(below).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_waited_for_above() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("config/hive/config.toml");
        let files = [file.clone()];
        let only = |path: &Path| BTreeSet::from([path.to_path_buf()]);
        assert_eq!(directories(&files), only(home.path()));
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        assert_eq!(directories(&files), only(file.parent().unwrap()));
        assert_eq!(concerned(&files, &home.path().join("config")), [&file]);
        assert_eq!(concerned(&files, &file), [&file]);
        assert!(concerned(&files, &home.path().join("other")).is_empty());
        assert!(directories(&["/no-such-directory/file".into()]).is_empty());
    }
}
