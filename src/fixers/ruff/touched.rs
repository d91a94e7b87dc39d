//! The parts of a text that may change, followed through edits. Pure.

use ruff_text_size::{TextRange, TextSize};
use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::fixers::Scope;

/// Byte ranges of a text, sorted and disjoint, that a person touched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    ranges: Vec<TextRange>,
}

impl Touched {
    /// Byte ranges of whole lines; `None` for the scope of the whole file.
    /// Lines beyond the end are ignored.
    pub fn from_scope(scope: &Scope, text: &str) -> Option<Self> {
        let Scope::Lines(lines) = scope else {
            return None;
        };
        let mut starts = vec![0_usize];
        starts.extend(line_starts(text));
        let offset = |line: u32| starts.get(line as usize).copied().unwrap_or(text.len());
        let ranges = lines
            .iter()
            .map(|&(from, to)| TextRange::new(size(offset(from)), size(offset(to))))
            .filter(|range| !range.is_empty() || text.is_empty())
            .collect();
        Some(Self { ranges })
    }

    /// The ranges, sorted and disjoint.
    pub fn ranges(&self) -> &[TextRange] {
        &self.ranges
    }

    /// Whether nothing is touched.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether a range shares a byte (or, when empty, a position) with a touched one.
    pub fn meets(&self, range: TextRange) -> bool {
        self.ranges.iter().any(|touched| {
            let common = touched.intersect(range);
            common.is_some_and(|common| !common.is_empty() || range.is_empty())
        })
    }

    /// Follows the ranges through edits (old range, length of the new text) in
    /// order of position. An edit that meets a range becomes part of it.
    #[must_use]
    pub fn through(&self, edits: &[(TextRange, TextSize)]) -> Self {
        let mut ranges = Vec::with_capacity(self.ranges.len());
        for range in &self.ranges {
            let (mut start, mut end) = (
                i64::from(u32::from(range.start())),
                i64::from(u32::from(range.end())),
            );
            let (mut shift_start, mut shift_end) = (0_i64, 0_i64);
            for (old, new_length) in edits {
                let (from, to) = (
                    i64::from(u32::from(old.start())),
                    i64::from(u32::from(old.end())),
                );
                let delta = i64::from(u32::from(*new_length)) - (to - from);
                if to <= start {
                    shift_start += delta;
                    shift_end += delta;
                } else if from < end {
                    start = start.min(from);
                    shift_end += delta;
                    end = end.max(to);
                }
            }
            let (start, end) = (
                start + shift_start,
                (end + shift_end).max(start + shift_start),
            );
            ranges.push(TextRange::new(from_i64(start), from_i64(end)));
        }
        Self::merged(ranges)
    }

    /// Follows the ranges through edits, and adds what the edits wrote.
    #[must_use]
    pub fn and_edits(&self, edits: &[(TextRange, TextSize)]) -> Self {
        let mut ranges = self.through(edits).ranges;
        let mut shift = 0_i64;
        for (old, length) in edits {
            let start = i64::from(u32::from(old.start())) + shift;
            let length = i64::from(u32::from(*length));
            ranges.push(TextRange::new(from_i64(start), from_i64(start + length)));
            shift += length - i64::from(u32::from(old.len()));
        }
        Self::merged(ranges)
    }

    fn merged(mut ranges: Vec<TextRange>) -> Self {
        ranges.sort_by_key(|range: &TextRange| (range.start(), range.end()));
        let mut merged: Vec<TextRange> = Vec::with_capacity(ranges.len());
        for range in ranges {
            match merged.last_mut() {
                Some(last) if last.end() >= range.start() => *last = last.cover(range),
                _ => merged.push(range),
            }
        }
        Self { ranges: merged }
    }

