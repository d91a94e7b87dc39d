//! `hive uninit` leaves no trace, and takes nothing that is somebody's.

use std::fs::{self, File};

use rustix::fs::{FlockOperation, flock};

use super::{everything, foreign, hook, init, installed, repository, same};

#[test]
fn nothing_is_left() {
    let sandbox = repository();
    foreign(&sandbox, "post-commit", 0);
    sandbox.write(&hook("post-merge"), "#!/bin/sh\n");
    sandbox
        .git(&["worktree", "add", "-q", "../linked"])
        .expect(0);
    let before = everything(&sandbox.directory());
    init(&sandbox);
    let linked = sandbox.directory().join("linked");
    sandbox.hive_in(&linked, &["init", "--yes"]).expect(0);
    sandbox
        .hive(&["config", "set", "commit.mode", "fixup"])
        .expect(0);
    sandbox.hive(&["uninit"]).expect(0);
    for directory in [&sandbox.root(), &linked] {
        let before = before
            .iter()
            .filter(|(path, _)| path.starts_with(directory))
            .map(|(path, was)| (path.clone(), was.clone()))
            .collect();
        same(&before, directory);
    }
    let trust = sandbox.home().join(".local/state/hive/trust");
    assert!(
        fs::read_dir(trust).map_or(true, |entries| entries.count() == 0),
        "trust is forgotten"
    );
    let ran = sandbox.hive(&["uninit"]).expect(0);
    assert_eq!(ran.stderr, "hive is not installed here\n");
}

#[test]
fn a_hooks_directory_that_was_missing_is_missing_again() {
    let sandbox = repository();
    fs::remove_dir_all(sandbox.path(".git/hooks")).unwrap();
    let before = everything(&sandbox.root());
    init(&sandbox);
    sandbox.hive(&["uninit"]).expect(0);
    same(&before, &sandbox.root());
}

#[test]
fn hive_toml_goes_only_if_it_is_nobodys() {
    for (change, kept) in [("", false), ("# ours\n", true)] {
        let sandbox = installed();
        let text = sandbox.read("hive.toml");
        sandbox.write("hive.toml", format!("{text}{change}"));
        sandbox.hive(&["uninit"]).expect(0);
        assert_eq!(sandbox.path("hive.toml").exists(), kept, "{change}");
    }
    let sandbox = installed();
    sandbox.git(&["add", "hive.toml"]).expect(0);
    let said = sandbox.hive(&["uninit"]).expect(0).stderr;
    assert!(
        said.contains("hive.toml: kept, since git tracks it"),
        "{said}"
    );
    assert!(sandbox.path("hive.toml").exists());
}

#[test]
fn it_refuses_while_something_would_be_lost_or_somebody_works() {
    let sandbox = installed();
    sandbox.write(".git/hive/rescue/a.py.1", "precious\n");
    let before = everything(&sandbox.path(".git"));
    let ran = sandbox.hive(&["uninit"]);
    assert_eq!(ran.code, Some(2));
    assert_eq!(
        ran.stderr,
        "error: this would be lost: 1 rescued file in .git/hive/rescue\n  hint: `hive uninit --force` removes it all the same\n"
    );
    same(&before, &sandbox.path(".git"));
    let lock = File::create(sandbox.path(".git/hive/agent.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let ran = sandbox.hive(&["uninit", "--force"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("an agent is at work"), "{}", ran.stderr);
    assert!(sandbox.path(&hook("post-commit")).exists());
    drop(lock);
    sandbox.hive(&["uninit", "--force"]).expect(0);
    assert!(!sandbox.path(".git/hive").exists());
}

/// A drain that waits for the lock while hive is removed gets one that nobody else would
/// take. It must not begin: the database would be back.
#[test]
#[cfg(target_os = "linux")]
fn a_drain_that_comes_while_hive_is_removed_brings_nothing_back() {
    let sandbox = installed();
    let own = sandbox.path(".git/hive");
    let path = own.join("agent.lock");
    let lock = fs::File::create(&path).unwrap();
    lock.lock().unwrap();
    let mut drain = sandbox.start(&["drain"]);
    let descriptors = format!("/proc/{}/fd", drain.id());
    hive_test_support::wait_for("the drain to ask for the lock", || {
        let open = fs::read_dir(&descriptors).into_iter().flatten().flatten();
        open.map(|entry| fs::read_link(entry.path()))
            .any(|target| target.is_ok_and(|target| target == path))
    });
    fs::remove_dir_all(&own).unwrap();
    drop(lock);
    assert!(drain.wait().unwrap().success());
    assert!(!own.exists());
}
