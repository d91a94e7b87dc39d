//! What of hive's work was taken back, as git's history shows.

use std::collections::{BTreeMap, HashSet};
use std::fs;

use super::{Spot, taken_back};
use crate::landing::error::{LandError, git};
use crate::landing::message::trailers;
use crate::landing::undo::changed;
use crate::repo::{Oid, Place, RepoPath};

/// How far back commits of hive's are looked for.
const DEEP: usize = 200;
/// How many commits of the person's are looked at; the newest of more.
const MANY: usize = 50;

/// A no to one part of a landed fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct No {
    /// The file.
    pub path: RepoPath,
    /// The rule.
    pub rule: String,
    /// The line.
    pub spot: Spot,
    /// How it was said, a phrase with the commit.
    pub how: String,
}

/// Tells the rules of hive's fix of a file in a commit; none where they are not known.
type Rules<'a> = &'a dyn Fn(&Oid, &RepoPath) -> Vec<String>;

/// Tells what a commit was before hive folded fixes into it; nothing of any other.
type Before<'a> = &'a dyn Fn(&Oid) -> Option<Oid>;

/// A repository in which to look.
pub struct Past<'a> {
    repo: gix::Repository,
    place: &'a Place,
    rules: Rules<'a>,
    before: Before<'a>,
}

impl<'a> Past<'a> {
    /// Opens it. Where `rules` knows nothing, the commit's message does.
    pub fn open(place: &'a Place, rules: Rules<'a>) -> Result<Self, LandError> {
        let repo = gix::open(place.root.clone()).map_err(git("opening the repository"))?;
        Ok(Self {
            repo,
            place,
            rules,
            before: &none,
        })
    }

    /// With what folded commits were before: hive's part of one is the difference to that,
    /// and not to its parent.
    #[must_use]
    pub fn folding(self, before: Before<'a>) -> Self {
        Self { before, ..self }
    }

    /// The parts of one commit's fixes as a person declines all of them.
    pub fn all_of(&self, commit: &Oid, how: &str) -> Result<Vec<No>, LandError> {
        let mut all = Vec::new();
        for (path, before, after) in self.fixes(commit)? {
            let (before, after) = (self.blob(&before)?, self.blob(&after)?);
            let codes = self.codes(commit, &path)?;
            let mut keys = super::of_fix(&before, &after, &codes);
            complete(&mut keys, &codes);
            all.extend(keys.into_iter().map(|key| no(&path, key, how)));
        }
        Ok(all)
    }

    /// The commit that a commit of hive's takes back, by its trailer.
    pub fn undoes(&self, commit: &Oid) -> Option<String> {
        trailers(&self.message(commit).ok()?)?.undoes
    }

    /// The files that a commit changed, of a folded one those that hive changed in it, with
    /// their blobs before and after.
    pub fn fixes(&self, commit: &Oid) -> Result<Vec<(RepoPath, Oid, Oid)>, LandError> {
        let parent = match (self.before)(commit) {
            // What was pruned tells nothing any more.
            Some(before) => Some(before).filter(|oid| self.repo.find_commit(oid.id()).is_ok()),
            None => self.parent(commit)?,
        };
        let Some(parent) = parent else {
            return Ok(Vec::new());
        };
        let both = changed(&self.tree(&parent)?, &self.tree(commit)?)?;
        let both = both
            .into_iter()
            .filter_map(|change| Some((change.path, change.before?, change.after?)));
        Ok(both.collect())
    }

    fn codes(&self, commit: &Oid, path: &RepoPath) -> Result<Vec<String>, LandError> {
        let known = (self.rules)(commit, path);
        if !known.is_empty() {
            return Ok(known);
        }
        // `F401 ×6, I001 ×4`
        let message = self.message(commit)?;
        Ok(message
            .lines()
            .filter(|line| line.contains(" ×"))
            .flat_map(|line| line.split(','))
            .filter_map(|part| Some(part.trim().split_once(" ×")?.0.to_owned()))
            .collect())
    }

    fn message(&self, commit: &Oid) -> Result<String, LandError> {
        let commit = self.repo.find_commit(commit.id());
        let commit = commit.map_err(git("reading a commit"))?;
        Ok(String::from_utf8_lossy(commit.message_raw_sloppy()).into_owned())
    }

