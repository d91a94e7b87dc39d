//! Making the fixes: of what the tip has, by all cores, from the memo where it knows.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::made::{Made, Step, report};
use super::{ByHand, Landed, no_repository};
use crate::agent::course::Course;
use crate::agent::limits::Limits;
use crate::agent::ready::Target;
use crate::agent::workshop::{Next, Workshop};
use crate::failure::{Failure, Outcome};
use crate::fixers::job::Golden;
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
use crate::worker::Task;

/// How long to wait for a worker before looking at the interrupt again.
const GLANCE: Duration = Duration::from_millis(50);

/// A file at work, and the stage that it is in.
struct Begun {
    made: Made,
    executable: bool,
    stage: Stage,
    /// What the stage began with.
    before: Oid,
    worker: String,
}

/// What the files at work have in common.
struct Bench<'a> {
    workshop: Workshop,
    objects: Objects,
    open: HashMap<u64, Begun>,
    made: Vec<Made>,
    landed: &'a mut Landed,
}

impl ByHand<'_> {
    /// Makes the fixes of what the tip has; `None` when the person interrupts.
    pub(super) fn make(
        &mut self,
        site: &Site,
        target: &Target,
        landed: &mut Landed,
    ) -> Outcome<Option<Vec<Made>>> {
        let configuration = Configuration::at(&site.place, &target.tip)
            .map_err(|error| {
                Failure::internal("the committed configuration cannot be read").caused_by(error)
            })?
            .extending(&settings::extended(&site.place))
            .accepting_hive_toml(self.undecided()?.is_none());
        let pool = self.house.pool(self.files.len())?;
        let mut bench = Bench {
            workshop: Workshop::new(std::mem::replace(&mut self.memo, Memo::none())),
            objects: Objects::open(&site.place).map_err(|error| unanswered(&error))?,
            open: HashMap::new(),
            made: Vec::new(),
            landed,
        };
        for (id, planned) in (0_u64..).zip(self.files.clone()) {
            match self.about(planned.clone(), target, &bench.objects, &configuration)? {
                Ok(Some((begun, course))) => {
                    let next = bench.workshop.begin(id, course);
                    pool.push(self.go_on(&mut bench, id, begun, next)?);
                }
                Ok(None) => {}
                Err(status) => bench.landed.files.push(report(&planned, status)),
            }
        }
        while !bench.open.is_empty() {
            (self.progress)(bench.made.len() + bench.landed.files.len());
            let answer = pool.answers().recv_timeout(GLANCE);
            if self.interrupt.requested() {
                pool.abandon();
                return Ok(None);
            }
            let Ok(answer) = answer else {
                continue;
            };
            let slot = answer.slot;
            let Some((id, next)) = bench.workshop.answer(answer) else {
                continue;
            };
            if let Some(mut begun) = bench.open.remove(&id) {
                begun.worker = begun.stage.worker(slot + 1);
                pool.push(self.go_on(&mut bench, id, begun, next)?);
            }
        }
        bench.workshop.remember();
        self.memo = bench.workshop.into_memo();
        let mut made = bench.made;
        made.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Some(made))
    }

    /// Goes through the rounds and stages of a file until a worker is needed or the end is
    /// reached.
    fn go_on(
        &self,
        bench: &mut Bench<'_>,
        id: u64,
        mut begun: Begun,
        mut next: Next,
    ) -> Outcome<Option<Task>> {
        loop {
            let finished = match next {
                Next::Job(task) => {
                    bench.open.insert(id, begun);
                    return Ok(Some(*task));
                }
                Next::Failed(trouble) => {
                    let failed = report(&begun.made.planned, Status::Failed(trouble));
                    bench.landed.files.push(failed);
                    return Ok(None);
                }
                Next::Done(finished) => finished,
            };
            let bytes = finished.after.as_ref().unwrap_or(&finished.original);
            let bytes = bytes.clone();
            let stage = begun.stage;
            begun.made.steps.push(Step {
                stage,
                before: begun.before,
                worker: std::mem::take(&mut begun.worker),
                finished,
            });
            let planned = begun.made.planned.clone().golden(Golden::First);
            if stage == Stage::Golden || planned.golden == Golden::Off {
                bench.made.push(begun.made);
                return Ok(None);
            }
            // It begins with what the stage before has made.
            let name = bench.objects.name(&bytes);
            begun.before = name.map_err(|error| unanswered(&error))?;
            begun.stage = Stage::Golden;
            begun.worker = Stage::Golden.worker(1);
            let course = self.course(planned, &begun.made.path, bytes, begun.executable)?;
            next = bench.workshop.begin(id, course);
        }
    }

    /// A file on its way through a stage: as a whole, or on the lines that are new.
    fn course(
        &self,
        planned: Planned,
        path: &RepoPath,
        bytes: Vec<u8>,
        executable: bool,
    ) -> Outcome<Course> {
        let limits = Limits {
            place: Arc::new(self.house.place.clone().ok_or_else(no_repository)?),
            fixes: FixSettings {
                same: FixPolicy::Land,
                linter: FixPolicy::Land,
            },
            max_lines: usize::MAX,
            lands: true,
        };
        Ok(match content(self.lines.as_ref(), path)? {
            None => Course::of_file(planned, bytes, executable, limits),
            Some(old) => {
                let versions = [(old, false), (bytes, true)];
                let versions = versions.map(|(bytes, own)| Version { bytes, own });
                let scope = settings::Scope::Lines;
                Course::of_commits(planned, &versions, executable, scope, limits)
            }
        })
    }

    /// What is to be done with a file; the reason why nothing is, or nothing at all for
    /// one that is not new.
    fn about(
        &self,
        planned: Planned,
        target: &Target,
        objects: &Objects,
        configuration: &Configuration,
    ) -> Outcome<Result<Option<(Begun, Course)>, Status>> {
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
        if content(self.since.as_ref(), &path)?.is_some_and(|old| old == bytes) {
            return Ok(Ok(None));
        }
        match configuration.differs(&path, planned.extends.paths()) {
            Ok(None) => {}
            Ok(Some(file)) => {
                let why = format!("waits: {file} has changes that are not committed");
                return Ok(Err(Status::Left(why)));
            }
            Err(error) => return Ok(Err(Status::Left(format!("waits: {error}")))),
        }
        let course = self.course(planned.clone(), &path, bytes, executable)?;
        let begun = Begun {
            made: Made {
                planned,
                path,
                steps: Vec::new(),
            },
            executable,
            stage: Stage::Qa,
            before,
            worker: Stage::Qa.worker(1),
        };
        Ok(Ok(Some((begun, course))))
    }
}

/// What a file was at a commit to compare with, if there is one.
fn content(baseline: Option<&Baseline>, path: &RepoPath) -> Outcome<Option<Vec<u8>>> {
    let content = baseline.map(|baseline| baseline.content(path.as_path()));
    let content = content.transpose().map_err(|error| unanswered(&error))?;
    Ok(content.flatten())
}
