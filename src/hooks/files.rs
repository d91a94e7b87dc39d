//! Hook files of one directory: ours put in, and taken out again.
//!
//! Of each hook `NAME` there may be: `NAME` (what git calls), `NAME.legacy` (what
//! pre-commit and prek call), `NAME.old` (what lefthook has moved away) and
//! `NAME.before-hive` (what ours calls). At most one of the first two is ours.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{Done, HookError, What, all, at, script};
use crate::crash;
use crate::repo::Place;

/// How the name of a hook begins that is being written.
const UNFINISHED: &str = ".hive-hook-";

/// Says in the state directory that the hooks' directory was made by hive.
const MADE: &str = "hooks.made";

/// Puts our hooks into a directory, which is made where it is missing.
pub(super) fn install(
    directory: &Path,
    binary: &Path,
    place: &Place,
    wanted: &[&'static str],
) -> Result<Vec<Done>, HookError> {
    if !directory.exists() {
        // Written first: a crash between the two leaves a note about a directory that
        // is not there, and no directory without a note.
        let note = place.state_dir().join(MADE);
        crate::repo::place::private_dir(&place.state_dir()).map_err(at(&note))?;
        fs::write(&note, "").map_err(at(&note))?;
        crash::pass("hooks.directory").map_err(at(&note))?;
        fs::create_dir_all(directory).map_err(at(directory))?;
    }
    sweep(directory)?;
    let mut done = Vec::new();
    for event in all() {
        let hook = Hook::new(directory, event);
        if wanted.contains(&event) {
            done.push(hook.install(binary)?);
        } else {
            done.extend(hook.remove()?);
        }
    }
    Ok(done)
}

/// Takes our hooks out of a directory.
pub(super) fn remove(directory: &Path) -> Result<Vec<Done>, HookError> {
    sweep(directory)?;
    let mut done = Vec::new();
    for event in all() {
        done.extend(Hook::new(directory, event).remove()?);
    }
    Ok(done)
}

/// Removes what an installation has left that was killed while it wrote a hook.
fn sweep(directory: &Path) -> Result<(), HookError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(at(directory)(error)),
    };
    for entry in entries {
        let entry = entry.map_err(at(directory))?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove_file(&entry.path())?;
        }
    }
    Ok(())
}

/// Removes the directory if hive has made it and nothing else is in it.
pub(super) fn remove_made(place: &Place, directory: &Path) -> Result<(), HookError> {
    if !place.state_dir().join(MADE).exists() {
        return Ok(());
    }
    match fs::remove_dir(directory) {
        Err(error)
            if !matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty
            ) =>
        {
            Err(at(directory)(error))
        }
        _ => Ok(()),
    }
}

/// Whether any hook in a directory is ours.
pub(super) fn any(directory: &Path) -> bool {
    all().any(|event| {
        let hook = Hook::new(directory, event);
        is_ours(&hook.main) || is_ours(&hook.legacy)
    })
}

/// The hooks in a directory that are ours and that git calls, if it looks there.
pub(super) fn present(directory: &Path) -> Vec<&'static str> {
    all()
        .filter(|event| {
            let hook = Hook::new(directory, event);
            let by_manager = || {
                let main = read(&hook.main).ok().flatten();
                is_ours(&hook.legacy)
                    && executable(&hook.legacy)
                    && main.is_some_and(|main| script::manager_with_legacy(&main).is_some())
            };
            executable(&hook.main) && (is_ours(&hook.main) || by_manager())
        })
        .collect()
}

/// The files of one hook.
struct Hook {
    event: &'static str,
    main: PathBuf,
    legacy: PathBuf,
    old: PathBuf,
    before: PathBuf,
}

impl Hook {
    fn new(directory: &Path, event: &'static str) -> Self {
        let beside = |end: &str| directory.join(format!("{event}.{end}"));
        Self {
            event,
            main: directory.join(event),
            legacy: beside("legacy"),
            old: beside("old"),
            before: beside("before-hive"),
        }
    }

    fn install(&self, binary: &Path) -> Result<Done, HookError> {
        crash::pass("hooks.install").map_err(at(&self.main))?;
        self.tidy_old()?;
        let text = script::file(self.event, binary.as_os_str());
        let content = read(&self.main)?;
        let manager = content.as_deref().and_then(script::manager_with_legacy);
        let (path, what) = match manager {
            // A manager that came after us has moved ours here already.
            Some(manager) => (
                &self.legacy,
                self.place(&self.legacy, &text, What::Behind(manager))?,
            ),
            None => (&self.main, self.place(&self.main, &text, What::Installed)?),
        };
        if manager.is_none() && is_ours(&self.legacy) {
            // The manager is gone without having put ours back.
            remove_file(&self.legacy)?;
        }
        Ok(Done {
            event: self.event,
            path: path.clone(),
            what,
        })
    }

