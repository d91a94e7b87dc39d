//! The program that this process runs.

use std::io;
use std::path::PathBuf;

/// The program that this process runs, to start it once more for a part of its work.
///
/// Where it has been replaced since (an upgrade, as installers do it) this is still the
/// one that runs: an agent and its workers speak in forms that are one version's. Nothing
/// is at its path then that this process could be, so on Linux it is named by what the
/// kernel keeps of it.
pub fn own_program() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt;
        let kept = PathBuf::from("/proc/self/exe");
        let id = |path: &PathBuf| std::fs::metadata(path).map(|about| (about.dev(), about.ino()));
        if let Ok(ours) = id(&kept)
            && id(&path).ok() != Some(ours)
        {
            return Ok(kept);
        }
    }
    Ok(path)
}
