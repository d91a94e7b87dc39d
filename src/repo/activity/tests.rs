//! Looks at repositories that the real git is busy in.
#![expect(clippy::disallowed_methods, reason = "tests run the real git")]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use super::command::parse;
use super::hidden::{Access, may};
use super::{Busy, Still, is_collecting, is_here, locked, look, operation, processes, pushes};
use crate::process::table::{self, Running};
use crate::repo::Place;

struct World {
    home: tempfile::TempDir,
    root: PathBuf,
}

impl World {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("work");
        fs::create_dir(&root).unwrap();
        let world = Self { home, root };
        world.git(&["init", "-q", "-b", "main"]);
        world.git(&["config", "user.name", "Ann"]);
        world.git(&["config", "user.email", "ann@example.org"]);
        world.commit("a", "1\n");
        world.git(&["switch", "-qc", "other"]);
        world.commit("a", "2\n");
        world.commit("a", "3\n");
        world.git(&["switch", "-q", "main"]);
        world.commit("a", "4\n");
        world
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .args(args)
            .current_dir(&self.root)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_EDITOR", "true")
            .env_remove("GIT_DIR")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        command
    }

    fn try_git(&self, args: &[&str]) -> bool {
        self.command(args).status().unwrap().success()
    }

    fn git(&self, args: &[&str]) {
        assert!(self.try_git(args), "git {args:?}");
    }

    fn commit(&self, path: &str, text: &str) {
        fs::write(self.root.join(path), text).unwrap();
        self.git(&["add", path]);
        self.git(&["commit", "-qm", text]);
    }

    fn place(&self) -> Place {
        Place::at(&self.root).unwrap()
    }

    fn operation(&self) -> Option<String> {
        match operation(&self.place()) {
            None => None,
            Some(Busy::Operation(name)) => Some(name),
            Some(other) => panic!("{other:?}"),
        }
    }
}

#[track_caller]
fn wait(name: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "waited for: {name}"
        );
        std::thread::yield_now();
    }
}

/// Ends a program with everything it started.
fn end(mut child: Child) {
    let _ = child.kill();
    child.wait().unwrap();
}

#[test]
fn operations_that_stopped_are_named() {
    let world = World::new();
    assert_eq!(world.operation(), None);
    for (name, begin, abort) in [
        ("merge", &["merge", "other"][..], &["merge", "--abort"][..]),
        ("rebase", &["rebase", "other"], &["rebase", "--abort"]),
        (
            "rebase",
            &["rebase", "--apply", "other"],
            &["rebase", "--abort"],
        ),
        (
            "cherry-pick",
            &["cherry-pick", "other"],
            &["cherry-pick", "--abort"],
        ),
        (
            "revert",
            &["revert", "--no-edit", "main~1"],
            &["revert", "--abort"],
        ),
    ] {
        assert!(!world.try_git(begin), "{name} stops at a conflict");
        assert_eq!(world.operation().as_deref(), Some(name));
        let mut still = Still::new();
        still.look(&world.place());
        assert!(still.unmerged(), "{name}");
        world.git(abort);
        assert_eq!(world.operation(), None, "{name}");
    }
    assert!(!world.try_git(&["cherry-pick", "other~1", "other"]));
    fs::write(world.root.join("a"), "solved\n").unwrap();
    world.git(&["commit", "-qam", "solved"]);
    assert_eq!(
        world.operation().as_deref(),
        Some("cherry-pick"),
        "more to pick"
    );
    world.git(&["cherry-pick", "--abort"]);
    world.git(&["bisect", "start"]);
    assert_eq!(world.operation().as_deref(), Some("bisect"));
    world.git(&["bisect", "reset"]);
    world.git(&["format-patch", "-q", "-1", "other", "-o", "../patches"]);
    let patch = fs::read_dir(world.home.path().join("patches"));
    let patch = patch.unwrap().next().unwrap().unwrap().path();
    assert!(!world.try_git(&["am", patch.to_str().unwrap()]));
    assert_eq!(world.operation().as_deref(), Some("am"));
    world.git(&["am", "--abort"]);
    assert_eq!(world.operation(), None);
}

#[test]
fn locks_are_seen() {
    let world = World::new();
    let place = world.place();
    assert_eq!(locked(&place), None);
    for (lock, busy) in [
        ("index.lock", Busy::IndexLock),
        ("HEAD.lock", Busy::RefLock),
        ("refs/heads/main.lock", Busy::RefLock),
    ] {
        fs::write(place.git_dir.join(lock), "").unwrap();
        assert_eq!(locked(&place), Some(busy), "{lock}");
        fs::remove_file(place.git_dir.join(lock)).unwrap();
    }
    fs::write(place.git_dir.join("refs/heads/other.lock"), "").unwrap();
    assert_eq!(locked(&place), None, "another branch is another matter");
}

