//! The open questions of a repository, as they are now.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;

use super::jobs::Heard;
use crate::escalation::Escalation;
use crate::queue::{EscalationFilter, Queue, Teller};
use crate::repo::{Place, RepoPath, WorktreeId};
use crate::store;

/// A repository with documents of which some are open.
pub(super) struct Repository {
    place: Place,
    /// Which file the database is; one that was removed and made anew is another.
    file: Option<(u64, u64)>,
    /// Held open: to open it anew at every change would itself be a change.
    queue: Option<Queue>,
    questions: Vec<Escalation>,
    /// Who says that something has changed, and whether that has been said.
    teller: Option<Teller>,
    told: Arc<AtomicBool>,
}

impl Repository {
    /// One that has not been looked at.
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            file: None,
            queue: None,
            questions: Vec::new(),
            teller: None,
            told: Arc::default(),
        }
    }

    /// Looks at the questions, and from now on says when something changes. An error says
    /// why they cannot be read; then there are none.
    pub(super) fn refresh(&mut self, heard: &Sender<Heard>) -> Result<(), String> {
        self.told.store(false, Ordering::SeqCst);
        self.questions.clear();
        let file = store::repository_file(&self.place).and_then(|file| identity(&file));
        if self.file != file {
            // What was watched may have gone with the old one.
            (self.file, self.queue, self.teller) = (file, None, None);
        }
        if self.queue.is_none() && file.is_some() {
            let worktree = WorktreeId::of(&self.place).map_err(|error| error.to_string())?;
            let queue = Queue::open(&self.place, worktree).map_err(|error| error.to_string())?;
            self.queue = Some(queue);
        }
        self.listen(heard);
        // Without one hive has never been here, or has been removed: nothing is made.
        if let Some(queue) = &self.queue {
            let found = queue.escalations(&EscalationFilter::default());
            self.questions = found.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Whether there is something to read from.
    pub(super) fn is_read(&self) -> bool {
        self.queue.is_some()
    }

    /// The open questions about a file.
    pub(super) fn questions(&self, file: &RepoPath) -> Vec<&Escalation> {
        let of_file = |one: &&Escalation| one.question.path == *file;
        self.questions.iter().filter(of_file).collect()
    }

    /// Where nobody can say that something has changed, it is seen at the next save. Many
    /// changes are said once, until the next look.
    fn listen(&mut self, heard: &Sender<Heard>) {
        if self.teller.is_some() {
            return;
        }
        let (told, heard) = (Arc::clone(&self.told), heard.clone());
        let root = self.place.root.clone();
        let tell = move || {
            if !told.swap(true, Ordering::SeqCst) {
                // The server listens as long as it lives.
                let _ = heard.send(Heard::Changed(root.clone()));
            }
        };
        self.teller = Teller::of(&self.place, tell).ok();
    }
}

fn identity(file: &Path) -> Option<(u64, u64)> {
    let there = fs::metadata(file).ok()?;
    Some((there.dev(), there.ino()))
}
