//! After a landing that did not come to its end.
//!
//! What is provably hive's is removed: a lock that is the same file as a prepared one, or
//! that holds the id of the new commit, which nobody else knows. Read bytes are never put
//! back and no reference is moved: a file that was exchanged stays fixed ("modified"), an
//! index that was renamed stays ("staged"). Saves that were displaced are put back, or go
//! to `rescue`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::{LandError, git, io};
use super::fold;
use super::intent::{Intent, Written};
use super::kept;
use super::late;
use super::order::{Manner, Published, Recorder};
use super::refs::{Head, Refs, is_same_file, lock_of};
use super::site::{LandingLock, Site};
use crate::crash;
use crate::repo::Oid;
use crate::writing::{Settled, Word, Writer};

/// What was found.
#[derive(Debug)]
pub enum Recovered {
    /// The branch had moved: the landing is complete, and recorded.
    Landed(Published),
    /// The branch had not moved: the fixes are to be landed again.
    Undone {
        /// The tip that they were of.
        tip: Oid,
        /// The fixes, by the ids that the order gave them.
        fixes: Vec<u64>,
    },
    /// A person's bytes that could not be placed.
    Rescued {
        /// The file they were saved to.
        path: PathBuf,
        /// Where they lie now.
        file: PathBuf,
    },
    /// A lock is there that is not provably hive's; a git command may be at work.
    LeftLock {
        /// The lock.
        path: PathBuf,
    },
}

/// How long a landing that is under way is waited for.
const PATIENCE: Duration = Duration::from_secs(40);

/// Deals with every landing of a work tree that did not come to its end: at the start
/// of an agent, and before anything else lands there.
pub fn recover(site: &Site, record: &Recorder<'_>) -> Result<Vec<Recovered>, LandError> {
    match LandingLock::take(site, PATIENCE)? {
        Some(_lock) => recover_locked(site, record),
        // Whoever holds it recovers.
        None => Ok(Vec::new()),
    }
}

/// The same for whoever holds the landing lock.
pub(super) fn recover_locked(
    site: &Site,
    record: &Recorder<'_>,
) -> Result<Vec<Recovered>, LandError> {
    let own = site.own();
    let mut found = Vec::new();
    if !own.exists() && !site.intents().exists() {
        return Ok(found);
    }
    let intents = Written::all(site).map_err(io("reading", &site.intents()))?;
    // Files first: a save goes back while the dead still hold the index.
    crash::pass("recover.begin").map_err(io("looking after files in", &own))?;
    let refs = Refs {
        git_dir: site.place.git_dir.clone(),
        common_dir: site.place.common_dir.clone(),
    };
    let prepared = intents.iter().map(|one| one.intent.temps.index.clone());
    let leave = late::leave(&refs, prepared.collect());
    let writer =
        Writer::for_landing(&site.place, leave).map_err(io("looking after files in", &own))?;
    for settled in writer.recovered() {
        if let Some(file) = &settled.rescued {
            found.push(Recovered::Rescued {
                path: settled.path.clone(),
                file: file.clone(),
            });
        }
    }
    drop(writer);
    crash::pass("recover.files").map_err(io("looking after files in", &own))?;
    if !intents.is_empty() {
        kept::hold_left(&site.place, &own)?;
    }
    for written in intents {
        let intent = written.intent.clone();
        if intent.is_of_the_gone() {
            written
                .done()
                .map_err(io("forgetting a landing in", &own))?;
            continue;
        }
        let landed = finish(&intent, &mut found)?;
        found.push(if landed {
            // Before the intent goes: dying in between does it once more.
            let published = published(&intent, 0);
            record(&published).map_err(LandError::Record)?;
            crash::pass("recover.recorded").map_err(io("recording in", &own))?;
            if let (Manner::Folded | Manner::Unfolded, Some((new, _))) =
                (intent.manner, intent.commits.last())
            {
                fold::tell(&site.place, &intent.tip, new);
            }
            Recovered::Landed(published)
        } else {
            Recovered::Undone {
                tip: intent.tip,
                fixes: intent.fixes,
            }
        });
        crash::pass("recover.forget")
            .and_then(|()| written.done())
            .map_err(io("forgetting a landing in", &own))?;
    }
    crash::pass("recover.sweep").map_err(io("tidying up", &own))?;
    kept::sweep(&own)?;
    Ok(found)
}

