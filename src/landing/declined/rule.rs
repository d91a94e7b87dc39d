//! Which of a fix's rules made one of its changes. Pure.
//!
//! The tools say which rules they applied to a file, not where: their changes lie on
//! top of each other. What a change looks like tells enough: a no that is kept under one
//! rule too many keeps a line as it is, no more.

use std::collections::BTreeSet;

/// Import sorting.
const SORTING: &str = "I001";
/// Formatting.
const LAYOUT: &str = "format";
/// Rules that only change imports.
const IMPORTS: [&str; 3] = ["F401", "F811", "E401"];

/// The rules that may have made `new` of `old`, lines of the texts `before` and
/// `after`; at least one.
pub(super) fn rules(
    before: &[&[u8]],
    after: &[&[u8]],
    old: &[&[u8]],
    new: &[&[u8]],
    codes: &[String],
) -> Vec<String> {
    let has = |code: &str| codes.iter().any(|one| one == code);
    let one = |code: &str| vec![code.to_owned()];
    if squeezed(old) == squeezed(new) {
        let code = if has(LAYOUT) || !has(SORTING) {
            LAYOUT
        } else {
            SORTING
        };
        return one(code);
    }
    let among = |lines: &[&[u8]], text: &[&[u8]]| lines.iter().all(|line| text.contains(line));
    let about_imports = old.iter().chain(new).all(|line| is_import(line));
    if about_imports && has(SORTING) && among(old, after) && among(new, before) {
        return one(SORTING);
    }
    let wanted = |code: &&String| {
        let code = code.as_str();
        code != LAYOUT && code != SORTING && (about_imports || !IMPORTS.contains(&code))
    };
    let found: BTreeSet<String> = codes.iter().filter(wanted).cloned().collect();
    if !found.is_empty() {
        return found.into_iter().collect();
    }
    if about_imports && has(SORTING) {
        return one(SORTING);
    }
    one(LAYOUT)
}

/// Whether lines are imports of names that a text uses beside importing them.
pub(super) fn are_used_imports(lines: &[&[u8]], text: &[u8]) -> bool {
    let code: Vec<&[u8]> = text
        .split(|byte| *byte == b'\n')
        .filter(|line| !is_import(line))
        .collect();
    lines.iter().any(|line| {
        is_import(line)
            && bound(line).iter().any(|name| {
                code.iter()
                    .any(|line| words(line).any(|word| word == *name))
            })
    })
}

/// The text without what formatting adds, takes and exchanges.
fn squeezed(lines: &[&[u8]]) -> Vec<u8> {
    lines
        .concat()
        .into_iter()
        .filter(|byte| !byte.is_ascii_whitespace() && !b"\"'(),\\".contains(byte))
        .collect()
}

/// Whether a line begins an import.
pub(super) fn is_import(line: &[u8]) -> bool {
    let line = line.trim_ascii_start();
    line.is_empty() || line.starts_with(b"import ") || line.starts_with(b"from ")
}

/// The names that an import binds.
fn bound(line: &[u8]) -> Vec<&[u8]> {
    let names = line
        .windows(7)
        .position(|part| part == b"import ")
        .map_or(&line[..0], |at| &line[at + 7..]);
    names
        .split(|byte| *byte == b',')
        .filter_map(|name| {
            if name.windows(4).any(|part| part == b" as ") {
                words(name).last()
            } else {
                words(name).next()
            }
        })
        .collect()
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_' && *byte < 128)
        .filter(|word| !word.is_empty())
}
