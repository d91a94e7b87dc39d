//! Watches real directories.
#![expect(clippy::disallowed_methods, reason = "tests set up real repositories")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::{Event, Mode, WAKE, Wanted, Watcher};
use crate::repo::Place;

struct World {
    _home: tempfile::TempDir,
    root: PathBuf,
    place: Place,
    events: Receiver<Event>,
    watcher: Option<Watcher>,
}

/// The files of the work tree or none.
fn wanted(files: bool) -> Wanted {
    Wanted {
        files,
        ..Wanted::default()
    }
}

impl World {
    fn new(files: bool, mode: Mode) -> Self {
        let (sink, events) = unbounded();
        Self::with(files, mode, sink, events)
    }

    fn with(files: bool, mode: Mode, sink: Sender<Event>, events: Receiver<Event>) -> Self {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().canonicalize().unwrap().join("work");
        fs::create_dir(&root).unwrap();
        git(&root, &["init", "-q", "-b", "main"]);
        for (path, text) in [
            (".gitignore", "out/\n"),
            ("src/a.py", "a\n"),
            ("src/notes.txt", "a\n"),
            ("out/deep/b.py", "b\n"),
            (".venv/lib/c.py", "c\n"),
            ("web/node_modules/x/d.py", "d\n"),
        ] {
            write(&root.join(path), text);
        }
        let place = Place::at(&root).unwrap();
        let watcher = Some(Watcher::start_in(&place, wanted(files), mode, sink).unwrap());
        Self {
            _home: home,
            root,
            place,
            events,
            watcher,
        }
    }

    fn write(&self, path: &str, text: &str) {
        write(&self.root.join(path), text);
    }

    /// Receives until the condition holds for all files that were told so far and the
    /// last event.
    #[track_caller]
    fn wait(&self, name: &str, holds: impl Fn(&BTreeSet<PathBuf>, &Event) -> bool) -> Vec<Event> {
        let deadline = Instant::now() + Duration::from_secs(30);
        let (mut files, mut all) = (BTreeSet::new(), Vec::new());
        loop {
            let Ok(event) = self.events.recv_deadline(deadline) else {
                panic!("waited for {name}, got {all:?}");
            };
            if let Event::Files(told) = &event {
                files.extend(told.iter().cloned());
            }
            let done = holds(&files, &event);
            all.push(event);
            if done {
                return all;
            }
        }
    }

    /// Waits until a file is told.
    #[track_caller]
    fn told(&self, path: &str) -> Vec<Event> {
        let path = self.root.join(path);
        self.wait(&path.display().to_string(), |files, _| {
            files.contains(&path)
        })
    }

