//! The screens, on a terminal of their own: how they look, and that nothing that happens
//! to a terminal harms them. What they do is in `strokes`.
//!
//! How they look is kept in `tests/people/screens`; `UPDATE=1` writes it anew.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use hive::agent::lock::{self, Kind, Taken};
use hive::clock;
use hive::escalation::{Level, Question};
use hive::queue::{Cause, Done, EscalationId, FixClass, FixCount, NewFix, NewTask, Queue};
use hive::repo::{Oid, Place, RepoPath, WorktreeId};
use hive::review::{Action, Desk, act};
use hive::schedule::{Priority, Stage};
use hive_test_support::Pty;

use crate::ground::Ground;
use crate::story::compare;

const HOUR: i64 = 3_600_000;

const LOAD: &str = "\
import json


def load(name):
    \"\"\"Reads a file,
    if it can.\"\"\"
    try:
        with open(name) as file:
            return json.load(file)  # all of it
    except:
        return None if name else 0x10
";

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

fn place(ground: &Ground) -> Place {
    Place::find(&ground.sandbox.root()).unwrap()
}

fn queue(ground: &Ground) -> Queue {
    let place = place(ground);
    let worktree = WorktreeId::of(&place).unwrap();
    Queue::open(&place, worktree).unwrap()
}

fn path(text: &str) -> RepoPath {
    RepoPath::new(text).unwrap()
}

fn question(rule: &str, level: Level, place: &str, line: u32, reason: &str) -> Question {
    Question {
        rule: rule.to_owned(),
        level,
        stage: Stage::Qa,
        path: path(place),
        line,
        column: 5,
        symbol: "load".to_owned(),
        snippet: "    except:".to_owned(),
        reason: reason.to_owned(),
        attempts: 1,
        worker: Some("QA-1".to_owned()),
        task: None,
        commit: None,
        patch: None,
    }
}

/// The clock of this process, which tests hold one at a time.
static CLOCK: Mutex<()> = Mutex::new(());

/// Does something at a time so many hours ago.
fn ago<T>(hours: i64, what: impl FnOnce() -> T) -> T {
    let _held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock::hold_wall(None);
    let at = clock::wall_ms() - hours * HOUR - 60_000;
    clock::hold_wall(Some(at));
    let value = what();
    clock::hold_wall(None);
    value
}

/// A repository with a few questions that are hours old, so that no age changes while a
/// test looks.
fn asked() -> Ground {
    let ground = Ground::bare();
    for name in ["src/load.py", "src/read.py", "legacy/old.py"] {
        ground.write(name, LOAD);
    }
    ground.sandbox.commit("feat: load");
    let commit: Oid = ground.head().parse().unwrap();
    let queue = queue(&ground);
    let bare = "Do not use bare `except`";
    ago(50, || {
        let mut old = question("E722", Level::Warning, "legacy/old.py", 10, bare);
        old.commit = Some(commit);
        queue.raise(vec![old]).unwrap();
    });
    ago(30, || {
        let desk = Desk::new(place(&ground), queue.clone());
        act(&desk, EscalationId(1), &Action::Dismiss, Some("not ours")).unwrap();
    });
    ago(26, || {
        let mut golden = question(
            "GR08",
            Level::Error,
            "src/load.py",
            10,
            "a bare `except` catches everything, interrupts too",
        );
        golden.stage = Stage::Golden;
        golden.commit = Some(commit);
        golden.patch = Some(
            "--- a/src/load.py\n+++ b/src/load.py\n@@ -7,5 +7,5 @@\n     try:\n         with \
             open(name) as file:\n             return json.load(file)  # all of it\n-    \
             except:\n+    except Exception:\n         return None if name else 0x10\n"
                .to_owned(),
        );
        queue.raise(vec![golden]).unwrap();
    });
    ago(5, || {
        let mut one = question("E722", Level::Warning, "src/load.py", 10, bare);
        one.commit = Some(commit);
        let mut two = question("E722", Level::Warning, "src/read.py", 10, bare);
        two.commit = Some(commit);
        queue.raise(vec![one, two]).unwrap();
    });
    ago(3, || {
        let died = "the worker died (was ended by signal 6) on this file, twice";
        let mut crash = question(
            "crash",
            Level::Critical,
            "src/deep/nested/module.py",
            0,
            died,
        );
        (crash.column, crash.symbol, crash.attempts) = (0, String::new(), 2);
        crash.snippet = String::new();
        let note = question(
            "TD002",
            Level::Info,
            "src/read.py",
            7,
            "Missing author in TODO",
        );
        queue.raise(vec![crash.clone(), note]).unwrap();
        queue.raise(vec![crash]).unwrap();
    });
    ground
}

