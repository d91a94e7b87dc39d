//! The order of a landing: read, objects, intent, temps, then the child, then settle.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gix::objs::Kind;

use super::chain::{self, Chain, Held, Made};
use super::copies::{Decided, Going, decide};
use super::custom;
use super::error::{LandError, git, io};
use super::fold;
use super::index::{Change, Index};
use super::intent::{self, Changed, Written};
use super::kept::Kept;
use super::late;
use super::locked::{Plan, Report};
use super::objects::Objects;
use super::order::{Left, Order, Outcome, Target};
use super::reconcile::{Judge, Side};
use super::recover::{self, Recovered, finish, recover_locked, unlock};
use super::refs::{LogLine, Refs};
use super::site::{LandingLock, Site};
use super::supervise::{Standby, execute_in_child};
use crate::crash;
use crate::repo::{Oid, RepoPath, activity};
use crate::writing::Writer;

/// How long another landing of this work tree is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// How often it is tried again when files or index changed meanwhile.
const ATTEMPTS: u32 = 4;

/// Lands an order; `hive` is the binary whose hidden verb makes the visible changes,
/// `child` may hold one that was started in advance.
///
/// A path that changes meanwhile is left out and the rest is tried again. The gate (is
/// this a good moment, may this branch be committed to) is the caller's. Errors leave
/// everything that a person can see as it was.
#[expect(
    clippy::needless_pass_by_value,
    reason = "an order is carried out once"
)]
pub fn land(
    site: &Site,
    order: Order<'_>,
    judge: &dyn Judge,
    hive: &Path,
    child: &mut Option<Standby>,
) -> Result<Outcome, LandError> {
    let Some(_lock) = LandingLock::take(site, PATIENCE)? else {
        return Ok(Outcome::Lost("another landing is under way".to_owned()));
    };
    let recovered = recover_locked(site, order.options.record)?;
    let ended = |one: &Recovered| !matches!(one, Recovered::LeftLock { .. });
    if recovered.iter().any(ended) {
        return Ok(Outcome::Recovered(recovered));
    }
    let mut landing = Landing {
        site,
        order: &order,
        refs: Refs {
            git_dir: site.place.git_dir.clone(),
            common_dir: site.place.common_dir.clone(),
        },
        refused: BTreeMap::new(),
        made: HashMap::new(),
        resigned: HashMap::new(),
    };
    for _ in 0..ATTEMPTS {
        if let Some(outcome) = landing.attempt(judge, hive, child)? {
            return Ok(outcome);
        }
    }
    Ok(Outcome::Lost("files and index keep changing".to_owned()))
}

pub(super) struct Landing<'o, 'a> {
    pub(super) site: &'o Site,
    pub(super) order: &'o Order<'a>,
    pub(super) refs: Refs,
    pub(super) refused: BTreeMap<RepoPath, Left>,
    pub(super) made: Made,
    /// Folded commits that were signed in an earlier attempt, by their trees.
    pub(super) resigned: HashMap<Oid, Vec<u8>>,
}

/// What was made of an order before anything is locked.
pub(super) struct Ready {
    pub(super) decided: Decided,
    pub(super) chain: Chain,
    pub(super) objects: Kept,
    pub(super) changes: Vec<Change>,
    pub(super) changed: Vec<Changed>,
    pub(super) log: LogLine,
}

impl Landing<'_, '_> {
    /// One attempt; `None` to try again.
    fn attempt(
        &mut self,
        judge: &dyn Judge,
        hive: &Path,
        child: &mut Option<Standby>,
    ) -> Result<Option<Outcome>, LandError> {
        // A fresh handle: a long-lived one believes in packs and refs that are gone.
        let root = &self.site.place.root;
        let repo = gix::open(root.clone()).map_err(git("opening the repository"))?;
        let tip = self.refs.tip(self.order.reference.as_deref());
        if tip.map_err(io("reading HEAD of", root))? != Some(self.order.tip) {
            return Ok(Some(Outcome::Lost("the tip moved".to_owned())));
        }
        if let Target::Branch(name) = &self.order.options.target {
            return self.land_beside(&repo, name).map(Some);
        }
        crash::pass("landing.read").map_err(io("reading", root))?;
        let Some(index) = Index::read(self.site, &repo)? else {
            return Ok(Some(Outcome::Lost("there is no index".to_owned())));
        };
        if index.has_conflicts() {
            return Ok(Some(Outcome::Lost("the index has conflicts".to_owned())));
        }
        let decided = decide(self.site, &repo, self.order, &index, judge, &self.refused)?;
        if decided.going.is_empty() {
            return Ok(Some(Outcome::Nothing {
                left: decided.left.into_iter().collect(),
            }));
        }
        let ready = match self.prepare(&repo, decided)? {
            Ok(ready) => ready,
            Err(outcome) => return Ok(Some(outcome)),
        };
        crash::pass("landing.objects").map_err(io("storing objects in", root))?;
        let intent = self.intend(intent::Draft {
            refs: self.refs.clone(),
            reference: self.order.reference.clone(),
            tip: self.order.tip,
            commits: ready.chain.commits.clone(),
            fixes: ready.chain.fixes.clone(),
            log: ready.log.clone(),
            manner: ready.chain.manner,
            paths: ready.changed.clone(),
            index: None,
        })?;
        let outcome = self.carry_out(&repo, &index, ready, &intent, hive, child);
        match outcome {
            Ok(outcome) => {
                crash::pass("landing.settled").map_err(io("ending the landing in", root))?;
                // Somebody else's are their own business here.
                unlock(&intent.intent, &mut Vec::new())?;
                intent.done().map_err(io("ending the landing in", root))?;
                crash::point("landing.done");
                Ok(outcome)
            }
            Err(error) => {
                // Whatever it was, nothing of ours may be left behind.
                let recovered = recover_locked(self.site, self.order.options.record)?;
                let landed = |one: &Recovered| matches!(one, Recovered::Landed(_));
                if recovered.iter().any(landed) {
                    // The last step failed after it had worked.
                    return Ok(Some(Outcome::Recovered(recovered)));
                }
                Err(error)
            }
        }
    }

