//! The names of files as editors write them. Pure.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

/// The absolute path of a `file:` URI of this machine; `None` for anything else.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    let (scheme, rest) = uri.split_once(':')?;
    if !scheme.eq_ignore_ascii_case("file") {
        return None;
    }
    let rest = rest.strip_prefix("//")?;
    let (host, path) = rest.split_at(rest.find('/')?);
    if !host.is_empty() && !host.eq_ignore_ascii_case("localhost") {
        return None;
    }
    let path = path.split(['?', '#']).next()?;
    let bytes = decoded(path)?;
    (!bytes.contains(&0)).then(|| PathBuf::from(OsString::from_vec(bytes)))
}

/// The bytes that a text with `%` stands for.
fn decoded(text: &str) -> Option<Vec<u8>> {
    let mut bytes = text.bytes();
    let mut made = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        made.push(if byte == b'%' {
            let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
            let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
            u8::try_from(high * 16 + low).ok()?
        } else {
            byte
        });
    }
    Some(made)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::path;

    #[test]
    fn only_files_of_this_machine_have_a_path() {
        for (uri, expected) in [
            ("file:///a/b.py", Some("/a/b.py")),
            ("FILE://localhost/a/b%20c.py", Some("/a/b c.py")),
            ("file:///a/%C3%A4.py#L3", Some("/a/ä.py")),
            ("file:///a/b%2", None),
            ("file:///a/b%zz.py", None),
            ("file:///a/b%00.py", None),
            ("file://host/a.py", None),
            ("file:a.py", None),
            ("untitled:Untitled-1", None),
            ("https://example.org/a.py", None),
            ("", None),
        ] {
            assert_eq!(path(uri).as_deref(), expected.map(Path::new), "{uri}");
        }
    }
}
