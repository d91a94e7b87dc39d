//! `hive fix` and `hive check` as a user meets them: the real binary, real
//! repositories, whole outputs.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test of the binary starts the binary, says how long it took, and its helpers fail it"
)]

mod choosing;
mod filter;
mod formats;
mod frozen;
mod judging;
mod memo;
mod monorepo;
mod paths;
mod pipes;
mod poison;
mod projects;
mod said;
mod scope;
mod stopping;
mod talk;
mod tool;
mod trust;
mod whole;
mod writing;

use hive_test_support::Sandbox;

/// A fresh repository.
fn repository() -> Sandbox {
    Sandbox::repository(env!("CARGO_BIN_EXE_hive"))
}

/// A place outside any repository.
fn nowhere() -> Sandbox {
    Sandbox::new(env!("CARGO_BIN_EXE_hive"))
}

/// The text with every `in 12 ms` and `in 1.2 s` as `in TIME`.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(" in ") {
        let (before, after) = rest.split_at(at + 4);
        out.push_str(before);
        let number = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let unit = number
            .strip_prefix(" ms")
            .or_else(|| number.strip_prefix(" s"));
        match unit {
            Some(unit) if number.len() < after.len() => {
                out.push_str("TIME");
                rest = unit;
            }
            _ => rest = after,
        }
    }
    out + rest
}

/// Everything a command said, with times taken out: exit code, output, errors.
#[derive(Debug, PartialEq, Eq)]
struct Said(Option<i32>, String, String);

fn said(ran: &hive_test_support::Ran) -> Said {
    Said(ran.code, ran.stdout.clone(), timeless(&ran.stderr))
}

fn expected(code: i32, out: &str, err: &str) -> Said {
    Said(Some(code), out.to_owned(), err.to_owned())
}

#[test]
fn times_are_taken_out() {
    assert_eq!(
        timeless("1 finding in 1 file (2 files in 99 ms, x) in 1.5 s"),
        "1 finding in 1 file (2 files in TIME, x) in TIME"
    );
}