    /// Step 2.
    fn prepare(
        &mut self,
        repo: &gix::Repository,
        decided: Decided,
    ) -> Result<Result<Ready, Outcome>, LandError> {
        let own = self.site.make_own()?;
        let mut objects = Objects::begin(repo, &own)?;
        let order = self.order;
        let goes = |path: &RepoPath| {
            let going = decided.going.iter().find(|going| going.path == *path);
            going.map(|going| going.kind)
        };
        let chain = match self.folded(repo, &mut objects, &goes)? {
            Some(chain) => Ok(Some(chain)),
            None => chain::make(
                repo,
                &mut objects,
                chain::Base {
                    tip: &order.tip,
                    parents: &[order.tip],
                },
                &order.layers,
                &goes,
                order.options.author,
                &mut self.made,
            )?,
        };
        let chain = match chain {
            Ok(Some(chain)) => chain,
            Ok(None) => {
                return Ok(Err(Outcome::Nothing {
                    left: decided.left.into_iter().collect(),
                }));
            }
            Err(Held(why)) => return Ok(Err(Outcome::Held(why))),
        };
        let (mut changes, mut changed) = (Vec::new(), Vec::new());
        for going in &decided.going {
            if let Side::Set(bytes) = &going.index {
                let blob = Oid::from(objects.add(Kind::Blob, bytes)?);
                changes.push((going.path.clone(), blob, going.mode));
            }
            changed.push(self.changed(going, repo)?);
        }
        let new = chain.commits.last().map_or(order.tip, |commit| commit.0);
        let log = fold::log_line(&chain, &order.tip, &new, custom::creates_logs(repo));
        Ok(Ok(Ready {
            objects: objects.publish()?,
            decided,
            chain,
            changes,
            changed,
            log,
        }))
    }

    fn changed(&self, going: &Going, repo: &gix::Repository) -> Result<Changed, LandError> {
        let fixes = self.order.layers.iter().flat_map(|layer| &layer.fixes);
        let last = fixes.rev().find(|fix| fix.path == going.path);
        let after = last.map_or(&[][..], |fix| &fix.after);
        let after = gix::objs::compute_hash(repo.object_hash(), Kind::Blob, after)
            .map_err(git("hashing a fixed file"))?;
        let file = going.file.as_ref().map(|(snapshot, new)| {
            let hex = |hash: blake3::Hash| hash.to_hex().to_string();
            (hex(snapshot.hash()), hex(blake3::hash(new)))
        });
        Ok(Changed {
            path: going.path.clone(),
            before: going.before,
            after: Oid::from(after),
            file,
        })
    }

    /// Step 3.
    pub(super) fn intend(&self, draft: intent::Draft) -> Result<Written, LandError> {
        Written::new(self.site, draft).map_err(io("recording the landing in", &self.site.intents()))
    }

