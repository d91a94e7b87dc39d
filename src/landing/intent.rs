//! The write-ahead record of a landing: a file that is complete or absent.
//!
//! It is a file and no row, because recovery must work when the database is gone or is
//! held by somebody else. It names every temporary file of the landing before it is
//! made. What the page on landing calls "their inodes" needs no second write: the
//! prepared files keep their names until the landing is over, so a lock is ours if it is
//! the same file as the prepared one *now*, and no inode can have been given away.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::order::Manner;
use super::refs::{LogLine, Refs};
use super::site::Site;
use crate::crash;
use crate::repo::place::private_dir;
use crate::repo::{Oid, RepoPath, WorktreeId};

/// The version of the record.
const VERSION: u32 = 1;
const SUFFIX: &str = "intent";

/// A landing that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Intent {
    version: u32,
    pub(super) worktree: WorktreeId,
    pub(super) refs: Refs,
    /// The branch; `None` with a detached HEAD.
    pub(super) reference: Option<String>,
    pub(super) tip: Oid,
    /// The commits, oldest first, with the layers they are of.
    pub(super) commits: Vec<(Oid, usize)>,
    /// The fixes that land, by their ids.
    pub(super) fixes: Vec<u64>,
    pub(super) log: LogLine,
    /// What becomes of the branch; on top of the tip in those of an older hive.
    #[serde(default)]
    pub(super) manner: Manner,
    pub(super) temps: Temps,
    pub(super) paths: Vec<Changed>,
    /// The file that the prepared index takes the place of, where that is not the index:
    /// the one that a `git commit -a` keeps while its hooks run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<PathBuf>,
}

impl Intent {
    /// The file that the prepared index takes the place of.
    pub(super) fn target(&self) -> PathBuf {
        let index = || self.refs.git_dir.join("index");
        self.index.clone().unwrap_or_else(index)
    }

    /// Whether the work tree is gone that it is of, and all of it with it. Its name may have
    /// been given to another one, whose locks and files these are not.
    pub(super) fn is_of_the_gone(&self) -> bool {
        match fs::read_to_string(self.refs.git_dir.join("hive/id")) {
            Ok(id) => id.trim() != self.worktree.as_str(),
            // What cannot be read for another reason is there.
            Err(error) => error.kind() == io::ErrorKind::NotFound,
        }
    }
}

/// The prepared files whose links are locks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Temps {
    pub(super) index: PathBuf,
    pub(super) head: PathBuf,
    /// What the branch will hold; with a detached HEAD the same as `head`.
    pub(super) branch: PathBuf,
}

/// A path of the landing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Changed {
    pub(super) path: RepoPath,
    /// The blobs before and after.
    pub(super) before: Oid,
    pub(super) after: Oid,
    /// blake3 of the file before and after, where the file changes.
    pub(super) file: Option<(String, String)>,
}

/// What an intent is made of.
pub(super) struct Draft {
    pub(super) refs: Refs,
    pub(super) reference: Option<String>,
    pub(super) tip: Oid,
    pub(super) commits: Vec<(Oid, usize)>,
    pub(super) fixes: Vec<u64>,
    pub(super) log: LogLine,
    pub(super) manner: Manner,
    pub(super) paths: Vec<Changed>,
    pub(super) index: Option<PathBuf>,
}

/// An intent on the disk.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) intent: Intent,
    path: PathBuf,
}

impl Written {
    /// Writes it down, durably: what it names may be made from now on.
    pub(super) fn new(site: &Site, draft: Draft) -> io::Result<Self> {
        let directory = site.intents();
        private_dir(&directory)?;
        let own = site.place.make_landing_dir()?;
        let mark = tempfile::Builder::new()
            .prefix(&format!("{}-", site.worktree))
            .suffix(".part")
            .rand_bytes(12)
            .tempfile_in(&directory)?;
        // The name is unique, which no clock and no process id is.
        let stem = mark.path().file_stem().unwrap_or_default();
        let stem = stem.to_string_lossy().into_owned();
        let temp = |what: &str| own.join(format!("{stem}.{what}"));
        let head = temp("head");
        let intent = Intent {
            version: VERSION,
            worktree: site.worktree.clone(),
            temps: Temps {
                index: temp("index"),
                branch: match draft.reference {
                    Some(_) => temp("branch"),
                    None => head.clone(),
                },
                head,
            },
            refs: draft.refs,
            reference: draft.reference,
            tip: draft.tip,
            commits: draft.commits,
            fixes: draft.fixes,
            log: draft.log,
            manner: draft.manner,
            paths: draft.paths,
            index: draft.index,
        };
        let path = directory.join(format!("{stem}.{SUFFIX}"));
        mark.as_file().write_all(&serde_json::to_vec(&intent)?)?;
        mark.as_file().sync_all()?;
        crash::pass("landing.intent.write")?;
        mark.persist_noclobber(&path).map_err(|error| error.error)?;
        File::open(&directory)?.sync_all()?;
        Ok(Self { intent, path })
    }

    /// All intents of a work tree, and those of work trees that are gone.
    ///
    /// One that cannot be read was written by a newer hive: it is an error, since what
    /// it speaks of cannot be judged.
    pub(super) fn all(site: &Site) -> io::Result<Vec<Self>> {
        let entries = match fs::read_dir(site.intents()) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let ours = name.starts_with(site.worktree.as_str());
            if path.extension().is_some_and(|end| end == "part") && ours {
                // We hold the landing lock: nobody is writing it.
                fs::remove_file(&path)?;
            }
            if path.extension().is_none_or(|end| end != SUFFIX) {
                continue;
            }
            let intent: Intent = match fs::read(&path).map(|text| serde_json::from_slice(&text)) {
                Ok(Ok(intent)) => intent,
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error),
                Ok(Err(_)) if !ours => continue,
                Ok(Err(error)) => {
                    let what = format!("{}: {error}", path.display());
                    return Err(io::Error::new(io::ErrorKind::InvalidData, what));
                }
            };
            if ours || intent.is_of_the_gone() {
                found.push(Self { intent, path });
            }
        }
        found.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(found)
    }

    /// The landing is over: its prepared files go, then the record.
    pub(super) fn done(self) -> io::Result<()> {
        self.discard_temps()?;
        crash::pass("landing.intent.forget")?;
        fs::remove_file(&self.path)
    }

    /// Removes the prepared files. After a landing the index *is* one of them, by
    /// another name: nobody may ever open these names for writing.
    pub(super) fn discard_temps(&self) -> io::Result<()> {
        let temps = &self.intent.temps;
        for temp in [&temps.index, &temps.head, &temps.branch] {
            match fs::remove_file(temp) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The tips that landings on a branch, in whichever work tree, begin with. Without any lock:
/// an intent that goes meanwhile is one that is over.
pub(super) fn tips(intents: &Path, reference: &str) -> Vec<Oid> {
    let entries = fs::read_dir(intents).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    let intents = paths.filter(|path| path.extension().is_some_and(|end| end == SUFFIX));
    intents
        .filter_map(|path| serde_json::from_slice::<Intent>(&fs::read(path).ok()?).ok())
        .filter(|intent| intent.reference.as_deref() == Some(reference))
        .filter(|intent| !intent.is_of_the_gone())
        .map(|intent| intent.tip)
        .collect()
}

/// Writes a prepared file, durable, as readable as the file that it will replace.
pub(super) fn prepare(path: &Path, content: &[u8], like: &Path) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o666)
        .open(path)?;
    file.write_all(content)?;
    if let Ok(old) = fs::metadata(like)
        && old.is_file()
    {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}
