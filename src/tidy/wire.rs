//! What a hook and whoever prepares for it say to each other, and where they meet.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;
use std::{fs, io};

use serde::{Deserialize, Serialize};

use crate::landing::tidy::Plan;
use crate::repo::{Place, WorktreeId};
use crate::settings::environment;
use crate::store::user;

/// The version of hive that says something: the two may be of different ones after an
/// upgrade, and only their equals understand them.
pub const OWN: &str = env!("CARGO_PKG_VERSION");

/// How long a path of a socket may be, in bytes; the smallest of any system.
const LONGEST: usize = 103;

/// What a hook asks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The version of hive that asks. First, so that every version can read it.
    pub version: String,
    /// The index that git will commit from, absolute.
    pub index: PathBuf,
    /// For how long the answer is of use.
    pub left: Duration,
}

/// What it is answered. It may answer in turn with a
/// [`Report`](crate::landing::tidy::Report); a connection that closes without one means
/// that nothing more will be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Reply {
    /// Nothing is to be done, and why.
    Nothing(String),
    /// This is to be done.
    Do {
        /// The steps.
        plan: Box<Plan>,
        /// What is told of them once they are done.
        line: String,
    },
}

/// Where the agent of a work tree may listen, the best place first: in the user's runtime
/// directory, and where the system has none (macOS, containers, a login without a session)
/// in the user's state directory. Not in the repository, which may lie where there are no
/// sockets and whose path may be too long for one.
///
/// # Errors
/// What the system says about the work tree's id.
pub fn sockets(place: &Place) -> io::Result<Vec<PathBuf>> {
    let name = format!("{}.sock", WorktreeId::of(place)?);
    let runtime = environment::runtime_dir().map(|it| it.join("hive"));
    let state = user::state_dir().map(|it| it.join("run"));
    let paths = runtime.into_iter().chain(state).map(|it| it.join(&name));
    Ok(paths
        .filter(|path| path.as_os_str().len() <= LONGEST)
        .collect())
}

/// Whether nobody but this user can reach what lies in the directory of a socket.
pub fn is_private(socket: &std::path::Path) -> bool {
    let own = rustix::process::geteuid().as_raw();
    let about = socket.parent().and_then(|it| fs::symlink_metadata(it).ok());
    about.is_some_and(|about| {
        // The last six bits are what others may.
        about.is_dir() && about.uid() == own && about.mode().trailing_zeros() >= 6
    })
}
