//! Letting go of displaced files, once nobody can still write to them.
//!
//! A program that had a file open before the exchange goes on writing into the
//! displaced one, and nothing tells us. So a displaced file stays where it is
//! until the end of the run and is then looked at: if the kernel grants a lease,
//! nobody can write to it any more, and its bytes are final. If not (somebody has
//! it open, or there are no leases here), it is looked at again 1, 10, 100 ms and
//! 1 s after the exchange. Changed bytes are a save: they go back to the path if
//! hive's own write is still there, else to `rescue`. Where whoever asked for the write
//! wants it so ([`Leave`]), a save is put back only while something is locked; if that
//! cannot be had at once, the next look tries again, and after the last one the save is
//! in `rescue`.

use std::any::Any;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::exchange::{self, Standing};
use super::kernel::{Quiet, Writers};
use super::look::{Look, Seen, look};
use super::previous::{Kept, Shelf};
use super::session::{Note, Session};
use super::spot::Spot;
use crate::clock;
use crate::crash;

/// When to look, counted from the exchange.
const LOOKS: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_millis(1),
    Duration::from_millis(10),
    Duration::from_millis(100),
    Duration::from_secs(1),
];

/// Leave to put late saves into their files; each answer lasts until it is dropped.
pub struct Leave(Box<Answer>);

/// `None` where it cannot be had now: nobody waits for it.
type Answer = dyn Fn() -> Option<Box<dyn Any>> + Send + Sync;

impl Leave {
    /// Leave that is asked for each time.
    pub fn new(ask: impl Fn() -> Option<Box<dyn Any>> + Send + Sync + 'static) -> Self {
        Self(Box::new(ask))
    }

    /// Leave where nothing has to be locked.
    pub fn always() -> Self {
        Self::new(|| Some(Box::new(())))
    }

    pub(super) fn ask(&self) -> Option<Box<dyn Any>> {
        (self.0)()
    }
}

impl fmt::Debug for Leave {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Leave")
    }
}

/// How many late saves of one file are put back; a program that keeps writing
/// into a file it has open writes into the right one after the first.
const LATE_SAVES: u32 = 20;

/// What finally came of a write.
#[derive(Debug)]
pub struct Settled {
    /// The file.
    pub path: PathBuf,
    /// Whose content it has.
    pub word: Word,
    /// Bytes of the person that could not be placed, and where they lie now.
    pub rescued: Option<PathBuf>,
    /// Whether a program still had the previous file open for writing after a
    /// second. What it writes there is kept, but not in the file.
    pub still_open: bool,
    /// What failed in letting go of the displaced file, which then stays in the
    /// directory for temporary files; the file itself is in order.
    pub trouble: Option<io::Error>,
}

impl Settled {
    /// Bytes that a program wrote into a replaced file long after the exchange.
    pub(super) fn late(kept: Kept) -> Self {
        Self {
            path: kept.path,
            word: Word::Replaced,
            rescued: Some(kept.file),
            still_open: true,
            trouble: None,
        }
    }
}

/// Whose content a file has after a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// The new bytes took the place of those that were read.
    Replaced,
    /// Somebody saved (or removed) the file meanwhile, and that was kept.
    Overtaken,
}

/// A displaced file that has not been let go of.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) note: Note,
    pub(super) temp: Spot,
    pub(super) standing: Standing,
    since: Instant,
    looks: usize,
    late_saves: u32,
}

enum Review {
    Done(Settled),
    Again(Box<Pending>),
}

impl Pending {
    pub(super) fn new(note: Note, temp: Spot, standing: Standing) -> Self {
        Self {
            note,
            temp,
            standing,
            since: clock::now(),
            looks: 0,
            late_saves: 0,
        }
    }

    /// Left by a process that is gone for longer than anybody would wait.
    pub(super) fn old(mut self) -> Self {
        self.looks = LOOKS.len() - 1;
        self.since = clock::now()
            .checked_sub(LOOKS[self.looks])
            .unwrap_or(self.since);
        self
    }

    fn due(&self) -> Instant {
        self.since + LOOKS[self.looks]
    }

    fn word(&self) -> Word {
        if self.standing.replaced {
            Word::Replaced
        } else {
            Word::Overtaken
        }
    }
}

/// Where displaced files go.
#[derive(Clone, Copy)]
pub(super) struct Shelves<'a> {
    pub(super) session: &'a Session,
    pub(super) previous: &'a Shelf,
    pub(super) rescue: &'a Shelf,
    /// Before a late save is put back.
    pub(super) leave: &'a Leave,
}

/// Settles all, waiting for all of them together; at most a second after the
/// last exchange, if nobody saves meanwhile.
pub(super) fn settle(mut pending: Vec<Pending>, shelves: Shelves<'_>) -> Vec<Settled> {
    let mut settled = Vec::with_capacity(pending.len());
    while !pending.is_empty() {
        pending = pass(pending, shelves, &mut settled);
        if let Some(due) = pending.iter().map(Pending::due).min() {
            thread::sleep(due.saturating_duration_since(clock::now()));
        }
    }
    settled
}

/// Looks at those whose time has come, without waiting; returns the others.
pub(super) fn pass(
    pending: Vec<Pending>,
    shelves: Shelves<'_>,
    settled: &mut Vec<Settled>,
) -> Vec<Pending> {
    let now = clock::now();
    let mut left = Vec::new();
    for one in pending {
        if one.due() > now {
            left.push(one);
            continue;
        }
        match review(one, shelves) {
            Review::Done(done) => settled.push(done),
            Review::Again(one) => left.push(*one),
        }
    }
    left
}

