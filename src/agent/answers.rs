//! Taking the answers of workers, and telling the queue what came of each task.

use super::claims::Claim;
use super::course::{Finished, is_permanent};
use super::questions;
use super::work::tools;
use super::workshop::Next;
use super::{Agent, Mode};
use crate::clock;
use crate::escalation::{Question, policy};
use crate::failure::Outcome;
use crate::fixers::Trouble;
use crate::journal::Event as Fact;
use crate::queue::{
    AfterFailure, Cause, Done, ErrorClass, EscalationFilter, FixClass, FixCount, NewFix,
};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place};
use crate::schedule::{Route, Stage};
use crate::worker::Answer;

/// How long a task waits for which the system had no means, in milliseconds.
const SYSTEM_MS: i64 = 30_000;

impl Agent<'_> {
    /// Takes a worker's answer.
    pub(super) fn answered(&mut self, stage: Stage, answer: Answer) -> Outcome<()> {
        let now = clock::now();
        let worker = self.crews.of(stage).answered(&answer, now);
        let Some((id, next)) = self.workshop.answer(answer) else {
            return Ok(());
        };
        if let Some(claim) = self.claims.at_work.get_mut(&id) {
            claim.worker = Some(worker);
        }
        self.go_on(id, next)
    }

    pub(super) fn go_on(&mut self, id: u64, next: Next) -> Outcome<()> {
        match next {
            Next::Job(task) => {
                let claim = self.claims.at_work.get(&id);
                let stage = claim.map_or(Stage::Qa, |claim| claim.claimed.stage);
                self.crews.of(stage).push(*task, clock::now());
                Ok(())
            }
            Next::Done(mut finished) => match self.claims.at_work.remove(&id) {
                Some(claim) => {
                    if claim.claimed.stage == Stage::Golden {
                        only_rules(&mut finished);
                    }
                    self.finished(claim, &finished)
                }
                None => Ok(()),
            },
            Next::Failed(trouble) => match self.claims.at_work.remove(&id) {
                Some(claim) => self.failed(&claim, &trouble),
                None => Ok(()),
            },
        }
    }

    fn finished(&mut self, claim: Claim, finished: &Finished) -> Outcome<()> {
        for tool in tools(&finished.planned) {
            self.queue.ran(&tool, true)?;
        }
        for remark in &finished.remarks {
            self.queue.record(Fact::Noted {
                task: claim.claimed.token.task,
                path: claim.claimed.path.clone(),
                message: remark.clone(),
            })?;
        }
        if claim.claimed.cause == Cause::Save {
            return self.save_finished(claim, finished);
        }
        for note in &finished.notes {
            tracing::info!(path = %claim.claimed.path, note, "noted");
        }
        let token = claim.claimed.token;
        let stage = claim.claimed.stage;
        let worker = claim.worker.clone().unwrap_or_else(|| stage.worker(1));
        let mut asked = questions::of(&claim.claimed, &worker, finished);
        if stage == Stage::Golden {
            self.said_by_linter(finished, &mut asked)?;
        }
        let route = Route {
            qa: true,
            golden: !finished.planned.recipe.golden.is_empty(),
        };
        // An errand is one stage's; what comes after it is an errand of its own.
        let next = match claim.claimed.errand {
            Some(_) => None,
            None => route.after(stage),
        };
        // A later stage begins with what the one before it made.
        let before = match stage {
            Stage::Qa => claim.claimed.blob,
            Stage::Golden | Stage::External => Some(blob_id(&self.place, &finished.original)?),
        };
        let done = match (&finished.after, claim.claimed.tip, before) {
            (Some(after), Some(tip), Some(before)) => Done::Fixed(Box::new(NewFix {
                path: claim.claimed.path.clone(),
                stage,
                task: token.task,
                worker,
                burst: claim.claimed.burst,
                tip,
                before,
                after: after.clone(),
                counts: finished.fixes.iter().map(count).collect(),
                classes: classes(finished),
                ms: i64::try_from(finished.micros / 1000).unwrap_or(i64::MAX),
                commits: claim.claimed.commits.clone(),
                asked,
            })),
            _ if asked.is_empty() => Done::Clean,
            _ => Done::Asked(asked),
        };
        self.claims.end(&claim.claimed, done, next);
        Ok(())
    }

    fn failed(&mut self, claim: &Claim, trouble: &Trouble) -> Outcome<()> {
        if let Trouble::Unreadable { reason } = trouble {
            // Skipped, as the rules of the house say: it is no question.
            tracing::info!(path = %claim.claimed.path, reason, "cannot be read");
            self.claims.end(&claim.claimed, Done::Clean, None);
            return Ok(());
        }
        if let Trouble::System { reason } = trouble {
            return self.refused_by_system(claim, reason);
        }
        let (class, tool) = match trouble {
            Trouble::Worker { .. } => (ErrorClass::Crash, None),
            Trouble::Tool { tool, .. } => (ErrorClass::Transient, Some(tool.clone())),
            trouble if is_permanent(trouble) => (ErrorClass::Permanent, None),
            _ => (ErrorClass::Transient, None),
        };
        // What is compiled in has no breaker.
        let tool = tool.and_then(|tool| claim.tools.iter().find(|one| one.tool == tool).cloned());
        if let Some(tool) = &tool {
            self.queue.ran(tool, false)?;
        }
        let message = trouble.to_string();
        self.claims.unsure = true;
        let after = self
            .queue
            .fail(claim.claimed.token, class, tool, &message)?;
        if after == AfterFailure::Dead {
            let stage = claim.claimed.stage;
            let worker = claim.worker.clone().unwrap_or_else(|| stage.worker(1));
            let question = questions::of_death(&claim.claimed, &worker, trouble);
            self.queue.raise(vec![question])?;
        }
        Ok(())
    }
}

