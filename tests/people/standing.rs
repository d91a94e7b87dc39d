//! What `hive status` says is wrong, with the next command.

use hive_test_support::Sandbox;
use serde_json::Value;

use crate::answers::BARE;
use crate::ground::Ground;
use crate::screens::starts;

/// The line of that name in what `hive status` prints.
fn line(ground: &Ground, name: &str) -> Option<String> {
    let said = ground.hive(&["status"]).expect(0).stdout;
    let found = said.lines().find(|line| line.starts_with(name))?;
    Some(found[name.len()..].trim().to_owned())
}

fn missing(ground: &Ground) -> Vec<String> {
    let said = ground.hive(&["status", "--json"]).expect(0).stdout;
    let status: Value = serde_json::from_str(&said).unwrap();
    let missing = status["missing_hooks"].as_array().unwrap();
    missing
        .iter()
        .map(|event| event.as_str().unwrap().to_owned())
        .collect()
}

fn set(ground: &Ground, mode: &str) {
    ground
        .hive(&["config", "set", "commit.mode", mode])
        .expect(0);
}

fn remove(ground: &Ground, event: &str) {
    let hook = ground.sandbox.path(".git/hooks").join(event);
    std::fs::remove_file(hook).unwrap();
}

/// A mode that counts on a hook says so where git does not call it.
#[test]
fn a_hook_that_a_mode_needs_is_missed() {
    let ground = Ground::new();
    assert_eq!(line(&ground, "hooks").as_deref(), Some("installed"));
    assert_eq!(line(&ground, "next"), None);
    for (mode, hook) in [("tidy", "pre-commit"), ("fold", "pre-push")] {
        set(&ground, mode);
        assert_eq!(
            line(&ground, "hooks").as_deref(),
            Some("installed"),
            "{mode}"
        );
        remove(&ground, hook);
        assert_eq!(
            line(&ground, "hooks").unwrap(),
            format!("installed, but not {hook}; commit.mode = \"{mode}\" needs {hook}")
        );
        assert_eq!(missing(&ground), [hook]);
        assert_eq!(line(&ground, "next").as_deref(), Some("hive init"));
        ground.hive(&["init", "--yes"]).expect(0);
        assert_eq!(
            line(&ground, "hooks").as_deref(),
            Some("installed"),
            "{mode}"
        );
        assert_eq!(line(&ground, "next"), None);
    }
}

/// A hook that no mode needs in particular, one that git passes over, and all of them.
#[test]
fn hooks_that_are_not_called_are_named() {
    let ground = Ground::new();
    remove(&ground, "post-merge");
    let hook = ground.sandbox.path(".git/hooks/post-rewrite");
    let mut plain = hook.metadata().unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut plain, 0o644);
    std::fs::set_permissions(&hook, plain).unwrap();
    assert_eq!(
        line(&ground, "hooks").as_deref(),
        Some("installed, but not post-merge, post-rewrite")
    );
    assert_eq!(line(&ground, "next").as_deref(), Some("hive init"));
    // Where git looks elsewhere, what lies in the usual place is not called.
    ground.git(&["config", "core.hooksPath", "../nowhere"]);
    assert_eq!(line(&ground, "hooks").as_deref(), Some("none"));
    assert_eq!(line(&ground, "next").as_deref(), Some("hive init"));
    // Who has never run `hive init` misses nothing.
    let bare = Ground::bare();
    assert_eq!(line(&bare, "hooks").as_deref(), Some("none"));
    assert!(missing(&bare).is_empty());
}

/// Lines that a person has added where hive does not write count as hooks.
#[test]
fn lines_that_a_person_has_added_are_hooks() {
    let ground = Ground::bare();
    ground.git(&["config", "core.hooksPath", "team-hooks"]);
    let said = ground.hive(&["init", "--yes"]).expect(0).stdout;
    assert_eq!(line(&ground, "hooks").as_deref(), Some("none"));
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    let mut added = 0;
    for (file, line) in lines.iter().zip(lines.iter().skip(1)) {
        if file.starts_with("team-hooks/") && line.contains("hive hook") {
            ground.sandbox.script(file, &format!("#!/bin/sh\n{line}\n"));
            added += 1;
        }
    }
    assert_eq!(added, 5, "{said}");
    assert_eq!(line(&ground, "hooks").as_deref(), Some("installed"));
    assert!(missing(&ground).is_empty());
}

/// Settings that cannot be used are no secret.
#[test]
fn broken_settings_are_said() {
    let ground = Ground::new();
    ground.write("hive.toml", "[commit]\nmode = \"tidi\"\n");
    let said = line(&ground, "settings").unwrap();
    assert!(said.starts_with("cannot be used: "), "{said}");
    assert!(said.contains("hive.toml:2"), "{said}");
    assert_eq!(line(&ground, "next").as_deref(), Some("hive config show"));
}

