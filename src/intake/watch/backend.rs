//! The system's way to watch directories, or polling where there is none.
//!
//! notify's vocabulary ends here: out comes a path and what happened to it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossbeam_channel::Sender;
use notify::event::{MetadataKind, ModifyKind, RenameMode};
use notify::{Config, ErrorKind, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};

use super::poll::Poller;

/// How directories are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The system says what changes.
    Native,
    /// All watched directories are listed again and again, this long apart.
    Polling(Duration),
}

/// What happened to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Raw {
    /// It is there now, or has another content.
    Changed(PathBuf),
    /// It is not there any more.
    Removed(PathBuf),
    /// Something happened, see the flag.
    Lost,
}

/// Why a directory is not watched.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The system watches no more; the name of the limit to raise.
    Limit(&'static str),
    /// It is not there (any more).
    Gone,
    /// Anything else.
    Failed(notify::Error),
}

/// Watches directories, each without those below.
pub(super) enum Backend {
    /// By the system.
    Native(Box<RecommendedWatcher>),
    /// By listing them.
    Polling(Poller),
}

impl Backend {
    /// Sends what happens to `sink`. What does not fit, or what the system itself has
    /// lost, sets `lost`: the reader of an overfull channel wakes anyway.
    pub(super) fn new(
        mode: Mode,
        sink: Sender<Raw>,
        lost: Arc<AtomicBool>,
    ) -> Result<Self, Refusal> {
        let lose = move |sink: &Sender<Raw>| {
            lost.store(true, Ordering::SeqCst);
            let _ = sink.try_send(Raw::Lost);
        };
        match mode {
            Mode::Native => {
                let handler = move |event: notify::Result<notify::Event>| {
                    let complete = match event {
                        Ok(event) if event.need_rescan() => false,
                        Ok(event) => translate(event)
                            .into_iter()
                            .all(|raw| sink.try_send(raw).is_ok()),
                        Err(_) => false,
                    };
                    if !complete {
                        lose(&sink);
                    }
                };
                let config = Config::default().with_follow_symlinks(false);
                let watcher = RecommendedWatcher::new(handler, config).map_err(refusal)?;
                Ok(Self::Native(Box::new(watcher)))
            }
            Mode::Polling(interval) => {
                let tell = move |raw| {
                    if sink.try_send(raw).is_err() {
                        lose(&sink);
                    }
                };
                let poller = Poller::new(interval, tell);
                poller
                    .map(Self::Polling)
                    .map_err(|error| refusal(notify::Error::io(error)))
            }
        }
    }

    pub(super) fn watch(&mut self, directory: &Path) -> Result<(), Refusal> {
        match self {
            Self::Native(watcher) => watcher.watch(directory, RecursiveMode::NonRecursive),
            Self::Polling(poller) => poller.watch(directory).map_err(notify::Error::io),
        }
        .map_err(refusal)
    }

    /// A directory that is gone has no watch any more, which is as good.
    pub(super) fn unwatch(&mut self, directory: &Path) {
        match self {
            Self::Native(watcher) => drop(watcher.unwatch(directory)),
            Self::Polling(poller) => poller.unwatch(directory),
        }
    }
}

/// What the event means. Opening and reading are nothing; of a rename both halves are
/// told by themselves; a change of mode or times alone is told, since a wake file is
/// touched so, and the receiver compares contents anyway.
fn translate(event: notify::Event) -> Vec<Raw> {
    let make = match event.kind {
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Name(RenameMode::Both)) => {
            return Vec::new();
        }
        EventKind::Modify(ModifyKind::Metadata(
            MetadataKind::Ownership | MetadataKind::Extended | MetadataKind::AccessTime,
        )) => return Vec::new(),
        EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(RenameMode::From)) => {
            Raw::Removed
        }
        _ => Raw::Changed,
    };
    event.paths.into_iter().map(make).collect()
}

fn refusal(error: notify::Error) -> Refusal {
    match &error.kind {
        ErrorKind::MaxFilesWatch => Refusal::Limit("fs.inotify.max_user_watches"),
        ErrorKind::Io(io) => match io.raw_os_error() {
            Some(libc::EMFILE | libc::ENFILE) => Refusal::Limit("fs.inotify.max_user_instances"),
            Some(libc::ENOSPC) => Refusal::Limit("fs.inotify.max_user_watches"),
            Some(libc::ENOENT | libc::ENOTDIR) => Refusal::Gone,
            _ => Refusal::Failed(error),
        },
        ErrorKind::PathNotFound => Refusal::Gone,
        _ => Refusal::Failed(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use notify::{Error, ErrorKind};

    use super::{Refusal, refusal};

    #[test]
    fn limits_of_the_system_are_named() {
        for (kind, limit) in [
            (
                ErrorKind::MaxFilesWatch,
                Some("fs.inotify.max_user_watches"),
            ),
            (
                ErrorKind::Io(io::Error::from_raw_os_error(libc::EMFILE)),
                Some("fs.inotify.max_user_instances"),
            ),
            (
                ErrorKind::Io(io::Error::from_raw_os_error(libc::EACCES)),
                None,
            ),
        ] {
            let found = match refusal(Error::new(kind)) {
                Refusal::Limit(name) => Some(name),
                _ => None,
            };
            assert_eq!(found, limit);
        }
        assert!(matches!(
            refusal(Error::new(ErrorKind::PathNotFound)),
            Refusal::Gone
        ));
    }
}
