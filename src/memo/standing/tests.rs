use std::collections::HashMap;
use std::fs::{self, FileTimes};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::{Standing, TICK};
use crate::graph::{Shelf, ShelfKey};
use crate::repo::RepoPath;

#[derive(Default)]
struct Board(HashMap<ShelfKey, Vec<u8>>);

impl Shelf for Board {
    fn get_many(&mut self, keys: &[ShelfKey]) -> Vec<Option<Vec<u8>>> {
        keys.iter().map(|key| self.0.get(key).cloned()).collect()
    }

    fn put_many(&mut self, entries: &[(ShelfKey, Vec<u8>)]) {
        self.0.extend(entries.iter().cloned());
    }
}

/// What was there a moment ago counts as old.
const ANYTHING: i64 = -3_600_000;

/// Waits until the clock that stamps files shows another time.
fn tick() {
    let probe = tempfile::NamedTempFile::new().unwrap();
    let stamp = || {
        fs::write(probe.path(), "x").unwrap();
        let about = probe.path().metadata().unwrap();
        (about.ctime(), about.ctime_nsec())
    };
    let before = stamp();
    while stamp() == before {}
}

fn look(root: &Path, board: &mut Board) {
    let mut standing = Standing::load(Some(board), root, ANYTHING);
    let names = ["a.py", "pkg/b.py"].map(str::to_owned);
    let entered = ["", "pkg", "empty"].map(str::to_owned);
    standing.list(root, &[root.join(".git/excludes")], &names, &entered);
    for name in &names {
        standing.note(
            root,
            &RepoPath::new(name.as_str()).unwrap(),
            [1; 32],
            [2; 32],
        );
    }
    standing.keep(Some(board), root);
}

/// Whether the files, and the content of `a.py`, are still known.
fn known(root: &Path, board: &mut Board) -> (bool, bool) {
    let standing = Standing::load(Some(board), root, TICK);
    let a = RepoPath::new("a.py").unwrap();
    let files = standing.files(root, &[root.join(".git/excludes")]);
    (files.is_some(), standing.seen(root, &a).is_some())
}

fn ground() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for below in ["pkg", "empty", ".git/info"] {
        fs::create_dir_all(root.join(below)).unwrap();
    }
    for (name, text) in [("a.py", "x = 1\n"), ("pkg/b.py", ""), (".gitignore", "a\n")] {
        fs::write(root.join(name), text).unwrap();
    }
    directory
}

#[test]
fn every_change_is_seen() {
    type Change = fn(&Path);
    let changes: [(&str, Change, (bool, bool)); 12] = [
        ("nothing", |_| {}, (true, true)),
        (
            "the same length in place, the old time put back",
            |root| {
                let path = root.join("a.py");
                let old = path.metadata().unwrap().modified().unwrap();
                fs::write(&path, "x = 2\n").unwrap();
                let file = fs::File::options().append(true).open(&path).unwrap();
                file.set_times(FileTimes::new().set_modified(old)).unwrap();
            },
            (true, false),
        ),
        (
            "another file in its place",
            |root| {
                fs::write(root.join(".new"), "x = 2\n").unwrap();
                fs::rename(root.join(".new"), root.join("a.py")).unwrap();
            },
            (false, false),
        ),
        (
            "it is gone",
            |root| fs::remove_file(root.join("a.py")).unwrap(),
            (false, false),
        ),
        (
            "a link in its place",
            |root| {
                fs::remove_file(root.join("a.py")).unwrap();
                std::os::unix::fs::symlink("pkg/b.py", root.join("a.py")).unwrap();
            },
            (false, false),
        ),
        (
            "a new file in an empty directory",
            |root| fs::write(root.join("empty/c.py"), "").unwrap(),
            (false, true),
        ),
        (
            "a directory is another repository now",
            |root| fs::create_dir(root.join("pkg/.git")).unwrap(),
            (false, true),
        ),
        (
            "a rule, in place",
            |root| fs::write(root.join(".gitignore"), "b\n").unwrap(),
            (false, true),
        ),
        (
            "a first rule of git's own",
            |root| fs::write(root.join(".git/info/exclude"), "a.py\n").unwrap(),
            (false, true),
        ),
        (
            "a first rule of the user's",
            |root| fs::write(root.join(".git/excludes"), "a.py\n").unwrap(),
            (false, true),
        ),
        (
            "another directory under the name",
            |root| {
                fs::rename(root.join("pkg"), root.join("empty/old")).unwrap();
                fs::create_dir(root.join("pkg")).unwrap();
            },
            (false, true),
        ),
        (
            "a directory is gone",
            |root| fs::remove_dir(root.join("empty")).unwrap(),
            (false, true),
        ),
    ];
    for (name, change, expected) in changes {
        let directory = ground();
        let mut board = Board::default();
        look(directory.path(), &mut board);
        assert_eq!(known(directory.path(), &mut board), (true, true), "{name}");
        tick();
        change(directory.path());
        assert_eq!(known(directory.path(), &mut board), expected, "{name}");
    }
}

#[test]
fn what_was_written_in_the_moment_of_the_look_is_looked_at_again() {
    let directory = ground();
    let root = directory.path();
    let mut board = Board::default();
    let mut standing = Standing::load(Some(&mut board), root, TICK);
    let a = RepoPath::new("a.py").unwrap();
    standing.note(root, &a, [1; 32], [2; 32]);
    standing.list(root, &[], &["a.py".to_owned()], &[String::new()]);
    standing.keep(Some(&mut board), root);
    assert!(board.0.is_empty(), "there was nothing to note");
    assert_eq!(known(root, &mut board), (false, false));
}

#[test]
fn rules_at_another_place_are_asked_for() {
    let directory = ground();
    let root = directory.path();
    let mut board = Board::default();
    look(root, &mut board);
    let standing = Standing::load(Some(&mut board), root, TICK);
    // git's settings name another file than they did.
    assert!(standing.files(root, &[root.join("others")]).is_none());
    assert!(standing.files(&root.join("pkg"), &[]).is_none());
}

#[test]
fn what_is_gone_is_forgotten() {
    let directory = ground();
    let root = directory.path();
    let mut board = Board::default();
    look(root, &mut board);
    let mut standing = Standing::load(Some(&mut board), root, TICK);
    standing.only(|path| path != "a.py");
    standing.keep(Some(&mut board), root);
    assert!(!known(root, &mut board).1);
}
