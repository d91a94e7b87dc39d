//! Making the fixes: of what the tip has, by all cores, from the memo where it knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::made::{Made, report};
use super::{ByHand, Landed, no_repository};
use crate::agent::course::Course;
use crate::agent::limits::Limits;
use crate::agent::ready::Target;
use crate::agent::workshop::{Next, Workshop};
use crate::failure::{Failure, Outcome};
use crate::fixers::Trouble;
use crate::house::{Planned, unanswered};
use crate::intake::commits::Version;
use crate::intake::configuration::Configuration;
use crate::intake::skip;
use crate::landing::Site;
use crate::memo::Memo;
use crate::repo::baseline::Baseline;
use crate::repo::objects::Objects;
use crate::repo::{Oid, RepoPath};
use crate::report::Status;
use crate::schedule::Stage;
use crate::settings::{self, FixPolicy, FixSettings};

/// How long to wait for a worker before looking at the interrupt again.
const GLANCE: Duration = Duration::from_millis(50);

impl ByHand<'_> {
    /// Makes the fixes of what the tip has; `None` when the person interrupts.
    pub(super) fn make(
        &mut self,
        site: &Site,
        target: &Target,
        landed: &mut Landed,
    ) -> Outcome<Option<Vec<Made>>> {
        let objects = Objects::open(&site.place).map_err(|error| unanswered(&error))?;
        let configuration = Configuration::at(&site.place, &target.tip)
            .map_err(|error| {
                Failure::internal("the committed configuration cannot be read").caused_by(error)
            })?
            .accepting_hive_toml(self.undecided()?.is_none());
        let pool = self.house.pool(self.files.len())?;
        let mut workshop = Workshop::new(std::mem::replace(&mut self.memo, Memo::none()));
        let mut open: HashMap<u64, (Planned, RepoPath, Oid, String)> = HashMap::new();
        let mut made = Vec::new();
        for (id, planned) in (0_u64..).zip(self.files.clone()) {
            let about = self.about(&planned, target, &objects, &configuration)?;
            let (path, before, course) = match about {
                Ok(Some(about)) => about,
                Ok(None) => continue,
                Err(status) => {
                    landed.files.push(report(&planned, status));
                    continue;
                }
            };
            let next = workshop.begin(id, course);
            open.insert(id, (planned, path, before, Stage::Qa.worker(1)));
            match next {
                Next::Job(task) => pool.push([*task]),
                next => conclude(next, open.remove(&id), &mut made, landed),
            }
        }
        while !open.is_empty() {
            (self.progress)(made.len() + landed.files.len());
            let answer = pool.answers().recv_timeout(GLANCE);
            if self.interrupt.requested() {
                pool.abandon();
                return Ok(None);
            }
            let Ok(answer) = answer else {
                continue;
            };
            let (id, slot) = (answer.id, answer.slot);
            if let Some(one) = open.get_mut(&id) {
                one.3 = Stage::Qa.worker(slot + 1);
            }
            match workshop.answer(answer) {
                Some(Next::Job(task)) => pool.push([*task]),
                Some(next) => conclude(next, open.remove(&id), &mut made, landed),
                None => {}
            }
        }
        workshop.remember();
        self.memo = workshop.into_memo();
        made.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Some(made))
    }

    /// What is to be done with a file; the reason why nothing is, or nothing at all for
    /// one that is not new.
    #[expect(
        clippy::type_complexity,
        reason = "an answer to one question, used once"
    )]
    fn about(
        &self,
        planned: &Planned,
        target: &Target,
        objects: &Objects,
        configuration: &Configuration,
    ) -> Outcome<Result<Option<(RepoPath, Oid, Course)>, Status>> {
        let skipped = |why: &str| Ok(Err(Status::Skipped(why.to_owned())));
        let failed = |error| unanswered(&error);
        let Ok(path) = RepoPath::new(planned.relative.as_str()) else {
            return skipped("has a name that is not UTF-8");
        };
        let found = objects.blob_at(&target.tip, &path).map_err(failed)?;
        let Some((before, executable)) = found else {
            return skipped("is not committed");
        };
        if let Some(reason) = &planned.check_only {
            return skipped(&reason.to_string());
        }
        let bytes = objects.blob(&before).map_err(failed)?;
        if bytes.len() as u64 > self.house.settings.max_file_size.0 {
            return skipped("is larger than max_file_size");
        }
        if let Some(reason) = skip::by_content(&bytes) {
            return skipped(&reason.to_string());
        }
        let old = |baseline: &Option<Baseline>| match baseline {
            Some(baseline) => baseline.content(path.as_path()).map_err(failed),
            None => Ok(None),
        };
        if old(&self.since)?.is_some_and(|old| old == bytes) {
            return Ok(Ok(None));
        }
        match configuration.differs(&path) {
            Ok(None) => {}
            Ok(Some(file)) => {
                let why = format!("waits: {file} has changes that are not committed");
                return Ok(Err(Status::Left(why)));
            }
            Err(error) => return Ok(Err(Status::Left(format!("waits: {error}")))),
        }
        let limits = Limits {
            place: Arc::new(self.house.place.clone().ok_or_else(no_repository)?),
            fixes: FixSettings {
                same: FixPolicy::Land,
                linter: FixPolicy::Land,
            },
            max_lines: usize::MAX,
            lands: true,
        };
        let planned = planned.clone();
        let course = match old(&self.lines)? {
            None => Course::of_file(planned, bytes, executable, limits),
            Some(old) => {
                let versions = [(old, false), (bytes, true)];
                let versions = versions.map(|(bytes, own)| Version { bytes, own });
                let scope = settings::Scope::Lines;
                Course::of_commits(planned, &versions, executable, scope, limits)
            }
        };
        Ok(Ok(Some((path, before, course))))
    }
}

fn conclude(
    next: Next,
    about: Option<(Planned, RepoPath, Oid, String)>,
    made: &mut Vec<Made>,
    landed: &mut Landed,
) {
    let Some((planned, path, before, worker)) = about else {
        return;
    };
    match next {
        Next::Done(finished) => made.push(Made {
            planned,
            path,
            before,
            worker,
            finished,
        }),
        Next::Failed(trouble) => landed.files.push(report(&planned, Status::Failed(trouble))),
        // Only given to workers.
        Next::Job(_) => {
            let reason = "it was not dealt with".to_owned();
            let trouble = Trouble::Worker { reason };
            landed.files.push(report(&planned, Status::Failed(trouble)));
        }
    }
}
