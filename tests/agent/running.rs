//! One agent per work tree: beginning, taking over, ending.

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn a_second_agent_is_refused() {
    let ground = Ground::new().watch();
    let ran = ground.hive(&["watch"]).expect(2);
    let pid = ground.pid();
    assert!(
        ran.stderr
            .contains(&format!("`hive watch` is at work already (process {pid})")),
        "{}",
        ran.stderr
    );
    let ran = ground.hive(&["watch", "--once"]).expect(2);
    assert!(ran.stderr.contains("at work already"), "{}", ran.stderr);
}

#[test]
fn an_agent_takes_over_from_a_drain_that_waits() {
    let mut ground = Ground::new();
    ground.git(&["switch", "-q", "-c", "side"]);
    ground.commit("clean.py", "x = 2\n", "side");
    ground.settled();
    ground.git(&["switch", "-q", "main"]);
    ground.commit("clean.py", "x = 3\n", "main");
    ground.settled();
    // A merge that stops leaves a drain at the gate.
    let merged = ground.sandbox.git(&["merge", "side"]);
    assert_eq!(merged.code, Some(1));
    ground.write("app.py", MESSY);
    ground.sandbox.hive(&["hook", "post-commit"]).expect(0);
    let agent = || {
        let status = ground.tree().asked(&["status", "--json"]);
        status["agent"]["kind"].clone()
    };
    wait_for("a drain", || agent() == "drain");
    wait_for("the gate's reason", || {
        ground.tree().asked(&["status", "--json"])["gate"].is_string()
    });
    ground.start();
    assert_eq!(
        ground.tree().asked(&["status", "--json"])["agent"]["kind"],
        "watch"
    );
    ground.write("clean.py", "x = 4\n");
    let tree = ground.tree();
    let mine = tree.commit_all("merge");
    assert_eq!(
        tree.git(&["rev-list", "--count", "--merges", "-1", &mine]),
        "1"
    );
    tree.settled();
    tree.is_clean();
}

#[test]
fn once_does_the_work_that_waits_and_ends() {
    let ground = Ground::new();
    leave_it(&ground);
    let mine = ground.commit("app.py", MESSY, "feat: app");
    let ran = ground.hive(&["watch", "--once", "--json"]).expect(0);
    assert!(ran.stdout.contains("\"landed\""), "{}", ran.stdout);
    let tree = ground.tree();
    tree.followed(&mine);
    assert_eq!(tree.read("app.py"), NEAT);
    tree.is_clean();
    let ran = ground.hive(&["watch", "--once", "--json"]).expect(0);
    assert!(!ran.stdout.contains("task-"), "{}", ran.stdout);
}

#[test]
fn a_signal_ends_an_agent_in_order() {
    let mut ground = Ground::new();
    leave_it(&ground);
    for number in 0..400 {
        ground.write(&format!("m{number}.py"), MESSY);
    }
    ground.sandbox.commit("feat: many");
    let mine = ground.head();
    ground.start();
    ground.said("\"task-started\"");
    ground.stop();
    let tasks = ground.tree().asked(&["queue", "list", "--json"]);
    let tasks = tasks["tasks"].as_array().unwrap();
    assert!(!tasks.is_empty());
    for task in tasks {
        assert_ne!(task["state"], "running", "{task}");
    }
    no_process(&ground);
    // What was given back is taken up again, and nothing is done twice.
    ground.start();
    let tree = ground.tree();
    let message = tree.followed(&mine);
    assert!(message.contains(" 400 files "), "{message}");
    assert_eq!(
        tree.git(&["rev-list", "--count", &format!("{mine}..")]),
        "1"
    );
    tree.is_clean();
}

/// Also while a worker is kept warm for the next save: what a landing ran through is not
/// held until the worker goes.
#[cfg(target_os = "linux")]
#[test]
fn an_agent_with_nothing_to_do_lets_its_memory_go() {
    let ground = Ground::new().watch();
    let mine = ground.commit("app.py", MESSY, "feat: app");
    ground.tree().followed(&mine);
    let held = || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", ground.pid())).unwrap();
        let mut lines = status.lines();
        let line = lines.find_map(|line| line.strip_prefix("RssFile:"));
        let kilobytes = line.unwrap().trim().trim_end_matches(" kB");
        kilobytes.parse::<u64>().unwrap()
    };
    let busy = held();
    wait_for("a rest", || held() * 2 < busy);
}

/// It said an error of git's data before.
#[test]
fn an_agent_whose_repository_is_removed_ends() {
    let mut ground = Ground::new().watch();
    std::fs::remove_dir_all(ground.sandbox.root()).unwrap();
    ground.said("the work tree is gone, or hive's directory in it: hive ends");
    ground.dies();
}

/// It waited for ever for something to happen.
#[test]
fn a_drain_whose_repository_is_removed_ends() {
    let ground = Ground::new();
    leave_it(&ground);
    ground.commit("app.py", MESSY, "feat: app");
    ground.write(".git/index.lock", "");
    let mut drain = ground.sandbox.start(&["watch", "--once"]);
    ground.status_says("index.lock is there");
    std::fs::remove_dir_all(ground.sandbox.root()).unwrap();
    wait_for("the end of the drain", || {
        drain.try_wait().unwrap().is_some()
    });
    assert_eq!(drain.wait().unwrap().code(), Some(0));
}

/// Waits until nothing runs here.
#[track_caller]
fn no_process(ground: &Ground) {
    wait_for("the end of all processes", || {
        ground.sandbox.processes().is_empty()
    });
}

/// From now on hooks leave the work for later.
#[track_caller]
fn leave_it(ground: &Ground) {
    no_process(ground);
    ground.set("hooks.when_idle", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
}
