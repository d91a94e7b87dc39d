//! A fix becomes part of the person's own tip: the same commit with another tree.
//!
//! In: [`Terms`]. Out: why the tip stays as it is, or the folded commit; and when it turns
//! out, too late, that somebody has the tip all the same, the tip given back ([`back`]).
//! Always: only the `tree` line of the commit object changes, and its signature, which is
//! made again where that asks nobody and by the same key, and never dropped; the reference
//! moves by the same steps and locks as in every landing.
//!
//! *Who else has the tip* cannot be locked: a tag, another branch, a stash entry or a push
//! can come between the look ([`standing`]) and the move. So it is looked for once more
//! when the reference has moved ([`others::who`]), and the tip is given back then, with the
//! fix as a commit of hive's own on top, as if it had never been folded. Pushes are seen by
//! their process before ([`pushes`]), and told by the `pre-push` hook, which has read the
//! reference at a moment of its own: see the room `push`.

mod after;
pub(super) mod back;
mod object;
mod others;
mod pushes;
mod signer;
mod told;

use std::collections::BTreeSet;
use std::time::Duration;

use gix::objs::Kind;

use super::chain::{self, Chain};
use super::drive::Landing;
use super::error::{LandError, git};
use super::objects::Objects;
use super::order::Manner;
use super::refs::LogLine;
use super::sign::{Committer, zone};
use super::site::Site;
use super::undo::changed;
use crate::clock;
use crate::repo::{Oid, RepoPath};
use object::Parts;

pub(super) use pushes::Pushes;
pub(super) use told::tell;

/// By how much a commit may be newer than the clock, for clocks of other machines.
const AHEAD_MS: i64 = 2_000;

/// Under which conditions the tip may be made anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// How old it may be; `None` where a person has asked.
    pub age: Option<Duration>,
    /// Whether programs of the repository's may run: a `post-rewrite` hook in the work tree
    /// is one.
    pub trusted: bool,
    /// Whether this takes a fold back.
    pub undoes: bool,
}

/// The paths that a tip changed, which may be made anew under these terms; or why it stays
/// as it is. `branch` is the full name of the one that HEAD is on.
///
/// Whose the tip is, the caller knows. The answer may be old when it is read; a landing
/// looks again.
pub fn standing(
    site: &Site,
    branch: Option<&str>,
    tip: &Oid,
    terms: &Terms,
) -> Result<Result<BTreeSet<RepoPath>, String>, LandError> {
    let repo = gix::open(site.place.root.clone()).map_err(git("opening the repository"))?;
    if let Err(why) = may(site, &repo, branch, tip, terms)? {
        return Ok(Err(why));
    }
    let reading = "reading the tip";
    let commit = repo.find_commit(tip.id()).map_err(git(reading))?;
    let after = commit.tree().map_err(git(reading))?;
    let before = match commit.parent_ids().next() {
        None => repo.empty_tree(),
        Some(parent) => repo
            .find_commit(parent)
            .map_err(git(reading))?
            .tree()
            .map_err(git(reading))?,
    };
    let paths = changed(&before, &after)?.into_iter();
    Ok(Ok(paths.map(|change| change.path).collect()))
}

