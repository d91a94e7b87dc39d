//! What can be laid out of a commit in time, and the steps for it.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Desk, worker};
use crate::agent::commits::may_concern;
use crate::agent::course::{Course, Finished};
use crate::agent::leases::{Hand, hand, reason};
use crate::agent::limits::{Limits, summed};
use crate::agent::nos::declined;
use crate::agent::saves::gently;
use crate::agent::work::tools;
use crate::agent::workshop::{Next, Workshop};
use crate::clock;
use crate::fixers::{Class, FixCount};
use crate::house::{House, Planned, cores};
use crate::intake::commits::Version;
use crate::intake::configuration::Configuration;
use crate::intake::skip;
use crate::intake::staged::{self, Staged};
use crate::landing::tidy::{Prepared, Tidied, Turn, prepare};
use crate::repo::objects::Objects;
use crate::repo::{RepoPath, activity};
use crate::schedule::Admission;
use crate::settings::trust::Trust;
use crate::settings::{self, CommitMode, FixPolicy};
use crate::tidy::wire::Request;
use crate::worker::{Answer, Pool};
use crate::writing::{Snapshot, read_inside};

/// How much of the time is kept for what comes after the files are laid out, at most;
/// never more than a third of what is left.
const RESERVE: Duration = Duration::from_millis(30);
/// How many workers lay out the files of one commit at most.
const HANDS: usize = 4;
/// A commit of more files is no commit that anybody waits a moment for.
const FILES: usize = 400;

/// The steps, and what they do.
pub(super) struct Made {
    pub(super) prepared: Prepared,
    pub(super) counts: Vec<FixCount>,
    pub(super) worker: String,
    /// No lease begins before the end.
    _hand: Hand,
}

/// A staged file that takes part.
struct Part {
    staged: Staged,
    snapshot: Snapshot,
}

impl Desk {
    /// Makes it, or says why nothing is to be done.
    pub(super) fn make(&self, request: &Request, until: Instant) -> Result<Made, String> {
        let place = &self.site.place;
        let house = House::of(place).map_err(|failure| failure.to_string())?;
        if house.settings.commit.mode != CommitMode::Tidy {
            return Err("commit.mode is not tidy".to_owned());
        }
        if house.settings.fixes.same != FixPolicy::Land {
            return Err("fixes.same does not land".to_owned());
        }
        let trust = Trust::load(Some(place)).map_err(|failure| failure.to_string())?;
        if let Some(reason) = trust.undecided(&house.team) {
            return Err(reason);
        }
        if self.queue.paused().is_ok_and(|hold| hold.is_some()) {
            return Err("the queue is paused".to_owned());
        }
        if let Some(busy) = activity::operation(place) {
            return Err(busy.to_string());
        }
        // From here on nobody else writes: what is looked at now is not changed by hive
        // before the end.
        let turn = Turn::take(&self.site)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| "a landing is under way".to_owned())?;
        let hand = hand(place).ok_or("a lease is being taken")?;
        let leases = self.queue.leases().map_err(|error| error.to_string())?;
        let objects = Objects::open(place).map_err(|error| error.to_string())?;
        let look =
            staged::look(place, &objects, &request.index).map_err(|error| error.to_string())?;
        if look.unmerged {
            return Err("the index has conflicts".to_owned());
        }
        let tree = look.tree.ok_or("git has not said which tree this is")?;
        let mut files = look.files;
        files.retain(|file| may_concern(&file.path) && reason(&leases, &file.path).is_none());
        if files.is_empty() {
            return Err("nothing is staged that a tool takes".to_owned());
        }
        if files.len() > FILES {
            return Err(format!("{} files are staged", files.len()));
        }
        let configuration = Configuration::of_tree(place, &objects, &tree)
            .map_err(|error| error.to_string())?
            .extending(&settings::extended(place))
            .accepting_hive_toml(true);
        let left = until.saturating_duration_since(clock::now());
        let until = until.checked_sub(RESERVE.min(left / 3)).unwrap_or(until);
        let made = self.lay_out(&house, files, &objects, &configuration, until)?;
        let (mut counts, worker) = (made.counts, worker(made.slot));
        if made.files.is_empty() {
            return Err("nothing is to be done, or not in time".to_owned());
        }
        let prepared = prepare(turn, &objects, request.index.clone(), look.tip, made.files)
            .map_err(|error| error.to_string())?
            .ok_or_else(|| "the files have changed meanwhile".to_owned())?;
        let paths = prepared.paths();
        let going = paths.iter().filter_map(|path| counts.remove(path));
        Ok(Made {
            counts: summed(going.flatten().collect()),
            prepared,
            worker,
            _hand: hand,
        })
    }

    /// Lays out what can be until a moment.
    fn lay_out(
        &self,
        house: &House,
        files: Vec<Staged>,
        objects: &Objects,
        configuration: &Configuration,
        until: Instant,
    ) -> Result<LaidOut, String> {
        let place = &self.site.place;
        let root = fs::canonicalize(&place.root).map_err(|error| error.to_string())?;
        let plan = house
            .plan_of(files.iter().map(|file| &file.path))
            .map_err(|failure| failure.to_string())?;
        let mut planned: HashMap<String, Planned> = plan
            .files
            .into_iter()
            .map(|planned| (planned.relative.clone(), planned))
            .collect();
        let mut bench = self.bench();
        bench.used = clock::now();
        if !bench.has_memo {
            bench.workshop = Workshop::new(house.memo());
            bench.has_memo = true;
        }
        let mut open: HashMap<u64, Part> = HashMap::new();
        let mut made = LaidOut::default();
        for staged in files {
            let Some(planned) = planned.remove(staged.path.as_str()) else {
                continue;
            };
            let about = About {
                house,
                objects,
                configuration,
                root: &root,
            };
            let Some((course, snapshot)) = self.course(&about, &staged, &planned) else {
                continue;
            };
            let id = bench.next;
            bench.next += 1;
            let part = Part { staged, snapshot };
            match bench.workshop.begin(id, course) {
                Next::Job(task) => {
                    open.insert(id, part);
                    bench.pool(house)?.push([*task]);
                }
                next => made.take(next, part, 0),
            }
        }
        while !open.is_empty() {
            let Some(answer) = bench.answer(until) else {
                break;
            };
            let slot = answer.slot;
            match bench.workshop.answer(answer) {
                Some((_, Next::Job(task))) => bench.pool(house)?.push([*task]),
                Some((id, next)) => {
                    if let Some(part) = open.remove(&id) {
                        made.take(next, part, slot);
                    }
                }
                None => {}
            }
        }
        Ok(made)
    }

    /// What a file is to be asked, if it takes part.
    fn course(
        &self,
        about: &About<'_>,
        staged: &Staged,
        planned: &Planned,
    ) -> Option<(Course, Snapshot)> {
        let settings = &about.house.settings;
        if planned.check_only.is_some() {
            return None;
        }
        let planned = gently(planned)?;
        let waits = |tool| matches!(self.queue.admit(&tool), Ok(Admission::Wait { .. }));
        if tools(&planned).into_iter().any(waits) {
            return None;
        }
        let file = staged.path.below(about.root);
        let snapshot = read_inside(about.root, &file, settings.max_file_size.0).ok()?;
        // Git does not see through links to directories; neither may we.
        if snapshot.path() != file || snapshot.obstacle().is_some() {
            return None;
        }
        // Byte by byte: of a file that is staged in part, or that git keeps in another
        // form, index and work tree cannot both get the same.
        if about.objects.name(snapshot.bytes()).ok()? != staged.blob
            || skip::by_content(snapshot.bytes()).is_some()
        {
            return None;
        }
        if !matches!(
            about
                .configuration
                .differs(&staged.path, planned.extends.paths()),
            Ok(None)
        ) {
            return None;
        }
        let mut versions = Vec::new();
        if let Some(base) = &staged.base {
            let bytes = about.objects.blob(base).ok()?;
            versions.push(Version { bytes, own: false });
        }
        versions.push(Version {
            bytes: snapshot.bytes().to_vec(),
            own: true,
        });
        let limits = Limits {
            place: Arc::new(self.site.place.clone()),
            fixes: settings.fixes.clone(),
            max_lines: settings.commit.max_lines,
            lands: true,
        };
        let executable = staged.executable;
        let course = Course::of_commits(planned, &versions, executable, settings.scope, limits);
        let nos = declined(&self.queue, &staged.path);
        Some((course.declining(nos), snapshot))
    }
}