fn review(mut one: Pending, shelves: Shelves<'_>) -> Review {
    let now = match crash::pass("writing.settle").and_then(|()| look(&one.temp)) {
        Ok(now) => now,
        Err(error) => return Review::Done(finish(one, None, false, Some(error))),
    };
    one.looks += 1;
    let last = one.looks == LOOKS.len();
    if now.writers != Writers::None && !last {
        // Still being written, or nobody can know: look again.
        return Review::Again(Box::new(one));
    }
    let open = now.writers == Writers::Some;
    if now.seen.is(&one.standing.in_temp.seen) {
        return Review::Done(let_go(one, shelves, open));
    }
    let leave = shelves.leave.ask();
    if leave.is_none() && !last {
        return Review::Again(Box::new(one));
    }
    one.standing.in_temp = now;
    one.late_saves += 1;
    if leave.is_some() && one.late_saves <= LATE_SAVES && place_late_save(&mut one) {
        one.since = clock::now();
        one.looks = 0;
        return Review::Again(Box::new(one));
    }
    one.standing.replaced = false;
    Review::Done(let_go(one, shelves, open))
}

/// Puts a late save back if what is at the path yields to it. If not, the person
/// has saved again meanwhile, and the late bytes are on their way to `rescue`.
fn place_late_save(one: &mut Pending) -> bool {
    let (Some(placed), Ok(path)) = (one.standing.at_path.take(), Spot::resolve(&one.note.path))
    else {
        return false;
    };
    match look(&path) {
        Ok(there) if yields(&there.seen, &placed, &one.standing.in_temp.seen) => {
            let _quiet = Quiet::begin();
            one.standing = exchange::put_back(&one.temp, &path, there);
            true
        }
        _ => false,
    }
}

/// Whether what is at the path is older than a late save: it is if it is what was
/// put there, and lay still then. A save that was put back unfinished has been
/// finished in its place since, so times decide.
fn yields(there: &Seen, placed: &Look, late: &Seen) -> bool {
    if placed.writers == Writers::None {
        return there.is(&placed.seen);
    }
    there.is_file(&placed.seen) && there.mtime_ns <= late.mtime_ns
}

/// Sorts the displaced file by its content: what was read goes to `previous`,
/// what hive wrote goes away, everything else is the person's.
fn let_go(one: Pending, shelves: Shelves<'_>, still_open: bool) -> Settled {
    let hash = one.standing.in_temp.seen.hash;
    let shelf = |shelf: &Shelf| shelf.put(shelves.session, &one.temp, &one.note, hash);
    let (rescued, trouble) = if hash == Some(one.note.before) {
        (None, shelf(shelves.previous).err())
    } else if hash == Some(one.note.after) {
        (None, one.temp.unlink().err().map(io::Error::from))
    } else {
        match shelf(shelves.rescue) {
            Ok(path) => (Some(path), None),
            Err(error) => (None, Some(error)),
        }
    };
    finish(one, rescued, still_open, trouble)
}

fn finish(
    one: Pending,
    rescued: Option<PathBuf>,
    still_open: bool,
    trouble: Option<io::Error>,
) -> Settled {
    Settled {
        word: one.word(),
        path: one.note.path,
        rescued,
        still_open,
        trouble,
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write;
    use std::path::{Path, PathBuf};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::Leave;
    use crate::repo::Place;
    use crate::writing::{Word, Writer, read};

    /// What is held while a save is put back: it is there when that is over.
    struct Held(PathBuf);

    impl Drop for Held {
        fn drop(&mut self) {
            assert_eq!(
                fs::read(&self.0).unwrap(),
                b"old\nlate\n",
                "let go too early"
            );
        }
    }

    fn place(root: &Path) -> Place {
        fs::create_dir(root.join(".git")).unwrap();
        fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        Place::at(root).unwrap()
    }

    #[test]
    fn a_late_save_is_put_back_while_leave_lasts() {
        let home = tempfile::tempdir().unwrap();
        let place = place(&home.path().canonicalize().unwrap());
        let path = place.root.join("a.py");
        for (refusals, word) in [
            (0, Word::Overtaken),
            (2, Word::Overtaken),
            (9, Word::Replaced),
        ] {
            fs::write(&path, "old\n").unwrap();
            let asked = Arc::new(AtomicUsize::new(0));
            let (counted, file) = (Arc::clone(&asked), path.clone());
            let leave = Leave::new(move || {
                if counted.fetch_add(1, Ordering::SeqCst) < refusals {
                    return None;
                }
                assert_eq!(fs::read(&file).unwrap(), b"new\n", "put back before");
                Some(Box::new(Held(file.clone())))
            });
            let writer = Writer::for_landing(&place, leave).unwrap();
            let mut held = OpenOptions::new().append(true).open(&path).unwrap();
            writer.replace(&read(&path).unwrap(), b"new\n").unwrap();
            held.write_all(b"late\n").unwrap();
            drop(held);
            let settled = writer.settle();
            if word == Word::Overtaken {
                assert_eq!(asked.load(Ordering::SeqCst), refusals + 1);
                assert_eq!(fs::read(&path).unwrap(), b"old\nlate\n");
                assert!(settled[0].rescued.is_none());
            } else {
                let rescued = settled[0].rescued.as_ref().unwrap();
                assert_eq!(fs::read(rescued).unwrap(), b"old\nlate\n");
                assert_eq!(fs::read(&path).unwrap(), b"new\n");
            }
        }
    }
}
