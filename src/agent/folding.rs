//! Fixes that go into the person's own commit: which of them may, what else knows of such
//! a commit, and giving one back that somebody has all the same.

use std::sync::Arc;

use super::Agent;
use super::author::Author;
use super::landed::recorder;
use super::ready::Target;
use crate::failure::{Failure, Outcome};
use crate::journal::Event;
use crate::landing::{self, Back, Draft, LandError, Site, Terms};
use crate::queue::{FixFilter, Landing, Queue, QueueError, WaitingFix, WaitingState};
use crate::repo::activity::{self, Busy};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, pushing};
use crate::schedule::Stage;
use crate::settings::trust::Trust;
use crate::settings::{CommitMode, Settings};

use super::order::told;

/// How many folds in a row are followed: one for each burst of one commit.
const FOLLOWED: usize = 20;

/// What of the fixes that are ready goes next, and how.
pub(super) enum Parted {
    /// These, into the tip itself if there are terms.
    Go(Vec<WaitingFix>, Option<Terms>),
    /// None yet. Before the tip has been looked at, what it brings would not be looked at
    /// any more once it is another commit; and while its own files are being dealt with, a
    /// commit of hive's on top would leave no tip to fold them into.
    Later,
}

impl Agent<'_> {
    /// Parts what belongs into the tip from what does not: files that the tip itself
    /// changed from those of commits before it, which get a commit of their own afterwards.
    pub(super) fn parted(&self, fixes: Vec<WaitingFix>, target: &Target) -> Outcome<Parted> {
        if self.house.settings.commit.mode != CommitMode::Fold {
            return Ok(Parted::Go(fixes, None));
        }
        if !is_looked_at(&self.queue, target)? {
            return Ok(Parted::Later);
        }
        let terms = terms(&self.place, &self.house.settings);
        let paths = match standing(&self.site, &self.queue, target, &terms)? {
            Ok(paths) => paths,
            Err(why) => {
                tracing::info!(why, "the tip stays as it is");
                return Ok(Parted::Go(fixes, None));
            }
        };
        let (its, others): (Vec<_>, Vec<_>) =
            fixes.into_iter().partition(|fix| paths.contains(&fix.path));
        Ok(if its.is_empty() {
            if self.claims.is_busy() || self.claims.waiting > 0 {
                return Ok(Parted::Later);
            }
            Parted::Go(others, None)
        } else {
            Parted::Go(its, Some(terms))
        })
    }

    /// Why nothing may land on the branch because of a push, if so.
    pub(super) fn pushed_now(&self) -> Option<Busy> {
        let mode = self.house.settings.commit.mode;
        if mode == CommitMode::Branch {
            // Nobody pushes a branch of hive's own without a wish for it.
            return None;
        }
        let target = self.target().ok().flatten()?;
        let reference = Some(target.reference.as_str());
        let pid = pushing::of(&self.place.common_dir, reference, &target.tip);
        if let Some(pid) = pid {
            return Some(Busy::Pushing { pid });
        }
        // One without a word has perhaps read the tip that would be made anew.
        let folds = mode == CommitMode::Fold;
        let own = [std::process::id()];
        folds.then(|| activity::pushes(&self.place, &own).into_iter().next())?
    }

    /// Gives a folded tip back that a remote-tracking branch has as it was: a push has sent
    /// it that nobody saw in time, or hive died before it could look.
    pub(super) fn give_folds_back(&mut self) -> Outcome<()> {
        let Some(target) = self.target()? else {
            return Ok(());
        };
        let Some(fold) = self.queue.fold_of(&target.tip)? else {
            return Ok(());
        };
        let standing = crate::repo::head::standing(&self.place, &fold.tip_before);
        // What was pruned nobody has.
        let remote = standing.ok().and_then(|standing| standing.pushed_to);
        let sent = || pushing::was_sent(&self.place.common_dir, &fold.tip_before);
        let remote = remote.or_else(|| sent().then(|| "the other side of a push".to_owned()));
        let Some(remote) = remote else {
            return Ok(());
        };
        match give_back(&self.place, &self.queue, &self.house.settings, &fold)? {
            Ok(_) => self.own_change(),
            Err(why) => {
                let (old, new) = (fold.tip_before.short(), fold.tip_after.short());
                self.say_once(format!(
                    "{remote} has {old}, which is {new} here since hive folded a fix into it: \
                     {why}; `git pull --rebase` brings both together"
                ))?;
            }
        }
        Ok(())
    }
}

