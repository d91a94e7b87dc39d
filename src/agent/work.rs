//! Handing claimed tasks to the workers and taking their answers.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::Agent;
use super::claims::{Claim, LEASE};
use super::course::Course;
use super::limits::{Limits, imports_for_others};
use crate::clock;
use crate::failure::Outcome;
use crate::fixers::Engine;
use crate::fixers::job::Golden;
use crate::house::Planned;
use crate::intake::commits::Version;
use crate::intake::configuration::Configuration;
use crate::intake::skip;
use crate::queue::{Cause, Claimed, Done, ErrorClass, ToolId};
use crate::repo::Oid;
use crate::repo::baseline::BaselineError;
use crate::repo::objects::Objects;
use crate::report::Status;
use crate::schedule::{Admission, Stage};
use crate::settings;

/// How long a file whose configuration is being edited waits before it is looked at
/// again when nothing else happens.
const CONFIGURATION: &str = "configuration: ";

/// What is needed of the repository for a batch of claims.
pub(super) struct Ground {
    pub(super) objects: Objects,
    configuration: Option<(Oid, Configuration)>,
}

/// Why a task does not go to a worker.
pub(super) enum Aside {
    /// There is nothing to do.
    Nothing(String),
    /// It waits until something changes.
    Waits(String),
    /// It waits until a time, in milliseconds since the epoch.
    Later(String, i64),
    /// It cannot be done.
    Broken(String),
    /// It cannot be done before a person has done something.
    Held(String),
}