/// The commands that write here, the test's own children too.
fn writers(place: &Place, own: &[u32]) -> Vec<String> {
    super::commands(place, own, &[super::Doing::Writes])
        .into_iter()
        .map(|busy| match busy {
            Busy::Process { command, .. } => command,
            other => panic!("{other:?}"),
        })
        .collect()
}

/// Starts git with an editor that waits.
fn editing(world: &World, args: &[&str], editor: &Path) -> Child {
    let mut command = Command::new("git");
    command
        .args(args)
        .current_dir(&world.root)
        .env("GIT_EDITOR", editor)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.spawn().unwrap()
}

#[test]
fn a_commit_editor_that_is_open_is_a_commit_at_work() {
    let world = World::new();
    let place = world.place();
    let (begun, go) = (
        world.home.path().join("begun"),
        world.home.path().join("go"),
    );
    let editor = world.home.path().join("editor");
    let script = format!(
        "#!/bin/sh\necho x > \"$1\"\n: > {}\nwhile [ ! -e {} ]; do sleep 0.01; done\n",
        begun.display(),
        go.display()
    );
    fs::write(&editor, script).unwrap();
    world.git(&["config", "alias.ci", "commit"]);
    let linked = world.home.path().join("linked");
    world.git(&["worktree", "add", "-q", linked.to_str().unwrap(), "other"]);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    fs::set_permissions(&editor, mode).unwrap();
    for args in [
        &["commit", "--allow-empty"][..],
        &["-C", "sub/..", "commit", "--allow-empty"],
        &["ci", "--allow-empty"],
    ] {
        fs::create_dir_all(world.root.join("sub")).unwrap();
        let mut child = editing(&world, args, &editor);
        wait("the editor", || begun.exists());
        // Our own child: excluded, and so are its children.
        assert!(
            processes(&place, &[]).is_empty(),
            "a test's own are hive's own"
        );
        let pid = child.id();
        let at_work = writers(&place, &[]);
        // An alias is a process that waits for the command it stands for.
        assert!(at_work.contains(&"git commit".to_owned()), "{at_work:?}");
        assert!(writers(&place, &[pid]).is_empty(), "excluded by id");
        let elsewhere = Place::at(&linked).unwrap();
        assert!(writers(&elsewhere, &[]).is_empty());
        fs::write(&go, "").unwrap();
        assert!(child.wait().unwrap().success());
        fs::remove_file(&go).unwrap();
        fs::remove_file(&begun).unwrap();
        assert!(writers(&place, &[]).is_empty());
    }
    assert!(pushes(&place, &[]).is_empty());
}

#[test]
fn an_index_that_is_only_refreshed_has_not_moved() {
    let world = World::new();
    let place = world.place();
    let mut still = Still::new();
    still.look(&place);
    let first = still.look(&place);
    // The same content, another time: status writes the index again.
    let file = fs::File::options()
        .write(true)
        .open(world.root.join("a"))
        .unwrap();
    file.set_modified(std::time::SystemTime::UNIX_EPOCH)
        .unwrap();
    drop(file);
    let index = || {
        let about = fs::metadata(place.git_dir.join("index")).unwrap();
        (about.ino(), about.mtime(), about.mtime_nsec())
    };
    let before = index();
    world.git(&["status"]);
    assert_ne!(index(), before, "status refreshes the index");
    let second = still.look(&place);
    assert!(second > first, "{second:?} {first:?}");
    fs::write(world.root.join("b"), "b\n").unwrap();
    world.git(&["add", "b"]);
    let third = still.look(&place);
    assert!(third < second, "{third:?} {second:?}");
    // The same change, when it is hive's own.
    fs::write(world.root.join("c"), "c\n").unwrap();
    world.git(&["add", "c"]);
    still.own(&place);
    assert!(still.look(&place) > third);
    // A movement is as old as it is, whoever looks when.
    let begun = crate::clock::now();
    world.git(&["commit", "-qm", "x"]);
    std::thread::sleep(Duration::from_millis(30));
    let fourth = still.look(&place);
    assert!(fourth <= crate::clock::since(begun), "{fourth:?}");
    assert!(fourth >= Duration::from_millis(20), "{fourth:?}");
}

