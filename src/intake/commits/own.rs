//! Which of the commits since the mark the person made here.

use super::history::{Commit, History, Ids};
use super::kind::{Kind, kind};
use super::start::Start;
use super::{CommitsError, Log, Whose};
use crate::repo::{Oid, reflog::Line};

/// The own commits, in no order, and what is to be said about others.
pub(super) struct Own {
    pub(super) commits: Ids,
    /// Commits of hive's that were amended, and what came of them.
    pub(super) amended: Vec<(Oid, Oid)>,
    pub(super) notes: Vec<String>,
}

/// Picks the own commits from `fresh` (those that the tip has and the mark has not), by the
/// lines of HEAD's log since the mark and those that were `missed` before it.
///
/// Every line of HEAD's log whose kind says that its commits were made here gives the
/// commits on the way from where HEAD was, by first parents. A line of no known kind
/// gives them without those that remote-tracking branches have; where the log does not
/// cover the way to the tip, so does the whole way. The committer decides then: the
/// person's address, or, where none is configured, the address in the log's line.
pub(super) fn own(
    history: &History,
    tip: Oid,
    fresh: &Ids,
    start: &Start,
    missed: &[Line],
    log: &Log,
    whose: &dyn Fn(&Oid) -> Whose,
) -> Result<Own, CommitsError> {
    let person = history.email();
    let mut own = Own {
        commits: Ids::default(),
        amended: Vec::new(),
        notes: Vec::new(),
    };
    let mut strangers: Vec<(Oid, String)> = Vec::new();
    let mut judge = |id: Oid, commit: &Commit, by: Option<&str>| {
        let Some(by) = person.as_deref().or(by) else {
            return;
        };
        if !commit.email.eq_ignore_ascii_case(by) {
            strangers.push((id, commit.email.clone()));
        } else if whose(&id) == Whose::Person {
            own.commits.insert(id);
        }
    };
    let mut amended = Vec::new();
    let mut local: Option<Ids> = None;
    let mut not_remote = || -> Result<Ids, CommitsError> {
        if local.is_none() {
            let mut hidden = history.remote_tips()?;
            hidden.extend(&start.hidden);
            local = Some(history.ahead(tip, &hidden)?);
        }
        Ok(local.clone().unwrap_or_default())
    };
    for line in missed.iter().chain(log.lines.iter().skip(start.from)) {
        let kind = kind(&line.message);
        if kind == Kind::Moved || line.old == line.new || !fresh.contains(&line.new) {
            continue;
        }
        if is_amended(history, line) && whose(&line.old) == Whose::Hive {
            amended.push((line.old, line.new));
        }
        let local = match kind {
            Kind::Unknown => Some(not_remote()?),
            _ => None,
        };
        for id in way(history, line, fresh)? {
            if local.as_ref().is_none_or(|local| local.contains(&id))
                && let Some(commit) = history.commit(id)
            {
                judge(id, &commit, Some(&line.email));
            }
        }
    }
    if !log.complete {
        let local = not_remote()?;
        for id in history.first_parents(tip, |id| local.contains(id)) {
            if let Some(commit) = history.commit(id) {
                judge(id, &commit, None);
            }
        }
    }
    own.amended = amended;
    strangers.sort();
    strangers.dedup();
    if let [(id, email), rest @ ..] = strangers.as_slice() {
        let more = match rest.len() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let person = person.as_deref().unwrap_or("this user");
        own.notes.push(format!(
            "commit {} is by {email}, not by {person}{more}: left alone",
            id.short()
        ));
    }
    Ok(own)
}

/// Whether a line of the log replaced a commit by one of the same parents.
fn is_amended(history: &History, line: &Line) -> bool {
    match (history.commit(line.old), history.commit(line.new)) {
        (Some(old), Some(new)) => old.parents == new.parents,
        _ => false,
    }
}

/// The commits that a line of the log brought, by first parents, inside `fresh`.
fn way(history: &History, line: &Line, fresh: &Ids) -> Result<Vec<Oid>, CommitsError> {
    let Some(new) = history.commit(line.new) else {
        return Ok(Vec::new());
    };
    // The usual cases need no walk: a commit on top, and an amended one.
    if new.parents.first() == Some(&line.old) {
        return Ok(vec![line.new]);
    }
    if line.old.id().is_null() {
        return Ok(history.first_parents(line.new, |id| fresh.contains(id)));
    }
    let Some(old) = history.commit(line.old) else {
        return Ok(vec![line.new]);
    };
    if new.parents == old.parents {
        return Ok(vec![line.new]);
    }
    let ahead = history.ahead(line.new, &[line.old])?;
    Ok(history.first_parents(line.new, |id| fresh.contains(id) && ahead.contains(id)))
}
