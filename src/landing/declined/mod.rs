//! A person's "no" to a landed fix: by what it is known, and which lines it keeps.
//!
//! Pure, but for `past`, which finds in git's history what was taken back. A no is kept
//! per line that the fix took away: the rule, the enclosing function or class, and the
//! line's text without its indentation. So it survives edits everywhere else in the
//! file, a function that moves, and lines that are added around it; it ends when the
//! person changes the line itself.

mod past;
mod rule;
mod spot;

use std::collections::{BTreeMap, BTreeSet};

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices};

pub use past::{No, Past, reverted, withdrawn};
use spot::Said;
pub use spot::Spot;

/// One change of a fix, in said lines (see [`spot::said`]) of the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    old: std::ops::Range<usize>,
    new: std::ops::Range<usize>,
}

/// What a person said no to when they took back the fix that made `after` of `before`:
/// per changed line its rule and spot. `codes` are the rules that the fix was of.
pub fn of_fix(before: &[u8], after: &[u8], codes: &[String]) -> Vec<(String, Spot)> {
    keys(before, after, &hunks(before, after), codes)
}

/// The same for those parts of the fix that `now` has not, although `base` had them: the
/// person took them back in between. Without a base, for those that `now` has not.
///
/// A part is gone where the lines that it changed are again as they were before it. An
/// import that is there again because it is used now is no part that was taken back.
pub fn taken_back(
    (before, after): (&[u8], &[u8]),
    base: Option<&[u8]>,
    now: &[u8],
    codes: &[String],
) -> Vec<(String, Spot)> {
    let lines = spot::said(before);
    let gone: Vec<Hunk> = hunks(before, after)
        .into_iter()
        .filter(|hunk| is_absent(before, hunk, now))
        .filter(|hunk| base.is_none_or(|base| !is_absent(before, hunk, base)))
        .filter(|hunk| {
            let removed = hunk.new.is_empty().then(|| texts(&lines[hunk.old.clone()]));
            removed.is_none_or(|lines| !rule::are_used_imports(&lines, now))
        })
        .collect();
    keys(before, after, &gone, codes)
}

/// What was said no to in one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declined {
    spots: BTreeMap<Spot, BTreeSet<String>>,
}

impl Declined {
    /// From the rules and spots as they were kept.
    pub fn new(keys: impl IntoIterator<Item = (String, Spot)>) -> Self {
        let mut spots: BTreeMap<Spot, BTreeSet<String>> = BTreeMap::new();
        for (rule, spot) in keys {
            spots.entry(spot).or_default().insert(rule);
        }
        Self { spots }
    }

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.spots.is_empty()
    }

    /// The lines of a text that stay as they are, counted from 0, each with the rules
    /// that were declined there.
    pub fn lines(&self, text: &[u8]) -> Vec<(u32, BTreeSet<String>)> {
        if self.is_empty() {
            return Vec::new();
        }
        let lines = spot::said(text);
        spot::spots(&lines)
            .into_iter()
            .zip(lines)
            .filter_map(|(spot, line)| Some((line.number, self.spots.get(&spot)?.clone())))
            .collect()
    }

    /// Whether an import is among the lines that stay as they are.
    pub fn has_imports(&self, text: &[u8]) -> bool {
        let lines = spot::said(text);
        !self.is_empty()
            && spot::spots(&lines)
                .iter()
                .zip(&lines)
                .any(|(spot, line)| rule::is_import(line.text) && self.spots.contains_key(spot))
    }

    /// All lines of a text but those that stay as they are.
    pub fn others(&self, text: &[u8]) -> Vec<(u32, u32)> {
        let count = text.split_inclusive(|byte| *byte == b'\n').count();
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        self.without(text, &[(0, count)])
    }

    /// Takes the lines that stay as they are out of ranges of lines.
    pub fn without(&self, text: &[u8], ranges: &[(u32, u32)]) -> Vec<(u32, u32)> {
        let kept = self.lines(text);
        let mut left = Vec::new();
        for (from, to) in ranges {
            let mut from = *from;
            for (line, _) in kept.iter().filter(|(line, _)| line < to) {
                if *line >= from {
                    left.extend((*line > from).then_some((from, *line)));
                    from = line + 1;
                }
            }
            left.extend((from < *to).then_some((from, *to)));
        }
        left
    }

    /// The rules that were declined for lines which `after` changes all the same.
    pub fn broken(&self, before: &[u8], after: &[u8]) -> BTreeSet<String> {
        let kept = self.lines(before);
        if kept.is_empty() {
            return BTreeSet::new();
        }
        let changed = changed(before, &hunks(before, after));
        kept.into_iter()
            .filter(|(line, _)| changed.contains(line))
            .flat_map(|(_, rules)| rules)
            .collect()
    }
}

