//! Commits, amends, and whose they are.

use std::fs;

use super::{Whose, World, look, only, paths, stamp};
use crate::intake::commits::{Version, touched};

#[test]
fn a_commit_is_found_once() {
    let mut world = World::begun();
    let before = stamp(&world.place());
    assert_eq!(before, stamp(&world.place()));
    let commit = world.commit("a.py", "a\nB\nc\n");
    assert_ne!(before, stamp(&world.place()));
    let seen = world.look();
    assert_eq!(seen.reference.as_deref(), Some("refs/heads/main"));
    assert_eq!(seen.tip, Some(commit));
    assert_eq!(seen.own, [commit]);
    let work = only(&seen);
    assert_eq!(work.path.as_str(), "a.py");
    assert_eq!(work.commits, [commit]);
    assert_eq!(world.content(work.base.unwrap()), "a\nb\nc");
    assert!(seen.notes.is_empty());
}

#[test]
fn several_commits_are_one_work_per_path() {
    let mut world = World::begun();
    let one = world.commit("a.py", "a\nB\nc\n");
    world.commit("new.py", "x\n");
    let hive = world.commit("a.py", "#\na\nB\nc\n");
    world.ours.insert(hive);
    let two = world.commit("a.py", "#\na\nB\nc\nd\n");
    fs::remove_file(world.root.join("b.py")).unwrap();
    world.git(&["commit", "-qam", "delete"]);
    let seen = world.look();
    assert_eq!(paths(&seen), ["a.py", "new.py"]);
    assert_eq!(seen.own.len(), 4);
    assert_eq!(seen.work[0].commits, [one, two]);
    let own: Vec<bool> = seen.work[0].versions.iter().map(|v| v.1).collect();
    assert_eq!(own, [false, true, false, true]);
    let versions: Vec<Version> = seen.work[0]
        .versions
        .iter()
        .map(|(blob, own)| Version {
            bytes: world.content(*blob).into_bytes(),
            own: *own,
        })
        .collect();
    assert_eq!(touched(&versions), [(2, 3), (4, 5)]);
    assert_eq!(seen.work[1].base, None);
}

#[test]
fn what_somebody_else_made_is_left_alone_and_said() {
    let mut world = World::begun();
    world.foreign("a.py", "bob\n");
    let seen = world.look();
    assert!(seen.work.is_empty());
    assert!(
        seen.notes[0].contains("bob@example.org"),
        "{:?}",
        seen.notes
    );
    world.git(&["config", "user.email", "ANN@Example.org"]);
    world.commit("b.py", "2\n");
    assert_eq!(world.paths(), ["b.py"]);
}

#[test]
fn hives_own_commit_is_none_until_it_is_amended() {
    let mut world = World::begun();
    world.commit("a.py", "a\nB\nc\n");
    assert_eq!(world.paths(), ["a.py"]);
    let landed = world.commit("a.py", "fixed\n");
    world.ours.insert(landed);
    assert!(world.look().own.is_empty());
    world.write("b.py", "2\n");
    world.git(&["commit", "-qa", "--amend", "--no-edit"]);
    let amended = world.oid("HEAD");
    let seen = world.look();
    assert_eq!(seen.own, [amended]);
    assert_eq!(seen.amended, [(landed, amended)]);
    assert_eq!(paths(&seen), ["a.py", "b.py"]);
}

#[test]
fn an_amended_commit_is_looked_at_again_as_a_whole() {
    let mut world = World::begun();
    world.commit("a.py", "a\nB\nc\n");
    assert_eq!(world.paths(), ["a.py"]);
    world.write("b.py", "2\n");
    world.git(&["commit", "-qa", "--amend", "--no-edit"]);
    let seen = world.look();
    assert_eq!(paths(&seen), ["a.py", "b.py"]);
    assert_eq!(world.content(seen.work[0].base.unwrap()), "a\nb\nc");
}

#[test]
fn a_repository_without_a_commit_has_its_first_one_looked_at() {
    for options in [&[][..], &["--object-format=sha256"]] {
        for marked in [true, false] {
            let mut world = World::empty(options);
            if marked {
                let seen = world.first();
                assert_eq!(seen.tip, None);
                assert_eq!(seen.marks.len(), 1);
            }
            let commit = world.commit("a.py", "a\n");
            let seen = world.look();
            assert_eq!(seen.own, [commit], "{options:?} {marked}");
            assert_eq!(only(&seen).base, None);
            world.commit("a.py", "b\n");
            assert_eq!(world.paths(), ["a.py"]);
        }
    }
}

