//! Applying some of the linter's fixes: those that meet certain lines.
//!
//! The program can only fix whole files, so for a scope of lines its fixes are
//! taken from its findings and applied here, a few per round; the next round
//! asks it again. Lines are half-open ranges of 0-based numbers and move with
//! the edits.

use similar::{DiffOp, TextDiff};

use super::findings::{Edit, Fix, Location, Message};

/// A range of lines.
pub(super) type Lines = (u32, u32);

/// Applies fixes of `messages` that are safe and whose edits, and what they are
/// about, meet `lines`. Returns the new text and the moved lines, or `None` if
/// there was nothing to apply.
///
/// Fixes that overlap wait for another round, and so do all but one that only
/// delete: two of them can each be right and leave an empty block together.
pub(super) fn apply(
    text: &str,
    messages: &[Message],
    lines: &[Lines],
) -> Option<(String, Vec<Lines>)> {
    let mut chosen: Vec<(usize, usize, &Edit)> = Vec::new();
    let mut one_deletes = false;
    let mut seen: Vec<&Fix> = Vec::new();
    for message in messages {
        let Some(fix) = message.fix.as_ref() else {
            continue;
        };
        let in_scope = message.cell.is_none()
            && fix.is_safe()
            && fix.edits.iter().all(|edit| meets(rows(edit), lines))
            && !fix.edits.is_empty();
        if !in_scope || seen.contains(&fix) {
            continue;
        }
        let deletes = fix.edits.iter().all(|edit| content(edit).trim().is_empty());
        let spans: Option<Vec<_>> = fix
            .edits
            .iter()
            .map(|edit| {
                Some((
                    offset(text, edit.location)?,
                    offset(text, edit.end_location)?,
                    edit,
                ))
            })
            .collect();
        let Some(spans) = spans else { continue };
        let apart = |(start, end, _): &(usize, usize, &Edit)| {
            chosen.iter().all(|(from, to, _)| end < from || start > to) && start <= end
        };
        // Nor may the edits of one fix overlap: that is no fix of a linter's.
        let mut own: Vec<_> = spans.iter().map(|(start, end, _)| (*start, *end)).collect();
        own.sort_unstable();
        let tangled = own.windows(2).any(|two| two[0].1 > two[1].0);
        if (deletes && one_deletes) || tangled || !spans.iter().all(apart) {
            continue;
        }
        one_deletes |= deletes;
        seen.push(fix);
        chosen.extend(spans);
    }
    if chosen.is_empty() {
        return None;
    }
    // From the end, so that what is before an edit keeps its place.
    chosen.sort_by_key(|(start, ..)| std::cmp::Reverse(*start));
    let mut result = text.to_owned();
    for (start, end, edit) in chosen {
        result.replace_range(start..end, content(edit));
    }
    (result != text).then(|| {
        let moved = follow(text, &result, lines);
        (result, moved)
    })
}

fn content(edit: &Edit) -> &str {
    edit.content.as_deref().unwrap_or_default()
}

/// The 0-based half-open lines that an edit touches. An edit that ends at the
/// start of a line does not touch that line.
fn rows(edit: &Edit) -> Lines {
    let start = edit.location.row.saturating_sub(1);
    let end = edit.end_location.row;
    let end = end.saturating_sub(u32::from(edit.end_location.column == 1));
    (start, end.max(start.saturating_add(1)))
}

pub(super) fn meets(rows: Lines, lines: &[Lines]) -> bool {
    lines.iter().any(|line| rows.0 < line.1 && line.0 < rows.1)
}

/// Where lines are after fixes that met them: unchanged lines where they moved
/// to, and the lines that are new. Lines that are gone leave nothing behind, for
/// what takes their place was not in scope.
fn follow(before: &str, after: &str, lines: &[Lines]) -> Vec<Lines> {
    let number = |line: usize| u32::try_from(line).unwrap_or(u32::MAX);
    let mut moved: Vec<Lines> = Vec::new();
    let mut add = |start: u32, end: u32| match moved.last_mut() {
        Some(last) if last.1 >= start => last.1 = end,
        _ => moved.push((start, end)),
    };
    for op in TextDiff::from_lines(before, after).ops() {
        match *op {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } => {
                let (old, new) = (number(old_index), number(new_index));
                for (start, end) in lines {
                    let (start, end) = ((*start).max(old), (*end).min(old + number(len)));
                    if start < end {
                        add(new + start - old, new + end - old);
                    }
                }
            }
            DiffOp::Insert {
                new_index, new_len, ..
            }
            | DiffOp::Replace {
                new_index, new_len, ..
            } => add(number(new_index), number(new_index + new_len)),
            DiffOp::Delete { .. } => {}
        }
    }
    moved
}

