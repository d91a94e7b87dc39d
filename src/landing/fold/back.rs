//! Giving the person's tip back after it was folded: somebody has it all the same.
//!
//! The branch becomes the old tip with a commit of hive's own on top, whose tree is that of
//! the folded commit: as if the fix had landed beside the person's commit from the
//! beginning. Neither index nor files change, so that `git update-ref` does all of it,
//! with its own locks and the folded commit as what it must find.

use std::path::Path;
use std::time::Duration;

use gix::objs::Kind;

use super::super::chain::{Draft, Held};
use super::super::error::{LandError, git, io};
use super::super::intent::{self, Written};
use super::super::objects::Objects;
use super::super::order::{Manner, Recorder};
use super::super::recover::{self, recover_locked};
use super::super::refs::{Head, LogLine, Refs};
use super::super::site::{LandingLock, Site};
use super::others;
use crate::crash;
use crate::process::Program;
use crate::repo::{Oid, Place, activity, pushing};

/// How long the landing that folded is waited for: it looks after files for a second.
const PATIENCE: Duration = Duration::from_secs(10);

/// A tip to be given back.
pub struct Back<'a> {
    /// Its branch, `refs/heads/…`.
    pub reference: String,
    /// The tip as it was.
    pub old: Oid,
    /// The tip as it is.
    pub folded: Oid,
    /// The fixes in it, by their ids, and the position of their layer.
    pub fixes: (Vec<u64>, usize),
    /// What the commit of hive's own says.
    pub message: String,
    /// Makes the bytes of that commit.
    pub author: &'a dyn Fn(&Draft) -> Result<Vec<u8>, Held>,
    /// Writes down what was published.
    pub record: &'a Recorder<'a>,
}

/// Gives a tip back, whoever folded it; the commit that has the fixes now, or why the tip
/// stays folded.
pub fn give_back(site: &Site, back: &Back<'_>) -> Result<Result<Oid, String>, LandError> {
    match LandingLock::take(site, PATIENCE)? {
        Some(_lock) => {
            recover_locked(site, back.record)?;
            give_back_locked(site, back, &mut || ())
        }
        None => Ok(Err("another landing is under way".to_owned())),
    }
}

/// The same for whoever holds the landing lock, and has something to do that must not wait
/// until the new objects are safe.
pub(in crate::landing) fn give_back_locked(
    site: &Site,
    back: &Back<'_>,
    meanwhile: &mut dyn FnMut(),
) -> Result<Result<Oid, String>, LandError> {
    let place = &site.place;
    let refs = Refs {
        git_dir: place.git_dir.clone(),
        common_dir: place.common_dir.clone(),
    };
    let reading = |error| io("reading the branch in", &place.common_dir)(error);
    if refs.value(&back.reference).map_err(reading)? != Some(back.folded) {
        return Ok(Err("the branch went on from it".to_owned()));
    }
    // A commit whose editor is open would fail if HEAD moved under it.
    let busy = activity::operation(place)
        .or_else(|| activity::locked(place))
        .or_else(|| activity::processes(place, &[]).into_iter().next());
    if let Some(busy) = busy {
        return Ok(Err(busy.to_string()));
    }
    let repo = gix::open(place.root.clone()).map_err(git("opening the repository"))?;
    if let Some(remote) = others::remote(place, &repo, &back.folded)? {
        return Ok(Err(format!("{remote} has it as it is now")));
    }
    if pushing::was_sent(&place.common_dir, &back.folded) {
        return Ok(Err("it was about to be pushed as it is now".to_owned()));
    }
    let folded = repo
        .find_commit(back.folded.id())
        .map_err(git("reading the folded commit"))?;
    let tree = folded.tree_id().map_err(git("reading the folded commit"))?;
    let draft = Draft {
        tree: Oid::from(tree.detach()),
        parents: vec![back.old],
        message: back.message.clone(),
    };
    let raw = match (back.author)(&draft) {
        Ok(raw) => raw,
        Err(Held(why)) => return Ok(Err(why)),
    };
    let own = site.make_own()?;
    let mut objects = Objects::begin(&repo, &own)?;
    let new = Oid::from(objects.add(Kind::Commit, &raw)?);
    let mut kept = objects.publish()?;
    let subject = super::super::chain::subject(&raw);
    let (fixes, layer) = back.fixes.clone();
    let draft = intent::Draft {
        refs: refs.clone(),
        reference: Some(back.reference.clone()),
        tip: back.folded,
        commits: vec![(new, layer)],
        fixes,
        log: LogLine::new(&back.folded, &new, "", ("commit", &subject), false),
        manner: Manner::GivenBack,
        paths: Vec::new(),
        index: None,
    };
    // Whoever comes after a death must know whose the commit is.
    let intents = site.intents();
    let intent = Written::new(site, draft).map_err(io("recording the landing in", &intents))?;
    let here = refs.head().map_err(reading)? == Some(Head::On(back.reference.clone()));
    let name = if here {
        "HEAD"
    } else {
        back.reference.as_str()
    };
    crash::pass("landing.fold.back").map_err(io("moving", Path::new(name)))?;
    kept.stay();
    let moved = Program::new("git")
        .args(["update-ref", "-m", &format!("commit: {subject}"), name])
        .args([new.to_string(), back.folded.to_string()])
        .current_dir(&place.root)
        .run()
        .map_err(|error| LandError::Program {
            doing: "moving the branch",
            reason: error.to_string(),
        })?;
    if !moved.status.success() {
        kept.let_go();
        intent.done().map_err(io("ending the landing in", &own))?;
        let why = String::from_utf8_lossy(&moved.stderr);
        return Ok(Err(why.trim().to_owned()));
    }
    crash::pass("landing.fold.back.moved").map_err(io("moving", Path::new(name)))?;
    let published = recover::published(&intent.intent, 0);
    (back.record)(&published).map_err(LandError::Record)?;
    kept.hold_beside(place, meanwhile).1?;
    intent.done().map_err(io("ending the landing in", &own))?;
    Ok(Ok(new))
}

/// The commit that a branch is at now; `None` where there is none or it cannot be told.
pub fn tip(place: &Place, reference: &str) -> Option<Oid> {
    let refs = Refs {
        git_dir: place.git_dir.clone(),
        common_dir: place.common_dir.clone(),
    };
    refs.value(reference).ok().flatten()
}

/// Whether a landing is about to move a branch, so that where it is says nothing yet. For
/// who has no lock: a landing that has not written down what it intends has yet to ask
/// what is being pushed.
pub fn is_deciding(place: &Place, reference: &str) -> bool {
    let now = tip(place, reference);
    let intends = intent::tips(&Site::intents_of(place), reference);
    intends.iter().any(|tip| now == Some(*tip))
}
