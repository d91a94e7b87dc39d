//! Where HEAD is, and what a tip is to the person.

use gix::bstr::ByteSlice;

use super::baseline::BaselineError;
use super::{Oid, Place};

/// HEAD as it is at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The full name of the branch; `None` while HEAD is detached.
    pub reference: Option<String>,
    /// Its commit; `None` on a branch without one.
    pub tip: Option<Oid>,
}

/// What a tip is to the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Whether this user committed it.
    pub is_mine: bool,
    /// A remote-tracking branch that has it, as `origin/main`, if one does.
    pub pushed_to: Option<String>,
}

/// Reads HEAD.
pub fn read(place: &Place) -> Result<Head, BaselineError> {
    let repo = open(place)?;
    let head = repo.head().map_err(|error| unreadable(&error))?;
    let reference = head
        .referent_name()
        .map(|name| name.as_bstr().to_str_lossy().into_owned());
    let tip = head.id().map(|id| Oid::from(id.detach()));
    Ok(Head { reference, tip })
}

/// Finds out what a tip is to the person: reads the commit, and for each
/// remote-tracking branch whether it reaches the tip.
pub fn standing(place: &Place, tip: &Oid) -> Result<Standing, BaselineError> {
    let repo = open(place)?;
    let commit = repo
        .find_commit(tip.id())
        .map_err(|error| unreadable(&error))?;
    let email = commit
        .committer()
        .map_err(|error| unreadable(&error))?
        .email
        .to_vec();
    let mine = repo
        .committer()
        .and_then(Result::ok)
        .is_some_and(|me| me.email.eq_ignore_ascii_case(&email));
    let references = repo.references().map_err(|error| unreadable(&error))?;
    let remotes = references
        .remote_branches()
        .map_err(|error| unreadable(&error))?;
    let mut pushed_to = None;
    for remote in remotes.flatten() {
        let mut remote = remote;
        let Ok(id) = remote.peel_to_id() else {
            continue;
        };
        let reaches = id == tip.id()
            || repo
                .merge_base(tip.id(), id)
                .is_ok_and(|base| base.is_some_and(|base| base == tip.id()));
        if reaches {
            pushed_to = Some(remote.name().shorten().to_str_lossy().into_owned());
            break;
        }
    }
    Ok(Standing {
        is_mine: mine,
        pushed_to,
    })
}

fn open(place: &Place) -> Result<gix::Repository, BaselineError> {
    gix::open(place.root.clone()).map_err(|error| unreadable(&error))
}

fn unreadable(error: &dyn std::fmt::Display) -> BaselineError {
    BaselineError::Unreadable(error.to_string())
}
