//! Landing what was made, and writing it down.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::made::Made;
use super::{ByHand, Landed};
use crate::agent::author::Author;
use crate::agent::folding::{is_looked_at, standing, terms};
use crate::agent::judge::Workers;
use crate::agent::landed::{late, problems, recorder};
use crate::agent::lands::number;
use crate::agent::order::{codes, saved_as, told};
use crate::agent::ready::Target;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::House;
use crate::journal::Event;
use crate::landing::reconcile::Dirty;
use crate::landing::{
    self, Draft, Fix, Layer, Left, Manner, Options, Order, Published, Recovered, Site, Terms,
};
use crate::queue::{FixClass, FixId, LandingKind, NewFix, NewLanding, Queue, WaitingFix};
use crate::repo::{Place, RepoPath};
use crate::schedule::Stage;
use crate::settings::trust::Trust;
use crate::settings::{self, CommitMode};

impl ByHand<'_> {
    /// Lands what was made; `None` after a lost race.
    pub(super) fn land(
        &self,
        site: &Site,
        queue: &Queue,
        target: &Target,
        made: &[Made],
    ) -> Outcome<Option<landing::Outcome>> {
        let fixes: Vec<WaitingFix> = made.iter().flat_map(|made| made.as_fixes(target)).collect();
        let plans = made
            .iter()
            .map(|made| (made.path.clone(), made.planned.clone()));
        let judge = Workers::new(
            plans.collect::<BTreeMap<_, _>>(),
            self.house.pool_options(1)?,
            self.house.memo(),
        );
        let ordered = Ordered {
            house: self.house,
            site,
            queue,
            consents: self.consents,
        };
        ordered.land(target, &fixes, &judge)
    }
}

/// Where a person orders a landing.
pub(super) struct Ordered<'a> {
    pub(super) house: &'a House,
    pub(super) site: &'a Site,
    pub(super) queue: &'a Queue,
    /// Whether a person trusts this checkout for this run.
    pub(super) consents: bool,
}

impl Ordered<'_> {
    /// Lands fixes, one commit per stage; `None` after a lost race. A fix without a row
    /// (its id is 0) gets one when it has landed.
    pub(super) fn land(
        &self,
        target: &Target,
        fixes: &[WaitingFix],
        judge: &Workers,
    ) -> Outcome<Option<landing::Outcome>> {
        let (site, queue) = (self.site, self.queue);
        let settings = &self.house.settings;
        let place = Arc::new(site.place.clone());
        let trusted = self.consents
            || Trust::load(Some(&place)).is_ok_and(|trust| trust.recorded().is_some());
        let author = Author::new(&place, &settings.commit, fixes, trusted)?;
        let hive = crate::process::own_program().map_err(|error| {
            Failure::internal("hive cannot find its own binary").caused_by(error)
        })?;
        // Beyond the ids of rows, and not those of another run.
        let first = 1 << 63 | clock::wall_ms().unsigned_abs() << 20;
        let numbered = (first..).zip(fixes).map(|(new, fix)| match fix.id {
            FixId(0) => (new, fix),
            id => (number(id), fix),
        });
        let numbers: BTreeMap<u64, &WaitingFix> = numbered.collect();
        let stages: Vec<Stage> = Stage::ALL
            .into_iter()
            .filter(|stage| fixes.iter().any(|fix| fix.stage == *stage))
            .collect();
        let record = record(&place, queue, settings.commit.mode, &stages, &numbers);
        let write = |draft: &Draft| author.write(draft);
        let layers = stages.iter().map(|stage| {
            let fixes = numbers.iter().filter(|(_, fix)| fix.stage == *stage);
            let fixes = fixes.map(|(number, fix)| Fix {
                id: *number,
                path: fix.path.clone(),
                before: fix.before,
                after: fix.after.clone(),
                same_class: fix.classes.iter().all(|class| *class == FixClass::Same),
                codes: codes(fix),
                // A later stage begins with what the one before it made, which was never saved.
                on_save: saved_as(site, judge, fix).filter(|_| *stage == stages[0]),
            });
            let (author, numbers) = (&author, &numbers);
            Layer {
                stage: stage.name().to_owned(),
                fixes: fixes.collect(),
                message: Box::new(move |going: &[&Fix]| {
                    let going = going.iter().filter_map(|fix| numbers.get(&fix.id));
                    author.message_of(*stage, &going.copied().collect::<Vec<_>>())
                }),
            }
        });
        let order = Order {
            tip: target.tip,
            reference: (target.reference != "HEAD").then(|| target.reference.clone()),
            layers: layers.collect(),
            options: Options {
                dirty: match settings.commit.dirty {
                    settings::Dirty::Merge => Dirty::Merge,
                    settings::Dirty::Defer => Dirty::Defer,
                },
                target: author.target(&target.reference),
                fold: self.terms(target, fixes)?,
                max_file_size: settings.max_file_size.0,
                // A person has just asked for it.
                kept: &|_| None,
                author: &write,
                record: &record,
            },
        };
        match landing::land(site, order, judge, &hive, &mut None) {
            Ok(landing::Outcome::Lost(reason)) => {
                tracing::info!(reason, "a landing lost a race");
                Ok(None)
            }
            Ok(landing::Outcome::Recovered(recovered)) => {
                let all_the_same = all_the_same(&recovered, target, &numbers);
                for message in problems(recovered) {
                    queue.record(Event::Problem { message })?;
                }
                Ok(all_the_same)
            }
            Ok(outcome) => Ok(Some(outcome)),
            Err(error) => Err(Failure::internal("the fixes could not be landed")
                .caused_by(std::io::Error::other(told(&error)))),
        }
    }
}

