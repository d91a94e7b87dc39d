//! `hive queue`, `hive workers`, `hive history` and `hive status`, as a person uses them.

use std::fs;

use hive_test_support::wait_for;
use serde_json::Value;

use crate::ground::{Ground, MESSY, NEAT, long};
use crate::tree::Tree;

/// The tasks in a state.
fn tasks(tree: &Tree<'_>, state: &str) -> Vec<Value> {
    let listed = tree.asked(&["queue", "list", "--state", state, "--json"]);
    assert_eq!(listed["schema"], 1, "{listed}");
    listed["tasks"].as_array().unwrap().clone()
}

#[test]
fn a_paused_queue_shows_what_waits_and_takes_orders() {
    let ground = Ground::new().watch();
    let tree = ground.tree();
    tree.hive(&["queue"])
        .expect(0)
        .warns("no task waits, runs or has failed");
    tree.hive(&["queue", "pause", "until lunch"])
        .expect(0)
        .warns("no task begins here until hive queue resume");
    tree.write("one.py", MESSY);
    tree.write("two.py", MESSY);
    let mine = tree.commit_all("feat: two files");
    tree.until("two waiting tasks", || tasks(&tree, "ready").len() == 2);
    let listed = tree.hive(&["queue", "list"]).expect(0).warns("until lunch");
    let lines: Vec<&str> = listed.stdout.lines().collect();
    assert_eq!(
        lines[0].split_whitespace().collect::<Vec<_>>(),
        ["id", "stage", "state", "priority", "age", "path"]
    );
    assert!(
        lines[1].contains("ready") && lines[1].ends_with("one.py"),
        "{lines:?}"
    );
    assert_eq!(lines.len(), 3, "{lines:?}");
    let only = tree.hive(&["queue", "list", "--path", "two.py"]).expect(0);
    assert_eq!(only.stdout.lines().count(), 2, "{}", only.stdout);
    ground.status_says("paused     until lunch");
    ground.status_says("next       hive queue resume");

    // One is cancelled, and taken up again by a new task.
    let one = tasks(&tree, "ready")[0]["id"].to_string();
    tree.hive(&["queue", "cancel", &one])
        .expect(0)
        .warns(&format!("task {one} is cancelled"));
    tree.hive(&["queue", "show", &one])
        .expect(0)
        .says("cancelled");
    let again = tree.hive(&["queue", "cancel", &one]).expect(2);
    assert!(again.stderr.contains("cancelled"), "{}", again.stderr);
    assert_eq!(tasks(&tree, "cancelled").len(), 1);
    tree.hive(&["queue", "retry", &one])
        .expect(0)
        .warns(&format!("takes {one} up again"));
    let retried = tasks(&tree, "ready");
    let new = retried
        .iter()
        .find(|task| task["path"] == "one.py")
        .unwrap();
    assert_eq!(new["origin"].to_string(), one, "{new}");
    assert_eq!(new["priority"], "critical", "a retry is more urgent: {new}");
    let id = new["id"].to_string();
    tree.hive(&["queue", "show", &id])
        .expect(0)
        .says("takes up")
        .says("one.py");
    assert_eq!(tree.head(), mine);

    tree.hive(&["queue", "resume"])
        .expect(0)
        .warns("the queue goes on");
    tree.hive(&["queue", "resume"])
        .expect(0)
        .warns("was not paused");
    tree.until("both files", || {
        tree.read("one.py") == NEAT && tree.read("two.py") == NEAT
    });
    tree.settled();
    let shown = tree.asked(&["queue", "show", &id, "--json"]);
    assert_eq!(shown["attempts"][0]["outcome"], "fixed", "{shown}");
    let events = shown["events"].to_string();
    for event in ["task-enqueued", "task-started", "task-completed"] {
        assert!(events.contains(event), "{event}: {events}");
    }
    tree.is_clean();
    for wrong in [
        &["queue", "show", "99999"][..],
        &["queue", "retry", "99999"],
    ] {
        let ran = tree.hive(wrong).expect(2);
        assert!(ran.stderr.contains("99999"), "{}", ran.stderr);
    }
    let ran = tree.hive(&["queue", "list", "--state", "asleep"]).expect(2);
    assert!(ran.stderr.contains("deferred"), "{}", ran.stderr);
}

