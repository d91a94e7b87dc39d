//! Commands of other users, which do not show where they are.
//!
//! Every user may read their arguments, and nobody else their directory. If each of them
//! counted, the fetch of another user in a repository of their own would keep hive's hands
//! off this one.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::repo::Place;

/// Whether a user other than its owner may write in a directory.
const OTHERS: u32 = 0o022;

/// Whose a directory is, and who may write in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Access {
    pub(super) owner: u32,
    pub(super) mode: u32,
}

/// Whether a user may write in this repository; `me` is who asks.
pub(super) fn may_write(place: &Place, user: Option<u32>) -> bool {
    let access = |directory: &Path| {
        let about = fs::metadata(directory).ok()?;
        Some(Access {
            owner: about.uid(),
            mode: about.mode(),
        })
    };
    let me = rustix::process::geteuid().as_raw();
    let directories = [&place.git_dir, &place.common_dir];
    let mut directories = directories.into_iter().map(|directory| access(directory));
    // What cannot be looked at is no reason to believe that nobody is there.
    directories.any(|access| access.is_none_or(|access| may(user, me, access)))
}

/// Whether a user is one who writes in a directory: by its mode, and not since they may do
/// anything, or root's work elsewhere would count everywhere.
pub(super) fn may(user: Option<u32>, me: u32, access: Access) -> bool {
    let Some(user) = user else {
        return true;
    };
    user == me || user == access.owner || access.mode & OTHERS != 0
}
