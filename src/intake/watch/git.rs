//! Which directories of git are watched, and what in them is a sign of life.

use std::fs;
use std::path::{Path, PathBuf};

use crate::repo::{Place, reftable};

/// The name of the file in [`Place::own_dir`] that hooks touch.
pub const WAKE: &str = "wake";

/// The name of the agent's lock in [`Place::own_dir`].
const AGENT_LOCK: &str = "agent.lock";

/// The name of the file with the person's settings in [`Place::state_dir`].
const SETTINGS: &str = "config.toml";

/// The name of the file in [`Place::state_dir`] that is touched after every change of the
/// database.
const TICK: &str = "tick";

/// What changes in a git directory without HEAD, branch, index or an operation
/// having changed.
const SILENT: [&str; 12] = [
    "COMMIT_EDITMSG",
    "FETCH_HEAD",
    "MERGE_MSG",
    "ORIG_HEAD",
    "TAG_EDITMSG",
    "config",
    "description",
    "gc.log",
    "gc.pid",
    "hive",
    "objects",
    "shallow",
];

/// The directories that show what git does here, as far as they exist: the git
/// directory, its logs, hive's own directories (wake file, the person's settings), the
/// one shared by all work trees (packed references), and the one of the branch that
/// HEAD is on, and where references are in a table, those of the tables.
pub(super) fn directories(place: &Place) -> Vec<PathBuf> {
    let head = fs::read_to_string(place.git_dir.join("HEAD")).unwrap_or_default();
    let branch = head
        .strip_prefix("ref:")
        .map(|name| place.common_dir.join(name.trim()))
        .and_then(|branch| branch.parent().map(Path::to_path_buf));
    let mut found = vec![
        place.git_dir.clone(),
        place.git_dir.join("logs"),
        place.git_dir.join(reftable::TABLES),
        place.common_dir.join(reftable::TABLES),
        place.own_dir(),
        place.state_dir(),
        place.common_dir.clone(),
    ];
    found.extend(branch);
    found.retain(|directory| directory.is_dir());
    found.sort();
    found.dedup();
    found
}

/// Whether a path lies in a git directory of the place.
pub(super) fn is_inside(place: &Place, path: &Path) -> bool {
    path.starts_with(&place.git_dir) || path.starts_with(&place.common_dir)
}

/// Whether a path is that of the person's settings for this repository.
pub(super) fn is_settings(place: &Place, path: &Path) -> bool {
    path.parent() == Some(&place.state_dir()) && path.file_name() == Some(SETTINGS.as_ref())
}

/// Whether a path is the file that is touched after every change of the database.
pub(super) fn is_tick(place: &Place, path: &Path) -> bool {
    path.parent() == Some(&place.state_dir()) && path.file_name() == Some(TICK.as_ref())
}

/// Whether a change of a path in a git directory is a sign of life. A lock is one when
/// it goes: then the gate may be open again.
pub(super) fn matters(place: &Place, path: &Path, removed: bool) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return false;
    };
    if path.parent() == Some(&place.own_dir()) {
        // The lock of this agent goes with everything else here.
        return name == WAKE || removed && name == AGENT_LOCK;
    }
    if path.parent() == Some(&place.state_dir()) {
        // The database and its like; the settings are told as files.
        return false;
    }
    if Path::new(name).extension().is_some_and(|end| end == "lock") {
        return removed;
    }
    let above = path.parent().and_then(Path::file_name);
    if above.is_some_and(|above| above == reftable::TABLES) {
        // The tables themselves come and go with their list.
        return name == reftable::LIST;
    }
    // Of other work trees only what is shared concerns this one.
    let shared = path.parent() == Some(&place.common_dir) && place.common_dir != place.git_dir;
    if shared {
        return name == "packed-refs";
    }
    path != place.git_dir && !SILENT.contains(&name)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::matters;
    use crate::repo::Place;

    #[test]
    fn signs_of_life_are_told_from_noise() {
        let place = Place {
            root: PathBuf::from("/w"),
            git_dir: PathBuf::from("/r/.git/worktrees/w"),
            common_dir: PathBuf::from("/r/.git"),
        };
        for (path, removed, sign) in [
            ("/r/.git/worktrees/w/HEAD", false, true),
            ("/r/.git/worktrees/w/index", false, true),
            ("/r/.git/worktrees/w/index.lock", false, false),
            ("/r/.git/worktrees/w/index.lock", true, true),
            ("/r/.git/worktrees/w/logs/HEAD", false, true),
            ("/r/.git/worktrees/w/MERGE_HEAD", true, true),
            ("/r/.git/worktrees/w/COMMIT_EDITMSG", false, false),
            ("/r/.git/worktrees/w/hive/wake", false, true),
            ("/r/.git/worktrees/w/hive/notice", false, false),
            ("/r/.git/hive/hive.db-wal", false, false),
            ("/r/.git/hive/tick", false, false),
            ("/r/.git/packed-refs", false, true),
            ("/r/.git/index", false, false),
            ("/r/.git/HEAD", false, false),
            ("/r/.git/refs/heads/topic", false, true),
            ("/r/.git/reftable/tables.list", false, true),
            ("/r/.git/reftable/0x01-0x02-5eda3418.ref", false, false),
        ] {
            assert_eq!(matters(&place, Path::new(path), removed), sign, "{path}");
        }
    }
}