/// What the files of one commit have in common.
struct About<'a> {
    house: &'a House,
    objects: &'a Objects,
    configuration: &'a Configuration,
    /// Without links.
    root: &'a PathBuf,
}

impl super::Bench {
    /// The workers, started anew where the settings want others.
    pub(super) fn pool(&mut self, house: &House) -> Result<&Pool, String> {
        let options = house
            .pool_options(cores().clamp(1, HANDS))
            .map_err(|failure| failure.to_string())?;
        let fits = |(of, pool): &(_, Pool)| *of == options && !pool.is_closed();
        if !self.pool.as_ref().is_some_and(fits) {
            self.pool = None;
            self.warm.clear();
        }
        let (_, pool) = self
            .pool
            .get_or_insert_with(|| (options.clone(), Pool::open(options, None)));
        Ok(pool)
    }

    /// The next answer, if it comes in time.
    fn answer(&self, until: Instant) -> Option<Answer> {
        let (_, pool) = self.pool.as_ref()?;
        pool.answers().recv_deadline(until).ok()
    }
}

/// The files that are laid out so far.
#[derive(Default)]
struct LaidOut {
    files: Vec<Tidied>,
    counts: HashMap<RepoPath, Vec<FixCount>>,
    /// Who has made the last of them.
    slot: usize,
}

impl LaidOut {
    /// Takes what came of a file, if that keeps its meaning.
    fn take(&mut self, next: Next, part: Part, slot: usize) {
        let Next::Done(finished) = next else {
            return;
        };
        let Finished { after, fixes, .. } = *finished;
        // The tools are chosen so; if one has done more all the same, it does not go.
        if let Some(after) = after
            && fixes.iter().all(|fix| fix.class == Class::Same)
        {
            self.slot = slot;
            self.counts.insert(part.staged.path.clone(), fixes);
            self.files.push(Tidied {
                path: part.staged.path,
                staged: part.staged.blob,
                snapshot: part.snapshot,
                after,
            });
        }
    }
}
