//! A person's "no" to what hive has landed, found when commits are looked at.

use super::Agent;
use crate::failure::{Failure, Outcome};
use crate::intake::commits::Seen;
use crate::landing::LandError;
use crate::landing::declined::{Declined, No, Past, Spot, reverted, withdrawn};
use crate::queue::{DeclineKey, FixFilter, LandingKind, Queue, QueueError};
use crate::repo::{Oid, Place, RepoPath};

/// How many of the last landings are looked for in a branch.
const LANDINGS: usize = 10;

impl Agent<'_> {
    /// Keeps in mind what the person has taken back since the last look. Before the work of that look is taken in, so that
    /// nothing is made again that has just been taken back.
    pub(super) fn mind_nos(&self, seen: &Seen) -> Outcome<()> {
        let mut nos = Vec::new();
        let all = self.taken_back(seen, &mut nos);
        // What is known is kept, whatever stands in the way of the rest.
        let kept = self.queue.decline_all(keyed(nos));
        kept.map_err(Failure::from)?;
        match all {
            Ok(()) => Ok(()),
            // What cannot be read now was perhaps pruned; the fixes may come again.
            Err(error) => self.problem(format!("what was taken back is not known: {error}")),
        }
    }

    /// Collects what was taken back; after an error, those found before it.
    fn taken_back(&self, seen: &Seen, nos: &mut Vec<No>) -> Result<(), LandError> {
        let Some(tip) = seen.tip else {
            return Ok(());
        };
        let queue = &self.queue;
        let landed = seen.reference.as_ref().map_or_else(Vec::new, |reference| {
            let landings = queue.landings(LANDINGS).unwrap_or_default();
            landings
                .into_iter()
                .filter(|landing| matches!(landing.kind, LandingKind::Own | LandingKind::Fold))
                .filter(|landing| landing.reference == *reference)
                .flat_map(|landing| landing.commits)
                .map(|commit| commit.oid)
                .collect()
        });
        if seen.own.is_empty() && landed.is_empty() {
            return Ok(());
        }
        let rules = |commit: &Oid, path: &RepoPath| rules(queue, commit, path);
        let before = |commit: &Oid| before(queue, commit);
        let past = Past::open(&self.place, &rules)?.folding(&before);
        let is_hives = |oid: &Oid| queue.is_own(oid).unwrap_or(false) || before(oid).is_some();
        nos.extend(reverted(&past, &tip, &seen.own, &is_hives));
        nos.extend(withdrawn(&past, &tip, &landed)?);
        Ok(())
    }

    /// What was said no to in a file. Not knowing lets a fix come again; it can be
    /// taken back again.
    pub(super) fn declined(&self, path: &RepoPath) -> Declined {
        declined(&self.queue, path)
    }
}

/// What was said no to in a file.
pub(super) fn declined(queue: &Queue, path: &RepoPath) -> Declined {
    let keys = queue.declines_of(path).unwrap_or_default();
    Declined::new(keys.into_iter().map(|key| {
        let spot = Spot {
            symbol: key.symbol,
            text_hash: key.text_hash,
        };
        (key.rule, spot)
    }))
}

/// What a person declines by taking a whole commit of hive's back.
pub fn all_of(place: &Place, queue: &Queue, commit: &Oid, how: &str) -> Outcome<Vec<No>> {
    let rules = |commit: &Oid, path: &RepoPath| rules(queue, commit, path);
    let before = |commit: &Oid| before(queue, commit);
    Past::open(place, &rules)
        .and_then(|past| past.folding(&before).all_of(commit, how))
        .map_err(|error| Failure::internal("the commit cannot be read").caused_by(error))
}

/// The commit that a commit of hive's takes back, if it is one of `hive undo`: the
/// beginning of its id.
pub fn undoes(place: &Place, commit: &Oid) -> Option<String> {
    Past::open(place, &|_, _| Vec::new()).ok()?.undoes(commit)
}

/// The files that hive changed in a commit, its own or one that it folded fixes into, with
/// their blobs before and after.
pub fn changed_by(
    place: &Place,
    queue: &Queue,
    commit: &Oid,
) -> Outcome<Vec<(RepoPath, Oid, Oid)>> {
    let before = |commit: &Oid| before(queue, commit);
    Past::open(place, &|_, _| Vec::new())
        .and_then(|past| past.folding(&before).fixes(commit))
        .map_err(|error| Failure::internal("the commit cannot be read").caused_by(error))
}

/// As the queue keeps them.
pub fn keyed(nos: Vec<No>) -> Vec<(DeclineKey, String)> {
    nos.into_iter()
        .map(|no| {
            let key = DeclineKey {
                path: no.path,
                rule: no.rule,
                symbol: no.spot.symbol,
                text_hash: no.spot.text_hash,
            };
            (key, no.how)
        })
        .collect()
}

/// The commit that a folded one was before.
pub(super) fn before(queue: &Queue, commit: &Oid) -> Option<Oid> {
    let fold = queue.fold_of(commit).ok().flatten()?;
    Some(fold.tip_before)
}

/// The rules of a fix of hive's; none where this clone's database knows nothing of it.
fn rules(queue: &Queue, commit: &Oid, path: &RepoPath) -> Vec<String> {
    let found = || -> Result<Vec<String>, QueueError> {
        let Some(landing) = queue.landing_of(commit)? else {
            return Ok(Vec::new());
        };
        let fixes = queue.fixes(&FixFilter {
            path: Some(path.to_string()),
            landing: Some(landing.id),
            ..FixFilter::default()
        })?;
        let counts = fixes.into_iter().flat_map(|fix| fix.counts);
        Ok(counts.map(|count| count.code).collect())
    };
    found().unwrap_or_default()
}
