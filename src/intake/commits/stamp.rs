//! Tells cheaply that HEAD has not moved.

use std::fs;
use std::io;

use crate::repo::{FileStamp, Place, file_stamp, reftable};

/// How the files look that change with every move of HEAD. Equal stamps: nothing
/// moved since. Different ones: look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Stamp {
    head: Vec<u8>,
    files: [Option<FileStamp>; 5],
}

/// Reads HEAD and asks for the state of its log, of its branch's file and of the
/// packed references, and of what takes their place where references are in a table: six
/// system calls.
pub fn stamp(place: &Place) -> Stamp {
    let head = fs::read(place.git_dir.join("HEAD")).unwrap_or_default();
    let name = str::from_utf8(&head)
        .ok()
        .and_then(|text| text.strip_prefix("ref:"))
        .map(str::trim);
    let [own, shared] = reftable::lists(place).map(|list| file_stamp(&list));
    let files = [
        own,
        shared,
        file_stamp(&place.git_dir.join("logs/HEAD")),
        name.and_then(|name| file_stamp(&place.common_dir.join(name))),
        file_stamp(&place.common_dir.join("packed-refs")),
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
