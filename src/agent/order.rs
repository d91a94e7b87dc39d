//! How a landing is ordered: the fixes in layers, who writes the commits, who judges
//! merged files, and who records what was published.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use super::Agent;
use super::author::Author;
use super::judge::Workers;
use super::landed::recorder;
use super::lands::{Ended, number};
use super::leases;
use super::ready::Target;
use crate::failure::{Failure, Outcome};
use crate::landing::reconcile::Dirty;
use crate::landing::{self, Draft, Fix, LandError, Layer, Options, Order, Published, Site, Terms};
use crate::queue::{FixClass, FixId, WaitingFix};
use crate::repo::RepoPath;
use crate::repo::objects::Objects;
use crate::schedule::Stage;
use crate::settings::trust::Trust;
use crate::settings::{self, FixPolicy, OnSave};

impl Agent<'_> {
    /// Starts a landing on a thread of its own, which says how it ended.
    pub(super) fn start_landing(
        &mut self,
        fixes: Vec<WaitingFix>,
        target: Target,
        fold: Option<Terms>,
    ) -> Outcome<()> {
        let paths: Vec<RepoPath> = fixes.iter().map(|fix| fix.path.clone()).collect();
        let judge = Workers::of(&self.house, &paths)?;
        let commit = self.house.settings.commit.clone();
        let author = Author::new(&self.place, &commit, &fixes, self.is_trusted())?;
        let site = self.site.clone();
        let marker = self.landings.marker.clone();
        let hive = crate::process::own_program().map_err(|error| {
            Failure::internal("hive cannot find its own binary").caused_by(error)
        })?;
        let max_file_size = self.house.settings.max_file_size.0;
        let saves = self.house.settings.on_save == OnSave::Fix
            && self.house.settings.fixes.same == FixPolicy::Land;
        let mut standby = self.landings.standby.take();
        // Taken before anything is read: what is saved while the landing is at work is a
        // change that a fix deferred by it waits for.
        let seen = fixes.iter().map(|fix| self.fingerprint(fix)).collect();
        let place = Arc::clone(&self.place);
        let publishing = Arc::clone(&self.landings.publishing);
        let queue = self.queue.clone();
        self.landings.busy = true;
        publishing.store(true, Ordering::Release);
        thread::spawn(move || {
            // From before the leases are read to the end: none begins in between.
            let hand = leases::hand(&place);
            let leases = queue.leases().unwrap_or_default();
            let write = |draft: &Draft| author.write(draft);
            let stages = Stage::ALL
                .into_iter()
                .filter(|stage| fixes.iter().any(|fix| fix.stage == *stage))
                .collect();
            let record = recorder(place, queue, commit.mode, stages);
            let record = |published: &Published| {
                let recorded = record(published);
                publishing.store(false, Ordering::Release);
                recorded
            };
            let saved = if saves {
                saved(&site, &judge, &fixes)
            } else {
                BTreeMap::new()
            };
            let order = Order {
                tip: target.tip,
                reference: (target.reference != "HEAD").then(|| target.reference.clone()),
                layers: layers(&fixes, &author, &saved),
                options: Options {
                    dirty: match commit.dirty {
                        settings::Dirty::Merge => Dirty::Merge,
                        settings::Dirty::Defer => Dirty::Defer,
                    },
                    target: author.target(&target.reference),
                    fold,
                    max_file_size,
                    kept: &|path| leases::reason(&leases, path),
                    author: &write,
                    record: &record,
                },
            };
            let land =
                AssertUnwindSafe(|| landing::land(&site, order, &judge, &hive, &mut standby));
            let result = match catch_unwind(land) {
                Ok(result) => result.map_err(|error| told(&error)),
                Err(_) => Err("the landing failed in an unforeseen way; see the log".to_owned()),
            };
            drop(hand);
            publishing.store(false, Ordering::Release);
            // The agent waits for this before it goes.
            let _ = marker.send(Box::new(Ended {
                result,
                fixes,
                seen,
            }));
        });
        Ok(())
    }

    /// Whether a person has said that this repository may run programs.
    fn is_trusted(&self) -> bool {
        Trust::load(Some(&self.place)).is_ok_and(|trust| trust.recorded().is_some())
    }
}

/// What hive makes, when it is saved, of each file that is not as it was committed: an
/// agent may have done so before the commit, and that is no edit of the person's.
fn saved(site: &Site, judge: &Workers, fixes: &[WaitingFix]) -> BTreeMap<FixId, Vec<u8>> {
    // A later stage begins with what the one before it made, which was never saved.
    let first = fixes.iter().filter(|fix| fix.stage == Stage::Qa);
    let made = first.filter_map(|fix| Some((fix.id, saved_as(site, judge, fix)?)));
    made.collect()
}

/// The same for one file; `None` for one that is as it was committed, or as the fix has it.
pub(super) fn saved_as(site: &Site, judge: &Workers, fix: &WaitingFix) -> Option<Vec<u8>> {
    let now = std::fs::read(fix.path.below(&site.place.root)).ok()?;
    if now == fix.after {
        return None;
    }
    let committed = Objects::open(&site.place).ok()?.blob(&fix.before).ok()?;
    if now == committed {
        return None;
    }
    judge.on_save(&fix.path, &committed)
}

/// The rules of a fix that change more than the layout.
pub(super) fn codes(fix: &WaitingFix) -> Vec<String> {
    let counts = fix.counts.iter();
    counts
        .filter(|count| count.class != FixClass::Same)
        .map(|count| count.code.clone())
        .collect()
}

/// The layers of a landing: one commit per stage.
fn layers<'a>(
    fixes: &'a [WaitingFix],
    author: &'a Author,
    saved: &BTreeMap<FixId, Vec<u8>>,
) -> Vec<Layer<'a>> {
    Stage::ALL
        .into_iter()
        .map(|stage| Layer {
            stage: stage.name().to_owned(),
            fixes: fixes
                .iter()
                .filter(|fix| fix.stage == stage)
                .map(|fix| Fix {
                    id: number(fix.id),
                    path: fix.path.clone(),
                    before: fix.before,
                    after: fix.after.clone(),
                    same_class: fix.classes.iter().all(|class| *class == FixClass::Same),
                    codes: codes(fix),
                    on_save: saved.get(&fix.id).cloned(),
                })
                .collect(),
            message: Box::new(move |going| author.message(stage, going, fixes)),
        })
        .filter(|layer| !layer.fixes.is_empty())
        .collect()
}

/// An error with its cause.
pub(super) fn told(error: &LandError) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}