#[test]
fn a_file_that_kills_workers_becomes_a_dead_letter_that_can_be_retried() {
    let ground = Ground::new().watch();
    let tree = ground.tree();
    // So many levels that no stack holds them.
    let poison = format!("x = {}1\n", "-".repeat(200_000));
    tree.write("poison.py", &poison);
    tree.write("app.py", MESSY);
    let mine = tree.commit_all("feat: poison");
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.until("a dead letter", || tasks(&tree, "dead").len() == 1);
    let dead = tasks(&tree, "dead").remove(0);
    assert_eq!(dead["path"], "poison.py", "{dead}");
    let letter = dead["id"].clone();
    let id = letter.to_string();
    let shown = tree.hive(&["queue", "show", &id]).expect(0);
    assert!(shown.stdout.contains("dead since"), "{}", shown.stdout);
    let plain = tree.hive(&["queue"]).expect(0);
    assert!(plain.stdout.contains("dead"), "{}", plain.stdout);
    let status = tree.asked(&["status", "--json"]);
    assert_eq!(status["queue"]["dead"], 1, "{status}");
    ground.status_says("next       hive queue list --state dead");
    assert_eq!(tree.question("poison.py")["state"], "open");

    tree.hive(&["queue", "retry", &id]).expect(0);
    tree.until("it is dead again", || {
        let dead = tasks(&tree, "dead");
        dead.iter().any(|task| task["origin"] == letter)
    });
    // The first one was taken up, and is listed no more unless it is asked for.
    let listed = tree.asked(&["queue", "list", "--json"]);
    assert_eq!(listed["tasks"].as_array().unwrap().len(), 1, "{listed}");
    let again = tree.hive(&["queue", "retry", &id]).expect(2);
    assert!(again.stderr.contains("retried as"), "{}", again.stderr);
}