    /// The first parent. The first commit of a shallow clone names one that is not there:
    /// it has none.
    fn parent(&self, commit: &Oid) -> Result<Option<Oid>, LandError> {
        let commit = self.repo.find_commit(commit.id());
        let commit = commit.map_err(git("reading a commit"))?;
        let parent = commit.parent_ids().next().map(gix::Id::detach);
        let parent = parent.filter(|id| self.repo.find_commit(*id).is_ok());
        Ok(parent.map(Oid::from))
    }

    fn tree(&self, commit: &Oid) -> Result<gix::Tree<'_>, LandError> {
        let commit = self.repo.find_commit(commit.id());
        let commit = commit.map_err(git("reading a commit"))?;
        commit.tree().map_err(git("reading a tree"))
    }

    fn blob(&self, oid: &Oid) -> Result<Vec<u8>, LandError> {
        let object = self.repo.find_object(oid.id());
        Ok(object.map_err(git("reading a blob"))?.detach().data)
    }

    fn reaches(&self, tip: &Oid, commit: &Oid) -> bool {
        tip == commit
            || self
                .repo
                .merge_base(tip.id(), commit.id())
                .is_ok_and(|base| base.is_some_and(|base| base == commit.id()))
    }

    /// The commits from a tip by first parents, newest first.
    fn line(&self, tip: &Oid, most: usize) -> Vec<Oid> {
        let mut line = vec![*tip];
        while let Some(last) = line.last().filter(|_| line.len() < most) {
            match self.parent(last) {
                Ok(Some(parent)) => line.push(parent),
                _ => break,
            }
        }
        line
    }
}

/// Adds the rules of a fix that none of its lines shows, at its first line: a sorted import
/// that is gone, too, looks like one that is gone. Whoever takes all of a fix back takes
/// all of its rules back.
fn complete(keys: &mut Vec<(String, Spot)>, codes: &[String]) {
    let Some((_, first)) = keys.first().cloned() else {
        return;
    };
    for code in codes {
        if keys.iter().all(|(rule, _)| rule != code) {
            keys.push((code.clone(), first.clone()));
        }
    }
}

/// No commit was anything else before.
fn none(_: &Oid) -> Option<Oid> {
    None
}

/// A file's blobs before and after a commit of hive's, and where that stands in the line.
struct Fix {
    at: usize,
    commit: Oid,
    before: Oid,
    after: Oid,
}

/// What the person's commits `own` took back of fixes before them. hive's commits are
/// known by their trailers here, and by `is_hives`, so that it works in every clone. What
/// a shallow or partial clone does not have tells nothing, and hides nothing else.
pub fn reverted(
    past: &Past<'_>,
    tip: &Oid,
    own: &[Oid],
    is_hives: &dyn Fn(&Oid) -> bool,
) -> Vec<No> {
    let own = &own[own.len().saturating_sub(MANY)..];
    let mine: HashSet<Oid> = own.iter().copied().collect();
    let line = past.line(tip, DEEP + own.len());
    let Some(oldest) = line.iter().position(|oid| mine.contains(oid)) else {
        return Vec::new();
    };
    let mut fixes: BTreeMap<RepoPath, Vec<Fix>> = BTreeMap::new();
    for (at, oid) in line.iter().enumerate().skip(oldest + 1) {
        if !by_hive(past, oid, is_hives) {
            continue;
        }
        for (path, before, after) in past.fixes(oid).unwrap_or_default() {
            fixes.entry(path).or_default().push(Fix {
                at,
                commit: *oid,
                before,
                after,
            });
        }
    }
    let mut nos = Vec::new();
    if fixes.is_empty() {
        return nos;
    }
    for (at, oid) in line.iter().enumerate() {
        if !mine.contains(oid) {
            continue;
        }
        for (path, base, now) in past.fixes(oid).unwrap_or_default() {
            let older = fixes.get(&path).into_iter().flatten();
            for fix in older.filter(|fix| fix.at > at) {
                let how = format!("{} took {} back", oid.short(), fix.commit.short());
                let keys = undone(past, &path, (&base, &now), fix).unwrap_or_default();
                nos.extend(keys.into_iter().map(|key| no(&path, key, &how)));
            }
        }
    }
    nos
}

