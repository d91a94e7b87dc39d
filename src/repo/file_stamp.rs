//! Tells cheaply that a file was not written to.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Device, inode, size and time of the content of a file, in seconds and nanoseconds. The
/// time alone is not enough (two changes within one tick of the clock); a log grows, and
/// a reference is a new file. The time of change of its attributes would move once more
/// after everything is over: a landing links what it has prepared to the name of the
/// branch, and removes its own name of it later.
pub type FileStamp = (u64, u64, u64, i64, i64);

/// The stamp of what lies at a path, links themselves; `None` if nothing does.
pub fn file_stamp(path: &Path) -> Option<FileStamp> {
    let about = fs::symlink_metadata(path).ok()?;
    Some((
        about.dev(),
        about.ino(),
        about.size(),
        about.mtime(),
        about.mtime_nsec(),
    ))
}