/// Whether intake has taken in what a tip brings.
pub(super) fn is_looked_at(queue: &Queue, target: &Target) -> Outcome<bool> {
    let marks = queue.marks()?;
    let here = |mark: &crate::queue::Mark| mark.reference == target.reference;
    Ok(marks
        .iter()
        .any(|mark| here(mark) && mark.oid == target.tip))
}

/// The terms of what is done unasked.
pub(super) fn terms(place: &Place, settings: &Settings) -> Terms {
    Terms {
        age: Some(settings.fold.age),
        trusted: Trust::load(Some(place)).is_ok_and(|trust| trust.recorded().is_some()),
        undoes: false,
    }
}

/// The paths that the tip changed, if it may be made anew: it is the person's, and nobody
/// else has it.
pub(super) fn standing(
    site: &Site,
    queue: &Queue,
    target: &Target,
    terms: &Terms,
) -> Outcome<Result<std::collections::BTreeSet<crate::repo::RepoPath>, String>> {
    if queue.is_own(&target.tip)? {
        return Ok(Err("it is hive's own".to_owned()));
    }
    let branch = (target.reference != "HEAD").then_some(target.reference.as_str());
    let standing = landing::standing(site, branch, &target.tip, terms);
    Ok(standing.unwrap_or_else(|error| Err(told(&error))))
}

/// Whether a tip has a commit in its history, as it was made or as a landing made it over.
pub fn has(queue: &Queue, objects: &Objects, tip: &Oid, commit: &Oid) -> Result<bool, QueueError> {
    let mut commit = *commit;
    for _ in 0..FOLLOWED {
        if objects.reaches(tip, &commit) {
            return Ok(true);
        }
        match queue.became(&commit)? {
            Some(next) => commit = next,
            None => return Ok(false),
        }
    }
    Ok(false)
}

/// Gives a folded tip back: the commit as the person made it, with the fixes in a commit of
/// hive's own on top of it; why not, if that cannot be.
pub fn give_back(
    place: &Place,
    queue: &Queue,
    settings: &Settings,
    fold: &Landing,
) -> Outcome<Result<Oid, String>> {
    let failed = |error: &LandError| {
        Failure::internal(format!("{} cannot be given back", fold.tip_after.short()))
            .caused_by(std::io::Error::other(told(error)))
    };
    let site = Site::at(place.clone()).map_err(|error| {
        Failure::internal("the work tree's id cannot be read or written").caused_by(error)
    })?;
    let fixes = of_landing(queue, fold)?;
    let place = Arc::new(place.clone());
    let trusted = Trust::load(Some(&place)).is_ok_and(|trust| trust.recorded().is_some());
    let author = Author::new(&place, &settings.commit, &fixes, trusted)?;
    let write = |draft: &Draft| author.write(draft);
    let stage = fold
        .commits
        .first()
        .map_or(Stage::Qa, |commit| commit.stage);
    let mode = settings.commit.mode;
    let record = recorder(Arc::clone(&place), queue.clone(), mode, vec![stage]);
    let back = Back {
        reference: fold.reference.clone(),
        old: fold.tip_before,
        folded: fold.tip_after,
        fixes: (Vec::new(), 0),
        message: author.message_of(stage, &fixes.iter().collect::<Vec<_>>()),
        author: &write,
        record: &record,
    };
    let given = landing::give_back(&site, &back).map_err(|error| failed(&error))?;
    if let Ok(by) = &given {
        let (old, by) = (fold.tip_before.short(), by.short());
        queue.record(Event::Problem {
            message: format!(
                "{old} was pushed while a fix was folded into it: it is as it was again, and \
                 the fix is {by}"
            ),
        })?;
    }
    Ok(given)
}

/// The fixes of a landing as what they were before it, without contents.
fn of_landing(queue: &Queue, landing: &Landing) -> Outcome<Vec<WaitingFix>> {
    let fixes = queue.fixes(&FixFilter {
        landing: Some(landing.id),
        ..FixFilter::default()
    })?;
    let waiting = fixes.into_iter().map(|fix| WaitingFix {
        id: fix.id,
        path: fix.path,
        stage: fix.stage,
        state: WaitingState::Ready,
        task: fix.task,
        worker: fix.worker,
        burst: None,
        tip: fix.tip,
        base: None,
        before: fix.before,
        after: Vec::new(),
        counts: fix.counts,
        classes: fix.classes,
        ms: fix.ms,
        commits: fix.commits,
        made_ms: fix.made_ms,
    });
    Ok(waiting.collect())
}
