//! The Golden Rules about the repository as a whole, in a run.
//!
//! A check looks at the whole beside the workers: neither waits for the other. A fix looks
//! when it has written.

use std::thread::{Builder, JoinHandle};

use super::Request;
use super::laws::Laws;
use crate::cli::Context;
use crate::failure::{Failure, Outcome};
use crate::house::{Ground, House, Overlook, Whole, unanswered};
use crate::repo::baseline::{Baseline, BaselineError};
use crate::repo::{Oid, Place};
use crate::report::{FileReport, Mode};
use crate::settings::environment;

/// As much stack as the main thread of a process has.
const STACK: usize = 8 << 20;

/// A look at the whole: to be taken, or under way.
pub(super) enum Look {
    /// Only files were named, and they are fixed: they are asked about themselves.
    None,
    Later(Box<Overlook>, Comparison),
    Begun(JoinHandle<Outcome<Option<Whole>>>),
}

/// What the imports of the repository are compared with: the commit of --since, else the
/// merge base, else HEAD; nothing where there is none of them.
#[derive(Clone)]
pub(super) struct Comparison {
    place: Option<Place>,
    since: Option<String>,
}

impl Comparison {
    /// Its tree.
    pub(super) fn tree(&self) -> Option<Oid> {
        let place = self.place.as_ref()?;
        let found = match &self.since {
            Some(rev) => baseline(place, Some(rev)),
            None => Baseline::at_merge_base(place, environment::ci_base().as_deref())
                .or_else(|_| Baseline::open(place, "HEAD")),
        };
        found.ok().map(|baseline| baseline.tree())
    }
}

fn baseline(place: &Place, since: Option<&str>) -> Result<Baseline, BaselineError> {
    match since {
        Some("merge-base") => Baseline::at_merge_base(place, environment::ci_base().as_deref()),
        rev => Baseline::open(place, rev.unwrap_or("HEAD")),
    }
}

impl Look {
    fn take(self) -> Outcome<Option<Whole>> {
        match self {
            Self::None => Ok(None),
            Self::Later(overlook, comparison) => overlook.judge(comparison.tree().as_ref()),
            Self::Begun(thread) => thread.join().unwrap_or_else(|_| {
                Err(Failure::internal(
                    "a rule about the repository as a whole failed in an unforeseen way",
                ))
            }),
        }
    }
}

impl Request<'_> {
    /// Begins to look at the whole, if nothing is to be written before.
    pub(super) fn look(&self, laws: &Laws<'_>, ground: &Ground) -> Look {
        let directory = ground.roots.iter().any(|root| root.is_dir());
        if self.mode != Mode::Check && !directory {
            return Look::None;
        }
        let comparison = self.comparison(laws.house);
        let overlook = Box::new(laws.overlook());
        if self.mode == Mode::Fix {
            return Look::Later(overlook, comparison);
        }
        let (there, by) = (laws.overlook(), comparison.clone());
        let look = move || there.judge(by.tree().as_ref());
        let name = "whole".to_owned();
        match Builder::new().name(name).stack_size(STACK).spawn(look) {
            Ok(thread) => Look::Begun(thread),
            Err(_) => Look::Later(overlook, comparison),
        }
    }

    /// What the Golden Rules say of the repository as a whole, with the fixes of files that
    /// no tool takes.
    pub(super) fn whole(
        &self,
        laws: &Laws<'_>,
        reports: &mut Vec<FileReport>,
        (ground, look): (&Ground, Look),
        context: &Context,
    ) -> Outcome<Option<Whole>> {
        let directory = ground.roots.iter().any(|root| root.is_dir());
        let whole = match look.take() {
            // Who names files has their answer, whatever lies elsewhere.
            Err(failure) if !directory => {
                let why = format!("the repository as a whole is not judged: {failure}");
                context.terminal.warn(&why);
                None
            }
            whole => whole?,
        };
        let Some(mut whole) = whole else {
            return Ok(None);
        };
        let since = self.newer_than(laws.house)?;
        laws.add_whole(&mut whole, reports, &ground.roots, since.as_ref(), context)?;
        if directory {
            laws.mend_projects(reports, self.mode)?;
        }
        Ok(Some(whole))
    }

    /// What imports are compared with.
    pub(super) fn comparison(&self, house: &House) -> Comparison {
        Comparison {
            place: house.place.clone(),
            since: self.since.map(str::to_owned),
        }
    }

    /// The commit of --since, or HEAD; `None` outside a repository.
    pub(super) fn baseline(&self, house: &House) -> Outcome<Option<Baseline>> {
        let Some(place) = house.place.as_ref() else {
            return Ok(None);
        };
        let baseline = baseline(place, self.since);
        baseline.map(Some).map_err(|error| unanswered(&error))
    }
}
