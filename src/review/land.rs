//! Landing what questions suggest, and what is held, as commits, by the landing path.

use std::collections::BTreeMap;

use super::act::{Did, applied_by_commit};
use super::apply::fit;
use super::desk::{Desk, verify};
use super::patch::Patch;
use crate::agent::by_hand::{Given, GivenEnd};
use crate::clock;
use crate::escalation::Escalation;
use crate::failure::{Failure, Outcome};
use crate::house::unanswered;
use crate::notice::Notice;
use crate::process::Interrupt;
use crate::queue::{
    EscalationId, FixClass, FixCount, FixId, QueueError, TaskId, WaitingFix, WaitingState,
};
use crate::repo::objects::Objects;
use crate::repo::{Oid, RepoPath};
use crate::schedule::Stage;

/// What came of landing patches.
#[derive(Debug)]
pub struct Landed {
    /// What was committed.
    pub commits: Vec<Oid>,
    /// Where, as a person names it.
    pub branch: String,
    /// Each question that was meant.
    pub questions: Vec<(EscalationId, Outcome<Did>)>,
}

impl Landed {
    /// How the commits are called, if there are any: `3f2a9c1 on main`.
    pub fn named(&self) -> Option<String> {
        named(&self.commits, &self.branch)
    }
}

/// How commits on a branch are called.
fn named(commits: &[Oid], branch: &str) -> Option<String> {
    let ids: Vec<String> = commits.iter().map(Oid::short).collect();
    (!ids.is_empty()).then(|| format!("{} on {branch}", ids.join(" ")))
}

/// Lands the patches of questions: one commit for each stage that has some, made of what
/// the tip has. All that binds a landing binds this one. What fits no more, or may not
/// land, says why.
pub fn land(desk: &Desk, ids: &[EscalationId], interrupt: &Interrupt) -> Outcome<Landed> {
    let mut met: BTreeMap<EscalationId, Outcome<Did>> = BTreeMap::new();
    let mut asked = Vec::new();
    for id in ids {
        match question(desk, *id) {
            Ok(one) => asked.push(one),
            Err(failure) => {
                met.insert(*id, Err(failure));
            }
        }
    }
    let house = desk.house()?;
    let given = Given {
        house: &house,
        queue: &desk.queue,
        interrupt,
        command: "hive apply --commit",
    };
    let mut unfit = BTreeMap::new();
    let end = given.land(&mut |tip| {
        unfit.clear();
        made(desk, tip, &asked, &mut unfit)
    })?;
    met.extend(unfit.into_iter().map(|(id, failure)| (id, Err(failure))));
    for one in &asked {
        let (id, path, stage) = (one.id, &one.question.path, one.question.stage);
        if met.contains_key(&id) {
            continue;
        }
        let commit = end.commits.iter().find(|(_, of)| *of == stage);
        let outcome = match commit.filter(|_| end.paths.contains(path)) {
            Some((commit, _)) => applied_by_commit(desk, one.clone(), *commit),
            None => Err(stays(path, &end)),
        };
        met.insert(id, outcome);
    }
    let mut questions = Vec::new();
    for id in ids {
        if let Some(outcome) = met.remove(id) {
            questions.push((*id, outcome));
        }
    }
    Ok(Landed {
        commits: end.commits.into_iter().map(|(oid, _)| oid).collect(),
        branch: end.branch,
        questions,
    })
}

/// Why a file did not go.
fn stays(path: &RepoPath, end: &GivenEnd) -> Failure {
    if let Some(reason) = &end.held {
        return Failure::usage(format!("nothing is committed: {reason}"))
            .hint("without --commit the patch goes into the working file");
    }
    let left = end.left.iter().find(|(left, _)| left == path);
    let why = left.map_or("it did not land", |(_, why)| why.as_str());
    Failure::usage(format!("{path} {why}"))
        .hint("without --commit the patch goes into the working file")
}

fn question(desk: &Desk, id: EscalationId) -> Outcome<Escalation> {
    let one = desk.queue.escalation(id)?.ok_or(QueueError::Unknown {
        what: "question",
        id: id.0,
    })?;
    if one.question.patch.is_none() {
        return Err(
            Failure::usage(format!("question {id} has no patch")).hint(format!(
                "hive escalations open {id} opens the place in your editor"
            )),
        );
    }
    Ok(one)
}

