//! What hooks do when git runs them: wake, print the notice, and otherwise nothing.

use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::fs::PermissionsExt;

use rustix::fs::{FlockOperation, flock};

use super::{hook, init, installed, repository, take_wake};

#[test]
fn every_hook_wakes_and_says_nothing() {
    let sandbox = installed();
    let quiet = |args: &[&str]| {
        let ran = sandbox.git(args).expect(0);
        assert_eq!(
            (ran.stdout.as_str(), ran.stderr.as_str()),
            ("", ""),
            "{args:?}"
        );
    };
    quiet(&["commit", "-q", "--allow-empty", "-m", "one"]);
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-commit\n"));
    quiet(&["commit", "-q", "--amend", "--allow-empty", "-m", "two"]);
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-rewrite\n"));
    quiet(&["switch", "-q", "-c", "side", "HEAD~1"]);
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-checkout\n"));
    quiet(&["merge", "-q", "--ff-only", "main"]);
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-merge\n"));
    assert!(!sandbox.path(".git/hive/hook.log").exists());
}

#[test]
fn the_notice_is_printed_once_and_made_safe() {
    let sandbox = installed();
    sandbox.write(".git/hive/notice", "hive: fixed \u{1b}[31m2 files\n");
    let ran = sandbox
        .git(&["commit", "-q", "--allow-empty", "-m", "one"])
        .expect(0);
    assert_eq!(ran.stderr, "hive: fixed \\u{1b}[31m2 files\n");
    let ran = sandbox
        .git(&["commit", "-q", "--allow-empty", "-m", "two"])
        .expect(0);
    assert_eq!(ran.stderr, "");
    let names: Vec<String> = fs::read_dir(sandbox.path(".git/hive"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("notice"))
        .collect();
    assert!(names.is_empty(), "{names:?}");
}

#[test]
fn in_ci_when_switched_off_and_where_hive_is_not_installed_nothing_happens() {
    for (name, value) in [("CI", "true"), ("HIVE", "0")] {
        let mut sandbox = installed();
        take_wake(&sandbox);
        sandbox.write(".git/hive/notice", "hive: news\n");
        sandbox.set(name, value);
        let ran = sandbox
            .git(&["commit", "-q", "--allow-empty", "-m", "one"])
            .expect(0);
        assert_eq!(
            (ran.stderr.as_str(), take_wake(&sandbox)),
            ("", None),
            "{name}"
        );
        // The entry itself heeds them too: a line of a team's own hooks has no guard.
        sandbox.hive(&["hook", "post-commit"]).expect(0);
        assert_eq!(take_wake(&sandbox), None, "{name}");
    }
    let sandbox = repository();
    let ran = sandbox.hive(&["hook", "post-commit"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert!(!sandbox.path(".git/hive").exists());
}

#[test]
fn a_binary_that_is_gone_is_looked_for_in_the_path_and_then_nobody_notices() {
    let mut sandbox = repository();
    // Moved to another place after the installation.
    let copy = sandbox.home().join("bin/hive");
    fs::create_dir(copy.parent().unwrap()).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_hive"), &copy).unwrap();
    sandbox.run(&copy, &["init", "--yes"]).expect(0);
    let text = sandbox.read(&hook("post-commit"));
    assert!(text.contains(copy.to_str().unwrap()), "{text}");
    sandbox.commit("one");
    assert!(take_wake(&sandbox).is_some());

    let elsewhere = sandbox.home().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::rename(&copy, elsewhere.join("hive")).unwrap();
    let plain = "/usr/local/bin:/usr/bin:/bin";
    sandbox.set("PATH", format!("{}:{plain}", elsewhere.display()));
    sandbox.commit("found in PATH");
    assert!(take_wake(&sandbox).is_some());

    fs::remove_file(elsewhere.join("hive")).unwrap();
    sandbox.write("a.py", "x = 2\n");
    let ran = sandbox.git(&["commit", "-q", "-a", "-m", "gone"]).expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    assert_eq!(take_wake(&sandbox), None);

    // `hive init` with the new place repairs the hooks.
    let said = init(&sandbox).stderr;
    assert!(said.contains("post-commit: updated"), "{said}");
    sandbox.commit("again");
    assert!(take_wake(&sandbox).is_some());
}

#[test]
fn trouble_is_a_bounded_log_and_no_more() {
    let sandbox = installed();
    let own = sandbox.path(".git/hive");
    // A directory where a file belongs: also for root the wake cannot be written.
    fs::create_dir(own.join("wake")).unwrap();
    let ran = sandbox
        .git(&["commit", "-q", "--allow-empty", "-m", "one"])
        .expect(0);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
    let log = fs::read_to_string(own.join("hook.log")).unwrap();
    assert!(log.contains("post-commit: touching the wake file"), "{log}");
    fs::write(own.join("hook.log"), vec![b'x'; 80 << 10]).unwrap();
    sandbox.commit("two");
    assert!(fs::metadata(own.join("hook.log")).unwrap().len() < 1 << 10);
}

#[test]
fn nothing_is_started_beside_a_running_agent_or_when_work_may_wait() {
    let sandbox = installed();
    let own = sandbox.path(".git/hive");
    assert_eq!(fs::read_to_string(own.join("hooks")).unwrap(), "queue\n");
    sandbox.commit("left for later");
    assert_eq!(sandbox.processes(), [""; 0]);
    fs::write(own.join("hooks"), "drain\n").unwrap();
    let lock = File::create(own.join("agent.lock")).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    sandbox.commit("the agent is there");
    assert_eq!(sandbox.processes(), [""; 0]);
    assert!(take_wake(&sandbox).is_some());
}

/// Where an agent works the hook does without the binary, and only there: a dead agent,
/// a process that has got its number, a lock that is another file by now, and a notice
/// are cases for the binary.
#[test]
fn a_working_agent_is_woken_by_the_shell_alone() {
    let sandbox = repository();
    let binary = sandbox.home().join("bin/hive");
    fs::create_dir(binary.parent().unwrap()).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_hive"), &binary).unwrap();
    sandbox.run(&binary, &["init", "--yes"]).expect(0);
    let started = sandbox.home().join("started");
    let script = format!("#!/bin/sh\necho \"$*\" >{}\n", started.display());
    fs::remove_file(&binary).unwrap();
    sandbox.script(binary.to_str().unwrap(), &script);
    let own = sandbox.path(".git/hive");
    // What the hook starts, and what is in the wake file then.
    let commit = || {
        let ran = sandbox
            .git(&["commit", "-q", "--allow-empty", "-m", "one"])
            .expect(0);
        assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
        let woken = take_wake(&sandbox);
        let said = fs::read_to_string(&started).ok();
        let _ = fs::remove_file(&started);
        (said.as_deref() == Some("hook post-commit\n"), woken)
    };
    assert_eq!(commit(), (true, None));

    let lock = File::create(own.join("agent.lock")).unwrap();
    let held = |pid: u32, fd: i32| format!("/proc/{pid}/fd/{fd}\n");
    let (pid, fd) = (std::process::id(), lock.as_raw_fd());
    fs::write(own.join("agent"), held(pid, fd)).unwrap();
    let woken = Some("post-commit\n".to_owned());
    assert_eq!(commit(), (false, woken.clone()));

    fs::write(own.join("notice"), "news\n").unwrap();
    assert_eq!(commit(), (true, woken.clone()));
    fs::remove_file(own.join("notice")).unwrap();

    // The parent stands for a process that has the number by now, and the number 0 for a
    // process that is gone; half a line is what is still being written.
    let parent = std::os::unix::process::parent_id();
    let half = format!("/proc/{pid}");
    for text in [held(parent, fd), held(0, fd), held(pid, 9999), half] {
        fs::write(own.join("agent"), &text).unwrap();
        assert_eq!(commit(), (true, woken.clone()), "{text}");
    }

    fs::write(own.join("agent"), held(pid, fd)).unwrap();
    fs::rename(own.join("agent.lock"), own.join("old.lock")).unwrap();
    File::create(own.join("agent.lock")).unwrap();
    assert_eq!(commit(), (true, woken.clone()), "another lock");
    fs::rename(own.join("old.lock"), own.join("agent.lock")).unwrap();
    assert_eq!(commit(), (false, woken.clone()));
    drop(lock);
    assert_eq!(commit(), (true, woken), "a dead agent");
}

#[test]
fn a_read_only_repository_and_git_dir_of_another_are_survived() {
    let sandbox = installed();
    let other = sandbox.directory().join("other");
    fs::create_dir(&other).unwrap();
    // Git is told the repository and the hook runs elsewhere.
    let (git_dir, root) = (sandbox.path(".git"), sandbox.root());
    let (git_dir, root) = (git_dir.to_str().unwrap(), root.to_str().unwrap());
    take_wake(&sandbox);
    sandbox
        .git(&[
            "--git-dir",
            git_dir,
            "--work-tree",
            root,
            "-C",
            other.to_str().unwrap(),
            "commit",
            "-q",
            "--allow-empty",
            "-m",
            "from elsewhere",
        ])
        .expect(0);
    assert!(take_wake(&sandbox).is_some());
    let mode = |path: &str, mode| {
        fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(".git/hive", 0o500);
    let ran = sandbox.hive(&["hook", "post-commit"]).expect(0);
    mode(".git/hive", 0o700);
    assert_eq!((ran.stdout.as_str(), ran.stderr.as_str()), ("", ""));
}
