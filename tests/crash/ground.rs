//! Repositories that are made once and copied for every case, and what git says of them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What the person has left in index and work tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum State {
    Clean,
    Staged,
    Dirty,
    Both,
}

pub(crate) const STATES: [State; 4] = [State::Clean, State::Staged, State::Dirty, State::Both];

/// The files that want fixing.
pub(crate) const FILES: [&str; 3] = ["a.py", "c.py", "p/d.py"];
/// What the person has written into each of them and into `notes.txt`.
pub(crate) const STAGED: &str = "# mine, staged";
pub(crate) const DIRTY: &str = "# mine, not staged";

fn messy(name: &str) -> String {
    let body: Vec<String> = (1..=6).map(|at| format!("    x += {at}\n")).collect();
    let body = body.concat();
    format!(
        "import os\nimport sys\n\n\ndef {name}(x):\n{body}    return sys.path, x\n\n\ndef middle(x):\n\
         {body}    return x\n\n\ndef last( x ):\n{body}    return x\n"
    )
}

/// What hive makes of any of these files.
pub(crate) fn fixed(text: &str) -> String {
    text.replacen("import os\n", "", 1)
        .replacen("def last( x ):", "def last(x):", 1)
}

/// A person's edit in the middle of a file, away from what is fixed.
pub(crate) fn edited(text: &str, line: &str) -> String {
    match text.split_once("def middle(x):\n    x += 1\n    x += 2\n") {
        Some((head, tail)) => {
            format!("{head}def middle(x):\n    x += 1\n    x += 2\n    {line}\n{tail}")
        }
        None => format!("{text}{line}\n"),
    }
}

/// The repositories that are copied.
pub(crate) struct Prepared {
    _directory: TempDir,
    of: BTreeMap<State, PathBuf>,
}

impl Prepared {
    pub(crate) fn new() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let home = directory.path().canonicalize().unwrap();
        let of = STATES.map(|state| {
            let root = home.join(format!("{state:?}"));
            fs::create_dir(&root).unwrap();
            make(&root, state);
            (state, root)
        });
        Self {
            _directory: directory,
            of: of.into_iter().collect(),
        }
    }

    pub(crate) fn copy(&self, state: State) -> Ground {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let home = directory.path().canonicalize().unwrap();
        let root = home.join("work");
        copy(&self.of[&state], &root);
        let ground = Ground {
            _directory: Some(directory),
            root,
        };
        // Copied files have other inodes than the index knows.
        ground.git(&["update-index", "-q", "--refresh"]);
        ground
    }
}

fn make(root: &Path, state: State) {
    let ground = Ground {
        _directory: None,
        root: root.to_path_buf(),
    };
    ground.must(&["init", "-q", "-b", "main", "--template="]);
    ground.must(&["config", "user.name", "Ada"]);
    ground.must(&["config", "user.email", "ada@example.org"]);
    ground.must(&["config", "gc.auto", "0"]);
    for (path, name) in FILES.iter().zip(["one", "two", "three"]) {
        ground.write(path, &messy(name));
    }
    ground.write("notes.txt", "first\nsecond\nthird\n");
    ground.must(&["add", "-A"]);
    ground.must(&["commit", "-q", "-m", "mine: begin"]);
    let edit = |line: &str| {
        for path in ["a.py", "c.py", "notes.txt"] {
            ground.write(path, &edited(&ground.read(path), line));
        }
    };
    if matches!(state, State::Staged | State::Both) {
        edit(STAGED);
        ground.must(&["add", "-A"]);
    }
    if matches!(state, State::Dirty | State::Both) {
        edit(DIRTY);
    }
}

pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

/// One repository of a case.
pub(crate) struct Ground {
    _directory: Option<TempDir>,
    pub(crate) root: PathBuf,
}

impl Ground {
    /// One that another process has made.
    pub(crate) fn at(root: PathBuf) -> Self {
        Self {
            _directory: None,
            root,
        }
    }

    /// A name beside the work tree.
    pub(crate) fn outside(&self, name: &str) -> PathBuf {
        self.root.with_file_name(name)
    }

    pub(crate) fn git(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// A git command that somebody else waits for.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(&self.root)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.outside("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::null());
        command
    }

    /// What a git command says that must succeed.
    #[track_caller]
    pub(crate) fn must(&self, args: &[&str]) -> String {
        let output = self.git(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git {args:?}: {said}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.root.join(path)).unwrap_or_default()
    }

