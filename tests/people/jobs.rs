//! The jobs of a review, by keys and by commands; docs/review.md is what they show.

use std::fmt::Write as _;

use hive_test_support::Pty;
use serde_json::Value;

use crate::answers::{BARE, KEPT};
use crate::ground::{Ground, MESSY};
use crate::screens::{frame, indented, starts};
use crate::story::{Story, ids, part};

/// A repository with a dozen questions and some history.
fn world() -> Story {
    let ground = Ground::new();
    let land = |message: &str| {
        ground.sandbox.commit(message);
        ground.hive(&["wait"]);
        ground.settled();
    };
    ground.write(
        "src/user.py",
        "from src.kept import os\nfrom src.held import re\n\nprint(os, re)\n",
    );
    ground.write("src/kept.py", KEPT);
    land("feat: kept");
    ground.write("src/held.py", &KEPT.replace("os", "re"));
    land("feat: held");
    ground.write("src/load.py", BARE);
    land("feat: load");
    ground.write("legacy/one.py", BARE);
    land("feat: one");
    ground.write("legacy/two.py", &BARE.replace("return None", "pass"));
    land("feat: two");
    ground.write("src/app.py", MESSY);
    land("feat: app");
    ground.write("src/broken.py", "def f(:\n    return 1\n");
    land("feat: broken");
    ground.write("src/read.py", &BARE.replace("def f", "def read"));
    land("feat: read");
    // So many levels that no stack holds them.
    ground.write("src/deep.py", &format!("x = {}1\n", "-".repeat(200_000)));
    land("feat: deep");
    let mut story = Story::new(ground);
    story.ground.sandbox.set("EDITOR", "echo");
    story
}

/// The number of the one dead letter.
fn dead_letter(story: &Story) -> String {
    let args = ["queue", "list", "--state", "dead", "--json"];
    let listed: Value = serde_json::from_str(&story.ground.hive(&args).stdout).unwrap();
    let tasks = listed["tasks"].as_array().unwrap();
    assert_eq!(tasks.len(), 1, "{listed}");
    tasks[0]["id"].to_string()
}

/// The number of the open question of a rule in a file.
fn question(story: &Story, rule: &str, path: &str) -> u64 {
    let args = ["escalations", "--rule", rule, "--path", path, "--json"];
    let listed: Value = serde_json::from_str(&story.ground.hive(&args).stdout).unwrap();
    let all = listed["escalations"].as_array().unwrap();
    assert_eq!(all.len(), 1, "{rule} in {path}: {listed}");
    all[0]["id"].as_u64().unwrap()
}

#[test]
fn ten_jobs() {
    let mut story = world();
    let why = format!("hive why {}", dead_letter(&story));
    let load = question(&story, "E722", "src/load.py");
    let read = question(&story, "E722", "src/read.py");
    let broken = question(&story, "invalid-syntax", "src/broken.py");
    let suppress = format!("hive suppress {load} -m 'callers take None for failed'");
    let show = format!("hive escalations show {read}");
    let snooze = format!("hive escalations snooze {read} --for 1w");
    let open = format!("hive escalations open {broken}");
    for (job, line) in [
        ("What needs me most?", "hive escalations"),
        (
            "Only what breaks the build.",
            "hive escalations --level error",
        ),
        (
            "Take every F401 patch under src.",
            "hive escalations apply --rule F401 --path src",
        ),
        (
            "That code is not ours: ask no more.",
            "hive dismiss --path legacy -m 'not ours'",
        ),
        (
            "It is right as it is; say so in the code.",
            suppress.as_str(),
        ),
        ("Have I decided this before?", show.as_str()),
        ("Not this week.", snooze.as_str()),
        ("Go to the place.", open.as_str()),
        ("Why is this file not fixed?", "hive why src/broken.py"),
        ("Why did this task die?", why.as_str()),
        (
            "Take back what hive did to one file, and only that.",
            "hive undo --file src/app.py",
        ),
        ("Hand the rest to a ticket.", "hive escalations --markdown"),
    ] {
        story.job(job, line);
    }
    story.is_part("docs/review.md", "by command");
}

/// A job as it is done on a screen.
struct Job<'a> {
    what: &'a str,
    /// The keys as people call them, at most three of them but for words.
    keys: &'a [&'a str],
    /// What is typed.
    typed: &'a str,
    /// What is seen when it is done.
    seen: &'a [&'a str],
    /// The way back to the list, and what is seen there.
    back: (&'a str, &'a str),
}

/// How large the terminal is: no line of a fact is broken, however many seconds old.
const SIZE: (u16, u16) = (110, 28);

impl Job<'_> {
    fn is_done(&self, ground: &Ground, pty: &mut Pty, text: &mut String) {
        assert!(self.keys.len() <= 3, "{}", self.what);
        pty.types(self.typed);
        pty.waits_until(self.what, |shown| {
            self.seen.iter().all(|seen| shown.contains(seen))
        });
        let shown = frame(ground, pty, false);
        let shown: Vec<String> = shown.lines().map(|line| ages(&ids(line))).collect();
        let keys: Vec<String> = self.keys.iter().map(|key| format!("`{key}`")).collect();
        let (what, keys) = (self.what, keys.join(" "));
        let shown = indented(&shown.join("\n"));
        write!(text, "### {what}\n\n{keys}\n\n{shown}\n\n").unwrap();
        if !self.back.0.is_empty() {
            pty.types(self.back.0);
            pty.waits_for(self.back.1);
        }
    }
}

