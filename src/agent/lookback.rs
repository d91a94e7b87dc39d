//! What is done about questions when nothing else is to be done: whose line it is, what
//! resolved ones have taught, and which are about files that are gone.

use std::time::Instant;

use super::Agent;
use super::folding::has;
use super::{lessons, owners};
use crate::failure::Outcome;
use crate::queue::EscalationId;
use crate::repo::objects::Objects;
use crate::repo::{Oid, head};

/// How many questions one turn takes; the next turn goes on.
const SOME: usize = 50;

impl Agent<'_> {
    /// Does one piece of it; says that there may be more.
    pub(super) fn look_back(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        if self.looked_back || self.claims.is_busy() || self.landings.is_busy() {
            return Ok(None);
        }
        let unowned = self.queue.unowned(SOME)?;
        if !unowned.is_empty() {
            let owners = owners::of(&self.place, &unowned);
            let owners = unowned.iter().map(|one| one.id).zip(owners);
            let owners: Vec<(EscalationId, String)> = owners
                .map(|(id, owner)| (id, owner.unwrap_or_default()))
                .collect();
            self.queue.own(owners)?;
            return Ok(Some(now));
        }
        let untaught = self.queue.untaught(SOME)?;
        if untaught.is_empty() {
            self.looked_back = true;
            return Ok(None);
        }
        let tip = head::read(&self.place).ok().and_then(|head| head.tip);
        let objects = Objects::open(&self.place).ok();
        for one in untaught {
            let lesson = match (&objects, &tip) {
                (Some(objects), Some(tip)) => lessons::of_commit(objects, tip, &one),
                _ => None,
            };
            match lesson {
                Some((lesson, words)) => self.queue.teach(&lesson, &words)?,
                None => self.queue.learnt(one.id)?,
            }
        }
        Ok(Some(now))
    }

    /// Resolves the questions about files that the person's commits took away: no task
    /// comes of a file that is not there.
    pub(super) fn forget_gone(&self, tip: &Oid) -> Outcome<()> {
        let Ok(objects) = Objects::open(&self.place) else {
            return Ok(());
        };
        for (path, stage, commit) in self.queue.asked_about()? {
            // A file of another branch is not gone.
            let here = match commit {
                Some(commit) => has(&self.queue, &objects, tip, &commit)?,
                None => true,
            };
            if here && matches!(objects.blob_at(tip, &path), Ok(None)) {
                self.queue.resolve_absent(&path, stage, &[])?;
            }
        }
        Ok(())
    }
}
