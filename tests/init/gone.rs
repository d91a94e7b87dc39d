//! What is said where something of hive's is broken or gone.

use std::fs;
use std::path::PathBuf;

use hive_test_support::Sandbox;

use super::installed;

#[test]
fn wait_does_not_wait_under_settings_that_cannot_be_read() {
    let sandbox = installed();
    sandbox.write("hive.toml", "lnit = 1\n");
    // The time is never used up: a test that waits for it fails by its own deadline.
    let ran = sandbox.hive(&["wait", "--timeout", "10m"]).expect(2);
    assert!(ran.stderr.contains("hive.toml:1"), "{}", ran.stderr);
}

#[test]
fn hooks_without_anything_behind_them_are_told_of() {
    let sandbox = installed();
    fs::remove_dir_all(sandbox.path(".git/hive")).unwrap();
    let status = sandbox.hive(&["status"]).expect(0).stdout;
    assert!(
        status.contains("hooks      installed, but hive keeps nothing here"),
        "{status}"
    );
    assert!(status.contains("next       hive init"), "{status}");
    assert!(!status.contains("the next commit starts one"), "{status}");
    // The next commit says it, once.
    let commit = |text: &str| {
        sandbox.write("a.py", text);
        sandbox
            .git(&["commit", "--quiet", "-am", "more"])
            .expect(0)
            .stderr
    };
    let said = commit("x = 2\n");
    assert!(said.contains("is missing: hive init"), "{said}");
    assert_eq!(commit("x = 3\n"), "");
    sandbox.hive(&["init", "--yes"]).expect(0);
    let status = sandbox.hive(&["status"]).expect(0).stdout;
    assert!(status.contains("hooks      installed\n"), "{status}");
}

#[test]
fn a_damaged_database_is_told_of() {
    let sandbox = installed();
    for end in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(sandbox.path(&format!(".git/hive/hive.db{end}")));
    }
    sandbox.write(
        ".git/hive/hive.db",
        "this is no database at all\n".repeat(300),
    );
    // Whoever meets it first may be a drain, which nobody hears.
    sandbox.hive(&["watch", "--once"]).expect(0);
    let moved = aside(&sandbox);
    let words = "the queue's database was damaged and has been moved aside";
    let said = sandbox.hive(&["log"]).expect(0).stderr;
    assert!(said.contains(words), "{said}");
    assert!(said.contains(moved.to_str().unwrap()), "{said}");
    let again = sandbox.hive(&["log"]).expect(0).stderr;
    assert!(!again.contains(words), "{again}");
    let shown = sandbox.hive(&["status"]).expect(0).stdout;
    assert!(
        shown.contains("database   was damaged and has been moved aside"),
        "{shown}"
    );
    // After a day that is no news any more.
    let old = moved.with_file_name("hive.db.corrupt-1");
    fs::rename(&moved, old).unwrap();
    let shown = sandbox.hive(&["status"]).expect(0).stdout;
    assert!(!shown.contains("was damaged"), "{shown}");
}

/// The database that was moved aside.
fn aside(sandbox: &Sandbox) -> PathBuf {
    let entries = fs::read_dir(sandbox.path(".git/hive")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut found = paths.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("hive.db.corrupt-") && !name.ends_with("-wal") && !name.ends_with("-shm")
    });
    found.next().expect("a database that was moved aside")
}
