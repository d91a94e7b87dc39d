//! Which of the fixes that wait may land now, and where.

use std::collections::{BTreeMap, HashMap};

use super::Agent;
use super::folding::has;
use crate::failure::Outcome;
use crate::queue::{BurstId, Queue, QueueError, WaitingFix, WaitingState};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath};
use crate::settings::trust::Trust;
use crate::settings::{CommitMode, CommitSettings, Pushed};

/// Where a landing would go.
#[derive(PartialEq, Eq)]
pub(super) struct Target {
    pub(super) tip: Oid,
    /// The branch, or `HEAD` when detached.
    pub(super) reference: String,
}

impl Agent<'_> {
    /// The fixes whose burst is complete. Those that were deferred come again when the
    /// file, the index or the tip has changed, those that were held when HEAD has or a
    /// person has trusted the repository.
    pub(super) fn ready_fixes(&mut self) -> Outcome<Vec<WaitingFix>> {
        // A new start looks at everything again.
        let first = self.landings.judged.is_none();
        let mut moved = self.landings.judged != self.looked;
        let mut ready = Vec::new();
        let mut open: BTreeMap<BurstId, bool> = BTreeMap::new();
        let waiting = self.queue.waiting_fixes()?;
        let is_held = |fix: &WaitingFix| matches!(fix.state, WaitingState::Held { .. });
        if !moved && waiting.iter().any(is_held) {
            moved = self.undecided()? != self.landings.undecided;
        }
        for fix in waiting {
            let again = match &fix.state {
                WaitingState::Ready => true,
                WaitingState::Deferred { seen, .. } => first || self.fingerprint(&fix) != *seen,
                WaitingState::Held { .. } => moved,
            };
            if !again {
                continue;
            }
            let is_open = match fix.burst {
                None => false,
                Some(burst) => {
                    if let Some(known) = open.get(&burst) {
                        *known
                    } else {
                        let found = self.queue.burst_open(burst)? > 0;
                        open.insert(burst, found);
                        found
                    }
                }
            };
            if !is_open {
                ready.push(fix);
            }
        }
        Ok(ready)
    }

    /// What a deferred fix waits for: the file, the index and the tip as they are.
    pub(super) fn fingerprint(&self, fix: &WaitingFix) -> String {
        use std::os::unix::fs::MetadataExt;
        let stamp = |path: &std::path::Path| {
            path.symlink_metadata()
                .map(|about| {
                    format!(
                        "{}:{}:{}.{}",
                        about.ino(),
                        about.size(),
                        about.ctime(),
                        about.ctime_nsec()
                    )
                })
                .unwrap_or_default()
        };
        let leased = match self.queue.lease_of(&fix.path) {
            Ok(Some(_)) => " leased",
            _ => "",
        };
        format!(
            "{} {} {}{leased}",
            stamp(&fix.path.below(&self.place.root)),
            stamp(&self.place.git_dir.join("index")),
            stamp(&crate::repo::head::trace(&self.place)),
        )
    }

    /// HEAD as it is now; `None` on a branch without a commit.
    pub(super) fn target(&self) -> Outcome<Option<Target>> {
        let head = crate::repo::head::read(&self.place)
            .map_err(|error| crate::house::unanswered(&error))?;
        Ok(head.tip.map(|tip| Target {
            tip,
            reference: head.reference.unwrap_or_else(|| "HEAD".to_owned()),
        }))
    }

    /// Holds what may not land here, and drops what is no longer about the tip.
    pub(super) fn sort_out(
        &self,
        fixes: Vec<WaitingFix>,
        target: &Target,
    ) -> Outcome<Vec<WaitingFix>> {
        let unanswered = |error| crate::house::unanswered(&error);
        let objects = Objects::open(&self.place).map_err(unanswered)?;
        let held = self.held_back(target)?;
        let mut going = Vec::new();
        // What a file is once the fixes of earlier stages are in.
        let mut made: HashMap<RepoPath, Oid> = HashMap::new();
        for fix in fixes {
            let at_tip = match made.get(&fix.path) {
                Some(oid) => Some(*oid),
                None => objects
                    .blob_at(&target.tip, &fix.path)
                    .map_err(unanswered)?
                    .map(|(oid, _)| oid),
            };
            if !has(&self.queue, &objects, &target.tip, &fix.tip)? {
                // Its commit may be on another branch, or have been rewritten; then the
                // rewritten one has a task of its own.
                let seen = self.fingerprint(&fix);
                // Where HEAD went on since it was read, what is seen now is not what was
                // decided about: the fix would wait for a change that has been.
                if self.target()?.as_ref() == Some(target) {
                    let reason = "its commit is not on this branch";
                    still_waits(self.queue.defer_fix(fix.id, reason, &seen))?;
                }
            } else if at_tip != Some(fix.before) {
                let reason = "the file has another content at the tip";
                still_waits(self.queue.drop_fix(fix.id, reason))?;
            } else if let Some(reason) = &held {
                made.insert(
                    fix.path.clone(),
                    objects.name(&fix.after).map_err(unanswered)?,
                );
                let known =
                    matches!(&fix.state, WaitingState::Held { reason: old } if old == reason);
                if !known {
                    still_waits(self.queue.hold_fix(fix.id, reason))?;
                }
            } else {
                if !matches!(fix.state, WaitingState::Ready)
                    && !still_waits(self.queue.ready_fix(fix.id))?
                {
                    continue;
                }
                made.insert(
                    fix.path.clone(),
                    objects.name(&fix.after).map_err(unanswered)?,
                );
                going.push(fix);
            }
        }
        Ok(going)
    }

    /// Why nothing may land on this tip, if nothing may.
    fn held_back(&self, target: &Target) -> Outcome<Option<String>> {
        let commit = &self.house.settings.commit;
        if let Some(reason) = &self.broken {
            return Ok(Some(reason.clone()));
        }
        if let Some(reason) = self.undecided()? {
            return Ok(Some(reason));
        }
        if commit.mode == CommitMode::Hold {
            return Ok(Some("commit.mode is hold".to_owned()));
        }
        held_here(&self.place, commit, &self.queue, target)
    }

    /// Why the team's file may not decide what hive writes, if it may not.
    pub(super) fn undecided(&self) -> Outcome<Option<String>> {
        Ok(Trust::load(Some(&self.place))?.undecided(&self.house.team))
    }
}

