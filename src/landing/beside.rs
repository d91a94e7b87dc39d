//! Landing on a branch of hive's own, which nobody has checked out.

use std::path::Path;

use super::chain::{self, Held};
use super::drive::Landing;
use super::error::{LandError, git, io};
use super::fold;
use super::intent;
use super::objects::Objects;
use super::order::{Outcome, Published};
use crate::crash;
use crate::process::Program;
use crate::repo::{Oid, RepoPath};

impl Landing<'_, '_> {
    /// Commits on a branch of hive's own: nobody has it checked out, so only the
    /// reference moves. What the branch had is kept reachable as a second parent.
    pub(super) fn land_beside(
        &mut self,
        repo: &gix::Repository,
        name: &str,
    ) -> Result<Outcome, LandError> {
        if !name.starts_with("refs/heads/hive/") {
            let what = format!("{name} is not a branch of hive's own");
            return Err(LandError::Order(what));
        }
        let order = self.order;
        let old = self
            .refs
            .value(name)
            .map_err(io("reading", Path::new(name)))?;
        let mut parents = vec![order.tip];
        parents.extend(old.filter(|old| {
            let base = repo.merge_base(order.tip.id(), old.id());
            base.ok().flatten().map(gix::Id::detach) != Some(old.id())
        }));
        let own = self.site.make_own()?;
        let mut objects = Objects::begin(repo, &own)?;
        let reading = "reading the tree of the tip";
        let tree = repo.find_commit(order.tip.id()).map_err(git(reading))?;
        let tree = tree.tree().map_err(git(reading))?;
        let goes = |path: &RepoPath| {
            let entry = tree.lookup_entry_by_path(path.as_path()).ok().flatten()?;
            entry.mode().is_blob().then(|| entry.mode().kind())
        };
        let base = chain::Base {
            tip: &order.tip,
            parents: &parents,
        };
        let author = order.options.author;
        let made = &mut self.made;
        let chain = chain::make(repo, &mut objects, base, &order.layers, &goes, author, made)?;
        let chain = match chain {
            Ok(Some(chain)) => chain,
            Ok(None) => return Ok(Outcome::Nothing { left: Vec::new() }),
            Err(Held(why)) => return Ok(Outcome::Held(why)),
        };
        let mut kept = objects.publish()?;
        let new = chain.commits.last().map_or(order.tip, |commit| commit.0);
        // Whoever comes after a death must know whose the commits on that branch are.
        let intent = self.intend(intent::Draft {
            refs: self.refs.clone(),
            reference: Some(name.to_owned()),
            tip: order.tip,
            commits: chain.commits.clone(),
            fixes: chain.fixes.clone(),
            log: fold::log_line(&chain, &order.tip, &new, false),
            manner: chain.manner,
            paths: Vec::new(),
            index: None,
        })?;
        crash::pass("landing.beside").map_err(io("moving", Path::new(name)))?;
        let none = Oid::from(repo.object_hash().null());
        kept.stay();
        let moved = Program::new("git")
            .args(["update-ref", "-m", &format!("commit: {}", chain.subject)])
            .args([name, &new.to_string(), &old.unwrap_or(none).to_string()])
            .current_dir(&self.site.place.root)
            .run()
            .map_err(|error| LandError::Program {
                doing: "moving the branch",
                reason: error.to_string(),
            })?;
        if !moved.status.success() {
            kept.let_go();
            intent.done().map_err(io("ending the landing in", &own))?;
            let why = String::from_utf8_lossy(&moved.stderr);
            return Ok(Outcome::Lost(why.trim().to_owned()));
        }
        crash::pass("landing.beside.moved").map_err(io("moving", Path::new(name)))?;
        let published = Published {
            reference: Some(name.to_owned()),
            tip: order.tip,
            manner: chain.manner,
            commits: chain.commits.clone(),
            fixes: chain.fixes,
            held_us: 0,
        };
        (order.options.record)(&published).map_err(LandError::Record)?;
        kept.hold_beside(&self.site.place, || ()).1?;
        intent.done().map_err(io("ending the landing in", &own))?;
        Ok(Outcome::Landed {
            commits: chain.commits,
            paths: chain::paths(&order.layers)
                .into_iter()
                .filter(|path| goes(path).is_some())
                .cloned()
                .collect(),
            left: Vec::new(),
            held_us: 0,
            settled: Vec::new(),
        })
    }
}
