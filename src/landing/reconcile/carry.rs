//! Carries a change of stored content over to the bytes of a file.
//!
//! Pure. A file need not be what a checkout would write: an editor left CRLF in some
//! lines, a filter is younger than the file. Where it is, the new bytes are what a
//! checkout of the new content would write; else the untouched lines keep their bytes to
//! the last one, and new lines end as the line before them does.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use super::{Contents, merge};
use crate::repo::RepoPath;

/// The bytes for a file that now holds `raw`, is stored as `clean` and is to be stored as
/// `wanted`; they go back through the clean filter to exactly `wanted`.
pub(super) fn carry(
    path: &RepoPath,
    raw: &[u8],
    clean: &[u8],
    wanted: &[u8],
    contents: &mut dyn Contents,
) -> Result<Vec<u8>, String> {
    let before = contents.smudge(path, clean)?;
    let new = if before == raw {
        contents.smudge(path, wanted)?
    } else if let Some(new) = by_lines(raw, clean, wanted) {
        new
    } else {
        let after = contents.smudge(path, wanted)?;
        merge(&before, raw, &after)
            .map_err(|_| "the file is not what git's filters make of it".to_owned())?
    };
    // Git would show the file as modified for ever, and so would be hive's next look.
    if contents.clean(path, &new)? == wanted {
        Ok(new)
    } else {
        Err("git's filters would not give the fixed content back".to_owned())
    }
}

/// The change from `clean` to `wanted` made in `raw`, if the two differ in nothing but
/// the endings of their lines.
fn by_lines(raw: &[u8], clean: &[u8], wanted: &[u8]) -> Option<Vec<u8>> {
    let (raw, clean, wanted) = (lines(raw), lines(clean), lines(wanted));
    let alike = raw.len() == clean.len()
        && raw
            .iter()
            .zip(&clean)
            .all(|(raw, clean)| split(raw).0 == split(clean).0);
    if !alike {
        return None;
    }
    let mut new = Vec::new();
    for change in capture_diff_slices(Algorithm::Histogram, &clean, &wanted) {
        let old = change.old_range();
        if change.tag() == DiffTag::Equal {
            new.extend(raw[old].concat());
            continue;
        }
        // The file's first line decides where there is none before.
        let before = raw[..old.start].last().or(raw.first());
        let ending = before.map_or(&b"\n"[..], |line| split(line).1);
        let ending = if ending.is_empty() { b"\n" } else { ending };
        for line in &wanted[change.new_range()] {
            match split(line) {
                (text, b"\n") => new.extend([text, ending].concat()),
                _ => new.extend_from_slice(line),
            }
        }
    }
    Some(new)
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// A line's text and its ending.
fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let text = match line {
        [text @ .., b'\r', b'\n'] | [text @ .., b'\n'] | text => text.len(),
    };
    line.split_at(text)
}

#[cfg(test)]
mod tests {
    use super::by_lines;

    #[test]
    fn untouched_lines_keep_their_endings() {
        let cases = [
            (
                "all CRLF",
                "a\r\nb\r\nc\r\n",
                "a\nb\nc\n",
                "a\nB\nc\n",
                Some("a\r\nB\r\nc\r\n"),
            ),
            (
                "mixed",
                "a\r\nb\nc\r\n",
                "a\nb\nc\n",
                "a\nb\nx\nc\n",
                Some("a\r\nb\nx\nc\r\n"),
            ),
            (
                "the first line",
                "a\r\nb\r\n",
                "a\nb\n",
                "x\nb\n",
                Some("x\r\nb\r\n"),
            ),
            (
                "the last line",
                "a\r\nb",
                "a\nb",
                "a\nb\n",
                Some("a\r\nb\r\n"),
            ),
            ("a line goes", "a\r\nb\r\n", "a\nb\n", "b\n", Some("b\r\n")),
            ("only a line", "a", "a", "b\n", Some("b\n")),
            ("stored with CRLF", "a\n", "a\r\n", "b\r\n", Some("b\r\n")),
            ("another text", "a\r\nc\r\n", "a\nb\n", "b\n", None),
            ("more lines", "a\r\nb\r\nc\r\n", "a\nb\n", "b\n", None),
        ];
        for (name, raw, clean, wanted, expected) in cases {
            let new = by_lines(raw.as_bytes(), clean.as_bytes(), wanted.as_bytes());
            let new = new.map(|bytes| String::from_utf8(bytes).unwrap());
            assert_eq!(new.as_deref(), expected, "{name}");
        }
    }
}