    /// Puts our script at a path; `fresh` is the answer where nothing was there.
    fn place(&self, path: &Path, text: &[u8], fresh: What) -> Result<What, HookError> {
        match read(path)? {
            Some(there) if there == text && executable(path) => Ok(What::Already),
            Some(there) if script::is_ours(&there) && !is_link(path) => {
                write(path, text)?;
                Ok(What::Updated)
            }
            None if !exists(path) => {
                write(path, text)?;
                Ok(fresh)
            }
            // A hook of somebody else, or a link that leads nowhere, which is kept too.
            _ => {
                // Linked, not renamed: the name is never without a hook, and a hook
                // that is kept already is never replaced.
                keep(path, &self.before)?;
                crash::pass("hooks.kept").map_err(at(path))?;
                write(path, text)?;
                Ok(match fresh {
                    What::Installed => What::Chained,
                    other => other,
                })
            }
        }
    }

    /// lefthook has moved ours to `.old` and has put its own in the place. What ours
    /// had kept goes back to where lefthook would have moved it without us, unless
    /// that is an older file of lefthook's own.
    fn tidy_old(&self) -> Result<(), HookError> {
        if !is_ours(&self.old) {
            return Ok(());
        }
        match read(&self.before)? {
            Some(content) if script::is_lefthook(&content) => {
                remove_file(&self.before)?;
                remove_file(&self.old)
            }
            _ if exists(&self.before) => fs::rename(&self.before, &self.old).map_err(at(&self.old)),
            _ => remove_file(&self.old),
        }
    }

    fn remove(&self) -> Result<Option<Done>, HookError> {
        crash::pass("hooks.remove").map_err(at(&self.main))?;
        self.tidy_old()?;
        let found = [&self.main, &self.legacy]
            .into_iter()
            .find(|path| is_ours(path));
        let Some(path) = found else {
            if is_same(&self.main, &self.before) {
                // An installation died between keeping the hook and writing ours.
                remove_file(&self.before)?;
            }
            return Ok(None);
        };
        let what = if exists(&self.before) {
            // Replaces ours in one step: git never meets a moment without the hook.
            fs::rename(&self.before, path).map_err(at(path))?;
            What::Restored
        } else {
            remove_file(path)?;
            What::Removed
        };
        Ok(Some(Done {
            event: self.event,
            path: path.clone(),
            what,
        }))
    }
}

/// Gives a hook a second name, under which ours calls it. The first name is then
/// replaced by a rename, so that a commit at this moment finds the one or the other.
fn keep(path: &Path, kept: &Path) -> Result<(), HookError> {
    let flags = rustix::fs::AtFlags::empty();
    // Of a link the link itself is named again: what it leads to is not touched.
    match rustix::fs::linkat(rustix::fs::CWD, path, rustix::fs::CWD, kept, flags) {
        Ok(()) => Ok(()),
        // Kept by an installation that did not come to its end.
        Err(rustix::io::Errno::EXIST) if is_same(path, kept) => Ok(()),
        Err(rustix::io::Errno::EXIST) => Err(HookError::InTheWay(kept.to_path_buf())),
        // A file system without hard links: the moment without a hook is a lesser
        // evil than no hook.
        Err(_) => fs::rename(path, kept).map_err(at(kept)),
    }
}

/// Replaces a file by a rename; a hook that is running keeps reading the old one.
fn write(path: &Path, text: &[u8]) -> Result<(), HookError> {
    let directory = path.parent().unwrap_or(path);
    let write = || -> io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .tempfile_in(directory)?;
        file.write_all(text)?;
        file.as_file()
            .set_permissions(fs::Permissions::from_mode(0o755))?;
        crash::pass("hooks.write")?;
        file.persist(path)?;
        Ok(())
    };
    write().map_err(at(path))
}

/// The content of a hook, links followed; `None` where there is none to read.
fn read(path: &Path) -> Result<Option<Vec<u8>>, HookError> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(at(path)(error)),
    }
}

fn is_ours(path: &Path) -> bool {
    !is_link(path) && fs::read(path).is_ok_and(|content| script::is_ours(&content))
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata()
        .is_ok_and(|found| found.is_symlink())
}

/// Whether two names are one file; of links, whether they are one link.
fn is_same(one: &Path, other: &Path) -> bool {
    let id = |path: &Path| {
        let found = path.symlink_metadata().ok()?;
        Some((found.dev(), found.ino()))
    };
    id(one).is_some_and(|found| id(other) == Some(found))
}

fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn executable(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|found| found.permissions().mode() & 0o100 != 0)
}

fn remove_file(path: &Path) -> Result<(), HookError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path)(error)),
        _ => Ok(()),
    }
}