/// The tip in its parts, if it may be made anew.
fn may(
    site: &Site,
    repo: &gix::Repository,
    branch: Option<&str>,
    tip: &Oid,
    terms: &Terms,
) -> Result<Result<Parts, String>, LandError> {
    let no = |why: &str| Ok(Err(why.to_owned()));
    let Some(branch) = branch else {
        return no("HEAD is on no branch");
    };
    let reading = "reading the tip";
    let commit = repo.find_commit(tip.id()).map_err(git(reading))?;
    let raw = commit.data.as_slice();
    let (Some(parts), Some((_, seconds))) = (Parts::of(raw), object::committer(raw)) else {
        return no("it is built in an unusual way");
    };
    if parts.parents > 1 {
        return no("it is a merge");
    }
    let age = clock::wall_ms().saturating_sub(seconds.saturating_mul(1000));
    if let Some(most) = terms.age {
        let most = i64::try_from(most.as_millis()).unwrap_or(i64::MAX);
        if age >= most {
            return no("it is older than fold.age");
        }
        // How old it is nobody knows.
        if age < -AHEAD_MS {
            return no("its date is in the future");
        }
    }
    if parts.signatures.len() > 1 {
        return no("it has several signatures");
    }
    if !terms.trusted && told::hook_comes_with_repository(&site.place) {
        return no("a post-rewrite hook comes with the repository and is not trusted");
    }
    if let Some(who) = others::who(&site.place, repo, branch, tip)? {
        return Ok(Err(who));
    }
    Ok(Ok(parts))
}

impl Landing<'_, '_> {
    /// Step 2 for a fold: the tip with the fixes of all layers; `None` where they become
    /// commits of their own.
    pub(super) fn folded(
        &mut self,
        repo: &gix::Repository,
        objects: &mut Objects,
        goes: chain::Goes<'_>,
    ) -> Result<Option<Chain>, LandError> {
        let order = self.order;
        let Some(terms) = &order.options.fold else {
            return Ok(None);
        };
        let branch = order.reference.as_deref();
        let parts = match may(self.site, repo, branch, &order.tip, terms)? {
            Ok(parts) => parts,
            Err(why) => {
                tracing::info!(why, "the tip stays as it is");
                return Ok(None);
            }
        };
        let melted = chain::melted(repo, objects, &order.tip, &order.layers, goes)?;
        let Some(melted) = melted else {
            return Ok(None);
        };
        let raw = match self.signed(&parts, &melted.tree) {
            Ok(raw) => raw,
            Err(why) => {
                tracing::info!(why, "the tip stays as it is");
                return Ok(None);
            }
        };
        let Some((who, _)) = object::committer(&raw) else {
            return Ok(None);
        };
        let commit = Oid::from(objects.add(Kind::Commit, &raw)?);
        if commit == order.tip {
            return Ok(None);
        }
        // The line in the reflog tells when the reference moved; the commit's own date stays.
        let now = clock::wall_ms();
        Ok(Some(Chain {
            commits: vec![(commit, melted.layer)],
            fixes: melted.fixes,
            committer: format!("{who} {} {}", now.div_euclid(1000), zone(now)),
            subject: chain::subject(&raw),
            manner: if terms.undoes {
                Manner::Unfolded
            } else {
                Manner::Folded
            },
        }))
    }

    /// The commit with another tree. One that was signed is signed again, once for each
    /// tree: that may cost a second.
    fn signed(&mut self, parts: &Parts, tree: &Oid) -> Result<Vec<u8>, String> {
        let plain = parts.with_tree(tree);
        let Some(old) = parts.signatures.first() else {
            return Ok(plain);
        };
        if let Some(raw) = self.resigned.get(tree) {
            return Ok(raw.clone());
        }
        let signature = Committer::open(&self.site.place)
            .and_then(|committer| committer.signature(&plain))
            .map_err(|hold| hold.0)?;
        if !signer::is_same(&old.text, &signature) {
            return Err("it was signed by another key than it would be now".to_owned());
        }
        let raw = parts.signed(tree, &signature);
        self.resigned.insert(*tree, raw.clone());
        Ok(raw)
    }
}

/// The line that a move in some manner leaves in the reflog.
pub(super) fn log_line(chain: &Chain, old: &Oid, new: &Oid, create: bool) -> LogLine {
    let action = match chain.manner {
        Manner::OnTop | Manner::GivenBack => "commit",
        // What git says of a commit that takes the place of another one; who reads the log,
        // hive's own intake among them, knows it.
        Manner::Folded | Manner::Unfolded => "commit (amend)",
    };
    LogLine::new(old, new, &chain.committer, (action, &chain.subject), create)
}