/// What an intent has published, once it has.
pub(super) fn published(intent: &Intent, held_us: u64) -> Published {
    Published {
        reference: intent.reference.clone(),
        tip: intent.tip,
        manner: intent.manner,
        commits: intent.commits.clone(),
        fixes: intent.fixes.clone(),
        held_us,
    }
}

/// Removes the locks of a dead landing; says whether it had landed.
pub(super) fn finish(intent: &Intent, found: &mut Vec<Recovered>) -> Result<bool, LandError> {
    let reference = intent.reference.as_deref();
    let head = intent.refs.git_dir.join("HEAD");
    let landed = has_landed(intent)?;
    if !landed && is_same_file(&lock_of(&head), &intent.temps.head) {
        // HEAD is locked by us still, so nobody has written to the logs since.
        for log in intent.refs.logs(reference) {
            crash::pass("recover.log").map_err(io("mending the reflog", &log))?;
            intent
                .log
                .take_off(&log)
                .map_err(io("mending the reflog", &log))?;
        }
    }
    unlock(intent, found)?;
    Ok(landed)
}

/// Removes the locks of a landing that nobody works at any more. Also after one that went
/// well: a lock that could not be removed then would block git for good, since nobody
/// looks for it once the intent is gone.
pub(super) fn unlock(intent: &Intent, found: &mut Vec<Recovered>) -> Result<(), LandError> {
    let mut locks = vec![(intent.target(), &intent.temps.index)];
    if let Some(name) = &intent.reference {
        locks.push((intent.refs.moved(Some(name)), &intent.temps.branch));
    }
    locks.push((intent.refs.git_dir.join("HEAD"), &intent.temps.head));
    for (target, prepared) in locks {
        let lock = lock_of(&target);
        if is_same_file(&lock, prepared) || speaks_of(&lock, intent) {
            crash::pass("recover.lock")
                .and_then(|()| fs::remove_file(&lock))
                .map_err(io("removing", &lock))?;
        } else if lock.exists() {
            found.push(Recovered::LeftLock { path: lock });
        }
    }
    Ok(())
}

/// Whether a lock holds the id of the new commit: git's own, of `git update-ref`.
fn speaks_of(lock: &Path, intent: &Intent) -> bool {
    let new = intent.commits.last().map(|commit| commit.0.to_string());
    let text = fs::read_to_string(lock).ok();
    text.is_some_and(|text| Some(text.trim_end()) == new.as_deref())
}

/// Whether the new commit is on its branch: its tip, or below it.
fn has_landed(intent: &Intent) -> Result<bool, LandError> {
    let Some((new, _)) = intent.commits.last() else {
        return Ok(false);
    };
    let refs = &intent.refs;
    let now = match &intent.reference {
        Some(name) => refs.value(name),
        None => refs.head().map(|head| match head {
            Some(Head::Detached(oid)) => Some(oid),
            _ => None,
        }),
    };
    match now.map_err(io("reading the branch in", &refs.common_dir))? {
        Some(now) if now == *new => Ok(true),
        Some(now) if now == intent.tip => Ok(false),
        Some(now) => {
            // Somebody went on from one or the other.
            let repo = gix::open(&refs.git_dir).map_err(git("opening the repository"))?;
            let base = repo.merge_base(now.id(), new.id());
            Ok(base.ok().flatten().map(gix::Id::detach) == Some(new.id()))
        }
        None => Ok(false),
    }
}

/// Whether a person should hear of a file after a landing.
pub(super) fn is_worth_telling(settled: &Settled) -> bool {
    settled.word == Word::Overtaken || settled.rescued.is_some() || settled.trouble.is_some()
}
