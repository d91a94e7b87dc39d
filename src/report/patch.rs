//! Unified diffs that `git apply` and `patch` accept.
//!
//! Bytes, not text: a file need not be UTF-8, and a line ends at a line feed and
//! nowhere else, as it does for those who read patches.

use std::fmt::Write;

use console::Style;
use similar::udiff::UnifiedHunkHeader;
use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

use super::Styles;

/// Unchanged lines around a change.
const CONTEXT: usize = 3;

/// A unified diff of two files under a path relative to the repository.
pub fn unified(relative: &str, old: &[u8], new: &[u8]) -> Vec<u8> {
    coloured(
        relative,
        old,
        new,
        &Styles::new(Style::new().force_styling(false)),
    )
}

/// The same, coloured where the stream has colour.
pub fn coloured(relative: &str, old: &[u8], new: &[u8], styles: &Styles) -> Vec<u8> {
    let (old, new) = (lines(old), lines(new));
    let mut out = Vec::new();
    for (sign, side) in [("---", 'a'), ("+++", 'b')] {
        let name = quoted(&format!("{side}/{relative}"));
        let line = format!("{sign} {name}");
        out.extend(styles.path().apply_to(line).to_string().into_bytes());
        out.push(b'\n');
    }
    let ops = capture_diff_slices(Algorithm::Myers, &old, &new);
    for hunk in group_diff_ops(ops, CONTEXT) {
        let header = UnifiedHunkHeader::new(&hunk).to_string();
        out.extend(styles.dim().apply_to(header).to_string().into_bytes());
        out.push(b'\n');
        for change in hunk.iter().flat_map(|op| op.iter_changes(&old, &new)) {
            let (sign, style) = match change.tag() {
                ChangeTag::Equal => (b' ', styles.base()),
                ChangeTag::Delete => (b'-', styles.code()),
                ChangeTag::Insert => (b'+', styles.good()),
            };
            put(&mut out, sign, change.value(), &style);
        }
    }
    out
}

/// One line of a hunk, styled around its bytes.
fn put(out: &mut Vec<u8>, sign: u8, value: &[u8], style: &Style) {
    // The style cannot take bytes, so what it puts around a mark is put around them.
    let around = style.apply_to('\0').to_string();
    let (before, after) = around.split_once('\0').unwrap_or_default();
    let line = value.strip_suffix(b"\n");
    out.extend_from_slice(before.as_bytes());
    out.push(sign);
    out.extend_from_slice(line.unwrap_or(value));
    out.extend_from_slice(after.as_bytes());
    out.push(b'\n');
    if line.is_none() {
        out.extend_from_slice(b"\\ No newline at end of file\n");
    }
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// A name as git writes it: as it is, or as a string of C where it has a
/// character that would end it.
fn quoted(name: &str) -> String {
    if !name
        .chars()
        .any(|c| c.is_control() || c == '"' || c == '\\')
    {
        return name.to_owned();
    }
    let mut out = String::from('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\{byte:03o}");
                }
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::unified;

    #[test]
    fn a_patch_is_about_lines_of_bytes() {
        for (path, old, new, patch) in [
            (
                "src/a.py",
                &b"x=1\ny = 2"[..],
                &b"x = 1\ny = 2\n"[..],
                &b"--- a/src/a.py\n+++ b/src/a.py\n@@ -1,2 +1,2 @@\n-x=1\n-y = 2\n\\ No newline at end of file\n+x = 1\n+y = 2\n"[..],
            ),
            (
                "a b.py",
                b"x='\xe9'\n",
                b"x = '\xe9'\n",
                b"--- a/a b.py\n+++ b/a b.py\n@@ -1 +1 @@\n-x='\xe9'\n+x = '\xe9'\n",
            ),
            (
                "t\t\"\x01.py",
                b"a\rb=1\n",
                b"a\rb = 1\n",
                b"--- \"a/t\\t\\\"\\001.py\"\n+++ \"b/t\\t\\\"\\001.py\"\n@@ -1 +1 @@\n-a\rb=1\n+a\rb = 1\n",
            ),
        ] {
            let found = unified(path, old, new);
            let shown = String::from_utf8_lossy(&found);
            assert_eq!(found, patch, "{shown}");
        }
    }
}
