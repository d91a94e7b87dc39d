//! Three-way merge of texts, line by line.
//!
//! Pure. The merge itself is the one of git (changes must be apart by at least one
//! line that neither side touched, or be the same on both sides). Its result is counted
//! afterwards, independently of how it came about: a line that one side added may not be
//! missing, and one that a side took away may not be back.

use std::num::NonZeroU8;

use gix::diff::blob::{Algorithm, InternedInput};
use gix::merge::blob::Resolution;
use gix::merge::blob::builtin_driver::text::{Conflict, ConflictStyle, Labels, Options};
use rustc_hash::FxHashMap;

/// Why two sides could not be merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Both sides changed the same lines, or lines next to each other.
    #[error("the fix and your edits meet in the same lines")]
    Conflict,
    /// The result has not the lines that it must have.
    #[error("the merge of the fix with your edits is not certain")]
    Uncertain,
}

/// Merges what `ours` and `theirs` each changed in `base`. Lines include their ending.
pub fn merge(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<Vec<u8>, MergeError> {
    if base == theirs || ours == theirs {
        return Ok(ours.to_vec());
    }
    if base == ours {
        return Ok(theirs.to_vec());
    }
    let mut merged = Vec::new();
    let options = Options {
        diff_algorithm: Algorithm::Histogram,
        // A conflict is refused, so its markers never leave this function.
        conflict: Conflict::Keep {
            style: ConflictStyle::Diff3,
            marker_size: NonZeroU8::MIN,
        },
    };
    let resolution = gix::merge::blob::builtin_driver::text(
        &mut merged,
        &mut InternedInput::default(),
        Labels::default(),
        ours,
        base,
        theirs,
        options,
    );
    if resolution != Resolution::Complete {
        return Err(MergeError::Conflict);
    }
    if adds_up(base, ours, theirs, &merged) {
        Ok(merged)
    } else {
        Err(MergeError::Uncertain)
    }
}

type Field = fn(&mut Count) -> &mut i64;

#[derive(Default)]
struct Count {
    base: i64,
    ours: i64,
    theirs: i64,
    merged: i64,
}

/// Whether each line is there as often as both changes together make it, where a
/// change that both sides made counts once or twice. Blank lines are not counted: they
/// are added here and taken there by the same formatting, which tells nothing.
fn adds_up(base: &[u8], ours: &[u8], theirs: &[u8], merged: &[u8]) -> bool {
    let mut counts: FxHashMap<&[u8], Count> = FxHashMap::default();
    let texts: [(&[u8], Field); 4] = [
        (base, |count| &mut count.base),
        (ours, |count| &mut count.ours),
        (theirs, |count| &mut count.theirs),
        (merged, |count| &mut count.merged),
    ];
    for (text, field) in texts {
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if !line.trim_ascii().is_empty() {
                *field(counts.entry(line).or_default()) += 1;
            }
        }
    }
    counts.values().all(|count| {
        let (one, other) = (count.ours - count.base, count.theirs - count.base);
        let sum = count.base + one + other;
        let shared = match (one.signum(), other.signum()) {
            (1, 1) => one.min(other),
            (-1, -1) => one.max(other),
            _ => 0,
        };
        let (low, high) = (sum.min(sum - shared), sum.max(sum - shared));
        (low..=high).contains(&count.merged)
    })
}

#[cfg(test)]
mod tests {
    use super::{MergeError, adds_up, merge};

    #[test]
    fn changes_apart_merge_and_others_do_not() {
        let base = "a\nb\nc\nd\ne\n";
        let cases = [
            (
                "apart",
                "A\nb\nc\nd\ne\n",
                "a\nb\nc\nd\nE\n",
                Ok("A\nb\nc\nd\nE\n"),
            ),
            (
                "the same",
                "a\nB\nc\nd\ne\n",
                "a\nB\nc\nd\ne\n",
                Ok("a\nB\nc\nd\ne\n"),
            ),
            (
                "the same and another",
                "a\nB\nc\nd\ne\nf\n",
                "a\nB\nc\nd\ne\n",
                Ok("a\nB\nc\nd\ne\nf\n"),
            ),
            (
                "in one line",
                "a\nX\nc\nd\ne\n",
                "a\nY\nc\nd\ne\n",
                Err(MergeError::Conflict),
            ),
            (
                "side by side",
                "a\nX\nc\nd\ne\n",
                "a\nb\nY\nd\ne\n",
                Err(MergeError::Conflict),
            ),
            (
                "at one place",
                "a\nX\nb\nc\nd\ne\n",
                "a\nY\nb\nc\nd\ne\n",
                Err(MergeError::Conflict),
            ),
            (
                "gone and changed",
                "a\nc\nd\ne\n",
                "a\nY\nc\nd\ne\n",
                Err(MergeError::Conflict),
            ),
            ("gone", "b\nc\nd\ne\n", "a\nb\nc\nd\n", Ok("b\nc\nd\n")),
            (
                "no end of line",
                "a\nb\nc\nd\ne",
                "A\nb\nc\nd\ne\n",
                Ok("A\nb\nc\nd\ne"),
            ),
        ];
        for (name, ours, theirs, expected) in cases {
            let both = [(ours, theirs), (theirs, ours)];
            for (ours, theirs) in both {
                let merged = merge(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
                let merged = merged.map(|bytes| String::from_utf8(bytes).unwrap());
                assert_eq!(
                    merged.as_deref().map_err(|error| *error),
                    expected,
                    "{name}"
                );
            }
        }
    }

    #[test]
    fn the_count_sees_lost_and_risen_lines() {
        let cases = [
            ("right", "a\nb\n", "a\nb\nc\n", "b\n", "b\nc\n", true),
            (
                "an added line is lost",
                "a\nb\n",
                "a\nb\nc\n",
                "b\n",
                "b\n",
                false,
            ),
            (
                "a removed line is back",
                "a\nb\n",
                "a\nb\nc\n",
                "b\n",
                "a\nb\nc\n",
                false,
            ),
            (
                "an untouched line is lost",
                "a\nb\n",
                "a\nb\nc\n",
                "b\n",
                "c\n",
                false,
            ),
            (
                "both added it, once",
                "a\n",
                "a\nc\n",
                "a\nc\n",
                "a\nc\n",
                true,
            ),
            (
                "both added it, never",
                "a\n",
                "a\nc\n",
                "a\nc\n",
                "a\n",
                false,
            ),
            (
                "something new",
                "a\nb\n",
                "a\nb\nc\n",
                "b\n",
                "b\nc\n<<<<<<<\n",
                false,
            ),
        ];
        for (name, base, ours, theirs, merged, expected) in cases {
            let sides = [base, ours, theirs, merged].map(str::as_bytes);
            assert_eq!(
                adds_up(sides[0], sides[1], sides[2], sides[3]),
                expected,
                "{name}"
            );
        }
    }
}
