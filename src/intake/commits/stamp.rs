//! Tells cheaply that HEAD has not moved.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use crate::repo::{Place, reftable};

/// How the files look that change with every move of HEAD. Equal stamps: nothing
/// moved since. Different ones: look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    head: Vec<u8>,
    files: [Option<FileStamp>; 5],
}

/// Device, inode, size and time of the content of a file. The time alone is not enough
/// (two changes within one tick of the clock); a log grows, and a ref is a new file. The
/// time of change of its attributes would move once more after everything is over: a
/// landing links what it has prepared to the name of the branch, and removes its own
/// name of it later.
type FileStamp = (u64, u64, u64, i64, i64);

/// Reads HEAD and asks for the state of its log, of its branch's file and of the
/// packed references, and of what takes their place where references are in a table: six
/// system calls.
pub fn stamp(place: &Place) -> Stamp {
    let head = fs::read(place.git_dir.join("HEAD")).unwrap_or_default();
    let name = str::from_utf8(&head)
        .ok()
        .and_then(|text| text.strip_prefix("ref:"))
        .map(str::trim);
    let [own, shared] = reftable::lists(place).map(|list| file(&list));
    let files = [
        own,
        shared,
        file(&place.git_dir.join("logs/HEAD")),
        name.and_then(|name| file(&place.common_dir.join(name))),
        file(&place.common_dir.join("packed-refs")),
    ];
    Stamp { head, files }
}

/// The file of a work tree's own directory that says where HEAD was when an agent has
/// last taken in what is new.
const LOOKED: &str = "looked";

/// Writes down that everything up to here was taken in. Losing it costs one look.
pub fn keep(place: &Place, stamp: &Stamp) -> io::Result<()> {
    let path = place.own_dir().join(LOOKED);
    let text = stamp.text();
    if fs::read_to_string(&path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    fs::write(path, text)
}

/// Whether HEAD has moved since an agent last took in what is new.
pub fn has_moved(place: &Place) -> bool {
    let kept = fs::read_to_string(place.own_dir().join(LOOKED)).unwrap_or_default();
    kept != stamp(place).text()
}

impl Stamp {
    fn text(&self) -> String {
        format!("{:?}\n{}", self.files, self.head.escape_ascii())
    }
}

fn file(path: &Path) -> Option<FileStamp> {
    let about = fs::symlink_metadata(path).ok()?;
    Some((
        about.dev(),
        about.ino(),
        about.size(),
        about.mtime(),
        about.mtime_nsec(),
    ))
}
