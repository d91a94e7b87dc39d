//! Looks at histories that the real git made.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Mark, Seen, Whose, Work, look, stamp};
use crate::repo::{Oid, Place};

mod branches;
mod ownership;
mod sequences;

/// A repository, and what is remembered between looks.
struct World {
    home: tempfile::TempDir,
    root: PathBuf,
    marks: Vec<Mark>,
    ours: HashSet<Oid>,
}

impl World {
    /// An empty repository with a user.
    fn empty(options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("work");
        fs::create_dir(&root).unwrap();
        let world = Self {
            home,
            root,
            marks: Vec::new(),
            ours: HashSet::new(),
        };
        let mut init = vec!["init", "-q", "-b", "main"];
        init.extend(options);
        world.git(&init);
        world.identify();
        world
    }

    /// A repository with one commit (`a.py`, `b.py`) that was there before hive.
    fn begun() -> Self {
        let mut world = Self::empty(&[]);
        world.commit("a.py", "a\nb\nc\n");
        world.commit("b.py", "1\n");
        assert!(world.first().work.is_empty());
        world
    }

    fn identify(&self) {
        self.git(&["config", "user.name", "Ann"]);
        self.git(&["config", "user.email", "ann@example.org"]);
        self.git(&["config", "commit.gpgsign", "false"]);
    }

    /// Another work tree of the same repository, with its own marks.
    fn elsewhere(root: PathBuf) -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            root,
            marks: Vec::new(),
            ours: HashSet::new(),
        }
    }

    fn place(&self) -> Place {
        Place::at(&self.root).unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        let (ok, text) = self.try_git(args);
        assert!(ok, "git {args:?}: {text}");
        text
    }

    #[expect(clippy::disallowed_methods, reason = "tests set up real repositories")]
    fn try_git(&self, args: &[&str]) -> (bool, String) {
        let done = std::process::Command::new("git")
            .args(args)
            .current_dir(&self.root)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_EDITOR", "true")
            .env_remove("GIT_DIR")
            .env_remove("GIT_INDEX_FILE")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&done.stdout).trim().to_owned();
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        (
            done.status.success(),
            format!("{text}{}", if done.status.success() { "" } else { &said }),
        )
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Writes a file and commits it, and nothing else, as Ann.
    fn commit(&self, path: &str, text: &str) -> Oid {
        self.write(path, text);
        self.git(&["add", path]);
        self.git(&["commit", "-q", "-m", &format!("change {path}")]);
        self.oid("HEAD")
    }

    /// The same by somebody else.
    fn foreign(&self, path: &str, text: &str) -> Oid {
        self.write(path, text);
        self.git(&["add", path]);
        let who = ["-c", "user.name=Bob", "-c", "user.email=bob@example.org"];
        let what = ["commit", "-q", "-m", "by Bob"];
        self.git(&[&who[..], &what].concat());
        self.oid("HEAD")
    }

    fn oid(&self, rev: &str) -> Oid {
        self.git(&["rev-parse", rev]).parse().unwrap()
    }

    fn content(&self, blob: Oid) -> String {
        self.git(&["cat-file", "blob", &blob.to_string()])
    }

    fn first(&mut self) -> Seen {
        let seen = look(&self.place(), &self.marks, &|_| Whose::Person, true).unwrap();
        self.keep(&seen);
        seen
    }

    fn look(&mut self) -> Seen {
        let place = self.place();
        let seen = look(&place, &self.marks, &|oid| whose(&self.ours, oid), false).unwrap();
        self.keep(&seen);
        let again = look(&place, &self.marks, &|oid| whose(&self.ours, oid), false).unwrap();
        assert!(
            again.work.is_empty() && again.own.is_empty() && again.marks.is_empty(),
            "a second look finds nothing: {again:?}"
        );
        for work in &seen.work {
            let at_tip = self.oid(&format!("HEAD:{}", work.path));
            assert_eq!(work.blob, at_tip, "{}", work.path);
            assert_eq!(work.versions.last().unwrap().0, at_tip, "{}", work.path);
            let base = work.base.map(|base| (base, false));
            assert_eq!(base.is_some(), !work.versions[0].1, "{work:?}");
            assert!(base.is_none() || base == work.versions.first().copied());
        }
        seen
    }

    fn keep(&mut self, seen: &Seen) {
        for mark in &seen.marks {
            self.marks.retain(|old| old.reference != mark.reference);
            self.marks.push(mark.clone());
        }
        self.marks
            .retain(|mark| !seen.gone.contains(&mark.reference));
    }

    /// The paths that the next look finds.
    fn paths(&mut self) -> Vec<String> {
        paths(&self.look())
    }
}

fn paths(seen: &Seen) -> Vec<String> {
    seen.work.iter().map(|work| work.path.to_string()).collect()
}

fn only(seen: &Seen) -> &Work {
    assert_eq!(seen.work.len(), 1, "{seen:?}");
    &seen.work[0]
}

/// A colleague's clone, which can push to the repository's remote.
fn clone(world: &World, from: &Path, name: &str) -> World {
    let root = world.home.path().join(name);
    world.git(&[
        "clone",
        "-q",
        from.to_str().unwrap(),
        root.to_str().unwrap(),
    ]);
    let clone = World::elsewhere(root);
    clone.identify();
    clone
}

/// As a database tells it in which these are hive's.
fn whose(ours: &HashSet<Oid>, oid: &Oid) -> Whose {
    if ours.contains(oid) {
        Whose::Hive
    } else {
        Whose::Person
    }
}