/// What a screen shows, as a text to compare: what differs from run to run is named.
fn picture(ground: &Ground, pty: &Pty, colour: bool) -> String {
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

#[track_caller]
fn looks(ground: &Ground, pty: &Pty, name: &str, size: (u16, u16), colour: bool) {
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
    while begun.elapsed() < patience && picture(ground, pty, colour) != expected {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    compare(&file, &picture(ground, pty, colour));
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
    let file = root.join("docs/screens.md");
    let mut text = std::fs::read_to_string(&file).unwrap();
    for (name, mark) in [
        ("review-80x24-plain", "review"),
        ("monitor-80x24-plain", "monitor"),
    ] {
        let picture = root.join(format!("tests/people/screens/{name}.txt"));
        let picture = std::fs::read_to_string(picture).unwrap();
        let lines = picture
            .lines()
            .map(|line| format!("    {line}").trim_end().to_owned());
        let lines: Vec<String> = lines.collect();
        let (begin, end) = (
            format!("<!-- {mark} -->\n"),
            format!("<!-- end of {mark} -->"),
        );
        let from = text.find(&begin).expect("the mark") + begin.len();
        let to = text.find(&end).expect("the end");
        text.replace_range(from..to, &format!("\n{}\n\n", lines.join("\n")));
    }
    compare(&file, &text);
}

/// The same with a queue, workers and a past.
fn at_work() -> (Ground, Queue) {
    let ground = asked();
    let queue = queue(&ground);
    let task = |at: usize, priority| NewTask {
        stage: if at.is_multiple_of(3) {
            Stage::Golden
        } else {
            Stage::Qa
        },
        path: path(&format!("src/app/part_{at:02}.py")),
        cause: Cause::Commit,
        priority,
        tip: None,
        blob: None,
        base: None,
        commits: Vec::new(),
        run_at_ms: 0,
    };
    ago(2, || {
        queue.worker_started("QA-1", Stage::Qa, 11).unwrap();
        queue.worker_started("QA-2", Stage::Qa, 12).unwrap();
        queue.worker_started("GOLDEN-1", Stage::Golden, 13).unwrap();
        let work = (0..30).map(|at| match at {
            0..12 => task(at, Priority::High),
            12..26 => task(at, Priority::Normal),
            _ => task(at, Priority::Low),
        });
        queue
            .take_in(Vec::new(), Vec::new(), work.collect())
            .unwrap();
        queue
            .record(hive::journal::Event::Scaled {
                stage: Stage::Qa,
                from: 1,
                to: 2,
                waiting: 20,
            })
            .unwrap();
    });
    let held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
    clock::hold_wall(None);
    let begun = clock::wall_ms() - 2 * HOUR;
    for (at, worker) in ["QA-1", "QA-2", "QA-1", "QA-1", "QA-2"].iter().enumerate() {
        let at = i64::try_from(at).unwrap();
        clock::hold_wall(Some(begun + at * 1_000));
        let lease = Duration::from_mins(10);
        let claimed = queue.claim(Stage::Qa, worker, 1, lease).unwrap().remove(0);
        clock::hold_wall(Some(begun + at * 1_000 + 8 + at * at * 7));
        let done = if at == 3 {
            Done::Clean
        } else {
            let oid: Oid = ground.head().parse().unwrap();
            Done::Fixed(Box::new(NewFix {
                path: claimed.path.clone(),
                stage: claimed.stage,
                task: claimed.token.task,
                worker: (*worker).to_owned(),
                burst: claimed.burst,
                tip: oid,
                before: oid,
                after: Vec::new(),
                counts: vec![FixCount {
                    code: "F401".to_owned(),
                    class: FixClass::Linter,
                    count: 2,
                }],
                classes: vec![FixClass::Linter],
                ms: 8,
                commits: Vec::new(),
                asked: Vec::new(),
            }))
        };
        queue.finish(claimed.token, done, None).unwrap();
    }
    clock::hold_wall(None);
    drop(held);
    ago(1, || {
        queue
            .worker_ended("QA-2", Stage::Qa, "no work is left for it")
            .unwrap();
    });
    let lease = Duration::from_mins(10);
    {
        let _held = CLOCK.lock().unwrap_or_else(PoisonError::into_inner);
        queue.claim(Stage::Qa, "QA-1", 1, lease).unwrap();
    }
    (ground, queue)
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
            pty.waits_for("of the last five minutes");
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
        pty.waits_for(gone);
        pty.types("jjp\rrn?");
        assert!(pty.runs(), "{args:?}\n{}", pty.shows());
        pty.types("x");
        for name in ["hive.db", "hive.db-wal", "hive.db-shm"] {
            if kept.join(name).exists() {
                std::fs::copy(kept.join(name), state.join(name)).unwrap();
            }
        }
        std::fs::remove_dir_all(&kept).unwrap();
        // Out of the line that one of the keys may have asked for, too.
        pty.types("\u{3}\u{3}\u{3}");
        pty.ends();
    }
}