#[test]
fn without_a_reflog_the_way_from_the_mark_counts() {
    let mut world = World::begun();
    world.git(&["config", "core.logAllRefUpdates", "false"]);
    fs::remove_dir_all(world.root.join(".git/logs")).unwrap();
    let own = world.commit("a.py", "x\n");
    world.foreign("b.py", "2\n");
    let seen = world.look();
    assert_eq!(seen.own, [own]);
    assert_eq!(paths(&seen), ["a.py"]);
    // What a remote has was not made here, whoever it is by.
    world.commit("b.py", "3\n");
    world.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    world.commit("a.py", "y\n");
    assert_eq!(world.paths(), ["a.py"]);
}

#[test]
fn a_log_that_lost_the_marked_line_is_no_loss() {
    let mut world = World::begun();
    world.commit("a.py", "x\n");
    world.git(&["reflog", "expire", "--expire=all", "--all"]);
    world.commit("b.py", "2\n");
    assert_eq!(world.paths(), ["a.py", "b.py"]);
}

#[test]
fn a_line_of_no_known_kind_gives_what_no_remote_has() {
    let mut world = World::begun();
    let tree = world.oid("HEAD^{tree}").to_string();
    world.commit("a.py", "x\n");
    let made = world.oid("HEAD").to_string();
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.git(&[
        "update-ref",
        "-m",
        "stack: restack",
        "refs/heads/main",
        &made,
    ]);
    world.git(&["reset", "-q", "--hard"]);
    assert_eq!(world.paths(), ["a.py"]);
    world.commit("b.py", "2\n");
    let pushed = world.oid("HEAD").to_string();
    world.git(&["update-ref", "refs/remotes/origin/main", &pushed]);
    world.git(&["reset", "-q", "--hard", "HEAD~1"]);
    world.look();
    world.git(&[
        "update-ref",
        "-m",
        "stack: sync",
        "refs/heads/main",
        &pushed,
    ]);
    assert!(world.paths().is_empty(), "{tree}");
}

#[test]
fn moved_files_keep_their_past_if_nothing_else_changed() {
    let mut world = World::begun();
    world.git(&["mv", "a.py", "moved.py"]);
    world.git(&["commit", "-qm", "move"]);
    let seen = world.look();
    let work = only(&seen);
    assert_eq!(work.path.as_str(), "moved.py");
    assert_eq!(work.base, Some(work.blob));
    assert_eq!(work.versions.len(), 1);
    world.git(&["mv", "moved.py", "again.py"]);
    world.write("again.py", "entirely\ndifferent\n");
    world.git(&["commit", "-qam", "move and change"]);
    let seen = world.look();
    assert_eq!(only(&seen).base, None);
}

#[test]
fn only_regular_files_are_work() {
    let mut world = World::begun();
    std::os::unix::fs::symlink("a.py", world.root.join("link.py")).unwrap();
    world.git(&["add", "link.py"]);
    world.write("tool.py", "x\n");
    world.git(&["add", "--chmod=+x", "tool.py"]);
    world.git(&["commit", "-qm", "link and tool"]);
    assert_eq!(world.paths(), ["tool.py"]);
    // A change of mode alone changes no content.
    world.git(&["update-index", "--chmod=-x", "tool.py"]);
    world.git(&["commit", "-qm", "mode"]);
    let seen = world.look();
    assert!(seen.work.is_empty() && seen.own.len() == 1);
}

#[test]
fn a_mark_whose_commit_is_gone_is_made_anew() {
    let mut world = World::begun();
    let place = world.place();
    world.marks[0].oid = "00000000000000000000000000000000000000ff".parse().unwrap();
    let seen = look(&place, &world.marks, &|_| Whose::Person, false).unwrap();
    assert!(seen.notes[0].contains("does not have any more"));
    assert_eq!(seen.marks[0].oid, world.oid("HEAD"));
    world.marks.clear();
}
