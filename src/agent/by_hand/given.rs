//! Landing fixes that are there already, because a person orders it: those that are held,
//! and the patches of questions.

use super::land::Ordered;
use super::{PATIENCE, branch, target, wait_at_gate};
use crate::agent::judge::Workers;
use crate::agent::landed::late;
use crate::agent::lands::SOON;
use crate::agent::ready::held_here;
use crate::agent::undo::breathe;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::House;
use crate::journal::Event;
use crate::landing::{self, Left, Site};
use crate::process::Interrupt;
use crate::queue::{Queue, WaitingFix};
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;
use crate::settings::trust::Trust;

/// Lands what is there already.
pub struct Given<'a> {
    /// The repository with the settings that count.
    pub house: &'a House,
    /// Its queue.
    pub queue: &'a Queue,
    /// Ends it before it lands.
    pub interrupt: &'a Interrupt,
    /// The command that a person can run again.
    pub command: &'a str,
}

/// What came of it.
#[derive(Debug, Default)]
pub struct GivenEnd {
    /// What was committed, the oldest first, by stage.
    pub commits: Vec<(Oid, Stage)>,
    /// Where, as a person names it.
    pub branch: String,
    /// The files in it.
    pub paths: Vec<RepoPath>,
    /// The files that did not go, with the reasons as they follow "it".
    pub left: Vec<(RepoPath, String)>,
    /// Why nothing could land here, if so.
    pub held: Option<String>,
}

impl Given<'_> {
    /// Lands the fixes that `make` makes of the tip's content, once more after each lost
    /// race. Those of a later stage are of what the one before it made of the same file.
    pub fn land(
        &self,
        make: &mut dyn FnMut(&Oid) -> Outcome<Vec<WaitingFix>>,
    ) -> Outcome<GivenEnd> {
        let place = self.house.place.clone().ok_or_else(super::no_repository)?;
        let site = Site::at(place).map_err(|error| {
            Failure::internal("the work tree's id cannot be read or written").caused_by(error)
        })?;
        let until = clock::now() + PATIENCE;
        loop {
            let target = target(&site)?;
            let mut end = GivenEnd {
                branch: branch(self.house, &target),
                ..GivenEnd::default()
            };
            let fixes = make(&target.tip)?;
            if fixes.is_empty() {
                return Ok(end);
            }
            let undecided = Trust::load(Some(&site.place))?.undecided(&self.house.team);
            end.held = undecided;
            if end.held.is_none() {
                let commit = &self.house.settings.commit;
                end.held = held_here(&site.place, commit, self.queue, &target)?;
            }
            if end.held.is_some() {
                return Ok(end);
            }
            wait_at_gate(&site, until, self.interrupt, self.command)?;
            if self.interrupt.requested() {
                return Err(Failure::new(
                    crate::failure::Kind::Interrupted,
                    "interrupted; nothing has landed",
                ));
            }
            let paths: Vec<RepoPath> = fixes.iter().map(|fix| fix.path.clone()).collect();
            let judge = Workers::of(self.house, &paths)?;
            let ordered = Ordered {
                house: self.house,
                site: &site,
                queue: self.queue,
                consents: false,
            };
            match ordered.land(&target, &fixes, &judge)? {
                Some(outcome) => {
                    self.finish(outcome, &fixes, &mut end)?;
                    return Ok(end);
                }
                None if clock::now() >= until => {
                    return Err(Failure::internal(
                        "nothing has landed: others keep moving the branch or the files",
                    )
                    .hint(format!("nothing has changed; run `{}` again", self.command)));
                }
                None => breathe(SOON),
            }
        }
    }

    fn finish(
        &self,
        outcome: landing::Outcome,
        fixes: &[WaitingFix],
        end: &mut GivenEnd,
    ) -> Outcome<()> {
        let left = match outcome {
            landing::Outcome::Landed {
                commits,
                paths,
                left,
                settled,
                ..
            } => {
                for message in late(&settled) {
                    self.queue.record(Event::Problem { message })?;
                }
                let stages: Vec<Stage> = Stage::ALL
                    .into_iter()
                    .filter(|stage| fixes.iter().any(|fix| fix.stage == *stage))
                    .collect();
                let stage = |layer: usize| stages.get(layer).copied().unwrap_or(Stage::Qa);
                end.commits = commits
                    .into_iter()
                    .map(|(oid, layer)| (oid, stage(layer)))
                    .collect();
                end.paths = paths;
                left
            }
            landing::Outcome::Nothing { left } => left,
            landing::Outcome::Held(reason) => {
                end.held = Some(reason);
                return Ok(());
            }
            landing::Outcome::Lost(_) | landing::Outcome::Recovered(_) => return Ok(()),
        };
        end.left = left
            .into_iter()
            .map(|(path, left)| match left {
                Left::Deferred(reason) => (path, format!("waits: {reason}")),
                Left::Skipped(reason) => (path, format!("stays as it is: {reason}")),
            })
            .collect();
        Ok(())
    }
}