    /// Contents of objects by their names, in one question; `None` for what is not there.
    pub(crate) fn contents(&self, names: &[String]) -> Vec<Option<(String, String)>> {
        let mut child = self
            .command(&["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = names.join("\n") + "\n";
        // Some names fit any pipe; the answers are read to their end.
        child
            .stdin
            .take()
            .unwrap()
            .write_all(lines.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap().stdout;
        let mut rest = output.as_slice();
        let mut found = Vec::new();
        for _ in names {
            let end = rest.iter().position(|byte| *byte == b'\n').unwrap();
            let head = String::from_utf8_lossy(&rest[..end]).into_owned();
            rest = &rest[end + 1..];
            let words: Vec<&str> = head.split(' ').collect();
            let Some(size) = words.get(2).and_then(|size| size.parse::<usize>().ok()) else {
                found.push(None);
                continue;
            };
            let text = String::from_utf8_lossy(&rest[..size]).into_owned();
            found.push(Some((words[0].to_owned(), text)));
            rest = &rest[size + 1..];
        }
        found
    }

    /// The id of a commit or object.
    #[track_caller]
    pub(crate) fn oid(&self, revision: &str) -> String {
        self.must(&["rev-parse", revision]).trim().to_owned()
    }

    /// Every line that the person has written, by file: where it must be.
    pub(crate) fn written(state: State) -> Written {
        let mut lines = Vec::new();
        for path in ["a.py", "c.py", "notes.txt"] {
            if matches!(state, State::Staged | State::Both) {
                lines.push((path.to_owned(), STAGED.to_owned()));
            }
            if matches!(state, State::Dirty | State::Both) {
                lines.push((path.to_owned(), DIRTY.to_owned()));
            }
        }
        Written {
            state,
            lines,
            may_be_rescued: false,
        }
    }

    /// Demands that git finds everything sound, that nobody has locked anything, and that
    /// the index tells the truth about the files.
    #[track_caller]
    pub(crate) fn is_sound(&self, case: &str) {
        self.must(&["fsck", "--strict", "--no-dangling"]);
        self.has_no_lock(case);
        self.index_is_true(case);
    }

    /// Demands that nobody has locked anything.
    #[track_caller]
    pub(crate) fn has_no_lock(&self, case: &str) {
        let locks: Vec<_> = files(&self.root.join(".git"))
            .into_iter()
            .filter(|path| {
                let own = ["landing.lock", "agent.lock", "lease.lock"];
                path.extension().is_some_and(|end| end == "lock")
                    && !own.iter().any(|name| path.ends_with(name))
            })
            .collect();
        assert!(locks.is_empty(), "{case}: {locks:?}");
    }

    /// What `git status` calls unmodified has the bytes that the index says.
    #[track_caller]
    pub(crate) fn index_is_true(&self, case: &str) {
        let status = self.must(&["status", "--porcelain", "--untracked-files=no"]);
        let modified: Vec<&str> = status
            .lines()
            .filter(|line| line.as_bytes().get(1) != Some(&b' '))
            .map(|line| &line[3..])
            .collect();
        let listed = self.must(&["ls-files", "--stage"]);
        let entries: Vec<(&str, &str)> = listed
            .lines()
            .filter_map(|line| {
                let (about, path) = line.split_once('\t')?;
                Some((about.split(' ').nth(1)?, path))
            })
            .filter(|(_, path)| self.root.join(path).exists())
            .collect();
        let paths: Vec<&str> = entries.iter().map(|entry| entry.1).collect();
        let hashes = self.must(&[&["hash-object", "--"], &paths[..]].concat());
        for ((oid, path), hash) in entries.iter().zip(hashes.lines()) {
            assert_eq!(
                *oid != hash,
                modified.contains(path),
                "{case}: the index lies about {path}\n{status}"
            );
        }
    }

    /// Everything that helps to understand a failure.
    pub(crate) fn told(&self) -> String {
        let say = |args: &[&str]| String::from_utf8_lossy(&self.git(args).stdout).into_owned();
        [
            say(&["log", "--oneline", "--all", "-8"]),
            say(&["reflog", "-8"]),
            say(&["status", "--short"]),
            say(&["diff", "HEAD"]),
            format!("{:?}", files(&self.root.join(".git/hive"))),
        ]
        .join("\n")
    }
}

/// All files below a directory.
pub(crate) fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![directory.to_path_buf()];
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                todo.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found
}

/// What a person has written, and where all of it must be.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) state: State,
    /// Paths and lines.
    pub(crate) lines: Vec<(String, String)>,
    /// Where a step fails by which a save is put back, it is kept and reported.
    pub(crate) may_be_rescued: bool,
}

impl Written {
    pub(crate) fn add(&mut self, path: &str, line: &str) {
        self.lines.push((path.to_owned(), line.to_owned()));
    }

    /// Demands that every line is in its file, each once, and what was staged in the
    /// index, too.
    #[track_caller]
    pub(crate) fn is_there(&self, ground: &Ground, case: &str) {
        for (path, line) in &self.lines {
            let text = ground.read(path);
            let count = text.lines().filter(|one| one.trim() == line).count();
            let rescued = count == 0 && self.may_be_rescued && is_rescued(ground, line);
            assert!(
                count == 1 || rescued,
                "{case}: `{line}` is {count} times in {path}:\n{text}\n{}",
                ground.told()
            );
        }
        if matches!(self.state, State::Staged | State::Both) {
            let paths = ["a.py", "c.py", "notes.txt"];
            let names = paths.map(|path| format!(":{path}"));
            for (path, found) in paths.iter().zip(ground.contents(&names)) {
                let (_, text) = found.unwrap();
                let there = text.lines().any(|line| line.trim() == STAGED);
                assert!(there, "{case}: staged in {path} is lost\n{}", ground.told());
            }
        }
    }
}

/// Whether a line is in a rescued file.
fn is_rescued(ground: &Ground, line: &str) -> bool {
    files(&ground.root.join(".git/hive/rescue"))
        .iter()
        .any(|file| fs::read_to_string(file).is_ok_and(|text| text.contains(line)))
}
