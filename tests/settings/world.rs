//! A private home and a repository for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hive::repo::Place;

/// A private home and a repository, gone at the end of the test.
pub(crate) struct World {
    pub(crate) home: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

/// How a command ended and all it said, with the temporary home as `~`.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap().join("work");
        fs::create_dir(&root).unwrap();
        let world = Self { home, root };
        world.git(&["init", "-q"]);
        world
    }

    pub(crate) fn git(&self, args: &[&str]) {
        let done = self.command("git").args(args).output().unwrap();
        assert!(done.status.success(), "{args:?} {done:?}");
    }

    pub(crate) fn command(&self, program: &str) -> Command {
        let home = self.home.path();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .current_dir(&self.root);
        command
    }

    pub(crate) fn hive(&self, args: &[&str]) -> Said {
        self.hive_with(args, &[])
    }

    pub(crate) fn hive_with(&self, args: &[&str], variables: &[(&str, &str)]) -> Said {
        self.hive_in(&self.root, args, variables)
    }

    pub(crate) fn hive_in(
        &self,
        directory: &Path,
        args: &[&str],
        variables: &[(&str, &str)],
    ) -> Said {
        let done = self
            .command(env!("CARGO_BIN_EXE_hive"))
            .args(args)
            .envs(variables.iter().copied())
            .current_dir(directory)
            .output()
            .unwrap();
        let home = self.home.path().canonicalize().unwrap();
        let text = |bytes: &[u8]| {
            String::from_utf8(bytes.to_vec())
                .unwrap()
                .replace(home.to_str().unwrap(), "~")
                .replace(self.home.path().to_str().unwrap(), "~")
        };
        Said {
            code: done.status.code(),
            out: text(&done.stdout),
            err: text(&done.stderr),
        }
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn place(&self) -> Place {
        Place::find(&self.root).unwrap()
    }
}

impl Said {
    pub(crate) fn clean(out: &str, err: &str) -> Self {
        Self {
            code: Some(0),
            out: out.to_owned(),
            err: err.to_owned(),
        }
    }

    pub(crate) fn refused(err: &str) -> Self {
        Self {
            code: Some(2),
            out: String::new(),
            err: err.to_owned(),
        }
    }
}
