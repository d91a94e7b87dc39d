//! Where one file stands: whether the run would take it, and if not, why not. Asks
//! the same questions as the run, in the same order.

use std::path::Path;

use crate::evidence::{FilePlan, Plan};
use crate::failure::Outcome;
use crate::fixers::{Policy, Trouble, encoding, ruff::settings};
use crate::house::{House, unanswered};
use crate::intake::select::Takers;
use crate::intake::skip;
use crate::intake::walk::{Found, unreached};
use crate::writing::{Unread, read_at_most};

/// What there is to say about a file beside its tools.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Why the file is left alone even when it is named.
    pub(super) left_alone: Option<String>,
    /// What holds for it otherwise.
    pub(super) notes: Vec<String>,
}

/// Looks at a file (absolute path, below the boundary).
pub(super) fn of(house: &House, path: &Path, plan: &Plan, file: &FilePlan) -> Outcome<Standing> {
    let mut standing = Standing::default();
    let symlink = path
        .symlink_metadata()
        .is_ok_and(|found| found.is_symlink());
    let found = |root: &Path| Found {
        path: path.to_path_buf(),
        root: root.to_path_buf(),
        symlink,
    };
    let named = found(path);
    let recipe = plan.recipe(file, Policy::default());
    let mut takers = Takers::of(&recipe);
    // A configuration that cannot be used is said with the decisions.
    let ruff = settings::resolve(&recipe).ok().flatten();
    let ruff = ruff.as_ref().map(|ruff| &ruff.settings);
    match takers.kinds(&named, ruff) {
        Ok(_) => {
            let walked = unreached(&house.boundary, path)
                .or_else(|| takers.kinds(&found(&house.boundary), ruff).err());
            if let Some(reason) = walked {
                standing.notes.push(format!(
                    "it {reason}: hive takes it only when the file itself is named"
                ));
            }
        }
        Err(reason) if !reason.is_empty() => standing.left_alone = Some(reason),
        Err(_) => {}
    }
    let aside = house.aside(false)?;
    let marks = aside
        .marks(house.place.as_ref(), std::slice::from_ref(&named))
        .map_err(|error| unanswered(&error))?;
    match aside.reason(&named, marks.get(&0).copied()) {
        Some(reason) if reason.still_checked() => {
            standing.notes.push(format!("it {reason}"));
        }
        Some(reason) => standing.left_alone = Some(reason.to_string()),
        None => {}
    }
    if standing.left_alone.is_none() {
        standing.left_alone = by_content(path, house.settings.max_file_size.0);
    }
    Ok(standing)
}

fn by_content(path: &Path, max: u64) -> Option<String> {
    let snapshot = match read_at_most(path, max) {
        Ok(snapshot) => snapshot,
        Err(Unread::Skip(reason)) => return Some(reason.to_string()),
        Err(Unread::Io(error)) => return Some(format!("cannot be read: {error}")),
    };
    if let Some(reason) = skip::by_content(snapshot.bytes()) {
        return Some(reason.to_string());
    }
    match encoding::decode(snapshot.bytes()) {
        Err(Trouble::Unreadable { reason }) => Some(reason),
        _ => None,
    }
}
