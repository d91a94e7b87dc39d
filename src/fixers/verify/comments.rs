//! Whether every comment is still there.
//!
//! The syntax tree knows no comments, and a formatter that loses one loses
//! somebody's work, so they are compared as a multiset of texts. Their order is
//! left free: a formatter may have to move one past a bracket. `#` signs and
//! space around them do not count (`#x` becomes `# x`), and part what stands
//! between them, for black joins the comments of lines that it joins
//! (`# x  # y`).

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::{Changes, Rejection, line_of};

pub(super) fn kept(
    old: &Tokens,
    before: &str,
    new: &Tokens,
    after: &str,
    changes: Changes,
) -> Result<(), Rejection> {
    let mut counts: FxHashMap<&str, i32> = FxHashMap::default();
    for (_, text) in comments(new, after) {
        *counts.entry(text).or_default() += 1;
    }
    let mut missing = Vec::new();
    for (range, text) in comments(old, before) {
        let count = counts.entry(text).or_default();
        *count -= 1;
        if *count < 0 {
            missing.push((range, text));
        }
    }
    let imports = changes == Changes::Imports;
    for (range, text) in missing {
        // Sorted imports that are joined get their comments joined, and equal
        // comments become one; an added heading may be a comment, too.
        let joined = || comments(new, after).any(|(_, longer)| longer.contains(text));
        if !(imports && joined()) {
            return Err(Rejection::Comment {
                what: "a comment is lost",
                text: text.to_owned(),
                line: line_of(before, range.start()),
            });
        }
    }
    if imports {
        return Ok(());
    }
    let added =
        comments(new, after).find(|(_, text)| counts.get(text).is_some_and(|count| *count > 0));
    match added {
        None => Ok(()),
        Some((range, text)) => Err(Rejection::Comment {
            what: "a comment has appeared",
            text: text.to_owned(),
            line: line_of(after, range.start()),
        }),
    }
}

/// The texts between `#` signs, with the ranges of their comments.
fn comments<'a>(tokens: &'a Tokens, text: &'a str) -> impl Iterator<Item = (TextRange, &'a str)> {
    tokens
        .iter()
        .filter(|token| token.kind() == TokenKind::Comment)
        .flat_map(|token| {
            let parts = text[token.range()].split('#').map(str::trim);
            parts
                .filter(|part| !part.is_empty())
                .map(|part| (token.range(), part))
        })
}
