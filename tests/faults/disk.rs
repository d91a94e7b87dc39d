//! Full disks and directories that cannot be written: on small file systems in memory,
//! where the system lets us mount one.

use std::path::{Path, PathBuf};
use std::process::Command;

use hive_test_support::{Sandbox, wait_for};

use crate::scenario::{MESSY, NEAT};

/// A small file system in memory, mounted as long as it lives.
struct Small {
    at: PathBuf,
}

impl Small {
    /// `None` where mounting is not permitted.
    fn mount(at: &Path, kib: u32) -> Option<Self> {
        let options = format!("size={kib}k");
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "hive-test"])
            .arg(at)
            .output();
        done.is_ok_and(|done| done.status.success())
            .then(|| Self { at: at.to_owned() })
    }

    /// Leaves so many KiB free.
    fn fill(&self, free: u64) {
        let status = rustix::fs::statvfs(&self.at).unwrap();
        let space = status.f_bavail * status.f_frsize;
        let ballast = space.saturating_sub(free << 10);
        std::fs::write(
            self.at.join("ballast"),
            vec![1; usize::try_from(ballast).unwrap()],
        )
        .unwrap();
    }

    fn empty(&self) {
        std::fs::remove_file(self.at.join("ballast")).unwrap();
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.at).status();
    }
}

/// A repository on a small disk, initialised, with a commit that waits.
fn on_small_disk(kib: u32) -> Option<(Small, Sandbox)> {
    let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        sandbox.unset(name);
    }
    let small = Small::mount(&sandbox.root(), kib)?;
    for args in [
        &["init", "--quiet", "--initial-branch=main", "--template="][..],
        &["config", "user.name", "Ada"],
        &["config", "user.email", "ada@example.org"],
        &["config", "gc.auto", "0"],
        &["config", "maintenance.auto", "false"],
    ] {
        sandbox.git(args).expect(0);
    }
    sandbox.write("clean.py", "x = 1\n");
    sandbox.write(".gitignore", "ballast\n");
    sandbox.commit("begin");
    sandbox.hive(&["init", "--yes"]).expect(0);
    sandbox
        .hive(&["config", "set", "commit.quiet", "20ms"])
        .expect(0);
    // The agent writes down for the hooks what is set: the next commit wakes nobody.
    sandbox
        .hive(&["config", "set", "hooks.when_idle", "queue"])
        .expect(0);
    sandbox.commit("hive");
    sandbox.hive(&["watch", "--once"]).expect(0);
    sandbox.write("a.py", MESSY);
    sandbox.commit("feat");
    Some((small, sandbox))
}

/// Fills the disk to every size of a range, and demands that nothing breaks and that
/// the work is done when there is room again.
fn sweep(sizes: impl Iterator<Item = u64>) -> u32 {
    let mut cases = 0;
    for free in sizes {
        let Some((small, sandbox)) = on_small_disk(8 << 10) else {
            println!("skipped: this system does not let us mount a small disk");
            return 0;
        };
        small.fill(free);
        let full = sandbox.hive(&["watch", "--once"]);
        let said = format!("{free} KiB free\n{}\n{}", full.stdout, full.stderr);
        assert!(!said.contains("panicked"), "{said}");
        assert!(full.code.is_some_and(|code| code <= 3), "{said}");
        let text = sandbox.read("a.py");
        assert!(text == MESSY || text == NEAT, "{said}\n{text}");
        let head = sandbox.git(&["show", "HEAD:a.py"]).expect(0).stdout;
        assert!(head == MESSY || head == NEAT, "{said}\n{head}");
        // git itself needs no room to look.
        sandbox
            .git(&["fsck", "--strict", "--no-dangling"])
            .expect(0);
        assert!(!sandbox.path(".git/index.lock").exists(), "{said}");
        let fixes = sandbox.hive(&["fix"]);
        assert!(!fixes.stderr.contains("panicked"), "{}", fixes.stderr);
        small.empty();
        for _ in 0..3 {
            sandbox.hive(&["watch", "--once"]);
        }
        let head = sandbox.git(&["show", "HEAD:a.py"]).expect(0).stdout;
        assert_eq!(head, NEAT, "{said}\n{}", sandbox.hive(&["status"]).stdout);
        assert_eq!(sandbox.read("a.py"), NEAT);
        let database = rusqlite::Connection::open(sandbox.path(".git/hive/hive.db")).unwrap();
        let check: String = database
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(check, "ok", "{said}");
        cases += 1;
    }
    cases
}

#[test]
fn a_full_disk_breaks_nothing() {
    sweep([0, 8, 40, 120].into_iter());
}

#[test]
#[ignore = "takes some minutes: run it with --release and --nocapture"]
fn a_disk_of_any_fullness_breaks_nothing() {
    let cases = sweep((0..=512).step_by(8));
    println!("{cases} full disks");
}

/// What a full disk makes of `hive fix` is said, with the file and what to do.
#[test]
fn a_full_disk_is_named() {
    let Some((small, sandbox)) = on_small_disk(8 << 10) else {
        println!("skipped: this system does not let us mount a small disk");
        return;
    };
    small.fill(0);
    let full = sandbox.hive(&["fix"]);
    let said = format!("{}{}", full.stdout, full.stderr);
    assert_eq!(sandbox.read("a.py"), MESSY);
    assert!(
        full.code.is_some_and(|code| code == 1 || code == 3),
        "{said}"
    );
    assert!(said.contains("No space left on device"), "{said}");
}

/// A git directory that nobody may write to, as on a medium that is read-only.
#[test]
fn a_repository_on_a_read_only_disk_can_be_checked() {
    let Some((small, sandbox)) = on_small_disk(8 << 10) else {
        println!("skipped: this system does not let us mount a small disk");
        return;
    };
    // A hook that is just ending may have files open for writing.
    wait_for("the disk to be read-only", || {
        Command::new("mount")
            .args(["-o", "remount,ro"])
            .arg(&small.at)
            .output()
            .is_ok_and(|done| done.status.success())
    });
    let check = sandbox.hive(&["check"]);
    let said = format!("{}{}", check.stdout, check.stderr);
    assert_eq!(check.code, Some(1), "{said}");
    assert!(said.contains("F401"), "{said}");
    let fix = sandbox.hive(&["fix"]);
    let said = format!("{}{}", fix.stdout, fix.stderr);
    assert!(fix.code == Some(1) || fix.code == Some(3), "{said}");
    assert!(
        said.contains("a.py") || said.contains("Read-only"),
        "{said}"
    );
    assert_eq!(sandbox.read("a.py"), MESSY);
    for verb in [
        &["status"][..],
        &["doctor"],
        &["queue", "list"],
        &["history"],
        &["init", "--yes"],
        &["undo"],
    ] {
        let ran = sandbox.hive(verb);
        let said = format!("{verb:?}: {}{}", ran.stdout, ran.stderr);
        assert!(
            !said.contains("panicked") && ran.code.is_some_and(|code| code <= 4),
            "{said}"
        );
        assert!(
            ran.code == Some(0) || ran.stderr.contains("hint:"),
            "{said}"
        );
    }
    // A commit works as far as git does: the hook is silent and ends well.
    let hook = sandbox.hive(&["hook", "post-commit"]).expect(0);
    assert_eq!(hook.stdout + &hook.stderr, "");
}