impl Agent<'_> {
    /// Claims as many tasks as the crew can take and hands them out.
    pub(super) fn hand_out(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        if self.stirred {
            self.stirred = false;
            // Another process may have put something in, too.
            self.claims.unsure = true;
            if self.queue.wake_deferred(None)? > 0 {
                // They may have waited for the configuration.
                self.reload()?;
            }
        }
        let wall = clock::wall_ms();
        if self.claims.was_asleep(wall) {
            self.claims.beat(&self.queue)?;
        }
        if self.claims.unsure || self.claims.next_ms.is_some_and(|at| at <= wall) {
            self.claims.next_ms = self.queue.promote(wall)?.next_ms;
            self.claims.unsure = false;
        }
        let paused = self.queue.paused()?.is_some() || self.broken.is_some();
        let mut again: Option<Instant> = None;
        self.claims.waiting = 0;
        self.claims.freed = false;
        for stage in Stage::ALL {
            let mut waiting = if paused { 0 } else { self.queue.ready(stage)? };
            let appetite = self.crews.of(stage).appetite();
            let mut claimable = true;
            if waiting > 0 && appetite > 0 {
                let claimed = self.queue.claim(stage, &stage.worker(1), appetite, LEASE)?;
                waiting = waiting.saturating_sub(claimed.len());
                // What nobody could claim waits for another task of its file: a crew that
                // kept a place of the machine for it would keep it from that very task.
                claimable = claimed.len() >= appetite;
                self.prepare(claimed)?;
                self.claims.write_ends(&self.queue)?;
            }
            self.claims.waiting += waiting;
            let wanted = if claimable { waiting } else { 0 };
            let at = self.crews.of(stage).scale(wanted, &self.queue, now)?;
            again = match (again, at) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        if self.claims.freed {
            // What waited for it was not ready when the ready ones were counted.
            self.claims.waiting += 1;
            again = Some(now);
        }
        let due = self.claims.next_ms.map(|at| {
            let wait = u64::try_from(at - clock::wall_ms()).unwrap_or(0);
            now + Duration::from_millis(wait + 1)
        });
        Ok(match (again, due) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        })
    }

    /// Finds out what is to be done for each claimed task.
    fn prepare(&mut self, claimed: Vec<Claimed>) -> Outcome<()> {
        let paths = claimed.iter().map(|claimed| &claimed.path);
        let plan = self.house.plan_of(paths)?;
        for held in &plan.held {
            self.held(held)?;
        }
        let is_held = !plan.held.is_empty();
        let mut planned: HashMap<String, Planned> = plan
            .files
            .into_iter()
            .map(|planned| (planned.relative.clone(), planned))
            .collect();
        let skipped: HashMap<String, Status> = plan
            .skipped
            .into_iter()
            .map(|file| (file.relative, file.status))
            .collect();
        let mut ground = Ground {
            objects: Objects::open(&self.place)
                .map_err(|error| crate::house::unanswered(&error))?,
            configuration: None,
        };
        for mut claimed in claimed {
            let bound = self.bind(&mut claimed, &ground).and_then(|()| {
                if is_held {
                    self.unheld(&claimed)
                } else {
                    Ok(())
                }
            });
            let path = claimed.path.as_str();
            let planned = planned.remove(path);
            let tools = planned.as_ref().map(tools).unwrap_or_default();
            let course = match (planned, skipped.get(path)) {
                _ if bound.is_err() => bound.and(Err(Aside::Nothing(String::new()))),
                (Some(planned), _) => self.course(&claimed, planned, &mut ground),
                (None, Some(Status::Skipped(reason))) => Err(Aside::Nothing(reason.clone())),
                (None, _) => Err(Aside::Nothing("no tool takes it".to_owned())),
            };
            let (course, snapshot) = match course {
                Ok(course) => course,
                Err(aside) => {
                    self.set_aside(&claimed, aside)?;
                    continue;
                }
            };
            let id = claimed.token.task.0.unsigned_abs();
            let claim = Claim {
                claimed,
                worker: None,
                tools,
                snapshot,
            };
            self.claims.claimed(id, claim);
            let next = self.workshop.begin(id, course);
            self.go_on(id, next)?;
        }
        Ok(())
    }

    /// What a task is about, in bytes.
    fn course(
        &self,
        claimed: &Claimed,
        planned: Planned,
        ground: &mut Ground,
    ) -> Result<(Course, Option<crate::writing::Snapshot>), Aside> {
        if let Some(reason) = &planned.check_only {
            return Err(Aside::Nothing(reason.to_string()));
        }
        self.admitted(&planned)?;
        if claimed.cause == Cause::Save {
            let (course, snapshot) = self.course_of_save(&claimed.path, &planned)?;
            return Ok((course, Some(snapshot)));
        }
        let tip = claimed
            .tip
            .ok_or_else(|| Aside::Broken("it is about no commit".to_owned()))?;
        self.configured(
            claimed,
            &self.configured_by(&tip, ground),
            planned.extends.paths(),
            ground,
        )?;
        let broken = |error: BaselineError| Aside::Broken(error.to_string());
        let steps = match (&claimed.errand, claimed.blob) {
            // An errand is about the file as it is, not about who changed what.
            (Some(_), Some(blob)) => vec![(blob, true)],
            _ => ground
                .objects
                .versions(&claimed.path, &claimed.commits, &tip)
                .map_err(broken)?,
        };
        let versions = steps
            .into_iter()
            .map(|(oid, own)| {
                let bytes = ground.objects.blob(&oid)?;
                Ok(Version { bytes, own })
            })
            .collect::<Result<Vec<_>, _>>()
            .map_err(broken)?;
        let mut versions = versions;
        if claimed.stage == Stage::Golden
            && let Some(fixed) = self.fixed_before(claimed)?
        {
            versions.push(Version {
                bytes: fixed,
                own: true,
            });
        }
        let Some(last) = versions.last() else {
            return Err(Aside::Nothing("it is gone".to_owned()));
        };
        if last.bytes.len() as u64 > self.house.settings.max_file_size.0 {
            return Err(Aside::Nothing("is larger than max_file_size".to_owned()));
        }
        if let Some(reason) = skip::by_content(&last.bytes) {
            return Err(Aside::Nothing(reason.to_string()));
        }
        let executable = ground
            .objects
            .blob_at(&tip, &claimed.path)
            .map_err(broken)?
            .is_some_and(|(_, executable)| executable);
        let planned = match claimed.errand.as_deref() {
            Some(errand) if !errand.rules.is_empty() => match claimed.stage {
                Stage::Golden => planned.only_golden(&errand.rules),
                _ => planned.only_rules(&errand.rules),
            }
            .ok_or_else(|| Aside::Nothing("its rules are not at work here".to_owned()))?,
            _ => planned,
        };
        let planned = if imports_for_others(Path::new(&planned.relative)) {
            planned.keeping(&["F401"])
        } else {
            planned
        };
        let scope = match (claimed.stage, self.house.settings.scope) {
            _ if claimed.errand.is_some() => settings::Scope::File,
            (Stage::Golden, settings::Scope::File) => settings::Scope::File,
            // What a rule says of older lines is no question to whoever touched others.
            (Stage::Golden, _) => settings::Scope::Lines,
            (_, scope) => scope,
        };
        let planned = match claimed.stage {
            Stage::Golden => planned.golden(Golden::First),
            _ => planned,
        };
        let course = Course::of_commits(planned, &versions, executable, scope, self.limits(true));
        Ok((course.declining(self.declined(&claimed.path)), None))
    }

    pub(super) fn limits(&self, lands: bool) -> Limits {
        Limits {
            place: std::sync::Arc::clone(&self.place),
            fixes: self.house.settings.fixes.clone(),
            max_lines: self.house.settings.commit.max_lines,
            lands,
        }
    }

    /// The commit whose configuration counts for a file of `tip`: HEAD's, where it has
    /// come further on the same way, since that is what a fix would land on.
    fn configured_by(&self, tip: &Oid, ground: &Ground) -> Oid {
        let head = crate::repo::head::read(&self.place).ok();
        head.and_then(|head| head.tip)
            .filter(|head| ground.objects.reaches(head, tip))
            .unwrap_or(*tip)
    }

    /// The fix is one under the committed configuration, or none.
    fn configured(
        &self,
        claimed: &Claimed,
        tip: &Oid,
        named: &[PathBuf],
        ground: &mut Ground,
    ) -> Result<(), Aside> {
        let unknown = |error: &dyn std::fmt::Display| {
            Aside::Waits(format!("{CONFIGURATION}it cannot be compared: {error}"))
        };
        if ground
            .configuration
            .as_ref()
            .is_none_or(|(of, _)| of != tip)
        {
            // A hive.toml that is trusted as it is need not be committed.
            let trusted = self.undecided().is_ok_and(|reason| reason.is_none());
            let configuration = Configuration::at(&self.place, tip)
                .map_err(|error| unknown(&error))?
                .extending(&settings::extended(&self.place))
                .accepting_hive_toml(trusted);
            ground.configuration = Some((*tip, configuration));
        }
        let Some((_, configuration)) = &mut ground.configuration else {
            return Ok(());
        };
        match configuration.differs(&claimed.path, named) {
            Ok(None) => Ok(()),
            Ok(Some(file)) => Err(Aside::Waits(format!(
                "{file} has changes that are not committed"
            ))),
            Err(error) => Err(unknown(&error)),
        }
    }

    /// Whether the circuit breakers of a file's tools let it through.
    fn admitted(&self, planned: &Planned) -> Result<(), Aside> {
        for tool in tools(planned) {
            // A breaker that cannot be read breaks nothing.
            if let Ok(Admission::Wait { until_ms }) = self.queue.admit(&tool) {
                let reason = format!(
                    "{} {} keeps failing; it is tried again later",
                    tool.tool, tool.version
                );
                return Err(Aside::Later(reason, until_ms));
            }
        }
        Ok(())
    }

    fn set_aside(&mut self, claimed: &Claimed, aside: Aside) -> Outcome<()> {
        self.claims.unsure = true;
        match aside {
            Aside::Nothing(reason) => {
                tracing::debug!(path = %claimed.path, reason, "left alone");
                self.claims.end(claimed, Done::Clean, None);
            }
            Aside::Waits(reason) => {
                self.queue.defer(claimed.token, &reason, None)?;
            }
            Aside::Later(reason, until) => {
                self.queue.defer(claimed.token, &reason, Some(until))?;
            }
            Aside::Broken(message) => {
                self.queue
                    .fail(claimed.token, ErrorClass::Transient, None, &message)?;
            }
            Aside::Held(message) => {
                self.queue
                    .fail(claimed.token, ErrorClass::Permanent, None, &message)?;
            }
        }
        Ok(())
    }
}

/// The programs that take part for a file, with their versions.
pub(super) fn tools(planned: &Planned) -> Vec<ToolId> {
    let mut tools: Vec<ToolId> = crate::fixers::Kind::ALL
        .into_iter()
        .filter_map(|kind| planned.recipe.step(kind))
        .filter_map(|step| match &step.engine {
            Engine::Embedded => None,
            Engine::Program { version, .. } | Engine::Warm { version, .. } => Some(ToolId {
                tool: step.tool.name().to_owned(),
                version: version.clone(),
            }),
        })
        .collect();
    tools.dedup();
    tools
}
