//! Step 4: everything that will take the place of something, beside it.

use std::io::ErrorKind;

use super::copies::Going;
use super::custom;
use super::drive::{Landing, Ready};
use super::error::{LandError, io};
use super::index::Index;
use super::intent::{self, Written};
use super::locked::Plan;
use super::order::Left;
use crate::crash;
use crate::writing::{Swap, WriteError, Writer};

impl Landing<'_, '_> {
    /// The new files; `None` if one of them cannot be made and is refused from now on.
    pub(super) fn arm(
        &mut self,
        writer: &Writer,
        ready: &Ready,
    ) -> Result<Option<Vec<Swap>>, LandError> {
        let going: Vec<&Going> = ready.decided.going.iter().collect();
        let files: Vec<_> = going
            .iter()
            .filter_map(|going| Some((&going.path, going.file.as_ref()?)))
            .collect();
        let pairs: Vec<_> = files
            .iter()
            .map(|(_, (snapshot, new))| (snapshot, new.as_slice()))
            .collect();
        let own = self.site.own();
        let armed = writer.arm(&pairs).map_err(io("preparing files in", &own))?;
        let (mut swaps, mut whole) = (Vec::new(), true);
        for (swap, (path, _)) in armed.into_iter().zip(&files) {
            let why = match swap {
                Ok(swap) => {
                    swaps.push(swap);
                    continue;
                }
                Err(WriteError::Skip(skip)) => Left::Skipped(format!("it {skip}")),
                Err(WriteError::NoExchange) => {
                    let why = "git's directory is on another file system than the file";
                    Left::Deferred(why.to_owned())
                }
                Err(WriteError::Io(error)) if error.kind() == ErrorKind::Interrupted => {
                    Left::Deferred("it was saved while the fix was prepared".to_owned())
                }
                Err(WriteError::Io(error)) => return Err(io("preparing", path.as_path())(error)),
            };
            self.refused.insert((*path).clone(), why);
            whole = false;
        }
        Ok(whole.then_some(swaps))
    }

    pub(super) fn plan(
        &self,
        repo: &gix::Repository,
        index: &Index,
        ready: &Ready,
        intent: &Written,
        swaps: Vec<Swap>,
    ) -> Result<Plan, LandError> {
        let temps = intent.intent.temps.clone();
        index.prepare(self.site, &ready.changes, &temps.index)?;
        let reference = self.order.reference.clone();
        let new = ready
            .chain
            .commits
            .last()
            .map_or(self.order.tip, |commit| commit.0);
        crash::pass("landing.index").map_err(io("preparing", &temps.index))?;
        let content = format!("{new}\n");
        let moved = self.refs.moved(reference.as_deref());
        let head = self.refs.git_dir.join("HEAD");
        if let Some(name) = &reference {
            intent::prepare(&temps.branch, content.as_bytes(), &moved)
                .and_then(|()| {
                    intent::prepare(&temps.head, format!("ref: {name}\n").as_bytes(), &head)
                })
                .map_err(io("preparing", &temps.branch))?;
        } else {
            intent::prepare(&temps.head, content.as_bytes(), &head)
                .map_err(io("preparing", &temps.head))?;
        }
        Ok(Plan {
            root: self.site.place.root.clone(),
            refs: self.refs.clone(),
            way: custom::way(repo, &self.site.place, &moved),
            reference,
            tip: self.order.tip,
            new,
            temps,
            index: index.stamp.clone(),
            swaps,
            absent: ready
                .decided
                .going
                .iter()
                .filter_map(|going| going.absent.clone())
                .collect(),
            objects: ready.objects.made().to_vec(),
            log: ready.log.clone(),
        })
    }
}
