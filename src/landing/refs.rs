//! HEAD, the branch and their logs, as files.
//!
//! hive takes the locks of references by linking prepared files to the names that git
//! uses (`HEAD.lock`, `refs/heads/x.lock`). A lock thus appears with its content, and as
//! long as the prepared file keeps its own name, its inode cannot be given away: after
//! a crash "same inode" proves that a lock is ours. A library's lock file is empty for a
//! moment, and what is empty could be anybody's.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::repo::{Oid, reftable};

/// How many names for other names are followed, as git does.
const NAMES: usize = 5;

/// What HEAD says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Head {
    /// On this branch.
    On(String),
    /// On no branch.
    Detached(Oid),
}

/// Where the references of a work tree are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Refs {
    /// The work tree's own git directory: HEAD.
    pub(super) git_dir: PathBuf,
    /// The one of all work trees: branches.
    pub(super) common_dir: PathBuf,
}

impl Refs {
    /// Reads HEAD; `None` if it is no file that git writes.
    pub(super) fn head(&self) -> io::Result<Option<Head>> {
        if reftable::is_used(&self.common_dir) {
            let head = reftable::read(&self.git_dir)?.head;
            return Ok(match (head.reference, head.tip) {
                (Some(name), _) => Some(Head::On(name)),
                (None, tip) => tip.map(Head::Detached),
            });
        }
        let text = fs::read_to_string(self.git_dir.join("HEAD"))?;
        let text = text.trim_end();
        Ok(match text.strip_prefix("ref:") {
            Some(name) => Some(Head::On(name.trim_start().to_owned())),
            None => text.parse().ok().map(Head::Detached),
        })
    }

    /// What a branch points to now, without any cache; where it is a name for another one,
    /// that one. `None` for no such branch.
    pub(super) fn value(&self, name: &str) -> io::Result<Option<Oid>> {
        if reftable::is_used(&self.common_dir) {
            return Ok(reftable::read(&self.git_dir)?.refs.get(name).copied());
        }
        let mut name = name.to_owned();
        for _ in 0..=NAMES {
            let Some(text) = self.text(&name)? else {
                return Ok(None);
            };
            match other(&text) {
                Some(next) => next.clone_into(&mut name),
                None => return Ok(text.trim_end().parse().ok()),
            }
        }
        // In a circle.
        Ok(None)
    }

    /// What a branch says: the loose file first, then the packed ones.
    fn text(&self, name: &str) -> io::Result<Option<String>> {
        match fs::read_to_string(self.common_dir.join(name)) {
            Ok(text) => return Ok(Some(text)),
            Err(error) if is_absent(&error) => {}
            Err(error) => return Err(error),
        }
        let packed = match fs::read(self.common_dir.join("packed-refs")) {
            Err(error) if is_absent(&error) => return Ok(None),
            packed => packed?,
        };
        let found = packed.split(|byte| *byte == b'\n').find_map(|line| {
            let line = std::str::from_utf8(line).ok()?;
            let (oid, packed) = line.split_once(' ')?;
            (packed == name).then(|| oid.to_owned())
        });
        // Packed and its loose file removed between the two reads, or the reverse.
        Ok(found.or_else(|| fs::read_to_string(self.common_dir.join(name)).ok()))
    }

    /// The tip: of the branch, or of a detached HEAD; `None` if HEAD is elsewhere.
    pub(super) fn tip(&self, reference: Option<&str>) -> io::Result<Option<Oid>> {
        match (self.head()?, reference) {
            (Some(Head::On(name)), Some(reference)) if name == reference => self.value(&name),
            (Some(Head::Detached(oid)), None) => Ok(Some(oid)),
            _ => Ok(None),
        }
    }

    /// The file that holds what a commit moves: the branch, or HEAD itself.
    pub(super) fn moved(&self, reference: Option<&str>) -> PathBuf {
        match reference {
            Some(name) => self.common_dir.join(name),
            None => self.git_dir.join("HEAD"),
        }
    }

    /// The logs that a commit is written to, HEAD's first.
    pub(super) fn logs(&self, reference: Option<&str>) -> Vec<PathBuf> {
        let mut logs = vec![self.git_dir.join("logs/HEAD")];
        logs.extend(reference.map(|name| self.common_dir.join("logs").join(name)));
        logs
    }
}

