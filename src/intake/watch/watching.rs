//! The thread that watches: it sorts what the system tells and keeps the set of
//! watched directories true.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, select};

use super::backend::{Backend, Mode, Raw, Refusal};
use super::{Event, INTERVAL, WAITING, Wanted, WatchError, editor, far, git, is_since, tree};
use crate::clock;
use crate::repo::Place;

/// After events were lost, how long none may come before the rescan is told, and how
/// long that is waited for: one flood is one rescan.
const CALM: Duration = Duration::from_millis(50);
const CALM_AT_MOST: Duration = Duration::from_secs(2);

/// How late a change is told at most, in milliseconds.
const LATE: i64 = 10_000;

/// Names that decide what is watched. A `.git` appears when a directory that is watched
/// already becomes a repository of its own.
const IGNORE_FILES: [&str; 3] = [".git", ".gitignore", ".ignore"];

/// Files that are told besides Python's: what they say changes how others are fixed.
const CONFIGURATION: [&str; 10] = [
    ".editorconfig",
    ".gitattributes",
    ".gitignore",
    ".isort.cfg",
    ".pre-commit-config.yaml",
    ".ruff.toml",
    "hive.toml",
    "pyproject.toml",
    "ruff.toml",
    "setup.cfg",
];

/// What the thread knows.
pub(super) struct Watching {
    pub(super) place: Place,
    pub(super) wanted: Wanted,
    pub(super) backend: Option<Backend>,
    /// Watched directories of git.
    pub(super) git: BTreeSet<PathBuf>,
    /// Watched directories of the work tree.
    pub(super) tree: BTreeSet<PathBuf>,
    /// Watched directories outside the repository.
    pub(super) far: BTreeSet<PathBuf>,
    pub(super) raw: Sender<Raw>,
    pub(super) events: Receiver<Raw>,
    pub(super) lost: Arc<AtomicBool>,
    pub(super) sink: Sender<Event>,
    pub(super) stopped: Receiver<()>,
    pub(super) count: Arc<AtomicUsize>,
    /// What was written before has been told, or was there when the watch began; in
    /// milliseconds since the epoch.
    pub(super) looked_ms: i64,
}

/// What a batch of events comes down to.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a sign of its own, and any of them may come with any other"
)]
struct Batch {
    git: bool,
    /// A directory outside the repository may have come or gone.
    far: bool,
    /// A process has written to the database.
    journal: bool,
    files: BTreeSet<PathBuf>,
    /// New directories, by the one above.
    directories: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    /// What is ignored may have changed.
    walk: bool,
}

/// The receiver is gone, or the watch is to end.
pub(super) struct Ended;

impl Watching {
    pub(super) fn begin(&mut self, mode: Mode) -> Result<(), WatchError> {
        let root = self.place.git_dir.clone();
        let backend = Backend::new(mode, self.raw.clone(), Arc::clone(&self.lost));
        match backend {
            Ok(backend) => self.backend = Some(backend),
            Err(Refusal::Limit(limit)) if mode == Mode::Native => return self.degrade(limit),
            Err(refusal) => return Err(refused(&root, refusal)),
        }
        let again = self
            .git
            .iter()
            .chain(&self.tree)
            .chain(&self.far)
            .cloned()
            .collect::<Vec<_>>();
        for directory in again {
            self.watch(&directory)?;
        }
        self.follow_git()?;
        self.follow_far()?;
        if self.wanted.files {
            self.adopt(&self.place.root.clone())?;
        }
        Ok(())
    }

    /// Goes over to polling, since the system's limit is reached.
    pub(super) fn degrade(&mut self, limit: &str) -> Result<(), WatchError> {
        let _ = self.sink.try_send(Event::Degraded(format!(
            "the system watches no more directories: raise {limit} \
             (sysctl); until hive starts again it looks every {} s",
            INTERVAL.as_secs()
        )));
        self.begin(Mode::Polling(INTERVAL))
    }