    /// Everything that was told before a file that is written now.
    #[track_caller]
    fn all(&self) -> BTreeSet<PathBuf> {
        self.write("src/last.py", "last\n");
        let mut files = BTreeSet::new();
        for event in self.told("src/last.py") {
            if let Event::Files(told) = event {
                files.extend(told);
            }
        }
        files.remove(&self.root.join("src/last.py"));
        files
    }
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn git(root: &Path, args: &[&str]) {
    let done = std::process::Command::new("git")
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(args)
        .current_dir(root)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env_remove("GIT_DIR")
        .output()
        .unwrap();
    assert!(done.status.success(), "{args:?} {done:?}");
}

#[test]
fn saves_of_every_kind_are_told() {
    let world = World::new(true, Mode::Native);
    world.write("src/a.py", "changed\n");
    world.told("src/a.py");
    // Atomic: a new file takes the name, twice.
    for text in ["one\n", "two\n"] {
        world.write("src/.a.py.tmp", text);
        let a = world.root.join("src/a.py");
        fs::rename(a.with_file_name(".a.py.tmp"), a).unwrap();
        world.told("src/a.py");
    }
    fs::rename(world.root.join("src/a.py"), world.root.join("src/z.py")).unwrap();
    let (a, z) = (world.root.join("src/a.py"), world.root.join("src/z.py"));
    world.wait("both names", |files, _| {
        files.contains(&a) && files.contains(&z)
    });
    fs::remove_file(&z).unwrap();
    world.told("src/z.py");
    world.write("pyproject.toml", "");
    world.told("pyproject.toml");
    // What nobody needs to know.
    world.write("src/notes.txt", "changed\n");
    world.write("out/deep/b.py", "changed\n");
    world.write(".venv/lib/c.py", "changed\n");
    world.write("web/node_modules/x/d.py", "changed\n");
    fs::read(world.root.join("pyproject.toml")).unwrap();
    assert!(world.all().is_empty());
}

#[test]
fn ignored_directories_get_no_watch() {
    let world = World::new(true, Mode::Native);
    let watcher = world.watcher.as_ref().unwrap();
    let git = super::git::directories(&world.place).len();
    assert_eq!(watcher.watches() - git, 3, "the root, src, web");
    assert!((3..=5).contains(&git), "{git}");
    let world = World::new(false, Mode::Native);
    assert_eq!(world.watcher.as_ref().unwrap().watches(), git);
}

#[test]
fn files_in_directories_that_are_new_are_told() {
    let world = World::new(true, Mode::Native);
    let mut expected = BTreeSet::new();
    for number in 0..200 {
        let path = format!("src/new{number}/deep/er/file.py");
        world.write(&path, "x\n");
        expected.insert(world.root.join(path));
    }
    world.wait("200 files", |files, _| files.is_superset(&expected));
    // And they are watched from then on.
    world.write("src/new7/deep/er/other.py", "x\n");
    world.told("src/new7/deep/er/other.py");
    world.write("out/more/b.py", "x\n");
    world.write("node_modules/b.py", "x\n");
    git(&world.root, &["init", "-q", "../nested"]);
    fs::rename(world.root.join("../nested"), world.root.join("nested")).unwrap();
    world.write("nested/b.py", "x\n");
    expected.insert(world.root.join("src/new7/deep/er/other.py"));
    let all = world.all();
    assert!(all.is_subset(&expected), "{:?}", all.difference(&expected));
    // A directory that becomes a repository is let go.
    let watcher = world.watcher.as_ref().unwrap();
    let before = watcher.watches();
    git(&world.root.join("src/new7"), &["init", "-q"]);
    let deadline = Instant::now() + Duration::from_secs(30);
    while watcher.watches() + 3 != before {
        assert!(Instant::now() < deadline, "three directories less");
        std::thread::yield_now();
    }
}

#[test]
fn a_directory_that_is_renamed_is_followed() {
    let world = World::new(true, Mode::Native);
    let before = world.watcher.as_ref().unwrap().watches();
    fs::rename(world.root.join("src"), world.root.join("lib")).unwrap();
    world.write("lib/a.py", "again\n");
    world.told("lib/a.py");
    assert_eq!(world.watcher.as_ref().unwrap().watches(), before);
    fs::remove_dir_all(world.root.join("lib")).unwrap();
    world.told("lib/a.py");
    world.write("lib/a.py", "third\n");
    world.told("lib/a.py");
}

#[test]
fn what_is_ignored_follows_gitignore() {
    let world = World::new(true, Mode::Native);
    world.write(".gitignore", "src/\n");
    world.told(".gitignore");
    world.write("src/a.py", "ignored now\n");
    world.write("out/deep/b.py", "watched now\n");
    let events = world.told("out/deep/b.py");
    let hidden = world.root.join("src/a.py");
    let is_hidden = |event: &Event| matches!(event, Event::Files(files) if files.contains(&hidden));
    assert!(!events.iter().any(is_hidden), "{events:?}");
    world.write(".gitignore", "");
    world.told(".gitignore");
    world.write("src/a.py", "watched again\n");
    world.told("src/a.py");
}

#[test]
fn a_file_is_told_when_its_editor_lets_go() {
    let world = World::new(true, Mode::Native);
    let lock = world.root.join("src/.#a.py");
    std::os::unix::fs::symlink("ann@host.1", &lock).unwrap();
    assert!(world.all().is_empty());
    fs::remove_file(lock).unwrap();
    world.told("src/a.py");
}

#[test]
fn signs_of_life_of_git_are_told() {
    for mode in [Mode::Native, Mode::Polling(Duration::from_millis(20))] {
        let world = World::new(false, mode);
        let is_git = |_: &BTreeSet<PathBuf>, event: &Event| *event == Event::Git;
        fs::write(world.place.own_dir().join(WAKE), "").unwrap();
        world.wait("the wake file", is_git);
        git(&world.root, &["add", "src"]);
        world.wait("the index", is_git);
        git(&world.root, &["commit", "-qm", "x"]);
        world.wait("a commit", is_git);
        git(&world.root, &["switch", "-qc", "deep/branch"]);
        world.wait("a switch", is_git);
        // The first commit there makes the directory of the branch.
        git(&world.root, &["commit", "-q", "--allow-empty", "-m", "y"]);
        world.wait("a commit on the branch", is_git);
        while world.events.try_recv().is_ok() {}
        fs::write(world.place.own_dir().join("notice"), "x").unwrap();
        fs::write(world.root.join("src/a.py"), "not asked for\n").unwrap();
        fs::write(world.place.own_dir().join(WAKE), "again").unwrap();
        let events = world.wait("the wake file again", is_git);
        assert!(
            events.iter().all(|event| *event == Event::Git),
            "{events:?}"
        );
    }
}

#[test]
fn polling_tells_the_same() {
    let world = World::new(true, Mode::Polling(Duration::from_millis(20)));
    world.write("src/a.py", "changed, and longer\n");
    world.told("src/a.py");
    world.write("src/new/deep/b.py", "b\n");
    world.told("src/new/deep/b.py");
    world.write("src/new/deep/b.py", "changed, and longer\n");
    world.told("src/new/deep/b.py");
    fs::remove_file(world.root.join("src/a.py")).unwrap();
    world.told("src/a.py");
}

#[test]
fn a_full_system_is_polled_with_a_word() {
    let world = World::new(true, Mode::Native);
    let (sink, events) = unbounded();
    let (raw, receiver) = bounded(super::WAITING);
    let (_stop, stopped) = bounded::<()>(0);
    let mut watching = super::Watching {
        place: world.place.clone(),
        wanted: wanted(true),
        backend: None,
        git: BTreeSet::new(),
        tree: BTreeSet::new(),
        far: BTreeSet::new(),
        raw,
        events: receiver,
        lost: std::sync::Arc::default(),
        sink,
        stopped,
        count: std::sync::Arc::default(),
        looked_ms: 0,
    };
    watching.degrade("fs.inotify.max_user_watches").unwrap();
    let Ok(Event::Degraded(words)) = events.try_recv() else {
        panic!("nothing was said");
    };
    assert!(
        words.contains("raise fs.inotify.max_user_watches"),
        "{words}"
    );
    assert!(watching.tree.contains(&world.root.join("src")));
    world.write("src/a.py", "changed, and longer\n");
    let path = world.root.join("src/a.py");
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        assert!(Instant::now() < deadline, "the change is never told");
        assert!(watching.turn().is_ok());
        match events.try_recv() {
            Ok(Event::Files(files)) if files.contains(&path) => break,
            Ok(Event::Files(_) | Event::Git) | Err(_) => {}
            Ok(other) => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_flood_that_nobody_reads_is_one_rescan() {
    flood(3 * super::WAITING / 2);
}

#[test]
#[ignore = "slow: makes 20,000 files"]
fn a_flood_of_twenty_thousand_files_is_one_rescan() {
    flood(20_000);
}

fn flood(count: usize) {
    let (sink, events) = bounded(0);
    let world = World::with(true, Mode::Native, sink, events);
    // The reader stalls: the first event waits to be taken, the rest is lost.
    world.write("src/a.py", "first\n");
    for number in 0..count {
        fs::write(world.root.join(format!("src/flood{number}.py")), "x\n").unwrap();
    }
    // New directories are watched although nobody was told of them.
    world.write("src/late/b.py", "x\n");
    let events = world.wait("a rescan", |_, event| *event == Event::Rescan);
    assert!(events.len() <= 3, "{} events", events.len());
    world.write("src/late/b.py", "changed\n");
    let events = world.told("src/late/b.py");
    assert!(!events.contains(&Event::Rescan), "one is enough");
}

#[test]
fn a_watch_ends_though_nobody_listens() {
    let (sink, events) = bounded(0);
    let mut world = World::with(true, Mode::Native, sink, events);
    world.write("src/a.py", "changed\n");
    drop(world.watcher.take());
    let (sink, events) = bounded(1);
    let place = world.place.clone();
    let watcher = Watcher::start(&place, wanted(true), sink).unwrap();
    drop(events);
    world.write("src/a.py", "changed again\n");
    drop(watcher);
}

/// Settings elsewhere whose directories are made in the moment in which they are written.
#[test]
fn a_file_elsewhere_is_told_when_its_directories_are_new() {
    let (sink, events) = unbounded();
    let world = World::new(false, Mode::Native);
    let above = world.root.parent().unwrap().join("config");
    let file = above.join("hive/config.toml");
    let also = vec![file.clone()];
    let wanted = Wanted {
        also,
        ..wanted(false)
    };
    let _watcher = Watcher::start_in(&world.place, wanted, Mode::Native, sink).unwrap();
    let (read, texts) = unbounded();
    let watched = file.clone();
    std::thread::spawn(move || {
        for event in events {
            if matches!(event, Event::Files(files) if files.contains(&watched)) {
                let _ = read.send(fs::read_to_string(&watched).unwrap_or_default());
            }
        }
    });
    for round in 0..200 {
        let text = format!("# {round}\n");
        write(&above.join("hive/new"), &text);
        fs::rename(above.join("hive/new"), &file).unwrap();
        let deadline = Instant::now() + Duration::from_secs(30);
        while texts.recv_deadline(deadline).expect("the file is told") != text {}
        fs::remove_dir_all(&above).unwrap();
    }
}
