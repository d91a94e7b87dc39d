//! Which lines of a file its own commits touched. Pure.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::repo::baseline::touched_lines;

/// One version of a file on the way from the base to the tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its content.
    pub bytes: Vec<u8>,
    /// Whether an own commit made it. The first version is the base, which is not;
    /// where it is own, the file is new and all of it is touched.
    pub own: bool,
}

/// The lines of the last version that own steps touched, as half-open ranges of
/// 0-based line numbers, ascending and disjoint.
///
/// A line that an own step added or changed stays touched while later foreign steps
/// move it; one that a foreign step replaces is no longer the person's. A step that
/// only deletes touches nothing. Lines that differ only in their ending are the same.
pub fn touched(versions: &[Version]) -> Vec<(u32, u32)> {
    marked(versions, |_, version| version.own)
}

/// The lines of the last version that others brought after the base and no own step has
/// changed since, as [`touched`] counts them.
pub fn brought(versions: &[Version]) -> Vec<(u32, u32)> {
    marked(versions, |at, version| at > 0 && !version.own)
}

/// The lines of the last version that the steps in question touched.
fn marked(versions: &[Version], counts: impl Fn(usize, &Version) -> bool) -> Vec<(u32, u32)> {
    let mut marks: Vec<bool> = Vec::new();
    let mut previous: &[u8] = b"";
    for (at, version) in versions.iter().enumerate() {
        marks = carry(previous, &version.bytes, &marks);
        if counts(at, version) {
            let fresh = if at == 0 {
                let all = u32::try_from(marks.len()).unwrap_or(u32::MAX);
                vec![(0, all)]
            } else {
                touched_lines(previous, &version.bytes)
            };
            for (from, to) in fresh {
                for mark in &mut marks[from as usize..to as usize] {
                    *mark = true;
                }
            }
        }
        previous = &version.bytes;
    }
    ranges(&marks)
}

/// The marks of the lines of `old`, on the same lines of `new`.
fn carry(old: &[u8], new: &[u8], marks: &[bool]) -> Vec<bool> {
    let (old, new) = (lines(old), lines(new));
    let mut carried = vec![false; new.len()];
    for op in capture_diff_slices(Algorithm::Histogram, &old, &new) {
        if op.tag() == DiffTag::Equal {
            for (from, to) in op.old_range().zip(op.new_range()) {
                carried[to] = marks.get(from).copied().unwrap_or(false);
            }
        }
    }
    carried
}

/// The lines without their endings, as [`touched_lines`] counts them.
fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|last| last.is_empty()) {
        lines.pop();
    }
    for line in &mut lines {
        while let [rest @ .., b'\r'] = line {
            *line = rest;
        }
    }
    lines
}

fn ranges(marks: &[bool]) -> Vec<(u32, u32)> {
    let mut found: Vec<(u32, u32)> = Vec::new();
    for (at, _) in marks.iter().enumerate().filter(|(_, mark)| **mark) {
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        match found.last_mut() {
            Some((_, end)) if *end == at => *end += 1,
            _ => found.push((at, at + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Version, brought, touched};

    #[test]
    fn own_lines_are_followed_to_the_last_version() {
        for (name, versions, expected) in [
            ("nothing", vec![], vec![]),
            ("a base alone", vec![("a\n", false)], vec![]),
            ("a new file", vec![("a\nb\n", true)], vec![(0, 2)]),
            ("an empty new file", vec![("", true)], vec![]),
            (
                "one step",
                vec![("a\nb\n", false), ("a\nB\n", true)],
                vec![(1, 2)],
            ),
            (
                "a deletion touches nothing",
                vec![("a\nb\nc\n", false), ("a\nc\n", true)],
                vec![],
            ),
            (
                "a foreign step moves the line",
                vec![("a\nb\n", false), ("a\nB\n", true), ("x\ny\na\nB\n", false)],
                vec![(3, 4)],
            ),
            (
                "a foreign step replaces the line",
                vec![("a\nb\n", false), ("a\nB\n", true), ("a\nC\n", false)],
                vec![],
            ),
            (
                "two own steps around a foreign one",
                vec![
                    ("a\nb\nc\n", false),
                    ("A\nb\nc\n", true),
                    ("A\nb\nc\nd\n", false),
                    ("A\nb\nc\nd\ne\n", true),
                ],
                vec![(0, 1), (4, 5)],
            ),
            (
                "line endings do not count",
                vec![("a\nb\n", false), ("a\r\nb\r\nc\r\n", true)],
                vec![(2, 3)],
            ),
            (
                "back to the base",
                vec![("a\n", false), ("b\n", true), ("a\n", true)],
                vec![(0, 1)],
            ),
            (
                "without a last line break",
                vec![("a\nb", false), ("a\nb\nc", true)],
                vec![(2, 3)],
            ),
        ] {
            assert_eq!(touched(&steps(&versions)), expected, "{name}");
        }
    }

    #[test]
    fn lines_of_others_are_followed_until_an_own_step_changes_them() {
        for (name, versions, expected) in [
            (
                "the base is nobody's",
                vec![("a\n", false), ("b\n", true)],
                vec![],
            ),
            (
                "a foreign step after the own one",
                vec![("a\nb\n", false), ("a\nB\n", true), ("x\ny\na\nB\n", false)],
                vec![(0, 2)],
            ),
            (
                "between two own ones",
                vec![
                    ("a\nb\n", false),
                    ("A\nb\n", true),
                    ("A\nb\nc\nd\n", false),
                    ("e\nA\nb\nc\nD\n", true),
                ],
                vec![(3, 4)],
            ),
            (
                "in a file that is the person's",
                vec![("a\n", true), ("a\nb\n", false)],
                vec![(1, 2)],
            ),
        ] {
            assert_eq!(brought(&steps(&versions)), expected, "{name}");
        }
    }

    fn steps(versions: &[(&str, bool)]) -> Vec<Version> {
        let step = |(text, own): &(&str, bool)| Version {
            bytes: text.as_bytes().to_vec(),
            own: *own,
        };
        versions.iter().map(step).collect()
    }
}
