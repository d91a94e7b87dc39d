//! Watches the git directory and, if asked, the files of a work tree.
//!
//! Events are hints, never the truth: any of them may be lost or doubled without
//! harm, since whoever gets one looks at what is there. What is lost is made up for by
//! one [`Event::Rescan`]. With native watching nothing happens while nothing changes:
//! no timer runs.
//!
//! Git needs a handful of watches. Files need one for every directory that git does not
//! ignore: a recursive watch would spend the system's limit on `node_modules`.

mod backend;
mod editor;
mod far;
mod git;
mod poll;
mod tree;
mod watching;

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Sender, bounded};

use crate::clock;
use crate::repo::Place;
use crate::store::is_network;
pub use backend::Mode;
pub use editor::editor_lock;
pub use git::WAKE;
use watching::Watching;

/// Something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// HEAD, its log, its branch, the index, an operation or a lock of git's, or the
    /// wake file.
    Git,
    /// These files, absolute, in order: Python files and files of configuration, also
    /// ones that are gone, and files that an editor has just let go of. The person's
    /// settings in the git directory are told even if no files are watched.
    Files(Vec<PathBuf>),
    /// Events were lost: anything may have changed, git's files too.
    Rescan,
    /// Watching works worse than it should from here on; a sentence for a person.
    Degraded(String),
}

/// What is watched besides git's own files.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The files of the work tree.
    pub files: bool,
    /// Files anywhere, absolute, which need not be there: their changes are told as
    /// [`Event::Files`].
    pub also: Vec<PathBuf>,
    /// Is sent a word whenever any process has written to the repository's database, if
    /// there is room.
    pub journal: Option<Sender<()>>,
}

/// Why nothing can be watched.
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// The system refuses.
    #[error("{} cannot be watched", path.display())]
    Refused {
        /// The directory.
        path: PathBuf,
        /// Why.
        #[source]
        source: notify::Error,
    },
    /// The thread that watches cannot be started, or hive's directory not made.
    #[error("watching cannot begin")]
    Io(#[from] io::Error),
}

/// How far apart directories are listed where the system does not tell.
const INTERVAL: Duration = Duration::from_secs(2);

/// How many events wait at most. A flood beyond is a rescan.
const WAITING: usize = 8192;

/// A running watch; it ends when this is dropped.
#[derive(Debug)]
pub struct Watcher {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
    count: Arc<AtomicUsize>,
}

impl Watcher {
    /// Watches git's files and what is wanted besides. When it returns, every later
    /// change is told; what was there before is not.
    ///
    /// On a network file system, and where the system's limit of watches is reached
    /// (now or later), directories are polled, and one [`Event::Degraded`] says so.
    pub fn start(place: &Place, wanted: Wanted, sink: Sender<Event>) -> Result<Self, WatchError> {
        let network = [&place.root, &place.git_dir, &place.common_dir]
            .into_iter()
            .find(|path| is_network(path));
        if let Some(path) = network {
            let _ = sink.try_send(Event::Degraded(format!(
                "{} is on a network file system, which does not tell what changes: \
                 hive looks every {} s",
                path.display(),
                INTERVAL.as_secs()
            )));
            return Self::start_in(place, wanted, Mode::Polling(INTERVAL), sink);
        }
        Self::start_in(place, wanted, Mode::Native, sink)
    }

    /// The same in a mode of the caller's choice.
    pub fn start_in(
        place: &Place,
        wanted: Wanted,
        mode: Mode,
        sink: Sender<Event>,
    ) -> Result<Self, WatchError> {
        place.make_own_dir()?;
        let (raw, events) = bounded(WAITING);
        let (stop, stopped) = bounded(0);
        let lost = Arc::new(AtomicBool::new(false));
        let count = Arc::new(AtomicUsize::new(0));
        let mut watching = Watching {
            place: place.clone(),
            wanted,
            backend: None,
            git: BTreeSet::new(),
            tree: BTreeSet::new(),
            far: BTreeSet::new(),
            raw,
            events,
            lost,
            sink,
            stopped,
            count: Arc::clone(&count),
            looked_ms: clock::wall_ms(),
        };
        watching.begin(mode)?;
        let thread = std::thread::Builder::new()
            .name("watch".to_owned())
            .spawn(move || watching.run())?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
            count,
        })
    }

    /// How many directories are watched.
    pub fn watches(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Python files at and below a directory, ignored ones aside, that were written (or made,
/// or moved there) at or after a time in milliseconds since the epoch.
pub fn written_since(root: &Path, since_ms: i64) -> Vec<PathBuf> {
    let mut files = tree::list(root).files;
    files.retain(|file| {
        let name = file.file_name().and_then(|name| name.to_str());
        name.is_some_and(editor::is_python) && is_since(file, since_ms)
    });
    files
}

/// Whether a file was written (or made, or moved) at or after a time in milliseconds since
/// the epoch.
fn is_since(file: &Path, since_ms: i64) -> bool {
    // The clock that stamps files stands still between two ticks of the kernel; on some file
    // systems it tells whole seconds, and every other one at that.
    let tick = |about: &fs::Metadata| if about.ctime_nsec() == 0 { 2000 } else { 20 };
    let at = |about: &fs::Metadata| about.ctime() * 1000 + about.ctime_nsec() / 1_000_000;
    file.symlink_metadata()
        .is_ok_and(|about| at(&about) + tick(&about) >= since_ms)
}

#[cfg(test)]
mod tests;
