//! A repository to land in, made by the real git.

use std::collections::HashSet;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use hive::landing::reconcile::{Dirty, Judge};
use hive::landing::{
    Draft, Fix, Held, LandError, Layer, Left, Options, Order, Outcome, Site, Target, Terms, land,
    recover,
};
use hive::repo::{Oid, Place, RepoPath};

pub(crate) const BEFORE: &str = "import os\nimport sys\n\n\ndef f():\n    return sys.path\n\n\ndef g():\n    return 1\n\n\ndef h( ):\n    return 2\n";
pub(crate) const AFTER: &str = "import sys\n\n\ndef f():\n    return sys.path\n\n\ndef g():\n    return 1\n\n\ndef h():\n    return 2\n";

pub(crate) struct Ground {
    /// Goes when the test is over.
    _dir: Option<tempfile::TempDir>,
    pub(crate) root: PathBuf,
    pub(crate) dirty: Dirty,
    pub(crate) target: Target,
    pub(crate) fold: Option<Terms>,
}

/// Accepts every merge: what reconcile asks of a judge is tested there.
pub(crate) struct Lenient;

impl Judge for Lenient {
    fn merged(&self, _: &RepoPath, _: &[u8], _: &[u8]) -> Result<(), String> {
        Ok(())
    }

    fn has_findings(&self, _: &RepoPath, _: &[u8], _: &[String]) -> Result<bool, String> {
        Ok(true)
    }
}

impl Ground {
    /// A repository with `a.py` committed on `main`.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(init: &[&str]) -> Self {
        let ground = Self::empty(init);
        ground.write("a.py", BEFORE);
        ground.write("b.txt", "other\n");
        ground.commit("first");
        ground
    }

    pub(crate) fn empty(init: &[&str]) -> Self {
        let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let root = dir.path().canonicalize().unwrap().join("work");
        fs::create_dir(&root).unwrap();
        let ground = Self {
            _dir: Some(dir),
            root,
            dirty: Dirty::Merge,
            target: Target::Head,
            fold: None,
        };
        ground.git(&[&["init", "-q", "-b", "main"], init].concat());
        ground.git(&["config", "user.name", "Ada"]);
        ground.git(&["config", "user.email", "ada@example.org"]);
        ground
    }

    /// One that another process has made.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self {
            _dir: None,
            root,
            dirty: Dirty::Merge,
            target: Target::Head,
            fold: None,
        }
    }

    /// Where no configuration of the person is.
    fn home(&self) -> PathBuf {
        self.root.parent().unwrap().to_owned()
    }

    /// The same repository seen from a linked work tree.
    pub(crate) fn linked(&self, branch: &str) -> (PathBuf, Site) {
        let root = self.home().join(branch);
        self.git(&[
            "worktree",
            "add",
            "-q",
            "-b",
            branch,
            root.to_str().unwrap(),
        ]);
        let site = Site::at(Place::at(&root).unwrap()).unwrap();
        (root, site)
    }

    pub(crate) fn site(&self) -> Site {
        Site::at(Place::at(&self.root).unwrap()).unwrap()
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("HOME", self.home())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null());
        command
    }

    #[track_caller]
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(
            output.status.success(),
            "git {args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap()
    }

    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }

    pub(crate) fn oid(&self, rev: &str) -> Oid {
        self.git(&["rev-parse", rev]).trim().parse().unwrap()
    }

    pub(crate) fn fix(&self, path: &str, after: &str) -> Fix {
        Fix {
            id: 1,
            path: RepoPath::new(path).unwrap(),
            before: self.oid(&format!("HEAD:{path}")),
            after: after.as_bytes().to_vec(),
            same_class: false,
            codes: vec!["F401".to_owned()],
            on_save: None,
        }
    }

    /// Lands fixes of `HEAD`, one layer each list.
    pub(crate) fn try_land(&self, layers: Vec<Vec<Fix>>) -> Result<Outcome, LandError> {
        let reference = self
            .command(&["symbolic-ref", "-q", "HEAD"])
            .output()
            .unwrap();
        let reference = String::from_utf8(reference.stdout).unwrap();
        let reference = reference.trim();
        let reference = (!reference.is_empty()).then(|| reference.to_owned());
        self.land_at(&self.site(), self.oid("HEAD"), reference, layers)
    }

    pub(crate) fn land_at(
        &self,
        site: &Site,
        tip: Oid,
        reference: Option<String>,
        layers: Vec<Vec<Fix>>,
    ) -> Result<Outcome, LandError> {
        let author = |draft: &Draft| Ok::<_, Held>(commit(draft));
        let order = Order {
            tip,
            reference,
            layers: layers
                .into_iter()
                .enumerate()
                .map(|(at, fixes)| Layer {
                    stage: format!("stage{at}"),
                    fixes,
                    message: Box::new(move |going| format!("fix {at}: {} files\n", going.len())),
                })
                .collect(),
            options: Options {
                dirty: self.dirty,
                target: self.target.clone(),
                fold: self.fold,
                max_file_size: 1 << 20,
                kept: &|_| None,
                author: &author,
                record: &|_| Ok(()),
            },
        };
        let hive = PathBuf::from(env!("CARGO_BIN_EXE_hive"));
        land(site, order, &Lenient, &hive, &mut None)
    }

    /// Lands the usual fix of `a.py`, which must go.
    #[track_caller]
    pub(crate) fn land(&self) -> Vec<Oid> {
        match self.try_land(vec![vec![self.fix("a.py", AFTER)]]).unwrap() {
            Outcome::Landed { commits, .. } => commits.into_iter().map(|commit| commit.0).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// The reason why the only path did not go.
    #[track_caller]
    pub(crate) fn left(&self) -> Left {
        match self.try_land(vec![vec![self.fix("a.py", AFTER)]]).unwrap() {
            Outcome::Nothing { mut left } => left.remove(0).1,
            other => panic!("{other:?}"),
        }
    }

    /// What must hold after anything: a sound repository, no lock, nothing of hive's
    /// landing left, and a second recovery finds nothing.
    #[track_caller]
    pub(crate) fn is_sound(&self) {
        self.git(&["fsck", "--strict"]);
        assert_eq!(self.traces(), HashSet::new());
        assert!(recover(&self.site(), &|_| Ok(())).unwrap().is_empty());
    }

    /// Locks, intents and prepared files.
    pub(crate) fn traces(&self) -> HashSet<PathBuf> {
        let mut found = HashSet::new();
        let mut todo = vec![self.root.join(".git")];
        while let Some(directory) = todo.pop() {
            for entry in fs::read_dir(directory).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap();
                let ours = path.starts_with(self.root.join(".git/hive/landing"));
                if path.is_dir() {
                    todo.push(path);
                } else if name != "landing.lock"
                    && (path.extension().is_some_and(|end| end == "lock") || ours)
                {
                    found.insert(path);
                }
            }
        }
        found
    }
}

fn commit(draft: &Draft) -> Vec<u8> {
    use std::fmt::Write;
    let mut text = format!("tree {}\n", draft.tree);
    for parent in &draft.parents {
        writeln!(text, "parent {parent}").unwrap();
    }
    let who = "Ada <ada@example.org> 1700000000 +0100";
    write!(text, "author {who}\ncommitter {who}\n\n{}", draft.message).unwrap();
    text.into_bytes()
}
