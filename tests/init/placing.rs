//! Where hooks go, and what `hive init` writes.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use hive_test_support::Sandbox;

use super::{EVENTS, foreign, hook, init, installed, repository, take_wake};

#[test]
fn hooks_are_installed_once_and_serve_every_work_tree() {
    let sandbox = repository();
    let said = init(&sandbox).stderr;
    for event in EVENTS {
        assert!(
            said.contains(&format!("{event}: installed (.git/hooks/{event})")),
            "{said}"
        );
        let mode = sandbox
            .path(&hook(event))
            .metadata()
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o755);
    }
    let before = super::everything(&sandbox.path(".git/hooks"));
    let again = init(&sandbox).stderr;
    assert!(again.contains("post-commit: already there"), "{again}");
    super::same(&before, &sandbox.path(".git/hooks"));

    sandbox
        .git(&["worktree", "add", "-q", "../linked"])
        .expect(0);
    let linked = sandbox.directory().join("linked");
    let said = sandbox
        .hive_in(&linked, &["init", "--yes"])
        .expect(0)
        .stderr;
    assert!(said.contains("post-commit: already there"), "{said}");
    let own = sandbox.path(".git/worktrees/linked/hive");
    let first = |path: &std::path::Path| fs::read_to_string(path.join("first")).unwrap();
    assert_eq!(first(&own), first(&sandbox.path(".git/hive")));
    take_wake(&sandbox);
    let path = linked.to_str().unwrap();
    sandbox
        .git(&["-C", path, "commit", "-q", "--allow-empty", "-m", "there"])
        .expect(0);
    assert_eq!(
        fs::read_to_string(own.join("wake")).unwrap(),
        "post-commit\n"
    );
    assert_eq!(take_wake(&sandbox), None);
}

#[test]
fn the_state_is_private_and_knows_where_hive_begins() {
    let sandbox = installed();
    let mode = |path: &str| sandbox.path(path).metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(".git/hive"), 0o700);
    assert_eq!(mode(".git/hive/hive.db"), 0o600);
    let head = sandbox.git(&["rev-parse", "HEAD"]).expect(0).stdout;
    assert_eq!(sandbox.read(".git/hive/first"), head);
    sandbox.commit("second");
    init(&sandbox);
    assert_eq!(sandbox.read(".git/hive/first"), head, "the beginning stays");

    let unborn = Sandbox::repository(env!("CARGO_BIN_EXE_hive"));
    init(&unborn);
    assert_eq!(unborn.read(".git/hive/first"), "");
}

#[test]
fn a_hook_that_is_there_is_kept_called_first_and_answers() {
    let sandbox = repository();
    let kept = foreign(&sandbox, "post-checkout", 7);
    foreign(&sandbox, "post-rewrite", 0);
    let said = init(&sandbox).stderr;
    assert!(
        said.contains("post-checkout: installed; the hook that was there is kept and called first"),
        "{said}"
    );
    assert_eq!(sandbox.bytes(".git/hooks/post-checkout.before-hive"), kept);
    // The status of post-checkout makes the command fail, as it did before.
    sandbox.git(&["switch", "-q", "-c", "other"]).expect(1);
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-checkout\n"));
    sandbox
        .git(&["commit", "-q", "--amend", "--allow-empty", "-m", "again"])
        .expect(0);
    let home = sandbox.home();
    let foreign = fs::read_to_string(home.join("foreign")).unwrap();
    let lines: Vec<&str> = foreign.lines().collect();
    assert!(
        lines[0].starts_with("post-checkout ") && lines[0].ends_with(" 1"),
        "{foreign}"
    );
    assert_eq!(lines[1], "post-rewrite amend");
    let input = fs::read_to_string(home.join("input")).unwrap();
    assert_eq!(
        input.split_whitespace().count(),
        2,
        "old and new oid: {input}"
    );
}

