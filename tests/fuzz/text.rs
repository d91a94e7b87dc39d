//! Texts: merges, messages, patterns, encodings, names.

use std::collections::BTreeMap;
use std::path::Path;

use hive::fixers::encoding;
use hive::intake::aside::Aside;
use hive::intake::skip;
use hive::intake::walk::Found;
use hive::landing::message::{Template, TicketPattern, trailers};
use hive::landing::reconcile::merge;
use hive::repo::baseline::touched_lines;
use hive::repo::{Oid, RepoPath};
use hive_test_support::{Unstructured, arbitrary, mutated, property};

/// A text of few different lines, so that they repeat and collide.
fn lines(u: &mut Unstructured<'_>) -> arbitrary::Result<Vec<u8>> {
    let mut text = Vec::new();
    for _ in 0..u.int_in_range(0..=12)? {
        let line: &[u8] = u.choose(&[
            &b"a"[..],
            b"b",
            b"c",
            b"",
            b"<<<<<<< x",
            b"=======",
            b">>>>>>> y",
            b"|||||||",
            b"\xff\xfe",
            b"    a",
        ])?;
        let end: &[u8] = u.choose(&[&b"\n"[..], b"\n", b"\n", b"\r\n", b"\r"])?;
        text.extend_from_slice(line);
        text.extend_from_slice(end);
    }
    if u.ratio(1, 4)? {
        text.extend_from_slice(b"last");
    }
    Ok(text)
}

