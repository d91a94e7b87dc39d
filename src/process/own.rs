//! The program that this process runs.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

static IS_HIVE: AtomicBool = AtomicBool::new(false);

/// Says that this process runs hive's own program; another one that uses the library
/// never says so.
pub fn this_is_hive() {
    IS_HIVE.store(true, Ordering::Relaxed);
}

/// Whether this process runs hive's own program.
pub fn is_hive() -> bool {
    IS_HIVE.load(Ordering::Relaxed)
}

/// The program that this process runs, to start it once more for a part of its work.
///
/// Where it has been replaced since (an upgrade, as installers do it) this is still the
/// one that runs: an agent and its workers speak in forms that are one version's. Nothing
/// is at its path then that this process could be, so on Linux it is named by what the
/// kernel keeps of it.
pub fn own_program() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    // The kernel tells one that is gone as `hive (deleted)`, which is no file.
    if cfg!(target_os = "linux") && !path.exists() {
        return Ok(PathBuf::from("/proc/self/exe"));
    }
    Ok(path)
}
