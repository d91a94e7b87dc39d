//! The hook of the mode `tidy`: when it is there, who else is called, and who never waits.

use std::fs;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::process::Stdio;

use hive_test_support::wait_for;

use super::{TIDY, UNTIDY, both, ground};
use crate::ground::Ground;

const HOOK: &str = ".git/hooks/pre-commit";

#[test]
fn the_hook_is_there_only_where_it_is_wanted() {
    let ground = Ground::new();
    let hook = ground.sandbox.path(HOOK);
    assert!(!hook.exists(), "nothing of hive's before a commit");
    let set = |mode: &str| {
        ground
            .hive(&["config", "set", "commit.mode", mode])
            .expect(0)
    };
    set("tidy").warns("pre-commit: installed (.git/hooks/pre-commit)");
    assert!(hook.exists());
    // Said once; the others are where they were.
    let again = set("tidy");
    assert!(!again.stderr.contains("pre-commit:"), "{}", again.stderr);
    set("direct").warns("pre-commit: removed (.git/hooks/pre-commit)");
    assert!(!hook.exists());
    // `hive init` follows what is set.
    set("tidy");
    fs::remove_file(&hook).unwrap();
    ground.hive(&["init", "--yes"]).expect(0);
    assert!(hook.exists());
    ground.hive(&["uninit"]).expect(0);
    assert!(!hook.exists());
    // Before `hive init` there is nothing to follow.
    let bare = Ground::bare();
    bare.hive(&["config", "set", "commit.mode", "tidy"])
        .expect(0);
    assert!(!bare.sandbox.path(HOOK).exists());
    bare.hive(&["init", "--yes"]).expect(0);
    assert!(bare.sandbox.path(HOOK).exists());
}

/// A hook that refuses what is not laid out lets the commit pass: hive comes first.
#[test]
fn a_hook_that_was_there_has_the_last_word() {
    both(|ground| {
        let check = "#!/bin/sh\necho \"checked $#\" >&2\nif git show :a.py | grep -q 'x,b'; then echo untidy >&2; exit 1; fi\ntest ! -e refuse\n";
        ground
            .hive(&["config", "set", "commit.mode", "direct"])
            .expect(0);
        ground.sandbox.script(HOOK, check);
        ground
            .hive(&["config", "set", "commit.mode", "tidy"])
            .expect(0)
            .warns("the hook that was there is kept and called after it");
        ground.write("a.py", UNTIDY);
        ground.git(&["add", "a.py"]);
        ground.commits(&["-m", "feat: a"]).warns("checked 0");
        ground.is_everywhere("a.py", TIDY);
        ground.settled();
        // What it refuses is refused; what was laid out is so in index and file alike.
        ground.write("refuse", "");
        ground.write("a.py", format!("{TIDY}y = [ 1 ]\n").as_str());
        ground.git(&["add", "a.py"]);
        let head = ground.head();
        assert_ne!(ground.sandbox.git(&["commit", "-m", "no"]).code, Some(0));
        assert_eq!(ground.head(), head);
        assert_eq!(ground.staged("a.py"), ground.read("a.py"));
        ground.nothing_lies_about();
        // And it comes back as it was.
        ground
            .hive(&["config", "set", "commit.mode", "direct"])
            .expect(0);
        assert_eq!(ground.read(HOOK), check);
    });
}

/// From a window there is no PATH and nobody to print to.
#[test]
fn without_a_path_and_a_terminal_it_works_alike() {
    both(|ground| {
        ground.write("a.py", UNTIDY);
        ground.git(&["add", "a.py"]);
        let git = ground
            .sandbox
            .run("sh", &["-c", "command -v git"])
            .expect(0)
            .stdout;
        let args = ["commit", "-q", "-m", "feat: a"];
        let mut command = ground.sandbox.command(Path::new(git.trim()), &args);
        command.env("PATH", "/nowhere").stdin(Stdio::null());
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success());
        ground.is_everywhere("a.py", TIDY);
    });
}

