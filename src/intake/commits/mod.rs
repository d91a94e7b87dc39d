//! Which commits are the person's own and new, and which files they are about.
//!
//! In: the marks, that is, how far each branch has been dealt with. Out: [`Seen`]:
//! the paths that own commits changed since, and the marks to store with them in one
//! transaction. Always: level-triggered, so a look that was missed or doubled does no
//! harm; only what HEAD's reflog shows as made here counts; nothing is written.
//!
//! The order: where HEAD is (here), from where on it counts (`start`), which
//! commits are own (`own`), also of those that were made on branches passed through
//! (`passed`), what they changed (`paths`).

mod history;
mod kind;
mod own;
mod passed;
mod paths;
mod stamp;
mod start;
mod touched;

use std::io;

use crate::causes;
use crate::repo::{Oid, Place, RepoPath, reflog};
use history::History;
pub use stamp::{Stamp, has_moved, keep, stamp};
pub use touched::{Version, brought, touched};

/// How far a branch has been dealt with in this work tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The full name of the branch; `HEAD` while HEAD is detached.
    pub reference: String,
    /// Its tip then; the null id where it had no commit yet.
    pub oid: Oid,
    /// The hash of the line of HEAD's reflog that brought that tip; empty where there
    /// was none.
    pub log: String,
}

/// A file that own commits changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    /// The path, a regular file at the tip.
    pub path: RepoPath,
    /// Its content at the tip.
    pub blob: Oid,
    /// Its content before the first own commit of this look; `None` if that commit
    /// created it.
    pub base: Option<Oid>,
    /// The own commits that changed it, oldest first.
    pub commits: Vec<Oid>,
    /// The contents it had from `base` to the tip, each with whether an own commit
    /// made it; see [`Version`]. The first is the base if there is one, the last is
    /// `blob`.
    pub versions: Vec<(Oid, bool)>,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The branch that HEAD is on; `None` while it is detached.
    pub reference: Option<String>,
    /// The commit that HEAD is at; `None` on a branch without a commit.
    pub tip: Option<Oid>,
    /// Marks to store in the transaction that enqueues the work.
    pub marks: Vec<Mark>,
    /// References whose marks are to be deleted: they do not exist any more.
    pub gone: Vec<String>,
    /// The files, in order of path.
    pub work: Vec<Work>,
    /// The own commits since the mark, oldest first, after those that a merge brought
    /// from a branch of the person's own.
    pub own: Vec<Oid>,
    /// Commits of hive's that the person has amended, each with what came of it: that
    /// is the person's.
    pub amended: Vec<(Oid, Oid)>,
    /// What a person who asks why should know, one sentence each.
    pub notes: Vec<String>,
}

/// Whose a commit is, as far as landings tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// hive landed it as its own.
    Hive,
    /// The person's, as a landing made it over: what it brought was dealt with before.
    Done,
    /// No landing made it.
    Person,
}

/// Why commits cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum CommitsError {
    /// The repository cannot be opened or read.
    #[error("git's data cannot be read: {0}")]
    Unreadable(String),
    /// HEAD's reflog cannot be read.
    #[error("the reflog of HEAD cannot be read")]
    Reflog(#[from] io::Error),
    /// HEAD did not stand still for the time of a look; the next sign of life comes.
    #[error("HEAD moved while it was looked at")]
    Moving,
}

impl CommitsError {
    /// From any error of git's data, with its causes.
    fn unreadable(error: impl Into<gix::Error>) -> Self {
        let error: gix::Error = error.into();
        Self::Unreadable(causes::told(&error))
    }
}

/// Where HEAD is, and the lines of its log up to the one that brought it there.
struct Head {
    /// The mark's name: the branch, or `HEAD`.
    name: String,
    detached: bool,
    tip: Option<Oid>,
    log: Log,
}

/// What HEAD's log tells about the way to the tip.
struct Log {
    /// The lines since the mark, up to and with the one that brought the tip.
    lines: Vec<reflog::Line>,
    /// The hash of that last line; empty where no line is known to have brought the
    /// tip.
    last: String,
    /// Whether the lines are the whole way from the mark to the tip.
    complete: bool,
}

/// How often HEAD is read again because it moved meanwhile.
const PATIENCE: usize = 5;