impl Ordered<'_> {
    /// Under which terms the fixes go into the tip: all of them, or none. What the person
    /// ordered is one commit, not one in theirs and one beside it.
    fn terms(&self, target: &Target, fixes: &[WaitingFix]) -> Outcome<Option<Terms>> {
        let settings = &self.house.settings;
        if settings.commit.mode != CommitMode::Fold || !is_looked_at(self.queue, target)? {
            return Ok(None);
        }
        let mut terms = terms(&self.site.place, settings);
        terms.trusted |= self.consents;
        let paths = standing(self.site, self.queue, target, &terms)?.unwrap_or_default();
        let all = fixes.iter().all(|fix| paths.contains(&fix.path));
        Ok(all.then_some(terms))
    }
}

/// What has landed of an order although a step after the last one failed: the recovery has
/// found it on its branch. What an earlier process has left is none of it.
fn all_the_same(
    recovered: &[Recovered],
    target: &Target,
    numbers: &BTreeMap<u64, &WaitingFix>,
) -> Option<landing::Outcome> {
    let published = recovered.iter().find_map(|one| match one {
        Recovered::Landed(published) => Some(published),
        _ => None,
    });
    let published = published.filter(|published| published.tip == target.tip)?;
    let landed: BTreeSet<RepoPath> = published
        .fixes
        .iter()
        .filter_map(|id| Some(numbers.get(id)?.path.clone()))
        .collect();
    let wanted: BTreeSet<_> = numbers.values().map(|fix| fix.path.clone()).collect();
    if landed.is_empty() {
        return None;
    }
    let why = || Left::Deferred("an error came in between".to_owned());
    let left = wanted.difference(&landed);
    let left = left.map(|path| (path.clone(), why())).collect();
    Some(landing::Outcome::Landed {
        commits: published.commits.clone(),
        left,
        paths: landed.into_iter().collect(),
        held_us: published.held_us,
        settled: Vec::new(),
    })
}

