//! Many files at once.

use std::fs;

use hive_test_support::wait_for;

use crate::ground::{Ground, MESSY, NEAT};

#[test]
fn a_thousand_files_are_one_burst_and_one_commit() {
    let ground = Ground::new();
    // So many files are not written and committed in a moment: the first ones would be
    // fixed as saves.
    ground.set("on_save", "off");
    let ground = ground.watch();
    let tree = ground.tree();
    for number in 0..1000 {
        tree.write(&format!("pkg{}/m{number}.py", number % 20), MESSY);
    }
    let mine = tree.commit_all("feat: thousand");
    let message = tree.followed(&mine);
    assert!(
        message.starts_with("chore(qa): auto-fix 3000 violations in 1000 files ["),
        "{message}"
    );
    assert_eq!(
        tree.git(&["rev-list", "--count", &format!("{mine}..")]),
        "1"
    );
    for number in 0..1000 {
        assert_eq!(tree.read(&format!("pkg{}/m{number}.py", number % 20)), NEAT);
    }
    tree.is_clean();
    let mut bursts: Vec<String> = ground
        .everything_said()
        .iter()
        .filter(|line| line.contains("\"task-enqueued\"") && line.contains("pkg"))
        .filter(|line| line.contains("\"stage\":\"qa\""))
        .map(|line| {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            event["burst"].to_string()
        })
        .collect();
    assert_eq!(bursts.len(), 1000);
    bursts.dedup();
    assert_eq!(bursts.len(), 1);
}

#[test]
fn a_file_that_is_committed_again_does_not_stop_the_only_worker() {
    // One place for the workers of the machine, and many files for it, so that the golden
    // task of the first one is claimed long before its crew gets the place. The file is
    // then committed again: its new qa task waits for the golden one, and a crew that
    // kept the place for that task kept it from the other for good.
    let ground = Ground::new();
    ground.set("on_save", "off");
    ground.set("worker.background", "1");
    ground.write(
        "hive.toml",
        "[golden]\npreset = \"none\"\nenable = [\"GR09\"]\n",
    );
    ground.sandbox.hive(&["trust", "--yes"]).expect(0);
    ground.sandbox.commit("laws");
    ground.settled();
    let ground = ground.watch();
    let tree = ground.tree();
    for number in 0..150 {
        tree.write(&format!("pkg/m{number:03}.py"), MESSY);
    }
    tree.write("a.py", "def told(x):\n    print(x)\n");
    tree.commit_all("feat: many");
    wait_for("the golden task of the first file", || {
        let running = tree.asked(&["queue", "list", "--json"]);
        let tasks = running["tasks"].as_array().expect("tasks");
        tasks.iter().any(|task| {
            task["path"] == "a.py" && task["stage"] == "golden" && task["state"] == "running"
        })
    });
    tree.write("a.py", "def told(x):\n    print(x)\n\n\ny=1\n");
    tree.commit_all("feat: again");
    tree.settled();
    let told = tree.read("a.py");
    assert!(
        told.contains("logger.info") && told.contains("y = 1"),
        "{told}"
    );
    tree.is_clean();
}

/// A branch `theirs` of a colleague's with many files that no tool likes.
fn with_many(ground: &Ground, count: usize) {
    let tree = ground.tree();
    tree.git(&["switch", "-q", "-c", "theirs"]);
    commit_many(ground, count, "x");
    tree.git(&["switch", "-q", "main"]);
    tree.settled();
}

/// The colleague commits many files.
fn commit_many(ground: &Ground, count: usize, name: &str) {
    for number in 0..count {
        let path = ground.sandbox.path(&format!("theirs/p{}", number / 100));
        fs::create_dir_all(&path).unwrap();
        let text = format!("{name} = {number} \n");
        fs::write(path.join(format!("m{number}.py")), text).unwrap();
    }
    let tree = ground.tree();
    tree.git(&["add", "-A"]);
    let email = "user.email=eve@example.org";
    tree.git(&["-c", email, "commit", "-q", "-m", "theirs"]);
}

