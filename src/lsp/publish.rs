//! When documents are looked at, and what the editor is shown of it.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use super::document::Document;
use super::jobs::{Heard, Job, Made, Of};
use super::repository::Repository;
use super::server::{Server, Stage};
use super::{edits, trial};
use crate::process::Interrupt;
use crate::repo::Place;
use crate::rpc::{Code, Id};

/// How long a text has to be left unchanged before it is looked at.
pub(super) const QUIET: Duration = Duration::from_millis(200);
/// How many different things are said in the editor's log.
const TOLD: usize = 100;

impl Server {
    /// When the next document is due.
    pub(super) fn due(&self) -> Option<Instant> {
        let idle = self
            .documents
            .values()
            .filter(|document| document.checking.is_none());
        idle.filter_map(|document| document.due).min()
    }

    /// Has the documents looked at that are due. One that is being looked at comes after.
    pub(super) fn look(&mut self, now: Instant) {
        for (name, document) in &mut self.documents {
            if document.checking.is_some() || document.due.is_none_or(|due| due > now) {
                continue;
            }
            document.due = None;
            let Some(text) = document.text.clone() else {
                continue;
            };
            // A new file whose directory comes with the first save has no settings before.
            if !document.home.has_directory() {
                continue;
            }
            let (home, edition) = (document.home.clone(), document.edition);
            let of = document.of(name);
            let taken = self.jobs.push(Job {
                id: None,
                of: of.clone(),
                interrupt: Interrupt::default(),
                work: Box::new(move |hive, interrupt| {
                    let checked = match trial::checked(hive, &home, &text, edition, interrupt) {
                        Ok(checked) => Some(checked),
                        Err((Code::Cancelled, _)) => None,
                        Err((_, message)) => Some(super::problems::Checked {
                            edition,
                            troubles: vec![format!("not checked: {message}")],
                            ..super::problems::Checked::default()
                        }),
                    };
                    Heard::Checked(of, checked)
                }),
            });
            if taken {
                document.checking = Some(edition);
            } else {
                // Too much waits; a moment later there is less.
                document.due = Some(now + QUIET);
            }
        }
    }

    /// Takes what a job has found out, or that something has changed.
    pub(super) fn hear(&mut self, heard: Heard) -> io::Result<()> {
        match heard {
            Heard::Checked(of, checked) => {
                // One that was closed meanwhile is another, even under the same name.
                let Some(document) = self.looked_at(&of) else {
                    return Ok(());
                };
                if checked.is_some() {
                    document.checked = checked;
                }
                let place = document.home.place.clone();
                match self.repositories.get(&place.root) {
                    // hive has come into it, perhaps, and nobody can say so.
                    Some(repository) if !repository.is_read() => self.look_at_questions(place),
                    _ => self.publish(&of.name),
                }
            }
            // What was open at `shutdown` has been answered there.
            Heard::Answered { .. } | Heard::Broken(Some(_), _) if self.stage == Stage::Over => {
                Ok(())
            }
            Heard::Answered { id, of, made } => self.answered(&id, &of, made),
            Heard::Broken(Some(id), _) => {
                let fault = (Code::Internal, "hive has a fault here".to_owned());
                self.answer(&id, Err(fault))
            }
            Heard::Broken(None, of) => {
                self.looked_at(&of);
                Ok(())
            }
            Heard::Ended(number) => {
                self.jobs.ended(number);
                Ok(())
            }
            Heard::Changed(root) => {
                let there = self.documents.values();
                let mut there = there.map(|document| &document.home.place);
                match there.find(|place| place.root == root).cloned() {
                    Some(place) => self.look_at_questions(place),
                    None => Ok(()),
                }
            }
        }
    }

    /// The document of which this edition was looked at, and is not any more.
    fn looked_at(&mut self, of: &Of) -> Option<&mut Document> {
        let document = self.documents.get_mut(&of.name)?;
        document
            .checking
            .take_if(|edition| *edition == of.edition)?;
        Some(document)
    }

    /// Reads the open questions of a repository anew, and shows its documents.
    pub(super) fn look_at_questions(&mut self, place: Place) -> io::Result<()> {
        let root = place.root.clone();
        let repository = self
            .repositories
            .entry(root.clone())
            .or_insert_with(|| Repository::new(place));
        if let Err(reason) = repository.refresh(&self.hears) {
            self.tell(&format!("the questions cannot be read: {reason}"))?;
        }
        self.publish_all(&root)
    }

    fn publish_all(&mut self, root: &Path) -> io::Result<()> {
        let documents = self.documents.iter();
        let of_root = documents.filter(|(_, document)| document.home.place.root == root);
        let names: Vec<String> = of_root.map(|(name, _)| name.clone()).collect();
        names.iter().try_for_each(|name| self.publish(name))
    }

    /// Shows what is said of a document, if it has been looked at as it is now: what was
    /// said of another text would be shown in wrong places. Of one whose text is not known
    /// nothing is said.
    pub(super) fn publish(&mut self, name: &str) -> io::Result<()> {
        let Some(document) = self.documents.get(name) else {
            return Ok(());
        };
        let all = match (&document.text, document.current()) {
            (Some(text), Some(checked)) => {
                let repository = self.repositories.get(&document.home.place.root);
                let questions = repository.map(|it| it.questions(&document.home.relative));
                let questions = questions.unwrap_or_default();
                checked.diagnostics(text, &questions, self.client.encoding)
            }
            (None, _) if !document.shown.is_empty() => Vec::new(),
            _ => return Ok(()),
        };
        if all == document.shown && document.shown_of == Some(document.version) {
            return Ok(());
        }
        let message = json!({"uri": name, "version": document.version, "diagnostics": all});
        if let Some(document) = self.documents.get_mut(name) {
            document.shown = all;
            document.shown_of = Some(document.version);
        }
        self.notify("textDocument/publishDiagnostics", &message)
    }

    /// Answers a request with what a job has made, if the document is still the same.
    fn answered(&mut self, id: &Id, of: &Of, made: Made) -> io::Result<()> {
        let document = self.documents.get(&of.name);
        let document = document.filter(|document| document.edition == of.edition);
        let changed = || (Code::ContentModified, "the document has changed".to_owned());
        let result = match (made, document) {
            // Perhaps it was not the request that was taken back, but its document.
            (Made::Refused(Code::Cancelled, _), None) => Err(changed()),
            (Made::Refused(code, why), _) => Err((code, why)),
            (_, None) => Err(changed()),
            (Made::Result(result), Some(_)) => Ok(result),
            (Made::Text(new), Some(document)) => {
                let old = document.text.as_deref().ok_or_else(changed);
                old.map(|old| json!(edits::between(old, &new, self.client.encoding)))
            }
        };
        self.answer(id, result)
    }

    /// Says something in the editor's log, once.
    pub(super) fn tell(&mut self, message: &str) -> io::Result<()> {
        if self.told.len() >= TOLD || self.told.iter().any(|told| told == message) {
            return Ok(());
        }
        self.told.push(message.to_owned());
        let warning = 2;
        let params = json!({"type": warning, "message": format!("hive: {message}")});
        self.notify("window/logMessage", &params)
    }
}
