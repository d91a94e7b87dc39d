//! Landing the inverse of one of hive's commits, beside a running agent or without one.
//!
//! The person has asked, so the gate's quiet moment, a pushed tip and protected branches
//! hold nothing back; an operation in progress does, and so does whatever makes a landing
//! uncertain. What is taken back is declined before the inverse is published: an agent
//! that sees the commit before it is recorded as hive's own takes it for the person's,
//! and finds nothing to do that it may do.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::author::Author;
use super::landed::{problems, recorder};
use super::lands::SOON;
use super::nos;
use crate::clock;
use crate::failure::{Failure, Outcome};
use crate::graph;
use crate::house::unanswered;
use crate::journal::Event;
use crate::landing::message::{undo_fold_message, undo_message};
use crate::landing::reconcile::{Dirty, Judge};
use crate::landing::{self, Draft, Fix, Layer, Left, Options, Order, Site, Target, Terms, undoing};
use crate::notice::{self, Notice};
use crate::queue::Queue;
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath, activity, head};
use crate::schedule::Stage;
use crate::settings::trust::Trust;
use crate::settings::{self, Settings};

/// How long lost races are tried again.
const PATIENCE: Duration = Duration::from_secs(5);

/// What came of an undo.
#[derive(Debug)]
pub struct Undone {
    /// The commit that takes the other back: one on top or, of a tip that fixes were folded
    /// into, the tip without them.
    pub by: Oid,
    /// Whether it is the latter.
    pub unfolded: bool,
    /// The files in it.
    pub paths: Vec<RepoPath>,
    /// Files that stayed as they are, with the reasons.
    pub left: Vec<(RepoPath, String)>,
}

/// Judges merges of an undo: what comes back are the findings that were fixed, so that
/// only what does not parse speaks against it.
struct Parses;

impl Judge for Parses {
    fn merged(&self, path: &RepoPath, unmerged: &[u8], merged: &[u8]) -> Result<(), String> {
        let ending = path.as_path().extension();
        let python = ending.is_some_and(|ending| ending == "py" || ending == "pyi");
        if !python || graph::parses(merged) || !graph::parses(unmerged) {
            Ok(())
        } else {
            Err("merged with your changes it would not parse".to_owned())
        }
    }

    fn has_findings(&self, _: &RepoPath, _: &[u8], _: &[String]) -> Result<bool, String> {
        Ok(true)
    }
}

/// Takes a commit of hive's own back, which HEAD must reach, or what hive folded into one
/// of the person's; of its files only these, if any are named.
///
/// A fold is taken back as it was made, while it can be: the tip without the fixes takes
/// the place of the tip, and where nothing of it was signed and all fixes go, that is the
/// very commit that the person made. An inverse commit would leave the fix in the person's
/// commit and add another one, which is what folding is to spare them. Once the commit is
/// no tip any more, or somebody else has it, there is no other way. How old it is does not
/// matter, since the person has asked.
pub fn undo(
    place: &Place,
    queue: &Queue,
    settings: &Settings,
    commit: &Oid,
    only: &[RepoPath],
) -> Outcome<Undone> {
    let site = Site::at(place.clone()).map_err(|error| {
        Failure::internal("the work tree's id cannot be read or written").caused_by(error)
    })?;
    let objects = Objects::open(place).map_err(|error| unanswered(&error))?;
    let subject = objects.subject(commit).unwrap_or_default();
    let how = |oid: &str| format!("hive undo took {oid} back");
    let (said, nos) = if let Some(undone) = nos::undoes(place, commit) {
        // The undo of an undo: the person wants the fix after all.
        queue.forget_declines(&how(&undone))?;
        (None, Vec::new())
    } else {
        let said = how(&commit.short());
        let mut nos = nos::all_of(place, queue, commit, &said)?;
        nos.retain(|no| only.is_empty() || only.contains(&no.path));
        (Some(said), nos)
    };
    queue.decline_all(nos::keyed(nos.clone()))?;
    let result = land(&site, queue, settings, commit, only, &subject);
    if let Some(said) = said {
        let gone = |path: &RepoPath| result.as_ref().is_ok_and(|done| done.paths.contains(path));
        if !nos.iter().all(|no| gone(&no.path)) {
            queue.forget_declines(&said)?;
            let nos = nos.into_iter().filter(|no| gone(&no.path)).collect();
            queue.decline_all(nos::keyed(nos))?;
        }
    }
    if let Ok(undone) = &result {
        let news = Notice {
            undone: vec![(commit.short(), undone.paths.len())],
            ..Notice::default()
        };
        if let Err(error) = notice::add(place, news) {
            // The next hook then tells of a commit that was taken back.
            tracing::warn!(%error, "the notice cannot be written");
        }
    }
    result
}