#[test]
fn a_link_a_program_and_a_hook_that_is_switched_off_are_kept_too() {
    let sandbox = repository();
    sandbox.script(
        "scripts/hook",
        "#!/bin/sh\necho linked >>\"$HOME/foreign\"\n",
    );
    symlink("../../scripts/hook", sandbox.path(&hook("post-commit"))).unwrap();
    sandbox.write(
        &hook("post-merge"),
        "#!/bin/sh\necho off >>\"$HOME/foreign\"\n",
    );
    sandbox.commit("scripts");
    init(&sandbox);
    sandbox.commit("second");
    sandbox
        .git(&["switch", "-q", "-c", "side", "HEAD~1"])
        .expect(0);
    sandbox.commit("on the side");
    sandbox.git(&["merge", "-q", "--no-edit", "main"]).expect(0);
    let foreign = fs::read_to_string(sandbox.home().join("foreign")).unwrap();
    assert!(foreign.lines().all(|line| line == "linked"), "{foreign}");
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-merge\n"));
    let kept = sandbox.path(".git/hooks/post-commit.before-hive");
    assert_eq!(
        fs::read_link(kept).unwrap().to_str(),
        Some("../../scripts/hook")
    );
    sandbox.hive(&["uninit"]).expect(0);
    let back = sandbox.path(&hook("post-commit"));
    assert_eq!(
        fs::read_link(back).unwrap().to_str(),
        Some("../../scripts/hook")
    );
}

#[test]
fn two_hooks_that_would_both_have_to_be_kept_are_refused() {
    let sandbox = repository();
    let one = foreign(&sandbox, "post-commit", 0);
    sandbox.write(".git/hooks/post-commit.before-hive", "somebody's\n");
    let ran = sandbox.hive(&["init", "--yes"]);
    assert_eq!(ran.code, Some(3));
    assert!(ran.stderr.contains("is in the way"), "{}", ran.stderr);
    assert_eq!(sandbox.bytes(&hook("post-commit")), one);
}

#[test]
fn a_hooks_path_outside_the_work_tree_is_used_if_it_is_the_repositorys_own() {
    let sandbox = repository();
    let outside = sandbox.directory().join("hooks");
    sandbox
        .git(&["config", "core.hooksPath", outside.to_str().unwrap()])
        .expect(0);
    let said = init(&sandbox).stderr;
    assert!(said.contains("post-commit: installed"), "{said}");
    assert!(outside.join("post-commit").exists());
    sandbox.commit("second");
    assert_eq!(take_wake(&sandbox).as_deref(), Some("post-commit\n"));
    sandbox.hive(&["uninit"]).expect(0);
    assert!(!outside.exists(), "hive has made it");
}

#[test]
fn a_hooks_path_of_all_repositories_is_never_written() {
    let sandbox = repository();
    let shared = sandbox.home().join("hooks");
    fs::create_dir(&shared).unwrap();
    sandbox
        .git(&["config", "--global", "core.hooksPath", "~/hooks"])
        .expect(0);
    let ran = init(&sandbox);
    assert!(
        ran.stdout.contains(
            "which all your repositories share: hive does not write there; add these lines:"
        ),
        "{}",
        ran.stdout
    );
    assert_eq!(fs::read_dir(&shared).unwrap().count(), 0);
    assert!(!sandbox.path(&hook("post-commit")).exists());
}

#[test]
fn a_read_only_hooks_directory_is_said() {
    let sandbox = repository();
    sandbox
        .git(&["config", "core.hooksPath", "/dev/null"])
        .expect(0);
    let ran = init(&sandbox);
    assert!(
        ran.stdout.contains("which cannot be written"),
        "{}",
        ran.stdout
    );
}

#[test]
fn outside_a_work_tree_the_next_command_is_named() {
    let nowhere = Sandbox::new(env!("CARGO_BIN_EXE_hive"));
    let ran = nowhere.hive(&["init", "--yes"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("there is no repository here"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("`git init` makes one"),
        "{}",
        ran.stderr
    );
    nowhere.git(&["init", "-q", "--bare", "."]).expect(0);
    let ran = nowhere.hive(&["init", "--yes"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("this repository is bare"),
        "{}",
        ran.stderr
    );
    assert!(!nowhere.path("hive").exists());
}