/// The fixes that the patches are, of what a commit has, each stage on top of the one
/// before. Patches that do not fit are told by their questions.
fn made(
    desk: &Desk,
    tip: &Oid,
    asked: &[Escalation],
    unfit: &mut BTreeMap<EscalationId, Failure>,
) -> Outcome<Vec<WaitingFix>> {
    let failed = |error| unanswered(&error);
    let objects = Objects::open(&desk.place).map_err(failed)?;
    let mut texts: BTreeMap<RepoPath, Vec<u8>> = BTreeMap::new();
    let mut fixes: Vec<WaitingFix> = Vec::new();
    for stage in Stage::ALL {
        for one in asked.iter().filter(|one| one.question.stage == stage) {
            let path = &one.question.path;
            let before = if let Some(text) = texts.get(path) {
                text.clone()
            } else {
                let Some((oid, _)) = objects.blob_at(tip, path).map_err(failed)? else {
                    let what = format!("{path} is not in the commit you are on");
                    unfit.insert(one.id, Failure::usage(what));
                    continue;
                };
                objects.blob(&oid).map_err(failed)?
            };
            let after = match applied(desk, one, &before) {
                Ok(after) => after,
                Err(failure) => {
                    unfit.insert(one.id, failure);
                    continue;
                }
            };
            let class = match stage {
                Stage::Golden => FixClass::Golden,
                Stage::Qa | Stage::External => FixClass::Linter,
            };
            let counts = one.question.rule.split(',').map(|code| FixCount {
                code: code.trim().to_owned(),
                class,
                count: 1,
            });
            let known = fixes
                .iter_mut()
                .find(|fix| fix.stage == stage && fix.path == *path);
            if let Some(fix) = known {
                fix.counts.extend(counts);
                fix.after.clone_from(&after);
            } else {
                fixes.push(WaitingFix {
                    id: FixId(0),
                    path: path.clone(),
                    stage,
                    state: WaitingState::Ready,
                    task: TaskId(0),
                    worker: one
                        .question
                        .worker
                        .clone()
                        .unwrap_or_else(|| stage.worker(1)),
                    burst: None,
                    tip: *tip,
                    base: None,
                    before: objects.name(&before).map_err(failed)?,
                    after: after.clone(),
                    counts: counts.collect(),
                    classes: vec![class],
                    ms: 0,
                    commits: vec![one.question.commit.unwrap_or(*tip)],
                    made_ms: clock::wall_ms(),
                });
            }
            texts.insert(path.clone(), after);
        }
    }
    Ok(fixes)
}

/// A committed text with a question's patch in it, verified.
fn applied(desk: &Desk, one: &Escalation, before: &[u8]) -> Outcome<Vec<u8>> {
    let (id, path) = (one.id, &one.question.path);
    let unfit = |why: &str| {
        Failure::usage(format!(
            "the patch of question {id} does not fit what is committed: {why}"
        ))
        .hint(format!("hive escalations show {id} has it"))
    };
    let text = one.question.patch.as_deref().unwrap_or_default();
    let patch = Patch::read(text).map_err(|error| unfit(&error.to_string()))?;
    let asked = one.question.commit;
    let base = asked.and_then(|commit| desk.stored(&commit, path));
    let bases: Vec<Vec<u8>> = base.into_iter().collect();
    let (after, _) = fit(&patch, before, &bases).map_err(|error| unfit(&error.to_string()))?;
    if after == before {
        return Err(unfit("it is in the last commit already"));
    }
    let judge = desk.judge(path)?;
    verify(&judge, path, before, &after).map_err(|reason| unfit(&reason))?;
    Ok(after)
}

/// What came of landing the fixes that are held.
#[derive(Debug)]
pub struct HeldLanded {
    /// How the commits are called, if there are any: `3f2a9c1 on main`.
    pub named: Option<String>,
    /// The files that landed.
    pub paths: Vec<RepoPath>,
    /// Those that did not.
    pub failed: Vec<(RepoPath, Failure)>,
}

/// Lands the fixes that are held. `commit.mode = "hold"` holds nothing back here, since a
/// person asks; what makes a commit wrong for anybody (a pushed tip, a protected branch)
/// does.
pub fn land_held(desk: &Desk, interrupt: &Interrupt) -> Outcome<HeldLanded> {
    let house = desk.house()?;
    let given = Given {
        house: &house,
        queue: &desk.queue,
        interrupt,
        command: "hive apply --commit",
    };
    let mut meant: Vec<RepoPath> = Vec::new();
    let mut failed: Vec<(RepoPath, Failure)> = Vec::new();
    let end = given.land(&mut |tip| {
        meant.clear();
        failed.clear();
        let failure = |error| unanswered(&error);
        let objects = Objects::open(&desk.place).map_err(failure)?;
        let mut texts: BTreeMap<RepoPath, Oid> = BTreeMap::new();
        let mut going = Vec::new();
        for fix in desk.queue.waiting_fixes()? {
            if !matches!(fix.state, WaitingState::Held { .. }) {
                continue;
            }
            let there = match texts.get(&fix.path) {
                Some(oid) => Some(*oid),
                None => objects
                    .blob_at(tip, &fix.path)
                    .map_err(failure)?
                    .map(|(oid, _)| oid),
            };
            if there != Some(fix.before) || !objects.reaches(tip, &fix.tip) {
                let what = format!("the fix of {} is not of what is committed here", fix.path);
                let failure = Failure::usage(what)
                    .hint(format!("hive fix --commit {} makes it anew", fix.path));
                failed.push((fix.path, failure));
                continue;
            }
            texts.insert(fix.path.clone(), objects.name(&fix.after).map_err(failure)?);
            if !meant.contains(&fix.path) {
                meant.push(fix.path.clone());
            }
            going.push(fix);
        }
        Ok(going)
    })?;
    let stayed = meant.into_iter().filter(|path| !end.paths.contains(path));
    failed.extend(stayed.map(|path| {
        let failure = stays(&path, &end);
        (path, failure)
    }));
    let commits: Vec<Oid> = end.commits.iter().map(|(oid, _)| *oid).collect();
    desk.settled(Notice {
        settled: end.paths.iter().map(ToString::to_string).collect(),
        ..Notice::default()
    });
    Ok(HeldLanded {
        named: named(&commits, &end.branch),
        paths: end.paths,
        failed,
    })
}