fn land(
    site: &Site,
    queue: &Queue,
    settings: &Settings,
    commit: &Oid,
    only: &[RepoPath],
    subject: &str,
) -> Outcome<Undone> {
    let place = Arc::new(site.place.clone());
    let trusted = Trust::load(Some(&place)).is_ok_and(|trust| trust.recorded().is_some());
    let author = Author::new(&place, &settings.commit, &[], trusted)?;
    let hive = crate::process::own_program()
        .map_err(|error| Failure::internal("hive cannot find its own binary").caused_by(error))?;
    let failed =
        |error| Failure::internal(format!("{} is not taken back", commit.short())).caused_by(error);
    let mode = settings.commit.mode;
    let record = recorder(Arc::clone(&place), queue.clone(), mode, Vec::new());
    let until = clock::now() + PATIENCE;
    loop {
        if let Some(busy) = activity::operation(&place) {
            return Err(Failure::usage(format!("nothing is taken back now: {busy}"))
                .hint("finish or abort it, then run `hive undo` again"));
        }
        let head = head::read(&place).map_err(|error| unanswered(&error))?;
        let tip = head
            .tip
            .ok_or_else(|| Failure::usage("there is no commit on this branch"))?;
        let fold = nos::before(queue, commit);
        let mut undoable = undoing(site, commit, fold.as_ref(), &tip).map_err(failed)?;
        if !only.is_empty() {
            undoable.fixes.retain(|fix| only.contains(&fix.path));
            undoable.left.retain(|(path, _)| only.contains(path));
        }
        let mut left = reasons(undoable.left);
        if undoable.fixes.is_empty() {
            return Err(nothing(commit, &left));
        }
        // Numbers that no row has: recovery must not take them for fixes of the queue.
        let fixes = undoable.fixes.into_iter().map(|fix| Fix {
            id: u64::MAX - fix.id,
            ..fix
        });
        let write = |draft: &Draft| author.write(draft);
        let order = Order {
            tip,
            reference: head.reference.clone(),
            layers: vec![Layer {
                stage: Stage::Qa.name().to_owned(),
                fixes: fixes.collect(),
                message: Box::new(|_| match fold {
                    Some(_) => undo_fold_message(commit, subject),
                    None => undo_message(commit, subject),
                }),
            }],
            options: Options {
                dirty: match settings.commit.dirty {
                    settings::Dirty::Merge => Dirty::Merge,
                    settings::Dirty::Defer => Dirty::Defer,
                },
                target: Target::Head,
                fold: (fold.is_some() && tip == *commit).then_some(Terms {
                    age: None,
                    trusted,
                    undoes: true,
                }),
                max_file_size: settings.max_file_size.0,
                // A person has just asked for it.
                kept: &|_| None,
                author: &write,
                record: &record,
            },
        };
        match landing::land(site, order, &Parses, &hive, &mut None).map_err(failed)? {
            landing::Outcome::Landed {
                commits,
                paths,
                left: more,
                ..
            } => {
                let by = commits.last().map_or(tip, |(oid, _)| *oid);
                left.extend(reasons(more));
                return Ok(Undone {
                    by,
                    unfolded: !queue.is_own(&by)?,
                    paths,
                    left,
                });
            }
            landing::Outcome::Nothing { left: more } => {
                left.extend(reasons(more));
                return Err(nothing(commit, &left));
            }
            landing::Outcome::Held(reason) => {
                return Err(Failure::usage(format!(
                    "{} is not taken back: {reason}",
                    commit.short()
                ))
                .hint(format!("git revert {}", commit.short())));
            }
            landing::Outcome::Recovered(recovered) => {
                for message in problems(recovered) {
                    queue.record(Event::Problem { message })?;
                }
            }
            landing::Outcome::Lost(reason) => {
                if clock::now() >= until {
                    return Err(Failure::internal(format!(
                        "{} is not taken back: {reason}",
                        commit.short()
                    ))
                    .hint("nothing has changed; run `hive undo` again"));
                }
                breathe(SOON);
            }
        }
    }
}

/// Waits a moment after a lost race. Nothing tells when the other side is done: what was
/// lost to is a lock of git's, a file that was saved or a tip that moved, and each of them
/// may be another one by the next try.
pub(super) fn breathe(moment: Duration) {
    thread::sleep(moment);
}

fn nothing(commit: &Oid, left: &[(RepoPath, String)]) -> Failure {
    let why = left.first().map_or_else(
        || "it changed no file".to_owned(),
        |(path, reason)| format!("{path}: {reason}"),
    );
    Failure::usage(format!(
        "there is nothing of {} to take back: {why}",
        commit.short()
    ))
    .hint(format!("git show {} shows what it did", commit.short()))
}

fn reasons(left: Vec<(RepoPath, Left)>) -> Vec<(RepoPath, String)> {
    left.into_iter()
        .map(|(path, left)| {
            let (Left::Deferred(reason) | Left::Skipped(reason)) = left;
            (path, reason)
        })
        .collect()
}
