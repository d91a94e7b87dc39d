//! A place to write in.

use std::fs;
use std::path::PathBuf;

use hive::repo::Place;
use hive::writing::Writer;

/// A directory that looks like a repository, on the disk that the build uses.
pub(crate) struct Ground {
    dir: tempfile::TempDir,
}

impl Ground {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        fs::create_dir_all(dir.path().join(".git")).unwrap();
        fs::write(dir.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        Self { dir }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.dir.path().canonicalize().unwrap()
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer::for_repository(&Place::at(&self.root()).unwrap()).unwrap()
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Everything in a directory of hive's.
    pub(crate) fn hive(&self, name: &str) -> Vec<PathBuf> {
        let dir = self.root().join(".git/hive").join(name);
        let entries = fs::read_dir(dir).unwrap();
        let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let index = path.extension().is_some_and(|end| end == "index");
            !index && !name.starts_with(".pruned")
        });
        paths
    }
}