/// The byte offset of a place; columns count characters.
fn offset(text: &str, location: Location) -> Option<usize> {
    let row = usize::try_from(location.row.checked_sub(1)?).ok()?;
    let column = usize::try_from(location.column.checked_sub(1)?).ok()?;
    let start = match row {
        0 => 0,
        row => text.match_indices('\n').nth(row - 1)?.0 + 1,
    };
    let line = &text[start..];
    let line = line.split_once('\n').map_or(line, |(line, _)| line);
    let mut places = line.char_indices().map(|(at, _)| at).chain([line.len()]);
    Some(start + places.nth(column)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Case = (&'static [Lines], Option<(&'static str, &'static [Lines])>);

    fn message(from: (u32, u32), to: (u32, u32), content: &str, applicability: &str) -> Message {
        let place = |(row, column)| Location { row, column };
        Message {
            code: Some("X1".to_owned()),
            text: String::new(),
            filename: "a.py".into(),
            location: place(from),
            end_location: place(to),
            fix: Some(Fix {
                applicability: applicability.to_owned(),
                message: None,
                edits: vec![Edit {
                    content: Some(content.to_owned()),
                    location: place(from),
                    end_location: place(to),
                }],
            }),
            url: None,
            cell: None,
        }
    }

    #[test]
    fn fixes_are_applied_where_they_meet_the_lines() {
        let text = "import os\nä = [1]\nc\nd\n";
        let first = message((1, 1), (2, 1), "", "safe");
        let second = message((2, 5), (2, 8), "(\n1,\n)", "safe");
        let odd = message((3, 1), (3, 2), "x", "unsafe");
        let all = [first.clone(), second.clone(), odd];
        let cases: &[Case] = &[
            (&[(0, 1)], Some(("ä = [1]\nc\nd\n", &[]))),
            (
                &[(1, 2)],
                Some(("import os\nä = (\n1,\n)\nc\nd\n", &[(1, 4)])),
            ),
            (
                &[(1, 2), (3, 4)],
                Some(("import os\nä = (\n1,\n)\nc\nd\n", &[(1, 4), (5, 6)])),
            ),
            (&[(0, 4)], Some(("ä = (\n1,\n)\nc\nd\n", &[(0, 5)]))),
            (&[(2, 3)], None),
            (&[(3, 4)], None),
        ];
        for (lines, expected) in cases {
            let result = apply(text, &all, lines);
            let result = result
                .as_ref()
                .map(|(text, lines)| (text.as_str(), &lines[..]));
            assert_eq!(result, *expected, "{lines:?}");
        }
        let deletions = [first, message((3, 1), (4, 1), "", "safe")];
        let (once, lines) = apply(text, &deletions, &[(0, 4)]).expect("a deletion");
        assert_eq!(
            (once.as_str(), &lines[..]),
            ("ä = [1]\nc\nd\n", &[(0, 3)][..])
        );
    }

    /// A tool may say anything; a row 0 made this panic, and so did edits of one fix that
    /// overlap.
    #[test]
    fn whatever_a_tool_says_is_applied_or_left() {
        hive_test_support::property("edits", 3_000, 512, |u| {
            let text =
                hive_test_support::mutated(u, &["import os\nä = [1]\n\tc\r\nd"], &["\n", "ä"])?;
            let place = |u: &mut hive_test_support::Unstructured<'_>| -> hive_test_support::arbitrary::Result<Location> {
                let number = |u: &mut hive_test_support::Unstructured<'_>| {
                    Ok(if u.ratio(1, 10)? { *u.choose(&[u32::MAX, 1 << 31])? } else { u.int_in_range(0..=6)? })
                };
                Ok(Location { row: number(u)?, column: number(u)? })
            };
            let mut messages = Vec::new();
            for _ in 0..u.int_in_range(1..=4)? {
                let mut one = message((1, 1), (1, 2), "", "safe");
                let mut edits = Vec::new();
                for _ in 0..u.int_in_range(0..=3)? {
                    let content = *u.choose(&[None, Some(""), Some("x"), Some("a\nb\n")])?;
                    edits.push(Edit {
                        content: content.map(str::to_owned),
                        location: place(u)?,
                        end_location: place(u)?,
                    });
                }
                if let Some(fix) = one.fix.as_mut() {
                    fix.edits = edits;
                }
                messages.push(one);
            }
            let lines = [(u.int_in_range(0..=3)?, u.int_in_range(1..=9)?)];
            if let Some((after, moved)) = apply(&text, &messages, &lines) {
                assert_ne!(after, text);
                let mut last = 0;
                for (from, to) in moved {
                    assert!(from >= last && from < to, "{from}..{to}");
                    last = to;
                }
            }
            Ok(())
        });
    }

    #[test]
    fn a_place_beyond_the_text_is_no_place() {
        let place = |row, column| offset("ab\nc", Location { row, column });
        assert_eq!(place(1, 3), Some(2));
        assert_eq!(place(2, 2), Some(4));
        assert_eq!(
            (place(1, 4), place(3, 1), place(0, 1), place(1, 0)),
            (None, None, None, None)
        );
    }
}
