//! What is to be taken back: the last thing, a commit, a task's fix, a file, a span.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::agent::nos;
use crate::failure::{Failure, Outcome};
use crate::house::unanswered;
use crate::queue::{FixState, Landing, LandingKind, Queue, TaskId};
use crate::repo::baseline::BaselineError;
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath, head};
use crate::writing::previous::{self, Kept};

/// How many landings back are looked at.
const FAR: usize = 1000;

/// Something of hive's that can be taken back.
pub(super) enum Target {
    /// A commit; of its files only these, if any are named.
    Commit(Oid, Vec<RepoPath>),
    /// Writes of working files, the newest first.
    Write(Vec<Kept>),
}

/// A commit that a person names, if it is hive's own and HEAD reaches it.
pub(super) fn owned(place: &Place, queue: &Queue, named: &str) -> Outcome<Oid> {
    let failed = |error: BaselineError| match error {
        error @ BaselineError::UnknownRevision { .. } => Failure::usage(error.to_string())
            .hint("`hive history` lists what hive landed, `git log` all commits"),
        error => unanswered(&error),
    };
    let objects = Objects::open(place).map_err(failed)?;
    let commit = objects.commit(named).map_err(failed)?;
    let short = commit.short();
    let fold = queue.fold_of(&commit)?;
    if fold.is_none() && !queue.is_own(&commit)? {
        return Err(
            Failure::usage(format!("{short} is not a commit of hive's own"))
                .hint(format!("git revert {short}")),
        );
    }
    let landing = match fold {
        Some(fold) => Some(fold),
        None => queue.landing_of(&commit)?,
    };
    let theirs = landing
        .iter()
        .flat_map(|landing| &landing.commits)
        .find(|one| one.oid == commit)
        .and_then(|one| one.reowned_by);
    if let Some(by) = theirs {
        let by = by.short();
        return Err(
            Failure::usage(format!("{short} was amended to {by}, which is yours"))
                .hint(format!("git revert {by}")),
        );
    }
    let tip = head::read(place).map_err(|error| unanswered(&error))?.tip;
    if !tip.is_some_and(|tip| objects.reaches(&tip, &commit)) {
        let branch = landing.map_or_else(String::new, |landing| landing.reference);
        let branch = branch.trim_start_matches("refs/heads/").to_owned();
        return Err(
            Failure::usage(format!("{short} is not on the branch you are on"))
                .hint(format!("it was landed on {branch}: git switch {branch}")),
        );
    }
    Ok(commit)
}

/// What hive did last and what has not been taken back yet.
pub(super) fn last(place: &Place, queue: Option<&Queue>) -> Outcome<Target> {
    let landing = match queue {
        Some(queue) => standing(place, queue, None, |_| true)?.pop(),
        None => None,
    };
    let write = last_write(&place.state_dir(), &place.root)?;
    match (landing, write) {
        (Some(landed), Some(files)) if files.iter().any(|kept| kept.at_ms > landed.at_ms) => {
            Ok(Target::Write(files))
        }
        (Some(landed), _) => Ok(landed.target()),
        (None, Some(files)) => Ok(Target::Write(files)),
        (None, None) => Err(nothing("there is nothing of hive's to take back here")),
    }
}

/// The last thing that hive did to a file.
pub(super) fn of_file(place: &Place, queue: Option<&Queue>, path: &RepoPath) -> Outcome<Target> {
    let landed = match queue {
        Some(queue) => standing(place, queue, None, |landed| landed.left.contains(path))?
            .pop()
            .filter(|landed| landed.left.contains(path)),
        None => None,
    };
    let file = path.below(&place.root);
    let write = writes(&place.state_dir(), &place.root)?
        .into_iter()
        .find(|kept| kept.path == file);
    match (landed, write) {
        (Some(landed), Some(kept)) if kept.at_ms > landed.at_ms => Ok(Target::Write(vec![kept])),
        (Some(landed), _) => Ok(Target::Commit(landed.commit, vec![path.clone()])),
        (None, Some(kept)) => Ok(Target::Write(vec![kept])),
        (None, None) => Err(nothing(&format!("hive has nothing to take back in {path}"))),
    }
}

/// The fix that a task made.
pub(super) fn of_task(place: &Place, queue: &Queue, task: TaskId) -> Outcome<Target> {
    let fixes = queue.fixes_of_task(task)?;
    for (fix, _) in &fixes {
        if let FixState::Landed {
            commit: Some(commit),
            ..
        } = &fix.state
        {
            let commit = owned(place, queue, &commit.to_string())?;
            return Ok(Target::Commit(commit, vec![fix.path.clone()]));
        }
    }
    Err(match fixes.first() {
        Some((fix, _)) => nothing(&format!(
            "the fix of task {task} is {} and not on this branch",
            fix.state.name()
        )),
        None => nothing(&format!("task {task} made no fix")),
    })
}

