//! How deeply a text may nest, before anybody parses it.
//!
//! Pure. Parsing, walking and dropping a syntax tree take stack for every level, and a
//! stack that overflows ends the process. A text of 200,000 minus signs is legal Python.
//!
//! The bound comes in two steps, since nearly every file is harmless. [`bound`] counts the
//! bytes that can make a level at all, at the speed of memory. Only where there are more
//! than [`DEEPEST`] of them does [`exceeds`] run the lexer, which needs no stack, and adds
//! up what can really lie in each other. `CPython` itself gives up at 200 parentheses, 100
//! blocks and a few thousand operators.

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::Mode;
use ruff_python_parser::lexer::lex;

/// The most levels that a text may have.
pub(super) const DEEPEST: usize = 20_000;

/// How many levels a text has at most; `None` if there can be more than [`DEEPEST`].
pub(super) fn depth(text: &str) -> Option<usize> {
    let bound = bound(text.as_bytes());
    if bound > DEEPEST && exceeds(text, DEEPEST) {
        return None;
    }
    Some(bound.min(DEEPEST))
}

/// No text has more levels than this: each level needs a bracket, an operator, a dot, a
/// colon, a keyword or a line that is indented more than the one before.
///
/// Of keywords two letters are counted that all of one kind have: `not`, `if` (as in
/// `elif` and in `else`'s condition), `lambda`, `await`, `yield`, `async`.
fn bound(text: &[u8]) -> usize {
    if text.len() <= DEEPEST {
        return text.len();
    }
    // One byte more than a stretch, since pairs are counted; sums of bytes over short
    // stretches, without branches, so that the compiler can use vectors.
    let mut total = 0;
    let mut begin = 0;
    while begin + 1 < text.len() {
        let end = (begin + STRETCH).min(text.len() - 1);
        let (these, next) = (&text[begin..end], &text[begin + 1..=end]);
        let sum: u8 = these.iter().zip(next).map(|(a, b)| counts(*a, *b)).sum();
        total += usize::from(sum);
        begin = end;
    }
    // The last byte has none after it.
    total + 1
}

/// How many pairs of bytes are counted in a byte.
const STRETCH: usize = 128;

/// 1 for a byte that can make a level, alone or with the one after it.
#[expect(
    clippy::needless_bitwise_bool,
    reason = "a lazy operator is a branch, and keeps the compiler from vectors"
)]
fn counts(this: u8, next: u8) -> u8 {
    let among = |ranges: &[(u8, u8)]| {
        let inside = |&(low, high): &(u8, u8)| this.wrapping_sub(low) <= high - low;
        ranges.iter().fold(false, |any, range| any | inside(range))
    };
    // `%&`, `(`, `*+`, `-./`, `:`, `<=>`, `@`, `[`, `^`, `{|`, `~`.
    let sign = among(&[
        (b'%', b'&'),
        (b'(', b'('),
        (b'*', b'+'),
        (b'-', b'/'),
        (b':', b':'),
        (b'<', b'>'),
        (b'@', b'@'),
        (b'[', b'['),
        (b'^', b'^'),
        (b'{', b'|'),
        (b'~', b'~'),
    ]);
    let pair = |a: u8, b: u8| (this == a) & (next == b);
    let word = pair(b'o', b't')
        | pair(b'i', b'f')
        | pair(b'i', b'e')
        | pair(b'm', b'b')
        | pair(b'w', b'a')
        | pair(b'a', b's');
    u8::from(sign | word)
}

/// Whether the tokens of a text can lie in each other more than `most` times.
///
/// What is open (brackets, interpolated strings, blocks) lies around what comes, and at
/// each of these levels every operator since the last comma or statement may.
fn exceeds(text: &str, most: usize) -> bool {
    let mut lexer = lex(text, Mode::Module);
    let mut blocks = 0_usize;
    // Operators at each open level; their sum and the number of levels are the depth.
    let mut open = vec![0_usize];
    let mut depth = 0_usize;
    loop {
        let token = lexer.next_token();
        let chain = open.last_mut();
        match token {
            TokenKind::EndOfFile => return false,
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => {
                open.push(0);
                depth += 1;
            }
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if open.len() > 1 {
                    depth -= open.pop().unwrap_or(0) + 1;
                }
                // `f()()()` lies in itself to the left.
                if let Some(chain) = open.last_mut() {
                    *chain += 1;
                    depth += 1;
                }
            }
            TokenKind::Comma | TokenKind::Newline | TokenKind::Semi => {
                if let Some(chain) = chain {
                    depth -= std::mem::take(chain);
                }
            }
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::Complex
            | TokenKind::String
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline => {}
            _ => {
                if let Some(chain) = chain {
                    *chain += 1;
                    depth += 1;
                }
            }
        }
        if depth + blocks > most {
            return true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, bound, depth, exceeds};

    #[test]
    fn every_way_into_the_deep_is_seen() {
        let n = DEEPEST + 10;
        let chain = |part: &str| format!("x = {}y\n", part.repeat(n));
        let around =
            |open: &str, close: &str| format!("x = {}y{}\n", open.repeat(n), close.repeat(n));
        for (name, text) in [
            ("minus", chain("-")),
            ("not", chain("not ")),
            ("plus", chain("y+")),
            ("power", chain("y**")),
            ("lambda", chain("lambda:")),
            ("await", chain("await ")),
            ("choice", chain("y if y else ")),
            ("attribute", format!("x = y{}\n", ".y".repeat(n))),
            ("call", format!("x = y{}\n", "()".repeat(n))),
            ("subscript", format!("x = y{}\n", "[y]".repeat(n))),
            ("parentheses", around("(", ")")),
            ("open", format!("x = {}\n", "(".repeat(n))),
            ("braces", around("{", "}")),
            ("lines", format!("x = ({}y)\n", "not\n".repeat(n))),
            ("commas", around("[y, ", "]")),
            ("strings", format!("x = {}\n", "f\"{".repeat(n))),
            ("walrus", chain("y:=")),
            ("async", format!("{}x\n", "async ".repeat(n))),
            ("yield", chain("yield ")),
        ] {
            assert_eq!(depth(&text), None, "{name}");
        }
    }

    #[test]
    fn long_is_not_deep() {
        let n = 3 * DEEPEST;
        for (name, text) in [
            ("list", format!("x = [{}]\n", "-1, ".repeat(n))),
            ("statements", "x = (-y.z)\n".repeat(n)),
            ("text", format!("'''{}'''\n", "((((-.:".repeat(n))),
            ("comment", format!("# {}\n", "(".repeat(n))),
            ("branches", format!("if x: y\n{}", "elif x: y\n".repeat(n))),
        ] {
            assert!(bound(text.as_bytes()) > DEEPEST, "{name} is not worth it");
            assert!(depth(&text).is_some(), "{name}");
        }
    }

    #[test]
    fn blocks_count() {
        use std::fmt::Write as _;
        let mut text = String::new();
        for level in 0..50 {
            let _ = writeln!(text, "{}if x:", " ".repeat(level));
        }
        assert!(exceeds(&text, 40));
        assert!(!exceeds(&text, 60));
    }
}
