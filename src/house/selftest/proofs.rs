//! Every rule proves itself by its examples: in plain text, with other line ends, a byte
//! order mark, another encoding; suppressed; beside an error of syntax; and fixed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::{Bench, Place, expected};
use crate::fixers::Fixed;
use crate::fixers::job::Purpose;
use crate::golden::paths::is_python;
use crate::golden::{Example, Remedy, Rule, registry};

/// Proves something of every example, and says all that fail.
fn each(mut prove: impl FnMut(&Rule, usize, &Example)) {
    let mut failed = Vec::new();
    for rule in registry::all() {
        for (number, example) in rule.proof.iter().enumerate() {
            let proven = catch_unwind(AssertUnwindSafe(|| prove(rule, number, example)));
            if proven.is_err() {
                failed.push(format!("{} example {number}", rule.code));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:?}, see above");
}

fn bench(rule: &Rule, example: &Example) -> Bench {
    Bench::new(rule, example).unwrap()
}

/// Whether a rule looks at single files.
fn of_files(bench: &Bench) -> bool {
    bench.set.looks_at_files()
}

#[test]
fn every_rule_has_violations_and_things_that_look_like_them() {
    for rule in registry::all() {
        let (bad, good): (Vec<&Example>, Vec<&Example>) = rule
            .proof
            .iter()
            .partition(|example| !example.found.is_empty());
        assert!(!bad.is_empty(), "{} shows no violation", rule.code);
        assert!(!good.is_empty(), "{} shows nothing that is none", rule.code);
        if rule.remedy == Remedy::Safe {
            let fixes = bad.iter().any(|example| !example.fixed.is_empty());
            assert!(fixes, "{} shows no fix", rule.code);
        }
    }
}

#[test]
fn violations_are_found_where_they_are() {
    each(|rule, number, example| {
        let places = bench(rule, example).places().unwrap();
        assert_eq!(places, expected(example), "{} example {number}", rule.code);
    });
}

#[test]
fn line_ends_marks_and_encodings_change_nothing() {
    each(|rule, number, example| {
        let mut plain = bench(rule, example);
        if !of_files(&plain) {
            return;
        }
        let lines = |places: Vec<Place>| -> Vec<(String, u32)> {
            places
                .into_iter()
                .map(|(path, line, _)| (path, line))
                .collect()
        };
        let at = lines(plain.places().unwrap());
        let python = is_python;
        let variant = |change: &dyn Fn(&[u8]) -> Vec<u8>| {
            let mut bench = bench(rule, example);
            for (path, bytes) in &mut bench.files {
                if python(path) {
                    *bytes = change(bytes);
                }
            }
            lines(bench.places().unwrap())
        };
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let crlf = variant(&|bytes| text(bytes).replace('\n', "\r\n").into_bytes());
        assert_eq!(crlf, at, "{} example {number}, CRLF", rule.code);
        let marked = variant(&|bytes| [b"\xef\xbb\xbf", bytes].concat());
        assert_eq!(
            marked, at,
            "{} example {number}, byte order mark",
            rule.code
        );
        let ascii = example.files.iter().all(|(_, text)| text.is_ascii());
        let headed = example.files.iter().any(|(_, text)| text.starts_with('#'));
        if ascii && !headed {
            let latin = variant(&|bytes| {
                [b"# coding: latin-1\n".as_slice(), bytes, b"# caf\xe9\n"].concat()
            });
            let moved: Vec<(String, u32)> = at
                .iter()
                .map(|(path, line)| (path.clone(), line + u32::from(python(path))))
                .collect();
            assert_eq!(latin, moved, "{} example {number}, latin-1", rule.code);
        }
    });
}

#[test]
fn a_suppression_with_a_reason_silences_each() {
    each(|rule, number, example| {
        if rule.code == "GR00" {
            return;
        }
        let mut bench = bench(rule, example);
        for (path, bytes) in &mut bench.files {
            if !is_python(path) {
                continue;
            }
            let text = String::from_utf8(bytes.clone()).unwrap();
            let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
            let mut at: Vec<usize> = example
                .found
                .iter()
                .filter(|(of, _, _)| of == path)
                .map(|(_, line, _)| *line as usize - 1)
                .collect();
            at.sort_unstable();
            at.dedup();
            for line in at.into_iter().rev() {
                let indent: String = lines[line].chars().take_while(|c| *c == ' ').collect();
                let comment = format!("{indent}# golden-rule-ignore: {} - proof\n", rule.slug);
                lines.insert(line, comment);
            }
            *bytes = lines.concat().into_bytes();
        }
        let left: Vec<Place> = if rule.level == crate::escalation::Level::Critical {
            // Still listed, and marked as suppressed.
            Vec::new()
        } else {
            // Comments of other languages are none that suppress.
            let mut left = bench.places().unwrap();
            left.retain(|(path, _, _)| is_python(path));
            left
        };
        assert_eq!(left, [], "{} example {number}", rule.code);
    });
}

#[test]
fn an_error_of_syntax_is_said() {
    each(|rule, number, example| {
        let mut bench = bench(rule, example);
        if !of_files(&bench) {
            return;
        }
        let Some((path, bytes)) = bench
            .files
            .iter()
            .find(|(path, _)| is_python(path))
            .cloned()
        else {
            return;
        };
        let broken = [&bytes[..], b"\ndef (:\n"].concat();
        let fixed = bench.run(&path, &broken, Purpose::Check).unwrap();
        let codes: Vec<&str> = fixed
            .findings
            .iter()
            .map(|finding| &*finding.code)
            .collect();
        assert_eq!(codes, ["invalid-syntax"], "{} example {number}", rule.code);
    });
}

#[test]
fn fixes_are_made_once_and_for_all() {
    each(|rule, number, example| {
        if example.fixed.is_empty() {
            return;
        }
        let at = format!("{} example {number}", rule.code);
        let mut bench = bench(rule, example);
        let crlf = |bytes: &[u8]| {
            let text = String::from_utf8(bytes.to_vec()).unwrap();
            text.replace('\n', "\r\n").into_bytes()
        };
        let (path, bytes) = bench.files[0].clone();
        if !is_python(&path) {
            let windows = example.fixed.replace('\n', "\r\n");
            for (before, after) in [
                (bytes.clone(), example.fixed.to_owned()),
                (crlf(&bytes), windows),
            ] {
                bench.files[0].1 = before;
                let mended = mended(&bench, &path);
                assert_eq!(String::from_utf8_lossy(&mended), after, "{at}");
                bench.files[0].1 = mended;
                let left = bench.whole().unwrap();
                let left = left.iter().filter(|(of, _)| *of == path).count();
                assert_eq!(left, 0, "{at}, a second time");
            }
            return;
        }
        let fixed = bench.run(&path, &bytes, Purpose::Fix).unwrap();
        let after = match &fixed.bytes {
            Some(after) => after.clone(),
            None => suggested(&fixed, &bytes),
        };
        assert_eq!(String::from_utf8_lossy(&after), example.fixed, "{at}");
        let windows = bench.run(&path, &crlf(&bytes), Purpose::Fix).unwrap();
        if let Some(windows) = windows.bytes {
            assert_eq!(windows, crlf(&after), "{at}, CRLF");
        }
        let again = bench.run(&path, &after, Purpose::Fix).unwrap();
        assert_eq!(again.bytes, None, "{at}, a second time");
    });
}

/// A file after the fixes of rules about all files: the safe ones, or those that are
/// suggested where none is safe.
fn mended(bench: &Bench, wanted: &str) -> Vec<u8> {
    let violations = bench.whole().unwrap();
    let fixes = violations.iter().filter(|(path, _)| path == wanted);
    let fixes: Vec<_> = fixes.filter_map(|(_, it)| it.fix.as_ref()).collect();
    let any_safe = fixes.iter().any(|fix| fix.remedy == Remedy::Safe);
    let mut edits = crate::golden::Edits::default();
    for fix in fixes
        .iter()
        .filter(|fix| !any_safe || fix.remedy == Remedy::Safe)
    {
        assert!(edits.add(&fix.edits), "{wanted}");
    }
    let text = String::from_utf8(bench.bytes(wanted).unwrap()).unwrap();
    edits.apply(&text).unwrap().into_bytes()
}

/// The text with all suggestions carried out.
fn suggested(fixed: &Fixed, bytes: &[u8]) -> Vec<u8> {
    let mut edits = crate::golden::Edits::default();
    for finding in &fixed.findings {
        if let Some(suggestion) = finding
            .golden
            .as_ref()
            .and_then(|it| it.suggestion.as_ref())
        {
            edits.add(&suggestion.edits);
        }
    }
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    edits.apply(&text).unwrap().into_bytes()
}