    /// Steps 4 to 9.
    fn carry_out(
        &mut self,
        repo: &gix::Repository,
        index: &Index,
        mut ready: Ready,
        intent: &Written,
        hive: &Path,
        child: &mut Option<Standby>,
    ) -> Result<Option<Outcome>, LandError> {
        let place = &self.site.place;
        let own = self.site.own();
        let leave = late::leave(&self.refs, vec![intent.intent.temps.index.clone()]);
        crash::pass("landing.intent").map_err(io("preparing files in", &own))?;
        let writer = Writer::for_landing(place, leave).map_err(io("preparing files in", &own))?;
        let Some(swaps) = self.arm(&writer, &ready)? else {
            return Ok(None);
        };
        crash::pass("landing.files").map_err(io("preparing files in", &own))?;
        let plan = self.plan(repo, index, &ready, intent, swaps)?;
        crash::pass("landing.temps").map_err(io("preparing files in", &own))?;
        if let Some(why) = self.waits_for_git().or_else(|| self.waits_for_push(&ready)) {
            return Ok(Some(Outcome::Lost(why)));
        }
        ready.objects.stay();
        let report = execute_in_child(&plan, hive, child).map_err(io("starting", hive))?;
        crash::pass("landing.report").map_err(io("looking after", hive))?;
        let Some(report) = report else {
            return self.bury(ready, intent, &writer).map(Some);
        };
        if report.says_nothing_changed() {
            ready.objects.let_go();
        }
        match report {
            Report::Landed { held_us } => {
                writer.take_stock();
                flush(&plan);
                return self.landed(ready, intent, &writer, held_us).map(Some);
            }
            Report::Lost(why) => return Ok(Some(Outcome::Lost(why))),
            Report::IndexChanged => {}
            Report::FilesChanged(files) => self.refuse(
                &ready,
                &files,
                "it was saved while the fix was about to land",
            ),
            Report::NoExchange(file) => {
                self.refuse(&ready, &[file], "its file system cannot exchange files");
            }
            Report::NotWritable(file) => {
                self.refuse(&ready, &[file], "it or its directory cannot be written");
            }
            Report::Failed(why) => return Err(LandError::Child(why)),
        }
        Ok(None)
    }

    /// Why nothing lands now: a git command that writes has begun since the gate was found
    /// open, which the preparing may be long after. It has read HEAD and would fail at the
    /// end ("cannot lock ref") if the branch moved under it; above all a commit whose
    /// hooks take their time. As late as can be before anything is locked.
    fn waits_for_git(&self) -> Option<String> {
        if crash::off("process-scan") {
            return None;
        }
        let begun = activity::processes(&self.site.place, &[]);
        begun.first().map(ToString::to_string)
    }

    /// The branch has moved. Neither the objects nor late saves wait for one another.
    fn landed(
        &self,
        mut ready: Ready,
        intent: &Written,
        writer: &Writer,
        held_us: u64,
    ) -> Result<Outcome, LandError> {
        let place = &self.site.place;
        self.record(intent, held_us)?;
        crash::pass("landing.settle").map_err(io("looking after files in", &place.root))?;
        let chain = &mut ready.chain;
        let settle = || self.settle(chain, intent, writer);
        let (settled, held) = ready.objects.hold_beside(place, settle);
        held?;
        let paths = ready.changed.into_iter().map(|changed| changed.path);
        let settled = settled.into_iter();
        Ok(Outcome::Landed {
            commits: ready.chain.commits,
            paths: paths.collect(),
            left: ready.decided.left.into_iter().collect(),
            held_us,
            settled: settled.filter(recover::is_worth_telling).collect(),
        })
    }

    /// Has it written down that the commits are published: at once, since from now on
    /// whoever looks at the branch must know whose they are.
    fn record(&self, intent: &Written, held_us: u64) -> Result<(), LandError> {
        let published = recover::published(&intent.intent, held_us);
        (self.order.options.record)(&published).map_err(LandError::Record)?;
        crash::pass("landing.recorded").map_err(io("recording", &self.site.place.root))
    }

    /// The child died; what it has done by then decides.
    fn bury(&self, ready: Ready, intent: &Written, writer: &Writer) -> Result<Outcome, LandError> {
        // Files first, while the index is still locked by the dead.
        writer.take_stock();
        let has_landed = finish(&intent.intent, &mut Vec::new())?;
        if has_landed {
            return self.landed(ready, intent, writer, 0);
        }
        writer.settle();
        Err(LandError::Child("it was killed, or hung".to_owned()))
    }

    fn refuse(&mut self, ready: &Ready, files: &[PathBuf], why: &str) {
        for going in &ready.decided.going {
            let file = going.file.as_ref().map(|(snapshot, _)| snapshot.path());
            let file = file.or(going.absent.as_deref());
            if file.is_some_and(|file| files.iter().any(|changed| changed == file)) {
                self.refused
                    .insert(going.path.clone(), Left::Deferred(why.to_owned()));
            }
        }
    }
}

/// Makes what was renamed durable. Before that a power failure leaves an older state,
/// which is as whole; a failure to flush says nothing that could be acted on.
fn flush(plan: &Plan) {
    let mut directories = vec![plan.refs.git_dir.clone()];
    let moved = plan.refs.moved(plan.reference.as_deref());
    directories.extend(moved.parent().map(Path::to_owned));
    for directory in directories {
        let _ = File::open(directory).and_then(|held| held.sync_all());
    }
}