    /// Watches a directory, and says whether it was there; one that is gone is not worth a
    /// word.
    pub(super) fn watch(&mut self, directory: &Path) -> Result<bool, WatchError> {
        let Some(backend) = &mut self.backend else {
            return Ok(true);
        };
        match backend.watch(directory) {
            Ok(()) => Ok(true),
            Err(Refusal::Gone) => Ok(false),
            // Polling knows no limit, so this happens once.
            Err(Refusal::Limit(limit)) => self.degrade(limit).map(|()| true),
            Err(Refusal::Failed(error)) => {
                tracing::debug!("{} is not watched: {error}", directory.display());
                if directory == self.place.git_dir || directory == self.place.root {
                    return Err(refused(directory, Refusal::Failed(error)));
                }
                Ok(true)
            }
        }
    }

    /// Watches the directories of git that are there now, and no others.
    fn follow_git(&mut self) -> Result<(), WatchError> {
        let now: BTreeSet<PathBuf> = git::directories(&self.place).into_iter().collect();
        for gone in self.git.difference(&now).cloned().collect::<Vec<_>>() {
            if let Some(backend) = &mut self.backend {
                backend.unwatch(&gone);
            }
        }
        let new: Vec<PathBuf> = now.difference(&self.git).cloned().collect();
        self.git = now;
        for directory in new {
            self.watch(&directory)?;
        }
        self.recount();
        Ok(())
    }

    /// Watches a directory of the work tree and all below that are not ignored, and
    /// returns the files in them.
    ///
    /// A file that is created after the listing and before the watch would be seen by
    /// neither. So what was listed counts only if everything listed was watched before;
    /// else the listing is made again.
    fn adopt(&mut self, directory: &Path) -> Result<Vec<PathBuf>, WatchError> {
        loop {
            let listing = tree::list(directory);
            let new: Vec<PathBuf> = listing
                .directories
                .difference(&self.tree)
                .cloned()
                .collect();
            if new.is_empty() {
                self.recount();
                return Ok(listing.files);
            }
            self.tree.extend(new.iter().cloned());
            for directory in new {
                self.watch(&directory)?;
            }
        }
    }

    /// Watches what is not ignored now and nothing else.
    fn walk(&mut self) -> Result<(), WatchError> {
        let root = self.place.root.clone();
        let before = self.tree.clone();
        let now = tree::list(&root).directories;
        for gone in before.difference(&now) {
            if let Some(backend) = &mut self.backend {
                backend.unwatch(gone);
            }
            self.tree.remove(gone);
        }
        self.adopt(&root).map(drop)
    }

    /// Forgets the watches of a directory that is gone; the system drops them itself.
    fn forget(&mut self, directory: &Path) {
        if self.tree.contains(directory) {
            if let Some(backend) = &mut self.backend {
                backend.unwatch(directory);
            }
            self.tree.retain(|watched| !watched.starts_with(directory));
            self.recount();
        }
    }

    pub(super) fn recount(&self) {
        let count = self.git.len() + self.tree.len() + self.far.len();
        self.count.store(count, Ordering::SeqCst);
    }

    pub(super) fn run(mut self) {
        while self.turn().is_ok() {}
    }

    /// Waits for an event and tells what it and those that came with it mean.
    pub(super) fn turn(&mut self) -> Result<(), Ended> {
        let first = select! {
            recv(self.events) -> event => event.map_err(|_| Ended)?,
            recv(self.stopped) -> _ => return Err(Ended),
        };
        if self.lost.load(Ordering::SeqCst) {
            return self.recover();
        }
        let now = clock::wall_ms();
        // Where the clock was put back, what is written now looks older than the last look.
        let since_ms = Some(self.looked_ms).filter(|looked| *looked <= now);
        let since_ms = since_ms.unwrap_or(now - LATE);
        self.looked_ms = since_ms.max(now - LATE);
        let mut batch = Batch::default();
        self.sort(first, &mut batch);
        for event in self.events.clone().try_iter().take(WAITING) {
            self.sort(event, &mut batch);
        }
        if self.lost.load(Ordering::SeqCst) {
            return self.recover();
        }
        let outcome = self.follow(&mut batch, since_ms);
        if batch.journal {
            self.tell_journal();
        }
        if batch.git {
            self.send(Event::Git)?;
        }
        if !batch.files.is_empty() {
            self.send(Event::Files(batch.files.into_iter().collect()))?;
        }
        self.excuse(outcome)
    }

