//! The jobs of a review, each done by one command; docs/review.md is what they print.

use serde_json::Value;

use crate::answers::{BARE, KEPT};
use crate::ground::{Ground, MESSY};
use crate::screens::starts;
use crate::story::Story;

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

#[test]
fn ten_jobs() {
    let mut story = world();
    let why = format!("hive why {}", dead_letter(&story));
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
            "hive suppress 3 -m 'callers take None for failed'",
        ),
        ("Have I decided this before?", "hive escalations show 10"),
        ("Not this week.", "hive escalations snooze 10 --for 1w"),
        ("Go to the place.", "hive escalations open 9"),
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
    story.adds(&by_keys());
    story.is_document(
        "docs/review.md",
        "# Twelve jobs of a review\n\n\
         Each is one command, and many are up to three keys in the review on the whole screen (at \
         the end). What they print here is what they print in a test \
         (`tests/people/jobs.rs`), with ids and times made equal. `hive next` does the same by single \
         keys: y apply, n dismiss, e edit, i suppress, r resolved, s skip, u undo, q quit.\n",
    );
}

/// The jobs that are done by up to three keys, and what the review then says.
fn by_keys() -> String {
    let story = world();
    let mut pty = starts(&story.ground, &["escalations"], (80, 24), false);
    pty.waits_for("12 questions are open");
    let mut text = "\n## By keys\n\n\
        `hive escalations` on a terminal, the cursor on the first question; each job begins \
        where the one before has ended.\n\n\
        | job | keys | the review says |\n|---|---|---|\n"
        .to_owned();
    let enter = "Enter";
    for (job, keys, waits) in [
        (
            "Only what breaks the build.",
            &["l", "l"][..],
            "level=error",
        ),
        ("All levels again.", &["l", "l"], "12 questions are open"),
        ("Go to the place.", &["e"], "it resolves itself"),
        (
            "Try the file that killed a worker again.",
            &["t"],
            "looks at",
        ),
        ("Take the second one's patch.", &["j", "y"], "has the patch"),
        ("No, take that back.", &["u"], "stands as before"),
        ("Commit it instead.", &["c"], "answered in"),
        ("Take that back, too.", &["u"], "stands as before"),
        ("Ask no more about this rule.", &["R", "n"], "answered"),
        ("Take all that back.", &["u"], "stand as before"),
        (
            "Take every patch of the last one's rule.",
            &["G", "R", "y"],
            "answered",
        ),
        ("Not today.", &["z", enter], "comes back later"),
        ("It is dealt with.", &["r", enter], "is resolved"),
        ("Show what was put off.", &["v"], "state=snoozed"),
        ("Have I decided this before?", &[enter], "· asked"),
    ] {
        assert!(keys.len() <= 3, "{job}");
        for key in keys {
            pty.types(if *key == enter { "\r" } else { key });
        }
        let shown = pty.waits_for(waits);
        let line = shown
            .lines()
            .find(|line| line.contains(waits))
            .unwrap_or_default();
        let said = line.trim().trim_start_matches("hive  ");
        let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        text.push_str(&format!("| {job} | {} | {said} |\n", keys.join(" ")));
    }
    pty.types("q");
    pty.ends();
    text
}