/// What does not fit on a terminal goes on below, and into a pipe it goes whole.
#[test]
fn long_lines_are_broken_for_a_terminal() {
    let ground = Ground::new();
    set(&ground, "tidy");
    remove(&ground, "pre-commit");
    let whole = line(&ground, "hooks").unwrap();
    let mut pty = starts(&ground, &["status"], (60, 24), false);
    assert_eq!(pty.ends(), Some(0));
    pty.waits_for("hive init");
    let shown = pty.shows();
    let begin = shown.lines().skip_while(|line| !line.starts_with("hooks"));
    let rows: Vec<&str> = begin.take(2).collect();
    assert!(rows[1].starts_with("           "), "{shown}");
    assert_eq!(
        format!("{} {}", &rows[0][11..], rows[1].trim_start()),
        whole,
        "{shown}"
    );
    // So are a question's own words, and never its code.
    ground.commit("a.py", BARE, "feat: a");
    ground.hive(&["wait"]);
    ground.settled();
    let mut pty = starts(&ground, &["escalations", "show", "1"], (40, 40), false);
    assert_eq!(pty.ends(), Some(0));
    let shown = pty.waits_for("commit ");
    let facts = shown.lines().filter(|line| line.contains(" · "));
    assert!(facts.clone().count() > 1, "{shown}");
    assert!(facts.clone().all(|line| !line.starts_with(' ')), "{shown}");
}

/// A tool that does not run is named with what changes that, as long as it is so.
#[test]
fn a_tool_that_is_held_is_named_until_it_is_not() {
    let ground = Ground::bare();
    ground.commit("pyproject.toml", "[tool.black]\n", "build: black");
    ground.init();
    ground.commit("app.py", "x=1\n", "feat: app");
    let waited = ground.hive(&["wait"]).expect(0).stdout;
    let held = "held       black  black is used here and is not installed; uv tool install black";
    assert!(waited.lines().any(|line| line == held), "{waited}");
    assert_eq!(
        line(&ground, "held").as_deref(),
        Some("black: black is used here and is not installed; uv tool install black")
    );
    assert_eq!(
        line(&ground, "next").as_deref(),
        Some("uv tool install black")
    );
    let said = ground.hive(&["status", "--json"]).expect(0).stdout;
    let status: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(status["held"][0]["tool"], "black");
    assert_eq!(status["held"][0]["project"], ".");
    // Nobody has committed since, and it is another answer all the same.
    ground.write("pyproject.toml", "");
    assert_eq!(line(&ground, "held"), None);
    assert_eq!(line(&ground, "next"), None);
}

/// A git directory is a repository to whoever stands in it, though not one to work in.
#[test]
fn a_bare_repository_is_called_one() {
    let nowhere = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    nowhere
        .git(&["init", "--quiet", "--bare", "shop.git"])
        .expect(0);
    for verb in ["status", "watch", "next", "check", "fix"] {
        let inside = nowhere.path("shop.git/refs");
        let said = nowhere.hive_in(inside, &[verb]).expect(2).stderr;
        assert!(said.contains("this repository is bare"), "{verb}: {said}");
    }
}

/// What an order says, and how it ends, does not depend on how it was given.
#[test]
fn orders_say_the_same_however_they_are_given() {
    let ground = Ground::new();
    ground.write("src/a.py", crate::answers::BARE);
    ground.sandbox.commit("feat: a");
    ground.hive(&["wait"]);
    ground.settled();
    for args in [
        &["dismiss", "998"][..],
        &["dismiss", "998", "999"],
        &["dismiss", "998", "--json"],
    ] {
        ground.hive(args).expect(2);
    }
    ground.hive(&["dismiss", "1", "999"]).expect(1);
    ground.hive(&["escalations", "reopen", "1"]).expect(0);
    let none = ["escalations", "snooze", "1", "--for", "0s"];
    let none = ground.hive(&none).expect(2).stderr;
    assert!(none.contains("would be back at once"), "{none}");
    // Paths as they are typed, and codes in small letters.
    let binary = env!("CARGO_BIN_EXE_hive");
    for line in [
        "hive escalations --rule e722 --path ./src",
        "cd src && hive escalations --path a.py",
        "cd src && hive escalations --path .",
        "cd src && hive escalations --path src/a.py",
        "hive escalations --path .",
    ] {
        let line = line.replace("hive", binary);
        let ran = ground.sandbox.run("sh", &["-c", &line]).expect(0);
        assert!(ran.stdout.contains("E722"), "{line}: {ran:?}");
    }
    let snooze = ["escalations", "snooze", "1", "--for", "2h"];
    let snoozed = ground.hive(&snooze).expect(0).stdout;
    assert!(
        snoozed.contains("question 1 comes back in 2 h"),
        "{snoozed}"
    );
    ground.hive(&["queue", "pause"]).expect(0);
    ground
        .hive(&["status"])
        .expect(0)
        .says("no reason was given");
    let log = ground.hive(&["log"]).expect(0).stdout;
    assert!(log.contains("paused") && !log.contains("paused:"), "{log}");
}
