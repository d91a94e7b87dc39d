//! The keys of the screens, on a terminal of their own, with real questions.

use crate::answers::{BARE, KEPT, with_patch};
use crate::ground::{Ground, MESSY};
use crate::screens::starts;

const SIZE: (u16, u16) = (80, 24);

#[test]
fn a_patch_is_applied_and_taken_back() {
    let ground = with_patch();
    let mut pty = starts(&ground, &["escalations"], SIZE, true);
    pty.waits_for("1 question is open");
    pty.types("y");
    pty.waits_for("kept.py has the patch of question 1; u takes it back");
    assert_eq!(ground.read("kept.py"), KEPT.replace("import os\n", ""));
    pty.waits_for("no question is open");
    pty.types("u");
    pty.waits_for("the question stands as before");
    pty.waits_for("1 question is open");
    assert_eq!(ground.read("kept.py"), KEPT);
    // What cannot be done says why.
    ground.write(
        "kept.py",
        &KEPT.replace("import os\n", "import os  # mine\n"),
    );
    pty.types("y");
    pty.waits_for("does not fit any more");
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
}

#[test]
fn a_patch_is_committed_and_taken_back() {
    let ground = with_patch();
    let mine = ground.head();
    let mut pty = starts(&ground, &["escalations"], SIZE, true);
    pty.waits_for("1 question is open");
    pty.types("c");
    pty.waits_for("1 question answered in");
    assert!(
        ground.subject().starts_with("chore(qa)"),
        "{}",
        ground.subject()
    );
    assert_eq!(ground.git(&["rev-parse", "HEAD^"]), mine);
    assert_eq!(ground.read("kept.py"), KEPT.replace("import os\n", ""));
    ground.is_clean();
    pty.types("u");
    pty.waits_for("the question stands as before");
    assert_eq!(ground.read("kept.py"), KEPT);
    assert_eq!(ground.stored("HEAD", "kept.py"), KEPT);
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
}

/// Patches in several files are one commit, and so is their way back.
#[test]
fn what_one_key_commits_another_takes_back_by_one_commit() {
    let ground = Ground::new();
    ground.write(
        "user.py",
        "from kept import os\nfrom held import re\n\nprint(os, re)\n",
    );
    ground.write("kept.py", KEPT);
    let held = KEPT.replace("import os", "import re");
    ground.write("held.py", &held);
    ground.sandbox.commit("feat: both");
    ground.hive(&["wait"]);
    ground.settled();
    let commits = || {
        ground
            .git(&["rev-list", "--count", "HEAD"])
            .parse::<u32>()
            .unwrap()
    };
    let before = commits();
    let mut pty = starts(&ground, &["escalations"], SIZE, true);
    pty.waits_for("2 questions are open");
    pty.types("Rc");
    pty.waits_for("2 questions answered in");
    assert_eq!(commits(), before + 1);
    pty.types("u");
    pty.waits_for("2 questions stand as before");
    assert_eq!(
        commits(),
        before + 2,
        "{}",
        ground.git(&["log", "--oneline"])
    );
    assert_eq!(
        (ground.read("kept.py"), ground.read("held.py")),
        (KEPT.to_owned(), held)
    );
    pty.waits_for("2 questions are open");
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
    ground.is_sound();
}