/// Writes the landing down with its fixes. What an earlier process has left is recorded
/// as for an agent.
fn record(
    place: &Arc<Place>,
    queue: &Queue,
    mode: CommitMode,
    stages: &[Stage],
    numbers: &BTreeMap<u64, &WaitingFix>,
) -> impl Fn(&Published) -> Result<(), String> {
    let others = recorder(Arc::clone(place), queue.clone(), mode, Vec::new());
    move |published| {
        let ours = |id: &u64| numbers.contains_key(id);
        let Some((tip_after, _)) = published
            .commits
            .last()
            .filter(|_| published.fixes.iter().any(ours))
            // Of one that is given back the fixes are written down already.
            .filter(|_| published.manner != Manner::GivenBack)
        else {
            return others(published);
        };
        let stage = |layer: usize| stages.get(layer).copied().unwrap_or(Stage::Qa);
        let landed = published.fixes.iter().filter_map(|id| numbers.get(id));
        let (new, rows): (Vec<&WaitingFix>, Vec<&WaitingFix>) =
            landed.copied().partition(|fix| fix.id == FixId(0));
        let landing = NewLanding {
            tip_before: published.tip,
            tip_after: *tip_after,
            commits: published
                .commits
                .iter()
                .map(|(oid, layer)| (*oid, stage(*layer)))
                .collect(),
            reference: published.reference.as_deref().unwrap_or("HEAD").to_owned(),
            mode: mode.word().to_owned(),
            kind: match published.manner {
                Manner::Folded => LandingKind::Fold,
                _ => LandingKind::Own,
            },
            instead_of: None,
            fixes: rows.into_iter().map(|fix| fix.id).collect(),
            held_us: published.held_us,
        };
        let fixes = new.into_iter().map(|fix| NewFix {
            path: fix.path.clone(),
            stage: fix.stage,
            task: fix.task,
            worker: fix.worker.clone(),
            burst: None,
            tip: fix.tip,
            before: fix.before,
            after: fix.after.clone(),
            counts: fix.counts.clone(),
            classes: fix.classes.clone(),
            ms: fix.ms,
            commits: fix.commits.clone(),
            asked: Vec::new(),
        });
        let recorded = queue.landed_by_hand(landing, fixes.collect());
        recorded.map(drop).map_err(|error| error.to_string())
    }
}

/// Puts what came of a landing into the reports.
pub(super) fn finish(
    made: &[Made],
    outcome: landing::Outcome,
    landed: &mut Landed,
    queue: &Queue,
) -> Outcome<()> {
    let said = |left: Vec<(RepoPath, Left)>| -> BTreeMap<RepoPath, String> {
        let said = left.into_iter().map(|(path, left)| match left {
            Left::Deferred(reason) => (path, format!("waits: {reason}")),
            Left::Skipped(reason) => (path, format!("stays as it is: {reason}")),
        });
        said.collect()
    };
    let (commits, paths, left) = match outcome {
        landing::Outcome::Landed {
            commits,
            paths,
            left,
            settled,
            ..
        } => {
            for message in late(&settled) {
                queue.record(Event::Problem { message })?;
            }
            (commits, paths, said(left))
        }
        landing::Outcome::Nothing { left } => (Vec::new(), Vec::new(), said(left)),
        landing::Outcome::Held(reason) => {
            let all = made.iter().map(|made| made.path.clone());
            let left = all.map(|path| (path, format!("is held: {reason}")));
            let left = left.collect();
            landed.held = Some(reason);
            (Vec::new(), Vec::new(), left)
        }
        landing::Outcome::Lost(_) | landing::Outcome::Recovered(_) => return Ok(()),
    };
    landed.commits = commits.into_iter().map(|(oid, _)| oid).collect();
    for one in made {
        landed.files.push(match left.get(&one.path) {
            Some(reason) if one.changes() => one.left(reason),
            None if one.changes() && !paths.contains(&one.path) => one.left("did not land"),
            _ => one.report(),
        });
    }
    Ok(())
}
