//! Reads reflogs: what moved a reference here, in the order in which it happened.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use gix::bstr::ByteSlice;

use super::{Oid, Place, reftable};

/// One move of a reference, as git noted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where the reference stood before; the null id where there was none.
    pub old: Oid,
    /// Where it stands after.
    pub new: Oid,
    /// The e-mail address of who moved it.
    pub email: String,
    /// What moved it, as `commit (amend): subject`; empty where nothing was said.
    pub message: String,
    /// The blake3 hash of the whole line in hexadecimal, by which it is found again.
    pub hash: String,
}

/// The end of a log.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tail {
    /// The lines after the one that was asked for, oldest first; all lines where it
    /// is not there any more.
    pub lines: Vec<Line>,
    /// Whether the line that was asked for is there.
    pub found: bool,
}

/// How much of the end is read first: some hundred lines.
const END: u64 = 64 << 10;

/// The lines after the last one with the hash `mark`, from a log that may be long:
/// the whole file is read only if the line is not near its end. With an empty mark
/// all lines. `None` where there is no log.
///
/// A last line without its end is one that is being written; it is left for the
/// next look.
pub fn after(path: &Path, mark: &str) -> io::Result<Option<Tail>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    if !mark.is_empty() && length > END {
        file.seek(SeekFrom::Start(length - END))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        // The first of them is cut somewhere.
        let begin = bytes.find_byte(b'\n').map_or(bytes.len(), |at| at + 1);
        let tail = tail(&bytes[begin..], mark);
        if tail.found {
            return Ok(Some(tail));
        }
        file.rewind()?;
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Some(tail(&bytes, mark)))
}

/// The end of the log of a reference in a work tree (`HEAD`, `refs/heads/main`), as
/// [`after`] gives it, however references are kept.
pub fn of(place: &Place, name: &str, mark: &str) -> io::Result<Option<Tail>> {
    if reftable::is_used(&place.common_dir) {
        let lines = reftable::log(&place.git_dir, name)?;
        return Ok(lines.map(|lines| behind(lines, mark)));
    }
    after(&path_of(place, name), mark)
}

/// The first line of the log of a reference, as [`first`] gives it.
pub fn first_of(place: &Place, name: &str) -> io::Result<Option<Line>> {
    if reftable::is_used(&place.common_dir) {
        let lines = reftable::log(&place.git_dir, name)?;
        return Ok(lines.and_then(|lines| lines.into_iter().next()));
    }
    first(&path_of(place, name))
}

/// HEAD's log belongs to the work tree, those of branches to all.
fn path_of(place: &Place, name: &str) -> PathBuf {
    let directory = if name.starts_with("refs/") {
        &place.common_dir
    } else {
        &place.git_dir
    };
    directory.join("logs").join(name)
}

/// The first line of a log: how the reference came to be, unless older lines have
/// expired. `None` where there is no log or no line.
pub fn first(path: &Path) -> io::Result<Option<Line>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(END).read_to_end(&mut bytes)?;
    // Cut as `tail` cuts, or its hash would not be found again.
    let line = bytes
        .find_byte(b'\n')
        .and_then(|end| bytes[..=end].lines().next());
    Ok(line.and_then(parse))
}

/// A branch whose name is a directory of another one's log has no log.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::IsADirectory
    )
}

fn tail(bytes: &[u8], mark: &str) -> Tail {
    let whole = bytes.rfind_byte(b'\n').map_or(0, |at| at + 1);
    behind(bytes[..whole].lines().filter_map(parse).collect(), mark)
}

/// What comes after the last line with the hash `mark`.
fn behind(mut lines: Vec<Line>, mark: &str) -> Tail {
    let at = lines
        .iter()
        .rposition(|line| !mark.is_empty() && line.hash == mark);
    if let Some(at) = at {
        lines.drain(..=at);
    }
    Tail {
        lines,
        found: at.is_some(),
    }
}

/// `old SP new SP name <email> SP time SP zone [TAB message]`; a line that is none
/// of these was torn by a crash and says nothing.
fn parse(line: &[u8]) -> Option<Line> {
    let (head, message) = line
        .split_once_str("\t")
        .map_or((line, &b""[..]), |(head, message)| (head, message));
    let mut parts = head.splitn(3, |byte| *byte == b' ');
    let mut id = || {
        let text = parts.next()?.to_str().ok()?;
        text.parse::<Oid>().ok()
    };
    let (old, new) = (id()?, id()?);
    let who = parts.next().unwrap_or_default();
    let email = who
        .find_byte(b'<')
        .and_then(|open| {
            let rest = &who[open + 1..];
            Some(&rest[..rest.find_byte(b'>')?])
        })
        .unwrap_or_default();
    Some(Line {
        old,
        new,
        email: email.to_str_lossy().into_owned(),
        message: message.to_str_lossy().into_owned(),
        hash: blake3::hash(line).to_hex().to_string(),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{after, first};

    fn line(number: usize) -> String {
        format!(
            "{:040x} {:040x} A B <a@b.c> 1700000000 +0100\tcommit: number {number}\n",
            number,
            number + 1
        )
    }

    #[test]
    fn the_lines_after_a_mark_are_found_in_short_and_long_logs() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("HEAD");
        assert_eq!(after(&path, "").unwrap(), None);
        for count in [3, 5000] {
            let text: String = (0..count).map(line).collect();
            fs::write(&path, &text).unwrap();
            let all = after(&path, "").unwrap().unwrap();
            assert!(!all.found && all.lines.len() == count);
            assert_eq!(all.lines[1].message, "commit: number 1");
            assert_eq!(all.lines[1].email, "a@b.c");
            for mark in [0, count - 2, count - 1] {
                let tail = after(&path, &all.lines[mark].hash).unwrap().unwrap();
                assert!(tail.found);
                assert_eq!(tail.lines, all.lines[mark + 1..]);
            }
            let lost = after(&path, "0123").unwrap().unwrap();
            assert!(!lost.found && lost.lines.len() == count);
            assert_eq!(first(&path).unwrap().as_ref(), all.lines.first());
        }
    }

    #[test]
    fn torn_lines_say_nothing() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("HEAD");
        let no_message = "0000000000000000000000000000000000000000 \
             0000000000000000000000000000000000000001 A <> 1 +0000\n";
        let text = format!("{}\0\0garbage\n{no_message}{}", line(1), line(2).trim_end());
        fs::write(&path, text).unwrap();
        let all = after(&path, "").unwrap().unwrap();
        let messages: Vec<&str> = all.lines.iter().map(|l| l.message.as_str()).collect();
        assert_eq!(messages, ["commit: number 1", ""]);
    }
}