#[test]
fn a_reason_goes_into_the_file_and_words_are_kept() {
    let ground = Ground::new();
    for name in ["one.py", "two.py", "three.py"] {
        ground.commit(
            name,
            &BARE.replace("def f", &format!("def {}", &name[..3])),
            name,
        );
        ground.hive(&["wait"]);
    }
    ground.settled();
    let mut pty = starts(&ground, &["escalations"], SIZE, true);
    pty.waits_for("3 questions are open");
    pty.types("iit is so\r");
    pty.waits_for("E722 is suppressed at three.py:4");
    assert!(ground.read("three.py").contains("# noqa: E722 - it is so"));
    pty.waits_for("2 questions are open");
    pty.types("rby hand\r");
    pty.waits_for("is resolved");
    pty.waits_for("1 question is open");
    pty.types("zsoon\r");
    pty.waits_until("a word about it", |shown| shown.contains("is no span"));
    // The span that stands there is typed over.
    let now_ms = || {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(now.as_millis()).unwrap()
    };
    let typed_ms = now_ms();
    pty.types("z2h\r");
    pty.waits_for("no question is open");
    // It counts from then, not from when the rows were read.
    let snoozed = ["escalations", "--state", "snoozed", "--json"];
    let snoozed = ground.hive(&snoozed).expect(0).stdout;
    let snoozed: serde_json::Value = serde_json::from_str(&snoozed).unwrap();
    let until_ms = snoozed["escalations"][0]["until_ms"].as_i64().unwrap();
    assert!(until_ms >= typed_ms + 7_200_000, "{until_ms} {typed_ms}");
    pty.types("v");
    pty.waits_for("state=snoozed");
    pty.waits_for("one.py");
    pty.types("n");
    pty.waits_for("is dismissed");
    pty.types("vvv");
    pty.waits_for("state=all");
    let shown = pty.waits_for("3 questions");
    for state in ["resolved", "dismissed"] {
        assert!(shown.contains(state), "{shown}");
    }
    pty.types("o");
    pty.waits_for("is open again");
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
}

#[test]
fn the_editor_has_the_terminal_for_itself() {
    let mut ground = with_patch();
    ground.sandbox.script(
        "../editor",
        "#!/bin/sh\necho \"args $*\"\nread answer\necho \"edited with $answer\" > ../edited\n",
    );
    let editor = ground.sandbox.directory().join("editor");
    ground.sandbox.set("EDITOR", editor.display().to_string());
    let mut pty = starts(&ground, &["escalations"], SIZE, true);
    pty.waits_for("1 question is open");
    pty.types("e");
    pty.waits_for("kept.py");
    pty.waits_until("the editor", |shown| shown.contains("args"));
    pty.types("yes\r");
    pty.waits_for("it resolves itself");
    let edited = std::fs::read_to_string(ground.sandbox.directory().join("edited")).unwrap();
    assert_eq!(edited, "edited with yes\n");
    // `y`, `e` and `s` were the editor's.
    pty.waits_for("1 question is open");
    assert_eq!(ground.read("kept.py"), KEPT);
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
}

#[test]
fn what_others_do_is_seen() {
    let ground = with_patch();
    let mut pty = starts(&ground, &["escalations"], SIZE, true);
    pty.waits_for("1 question is open");
    ground.hive(&["dismiss", "1"]).expect(0);
    pty.waits_for("no question is open");
    ground.hive(&["escalations", "reopen", "1"]).expect(0);
    pty.waits_for("1 question is open");
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
}

/// The dashboard beside a running agent, twice, and the review from it.
#[test]
fn the_monitor_follows_an_agent() {
    let ground = Ground::new().watch();
    let mut one = starts(&ground, &["monitor"], SIZE, true);
    let mut two = starts(&ground, &["monitor"], (200, 50), false);
    for pty in [&one, &two] {
        pty.waits_for("hive watch, process");
    }
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.landed_after(&mine);
    for pty in [&one, &two] {
        let shown = pty.waits_for("landed");
        assert!(shown.contains("QA-1"), "{shown}");
    }
    ground.commit("bare.py", BARE, "feat: bare");
    for pty in [&one, &two] {
        pty.waits_for("#1");
        pty.waits_for("1 question");
    }
    one.types("p");
    two.waits_for("paused for");
    one.types("p");
    two.waits_until("the queue that goes on", |shown| {
        !shown.contains("paused for")
    });
    // To the question and back.
    one.types("\r");
    one.waits_for("1 question is open");
    one.types("n");
    one.waits_for("is dismissed");
    two.waits_for("0 questions");
    one.types("q");
    one.waits_for("activity");
    one.types("q");
    assert_eq!(one.ends(), Some(0));
    let mut ground = ground;
    ground.stop();
    two.waits_for("no agent is at work");
    two.types("q");
    assert_eq!(two.ends(), Some(0));
}

