//! Saved files: fixed in place after a quiet time, never committed.
//!
//! A save is left alone where an editor has the file open, where hive has written the
//! file twice within ten seconds, where git is at work, and where the file is what
//! HEAD or the last checkout says: a `git switch` looks like fifty saves. In the mode
//! `tidy` one that is staged as it lies there is laid out with the commit.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::Agent;
use super::claims::Claim;
use super::commits::may_concern;
use super::course::{Course, Finished};
use super::leases;
use super::work::Aside;
use crate::clock;
use crate::crash;
use crate::failure::{Failure, Outcome};
use crate::fixers::Kind;
use crate::fixers::job::Kinds;
use crate::house::Planned;
use crate::intake::settle::Rest;
use crate::intake::{skip, watch};
use crate::journal::Event as Fact;
use crate::queue::{Cause, Done, Fenced, NewTask};
use crate::repo::activity::{self, Busy};
use crate::repo::{Oid, RepoPath, head, objects::Objects, regular, status};
use crate::schedule::{Priority, Stage};
use crate::settings::{CommitMode, FixPolicy, OnSave};
use crate::writing::{self, Snapshot, Writer, Written};

/// Within this time hive writes a file at most twice.
const CALM: Duration = Duration::from_secs(10);
/// How soon files are looked at again while git is at work, the first time; each
/// further time waits twice as long, up to [`SLOWEST`].
const BUSY: Duration = Duration::from_millis(50);
const SLOWEST: Duration = Duration::from_secs(1);
/// For how long a commit editor, or whatever else git waits for, holds saved files.
const EDITOR: Duration = Duration::from_mins(15);

/// What hive knows of the files it has written.
pub(super) struct Saves {
    /// When the agent began, in milliseconds since the epoch.
    since_ms: i64,
    writer: Option<Writer>,
    /// What hive wrote last to each path, and what stood there before.
    written: HashMap<RepoPath, Own>,
    /// The git command that saved files wait for, and since when.
    held_by: Option<(u32, Instant)>,
    wait: Duration,
    /// Files that are left alone until their lease ends.
    pub(super) leased: BTreeSet<RepoPath>,
}

impl Saves {
    pub(super) fn new() -> Self {
        Self {
            since_ms: clock::wall_ms(),
            writer: None,
            written: HashMap::new(),
            held_by: None,
            wait: BUSY,
            leased: BTreeSet::new(),
        }
    }
}

/// hive's own last writes of a file.
struct Own {
    hash: blake3::Hash,
    before: blake3::Hash,
    at: Vec<Instant>,
    /// The person has taken hive's write back.
    declined: bool,
}

