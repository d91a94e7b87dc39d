//! The open questions of a repository, as they are now.

use std::path::PathBuf;
use std::thread;

use crossbeam_channel::Sender;

use super::jobs::Heard;
use crate::escalation::Escalation;
use crate::queue::{EscalationFilter, Queue, Ticks};
use crate::repo::{Place, RepoPath, WorktreeId};
use crate::store;

/// A repository with documents of which some are open.
pub(super) struct Repository {
    place: Place,
    /// Held open: to open it anew at every change would itself be a change.
    queue: Option<Queue>,
    questions: Vec<Escalation>,
    listening: bool,
}

impl Repository {
    /// One that has not been looked at.
    pub(super) fn new(place: Place) -> Self {
        Self {
            place,
            queue: None,
            questions: Vec::new(),
            listening: false,
        }
    }

    /// Looks at the questions, and from now on says when something changes. An error says
    /// why they cannot be read; then there are none.
    pub(super) fn refresh(&mut self, heard: &Sender<Heard>) -> Result<(), String> {
        self.questions.clear();
        let file = store::repository_file(&self.place);
        if !file.is_some_and(|file| file.exists()) {
            // hive has never been here, or has been removed: nothing is made.
            self.queue = None;
            return Ok(());
        }
        if self.queue.is_none() {
            let worktree = WorktreeId::of(&self.place).map_err(|error| error.to_string())?;
            let queue = Queue::open(&self.place, worktree).map_err(|error| error.to_string())?;
            self.queue = Some(queue);
        }
        self.listen(heard);
        if let Some(queue) = &self.queue {
            let found = queue.escalations(&EscalationFilter::default());
            self.questions = found.map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// The open questions about a file.
    pub(super) fn questions(&self, file: &RepoPath) -> Vec<&Escalation> {
        let of_file = |one: &&Escalation| one.question.path == *file;
        self.questions.iter().filter(of_file).collect()
    }

    /// Where nobody can say that something has changed, it is seen at the next save.
    fn listen(&mut self, heard: &Sender<Heard>) {
        if self.listening {
            return;
        }
        let Ok(ticks) = Ticks::of(&self.place) else {
            return;
        };
        let (root, heard): (PathBuf, _) = (self.place.root.clone(), heard.clone());
        let listen = move || {
            for () in ticks.receiver() {
                if heard.send(Heard::Changed(root.clone())).is_err() {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("ticks".to_owned());
        self.listening = thread.spawn(listen).is_ok();
    }
}