#[test]
fn a_dead_task_is_taken_up_again() {
    let ground = Ground::new();
    ground.commit(
        "deep.py",
        &format!("x = {}1\n", "-".repeat(200_000)),
        "feat: deep",
    );
    ground.hive(&["wait"]);
    ground.settled();
    let mut pty = starts(&ground, &["monitor"], SIZE, true);
    pty.waits_for("1 dead task");
    pty.types("\t");
    pty.waits_for("crash: the worker died");
    pty.types("r");
    pty.waits_for("up again");
    pty.types("q");
    assert_eq!(pty.ends(), Some(0));
    ground.settled();
    let dead = ground.hive(&["queue", "--state", "dead", "--json"]).stdout;
    let dead: serde_json::Value = serde_json::from_str(&dead).unwrap();
    assert_eq!(dead["tasks"].as_array().unwrap().len(), 2, "{dead}");
}

#[test]
fn screens_are_for_terminals() {
    let ground = Ground::new();
    let refused = ground.hive(&["monitor"]).expect(2).stderr;
    assert!(
        refused.contains("hive status says the same once"),
        "{refused}"
    );
    let list = ground.hive(&["escalations"]).expect(0);
    assert!(list.stderr.contains("no question is open"), "{list:?}");
    // A terminal that cannot move its cursor has the table.
    let mut dumb = starts(&ground, &["escalations", "list"], SIZE, true);
    dumb.waits_for("no question is open");
    assert_eq!(dumb.ends(), Some(0));
    let fresh = Ground::bare();
    for verb in ["escalations", "monitor"] {
        let mut pty = starts(&fresh, &[verb], SIZE, true);
        pty.waits_for("hive keeps nothing in this repository yet");
        pty.ends();
    }
}

/// A slip is taken back, also after the last question; an answer of somebody else stays.
#[test]
fn next_shows_a_question_again_that_was_answered_by_a_slip() {
    let ground = Ground::new();
    for path in ["one.py", "two.py"] {
        ground.write(path, BARE);
    }
    ground.sandbox.commit("feat: two");
    ground.hive(&["wait"]);
    ground.settled();
    // All that was shown stays on the screen.
    let mut pty = starts(&ground, &["next"], (80, 200), true);
    let shows = |pty: &mut hive_test_support::Pty, path: &str, times: usize| {
        let head = format!("E722  {path}:4");
        pty.waits_until(&head, |shown| shown.matches(&head).count() == times);
    };
    shows(&mut pty, "two.py", 1);
    pty.types("n");
    shows(&mut pty, "one.py", 1);
    pty.types("u");
    shows(&mut pty, "two.py", 2);
    pty.types("n");
    shows(&mut pty, "one.py", 2);
    ground.hive(&["escalations", "resolve", "1"]).expect(0);
    pty.types("n");
    pty.waits_for("question 1 is resolved by now: nothing is done");
    pty.waits_for("that was the last of these: u undo");
    pty.types("u");
    shows(&mut pty, "two.py", 3);
    pty.types("\u{1b}");
    assert_eq!(pty.ends(), Some(0));
    let states = ["escalations", "--state", "all"];
    let states = ground.hive(&states).expect(0).stdout;
    assert!(!states.contains("dismissed"), "{states}");
}

#[test]
fn texts_are_broken_between_words() {
    let ground = Ground::new();
    let mut pty = starts(&ground, &["rules", "explain", "GR38"], (40, 120), true);
    let shown = pty.waits_for("function is defined. A list that one");
    pty.ends();
    assert!(
        shown.contains("A default is made once, when the"),
        "{shown}"
    );
    assert!(!shown.contains("|---"), "{shown}");
    ground.commit("a.py", BARE, "feat: a");
    ground.hive(&["wait"]);
    let mut pty = starts(&ground, &["log"], (50, 60), true);
    let below = format!("\n{}", " ".repeat(24));
    pty.waits_until("a line that goes on", |shown| {
        shown.contains("asks    #1  a.py:4") && shown.contains(&below)
    });
    pty.ends();
}