impl Agent<'_> {
    /// Notes saved files.
    pub(super) fn saved(&mut self, paths: &[PathBuf]) {
        let named = paths.iter().filter_map(|path| {
            let relative = path.strip_prefix(&self.place.root).ok()?;
            RepoPath::new(relative.to_str()?).ok()
        });
        let files: Vec<RepoPath> = named
            .filter(|path| may_concern(path) && !path.as_str().starts_with(".git/"))
            .collect();
        self.warm_desk(&files);
        if self.mode != super::Mode::Watch || self.house.settings.on_save == OnSave::Off {
            return;
        }
        let now = clock::now();
        for file in files {
            self.settle.touch(file, now);
        }
    }

    /// Anything may have been saved: looks at what differs from the index.
    pub(super) fn saved_anything(&mut self) {
        if self.mode != super::Mode::Watch || self.house.settings.on_save == OnSave::Off {
            return;
        }
        self.settle.rescan(clock::now());
    }

    /// Takes in the files that have been quiet for long enough.
    pub(super) fn look_at_saves(&mut self, now: Instant) -> Outcome<Option<Instant>> {
        let Some(next) = self.settle.next() else {
            return Ok(None);
        };
        if next > now {
            return Ok(Some(next));
        }
        if self.git_is_busy(now) {
            let wait = self.saves.wait.clamp(BUSY, SLOWEST);
            self.saves.wait = wait * 2;
            return Ok(Some(now + wait));
        }
        self.saves.wait = BUSY;
        self.reload()?;
        let due = match self.settle.rest(now) {
            None => Vec::new(),
            Some(Rest::Paths(paths)) => paths,
            Some(Rest::Rescan) => self.perhaps_saved()?,
        };
        if let Some(reason) = self.undecided()? {
            self.say_once(format!("saved files are left alone: {reason}"))?;
            return Ok(self.settle.next());
        }
        let unanswered = |error| crate::house::unanswered(&error);
        let head = head::read(&self.place).map_err(unanswered)?;
        let committed = match head.tip {
            Some(tip) => Some((tip, Objects::open(&self.place).map_err(unanswered)?)),
            None => None,
        };
        // Laid out in the work tree alone it would take no part in its commit.
        let staged = match self.house.settings.commit.mode {
            CommitMode::Tidy => status::staged(&self.place, &due).map_err(unanswered)?,
            _ => HashMap::new(),
        };
        let ignored = status::ignored(&self.place, &due).map_err(unanswered)?;
        let mut work = Vec::new();
        for path in due.into_iter().filter(|path| !ignored.contains(path)) {
            let seen = (committed.as_ref(), staged.get(&path));
            if self.is_worth(&path, seen, now)? {
                work.push(NewTask {
                    stage: Stage::Qa,
                    path,
                    cause: Cause::Save,
                    priority: Priority::Normal,
                    tip: None,
                    blob: None,
                    base: None,
                    commits: Vec::new(),
                    run_at_ms: 0,
                });
            }
        }
        if !work.is_empty() {
            self.queue.take_in(Vec::new(), Vec::new(), work)?;
        }
        Ok(self.settle.next())
    }

    /// Whether saved files wait for git: a file that is fixed under a `git commit` is
    /// not what the person has staged, one that is fixed under a `git switch` stops it.
    fn git_is_busy(&mut self, now: Instant) -> bool {
        let quiet = self.house.settings.commit.quiet;
        let own = [std::process::id()];
        match activity::look(&self.place, &mut self.gate.still, quiet, &own) {
            None => {
                self.saves.held_by = None;
                false
            }
            Some(Busy::Process { pid, .. }) => {
                let since = match self.saves.held_by {
                    Some((known, since)) if known == pid => since,
                    _ => now,
                };
                self.saves.held_by = Some((pid, since));
                now.saturating_duration_since(since) < EDITOR
            }
            Some(_) => true,
        }
    }

    /// Whether a saved file is the person's and is to be looked at.
    /// `committed` is the tip and how to look into it, `staged` what is left to the commit.
    fn is_worth(
        &mut self,
        path: &RepoPath,
        (committed, staged): (Option<&(Oid, Objects)>, Option<&Oid>),
        now: Instant,
    ) -> Outcome<bool> {
        let file = path.below(&self.place.root);
        // To open a pipe would be to wait for whoever writes into it.
        let most = self.house.settings.max_file_size.0;
        let Ok(bytes) = regular::read_itself(&file, most) else {
            return Ok(false);
        };
        let hash = blake3::hash(&bytes);
        if let Some(own) = self.saves.written.get_mut(path) {
            if own.hash == hash && !crash::off("echo") {
                // The echo of hive's own write.
                return Ok(false);
            }
            if own.before == hash {
                // Undone in the editor: that is a no to this fix of these bytes.
                own.declined = true;
            }
            own.at.retain(|at| now.duration_since(*at) < CALM);
            if own.at.len() >= 2 || (own.declined && own.before == hash) {
                return Ok(false);
            }
        }
        if watch::editor_lock(&file).is_some() {
            return Ok(false);
        }
        if self.queue.lease_of(path)?.is_some() {
            self.saves.leased.insert(path.clone());
            return Ok(false);
        }
        let Some((tip, objects)) = committed else {
            return Ok(true);
        };
        let unanswered = |error| crate::house::unanswered(&error);
        let committed = objects.blob_at(tip, path).map_err(unanswered)?;
        let own = objects.id_of(&bytes).map_err(unanswered)?;
        Ok(committed.is_none_or(|(oid, _)| oid != own) && staged != Some(&own))
    }

    /// Files that may have been saved while events were lost: what differs from the
    /// index, and what git does not know and was written since the agent began.
    fn perhaps_saved(&self) -> Outcome<Vec<RepoPath>> {
        let unanswered = |error| crate::house::unanswered(&error);
        let mut paths = status::modified(&self.place).map_err(unanswered)?;
        let recent = watch::written_since(&self.place.root, self.saves.since_ms);
        let recent = recent.into_iter().filter_map(|file| {
            let relative = file.strip_prefix(&self.place.root).ok()?.to_str()?;
            RepoPath::new(relative).ok()
        });
        let new = status::untracked(&self.place, recent.collect()).map_err(unanswered)?;
        paths.extend(new);
        Ok(paths)
    }

    /// A saved file as it is now, with the tools that may change it unasked.
    pub(super) fn course_of_save(
        &self,
        path: &RepoPath,
        planned: &Planned,
    ) -> Result<(Course, Snapshot), Aside> {
        let file = path.below(&self.place.root);
        let unreadable = |error: std::io::Error| Aside::Nothing(error.to_string());
        let root = fs::canonicalize(&self.place.root).map_err(unreadable)?;
        let snapshot = writing::read_inside(&root, &file, self.house.settings.max_file_size.0)
            .map_err(|unread| Aside::Nothing(unread.to_string()))?;
        if let Some(reason) = skip::by_content(snapshot.bytes()) {
            return Err(Aside::Nothing(reason.to_string()));
        }
        if self.house.settings.fixes.same != FixPolicy::Land {
            return Err(Aside::Nothing("fixes.same does not land".to_owned()));
        }
        let Some(planned) = gently(planned) else {
            return Err(Aside::Nothing("no tool lays it out".to_owned()));
        };
        let executable = snapshot.identity().mode & 0o111 != 0;
        let bytes = snapshot.bytes().to_vec();
        let course = Course::of_file(planned, bytes, executable, self.limits(false));
        Ok((course.declining(self.declined(path)), snapshot))
    }

    /// Writes a saved file's fix, unless somebody has saved it again.
    pub(super) fn save_finished(&mut self, claim: Claim, finished: &Finished) -> Outcome<()> {
        let token = claim.claimed.token;
        let path = claim.claimed.path.clone();
        let (Some(after), Some(snapshot), OnSave::Fix) = (
            &finished.after,
            &claim.snapshot,
            self.house.settings.on_save,
        ) else {
            self.queue.finish(token, Done::Clean, None)?;
            return Ok(());
        };
        if self.saves.writer.is_none() {
            let writer = Writer::for_repository(&self.place).map_err(|error| {
                Failure::internal("hive's own directory cannot be used").caused_by(error)
            })?;
            self.saves.writer = Some(writer);
        }
        let Some(writer) = &self.saves.writer else {
            return Ok(());
        };
        // From here to the end of the write no lease begins; one that has begun while the
        // file was being laid out counts.
        let hand = leases::hand(&self.place);
        if hand.is_none() || self.queue.lease_of(&path)?.is_some() {
            self.saves.leased.insert(path);
            self.queue.finish(token, Done::Superseded, None)?;
            return Ok(());
        }
        match writer.replace(snapshot, after) {
            Ok(Written::Replaced) => {
                let own = self.saves.written.entry(path.clone()).or_insert(Own {
                    hash: blake3::hash(after),
                    before: snapshot.hash(),
                    at: Vec::new(),
                    declined: false,
                });
                own.hash = blake3::hash(after);
                own.before = snapshot.hash();
                own.declined = false;
                own.at.push(clock::now());
                let fixes = finished.fixes.iter().map(|fix| fix.count).sum();
                if self.queue.finish(token, Done::Saved { fixes }, None)? == Fenced::Stale {
                    // Somebody else has the task now; that the file was written stays true.
                    self.queue.record(Fact::SaveFixed {
                        path,
                        task: token.task,
                        worker: claim.worker.unwrap_or_else(|| Stage::Qa.worker(1)),
                        fixes,
                    })?;
                }
            }
            // Saved again meanwhile, or not to be written at all: the newer save has its
            // own task, and what cannot be written is no work.
            Ok(_) => {
                self.queue.finish(token, Done::Superseded, None)?;
            }
            Err(error) => {
                self.queue.defer(token, &error.to_string(), None)?;
            }
        }
        drop(hand);
        for settled in writer.settle() {
            tracing::info!(?settled, "a displaced file has settled");
        }
        Ok(())
    }
}

/// A file with the tools that may change it when it is saved; `None` where there are
/// none. What changes the meaning of code is not done under somebody's fingers.
pub(super) fn gently(planned: &Planned) -> Option<Planned> {
    let kinds = [Kind::Imports, Kind::Format]
        .into_iter()
        .filter(|kind| planned.kinds.has(*kind))
        .fold(Kinds::NONE, Kinds::with);
    (!kinds.is_empty()).then(|| planned.only(kinds))
}