/// Whether hive made a commit, and not in order to take another back.
fn by_hive(past: &Past<'_>, oid: &Oid, is_hives: &dyn Fn(&Oid) -> bool) -> bool {
    let trailers = past.message(oid).ok().and_then(|text| trailers(&text));
    match trailers {
        Some(trailers) => trailers.undoes.is_none(),
        None => is_hives(oid),
    }
}

/// The parts of a fix that are gone between two blobs of its file.
fn undone(
    past: &Past<'_>,
    path: &RepoPath,
    (base, now): (&Oid, &Oid),
    fix: &Fix,
) -> Result<Vec<(String, Spot)>, LandError> {
    let (base, now) = (past.blob(base)?, past.blob(now)?);
    let (before, after) = (past.blob(&fix.before)?, past.blob(&fix.after)?);
    let codes = past.codes(&fix.commit, path)?;
    Ok(taken_back((&before, &after), Some(&base), &now, &codes))
}

/// What is gone with those `commits` of hive's that the tip does not reach any more. A
/// part that index or file still have is not gone: the person may be about to commit it
/// as their own.
pub fn withdrawn(past: &Past<'_>, tip: &Oid, commits: &[Oid]) -> Result<Vec<No>, LandError> {
    let mut nos = Vec::new();
    let gone = commits.iter().filter(|oid| !past.reaches(tip, oid));
    // What was pruned cannot be looked at, and was gone long ago.
    let gone: Vec<&Oid> = gone
        .filter(|oid| past.repo.find_commit(oid.id()).is_ok())
        .collect();
    if gone.is_empty() {
        return Ok(nos);
    }
    let index = past
        .repo
        .index_or_empty()
        .map_err(git("reading the index"))?;
    let tree = past.tree(tip)?;
    for oid in gone {
        // What this clone does not have of one file says nothing of the others.
        for (path, before, after) in past.fixes(oid).unwrap_or_default() {
            let Ok(Some(copies)) = copies(past, &tree, &index, &path) else {
                continue;
            };
            let how = format!("{} left the branch", oid.short());
            let keys = lost(past, oid, &path, (&before, &after), &copies).unwrap_or_default();
            nos.extend(keys.into_iter().map(|key| no(&path, key, &how)));
        }
    }
    Ok(nos)
}

/// What a file is at the tip, in the index and on disk; `None` where the tip has no such
/// file.
fn copies(
    past: &Past<'_>,
    tree: &gix::Tree<'_>,
    index: &gix::index::State,
    path: &RepoPath,
) -> Result<Option<Vec<Vec<u8>>>, LandError> {
    let entry = tree.lookup_entry_by_path(path.as_path());
    let entry = entry.map_err(git("reading a tree"))?;
    let Some(entry) = entry.filter(|entry| entry.mode().is_blob()) else {
        return Ok(None);
    };
    let mut copies = vec![past.blob(&Oid::from(entry.object_id()))?];
    if let Some(staged) = index.entry_by_path(path.as_str().into()) {
        copies.push(past.blob(&Oid::from(staged.id))?);
    }
    copies.extend(fs::read(path.below(&past.place.root)));
    Ok(Some(copies))
}

/// The parts of a commit's fix of a file that none of its copies has.
fn lost(
    past: &Past<'_>,
    commit: &Oid,
    path: &RepoPath,
    (before, after): (&Oid, &Oid),
    copies: &[Vec<u8>],
) -> Result<Vec<(String, Spot)>, LandError> {
    let (before, after) = (past.blob(before)?, past.blob(after)?);
    let codes = past.codes(commit, path)?;
    let keys = copies
        .iter()
        .map(|copy| taken_back((&before, &after), None, copy, &codes));
    let common = keys.reduce(|common, keys| {
        let both = common.into_iter().filter(|key| keys.contains(key));
        both.collect()
    });
    Ok(common.unwrap_or_default())
}

fn no(path: &RepoPath, (rule, spot): (String, Spot), how: &str) -> No {
    No {
        path: path.clone(),
        rule,
        spot,
        how: how.to_owned(),
    }
}
