//! Applies the fixes of one lint pass.
//!
//! Which of two overlapping fixes goes first decides the bytes that come out, so
//! the order is ruff's own (`ruff_linter::fix`): redefinitions before everything,
//! then by start, then a few pairs of rules; a fix that overlaps an applied one
//! waits for the next pass, and so does a second fix of an isolation group.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use ruff_db::diagnostic::Diagnostic;
use ruff_diagnostics::{Edit, Fix, IsolationLevel, SourceMap};
use ruff_linter::registry::Rule;
use ruff_text_size::{Ranged, TextLen, TextRange, TextSize};

/// What one pass of fixes made of a text.
pub struct Applied<'a> {
    /// The findings whose fixes were applied.
    pub done: Vec<&'a Diagnostic>,
    /// The new text.
    pub text: String,
    /// How many fixes of each code were applied.
    pub counts: BTreeMap<String, u32>,
    /// The edits made, in order of position: old range and length of the new text.
    pub edits: Vec<(TextRange, TextSize)>,
    /// The positions for notebooks, whose cells have to be cut again.
    pub map: SourceMap,
}

/// Applies the fixes of `chosen` to `text`. Returns `None` when there are none.
pub fn apply<'a>(
    text: &str,
    chosen: impl IntoIterator<Item = &'a Diagnostic>,
) -> Option<Applied<'a>> {
    let mut fixes: Vec<(&Diagnostic, &str, &Fix)> = chosen
        .into_iter()
        .filter_map(|finding| {
            let code = finding.secondary_code()?;
            Some((finding, code.as_str(), finding.fix()?))
        })
        .collect();
    if fixes.is_empty() {
        return None;
    }
    fixes.sort_by(|(one, _, first), (two, _, second)| order(one.name(), two.name(), first, second));

    let mut out = String::with_capacity(text.len());
    let mut map = SourceMap::default();
    let mut last: Option<TextSize> = None;
    let mut done: BTreeSet<&Edit> = BTreeSet::new();
    let mut isolated: HashSet<u32> = HashSet::new();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut edits = Vec::new();
    let mut applied = Vec::new();

    for (finding, code, fix) in fixes {
        let fresh: Vec<&Edit> = fix
            .edits()
            .iter()
            .filter(|edit| !done.contains(edit))
            .collect();
        if let Some(first) = fresh.first() {
            if let IsolationLevel::Group(group) = fix.isolation()
                && !isolated.insert(group)
            {
                continue;
            }
            if last.is_some_and(|last| last >= first.start()) {
                continue;
            }
        }
        for edit in fresh {
            let kept = TextRange::new(last.unwrap_or_default(), edit.start());
            out.push_str(&text[kept]);
            map.push_start_marker(edit, out.text_len());
            let replacement = edit.content().unwrap_or_default();
            out.push_str(replacement);
            map.push_end_marker(edit, out.text_len());
            edits.push((edit.range(), replacement.text_len()));
            last = Some(edit.end());
            done.insert(edit);
        }
        *counts.entry(code.to_owned()).or_default() += 1;
        applied.push(finding);
    }
    out.push_str(&text[usize::from(last.unwrap_or_default())..]);
    Some(Applied {
        done: applied,
        text: out,
        counts,
        edits,
        map,
    })
}

/// ruff's order of fixes within a pass.
fn order(one: &str, two: &str, first: &Fix, second: &Fix) -> Ordering {
    let name = |rule: Rule| rule.name().as_str();
    let redefinition = name(Rule::RedefinedWhileUnused);
    let rank = |rule: &str| u8::from(rule != redefinition);
    rank(one)
        .cmp(&rank(two))
        .then_with(|| first.min_start().cmp(&second.min_start()))
        .then_with(|| {
            let pairs = [
                (
                    name(Rule::MissingTrailingPeriod),
                    name(Rule::NewLineAfterLastParagraph),
                ),
                (
                    name(Rule::IfElseBlockInsteadOfDictGet),
                    name(Rule::IfElseBlockInsteadOfIfExp),
                ),
            ];
            for (before, after) in pairs {
                if (one, two) == (before, after) {
                    return Ordering::Less;
                }
                if (one, two) == (after, before) {
                    return Ordering::Greater;
                }
            }
            Ordering::Equal
        })
}