#[test]
fn workers_and_history_are_listed_plain_and_as_json() {
    let ground = Ground::new();
    let tree = ground.tree();
    tree.hive(&["workers"])
        .expect(0)
        .warns("no worker has run here lately");
    tree.hive(&["history"])
        .expect(0)
        .warns("no such fix was made here");
    let ground = ground.watch();
    let tree = ground.tree();
    tree.write("src/app.py", MESSY);
    tree.write("lib/other.py", "x  =  1\n");
    let mine = tree.commit_all("feat: two");
    tree.followed(&mine);
    let head = tree.head();
    let workers = tree.asked(&["workers", "--json"]);
    assert_eq!(workers["workers"][0]["name"], "QA-1", "{workers}");
    assert!(
        workers["workers"][0]["pid"]
            .as_u64()
            .is_some_and(|pid| pid > 0),
        "{workers}"
    );
    let plain = tree.hive(&["workers"]).expect(0).stdout;
    assert!(
        plain.starts_with("name") && plain.contains("QA-1"),
        "{plain}"
    );

    let plain = tree.hive(&["history"]).expect(0).stdout;
    assert!(
        plain.contains("landed") && plain.contains(&head[..7]),
        "{plain}"
    );
    assert_eq!(plain.lines().count(), 3, "{plain}");
    for (args, paths) in [
        (&["history", "src", "--json"][..], &["src/app.py"][..]),
        (&["history", "--rule", "F401", "--json"], &["src/app.py"]),
        (&["history", "--rule", "E999", "--json"], &[]),
        (
            &["history", "--since", "1h", "--json"],
            &["lib/other.py", "src/app.py"],
        ),
        (&["history", "--since", "0s", "--json"], &[]),
    ] {
        let found = tree.asked(args);
        let mut found: Vec<String> = found["fixes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fix| fix["path"].as_str().unwrap().to_owned())
            .collect();
        found.sort();
        assert_eq!(found, paths, "{args:?}");
    }
    tree.hive(&["undo"]).expect(0);
    let no = tree.hive(&["history", "--declined"]).expect(0).stdout;
    assert!(no.contains("F401") && no.contains("src/app.py"), "{no}");
    let no = tree.asked(&["history", "--declined", "--json"]);
    assert!(!no["declines"].as_array().unwrap().is_empty(), "{no}");
}

#[test]
fn status_says_what_the_gate_waits_for() {
    let ground = Ground::new();
    let tree = ground.tree();
    tree.commit("both.py", "x = 1\n", "base");
    tree.git(&["switch", "-q", "-c", "side"]);
    tree.commit("both.py", "x = 2\n", "side");
    tree.git(&["switch", "-q", "main"]);
    tree.commit("both.py", "x = 3\n", "main");
    tree.settled();
    let patch = tree.git(&["format-patch", "-1", "side", "--stdout"]);
    fs::write(ground.outside("side.patch"), patch + "\n").unwrap();
    let patch = ground.outside("side.patch");
    let patch = patch.to_str().unwrap();
    let ground = ground.watch();
    let tree = ground.tree();
    for (begin, name, end) in [
        (&["merge", "side"][..], "merge", &["merge", "--abort"][..]),
        (&["rebase", "side"], "rebase", &["rebase", "--abort"]),
        (
            &["cherry-pick", "side"],
            "cherry-pick",
            &["cherry-pick", "--abort"],
        ),
        (
            &["revert", "--no-edit", "HEAD~1"],
            "revert",
            &["revert", "--abort"],
        ),
        (&["bisect", "start"], "bisect", &["bisect", "reset"]),
        (&["am", patch], "am", &["am", "--abort"]),
    ] {
        ground.sandbox.git(begin);
        ground.status_says(&format!("waits      a {name} is in progress"));
        let json = tree.asked(&["status", "--json"]);
        assert_eq!(json["gate"], format!("a {name} is in progress"), "{json}");
        tree.git(end);
        wait_for("an open gate", || {
            tree.asked(&["status", "--json"])["gate"].is_null()
        });
    }
    // Locks, while something waits to land.
    for lock in ["index.lock", "HEAD.lock", "refs/heads/main.lock"] {
        let path = ground.sandbox.path(".git").join(lock);
        let name = lock.replace('/', "-");
        let file = format!("{name}.py");
        let mine = tree.commit(&file, MESSY, "feat: one");
        fs::write(&path, "").unwrap();
        let reason = if lock == "index.lock" {
            "index.lock is there: a git command is at work, or one was killed"
        } else {
            "a reference is locked"
        };
        let landed = || tree.git(&["rev-parse", "HEAD"]) != mine;
        wait_for("the gate's reason, or a landing that was faster", || {
            landed() || tree.asked(&["status", "--json"])["gate"] == reason
        });
        fs::remove_file(&path).unwrap();
        tree.followed(&mine);
    }
    tree.is_clean();
}

#[test]
fn a_commit_editor_that_stays_open_for_ten_seconds_loses_nothing() {
    let ground = Ground::new().patient();
    ground.set("save.quiet", "50ms");
    let mut ground = ground;
    ground.start();
    let tree = ground.tree();
    let first = tree.commit("app.py", MESSY, "feat: app");
    tree.write("lib.py", MESSY);
    tree.git(&["add", "lib.py"]);
    let (open, close) = (ground.outside("open"), ground.outside("close"));
    let editor = format!(
        "sh -c 'echo feat: lib > \"$1\"; : > {}; until [ -e {} ]; do sleep 0.02; done' -",
        open.display(),
        close.display()
    );
    let config = format!("core.editor={editor}");
    let mut commit = ground
        .sandbox
        .start_program("git", &["-c", &config, "commit"]);
    wait_for("the editor", || open.exists());
    let begun = std::time::Instant::now();
    let mut saves = 0;
    // Saves go on all the time, and nothing of hive's gets in between.
    let text = |number: u32| long(&format!("import os\n\n\nnumber = {number} + os.EX_OK\n"));
    while begun.elapsed().as_secs() < 10 {
        saves += 1;
        tree.write("saved.py", text(saves));
        assert_eq!(tree.head(), first);
        assert_eq!(tree.read("app.py"), MESSY);
        std::thread::park_timeout(std::time::Duration::from_millis(200));
    }
    tree.write("saved.py", format!("{}y  =  1\n", text(saves)));
    ground.status_says("`git commit` is at work");
    assert!(commit.try_wait().unwrap().is_none());
    fs::write(&close, "").unwrap();
    assert!(commit.wait().unwrap().success(), "the commit failed");
    let mine = tree.git(&["log", "-1", "--format=%H", "--grep=feat: lib"]);
    assert_eq!(tree.git(&["rev-parse", &format!("{mine}^")]), first);
    ground.landed_after(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    assert_eq!(tree.read("lib.py"), NEAT);
    // What was saved last is laid out, and not committed.
    tree.until("the save", || tree.read("saved.py").ends_with("y = 1\n"));
    assert!(
        tree.read("saved.py")
            .contains(&format!("number = {saves} + os.EX_OK"))
    );
    tree.settled();
    assert_eq!(tree.git(&["status", "--porcelain"]), "?? saved.py");
    ground.is_sound();
}

#[test]
fn a_database_that_is_open_elsewhere_is_not_touched() {
    let mut ground = Ground::new().watch();
    let word = ground.sandbox.path(".git/hive/hive.db.open");
    let here = fs::read_to_string(&word).unwrap();
    assert!(here.contains("\"boot\""), "{here}");
    // Killed, the agent leaves its word, which is no obstacle here.
    ground.kill();
    assert_eq!(fs::read_to_string(&word).unwrap(), here);
    let tree_root = ground.sandbox.root();
    ground.hive(&["status"]).expect(0);
    assert_eq!(fs::read_to_string(&word).unwrap(), "");
    let before = fs::read(tree_root.join(".git/hive/hive.db")).unwrap();
    let elsewhere = r#"{"host":"other","name":"zeus","boot":"another","since_ms":1}"#;
    fs::write(&word, elsewhere).unwrap();
    for verb in [
        &["status"][..],
        &["queue"],
        &["watch", "--once"],
        &["history"],
    ] {
        let ran = ground.hive(verb).expect(3);
        assert!(
            ran.stderr.contains("hive.db is open on zeus"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("rm "), "{}", ran.stderr);
    }
    assert_eq!(fs::read_to_string(&word).unwrap(), elsewhere);
    assert_eq!(
        fs::read(tree_root.join(".git/hive/hive.db")).unwrap(),
        before
    );
    // What needs no database goes on, with a word about it.
    ground.write("one.py", MESSY);
    let ran = ground.hive(&["fix", "one.py"]).expect(0);
    assert!(ran.stderr.contains("open on zeus"), "{}", ran.stderr);
    assert_eq!(ground.read("one.py"), NEAT);
    // Another start of this very host is what a reboot leaves.
    fs::write(&word, here.replace("\"boot\":\"", "\"boot\":\"before-")).unwrap();
    ground.hive(&["status"]).expect(0);
    assert_eq!(fs::read_to_string(&word).unwrap(), "");
}