/// Why no commit of hive's may be made on this tip, whoever asks, if none may.
pub(super) fn held_here(
    place: &Place,
    commit: &CommitSettings,
    queue: &Queue,
    target: &Target,
) -> Outcome<Option<String>> {
    if commit.mode == CommitMode::Branch {
        return Ok(None);
    }
    let branch = target.reference.strip_prefix("refs/heads/");
    if let Some(pattern) = branch.and_then(|branch| commit.protects(branch)) {
        return Ok(Some(format!(
            "the branch is protected by commit.protected = \"{pattern}\""
        )));
    }
    let standing = crate::repo::head::standing(place, &target.tip)
        .map_err(|error| crate::house::unanswered(&error))?;
    if !standing.is_mine && !queue.is_own(&target.tip)? {
        return Ok(Some("the tip is somebody else's commit".to_owned()));
    }
    if commit.pushed == Pushed::Hold
        && let Some(upstream) = standing.pushed_to
    {
        return Ok(Some(format!("{upstream} has the tip already")));
    }
    Ok(None)
}

/// Whether a fix still waited when it was moved. A newer one, a plan or a person may have
/// taken its place since the waiting ones were read; what they decided stands.
pub(super) fn still_waits(moved: Result<(), QueueError>) -> Result<bool, QueueError> {
    match moved {
        Ok(()) => Ok(true),
        Err(error @ (QueueError::Illegal { .. } | QueueError::Unknown { .. })) => {
            tracing::info!(%error, "a fix has been moved meanwhile");
            Ok(false)
        }
        Err(error) => Err(error),
    }
}
