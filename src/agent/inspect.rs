//! Judging the repository as a whole, after a burst: cycles of imports, projects and
//! their configuration, contracts.
//!
//! What `hive check` says of a repository the agent says of the commit that HEAD is at, by
//! the same code, and asks about what the person's commits brought. It is done beside the
//! loop when nothing is at work and nothing is about to land, so that it delays nothing;
//! what is due stands in the database, so that a killed agent loses nothing.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crossbeam_channel::Sender;

use super::Agent;
use super::questions;
use super::stretches::{Stretch, stretches};
use crate::escalation::Question;
use crate::failure::{Failure, Outcome};
use crate::house::{Against, Commits, Whole, unanswered};
use crate::intake::commits::Seen;
use crate::queue::{Begun, Inspected, Inspection};
use crate::repo::committed::Committed;
use crate::repo::objects::Objects;
use crate::repo::{Oid, head};

/// The stack of the thread that judges: as much as the main thread of a process has, where
/// `hive check` judges.
const STACK: usize = 8 << 20;

/// How many commits are compared with. A merge has one more than its own branch; who merges
/// more branches at once is asked about what the others brought.
const BASES: usize = 4;

/// An inspection that has ended.
pub(super) struct Ended {
    due: Inspection,
    tip: Oid,
    found: Result<Inspected, String>,
}

/// The inspection that is under way, if one is.
pub(super) struct Inspections {
    marker: Sender<Box<Ended>>,
    busy: bool,
    /// Whether one may be due.
    pub(super) unsure: bool,
}

impl Inspections {
    pub(super) fn new(marker: Sender<Box<Ended>>) -> Self {
        Self {
            marker,
            busy: false,
            unsure: true,
        }
    }

    /// Whether none is under way and none can begin now.
    pub(super) fn nothing_waits(&self) -> bool {
        !self.busy && !self.unsure
    }
}