#[test]
fn in_ci_and_where_a_person_says_so_nothing_is_touched() {
    for (name, value) in [("CI", "1"), ("HIVE", "0")] {
        let mut ground = ground();
        ground.sandbox.set(name, value);
        ground.write("a.py", UNTIDY);
        ground.git(&["add", "a.py"]);
        let ran = ground.commits(&["-m", "feat: a"]);
        assert_eq!(ran.stderr, "");
        assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
    }
}

/// Where the system has no runtime directory, the agent listens in the state directory; a
/// commit finds it there, also one from a session that has such a directory.
#[test]
fn without_a_runtime_directory_the_agent_is_found() {
    let mut ground = ground();
    let sockets = |ground: &Ground| {
        let directory = ground.sandbox.home().join(".local/state/hive/run");
        let entries = fs::read_dir(directory).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    ground.sandbox.unset("XDG_RUNTIME_DIR");
    let mut ground = ground.watch();
    let [socket] = &sockets(&ground)[..] else {
        panic!("{:?}", sockets(&ground));
    };
    let about = fs::symlink_metadata(socket).unwrap();
    assert!(about.file_type().is_socket());
    assert_eq!(about.mode() & 0o777, 0o600);
    for set in [false, true] {
        if set {
            ground
                .sandbox
                .set("XDG_RUNTIME_DIR", ground.sandbox.home().join("run"));
        }
        let name = format!("{set}.py");
        ground.write(&name, UNTIDY);
        ground.git(&["add", "--all"]);
        ground.commits(&["-m", "feat: one"]);
        ground.is_everywhere(&name, TIDY);
    }
    ground.stop();
    assert!(sockets(&ground).is_empty());
}

/// `--no-verify` calls no hook before the commit; those after it are called.
#[test]
fn without_the_hook_the_commit_is_followed() {
    both(|ground| {
        ground.write("a.py", UNTIDY);
        ground.git(&["add", "a.py"]);
        ground.commits(&["--no-verify", "-m", "feat: a"]);
        assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
        let mine = ground.head();
        ground.landed_after(&mine);
        ground.is_everywhere("a.py", TIDY);
    });
}

/// What is not ready in time is not waited for: the commit goes on as it is, and nothing
/// of what was prepared is done or left.
#[test]
fn what_comes_late_is_not_done() {
    let mut ground = ground();
    let held = ground.outside("held");
    let order = format!("landing.intent.write:delay={}", held.display());
    ground.sandbox.set("HIVE_COMMIT_BUDGET", "2s");
    // Every hive that is started from here on would wait; a drain is none of this.
    ground.sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
    ground.sandbox.set("HIVE_CRASH", order);
    ground.write("a.py", UNTIDY);
    ground.git(&["add", "a.py"]);
    let ran = ground.commits(&["-m", "feat: a"]);
    assert!(!ran.stderr.contains("tidied"), "{}", ran.stderr);
    assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
    // The helper is still at it; now it may go on, and finds nobody.
    wait_for("the helper to be held", || held.exists());
    fs::remove_file(&held).unwrap();
    ground.nothing_lies_about();
    assert_eq!(
        (ground.staged("a.py"), ground.read("a.py")),
        (UNTIDY.into(), UNTIDY.into())
    );
    ground.is_clean();
}

/// A file that is saved while it is being laid out keeps the save, and the commit is as
/// it was staged.
#[test]
fn a_save_in_between_wins() {
    let mut ground = ground();
    let held = ground.outside("held");
    ground.sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
    let order = format!("landing.lock:delay={}", held.display());
    ground.sandbox.set("HIVE_CRASH", order);
    ground.write("a.py", UNTIDY);
    ground.git(&["add", "a.py"]);
    let child = ground
        .sandbox
        .start_program("git", &["commit", "-q", "-m", "feat: a"]);
    wait_for("the lock", || held.exists());
    let save = format!("{UNTIDY}z = 1\n");
    ground.write("a.py", &save);
    fs::remove_file(&held).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
    assert_eq!(
        (ground.staged("a.py"), ground.read("a.py")),
        (UNTIDY.into(), save)
    );
    ground.nothing_lies_about();
}

/// An index that somebody else has locked or changed is not touched.
#[test]
fn an_index_that_is_locked_is_left_alone() {
    let mut ground = ground();
    let held = ground.outside("held");
    ground.sandbox.set("HIVE_HOOKS_WHEN_IDLE", "queue");
    ground.hive(&["init", "--yes"]).expect(0);
    let order = format!("landing.intent.write:delay={}", held.display());
    ground.sandbox.set("HIVE_CRASH", order);
    ground.write("a.py", UNTIDY);
    ground.git(&["add", "a.py"]);
    let child = ground
        .sandbox
        .start_program("git", &["commit", "-q", "-m", "feat: a"]);
    wait_for("the helper", || held.exists());
    ground.write("other.py", "y = 1\n");
    let mut add = ground
        .sandbox
        .command(Path::new("git"), &["add", "other.py"]);
    assert!(add.env_remove("HIVE_CRASH").status().unwrap().success());
    fs::remove_file(&held).unwrap();
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success());
    // git reads the index again after its hook, so what was added goes too.
    assert_eq!(ground.stored("HEAD", "a.py"), UNTIDY);
    assert_eq!(ground.read("a.py"), UNTIDY);
    assert_eq!(ground.stored("HEAD", "other.py"), "y = 1\n");
    ground.nothing_lies_about();
}

