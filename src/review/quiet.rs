//! Waiting until a work tree is quiet, and what came of it.
//!
//! Nothing is polled: after each look it waits for the queue, HEAD or the agent's lock to
//! change. Where nobody works although there is work, a drain is started, as a hook would.

use std::collections::BTreeSet;
use std::time::Instant;

use crossbeam_channel::{after, never, select};
use serde::Serialize;

use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::house::unanswered;
use crate::journal::Event;
use crate::queue::{
    EscalationFilter, EscalationRow, FixFilter, KeptBack, LandingKind, Queue, Ticks,
};
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath, activity, head};
use crate::report::Held;
use crate::wake;

use super::held::held;

/// How often a drain is started that ends without having made the work tree quiet.
const DRAINS: usize = 4;
/// How many files that are kept back are told.
const KEPT: usize = 100;
/// How long before the time of a commit its hook may have run, in milliseconds.
const HOOK_MS: i64 = 2_000;
/// How many commits of hive's are looked at behind HEAD.
const COMMITS: usize = 100;

/// What came of waiting.
#[derive(Debug, Clone, Serialize)]
pub struct Waited {
    /// Whether nothing is being done and nothing is about to be.
    pub quiet: bool,
    /// Why not, if it is not.
    pub reason: Option<String>,
    /// Commits of hive's on top of your last one, the oldest first, your last one if fixes
    /// were folded into it, and those that came while this waited.
    pub landed: Vec<LandedCommit>,
    /// Files that were fixed in place since then.
    pub saved: Vec<RepoPath>,
    /// Files that were laid out in that commit, while it was made.
    pub tidied: Vec<RepoPath>,
    /// Questions that were asked since your last commit.
    pub questions: Vec<EscalationRow>,
    /// How many questions are open in all.
    pub open: usize,
    /// Files whose fixes or tasks are kept back, with the reason.
    pub kept: Vec<KeptBack>,
    /// Tools that did not run, with the command that changes that.
    pub held: Vec<Held>,
}

/// A commit of hive's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LandedCommit {
    /// Its id.
    pub commit: Oid,
    /// The commit of yours whose place it took, where fixes were folded into that.
    pub instead_of: Option<Oid>,
    /// What it rewrote.
    pub paths: Vec<RepoPath>,
    /// By rule, how many findings it fixed.
    pub fixed: Vec<(String, u32)>,
}

impl Waited {
    /// Whether somebody has to do something.
    pub fn needs_somebody(&self) -> bool {
        !self.questions.is_empty() || self.kept.iter().any(|kept| kept.state == "held")
    }
}

/// How a work tree stands at a look.
enum Stand {
    Quiet,
    /// Somebody works, or should.
    Busy,
    /// Nothing will happen by itself.
    Stuck(String),
}

/// Waits until a work tree is quiet, or until a moment.
pub fn wait(place: &Place, queue: &Queue, until: Option<Instant>) -> Outcome<Waited> {
    let begun = clock::wall_ms();
    let ticks = Ticks::of(place)
        .map_err(|error| Failure::internal("the repository cannot be watched").caused_by(error))?;
    let mut drains = Drains::default();
    let reason = loop {
        match look(place, queue)? {
            Stand::Quiet => break None,
            Stand::Stuck(reason) => break Some(reason),
            Stand::Busy => {}
        }
        if let Some(reason) = drains.start(place, queue)? {
            break Some(reason);
        }
        let timer = until.map_or_else(never, |until| {
            after(until.saturating_duration_since(clock::now()))
        });
        select! {
            recv(ticks.receiver()) -> _ => {}
            recv(timer) -> _ => break Some("it took too long".to_owned()),
        }
    };
    report(place, queue, begun, reason)
}

fn look(place: &Place, queue: &Queue) -> Outcome<Stand> {
    let head = head::read(place).map_err(|error| unanswered(&error))?;
    let name = head.reference.as_deref().unwrap_or("HEAD");
    let dealt = match head.tip {
        // Nothing is committed, so nothing is to be followed.
        None => true,
        Some(tip) => queue
            .marks()?
            .iter()
            .any(|mark| mark.reference == name && mark.oid == tip),
    };
    let standing = queue.standing()?;
    if dealt && standing.is_quiet() && !queue.is_inspection_due(name)? {
        return Ok(Stand::Quiet);
    }
    if let Some(busy) = activity::operation(place) {
        return Ok(Stand::Stuck(busy.to_string()));
    }
    if let Some(hold) = queue.paused()? {
        let reason = format!("the queue is paused: {}", hold.reason);
        return Ok(Stand::Stuck(reason.trim_end_matches([':', ' ']).to_owned()));
    }
    Ok(Stand::Busy)
}

/// The drains that were started here.
#[derive(Default)]
struct Drains {
    started: usize,
    /// The newest entry of the journal when the last one was started.
    at: i64,
}