impl Agent<'_> {
    /// Notes that the tip of HEAD is to be judged, if the person's commits are new in it,
    /// or if it is another one and something has been asked that may be gone.
    ///
    /// Written before the marks move: noted twice it does no harm.
    pub(super) fn note_inspection(&mut self, seen: &Seen) -> Outcome<()> {
        let Some(tip) = seen.tip else {
            return Ok(());
        };
        let reference = seen.reference.as_deref().unwrap_or("HEAD").to_owned();
        let due = if !seen.own.is_empty() && self.looks_at_trees() {
            let objects = Objects::open(&self.place).map_err(|error| unanswered(&error))?;
            let bases = boundary(&objects, &tip, &seen.own).map_err(|error| unanswered(&error))?;
            Inspection {
                reference,
                tip,
                source: seen.own.last().copied(),
                bases,
            }
        } else if self.queue.inspected()?.is_some() {
            only_gone(reference, tip)
        } else {
            return Ok(());
        };
        self.queue.inspect_later(due)?;
        self.inspections.unsure = true;
        Ok(())
    }

    /// What was asked may be gone under other settings.
    pub(super) fn inspect_again(&mut self) -> Outcome<()> {
        let head = head::read(&self.place).map_err(|error| unanswered(&error))?;
        if let Some(tip) = head.tip
            && self.queue.inspected()?.is_some()
        {
            let reference = head.reference.unwrap_or_else(|| "HEAD".to_owned());
            self.queue.inspect_later(only_gone(reference, tip))?;
            self.inspections.unsure = true;
        }
        Ok(())
    }

    fn looks_at_trees(&self) -> bool {
        // Settings that are wrong are said where the files are judged.
        self.house.commits().is_ok_and(|commits| commits.is_some())
    }

    /// Begins an inspection that is due, once nothing else is at work.
    pub(super) fn inspect(&mut self) -> Outcome<()> {
        if self.inspections.busy || !self.inspections.unsure {
            return Ok(());
        }
        let landing = self.landings.is_busy()
            || (!self.landings.nothing_waits() && self.gate.shut().is_none());
        if landing || self.claims.is_busy() || self.claims.waiting > 0 {
            return Ok(());
        }
        self.inspections.unsure = false;
        if self.broken.is_some() || self.queue.paused()?.is_some() {
            return Ok(());
        }
        let head = head::read(&self.place).map_err(|error| unanswered(&error))?;
        let Some(tip) = head.tip else {
            return Ok(());
        };
        let reference = head.reference.unwrap_or_else(|| "HEAD".to_owned());
        if !self.queue.is_inspection_due(&reference)? {
            return Ok(());
        }
        match self.queue.begin_inspection(&reference)? {
            Begun::None => Ok(()),
            Begun::GivenUp(due) => self.problem(format!(
                "the repository at {} could not be judged as a whole, and is not tried again; \
                 `hive check` says more",
                due.tip.short()
            )),
            Begun::Begun(due) => match self.start_inspection(due, tip) {
                Ok(()) => Ok(()),
                // The next change of HEAD or of the settings comes; no file waits for this.
                Err(failure) => self.say_once(format!("the repository is not judged: {failure}")),
            },
        }
    }

    fn start_inspection(&mut self, due: Inspection, tip: Oid) -> Outcome<()> {
        let objects = Objects::open(&self.place).map_err(|error| unanswered(&error))?;
        let own = |commit: &Oid| {
            let hives = self.queue.is_own(commit).unwrap_or(false);
            Ok(hives || objects.is_mine(commit)?)
        };
        let stretches =
            stretches(&objects, &tip, &due.bases, own).map_err(|error| unanswered(&error))?;
        let inspector = Inspector {
            commits: self.house.commits()?,
            open: self.queue.inspected()?.is_some(),
            due: due.clone(),
            tip,
            stretches,
        };
        let marker = self.inspections.marker.clone();
        let work = move || {
            // A rule that panics must not look like one that found nothing.
            let found = match catch_unwind(AssertUnwindSafe(|| inspector.work())) {
                Ok(found) => found.map_err(|failure| failure.to_string()),
                Err(_) => Err("a rule failed in an unforeseen way; see the log".to_owned()),
            };
            let _ = marker.send(Box::new(Ended { due, tip, found }));
        };
        std::thread::Builder::new()
            .name("inspection".to_owned())
            .stack_size(STACK)
            .spawn(work)
            .map_err(|error| Failure::internal("no thread can be started").caused_by(error))?;
        self.inspections.busy = true;
        Ok(())
    }

    /// Takes the end of an inspection.
    pub(super) fn inspected(&mut self, ended: Ended) -> Outcome<()> {
        self.inspections.busy = false;
        // It may have been asked for again meanwhile.
        self.inspections.unsure = true;
        let Ended { due, tip, found } = ended;
        let found = match found {
            Ok(found) => found,
            Err(reason) => {
                let tip = tip.short();
                return self.say_once(format!("the repository at {tip} is not judged: {reason}"));
            }
        };
        for (rule, reason) in &found.unjudged {
            self.say_once(format!("{rule} could not judge the repository: {reason}"))?;
        }
        let elsewhere = self.elsewhere(&tip)?;
        self.queue.end_inspection(&due, found, elsewhere)?;
        Ok(())
    }

    /// Commits of questions that belong to another branch than the one of a tip: nothing is
    /// known of what became of them. What was amended belongs to none.
    fn elsewhere(&self, tip: &Oid) -> Outcome<Vec<Oid>> {
        let asked = self.queue.inspected()?.unwrap_or_default();
        let objects = Objects::open(&self.place).map_err(|error| unanswered(&error))?;
        let marks = self.queue.marks()?;
        Ok(asked
            .into_iter()
            .filter(|commit| !objects.reaches(tip, commit))
            .filter(|commit| marks.iter().any(|mark| objects.reaches(&mark.oid, commit)))
            .collect())
    }
}

fn only_gone(reference: String, tip: Oid) -> Inspection {
    Inspection {
        reference,
        tip,
        source: None,
        bases: vec![tip],
    }
}