/// Leaves what the Golden Rules say, and an error of syntax: where a rule has changed the
/// file, the tools have judged it again, and what they say the stage before asks.
fn only_rules(finished: &mut Finished) {
    finished.findings = std::mem::take(&mut finished.findings)
        .into_iter()
        .filter_map(|finding| match finding.code.as_str() {
            "invalid-syntax" => Some(finding),
            _ => finding.as_rule(),
        })
        .collect();
}

/// The name that git has for a file's content.
fn blob_id(place: &Place, bytes: &[u8]) -> Outcome<Oid> {
    let objects = Objects::open(place).map_err(|error| crate::house::unanswered(&error))?;
    objects
        .name(bytes)
        .map_err(|error| crate::house::unanswered(&error))
}

impl Agent<'_> {
    /// Takes out of what the golden stage asks what the one before it has asked already:
    /// a rule that stands on the linter's finding lends its level and its patch to the
    /// question about that. What a person does not want to hear of stays unsaid, too.
    fn said_by_linter(&self, finished: &Finished, asked: &mut Vec<Question>) -> Outcome<()> {
        let delegated: Vec<(&str, &str)> = finished
            .findings
            .iter()
            .filter_map(|finding| {
                let linter = finding.golden.as_ref()?.linter.as_deref()?;
                Some((finding.code.as_str(), linter))
            })
            .collect();
        let Some(path) = asked.first().map(|one| one.path.to_string()) else {
            return Ok(());
        };
        if delegated.is_empty() {
            return Ok(());
        }
        let states = ["open", "snoozed", "dismissed"];
        let known = self.queue.escalations(&EscalationFilter {
            path: Some(path),
            stage: Some(Stage::Qa),
            states: states.map(str::to_owned).to_vec(),
            ..EscalationFilter::default()
        })?;
        let mut lent = Vec::new();
        asked.retain(|question| {
            let linters = delegated.iter().filter(|(rule, _)| *rule == question.rule);
            let said = known.iter().find(|one| {
                let same = Question {
                    rule: one.question.rule.clone(),
                    stage: Stage::Qa,
                    ..question.clone()
                };
                policy::same(&same, &one.question)
                    && one
                        .question
                        .rule
                        .split(", ")
                        .any(|rule| linters.clone().any(|(_, linter)| *linter == rule))
            });
            if let Some(said) = said {
                lent.push((said.id, question.level, question.patch.clone()));
            }
            said.is_none()
        });
        if !lent.is_empty() {
            self.queue.lend(lent)?;
        }
        Ok(())
    }

    /// A task for which the system had no process, no descriptor or no room: that is not
    /// its fault, so it costs no attempt. An agent tries again after a while; a drain
    /// leaves it, or it would wait as long as the disk is full.
    fn refused_by_system(&mut self, claim: &Claim, reason: &str) -> Outcome<()> {
        let until = (self.mode == Mode::Watch).then(|| clock::wall_ms() + SYSTEM_MS);
        self.claims.unsure = true;
        self.queue.defer(claim.claimed.token, reason, until)?;
        Ok(())
    }
}

/// A count as the queue keeps it.
pub(super) fn count(fix: &crate::fixers::FixCount) -> FixCount {
    FixCount {
        code: fix.code.clone(),
        class: class(fix.class),
        count: fix.count,
    }
}

/// The classes of the fixes that were made, each once.
pub(super) fn classes(finished: &Finished) -> Vec<FixClass> {
    let mut classes: Vec<FixClass> = finished.fixes.iter().map(|fix| class(fix.class)).collect();
    classes.dedup();
    classes
}

fn class(class: crate::fixers::Class) -> FixClass {
    match class {
        crate::fixers::Class::Same => FixClass::Same,
        crate::fixers::Class::Linter => FixClass::Linter,
        crate::fixers::Class::Golden => FixClass::Golden,
    }
}