/// A line with the ages of questions and the numbers of tasks made equal, columns as wide
/// as they are.
fn ages(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(at);
        let digits = number.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, after) = number.split_at(digits);
        out.push_str(before);
        rest = after;
        let unit = [" s", " min"].into_iter().find(|unit| {
            let end = after.strip_prefix(unit);
            end.is_some_and(|end| !end.starts_with(char::is_alphanumeric))
        });
        if let Some(unit) = unit.filter(|_| out.ends_with(' ')) {
            // In a column it stands at the right.
            let wide = if out.ends_with("  ") {
                digits.len() + unit.len() - 2
            } else {
                1
            };
            write!(out, "{:>wide$} s", 1).unwrap();
            rest = &after[unit.len()..];
        } else if ["task ", "why "].iter().any(|word| out.ends_with(word)) {
            out.push('1');
        } else {
            out.push_str(digits);
        }
    }
    out + rest
}

#[test]
fn ten_jobs_by_keys() {
    let story = world();
    let ground = &story.ground;
    let number = |rule: &str, path: &str| question(&story, rule, path).to_string();
    let kept = number("F401", "src/kept.py");
    let one = number("E722", "legacy/one.py");
    let load = number("E722", "src/load.py");
    let read = number("E722", "src/read.py");
    let broken = number("invalid-syntax", "src/broken.py");
    let (all_kept, commit_kept) = (format!("{kept}Ay"), format!("{kept}Ac"));
    let dismiss = format!("{one}Dn");
    let suppress = format!("{load}icallers take None for failed\r");
    let alone = format!("{read}\r");
    let snooze = format!("{read}zw");
    let edit = format!("{broken}e");
    let again = format!("V{one}o");
    let jobs = [
        Job {
            what: "What needs me most?",
            keys: &["Enter"],
            typed: "\r",
            seen: &["#8 error crash", "Enter list", "QA-1, task"],
            back: ("\u{1b}", "/ search"),
        },
        Job {
            what: "Only what breaks the build.",
            keys: &["l", "l"],
            typed: "ll",
            seen: &["6 questions are open  level=error", "QA-1, task"],
            back: ("ll", "8 questions are open"),
        },
        Job {
            what: "Take every F401 patch under src.",
            keys: &[&kept, "A", "y"],
            typed: &all_kept,
            seen: &[
                "2 questions answered; u takes it back",
                "6 questions are open",
                "#3 error E722",
                "▸ 4 │",
            ],
            back: ("", ""),
        },
        Job {
            what: "No, that was too fast: take it back.",
            keys: &["u"],
            typed: "u",
            seen: &[
                "2 questions stand as before",
                "8 questions are open",
                "F401  src/held.py",
                "▸ 1 │ import re",
            ],
            back: ("", ""),
        },
        Job {
            what: "Take them as a commit of hive's.",
            keys: &[&kept, "A", "c"],
            typed: &commit_kept,
            seen: &[
                "2 questions answered in ",
                "6 questions are open",
                "#3 error E722",
                "▸ 4 │",
            ],
            back: ("", ""),
        },
        Job {
            what: "That code is not ours: ask no more.",
            keys: &[&one, "D", "n"],
            typed: &dismiss,
            seen: &[
                "2 questions answered; u takes it back",
                "4 questions are open",
                "#3 error E722",
                "▸ 4 │",
            ],
            back: ("", ""),
        },
        Job {
            what: "It is right as it is; say so in the code.",
            keys: &[&load, "i", "Enter"],
            typed: &suppress,
            seen: &[
                "E722 is suppressed at src/load.py:4; u takes it back",
                "3 questions are open",
                "#6 error invalid-syntax",
                "▸ 1 │ def f(:",
            ],
            back: ("", ""),
        },
        Job {
            what: "Have I decided this before?",
            keys: &[&read, "Enter"],
            typed: &alone,
            seen: &["like #", "Enter list", "▸ 4 │"],
            back: ("\u{1b}", "/ search"),
        },
        Job {
            what: "Not this week.",
            keys: &[&read, "z", "w"],
            typed: &snooze,
            seen: &[
                "comes back in ",
                "2 questions are open",
                "#6 error invalid-syntax",
                "▸ 1 │ def f(:",
            ],
            back: ("", ""),
        },
        Job {
            what: "Go to the place.",
            keys: &[&broken, "e"],
            typed: &edit,
            seen: &["it resolves itself with the commit", "▸ 1 │ def f(:"],
            back: ("", ""),
        },
        Job {
            what: "Ask that again after all.",
            keys: &["V", &one, "o"],
            typed: &again,
            seen: &[
                "is open again; u takes it back",
                "8 questions  state=all",
                "legacy/one.py:4 ",
                "▸ 4 │",
            ],
            back: ("v", "3 questions are open"),
        },
    ];
    let mut text = String::new();
    let mut pty = starts(ground, &["escalations"], SIZE, false);
    pty.waits_for("8 questions are open");
    for job in &jobs {
        job.is_done(ground, &mut pty, &mut text);
    }
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
    // What was answered has woken a drain.
    ground.settled();
    let mut pty = starts(ground, &["monitor"], SIZE, false);
    pty.waits_for("1 dead task");
    Job {
        what: "Why did this task die? (`hive monitor`)",
        keys: &["Tab", "Enter"],
        typed: "\t\r",
        seen: &["is dead ──", "stack overflow"],
        back: ("q", ""),
    }
    .is_done(ground, &mut pty, &mut text);
    assert_eq!(pty.ends(), Some(0));
    part("docs/review.md", "by keys", &text);
}