fn counts(text: &[u8]) -> BTreeMap<&[u8], i64> {
    let mut counts = BTreeMap::new();
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

#[test]
fn merges() {
    property("merge", 6_000, 256, |u| {
        let (base, ours, theirs) = (lines(u)?, lines(u)?, lines(u)?);
        assert_eq!(merge(&base, &ours, &base).unwrap(), ours);
        assert_eq!(merge(&base, &base, &theirs).unwrap(), theirs);
        assert_eq!(merge(&base, &ours, &ours).unwrap(), ours);
        let Ok(merged) = merge(&base, &ours, &theirs) else {
            return Ok(());
        };
        let of = |text: &[u8], line: &[u8]| counts(text).get(line).copied().unwrap_or(0);
        for line in counts(&merged)
            .keys()
            .chain(counts(&ours).keys())
            .chain(counts(&theirs).keys())
        {
            if line.trim_ascii().is_empty() {
                continue;
            }
            let [base, ours, theirs, merged] =
                [&base, &ours, &theirs, &merged].map(|text| of(text, line));
            let line = String::from_utf8_lossy(line);
            // Nothing is made up (no marker of a conflict, above all), and nothing that
            // one side added while the other left it alone is lost.
            assert!(
                merged <= ours.max(theirs).max(ours + theirs - base),
                "{line} is made up"
            );
            if ours > base && theirs >= base {
                assert!(merged >= ours, "{line} of ours is lost");
            }
            if theirs > base && ours >= base {
                assert!(merged >= theirs, "{line} of theirs is lost");
            }
        }
        Ok(())
    });
}

#[test]
fn touched() {
    property("touched-lines", 4_000, 256, |u| {
        let (old, new) = (lines(u)?, lines(u)?);
        let touched = touched_lines(&old, &new);
        let count = u32::try_from(new.split_inclusive(|byte| *byte == b'\n').count()).unwrap();
        let mut last = 0;
        for (from, to) in &touched {
            assert!(
                *from >= last && from < to && *to <= count,
                "{touched:?} of {count}"
            );
            last = *to;
        }
        if old == new {
            assert!(touched.is_empty());
        }
        Ok(())
    });
}

#[test]
fn messages() {
    const MESSAGES: [&str; 3] = [
        "chore(qa): auto-fix 3 violations in 1 file [QA-1]\n\nF401 ×2, format\na.py\n\nHive-Worker: QA-1\nHive-Task: 184, 185\nHive-Source: 3f2a9c1\n",
        "ABC-1: subject\n\nbody\n\nSigned-off-by: A <a@b>\nHive-Worker: QA-1\nHive-Worker: QA-2\n",
        "Hive-Task:\nHive-Task: 99999999999999999999\nHive-Worker:\n",
    ];
    property("messages", 4_000, 512, |u| {
        let text = mutated(
            u,
            &MESSAGES,
            &[
                "Hive-Worker: ",
                "Hive-Task: ",
                "\n\n",
                ": ",
                ",",
                "\r\n",
                "\u{1b}[31m",
            ],
        )?;
        let _ = trailers(&text);
        let template = mutated(
            u,
            &["chore({stage}): auto-fix {count} in {files} [{worker}]"],
            &["{", "}", "{{", "{stage}", "{worker}", "\n"],
        )?;
        let _ = Template::parse(&template);
        let ticket = mutated(
            u,
            &["^[A-Z]+-\\d+: "],
            &["(", ")", "(a+)+", "\\", "[", "{9999}", "(?=", "*"],
        )?;
        let _ = TicketPattern::parse(&ticket);
        Ok(())
    });
}

#[test]
fn patterns() {
    property("patterns", 3_000, 512, |u| {
        let path = mutated(
            u,
            &["src/app/a.py", "a.py", "tests/test_x.pyi"],
            &["/", "..", "a", "\n"],
        )?;
        let glob = mutated(
            u,
            &["src/**/*.py", "{a,b}/*.py", "[a-z]*.py"],
            &["**", "{", "}", "[", "]", "!", "\\", ",", "*"],
        )?;
        // Patterns of settings; those of tools come with the evidence.
        if let Ok(aside) = Aside::new(Path::new("/work"), &[glob]) {
            let found = Found {
                path: Path::new("/work").join(&path),
                root: "/work".into(),
                symlink: false,
            };
            let _ = aside.reason(&found, None);
        }
        let _ = skip::by_name(Path::new(&path));
        Ok(())
    });
}

#[test]
fn encodings() {
    const CODED: [&str; 4] = [
        "# -*- coding: latin-1 -*-\nx = 'a'\n",
        "#!/usr/bin/python\n# coding=utf-8\nx = 1\n",
        "\u{feff}x = 1\n",
        "# vim: set fileencoding=shift_jis :\n",
    ];
    property("encodings", 4_000, 512, |u| {
        let mut bytes = mutated(
            u,
            &CODED,
            &[
                "coding:", "coding=", "utf-16", "utf-7", "cp1252", "\u{feff}", "ä",
            ],
        )?
        .into_bytes();
        for _ in 0..u.int_in_range(0..=3)? {
            let at = u.int_in_range(0..=bytes.len())?;
            bytes.insert(at, u.arbitrary()?);
        }
        let _ = skip::by_content(&bytes);
        if let Ok((text, coding)) = encoding::decode(&bytes) {
            // What is decoded and left alone is the same file again, or is refused.
            if let Ok(again) = encoding::encode(&text, coding) {
                assert_eq!(again, bytes, "{text:?}");
            }
        }
        Ok(())
    });
}

#[test]
fn names() {
    property("names", 6_000, 256, |u| {
        let text = mutated(
            u,
            &["src/a.py", "../x", ".git/config", "/etc/passwd"],
            &["/", "..", ".", ".git", "\0", "\\", ".GIT", "//"],
        )?;
        if let Ok(path) = RepoPath::new(text.clone()) {
            let below = path.below(Path::new("/some/work"));
            assert!(below.starts_with("/some/work/"), "{below:?}");
            let odd = |part: &std::ffi::OsStr| part == ".." || part.eq_ignore_ascii_case(".git");
            assert!(!below.iter().any(odd), "{below:?}");
            assert_eq!(path.as_str(), text);
        }
        if let Ok(oid) = text.parse::<Oid>() {
            assert_eq!(Oid::from_bytes(oid.as_bytes()).unwrap(), oid);
        }
        Ok(())
    });
}
