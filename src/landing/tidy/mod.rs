//! Fixes that become part of the commit that a person is making.
//!
//! git calls its `pre-commit` hook when the index that it will commit is written, waits,
//! and reads that index again. In between files and index may change, if both change
//! together. Two processes do it. Whoever *prepares* (the agent, or a helper where there
//! is none) does everything that takes time or waits for the disk: objects, intent, the
//! new files, the new index. The hook itself, for which git waits, does the *steps* that
//! can be seen, as the child of a landing does: lock, check, exchange, publish. So the
//! hook alone decides whether there is time, on the spot and at once: a plan that comes
//! late is not begun, and nobody else can touch anything behind the back of a commit
//! that has gone on.
//!
//! Each watches the other's end. If the hook dies in the middle, its connection closes
//! and the one that prepared buries what it did ([`Prepared::end`] without a report). If
//! that one dies, the hook goes on with a plan that is complete in itself, and what is
//! left over is removed by the next landing, which finds the intent. The landing's lock
//! is held from before the first look to the end, so no landing and no other tidying
//! comes in between.
//!
//! The rows of docs/landing.md hold here with one commit less: what was exchanged and not
//! published is a file that hive has laid out ("modified"), which goes as such.

mod steps;

use std::path::PathBuf;
use std::time::Duration;

use gix::objs::Kind;

pub use steps::{Plan, Report, carry_out};

use super::error::{LandError, io};
use super::filters::Filters;
use super::index::Index;
use super::intent::{self, Changed, Written};
use super::kept::Kept;
use super::late;
use super::objects::Objects;
use super::order::Manner;
use super::reconcile::{Contents, IndexState};
use super::recover::{is_worth_telling, unlock};
use super::refs::{LogLine, Refs, is_same_file};
use super::site::{LandingLock, Site};
use crate::repo::{self, Oid, RepoPath, activity};
use crate::writing::{Settled, Snapshot, Writer};

/// A staged file and what becomes of it.
#[derive(Debug)]
pub struct Tidied {
    /// The path.
    pub path: RepoPath,
    /// What is staged; the file had the same bytes.
    pub staged: Oid,
    /// The file as it was read.
    pub snapshot: Snapshot,
    /// The new bytes of both.
    pub after: Vec<u8>,
}

/// The right to prepare: the landing's lock of a work tree.
#[derive(Debug)]
pub struct Turn {
    site: Site,
    _lock: LandingLock,
}

impl Turn {
    /// Takes the lock, if nobody has it and nothing is left of a landing that died:
    /// a commit waits for neither. `None` otherwise.
    pub fn take(site: &Site) -> Result<Option<Self>, LandError> {
        let Some(lock) = LandingLock::take(site, Duration::ZERO)? else {
            return Ok(None);
        };
        let left = Written::all(site).map_err(io("reading", &site.intents()))?;
        Ok(left.is_empty().then(|| Self {
            site: site.clone(),
            _lock: lock,
        }))
    }
}

/// Everything is ready for the steps.
pub struct Prepared {
    turn: Turn,
    intent: Written,
    writer: Writer,
    kept: Kept,
    plan: Plan,
    paths: Vec<RepoPath>,
}

/// What came of it.
#[derive(Debug)]
pub struct End {
    /// Whether files and index have changed.
    pub tidied: bool,
    /// The files of the plan, in its order.
    pub paths: Vec<RepoPath>,
    /// Late saves and rescued bytes, which a person should know of.
    pub settled: Vec<Settled>,
}

