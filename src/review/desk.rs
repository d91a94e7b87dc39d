//! Where a person works: the work tree with its queue, and what is opened when needed.

use std::cell::OnceCell;
use std::fs;
use std::rc::Rc;

use crate::agent::judge::Workers;
use crate::failure::{Failure, Outcome};
use crate::house::{House, unanswered};
use crate::landing::reconcile::Judge;
use crate::notice::{self, Notice};
use crate::queue::Queue;
use crate::repo::objects::Objects;
use crate::repo::{Oid, Place, RepoPath, head};
use crate::writing::{self, Snapshot, Word, Writer, Written};

/// A work tree with its queue.
pub struct Desk {
    /// The work tree.
    pub place: Place,
    /// Its queue.
    pub queue: Queue,
    house: OnceCell<Rc<House>>,
}

impl Desk {
    /// Sits down at a work tree. Settings and tools are looked at when they are needed.
    pub fn new(place: Place, queue: Queue) -> Self {
        Self {
            place,
            queue,
            house: OnceCell::new(),
        }
    }

    /// The house. Relative paths of this process are relative to its root from then on.
    pub fn house(&self) -> Outcome<Rc<House>> {
        if let Some(house) = self.house.get() {
            return Ok(Rc::clone(house));
        }
        let house = House::of(&self.place)?;
        Ok(Rc::clone(self.house.get_or_init(|| Rc::new(house))))
    }

    /// A file of the work tree as it is; empty if it cannot be read.
    pub fn text(&self, path: &RepoPath) -> Vec<u8> {
        fs::read(path.below(&self.place.root)).unwrap_or_default()
    }

    /// A file as a commit has it.
    pub(super) fn stored(&self, commit: &Oid, path: &RepoPath) -> Option<Vec<u8>> {
        let objects = Objects::open(&self.place).ok()?;
        let (oid, _) = objects.blob_at(commit, path).ok()??;
        objects.blob(&oid).ok()
    }

    /// A blob.
    pub(super) fn blob(&self, oid: &Oid) -> Option<Vec<u8>> {
        Objects::open(&self.place).ok()?.blob(oid).ok()
    }

    /// HEAD's commit, if there is one.
    pub(super) fn tip(&self) -> Outcome<Option<Oid>> {
        let head = head::read(&self.place).map_err(|error| unanswered(&error))?;
        Ok(head.tip)
    }

    /// Reads a file in order to replace it.
    pub(super) fn snapshot(&self, path: &RepoPath) -> Outcome<Snapshot> {
        let most = self.house()?.settings.max_file_size.0;
        writing::read_at_most(&path.below(&self.place.root), most)
            .map_err(|error| Failure::usage(format!("{path} is left alone: it {error}")))
    }

    /// How often each rule has something to say about a text in a file's place.
    pub(super) fn judge(&self, path: &RepoPath) -> Outcome<Workers> {
        Workers::of(&*self.house()?, std::slice::from_ref(path))
    }

    /// Takes what is settled out of what the next hook tells.
    pub(super) fn settled(&self, news: Notice) {
        if let Err(error) = notice::add(&self.place, news) {
            // The next hook then tells of what is over.
            tracing::warn!(%error, "the notice cannot be written");
        }
    }

    /// Puts new bytes into a file, unless somebody has saved it since it was read.
    pub(super) fn write(&self, path: &RepoPath, snapshot: &Snapshot, new: &[u8]) -> Outcome<()> {
        let writer = Writer::for_repository(&self.place).map_err(|error| {
            Failure::internal("hive's own directory cannot be used").caused_by(error)
        })?;
        let overtaken = || {
            Failure::usage(format!("{path} was saved meanwhile, and that was kept"))
                .hint("run the command again")
        };
        match writer.replace(snapshot, new) {
            Ok(Written::Replaced) => {}
            Ok(Written::Overtaken) => return Err(overtaken()),
            Err(error) => {
                return Err(Failure::usage(format!("{path} is not written")).caused_by(error));
            }
        }
        let late = writer
            .settle()
            .iter()
            .any(|settled| settled.word == Word::Overtaken);
        if late { Err(overtaken()) } else { Ok(()) }
    }
}

/// Whether a result may stand: it parses, and no rule has more to say than before.
pub(super) fn verify(
    judge: &Workers,
    path: &RepoPath,
    before: &[u8],
    after: &[u8],
) -> Result<(), String> {
    let python = path
        .as_path()
        .extension()
        .is_some_and(|ending| ending == "py" || ending == "pyi");
    if python && !crate::graph::parses(after) && crate::graph::parses(before) {
        return Err("the result would not parse".to_owned());
    }
    match judge.merged(path, before, after) {
        // A file that no tool takes has nobody to ask.
        Err(reason) if reason == "no tools are known for it" => Ok(()),
        other => other,
    }
}
