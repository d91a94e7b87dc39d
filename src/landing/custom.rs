//! How this repository keeps its references and logs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::locked::Way;
use super::refs::is_symbolic;
use crate::repo::{Place, reftable};

/// Who moves the reference that `moved` is the file of; HEAD itself where that is detached.
pub(super) fn way(repo: &gix::Repository, place: &Place, moved: &Path) -> Way {
    let hooks = match repo.config_snapshot().trusted_path("core.hooksPath") {
        Ok(Some(path)) => place.root.join(path),
        _ => place.common_dir.join("hooks"),
    };
    let hook = fs::metadata(hooks.join("reference-transaction"))
        .is_ok_and(|hook| hook.is_file() && hook.permissions().mode() & 0o111 != 0);
    // A directory where the file would be: git knows when it may go.
    let odd = fs::symlink_metadata(moved).is_ok_and(|found| !found.is_file());
    // A name for another branch stays one: git moves that.
    let odd = odd || is_symbolic(moved);
    if hook || odd || reftable::is_used(&place.common_dir) {
        Way::Git
    } else {
        Way::Own
    }
}

/// Whether git makes logs here that do not exist yet (`core.logAllRefUpdates`).
pub(super) fn creates_logs(repo: &gix::Repository) -> bool {
    let config = repo.config_snapshot();
    let always = config
        .string("core.logAllRefUpdates")
        .is_some_and(|value| value.eq_ignore_ascii_case(b"always"));
    always || config.boolean("core.logAllRefUpdates").unwrap_or(true)
}
