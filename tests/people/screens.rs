//! The screens, on a terminal of their own: how they look, and that nothing that happens
//! to a terminal harms them. What they do is in `strokes`.
//!
//! How they look is kept in `tests/people/screens`; `UPDATE=1` writes it anew.

mod picture;
mod world;

use std::path::Path;
use std::sync::PoisonError;

use hive::agent::lock::{self, Kind, Taken};
use hive::schedule::Stage;
use hive_test_support::Pty;

pub(crate) use picture::frame;
use picture::looks;
use world::{CLOCK, asked, at_work, place};

use crate::ground::Ground;
use crate::story::part;

/// Starts hive on a terminal.
pub(crate) fn starts(ground: &Ground, args: &[&str], size: (u16, u16), colour: bool) -> Pty {
    let binary = Path::new(env!("CARGO_BIN_EXE_hive"));
    let mut command = ground.sandbox.command(binary, args);
    command.env("TZ", "UTC");
    if !colour {
        command.env("NO_COLOR", "1");
    }
    Pty::start(command, size.0, size.1)
}

const SIZES: [(u16, u16); 2] = [(80, 24), (200, 50)];

#[test]
fn the_review_looks_so() {
    let ground = asked();
    for size in SIZES {
        for colour in [false, true] {
            let mut pty = starts(&ground, &["escalations"], size, colour);
            pty.waits_for("5 questions are open");
            pty.types("j");
            // All about it has been looked up.
            pty.waits_for("▸ 10 │");
            looks(&ground, &pty, "review", size, colour);
            pty.types("\r");
            pty.waits_for("except Exception:");
            looks(&ground, &pty, "question", size, colour);
            pty.types("\rjRi");
            pty.waits_for("why is it right");
            pty.waits_for("2 marked");
            pty.waits_for("▸ 10 │");
            looks(&ground, &pty, "reason", size, colour);
            pty.types("\u{1b}");
            pty.waits_for("n dismiss");
            pty.types("?");
            pty.waits_for("another question");
            looks(&ground, &pty, "review-help", size, colour);
            pty.types("q");
            assert_eq!(pty.ends(), Some(0));
        }
    }
}

/// The documentation shows what the terminal got.
#[test]
fn the_documentation_shows_the_screens() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, mark) in [
        ("review-80x24-plain", "review"),
        ("monitor-80x24-plain", "monitor"),
    ] {
        let picture = root.join(format!("tests/people/screens/{name}.txt"));
        let picture = std::fs::read_to_string(picture).unwrap();
        part("docs/screens.md", mark, &indented(&picture));
    }
}

/// A picture as a block of a document.
pub(crate) fn indented(picture: &str) -> String {
    let lines = picture.trim_end().lines();
    let lines: Vec<String> = lines
        .map(|line| format!("    {line}").trim_end().to_owned())
        .collect();
    lines.join("\n")
}

#[test]
fn the_monitor_looks_so() {
    let (ground, queue) = at_work();
    let Ok(Taken::Lock(lock)) = lock::take(&place(&ground), Kind::Watch) else {
        panic!("nobody else works here");
    };
    for size in SIZES {
        for colour in [false, true] {
            // It would become stale while the others are looked at.
            {
                let _held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
                queue.worker_beat("QA-1", Stage::Qa, None).unwrap();
            }
            let mut pty = starts(&ground, &["monitor"], size, colour);
            pty.waits_for("other list");
            looks(&ground, &pty, "monitor", size, colour);
            pty.types("?");
            pty.waits_for("the last five minutes");
            looks(&ground, &pty, "monitor-help", size, colour);
            pty.types("q");
            assert_eq!(pty.ends(), Some(0));
        }
    }
    drop(lock);
    let mut pty = starts(&ground, &["monitor"], (80, 24), true);
    pty.waits_for("no agent is at work");
    looks(&ground, &pty, "monitor-alone", (80, 24), true);
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
}

#[test]
fn no_size_harms_a_screen() {
    let ground = asked();
    for args in [&["escalations"][..], &["monitor"]] {
        let mut pty = starts(&ground, args, (80, 24), true);
        pty.waits_for("question");
        for keys in ["", "?", "x", "\r", "\t", "J", "/src\r", "i"] {
            pty.types(keys);
            for (columns, rows) in [(20, 5), (1, 1), (200, 50), (7, 60), (300, 2), (80, 24)] {
                pty.resize(columns, rows);
            }
        }
        pty.resize(20, 5);
        pty.waits_until("a frame of that size", |shown| {
            shown.lines().count() == 5 && shown.starts_with("hive")
        });
        assert!(pty.runs(), "{args:?}\n{}", pty.shows());
        // Out of the line that is asked for, and of the review that the dashboard opened.
        pty.types("\u{3}\u{3}\u{3}");
        assert_eq!(pty.ends(), Some(0), "{args:?}\n{}", pty.shows());
    }
}

#[test]
fn a_terminal_that_is_closed_ends_a_screen() {
    let ground = asked();
    for args in [&["escalations"][..], &["monitor"]] {
        let mut pty = starts(&ground, args, (80, 24), true);
        pty.waits_for("question");
        pty.close();
        // By the signal that then comes, or by what it finds: never by a panic.
        let code = pty.ends();
        assert!(matches!(code, Some(0) | None), "{args:?}: {code:?}");
    }
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let ground = asked();
    for args in [&["escalations"][..], &["monitor"]] {
        let mut pty = starts(&ground, args, (80, 24), true);
        pty.waits_for("question");
        assert!(pty.is_filled() && !pty.has_cursor());
        let pid = pty.pid().to_string();
        ground.sandbox.run("kill", &["-TERM", &pid]).expect(0);
        assert_eq!(pty.ends(), Some(0), "{args:?}");
        pty.waits_until("the terminal as it was", |_| {
            !pty.is_filled() && pty.has_cursor()
        });
    }
}

#[test]
fn a_database_that_goes_is_said() {
    let ground = asked();
    let state = ground.sandbox.path(".git/hive");
    let kept = ground.outside("kept");
    for (args, gone) in [
        (&["escalations"][..], "database is gone"),
        (&["monitor"], "database is gone"),
    ] {
        let mut pty = starts(&ground, args, (80, 24), true);
        pty.waits_for("question");
        std::fs::create_dir(&kept).unwrap();
        for name in ["hive.db", "hive.db-wal", "hive.db-shm"] {
            let from = state.join(name);
            if from.exists() {
                std::fs::copy(&from, kept.join(name)).unwrap();
                std::fs::remove_file(from).unwrap();
            }
        }
        let shown = pty.waits_for(gone);
        assert!(!shown.contains("Nothing needs you"), "{shown}");
        pty.types("jjp\rrn?");
        assert!(pty.runs(), "{args:?}\n{}", pty.shows());
        pty.types("x");
        for name in ["hive.db", "hive.db-wal", "hive.db-shm"] {
            if kept.join(name).exists() {
                std::fs::copy(kept.join(name), state.join(name)).unwrap();
            }
        }
        std::fs::remove_dir_all(&kept).unwrap();
        // What lies there now is another file than the one that is open.
        if args == ["escalations"] {
            pty.waits_for("another one by now");
            pty.types("n");
            pty.waits_for("another one by now");
        }
        // Out of the line that one of the keys may have asked for, too.
        pty.types("\u{3}\u{3}\u{3}");
        pty.ends();
    }
}
