//! What a screen shows, compared with what is kept of it.

use std::path::Path;
use std::time::{Duration, Instant};

use hive_test_support::Pty;

use crate::ground::Ground;
use crate::story::compare;

/// What a screen shows, as a text to compare: what differs from run to run is named.
pub(crate) fn frame(ground: &Ground, pty: &Pty, colour: bool) -> String {
    let shown = if colour {
        pty.shows_colours()
    } else {
        pty.shows()
    };
    let root = ground.sandbox.root().display().to_string();
    let head = ground.head();
    let shown = shown.replace(&head[..7], "3f2a9c1");
    let mut lines: Vec<String> = shown.lines().map(|line| times(line.trim_end())).collect();
    // The first line ends at the right with a text whose length differs.
    if let Some(first) = lines.first_mut()
        && first.contains(&root[..8])
    {
        let words: Vec<&str> = first.split("  ").filter(|word| !word.is_empty()).collect();
        let words: Vec<String> = words
            .iter()
            .map(|word| match word.find('/') {
                Some(at) => format!("{}~/app", &word[..at]),
                None => word.trim().to_owned(),
            })
            .collect();
        *first = words.join("  ");
    }
    let mut text = lines.join("\n").trim_end().to_owned();
    text.push('\n');
    text
}

/// Times of day and numbers of processes made equal, as wide as they are.
fn times(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(':') {
        let bytes = rest.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        if at >= 2 && digit(at - 2) && digit(at - 1) && digit(at + 1) && digit(at + 2) {
            out.push_str(&rest[..at - 2]);
            out.push_str("12:34");
            rest = &rest[at + 3..];
            let second = rest.strip_prefix(':').and_then(|rest| rest.get(..2));
            if second.is_some_and(|second| second.bytes().all(|byte| byte.is_ascii_digit())) {
                out.push_str(":56");
                rest = &rest[3..];
            }
        } else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
        }
    }
    out.push_str(rest);
    let Some(at) = out.find("process ") else {
        return out;
    };
    let (before, after) = out.split_at(at + "process ".len());
    let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
    format!("{before}7{after}")
}

/// Demands that a screen comes to look as what is kept under a name. With `UPDATE=1` it is
/// kept instead.
#[track_caller]
pub(super) fn looks(ground: &Ground, pty: &Pty, name: &str, size: (u16, u16), colour: bool) {
    let how = if colour { "colour" } else { "plain" };
    let name = format!("{name}-{}x{}-{how}.txt", size.0, size.1);
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/people/screens")
        .join(name);
    // A frame comes in pieces: it is right when it is as it should be.
    let expected = std::fs::read_to_string(&file).unwrap_or_default();
    let begun = Instant::now();
    let patience = match std::env::var_os("UPDATE") {
        Some(_) => Duration::from_secs(2),
        None => hive_test_support::PATIENCE,
    };
    while begun.elapsed() < patience && frame(ground, pty, colour) != expected {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    compare(&file, &frame(ground, pty, colour));
}