/// The reference that the text of another one names, if it does. None beside the
/// references: what is written there is no branch.
fn other(text: &str) -> Option<&str> {
    let name = text.strip_prefix("ref:")?.trim();
    let inside = name.starts_with("refs/") && !name.split('/').any(|part| part == "..");
    inside.then_some(name)
}

/// Whether the file of a reference makes it a name for another one.
pub(super) fn is_symbolic(file: &Path) -> bool {
    fs::read(file).is_ok_and(|text| text.starts_with(b"ref:"))
}

/// Nothing of that name, or a directory where a file would be.
fn is_absent(error: &io::Error) -> bool {
    use io::ErrorKind::{IsADirectory, NotADirectory, NotFound};
    matches!(error.kind(), NotFound | IsADirectory | NotADirectory)
}

/// The name of the lock of a file.
pub(super) fn lock_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}

/// Whether two names are the same file; `false` if either is absent.
pub(super) fn is_same_file(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| {
        fs::symlink_metadata(path)
            .ok()
            .map(|status| (status.dev(), status.ino()))
    };
    id(one).is_some_and(|found| id(other) == Some(found))
}

/// A lock that was taken by linking `prepared` to its name. Dropping it removes the
/// name, unless it was renamed.
#[derive(Debug)]
pub(super) struct Lock {
    path: PathBuf,
    held: bool,
}