/// Demands that no file of the colleague's was worked on or changed.
#[track_caller]
fn untouched(ground: &Ground) {
    let tree = ground.tree();
    assert_eq!(tree.git(&["status", "--porcelain"]), "");
    let said = ground.everything_said();
    let worked: Vec<_> = said
        .iter()
        .filter(|line| line.contains("\"task-") && line.contains("theirs/"))
        .collect();
    assert!(worked.is_empty(), "{} of {worked:?}", worked.len());
}

#[test]
fn a_switch_over_many_files_starts_nobody() {
    let ground = Ground::new();
    with_many(&ground, 5000);
    let ground = ground.watch();
    let tree = ground.tree();
    for branch in ["theirs", "main", "theirs", "main"] {
        tree.git(&["switch", "-q", branch]);
    }
    // A commit that comes later is dealt with; until then there was nothing to do.
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    untouched(&ground);
}

#[test]
#[ignore = "git needs more than ten seconds for it"]
fn a_flood_that_nobody_reads_ends_in_the_right_state() {
    let ground = Ground::new();
    ground.set("save.quiet", "50ms");
    commit_many(&ground, 20_000, "old");
    with_many(&ground, 20_000);
    let ground = ground.watch();
    let tree = ground.tree();
    let pid = ground.pid().to_string();
    let signal = |name: &str| ground.sandbox.run("kill", &[name, &pid]).expect(0);
    signal("-STOP");
    tree.git(&["switch", "-q", "theirs"]);
    tree.write("theirs/p3/m300.py", MESSY);
    signal("-CONT");
    ground.said("\"rescan\"");
    let laid_out = NEAT.replace("import os\n", "import os\nimport sys\n");
    tree.until("the save that was made meanwhile", || {
        tree.read("theirs/p3/m300.py") == laid_out
    });
    tree.git(&["restore", "theirs/p3/m300.py"]);
    tree.git(&["switch", "-q", "main"]);
    let mine = tree.commit("app.py", MESSY, "feat: app");
    tree.followed(&mine);
    tree.is_clean();
    let said = ground.everything_said();
    let worked: Vec<_> = said
        .iter()
        .filter(|line| line.contains("\"task-started\"") && line.contains("theirs/"))
        .filter(|line| !line.contains("theirs/p3/m300.py"))
        .collect();
    assert!(worked.is_empty(), "{} of {worked:?}", worked.len());
}

#[test]
fn new_files_that_were_saved_in_a_flood_are_found() {
    let ground = Ground::new();
    ground.set("save.quiet", "50ms");
    let tree = ground.tree();
    // Older than the agent: nobody has saved it since.
    tree.write("old.py", MESSY);
    let begun = std::time::SystemTime::now();
    wait_for("the next moment", || {
        begun.elapsed().is_ok_and(|past| past.as_millis() > 50)
    });
    let ground = ground.watch();
    let tree = ground.tree();
    let pid = ground.pid().to_string();
    let signal = |name: &str| ground.sandbox.run("kill", &[name, &pid]).expect(0);
    signal("-STOP");
    // More than the system keeps for who does not read.
    let most = std::fs::read_to_string("/proc/sys/fs/inotify/max_queued_events");
    let most: usize = most.unwrap_or_default().trim().parse().unwrap_or(16_384);
    for number in 0..=most / 2 {
        tree.write("flood.txt", number.to_string());
        tree.write("flood.txt~", "x");
    }
    tree.write("new.py", MESSY);
    signal("-CONT");
    ground.said("\"rescan\"");
    let laid_out = NEAT.replace("import os\n", "import os\nimport sys\n");
    tree.until("the save that nobody told of", || {
        tree.read("new.py") == laid_out
    });
    tree.settled();
    assert_eq!(tree.read("old.py"), MESSY);
}