/// What differs, where blank lines belong to the next line that is not. Where as many
/// lines replace others, each is a change of its own.
fn hunks(before: &[u8], after: &[u8]) -> Vec<Hunk> {
    let (before, after) = (spot::said(before), spot::said(after));
    diff(&before, &after)
        .iter()
        .filter(|op| op.tag() != DiffTag::Equal)
        .flat_map(|op| {
            let (old, new) = (op.old_range(), op.new_range());
            if old.len() == new.len() {
                old.zip(new)
                    .map(|(old, new)| Hunk {
                        old: old..old + 1,
                        new: new..new + 1,
                    })
                    .collect()
            } else {
                vec![Hunk { old, new }]
            }
        })
        .collect()
}

fn diff(before: &[Said<'_>], after: &[Said<'_>]) -> Vec<DiffOp> {
    let keys = |lines: &[Said<'_>]| -> Vec<(usize, Vec<u8>)> {
        let key = |line: &Said<'_>| (line.blanks, line.text.to_vec());
        lines.iter().map(key).collect()
    };
    capture_diff_slices(Algorithm::Histogram, &keys(before), &keys(after))
}

/// Whether a text has the lines of `hunk` as they were before it. Where the hunk only
/// added lines, those around them have to be neighbours.
fn is_absent(before: &[u8], hunk: &Hunk, text: &[u8]) -> bool {
    let (before, text) = (spot::said(before), spot::said(text));
    let range = if hunk.old.is_empty() {
        hunk.old.start.saturating_sub(1)..(hunk.old.end + 1).min(before.len())
    } else {
        hunk.old.clone()
    };
    diff(&before, &text)
        .iter()
        .filter(|op| op.tag() == DiffTag::Equal)
        .any(|op| op.old_range().start <= range.start && range.end <= op.old_range().end)
}

/// The numbers of the lines by which hunks are known.
fn changed(before: &[u8], hunks: &[Hunk]) -> BTreeSet<u32> {
    let lines = spot::said(before);
    hunks
        .iter()
        .flat_map(|hunk| known_by(&lines, hunk))
        .map(|at| lines[at].number)
        .collect()
}

/// The lines that a hunk takes away or, where it only adds, the next one.
fn known_by(lines: &[Said<'_>], hunk: &Hunk) -> std::ops::Range<usize> {
    if hunk.old.is_empty() {
        hunk.old.end..(hunk.old.end + 1).min(lines.len())
    } else {
        hunk.old.clone()
    }
}

fn texts<'a>(lines: &[Said<'a>]) -> Vec<&'a [u8]> {
    lines.iter().map(|line| line.text).collect()
}

fn keys(before: &[u8], after: &[u8], hunks: &[Hunk], codes: &[String]) -> Vec<(String, Spot)> {
    let (old, new) = (spot::said(before), spot::said(after));
    let spots = spot::spots(&old);
    let (all_old, all_new) = (texts(&old), texts(&new));
    let mut keys = BTreeSet::new();
    for hunk in hunks {
        let (one, other) = (&all_old[hunk.old.clone()], &all_new[hunk.new.clone()]);
        let rules = rule::rules(&all_old, &all_new, one, other, codes);
        for spot in &spots[known_by(&old, hunk)] {
            keys.extend(rules.iter().map(|rule| (rule.clone(), spot.clone())));
        }
    }
    keys.into_iter().collect()
}

#[cfg(test)]
mod tests;