    /// Does what the events ask of the watches themselves.
    ///
    /// Of the files in new directories those count that were written since a time of the
    /// wall clock.
    fn follow(&mut self, batch: &mut Batch, since_ms: i64) -> Result<(), WatchError> {
        if batch.git {
            self.follow_git()?;
        }
        if batch.far {
            self.follow_far()?;
        }
        for (above, directories) in std::mem::take(&mut batch.directories) {
            for directory in tree::watchable(&above, &directories) {
                let mut files = self.adopt(&directory)?;
                // One that was moved here as it was has been saved by nobody.
                files.retain(|file| is_told(file) && is_since(file, since_ms));
                batch.files.extend(files);
            }
        }
        if batch.walk {
            // Another rule about what is ignored saves no file.
            self.walk()?;
        }
        Ok(())
    }

    /// Tells once that events were lost, when the flood is over: the watches are made
    /// complete first, so that nothing that happens later is lost with them.
    fn recover(&mut self) -> Result<(), Ended> {
        let until = clock::now() + CALM_AT_MOST;
        loop {
            select! {
                recv(self.events) -> _ => {}
                recv(self.stopped) -> _ => return Err(Ended),
                default(CALM) => break,
            }
            if clock::now() >= until {
                break;
            }
        }
        self.lost.store(false, Ordering::SeqCst);
        self.tell_journal();
        let mut outcome = self.follow_git().and_then(|()| self.follow_far());
        if outcome.is_ok() && self.wanted.files {
            outcome = self.walk();
        }
        self.send(Event::Rescan)?;
        self.excuse(outcome)
    }

    /// A failure in mid-course is told; the watch goes on with what it has.
    fn excuse(&self, outcome: Result<(), WatchError>) -> Result<(), Ended> {
        let Err(error) = outcome else {
            return Ok(());
        };
        let cause = std::error::Error::source(&error).map_or(String::new(), |c| format!(": {c}"));
        self.send(Event::Degraded(format!("{error}{cause}")))
    }

    fn sort(&mut self, event: Raw, batch: &mut Batch) {
        let (path, removed) = match event {
            Raw::Changed(path) => (path, false),
            Raw::Removed(path) => (path, true),
            Raw::Lost => return,
        };
        let concerned = far::concerned(&self.wanted.also, &path);
        if !concerned.is_empty() {
            batch.far = true;
            batch.files.extend(concerned.into_iter().cloned());
            if removed {
                self.forget_far(&path);
            }
        }
        if git::is_inside(&self.place, &path) {
            batch.journal |= git::is_tick(&self.place, &path);
            batch.git |= git::matters(&self.place, &path, removed);
            if git::is_settings(&self.place, &path) {
                batch.files.insert(path);
            }
            return;
        }
        if !self.wanted.files || !path.starts_with(&self.place.root) {
            return;
        }
        let name = path.file_name().and_then(|name| name.to_str());
        batch.walk |= name.is_some_and(|name| IGNORE_FILES.contains(&name));
        if removed {
            self.forget(&path);
            // A directory that is gone takes its files along, a lock sets one free.
            batch.files.extend(editor::locked_file(&path));
        } else if path.symlink_metadata().is_ok_and(|about| about.is_dir()) {
            if let Some(above) = path.parent().filter(|_| !self.tree.contains(&path)) {
                let above = batch.directories.entry(above.to_path_buf()).or_default();
                above.insert(path);
            }
            return;
        }
        if is_told(&path) {
            batch.files.insert(path);
        }
    }

    /// Somebody who has not heard the last word yet needs no second.
    fn tell_journal(&self) {
        if let Some(journal) = &self.wanted.journal {
            let _ = journal.try_send(());
        }
    }

    /// Waits until the receiver takes it, or until the watch is to end.
    fn send(&self, event: Event) -> Result<(), Ended> {
        select! {
            send(self.sink, event) -> sent => sent.map_err(|_| Ended),
            recv(self.stopped) -> _ => Err(Ended),
        }
    }
}

/// Whether a change of this file is told.
fn is_told(path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    CONFIGURATION.contains(&name) || editor::is_python(name) && editor::locked_file(path).is_none()
}

fn refused(path: &Path, refusal: Refusal) -> WatchError {
    let source = match refusal {
        Refusal::Failed(error) => error,
        Refusal::Limit(limit) => notify::Error::generic(limit),
        Refusal::Gone => notify::Error::path_not_found(),
    };
    WatchError::Refused {
        path: path.to_path_buf(),
        source,
    }
}