impl Drains {
    /// Starts one if nobody works and the one before has come to its end; says why there
    /// is no use in another one.
    fn start(&mut self, place: &Place, queue: &Queue) -> Outcome<Option<String>> {
        let works = wake::agent_runs(place).unwrap_or(true);
        if works {
            return Ok(None);
        }
        if !wake::is_installed(place) {
            return Ok(Some("hive is not set up here: hive init".to_owned()));
        }
        let newest = queue.newest_entry()?;
        if self.started > 0 && newest == self.at {
            // It has not begun yet.
            return Ok(None);
        }
        if self.started == DRAINS {
            let gate = queue.gate()?.map(|hold| hold.reason);
            let reason = gate.unwrap_or_else(|| "hive status says what waits".to_owned());
            return Ok(Some(format!("work is left: {reason}")));
        }
        self.started += 1;
        self.at = newest;
        match wake::nudge(place) {
            Ok(()) => Ok(None),
            Err(error) => Ok(Some(format!("nobody could be woken: {error}"))),
        }
    }
}

fn report(place: &Place, queue: &Queue, begun: i64, reason: Option<String>) -> Outcome<Waited> {
    let objects = Objects::open(place).map_err(|error| unanswered(&error))?;
    let head = head::read(place).map_err(|error| unanswered(&error))?;
    let mut commits = Vec::new();
    let mut at = head.tip;
    while let Some(oid) = at.filter(|_| commits.len() < COMMITS) {
        if !queue.is_own(&oid)? {
            // Your last one itself, if fixes were folded into it.
            if queue.fold_of(&oid)?.is_some() {
                commits.push(oid);
            }
            break;
        }
        commits.push(oid);
        at = objects.parent(&oid).unwrap_or(None);
    }
    // Whoever commits twice in a row finds hive's commit between theirs.
    for landing in queue.landings(COMMITS)? {
        let fixes = matches!(landing.kind, LandingKind::Own | LandingKind::Fold);
        let meanwhile = landing.at_ms >= begun && fixes;
        for commit in landing.commits.iter().filter(|_| meanwhile) {
            if !commits.contains(&commit.oid) {
                commits.push(commit.oid);
            }
        }
    }
    commits.reverse();
    let since = at
        .and_then(|oid| objects.time_of(&oid))
        .map_or(begun, |made| made.min(begun));
    let (saved, tidied) = rewritten(queue, since)?;
    let filter = EscalationFilter {
        since_ms: Some(since),
        ..EscalationFilter::default()
    };
    let mut kept = queue.kept_fixes(KEPT)?;
    kept.retain(|kept| kept.state != "ready");
    kept.extend(queue.kept_tasks(KEPT)?);
    Ok(Waited {
        quiet: reason.is_none(),
        reason,
        landed: commits
            .into_iter()
            .map(|oid| landed(queue, oid))
            .collect::<Outcome<_>>()?,
        saved,
        tidied,
        questions: queue.escalation_rows(&filter, None)?,
        open: queue.open_escalations()?,
        kept,
        held: held(place, queue),
    })
}

/// The files that were fixed as saved, and those that were laid out in a commit, since a
/// commit that was made at a time.
fn rewritten(queue: &Queue, since: i64) -> Outcome<(Vec<RepoPath>, Vec<RepoPath>)> {
    // git takes the time of a commit, in whole seconds, before or after its hook.
    let hooks = since.saturating_sub(HOOK_MS);
    let entries = queue.last_entries(hooks, usize::MAX, |entry| match entry.event {
        Event::SaveFixed { .. } => entry.at_ms >= since,
        Event::Tidied { .. } => true,
        _ => false,
    })?;
    let (mut saved, mut tidied) = (BTreeSet::new(), BTreeSet::new());
    for entry in entries {
        match entry.event {
            Event::SaveFixed { path, .. } => drop(saved.insert(path)),
            Event::Tidied { paths, .. } => tidied.extend(paths),
            _ => {}
        }
    }
    Ok((saved.into_iter().collect(), tidied.into_iter().collect()))
}

fn landed(queue: &Queue, commit: Oid) -> Outcome<LandedCommit> {
    let mut paths = Vec::new();
    let mut fixed: Vec<(String, u32)> = Vec::new();
    let fold = queue.fold_of(&commit)?;
    let instead_of = fold.as_ref().map(|fold| fold.tip_before);
    let landing = match fold {
        Some(fold) => Some(fold),
        None => queue.landing_of(&commit)?,
    };
    if let Some(landing) = landing {
        let stage = landing
            .commits
            .iter()
            .find(|one| one.oid == commit)
            .map(|one| one.stage);
        let fixes = queue.fixes(&FixFilter {
            landing: Some(landing.id),
            ..FixFilter::default()
        })?;
        // One commit has the fixes of all stages.
        let alone = landing.commits.len() == 1;
        let its = |fix: &crate::queue::Fix| alone || Some(fix.stage) == stage;
        for fix in fixes.into_iter().filter(its) {
            paths.push(fix.path);
            for count in fix.counts {
                match fixed.iter_mut().find(|(code, _)| *code == count.code) {
                    Some((_, sum)) => *sum += count.count,
                    None => fixed.push((count.code, count.count)),
                }
            }
        }
    }
    paths.sort();
    Ok(LandedCommit {
        commit,
        instead_of,
        paths,
        fixed,
    })
}
