//! Reads files by names that a repository chose.
//!
//! To open a pipe is to wait for its writer, and a device may never end: what is no
//! regular file is refused before it is opened. This does not know what a file means.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// The bytes of a regular file, or of one that a link leads to.
///
/// # Errors
/// What the system says; [`io::ErrorKind::InvalidInput`] for what is no regular file;
/// [`io::ErrorKind::FileTooLarge`] for one of more than `most` bytes.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_as(&fs::metadata(path)?, path, most)
}

/// The same, where a link is no file either: it may lead out of the repository.
///
/// # Errors
/// As [`read`].
pub fn read_itself(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    read_as(&fs::symlink_metadata(path)?, path, most)
}

fn read_as(about: &Metadata, path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !about.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a file"));
    }
    let mut bytes = Vec::new();
    // It may grow while it is read.
    File::open(path)?
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        let large = format!("larger than {most} bytes");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, large));
    }
    Ok(bytes)
}

/// The same as text.
///
/// # Errors
/// As [`read`]; [`io::ErrorKind::InvalidData`] for what is not UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use super::*;

    #[test]
    fn only_regular_files_of_a_bounded_size_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        fs::write(&file, "text").unwrap();
        assert_eq!(read(&file, 4).unwrap(), b"text");
        let kind = |path: &Path, most| read(path, most).unwrap_err().kind();
        assert_eq!(kind(&file, 3), ErrorKind::FileTooLarge);
        assert_eq!(kind(dir.path(), 9), ErrorKind::InvalidInput);
        assert_eq!(kind(Path::new("/dev/zero"), 9), ErrorKind::InvalidInput);
        assert_eq!(kind(&dir.path().join("b"), 9), ErrorKind::NotFound);
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&file, &link).unwrap();
        assert_eq!(read(&link, 4).unwrap(), b"text");
        assert_eq!(read_itself(&file, 4).unwrap(), b"text");
        let kind = read_itself(&link, 4).unwrap_err().kind();
        assert_eq!(kind, ErrorKind::InvalidInput);
    }
}