    /// Follows the ranges from one text to another that some tool made of it, by
    /// comparing their lines.
    #[must_use]
    pub fn across(&self, before: &str, after: &str) -> Self {
        // Lines by `\n` alone, as everywhere where lines are counted here.
        let lines = |text: &'_ str| {
            text.split_inclusive('\n')
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let ops = capture_diff_slices(Algorithm::Patience, &lines(before), &lines(after));
        let starts = |text: &str| -> Vec<usize> {
            std::iter::once(0)
                .chain(line_starts(text))
                .chain([text.len()])
                .collect()
        };
        let (old, new) = (starts(before), starts(after));
        let edits: Vec<(TextRange, TextSize)> = ops
            .iter()
            .filter(|op| op.tag() != DiffTag::Equal)
            .map(|op| {
                let (was, is) = (op.old_range(), op.new_range());
                let range = TextRange::new(size(old[was.start]), size(old[was.end]));
                (range, size(new[is.end] - new[is.start]))
            })
            .collect();
        self.through(&edits)
    }

    /// The touched lines of a text as half-open ranges of 0-based line numbers.
    pub fn lines(&self, text: &str) -> Vec<(u32, u32)> {
        let line_of = |offset: TextSize| {
            let count = text.as_bytes()[..usize::from(offset).min(text.len())]
                .iter()
                .filter(|b| **b == b'\n')
                .count();
            u32::try_from(count).unwrap_or(u32::MAX)
        };
        self.ranges
            .iter()
            .map(|range| {
                let last = if range.is_empty() {
                    range.end()
                } else {
                    range.end() - TextSize::from(1)
                };
                (line_of(range.start()), line_of(last) + 1)
            })
            .collect()
    }
}

/// Offsets at which lines after the first begin.
fn line_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.bytes()
        .enumerate()
        .filter(|(_, byte)| *byte == b'\n')
        .map(|(at, _)| at + 1)
}

fn size(offset: usize) -> TextSize {
    TextSize::try_from(offset).unwrap_or(TextSize::from(u32::MAX))
}

fn from_i64(offset: i64) -> TextSize {
    TextSize::from(u32::try_from(offset.max(0)).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use ruff_text_size::{TextRange, TextSize};

    use super::Touched;
    use crate::fixers::Scope;

    fn range(start: u32, end: u32) -> TextRange {
        TextRange::new(start.into(), end.into())
    }

    #[test]
    fn lines_become_bytes_and_come_back() {
        let text = "aa\nbb\ncc\n";
        let touched = Touched::from_scope(&Scope::Lines(vec![(1, 2)]), text).unwrap();
        assert_eq!(touched.ranges(), [range(3, 6)]);
        assert_eq!(touched.lines(text), [(1, 2)]);
        let past = Touched::from_scope(&Scope::Lines(vec![(7, 9)]), text).unwrap();
        assert!(past.is_empty());
        assert!(Touched::from_scope(&Scope::File, text).is_none());
    }

    #[test]
    fn edits_move_and_grow_ranges() {
        let touched = Touched {
            ranges: vec![range(10, 20)],
        };
        for (edits, expected) in [
            (vec![(range(0, 2), 5)], range(13, 23)),
            (vec![(range(12, 15), 0)], range(10, 17)),
            (vec![(range(8, 12), 1)], range(8, 17)),
            (vec![(range(18, 25), 7)], range(10, 25)),
            (vec![(range(30, 31), 9)], range(10, 20)),
            (vec![(range(0, 10), 0), (range(12, 12), 4)], range(0, 14)),
        ] {
            let edits: Vec<_> = edits
                .into_iter()
                .map(|(old, new): (TextRange, u32)| (old, TextSize::from(new)))
                .collect();
            assert_eq!(touched.through(&edits).ranges(), [expected], "{edits:?}");
        }
    }

    #[test]
    fn neighbours_do_not_meet() {
        let touched = Touched {
            ranges: vec![range(10, 20)],
        };
        assert!(touched.meets(range(19, 30)));
        assert!(touched.meets(range(12, 12)));
        assert!(!touched.meets(range(20, 30)));
        assert!(!touched.meets(range(0, 10)));
    }
}