/// The commits that own ones were made on: their parents that are not own. The one on the
/// first-parent way of the tip comes first. None where an own commit began the history.
fn boundary(
    objects: &Objects,
    tip: &Oid,
    own: &[Oid],
) -> Result<Vec<Oid>, crate::repo::baseline::BaselineError> {
    let known: BTreeSet<&Oid> = own.iter().collect();
    let mut bases: Vec<Oid> = Vec::new();
    let mut at = Some(*tip);
    let mut below = false;
    while let Some(oid) = at {
        let is_own = known.contains(&oid);
        if below && !is_own {
            bases.push(oid);
            break;
        }
        below |= is_own;
        at = objects.parents(&oid)?.first().copied();
    }
    if bases.is_empty() {
        return Ok(bases);
    }
    for commit in own {
        for parent in objects.parents(commit)? {
            if !known.contains(&parent) && !bases.contains(&parent) {
                bases.push(parent);
            }
        }
    }
    bases.truncate(BASES);
    Ok(bases)
}

/// What one inspection needs, on its thread.
struct Inspector {
    /// Nothing where no rule looks at the whole any more.
    commits: Option<Commits>,
    due: Inspection,
    tip: Oid,
    /// Whether something has been asked that may be gone.
    open: bool,
    /// What of the way from the bases to the tip is the person's, where not all of it is.
    stretches: Option<Vec<Stretch>>,
}

impl Inspector {
    fn work(&self) -> Outcome<Inspected> {
        let Some(commits) = &self.commits else {
            return Ok(Inspected::default());
        };
        let files = commits.files(&self.tip)?;
        let mut found = Inspected::default();
        if self.open {
            let whole = commits.judge(&files, Against::Void);
            found.there = self.questions(&whole, &files);
            found.unjudged = whole.failures;
        }
        if self.due.source.is_none() {
            return Ok(found);
        }
        let mut whole = match &self.stretches {
            None => brought(commits, &files, &self.due.bases)?,
            Some(stretches) => self.brought_in(stretches, commits, &files)?,
        };
        found.unjudged.append(&mut whole.failures);
        commits.leave_frozen(&mut whole);
        found.asked = self.questions(&whole, &files);
        Ok(found)
    }

    /// What stretches of commits brought, as far as the tip still has it.
    fn brought_in(
        &self,
        stretches: &[Stretch],
        commits: &Commits,
        files: &Committed,
    ) -> Outcome<Whole> {
        let mut all = Whole::default();
        for Stretch { end, begins } in stretches {
            if *end == self.tip {
                all.absorb(brought(commits, files, begins)?);
                continue;
            }
            let then = commits.files(end)?;
            let known = brought(commits, &then, begins)?;
            let mut now = commits.judge(files, Against::Void);
            now.retain_known(&known, |path| files.read(path), |path| then.read(path));
            all.absorb(now);
        }
        Ok(all)
    }

    fn questions(&self, whole: &Whole, files: &Committed) -> Vec<Question> {
        let mut asked = Vec::new();
        for (path, findings) in &whole.findings {
            let text = files.read(path).unwrap_or_default();
            let commit = self.due.source.unwrap_or(self.tip);
            asked.extend(questions::of_whole(path, findings, &text, commit));
        }
        asked
    }
}

/// What is said of some files and was not of those at the commits that they came from.
fn brought(commits: &Commits, files: &Committed, bases: &[Oid]) -> Outcome<Whole> {
    let against = bases.first().map_or(Against::Void, Against::Commit);
    let mut whole = commits.judge(files, against);
    for (number, base) in bases.iter().enumerate() {
        let before = commits.files(base)?;
        // Against the first one the cycles have been compared.
        let against = if number == 0 {
            Against::Nothing
        } else {
            Against::Void
        };
        let known = commits.judge(&before, against);
        whole.retain_new(&known, |path| files.read(path), |path| before.read(path));
    }
    Ok(whole)
}
