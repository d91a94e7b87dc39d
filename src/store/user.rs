//! The user's own directories.

use std::path::PathBuf;

use crate::settings::environment;

/// Where state lies that belongs to no repository, or to one that cannot hold it
/// itself. `None` without a home directory.
pub fn state_dir() -> Option<PathBuf> {
    let dirs = environment::own_directories()?;
    // Only some systems tell state from data.
    let state = dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir());
    Some(state.to_path_buf())
}

/// Where things lie that can be computed again. `None` without a home directory.
pub fn cache_dir() -> Option<PathBuf> {
    Some(environment::own_directories()?.cache_dir().to_path_buf())
}