#[test]
fn the_look_names_the_first_reason() {
    let world = World::new();
    let place = world.place();
    let mut still = Still::new();
    let hour = Duration::from_hours(1);
    let busy = look(&place, &mut still, hour, &[]);
    assert!(
        matches!(busy, Some(Busy::Recent(ago)) if ago < hour),
        "{busy:?}"
    );
    assert_eq!(look(&place, &mut still, Duration::ZERO, &[]), None);
    fs::write(place.git_dir.join("index.lock"), "").unwrap();
    let busy = look(&place, &mut still, hour, &[]);
    assert_eq!(busy, Some(Busy::IndexLock));
    assert!(busy.unwrap().to_string().contains("index.lock"));
}

#[test]
#[ignore = "a measurement"]
fn how_long_a_scan_takes() {
    let world = World::new();
    let place = world.place();
    let count = 200;
    let begun = Instant::now();
    for _ in 0..count {
        processes(&place, &[]);
    }
    let all = fs::read_dir("/proc").map_or(0, Iterator::count);
    eprintln!(
        "{:?} a scan, {all} entries in /proc",
        begun.elapsed() / count
    );
    end(world.command(&["cat-file", "--batch"]).spawn().unwrap());
}

#[test]
fn a_collection_is_at_work_as_long_as_its_process_lives() {
    let world = World::new();
    let place = world.place();
    let says = place.common_dir.join("gc.pid");
    assert!(!is_collecting(&place));
    let mut git = world.command(&["hash-object", "--stdin-paths"]);
    let mut git = git.stdin(Stdio::piped()).spawn().unwrap();
    let host = table::host_name();
    let put = |pid: u32, host: &str| fs::write(&says, format!("{pid} {host}")).unwrap();
    put(git.id(), &host);
    // Between fork and exec it is a copy of the test.
    wait("git by its name", || is_collecting(&place));
    put(git.id(), "elsewhere");
    assert!(!is_collecting(&place), "a process of another host");
    put(std::process::id(), &host);
    assert!(!is_collecting(&place), "another program has its id");
    put(git.id(), &host);
    let written = |ago: Duration| {
        let file = fs::File::options().write(true).open(&says).unwrap();
        file.set_modified(SystemTime::now() - ago).unwrap();
    };
    written(Duration::from_hours(11));
    assert!(is_collecting(&place));
    written(Duration::from_hours(13));
    assert!(
        !is_collecting(&place),
        "git itself does not heed it any more"
    );
    put(git.id(), &host);
    assert!(is_collecting(&place));
    drop(git.stdin.take());
    git.wait().unwrap();
    assert!(!is_collecting(&place));
}

#[test]
fn a_user_who_hides_counts_where_they_write() {
    let access = |owner: u32, mode: u32| Access { owner, mode };
    // Asked by user 1000; 0 is root.
    for (said, user, directory, counts) in [
        ("root elsewhere", Some(0), access(1000, 0o40755), false),
        ("another user", Some(1001), access(1000, 0o40755), false),
        ("a group's place", Some(1001), access(1000, 0o40775), true),
        ("root in a group's", Some(0), access(1000, 0o42775), true),
        ("everybody's place", Some(1001), access(1000, 0o40757), true),
        ("whose it is", Some(1001), access(1001, 0o40755), true),
        ("root's place", Some(0), access(0, 0o40755), true),
        ("who asks", Some(1000), access(0, 0o40755), true),
        ("nobody knows who", None, access(1000, 0o40700), true),
    ] {
        assert_eq!(may(user, 1000, directory), counts, "{said}");
    }
}

#[test]
fn a_hidden_directory_is_not_taken_for_this_one() {
    let world = World::new();
    let place = world.place();
    let strange = rustix::process::geteuid().as_raw() + 1;
    fs::set_permissions(&place.git_dir, fs::Permissions::from_mode(0o755)).unwrap();
    let counts = |owner: u32, args: &[&str]| {
        let args: Vec<OsString> = args.iter().map(Into::into).collect();
        let command = parse(&args, &mut |_| None).unwrap();
        let running = Running {
            pid: 1,
            owner: Some(owner),
            args,
            directory: None,
            variable: None,
        };
        is_here(&place, &running, &command)
    };
    let root = world.root.to_str().unwrap();
    let git_dir = place.git_dir.to_str().unwrap();
    let home = world.home.path().to_str().unwrap();
    assert!(!counts(strange, &["git", "commit"]));
    assert!(counts(strange - 1, &["git", "commit"]));
    // Who names a place is there, whoever it is, and nowhere else.
    assert!(counts(strange, &["git", "-C", root, "commit"]));
    assert!(counts(strange, &["git", "--git-dir", git_dir, "commit"]));
    assert!(!counts(strange - 1, &["git", "-C", home, "commit"]));
    fs::set_permissions(&place.git_dir, fs::Permissions::from_mode(0o775)).unwrap();
    assert!(counts(strange, &["git", "commit"]));
}