impl Lock {
    /// Tries once; `None` if somebody holds it.
    pub(super) fn take(prepared: &Path, target: &Path) -> io::Result<Option<Self>> {
        let path = lock_of(target);
        match fs::hard_link(prepared, &path) {
            Ok(()) => Ok(Some(Self { path, held: true })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts the prepared file at its place, which releases the lock.
    pub(super) fn publish(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.held = false;
        Ok(())
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.held {
            // Ours: link(2) has made it, and nobody removes another's lock.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What is appended to the logs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LogLine {
    /// The whole line.
    pub(super) text: String,
    /// Whether a log that does not exist is made (`core.logAllRefUpdates`); one that
    /// exists is always written.
    pub(super) create: bool,
}

impl LogLine {
    /// The line for a commit, as git writes it; `what` is what was done, and the commit's
    /// subject.
    pub(super) fn new(
        old: &Oid,
        new: &Oid,
        committer: &str,
        what: (&str, &str),
        create: bool,
    ) -> Self {
        let (action, subject) = what;
        let subject = subject.replace(['\n', '\t', '\0'], " ");
        Self {
            text: format!("{old} {new} {committer}\t{action}: {}\n", subject.trim()),
            create,
        }
    }

    /// No line: nothing that is logged moves.
    pub(super) fn none() -> Self {
        Self {
            text: String::new(),
            create: false,
        }
    }

    /// Opens the logs before anything is visible; `None` for one that is not kept.
    pub(super) fn open(&self, log: &Path) -> io::Result<Option<File>> {
        if self.create
            && let Some(directory) = log.parent()
        {
            fs::create_dir_all(directory)?;
        }
        match OpenOptions::new()
            .append(true)
            .create(self.create)
            .open(log)
        {
            Ok(file) => Ok(Some(file)),
            Err(error) if !self.create && is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Appends to an opened log, in one write.
    pub(super) fn append(&self, log: &mut File) -> io::Result<()> {
        log.write_all(self.text.as_bytes())
    }

    /// Takes the line off the end of a log again: the commit did not happen. Only while
    /// the lock of the reference is held.
    pub(super) fn take_off(&self, log: &Path) -> io::Result<bool> {
        let text = match fs::read(log) {
            Err(error) if is_absent(&error) => return Ok(false),
            text => text?,
        };
        let Some(before) = text.strip_suffix(self.text.as_bytes()) else {
            return Ok(false);
        };
        let file = OpenOptions::new().write(true).open(log)?;
        file.set_len(before.len() as u64)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refs(dir: &Path) -> Refs {
        Refs {
            git_dir: dir.to_owned(),
            common_dir: dir.to_owned(),
        }
    }

    #[test]
    fn a_loose_branch_wins_over_a_packed_one() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        fs::write(
            dir.path().join("packed-refs"),
            format!("# pack-refs with: peeled\n{a} refs/heads/main\n{b} refs/tags/v1\n^{a}\n"),
        )
        .unwrap();
        let refs = refs(dir.path());
        let value = |name: &str| refs.value(name).unwrap().map(|oid| oid.to_string());
        assert_eq!(value("refs/heads/main"), Some(a.clone()));
        assert_eq!(value("refs/heads/mai"), None);
        fs::create_dir_all(dir.path().join("refs/heads")).unwrap();
        fs::write(dir.path().join("refs/heads/main"), format!("{b}\n")).unwrap();
        assert_eq!(value("refs/heads/main"), Some(b.clone()));
        fs::write(dir.path().join("HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(
            refs.tip(Some("refs/heads/main"))
                .unwrap()
                .map(|oid| oid.to_string()),
            Some(b)
        );
        assert_eq!(refs.tip(None).unwrap(), None);
        assert_eq!(refs.tip(Some("refs/heads/other")).unwrap(), None);
    }

    #[test]
    fn a_branch_that_is_a_name_is_followed() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        fs::create_dir_all(dir.path().join("refs/heads")).unwrap();
        let put = |name: &str, text: &str| {
            fs::write(dir.path().join("refs/heads").join(name), text).unwrap();
        };
        let packed = format!("{a} refs/heads/packed\n");
        fs::write(dir.path().join("packed-refs"), packed).unwrap();
        put("loose", &format!("{b}\n"));
        put("one", "ref: refs/heads/loose\n");
        put("two", "ref: refs/heads/one\n");
        put("three", "ref: refs/heads/packed\n");
        put("round", "ref: refs/heads/round\n");
        put("unborn", "ref: refs/heads/nothing\n");
        put("outside", "ref: refs/../../elsewhere\n");
        let refs = refs(dir.path());
        for (name, expected) in [
            ("one", Some(&b)),
            ("two", Some(&b)),
            ("three", Some(&a)),
            ("round", None),
            ("unborn", None),
            ("outside", None),
        ] {
            let value = refs.value(&format!("refs/heads/{name}")).unwrap();
            assert_eq!(
                value.map(|oid| oid.to_string()).as_ref(),
                expected,
                "{name}"
            );
            let file = dir.path().join("refs/heads").join(name);
            assert!(is_symbolic(&file), "{name}");
        }
        assert!(!is_symbolic(&dir.path().join("refs/heads/loose")));
    }

    #[test]
    fn a_lock_is_whole_when_it_appears_and_taken_once() {
        let dir = tempfile::tempdir().unwrap();
        let (prepared, target) = (dir.path().join("new"), dir.path().join("ref"));
        fs::write(&prepared, "content").unwrap();
        fs::write(&target, "old").unwrap();
        let lock = Lock::take(&prepared, &target).unwrap().unwrap();
        assert!(is_same_file(&prepared, &lock_of(&target)));
        assert!(Lock::take(&prepared, &target).unwrap().is_none());
        drop(lock);
        assert!(!lock_of(&target).exists());
        let lock = Lock::take(&prepared, &target).unwrap().unwrap();
        lock.publish(&target).unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "content");
        assert!(!lock_of(&target).exists());
    }

    #[test]
    fn only_our_line_comes_off_a_log() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("log");
        let oid: Oid = "a".repeat(40).parse().unwrap();
        let line = LogLine::new(&oid, &oid, "A <a@b> 1 +0000", ("commit", "x\ny"), true);
        assert!(line.text.ends_with("\tcommit: x y\n"));
        fs::write(&log, "first\n").unwrap();
        assert!(!line.take_off(&log).unwrap());
        line.append(&mut line.open(&log).unwrap().unwrap()).unwrap();
        assert!(line.take_off(&log).unwrap());
        assert_eq!(fs::read_to_string(&log).unwrap(), "first\n");
        let quiet = LogLine {
            create: false,
            ..line
        };
        assert!(quiet.open(&dir.path().join("absent")).unwrap().is_none());
    }
}
