//! What a question that has ended teaches: what changed at its place.

use similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::clock;
use crate::escalation::{CONFLICT, Ending, Escalation, Precedent, State, Words, words};
use crate::repo::Oid;
use crate::repo::objects::Objects;
use crate::report::unified;

/// How many lines away from its place a change still belongs to a question.
const NEAR: usize = 3;

/// The lesson of a question whose cause went with a commit that `tip` reaches: the
/// difference at its place between the content that it was asked about and the tip's.
/// `None` if that cannot be read, or shows no change there.
pub fn of_commit(objects: &Objects, tip: &Oid, one: &Escalation) -> Option<(Precedent, Words)> {
    let question = &one.question;
    if question.rule == CONFLICT {
        // That edits were committed tells nothing about the next ones.
        return None;
    }
    let blob = |commit: &Oid| {
        let (oid, _) = objects.blob_at(commit, &question.path).ok()??;
        objects.blob(&oid).ok()
    };
    of_change(&blob(&question.commit?)?, &blob(tip)?, one)
}

/// The lesson of a change from `before`, in which the question was asked, to `after`.
/// `None` if nothing changed at its place and nobody has written a note.
pub fn of_change(before: &[u8], after: &[u8], one: &Escalation) -> Option<(Precedent, Words)> {
    let line = place(before, one);
    let patch = region(one.question.path.as_str(), before, after, line);
    if patch.is_none() && one.note.is_none() {
        return None;
    }
    Some(lesson(before, line, patch, one))
}

/// The lesson of a question whose own patch was taken, or that ended by a word.
pub fn of_word(before: &[u8], patch: Option<String>, one: &Escalation) -> (Precedent, Words) {
    lesson(before, place(before, one), patch, one)
}

/// The words by which past cases like a question are found; `text` is the file that it
/// is about, empty where that cannot be read.
pub fn words_of(text: &[u8], one: &Escalation) -> Words {
    let (code, at) = code(text, place(text, one), one);
    Words::of(&one.question.rule, &one.question.reason, &code, at)
}

fn lesson(before: &[u8], line: u32, patch: Option<String>, one: &Escalation) -> (Precedent, Words) {
    let question = &one.question;
    let (code, at) = code(before, line, one);
    let words = Words::of(&question.rule, &question.reason, &code, at);
    let at_ms = match one.state {
        State::Resolved { at_ms } | State::Dismissed { at_ms } => at_ms,
        State::Open | State::Snoozed { .. } => clock::wall_ms(),
    };
    let precedent = Precedent {
        escalation: one.id,
        rule: question.rule.clone(),
        path: question.path.clone(),
        symbol: question.symbol.clone(),
        message: question.reason.clone(),
        code,
        ending: one.ending.unwrap_or(Ending::Gone),
        note: one.note.clone(),
        patch,
        at_ms,
    };
    (precedent, words)
}

/// The code around a place; without one, the question's own snippet.
fn code(text: &[u8], line: u32, one: &Escalation) -> (String, usize) {
    let (code, at) = words::around(&String::from_utf8_lossy(text), line);
    if code.is_empty() {
        (one.question.snippet.clone(), 0)
    } else {
        (code, at)
    }
}

/// The line of a question in a text, counted from 1: where its snippet is, as near as may
/// be to where it was; 0 if it is about no line.
pub fn place(text: &[u8], one: &Escalation) -> u32 {
    let line = one.question.line;
    let snippet = one
        .question
        .snippet
        .lines()
        .next()
        .unwrap_or_default()
        .trim();
    if line == 0 || snippet.is_empty() {
        return line;
    }
    let text = String::from_utf8_lossy(text);
    let same = text
        .lines()
        .zip(1_u32..)
        .filter(|(there, _)| there.trim() == snippet);
    let nearest = same.min_by_key(|(_, number)| number.abs_diff(line));
    nearest.map_or(line, |(_, number)| number)
}

/// The changes near a line, as a unified diff; all of them for a question about a whole
/// file. `None` without any.
fn region(path: &str, before: &[u8], after: &[u8], line: u32) -> Option<String> {
    let lines = |bytes: &'_ [u8]| -> Vec<Vec<u8>> {
        bytes
            .split_inclusive(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect()
    };
    let (old, new) = (lines(before), lines(after));
    let near = |range: &std::ops::Range<usize>| {
        let at = usize::try_from(line).unwrap_or(0);
        line == 0 || (range.start < at + NEAR && at <= range.end + NEAR)
    };
    let mut wanted: Vec<u8> = Vec::new();
    let mut changed = false;
    for op in capture_diff_slices(Algorithm::Histogram, &old, &new) {
        let take = op.tag() == DiffTag::Equal || !near(&op.old_range());
        if take {
            wanted.extend(old[op.old_range()].iter().flatten());
        } else {
            changed = true;
            wanted.extend(new[op.new_range()].iter().flatten());
        }
    }
    let patch = || String::from_utf8_lossy(&unified(path, before, &wanted)).into_owned();
    changed.then(patch)
}

#[cfg(test)]
mod tests {
    use super::region;

    #[test]
    fn only_what_changed_at_the_place_is_learnt() {
        let lines: Vec<String> = (1..=40).map(|at| format!("line {at}\n")).collect();
        let before = lines.concat();
        let after = before
            .replace("line 3\n", "LINE 3\n")
            .replace("line 20\n", "LINE 20\n");
        let patch = region("a.py", before.as_bytes(), after.as_bytes(), 20).unwrap();
        assert!(
            patch.contains("+LINE 20") && !patch.contains("LINE 3\n"),
            "{patch}"
        );
        assert_eq!(
            region("a.py", before.as_bytes(), after.as_bytes(), 30),
            None
        );
        let all = region("a.py", before.as_bytes(), after.as_bytes(), 0).unwrap();
        assert!(
            all.contains("LINE 3\n") && all.contains("LINE 20\n"),
            "{all}"
        );
    }
}
