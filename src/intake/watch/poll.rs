//! Lists directories again and again, where the system does not tell what changes.
//!
//! A file counts as changed by inode, size and times to the nanosecond, forwards or
//! backwards: an atomic save may bring an older time, and two saves fit in a second.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded, select};

use super::backend::Raw;

/// Inode, size, time of modification and of change.
type State = (u64, u64, i64, i64, i64, i64);
/// What a directory holds.
type Names = BTreeMap<OsString, State>;

/// Polls directories until it is dropped.
pub(super) struct Poller {
    watched: Arc<Mutex<BTreeMap<PathBuf, Names>>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Poller {
    /// Tells what changes to `tell`, looking every `interval`.
    pub(super) fn new(interval: Duration, tell: impl Fn(Raw) + Send + 'static) -> io::Result<Self> {
        let watched = Arc::new(Mutex::new(BTreeMap::new()));
        let (stop, stopped) = bounded::<()>(0);
        let shared = Arc::clone(&watched);
        let thread = std::thread::Builder::new()
            .name("poll".to_owned())
            .spawn(move || {
                loop {
                    select! {
                        recv(stopped) -> _ => return,
                        default(interval) => look(&shared, &tell),
                    }
                }
            })?;
        Ok(Self {
            watched,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// What is in the directory now is known; later changes are told.
    pub(super) fn watch(&self, directory: &Path) -> io::Result<()> {
        let names = list(directory)?;
        lock(&self.watched).insert(directory.to_path_buf(), names);
        Ok(())
    }

    pub(super) fn unwatch(&self, directory: &Path) {
        lock(&self.watched).remove(directory);
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(watched: &Mutex<BTreeMap<PathBuf, Names>>) -> MutexGuard<'_, BTreeMap<PathBuf, Names>> {
    watched.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lists every directory once. Nothing is told while the lock is held.
fn look(watched: &Mutex<BTreeMap<PathBuf, Names>>, tell: &impl Fn(Raw)) {
    let directories: Vec<PathBuf> = lock(watched).keys().cloned().collect();
    for directory in directories {
        let fresh = list(&directory);
        let mut told = Vec::new();
        {
            let mut watched = lock(watched);
            // It may have been let go of meanwhile.
            let Some(known) = watched.get_mut(&directory) else {
                continue;
            };
            if let Ok(fresh) = fresh {
                let gone = known.keys().filter(|name| !fresh.contains_key(*name));
                told.extend(gone.map(|name| Raw::Removed(directory.join(name))));
                let new = fresh
                    .iter()
                    .filter(|(name, state)| known.get(*name) != Some(state));
                told.extend(new.map(|(name, _)| Raw::Changed(directory.join(name))));
                *known = fresh;
            } else {
                watched.remove(&directory);
                told.push(Raw::Removed(directory.clone()));
            }
        }
        told.into_iter().for_each(tell);
    }
}

fn list(directory: &Path) -> io::Result<Names> {
    let mut names = Names::new();
    for entry in fs::read_dir(directory)?.flatten() {
        // What goes away while we look is gone.
        if let Ok(about) = entry.path().symlink_metadata() {
            let state = (
                about.ino(),
                about.size(),
                about.mtime(),
                about.mtime_nsec(),
                about.ctime(),
                about.ctime_nsec(),
            );
            names.insert(entry.file_name(), state);
        }
    }
    Ok(names)
}
