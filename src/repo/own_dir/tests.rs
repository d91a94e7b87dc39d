//! Directories of linked work trees, made by the real git.
#![expect(clippy::disallowed_methods, reason = "tests run the real git")]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use crate::repo::place::private_level;
use crate::repo::{Place, WorktreeId};

fn git(root: &Path, args: &[&str]) {
    let done = Command::new("git")
        .args(["-c", "user.name=Ann", "-c", "user.email=ann@example.org"])
        .args(args)
        .current_dir(root)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "git {args:?}: {said}");
}

/// A repository with a linked work tree.
fn linked() -> (tempfile::TempDir, PathBuf, Place) {
    let home = tempfile::tempdir().unwrap();
    let root = home.path().canonicalize().unwrap().join("work");
    fs::create_dir(&root).unwrap();
    git(&root, &["init", "-q"]);
    git(&root, &["commit", "-q", "--allow-empty", "-m", "first"]);
    git(&root, &["worktree", "add", "-q", "../other"]);
    let place = Place::at(&root.with_file_name("other")).unwrap();
    (home, root, place)
}

#[test]
fn git_removes_a_work_tree_that_somebody_still_works_for() {
    let (_home, root, place) = linked();
    let own = place.make_own_dir().unwrap();
    let id = WorktreeId::of(&place).unwrap();
    // Open before, written after.
    let log = fs::File::create(own.join("log")).unwrap();
    let home = own.canonicalize().unwrap();
    git(&root, &["worktree", "remove", "../other"]);
    fs::write(home.join("late"), "still here\n").unwrap();
    drop(log);
    let error = place.make_own_dir().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(!place.git_dir.exists());
    // The next one of that name has an id of its own.
    git(&root, &["worktree", "add", "-q", "-f", "../other"]);
    let next = Place::at(&place.root).unwrap();
    assert_eq!(next.git_dir, place.git_dir);
    assert_ne!(WorktreeId::of(&next).unwrap(), id);
    // And what was the first one's goes when it has been gone for a day.
    let yesterday = SystemTime::now() - Duration::from_hours(25);
    next.forget_gone_work_trees().unwrap();
    assert!(home.exists());
    for directory in [&home, &next.own_dir().canonicalize().unwrap()] {
        let open = fs::File::open(directory).unwrap();
        open.set_modified(yesterday).unwrap();
    }
    next.forget_gone_work_trees().unwrap();
    assert!(!home.exists());
    assert!(WorktreeId::known(&next).is_some());
}

#[test]
fn what_was_removed_by_hand_is_made_again() {
    let (_home, root, place) = linked();
    place.make_own_dir().unwrap();
    fs::remove_dir_all(root.join(".git/hive")).unwrap();
    assert!(place.make_own_dir().unwrap().is_dir());
    assert!(place.admits().is_ok());
}

#[test]
fn a_link_to_elsewhere_is_refused() {
    let (home, _, place) = linked();
    let target = home.path().join("elsewhere");
    fs::create_dir(&target).unwrap();
    for to in [target.as_path(), Path::new("../../hive/worktrees/../..")] {
        symlink(to, place.own_dir()).unwrap();
        assert!(place.make_own_dir().is_err());
        assert!(place.admits().is_err());
        assert!(WorktreeId::of(&place).is_err());
        fs::remove_file(place.own_dir()).unwrap();
    }
}

/// As hive made it before there were links.
#[test]
fn a_directory_stays() {
    let (_home, _, place) = linked();
    fs::create_dir(place.own_dir()).unwrap();
    assert_eq!(place.make_own_dir().unwrap(), place.own_dir());
    assert!(!place.own_dir().is_symlink());
}

/// Also while somebody prepares something there.
#[test]
fn nothing_of_a_removed_work_tree_is_made_again() {
    let (_home, root, place) = linked();
    let landing = place.make_landing_dir().unwrap();
    assert!(landing.is_dir());
    git(&root, &["worktree", "remove", "--force", "../other"]);
    let error = place.make_landing_dir().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    assert!(private_level(&landing).is_err());
    assert!(!place.git_dir.exists());
}
