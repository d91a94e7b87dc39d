//! Commits on branches that HEAD has been on and left before anybody looked.
//!
//! A look at one branch moves that branch's mark behind lines of HEAD's log that were
//! written on others. What was made there is dealt with when HEAD is on that branch again;
//! but it may also come by a merge, and then only those lines tell that it was made here.
//! So each branch keeps its own place in the log: a line is dealt with if the mark of the
//! branch that HEAD was on is behind it. A branch that was left without ever being looked at
//! gets a mark where it begins.

use super::history::{History, Ids};
use super::kind::{Kind, kind};
use super::{CommitsError, Head, Mark};
use crate::repo::{Place, reflog};
use reflog::Line;

/// Marks for branches without one on which a commit was made since HEAD's mark.
pub(super) fn marks(
    place: &Place,
    history: &History,
    marks: &[Mark],
    head: &Head,
) -> Result<Vec<Mark>, CommitsError> {
    let known = marks.iter().any(|mark| mark.reference == head.name);
    let begin = (known && head.log.complete && !head.detached).then(|| head.name.clone());
    let lines = &head.log.lines;
    let mut new: Vec<Mark> = Vec::new();
    for (at, branch) in on(lines, begin).into_iter().enumerate() {
        let Some(branch) = branch.filter(|branch| *branch != head.name) else {
            continue;
        };
        let mut all = marks.iter().chain(&new);
        let is_new = kind(&lines[at].message) == Kind::Made
            && all.all(|mark| mark.reference != branch)
            && history.has(&branch)?;
        if is_new && let Some(mark) = beginning(place, history, branch)? {
            new.push(mark);
        }
    }
    Ok(new)
}

/// Where a branch was created, and HEAD came there first.
fn beginning(
    place: &Place,
    history: &History,
    reference: String,
) -> Result<Option<Mark>, CommitsError> {
    let log = reflog::of(place, "HEAD", "")?.unwrap_or_default();
    let came = |line: &&Line| target(line).as_ref() == Some(&reference);
    let Some(came) = log.lines.iter().find(came) else {
        return Ok(None);
    };
    let created = reflog::first_of(place, &reference)?
        .filter(|line| line.old.id().is_null() && history.commit(line.new).is_some());
    let oid = match created {
        Some(line) if kind(&line.message) == Kind::Made => line.old,
        Some(line) => line.new,
        None => came.new,
    };
    let log = came.hash.clone();
    Ok(Some(Mark {
        reference,
        oid,
        log,
    }))
}

/// Lines from before HEAD's mark by which commits were made on other branches that nobody
/// has looked at since, where they may tell of any of `fresh`.
pub(super) fn lines(
    place: &Place,
    marks: &[Mark],
    head: &Head,
    fresh: &Ids,
) -> Result<Vec<Line>, CommitsError> {
    let made = head.log.lines.iter();
    let made = made.filter(|line| kind(&line.message) != Kind::Moved);
    let told: Ids = made.map(|line| line.new).collect();
    if head.detached || fresh.is_subset(&told) {
        return Ok(Vec::new());
    }
    let log = reflog::of(place, "HEAD", "")?.unwrap_or_default().lines;
    let behind = |name: &str| {
        let mark = marks.iter().find(|mark| mark.reference == name)?;
        log.iter().rposition(|line| line.hash == mark.log)
    };
    let Some(end) = behind(&head.name) else {
        return Ok(Vec::new());
    };
    let branches = on(&log[..=end], None);
    let missed = branches.into_iter().enumerate().filter(|(at, branch)| {
        let line = &log[*at];
        fresh.contains(&line.new)
            && kind(&line.message) == Kind::Made
            && branch.as_ref().is_some_and(|branch| {
                *branch != head.name && behind(branch).is_some_and(|mark| mark < *at)
            })
    });
    Ok(missed.map(|(at, _)| log[at].clone()).collect())
}

/// The branch that HEAD was on when each line was written, as far as the lines tell.
fn on(lines: &[Line], begin: Option<String>) -> Vec<Option<String>> {
    let mut branches: Vec<Option<String>> = Vec::with_capacity(lines.len());
    let mut now = begin;
    let mut rebase = None;
    for (at, line) in lines.iter().enumerate() {
        if let Some(branch) = target(line) {
            now = Some(branch);
        } else if line.message.contains(" (start): ") {
            rebase = Some(at);
        } else if let Some((_, branch)) = line.message.split_once(" (finish): returning to ") {
            // What was replayed since the start is this branch's.
            now = Some(branch.to_owned());
            branches[rebase.take().unwrap_or(at)..].fill(now.clone());
        }
        branches.push(now.clone());
    }
    branches
}

/// The branch that a line says HEAD went to, if its name is one; of what is none nobody has
/// a mark.
fn target(line: &Line) -> Option<String> {
    let names = line.message.strip_prefix("checkout: moving from ")?;
    let (_, name) = names.rsplit_once(" to ")?;
    Some(format!("refs/heads/{name}"))
}