/// Prepares the steps. `index` is the file that git will commit from. `None` if none of
/// the files can go; an error leaves everything that a person can see as it was.
pub fn prepare(
    turn: Turn,
    there: &repo::objects::Objects,
    index: PathBuf,
    tip: Option<Oid>,
    files: Vec<Tidied>,
) -> Result<Option<Prepared>, LandError> {
    let site = &turn.site;
    if activity::is_collecting(&site.place) {
        // It may be about to take the new objects away, and the commit would fail.
        return Ok(None);
    }
    let repo = there.repository();
    let Some(read) = Index::read_at(index.clone(), &repo)? else {
        return Ok(None);
    };
    let mut filters = Filters::of(&repo)?;
    let goes = |tidied: &Tidied, filters: &mut Filters<'_>| {
        let staged = matches!(
            read.state(&tidied.path),
            IndexState::Entry { oid, .. } if oid == tidied.staged
        );
        // What is staged is the file byte by byte, and so must be what is put in their
        // place: where git would make something else of the file, they would differ.
        staged
            && filters
                .clean(&tidied.path, &tidied.after)
                .is_ok_and(|clean| clean == tidied.after)
    };
    let mut going = files;
    going.retain(|tidied| goes(tidied, &mut filters));
    if going.is_empty() {
        return Ok(None);
    }
    let own = site.make_own()?;
    let mut objects = Objects::begin(&repo, &own)?;
    let (mut changes, mut changed) = (Vec::new(), Vec::new());
    for tidied in &going {
        let blob = Oid::from(objects.add(Kind::Blob, &tidied.after)?);
        let IndexState::Entry { mode, .. } = read.state(&tidied.path) else {
            continue;
        };
        changes.push((tidied.path.clone(), blob, mode));
        let hex = |hash: blake3::Hash| hash.to_hex().to_string();
        changed.push(Changed {
            path: tidied.path.clone(),
            before: tidied.staged,
            after: blob,
            file: Some((
                hex(tidied.snapshot.hash()),
                hex(blake3::hash(&tidied.after)),
            )),
        });
    }
    let mut kept = objects.publish()?;
    let refs = Refs {
        git_dir: site.place.git_dir.clone(),
        common_dir: site.place.common_dir.clone(),
    };
    let nothing = Oid::from(repo.object_hash().null());
    let intent = Written::new(
        site,
        intent::Draft {
            refs: refs.clone(),
            reference: None,
            tip: tip.unwrap_or(nothing),
            // No commit of hive's: recovery has nothing to find on a branch.
            commits: Vec::new(),
            fixes: Vec::new(),
            log: LogLine::none(),
            manner: Manner::OnTop,
            paths: changed,
            index: (index != site.index()).then(|| index.clone()),
        },
    )
    .map_err(io("recording what is about to change in", &site.intents()))?;
    let leave = late::leave(&refs, vec![intent.intent.temps.index.clone()]);
    let writer = Writer::for_tidy(&site.place, leave).map_err(io("preparing files in", &own))?;
    let files: Vec<_> = going
        .iter()
        .map(|tidied| (&tidied.snapshot, tidied.after.as_slice()))
        .collect();
    let armed = writer.arm(&files).map_err(io("preparing files in", &own))?;
    // All or none: one that cannot be written has an entry in the new index as well.
    let swaps: Result<Vec<_>, _> = armed.into_iter().collect();
    let prepared = swaps.ok().map(|swaps| {
        read.prepare(site, &changes, &intent.intent.temps.index)
            .map(|()| swaps)
    });
    let plan = match prepared {
        Some(Ok(swaps)) => Plan {
            index,
            prepared: intent.intent.temps.index.clone(),
            stamp: read.stamp.clone(),
            swaps,
            objects: kept.made().iter().map(|(_, file)| file.clone()).collect(),
        },
        Some(Err(error)) => {
            drop(writer);
            intent.done().map_err(io("tidying up", &own))?;
            return Err(error);
        }
        None => {
            drop(writer);
            intent.done().map_err(io("tidying up", &own))?;
            return Ok(None);
        }
    };
    kept.stay();
    Ok(Some(Prepared {
        paths: going.into_iter().map(|tidied| tidied.path).collect(),
        turn,
        intent,
        writer,
        kept,
        plan,
    }))
}

impl Prepared {
    /// What the hook is to do.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The files that go.
    pub fn paths(&self) -> &[RepoPath] {
        &self.paths
    }

    /// Takes the word of the hook, or looks what it has done where it died or never
    /// began, and leaves nothing behind. Only once the hook cannot do anything any more:
    /// what it locks with is removed here.
    pub fn end(mut self, report: Option<&Report>) -> Result<End, LandError> {
        let own = self.turn.site.own();
        // Files first, while the index may still be locked by the dead.
        self.writer.take_stock();
        let prepared = &self.intent.intent.temps.index;
        let tidied = match report {
            Some(report) => matches!(report, Report::Done { .. }),
            None => is_same_file(&self.plan.index, prepared),
        };
        // Also after a report: a lock that could not be removed then would block git for
        // good. Somebody else's are their own business here.
        unlock(&self.intent.intent, &mut Vec::new())?;
        let (settled, held) = if let Some(Report::Left(_)) = report {
            self.kept.let_go();
            (self.writer.settle(), Ok(()))
        } else {
            // Also of a hook that died: git may have gone on, and committed what it had
            // published.
            let place = &self.turn.site.place;
            self.kept.hold_beside(place, || self.writer.settle())
        };
        drop(self.writer);
        held?;
        self.intent.done().map_err(io("tidying up", &own))?;
        Ok(End {
            tidied,
            paths: self.paths,
            settled: settled.into_iter().filter(is_worth_telling).collect(),
        })
    }
}