/// What the memo knows from a save needs no worker, and is the same.
#[test]
fn what_was_saved_under_the_agent_is_tidy_already() {
    let ground = ground().watch();
    ground.write("a.py", UNTIDY);
    wait_for("the save to be laid out", || ground.read("a.py") == TIDY);
    ground.git(&["add", "a.py"]);
    let ran = ground.commits(&["-m", "feat: a"]);
    assert!(!ran.stderr.contains("tidied"), "{}", ran.stderr);
    ground.is_everywhere("a.py", TIDY);
}

/// What is staged before the save has been quiet for long enough is laid out with its commit:
/// in the work tree alone it would not be what is staged.
#[test]
fn what_is_staged_at_once_is_left_to_its_commit() {
    let mut ground = ground();
    ground.sandbox.set("HIVE_SAVE_QUIET", "1s");
    let ground = ground.watch();
    ground.write("a.py", UNTIDY);
    ground.git(&["add", "a.py"]);
    // Saved later, so that it is quiet later.
    ground.write("b.py", UNTIDY);
    wait_for("the other save to be laid out", || {
        ground.read("b.py") == TIDY
    });
    assert_eq!(ground.read("a.py"), UNTIDY);
    let ran = ground.commits(&["-m", "feat: a"]);
    assert!(ran.stderr.contains("tidied a.py"), "{}", ran.stderr);
    ground.is_everywhere("a.py", TIDY);
}

/// The start of a worker takes longer than a commit waits.
#[test]
fn a_worker_is_warm_before_it_is_asked() {
    let mut ground = ground();
    // Nothing but the desk has work for a worker.
    ground.sandbox.set("HIVE_ON_SAVE", "off");
    ground.sandbox.set("HIVE_WORKER_IDLE", "1s");
    let ground = ground.watch();
    let workers = || {
        let processes = ground.sandbox.processes().into_iter();
        processes
            .filter(|line| line.contains(" worker --deadline"))
            .count()
    };
    wait_for("a worker at the start", || workers() > 0);
    wait_for("the end of its rest", || workers() == 0);
    ground.write("lib.py", UNTIDY);
    ground.git(&["add", "lib.py"]);
    wait_for("a worker when somebody is at work", || workers() > 0);
    ground.commits(&["-m", "feat: lib"]);
    ground.is_everywhere("lib.py", TIDY);
}