/// Looks for own commits between the marks and HEAD.
///
/// `whose` says what landings know of a commit. With `first`
/// nothing is worked on: HEAD and every branch that is there are marked where they are
/// (the first look after `hive init`). Work on branches other than HEAD's is found when HEAD goes there.
///
/// Reads HEAD, its reflog, and the commits and trees since the mark: milliseconds
/// for a commit; [`stamp`] tells for a few stat calls that there is nothing new.
pub fn look(
    place: &Place,
    marks: &[Mark],
    whose: &dyn Fn(&Oid) -> Whose,
    first: bool,
) -> Result<Seen, CommitsError> {
    let history = History::open(place)?;
    let head = head(place, &history, marks)?;
    let mut seen = Seen {
        reference: (!head.detached).then(|| head.name.clone()),
        tip: head.tip,
        gone: gone(&history, marks, &head)?,
        ..Seen::default()
    };
    let known = marks.iter().find(|mark| mark.reference == head.name);
    let moved = Mark {
        reference: head.name.clone(),
        oid: head.tip.unwrap_or_else(|| history.null()),
        log: match known {
            // A line that was not found tells less than the one that was.
            Some(mark) if head.log.last.is_empty() => mark.log.clone(),
            _ => head.log.last.clone(),
        },
    };
    if known != Some(&moved) {
        seen.marks.push(moved);
    }
    if first {
        seen.marks.extend(others(&history, marks, &head)?);
    } else {
        let passed = passed::marks(place, &history, marks, &head)?;
        seen.marks.extend(passed);
    }
    let Some(tip) = head.tip.filter(|_| !first) else {
        return Ok(seen);
    };
    let Some(start) = start::start(place, &history, marks, &head, &mut seen.notes)? else {
        return Ok(seen);
    };
    if start.hidden == [tip] {
        return Ok(seen);
    }
    let fresh = history.ahead(tip, &start.hidden)?;
    let missed = passed::lines(place, marks, &head, &fresh)?;
    let own = own::own(&history, tip, &fresh, &start, &missed, &head.log, whose)?;
    seen.notes.extend(own.notes);
    seen.amended = own.amended;
    if !own.commits.is_empty() {
        let work = paths::work(&history, tip, &fresh, &own.commits)?;
        seen.work = work.files;
        seen.notes.extend(work.notes);
        seen.own = work.order;
    }
    Ok(seen)
}

/// Reads HEAD and its log so that they belong together.
///
/// git appends to the log before it moves the branch, and moves a symbolic HEAD
/// before it appends. So the log may have lines whose commits the branch does not have
/// yet: were the mark put behind them, their commits would never be looked at. The
/// lines therefore count only up to the last one that leads to the tip, and HEAD is
/// read again after the log: if it has moved, all is read again.
fn head(place: &Place, history: &History, marks: &[Mark]) -> Result<Head, CommitsError> {
    for _ in 0..PATIENCE {
        let (name, detached, tip) = history.head()?;
        let mark = marks.iter().find(|mark| mark.reference == name);
        let asked = mark.map_or("", |mark| &mark.log);
        let tail = reflog::of(place, "HEAD", asked)?;
        if history.head()? != (name.clone(), detached, tip) {
            continue;
        }
        let log = match (tail, tip) {
            (Some(tail), Some(tip)) => {
                let mut lines = tail.lines;
                let at = lines.iter().rposition(|line| line.new == tip);
                let stands = mark.is_some_and(|mark| mark.oid == tip);
                // No line since the mark leads to a tip other than the marked one:
                // something moved the branch without a word.
                let complete = (at.is_some() || stands)
                    && (tail.found || mark.is_none_or(|mark| mark.oid.id().is_null()));
                lines.truncate(at.map_or(0, |at| at + 1));
                Log {
                    last: lines.last().map_or(String::new(), |line| line.hash.clone()),
                    lines,
                    complete,
                }
            }
            _ => Log {
                lines: Vec::new(),
                last: String::new(),
                complete: false,
            },
        };
        return Ok(Head {
            name,
            detached,
            tip,
            log,
        });
    }
    Err(CommitsError::Moving)
}

/// Marks for the branches other than HEAD's, where they are: their commits are older
/// than hive, and HEAD's log would show them as made here once HEAD goes there.
fn others(history: &History, marks: &[Mark], head: &Head) -> Result<Vec<Mark>, CommitsError> {
    let mut others = Vec::new();
    for (reference, oid) in history.branches()? {
        if reference != head.name && !marks.iter().any(|mark| mark.reference == reference) {
            let log = head.log.last.clone();
            others.push(Mark {
                reference,
                oid,
                log,
            });
        }
    }
    Ok(others)
}

/// References with a mark that do not exist any more. The branch that HEAD is on
/// exists even without a commit, and a detached HEAD comes again.
fn gone(history: &History, marks: &[Mark], head: &Head) -> Result<Vec<String>, CommitsError> {
    let mut gone = Vec::new();
    for mark in marks {
        let name = &mark.reference;
        if *name != head.name && name != start::DETACHED && !history.has(name)? {
            gone.push(name.clone());
        }
    }
    Ok(gone)
}

#[cfg(test)]
mod tests;