/// Everything that hive did on this branch and to files here since a time, the newest
/// first.
pub(super) fn since(place: &Place, queue: Option<&Queue>, since_ms: i64) -> Outcome<Vec<Target>> {
    let mut all: Vec<(i64, Target)> = Vec::new();
    if let Some(queue) = queue {
        let landed = standing(place, queue, Some(since_ms), |_| false)?;
        all.extend(
            landed
                .into_iter()
                .map(|landed| (landed.at_ms, landed.target())),
        );
    }
    let kept = writes(&place.state_dir(), &place.root)?;
    let kept = kept.into_iter().filter(|kept| kept.at_ms >= since_ms);
    all.extend(kept.map(|kept| (kept.at_ms, Target::Write(vec![kept]))));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    if all.is_empty() {
        return Err(nothing(
            "hive did nothing here in that span that can be taken back",
        ));
    }
    Ok(all.into_iter().map(|(_, target)| target).collect())
}

fn nothing(what: &str) -> Failure {
    Failure::usage(what).hint("`hive history` lists what hive landed")
}

/// A commit of hive's own on this branch of which something has not been taken back.
struct Landed {
    at_ms: i64,
    commit: Oid,
    /// The files that have not been taken back.
    left: Vec<RepoPath>,
    /// Whether that is all of them.
    whole: bool,
}

impl Landed {
    fn target(self) -> Target {
        Target::Commit(self.commit, if self.whole { Vec::new() } else { self.left })
    }
}

/// The commits of hive's own that HEAD reaches and that have not been taken back, the
/// newest first, back to a time or to the first that is `enough`.
fn standing(
    place: &Place,
    queue: &Queue,
    since_ms: Option<i64>,
    enough: impl Fn(&Landed) -> bool,
) -> Outcome<Vec<Landed>> {
    let failed = |error: BaselineError| unanswered(&error);
    let Some(tip) = head::read(place).map_err(failed)?.tip else {
        return Ok(Vec::new());
    };
    let objects = Objects::open(place).map_err(failed)?;
    // The beginning of the id of a commit that was taken back, and in which files.
    let mut undone: HashMap<String, HashSet<RepoPath>> = HashMap::new();
    let mut found = Vec::new();
    let by_hive = |landing: &Landing| {
        use LandingKind::{Fold, Own, Undo};
        matches!(landing.kind, Own | Undo | Fold)
    };
    for landing in queue.landings(FAR)?.iter().filter(|one| by_hive(one)) {
        if since_ms.is_some_and(|since| landing.at_ms < since) {
            break;
        }
        for commit in landing.commits.iter().rev() {
            let oid = commit.oid;
            if commit.reowned_by.is_some() || !objects.reaches(&tip, &oid) {
                continue;
            }
            let changed = nos::changed_by(place, queue, &oid)?;
            let paths: Vec<RepoPath> = changed.into_iter().map(|(path, ..)| path).collect();
            let id = oid.to_string();
            let gone = undone
                .iter()
                .filter(|(begin, _)| id.starts_with(begin.as_str()))
                .flat_map(|(_, paths)| paths.iter().cloned());
            let gone: HashSet<RepoPath> = gone.collect();
            let left: Vec<RepoPath> = paths
                .iter()
                .filter(|path| !gone.contains(path))
                .cloned()
                .collect();
            if let Some(begin) = nos::undoes(place, &oid) {
                // Of an undo that was taken back itself, what it took back stands again.
                undone.entry(begin).or_default().extend(left);
            } else if !left.is_empty() {
                let landed = Landed {
                    at_ms: landing.at_ms,
                    commit: oid,
                    whole: left.len() == paths.len(),
                    left,
                };
                let last = enough(&landed);
                found.push(landed);
                if last {
                    return Ok(found);
                }
            }
        }
    }
    Ok(found)
}

/// The writes of working files that were not put back since, the newest first.
fn writes(state: &Path, root: &Path) -> Outcome<Vec<Kept>> {
    let kept = previous::list(state)
        .map_err(|error| Failure::internal("the kept bytes cannot be listed").caused_by(error))?;
    let mut standing: Vec<Kept> = Vec::new();
    for one in kept.iter().filter(|one| one.path.starts_with(root)) {
        // The newest are first: a later write that put these bytes back takes this one
        // away, and is none to take back itself.
        let put_back = standing.iter().rposition(|later| {
            later.path == one.path && later.before == one.after && later.after == one.before
        });
        match put_back {
            Some(at) => {
                standing.remove(at);
            }
            None => standing.push(one.clone()),
        }
    }
    Ok(standing)
}

/// The files of the last run that wrote any, without those that were put back since.
/// Of a long run, such as the agent's, only what it wrote together with the last one.
fn last_write(state: &Path, root: &Path) -> Outcome<Option<Vec<Kept>>> {
    let mut standing = writes(state, root)?;
    let Some(first) = standing.first().cloned() else {
        return Ok(None);
    };
    let session = |kept: &Kept| {
        let name = kept.file.file_stem().unwrap_or_default().to_string_lossy();
        name.rsplit('-').next().unwrap_or_default().to_owned()
    };
    let run = session(&first);
    let mut seen = HashSet::new();
    standing.retain(|kept| session(kept) == run && seen.insert(kept.path.clone()));
    // A run by hand writes without a pause; an agent writes for days.
    let mut at = first.at_ms;
    standing.retain(|kept| {
        let near = at - kept.at_ms <= 1000;
        if near {
            at = kept.at_ms;
        }
        near
    });
    Ok(Some(standing))
}
