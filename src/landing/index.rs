//! The index: reading it, and preparing the one that will take its place.
//!
//! Two things make a rewritten index dangerous. An entry whose file was saved in the same
//! instant as the index was written is "racily clean": git compares its content as long
//! as the index is not younger than the file. A rewritten index is younger, so such
//! entries must lose their stat data here, or the save would look clean for ever and
//! `git switch` would destroy it. For the same reason the entries that change get no
//! stat data: git reads those files again.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::bstr::BStr;
use gix::index::State;
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::index::extension::Tree;
use gix::index::write::{Extensions, Options};
use serde::{Deserialize, Serialize};

use super::error::{LandError, git, io};
use super::reconcile::{FileMode, IndexState};
use super::site::Site;
use crate::process::{Limits, Program};
use crate::repo::{Oid, RepoPath};

/// What tells one state of the index file from another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    dev: u64,
    ino: u64,
    size: u64,
    mtime: (i64, i64),
}

impl Stamp {
    /// `None` if there is no such file.
    pub(super) fn of(path: &Path) -> std::io::Result<Option<Self>> {
        match fs::symlink_metadata(path) {
            Ok(status) => Ok(Some(Self {
                dev: status.dev(),
                ino: status.ino(),
                size: status.size(),
                mtime: (status.mtime(), status.mtime_nsec()),
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The index as it was read.
pub(super) struct Index {
    file: gix::index::File,
    path: PathBuf,
    pub(super) stamp: Stamp,
    /// Whether gix can write it without losing anything.
    plain: bool,
}

/// An entry that changes: its mode stays.
pub(super) type Change = (RepoPath, Oid, FileMode);

/// Signatures of extensions that gix would drop or dissolve.
const EXTENSIONS: [&[u8]; 5] = [b"UNTR", b"FSMN", b"REUC", b"link", b"sdir"];

/// Whether an index has one of those. They are looked for anywhere in the file, also in
/// paths; but from an extension one gets to the hash at the end of the file by the sizes that
/// each says of itself.
fn is_extended(raw: &[u8], hash: usize) -> bool {
    let Some(end) = raw.len().checked_sub(hash) else {
        return false;
    };
    let leads_to_end = |mut at: usize| {
        while at < end {
            let size = raw.get(at + 4..at + 8).and_then(|it| it.try_into().ok());
            let size = size
                .map(u32::from_be_bytes)
                .and_then(|it| usize::try_from(it).ok());
            let Some(next) = size.and_then(|size| at.checked_add(8)?.checked_add(size)) else {
                return false;
            };
            at = next;
        }
        at == end
    };
    EXTENSIONS
        .iter()
        .any(|signature| memchr::memmem::find_iter(raw, signature).any(leads_to_end))
}

impl Index {
    /// Reads it; `None` in a repository without one, where nothing is ever committed.
    pub(super) fn read(site: &Site, repo: &gix::Repository) -> Result<Option<Self>, LandError> {
        Self::read_at(site.index(), repo)
    }

    /// Reads the one in a file, as a `git commit` that is under way may keep it.
    pub(super) fn read_at(
        path: PathBuf,
        repo: &gix::Repository,
    ) -> Result<Option<Self>, LandError> {
        loop {
            let Some(stamp) = Stamp::of(&path).map_err(io("looking at", &path))? else {
                return Ok(None);
            };
            let file = if path == repo.index_path() {
                repo.open_index()
            } else {
                let options = gix::index::decode::Options::default();
                let hashless = repo.config_snapshot().boolean("index.skipHash");
                let hashless = hashless.unwrap_or(false);
                gix::index::File::at(&path, repo.object_hash(), hashless, options)
            };
            let file = file.map_err(git("reading the index"))?;
            let raw = fs::read(&path).map_err(io("reading", &path))?;
            // Replaced while it was read: git writes a new file and renames it, so
            // each read is of one state, but the three need not be of the same.
            if Stamp::of(&path).map_err(io("looking at", &path))? != Some(stamp.clone()) {
                continue;
            }
            let v4 = raw.get(4..8) == Some(&[0, 0, 0, 4][..]);
            let extended = is_extended(&raw, repo.object_hash().len_in_bytes());
            return Ok(Some(Self {
                file,
                path,
                stamp,
                plain: !v4 && !extended,
            }));
        }
    }

    /// Whether any path has unmerged entries.
    pub(super) fn has_conflicts(&self) -> bool {
        let stage = |entry: &gix::index::Entry| entry.stage() != Stage::Unconflicted;
        self.file.entries().iter().any(stage)
    }

    /// The entry of a path.
    pub(super) fn state(&self, path: &RepoPath) -> IndexState {
        let name: &BStr = path.as_str().into();
        if let Some(entry) = self.file.entry_by_path_and_stage(name, Stage::Unconflicted) {
            return IndexState::Entry {
                oid: Oid::from(entry.id),
                mode: mode_of(entry.mode),
                skip_worktree: entry.flags.contains(Flags::SKIP_WORKTREE),
                assume_valid: entry.flags.contains(Flags::ASSUME_VALID),
                intent_to_add: entry.flags.contains(Flags::INTENT_TO_ADD),
            };
        }
        let unmerged = [Stage::Base, Stage::Ours, Stage::Theirs]
            .into_iter()
            .any(|stage| self.file.entry_by_path_and_stage(name, stage).is_some());
        if unmerged {
            return IndexState::Conflicted;
        }
        // Inside a directory that a sparse index holds as one entry.
        let collapsed = path.as_str().match_indices('/').find_map(|(at, _)| {
            let directory: &BStr = path.as_str()[..=at].into();
            self.file.entry_by_path(directory)
        });
        match collapsed {
            Some(entry) => IndexState::Entry {
                oid: Oid::from(entry.id),
                mode: FileMode::File,
                skip_worktree: true,
                assume_valid: false,
                intent_to_add: false,
            },
            None => IndexState::Absent,
        }
    }

    /// Writes the index with the changes to `temp`, which must not exist; durable, with
    /// the mode of the old one.
    pub(super) fn prepare(
        &self,
        site: &Site,
        changes: &[Change],
        temp: &Path,
    ) -> Result<(), LandError> {
        if self.plain {
            self.write(changes, temp)?;
        } else {
            self.write_by_git(site, changes, temp)?;
        }
        let old = fs::metadata(&self.path).map_err(io("looking at", &self.path))?;
        let mode = fs::Permissions::from_mode(old.permissions().mode() & 0o7777);
        fs::set_permissions(temp, mode).map_err(io("preparing", temp))?;
        File::open(temp)
            .and_then(|file| file.sync_all())
            .map_err(io("flushing", temp))
    }

    fn write(&self, changes: &[Change], temp: &Path) -> Result<(), LandError> {
        let mut file = self.file.clone();
        let (seconds, nanoseconds) = self.stamp.mtime;
        for entry in file.entries_mut() {
            let at = (
                i64::from(entry.stat.mtime.secs),
                i64::from(entry.stat.mtime.nsecs),
            );
            // Where one side has no nanoseconds, the whole second is in doubt.
            let racy = if at.1 == 0 || nanoseconds == 0 {
                at.0 >= seconds
            } else {
                at >= (seconds, nanoseconds)
            };
            if racy {
                entry.stat = Stat::default();
            }
        }
        for (path, oid, _) in changes {
            let name: &BStr = path.as_str().into();
            let entry = file
                .entry_mut_by_path_and_stage(name, Stage::Unconflicted)
                .ok_or_else(|| LandError::Order(format!("{path} has no index entry")))?;
            entry.id = oid.id();
            entry.stat = Stat::default();
        }
        if let Some(tree) = file.tree_mut() {
            for (path, _, _) in changes {
                outdate(tree, path);
            }
        }
        let out = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(temp)
            .map_err(io("making", temp))?;
        let options = Options {
            extensions: Extensions::Given {
                tree_cache: true,
                end_of_index_entry: file.had_end_of_index_marker(),
            },
            skip_hash: file.checksum().is_none_or(|hash| hash.is_null()),
        };
        // Entries are written field by field: they are gathered before they are hashed.
        let mut hashed = gix::hash::io::Write::new(out, file.object_hash());
        let mut out = BufWriter::with_capacity(64 << 10, &mut hashed);
        let state: &State = &file;
        state
            .write_to(&mut out, options)
            .map_err(git("writing the new index"))?;
        out.flush().map_err(io("writing", temp))?;
        drop(out);
        let hash = if options.skip_hash {
            file.object_hash().null()
        } else {
            let hash = hashed.hash.try_finalize();
            hash.map_err(git("hashing the new index"))?
        };
        hashed
            .inner
            .write_all(hash.as_slice())
            .map_err(io("writing", temp))
    }

    /// Lets git edit a copy: it keeps every extension and version.
    fn write_by_git(&self, site: &Site, changes: &[Change], temp: &Path) -> Result<(), LandError> {
        fs::copy(&self.path, temp).map_err(io("copying the index to", temp))?;
        // Git asks the age of the index file which entries are racily clean: the copy
        // must be as old as the original.
        let (seconds, nanoseconds) = self.stamp.mtime;
        let time = rustix::fs::Timespec {
            tv_sec: seconds,
            tv_nsec: nanoseconds,
        };
        let times = rustix::fs::Timestamps {
            last_access: time,
            last_modification: time,
        };
        rustix::fs::utimensat(rustix::fs::CWD, temp, &times, rustix::fs::AtFlags::empty())
            .map_err(|errno| io("preparing", temp)(errno.into()))?;
        let mut input = Vec::new();
        for (path, oid, mode) in changes {
            let mode = match mode {
                FileMode::Executable => "100755",
                _ => "100644",
            };
            input.extend_from_slice(format!("{mode} {oid} 0\t{path}\0").as_bytes());
        }
        let finished = Program::new("git")
            // No hook is to learn of an index that is not the index.
            .args(["-c", "core.hooksPath=/dev/null"])
            .args(["update-index", "-z", "--index-info"])
            .current_dir(&site.place.root)
            .env(
                "GIT_INDEX_FILE",
                std::ffi::OsStr::from_bytes(temp.as_os_str().as_bytes()),
            )
            .stdin_bytes(input)
            .limits(Limits {
                deadline: Some(Duration::from_mins(1)),
                ..Limits::default()
            })
            .run();
        match finished {
            Ok(finished) if finished.status.success() => Ok(()),
            Ok(finished) => Err(LandError::Program {
                doing: "editing a copy of the index with git",
                reason: String::from_utf8_lossy(&finished.stderr).trim().to_owned(),
            }),
            Err(error) => Err(LandError::Program {
                doing: "editing a copy of the index with git",
                reason: error.to_string(),
            }),
        }
    }
}

/// Forgets the trees of the directories around a path, so that git makes them again;
/// without the others it would make all of them.
fn outdate(mut tree: &mut Tree, path: &RepoPath) {
    tree.num_entries = None;
    let directories = path.as_str().rsplit_once('/').map_or("", |(it, _)| it);
    for name in directories.split('/') {
        let named = |child: &&mut Tree| child.name.as_slice() == name.as_bytes();
        let Some(child) = tree.children.iter_mut().find(named) else {
            return;
        };
        tree = child;
        tree.num_entries = None;
    }
}

fn mode_of(mode: Mode) -> FileMode {
    match mode {
        Mode::FILE_EXECUTABLE => FileMode::Executable,
        Mode::SYMLINK => FileMode::Symlink,
        Mode::COMMIT => FileMode::Gitlink,
        _ => FileMode::File,
    }
}

#[cfg(test)]
mod tests {
    use gix::index::extension::Tree;

    use super::{is_extended, outdate};
    use crate::repo::RepoPath;

    fn extension(signature: &str, body: &[u8]) -> Vec<u8> {
        let size = u32::try_from(body.len()).unwrap().to_be_bytes();
        [signature.as_bytes(), &size, body].concat()
    }

    #[test]
    fn extensions_are_told_from_paths() {
        let (entries, hash) = (b"DIRC....src/link.py..sdir/UNTR.py", [7; 20]);
        let tree = extension("TREE", b"link");
        for (extensions, expected) in [
            (vec![], false),
            (vec![tree.clone()], false),
            (vec![tree.clone(), extension("UNTR", b"abc")], true),
            (vec![extension("link", b""), tree], true),
            (vec![extension("sdir", b"")], true),
        ] {
            let raw = [entries.as_slice(), &extensions.concat(), &hash].concat();
            assert_eq!(is_extended(&raw, hash.len()), expected, "{extensions:?}");
        }
        for cut in [&b""[..], b"link", b"linkxxxxyyyyzzzzzzzzzzzzzzz"] {
            assert!(!is_extended(cut, hash.len()));
        }
    }

    #[test]
    fn only_the_directories_around_a_path_are_outdated() {
        let tree = |name: &str, children| Tree {
            name: name.as_bytes().into(),
            id: gix::hash::Kind::Sha1.null(),
            num_entries: Some(1),
            children,
        };
        let inner = vec![tree("c", vec![]), tree("d", vec![])];
        let mut root = tree("", vec![tree("a", inner), tree("b", vec![])]);
        outdate(&mut root, &RepoPath::new("a/c/x.py").unwrap());
        let of = |tree: &Tree| tree.num_entries;
        assert_eq!((of(&root), of(&root.children[0])), (None, None));
        let inner = &root.children[0].children;
        assert_eq!((of(&inner[0]), of(&inner[1])), (None, Some(1)));
        assert_eq!(of(&root.children[1]), Some(1));
        outdate(&mut root, &RepoPath::new("new/x.py").unwrap());
        outdate(&mut root, &RepoPath::new("x.py").unwrap());
        assert_eq!(of(&root.children[1]), Some(1));
    }
}
