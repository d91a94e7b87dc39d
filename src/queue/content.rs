//! What a task is about, and how two changes of one file become one. Pure.

use super::codec::joined;
use super::ids::FixId;
use super::task::Cause;
use crate::repo::Oid;
use crate::schedule::Priority;

/// What a task is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) cause: Cause,
    pub(super) saved: bool,
    pub(super) priority: Priority,
    pub(super) tip: Option<Oid>,
    pub(super) blob: Option<Oid>,
    pub(super) base: Option<Oid>,
    pub(super) commits: Vec<Oid>,
    pub(super) previous: Option<FixId>,
}

impl Content {
    /// One task for both: the newest content, compared with the oldest base, for the
    /// commits of both, at the more urgent priority. A save knows no committed content
    /// and takes none away.
    pub(super) fn merged(older: Self, newer: &Self) -> Self {
        let (blob, previous) = if newer.tip.is_some() {
            (newer.blob, newer.previous)
        } else {
            (older.blob.or(newer.blob), older.previous.or(newer.previous))
        };
        Self {
            cause: older.cause.min(newer.cause),
            saved: older.saved || newer.saved,
            priority: older.priority.min(newer.priority),
            tip: newer.tip.or(older.tip),
            blob,
            base: older.base.or(newer.base),
            commits: joined(older.commits, &newer.commits),
            previous,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn oid(digit: char) -> Oid {
        String::from(digit).repeat(40).parse().unwrap()
    }

    fn commit(tip: char, base: char) -> Content {
        Content {
            cause: Cause::Commit,
            saved: false,
            priority: Priority::Normal,
            tip: Some(oid(tip)),
            blob: Some(oid(tip)),
            base: Some(oid(base)),
            commits: vec![oid(tip)],
            previous: None,
        }
    }

    fn save() -> Content {
        Content {
            cause: Cause::Save,
            saved: true,
            priority: Priority::High,
            tip: None,
            blob: None,
            base: None,
            commits: Vec::new(),
            previous: None,
        }
    }

    #[test]
    fn two_changes_become_one() {
        let both = |saved| Content {
            saved,
            priority: Priority::High,
            ..commit('2', '1')
        };
        let two = Content {
            base: Some(oid('0')),
            commits: vec![oid('1'), oid('2')],
            ..commit('2', '1')
        };
        for (older, newer, merged) in [
            (commit('1', '0'), commit('2', '1'), two),
            (commit('2', '1'), save(), both(true)),
            (save(), commit('2', '1'), both(true)),
            (commit('2', '1'), commit('2', '1'), commit('2', '1')),
        ] {
            let said = format!("{older:?} {newer:?}");
            assert_eq!(Content::merged(older, &newer), merged, "{said}");
        }
    }
}
