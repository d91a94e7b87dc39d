//! Keeping a worker warm for the next commit.
//!
//! The start of a worker and the first file of its tools take longer than a commit waits.
//! So the desk has one start when somebody is at work: when the agent begins, when git has
//! done something, and when a file is saved in a directory for which no tool has run yet.
//! What it is given is a few lines of our own, whose result nobody waits for.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard};
use std::thread;

use super::{Bench, Desk};
use crate::agent::Agent;
use crate::agent::course::Course;
use crate::agent::limits::Limits;
use crate::agent::saves::gently;
use crate::agent::workshop::{Next, Workshop};
use crate::clock;
use crate::house::House;
use crate::memo::Memo;
use crate::repo::RepoPath;
use crate::settings::CommitMode;
use crate::settings::trust::Trust;

/// Something to do for every tool that lays out.
const LINES: &[u8] = b"import sys, os\ndef f( x ):\n  return os, sys , x\n";
/// Directories that are warmed for one event; a switch of branches saves a thousand files.
const MANY: usize = 4;

/// A file of no particular directory, there or not: the tools of the repository's root.
pub(in crate::agent) fn anywhere() -> Vec<RepoPath> {
    RepoPath::new("any.py").into_iter().collect()
}

impl Bench {
    /// Those directories of the files that no tool has run for yet.
    fn cold<'a>(&self, files: &'a [RepoPath]) -> Vec<&'a RepoPath> {
        let mut cold: Vec<&RepoPath> = Vec::new();
        for file in files
            .iter()
            .filter(|file| !self.warm.contains(&directory(file)))
        {
            if cold.len() < MANY && cold.iter().all(|known| directory(known) != directory(file)) {
                cold.push(file);
            }
        }
        cold
    }
}

impl Desk {
    /// Gives the workers something to do as if each of the files had been staged.
    ///
    /// The settings are read and the tools chosen while nobody has the bench, since a commit
    /// that comes meanwhile must not wait for that.
    fn warm(&self, files: &[RepoPath]) -> Result<(), String> {
        let Ok(cold) = self.bench.try_lock().map(|bench| bench.cold(files)) else {
            // A commit is being served: they get warm by that.
            return Ok(());
        };
        let root = &self.site.place;
        let house = House::of(root).map_err(|failure| failure.to_string())?;
        let trust = Trust::load(Some(root)).map_err(|failure| failure.to_string())?;
        if let Some(reason) = trust.undecided(&house.team) {
            return Err(reason);
        }
        let settings = &house.settings;
        let plan = house.plan_of(cold.iter().copied());
        let plan = plan.map_err(|failure| failure.to_string())?;
        let mut bench = self.bench();
        for planned in plan.files {
            let Some(planned) = gently(&planned).filter(|planned| planned.check_only.is_none())
            else {
                continue;
            };
            let limits = Limits {
                place: Arc::new(root.clone()),
                fixes: settings.fixes.clone(),
                max_lines: settings.commit.max_lines,
                lands: false,
            };
            let course = Course::of_file(planned, LINES.to_vec(), false, limits);
            let id = bench.next;
            bench.next += 1;
            if let Next::Job(task) = Workshop::new(Memo::none()).begin(id, course) {
                bench.pool(&house)?.push([*task]);
            }
        }
        bench.warm.extend(cold.into_iter().map(directory));
        bench.used = clock::now();
        Ok(())
    }
}

impl Agent<'_> {
    /// Somebody is at work on these files, and perhaps about to commit them.
    pub(in crate::agent) fn warm_desk(&self, files: &[RepoPath]) {
        if self.house.settings.commit.mode != CommitMode::Tidy {
            return;
        }
        let Some((desk, Some(_))) = &self.desk else {
            return;
        };
        let known = |bench: MutexGuard<'_, Bench>| bench.cold(files).is_empty();
        if desk.bench.try_lock().is_ok_and(known) {
            return;
        }
        let Some(warming) = Warming::begin(desk) else {
            return;
        };
        let files = files.to_vec();
        let thread = thread::Builder::new().name("warm".to_owned());
        // Without it the first commit is not laid out in time, and dealt with afterwards.
        let _ = thread.spawn(move || {
            if let Err(reason) = warming.0.warm(&files) {
                tracing::info!(reason, "no worker is warm");
            }
        });
    }
}

/// The one who warms a desk, until the end however it comes.
struct Warming(Arc<Desk>);

impl Warming {
    fn begin(desk: &Arc<Desk>) -> Option<Self> {
        let busy = desk.warming.swap(true, Ordering::SeqCst);
        (!busy).then(|| Self(Arc::clone(desk)))
    }
}

impl Drop for Warming {
    fn drop(&mut self) {
        self.0.warming.store(false, Ordering::SeqCst);
    }
}

/// Where a file is, below the root.
fn directory(file: &RepoPath) -> PathBuf {
    let directory = file.as_path().parent();
    directory.unwrap_or(Path::new("")).to_owned()
}
