//! `hive fix --commit`: a person orders fixes of committed content, which land at once,
//! beside a running agent or without one; and `hive apply --commit`, the same for fixes
//! that are there already.
//!
//! Everything that holds for a landing holds here: the committed configuration counts,
//! the gate must be open (but for its quiet moment), protected and pushed branches and
//! other people's tips get nothing. What binds only what hive does unasked does not:
//! `commit.max_lines`, the classes in `[fixes]`, `commit.mode = "hold"`, what was said no
//! to. A name that others import stays all the same, since the commit would break them.
//!
//! A file goes through the stages one after the other, and each stage's fixes are a commit
//! of their own. The fixes have no rows before they land, so that no agent takes them up; their numbers
//! are ones that no row has.

mod given;
mod land;
mod made;
mod make;

use std::time::{Duration, Instant};

use super::lands::SOON;
use super::ready::{Target, held_here};
use super::undo::breathe;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::{House, Planned, unanswered};
use crate::landing::Site;
use crate::memo::Memo;
use crate::process::Interrupt;
use crate::queue::Queue;
use crate::repo::activity::{self, Busy, Still};
use crate::repo::baseline::Baseline;
use crate::repo::{Oid, head};
use crate::report::FileReport;
use crate::settings::CommitMode;
use crate::settings::trust::Trust;

pub use given::{Given, GivenEnd};

use made::Made;

/// How long a git command that is at work, and lost races, are waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is to be done.
pub struct ByHand<'a> {
    /// The repository with the settings that count.
    pub house: &'a House,
    /// The files; those that the tip does not have are skipped with a word.
    pub files: Vec<Planned>,
    /// With it only files that differ from it are taken.
    pub since: Option<Baseline>,
    /// With it only lines that are new against it are fixed.
    pub lines: Option<Baseline>,
    /// What is known already.
    pub memo: Memo,
    /// Whether a person trusts this checkout for this run.
    pub consents: bool,
    /// Ends it before it lands.
    pub interrupt: &'a Interrupt,
    /// Is told how many files are through.
    pub progress: &'a mut dyn FnMut(usize),
}

/// What came of it.
#[derive(Debug, Default)]
pub struct Landed {
    /// What was committed.
    pub commits: Vec<Oid>,
    /// Where, as a person names it.
    pub branch: String,
    /// The files, those that stayed as they are with the reason.
    pub files: Vec<FileReport>,
    /// Why nothing could land here, if so.
    pub held: Option<String>,
    /// The person has interrupted it, and nothing has landed.
    pub interrupted: bool,
}

impl ByHand<'_> {
    /// Fixes and lands.
    pub fn run(mut self, queue: &Queue) -> Outcome<Landed> {
        let place = self.house.place.clone().ok_or_else(no_repository)?;
        let site = Site::at(place).map_err(|error| {
            Failure::internal("the work tree's id cannot be read or written").caused_by(error)
        })?;
        let until = clock::now() + PATIENCE;
        loop {
            let target = target(&site)?;
            let mut landed = Landed {
                branch: self.branch(&target),
                ..Landed::default()
            };
            let Some(made) = self.make(&site, &target, &mut landed)? else {
                landed.interrupted = true;
                return Ok(landed);
            };
            if !made.iter().any(Made::changes) {
                landed.files.extend(made.iter().map(Made::report));
                return Ok(landed);
            }
            let held = match self.undecided()? {
                Some(reason) => Some(reason),
                None => held_here(&site.place, &self.house.settings.commit, queue, &target)?,
            };
            if let Some(reason) = held {
                let left = |made: &Made| {
                    if made.changes() {
                        made.left(&format!("is held: {reason}"))
                    } else {
                        made.report()
                    }
                };
                landed.files.extend(made.iter().map(left));
                landed.held = Some(reason);
                return Ok(landed);
            }
            wait_at_gate(&site, until, self.interrupt, "hive fix --commit")?;
            if self.interrupt.requested() {
                landed.interrupted = true;
                return Ok(landed);
            }
            match self.land(&site, queue, &target, &made)? {
                Some(outcome) => {
                    land::finish(&made, outcome, &mut landed, queue)?;
                    return Ok(landed);
                }
                None if clock::now() >= until => {
                    return Err(Failure::internal(
                        "nothing has landed: others keep moving the branch or the files",
                    )
                    .hint("nothing has changed; run `hive fix --commit` again"));
                }
                None => breathe(SOON),
            }
        }
    }

    /// Where the commit goes, as a person names it.
    fn branch(&self, target: &Target) -> String {
        branch(self.house, target)
    }

    /// Why the team's settings may not decide what hive commits here, if they may not.
    fn undecided(&self) -> Outcome<Option<String>> {
        if self.consents {
            return Ok(None);
        }
        Ok(Trust::load(self.house.place.as_ref())?.undecided(&self.house.team))
    }
}

/// Where a commit on a target goes, as a person names it.
fn branch(house: &House, target: &Target) -> String {
    let mode = house.settings.commit.mode;
    match target.reference.strip_prefix("refs/heads/") {
        Some(branch) if mode == CommitMode::Branch => format!("hive/{branch}"),
        Some(branch) => branch.to_owned(),
        None => target.reference.clone(),
    }
}

/// HEAD's commit, which everything is about.
fn target(site: &Site) -> Outcome<Target> {
    let head = head::read(&site.place).map_err(|error| unanswered(&error))?;
    let tip = head.tip.ok_or_else(|| {
        Failure::usage("there is no commit on this branch")
            .hint("`hive fix` without --commit fixes the files as they are")
    })?;
    Ok(Target {
        tip,
        reference: head.reference.unwrap_or_else(|| "HEAD".to_owned()),
    })
}

/// Waits until git is not at work here. What may take days is not waited for.
fn wait_at_gate(site: &Site, until: Instant, interrupt: &Interrupt, command: &str) -> Outcome<()> {
    let mut still = Still::new();
    loop {
        let Some(busy) = activity::look(&site.place, &mut still, Duration::ZERO, &[]) else {
            return Ok(());
        };
        let lasts = matches!(busy, Busy::Operation(_) | Busy::Unmerged);
        if lasts || clock::now() >= until {
            return Err(Failure::usage(format!("nothing lands now: {busy}"))
                .hint(format!("finish it, then run `{command}` again")));
        }
        if interrupt.wait(SOON) {
            return Ok(());
        }
    }
}

fn no_repository() -> Failure {
    Failure::usage("--commit needs a git repository, and this is none")
        .hint("leave it out to fix the files as they are")
}
