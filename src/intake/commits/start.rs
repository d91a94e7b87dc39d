//! From where on commits count: the mark, or for a branch without one, where it was
//! created.

use super::history::History;
use super::kind::{Kind, kind};
use super::{CommitsError, Head, Mark};
use crate::repo::{Oid, Place, reflog};

/// The name of the mark of a detached HEAD.
pub(super) const DETACHED: &str = "HEAD";

/// From where on commits count.
pub(super) struct Start {
    /// What these reach is dealt with; empty where everything is new.
    pub(super) hidden: Vec<Oid>,
    /// Lines of HEAD's log that come before this one do not count.
    pub(super) from: usize,
}

/// Where to begin; `None` where nothing tells what is new, so that nothing is.
pub(super) fn start(
    place: &Place,
    history: &History,
    marks: &[Mark],
    head: &Head,
    notes: &mut Vec<String>,
) -> Result<Option<Start>, CommitsError> {
    if head.detached {
        // HEAD was on branches meanwhile, which have marks of their own.
        let went = head.log.lines.iter().rposition(detaches);
        if let Some(at) = went {
            return Ok(Some(Start {
                hidden: vec![head.log.lines[at].new],
                from: at + 1,
            }));
        }
    }
    let all = |hidden| Some(Start { hidden, from: 0 });
    let mark = marks
        .iter()
        .find(|mark| mark.reference == head.name)
        .or_else(|| renamed(marks, head));
    if let Some(mark) = mark {
        if mark.oid.id().is_null() {
            return Ok(all(Vec::new()));
        }
        if history.commit(mark.oid).is_some() {
            return Ok(all(vec![mark.oid]));
        }
        notes.push(format!(
            "{} was last looked at at {}, which git does not have any more",
            head.name,
            mark.oid.short()
        ));
    }
    if !head.detached {
        let line = reflog::first_of(place, &head.name)?;
        if let Some(line) = line.filter(|line| line.old.id().is_null()) {
            match kind(&line.message) {
                // `commit (initial)`: the branch began with that commit.
                Kind::Made => return Ok(all(Vec::new())),
                Kind::Moved if history.commit(line.new).is_some() => {
                    return Ok(all(vec![line.new]));
                }
                _ => {}
            }
        }
    }
    // Neither mark nor creation: what no other branch that is known has is new.
    let mut hidden = history.remote_tips()?;
    hidden.extend(
        marks
            .iter()
            .map(|mark| mark.oid)
            .filter(|oid| !oid.id().is_null() && history.commit(*oid).is_some()),
    );
    if hidden.is_empty() {
        notes.push(format!(
            "{} has no reflog and no other branch to compare with: \
             it counts from its next commit on",
            head.name
        ));
        return Ok(None);
    }
    Ok(all(hidden))
}

/// Whether a line is one that can leave a branch: a switch, or the begin of a rebase.
fn detaches(line: &reflog::Line) -> bool {
    let (action, _) = line.message.split_once(':').unwrap_or_default();
    action == "checkout" || action.ends_with("(start)")
}

/// The mark of the branch that HEAD's branch was called before.
fn renamed<'a>(marks: &'a [Mark], head: &Head) -> Option<&'a Mark> {
    head.log.lines.iter().rev().find_map(|line| {
        let names = line.message.strip_prefix("Branch: renamed ")?;
        let (old, new) = names.split_once(" to ")?;
        let mark = marks.iter().find(|mark| mark.reference == old)?;
        (new == head.name).then_some(mark)
    })
}
