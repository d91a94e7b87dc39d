//! What is kept, and for how long.

use super::*;

/// A state directory with both shelves.
fn shelves() -> (tempfile::TempDir, Shelf, Shelf) {
    let dir = tempfile::tempdir().unwrap();
    let state = dir.path().canonicalize().unwrap();
    let previous = Shelf::open(state.join("previous")).unwrap();
    let rescue = Shelf::open(state.join("rescue")).unwrap();
    (dir, previous, rescue)
}

/// Puts a file of some age where `put` would have put it.
fn keep(shelf: &Shelf, days: i64, number: u32, content: &[u8]) -> String {
    let hash = blake3::hash(content);
    let at = clock::wall_ms() - days * DAY_MS - 1000;
    let name = format!("{at}-{}-s-1-0.{number}", short(hash));
    let path = Path::new("/src/a.py");
    let index = shelf.directory.join("s-1-0.index");
    let mut index = OpenOptions::new()
        .append(true)
        .create(true)
        .open(index)
        .unwrap();
    index
        .write_all(line(&name, hash, hash, path).as_bytes())
        .unwrap();
    fs::write(shelf.directory.join(&name), content).unwrap();
    name
}

fn names(state: &Path) -> Vec<String> {
    let kept = list(state).unwrap();
    kept.iter()
        .map(|kept| kept.file.file_name().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn a_week_is_kept() {
    let (dir, previous, rescue) = shelves();
    keep(&previous, 8, 1, b"old");
    let young = keep(&previous, 6, 2, b"young");
    assert_eq!(names(dir.path()).len(), 2);
    assert_eq!(previous.prune(&rescue, KEPT_BYTES).unwrap(), []);
    assert_eq!(names(dir.path()), [young]);
}

#[test]
fn the_oldest_goes_when_there_is_too_much() {
    let (dir, previous, rescue) = shelves();
    keep(&previous, 3, 1, &[1; 400]);
    let second = keep(&previous, 2, 2, &[2; 400]);
    let third = keep(&previous, 1, 3, &[3; 400]);
    previous.prune(&rescue, 1_000).unwrap();
    assert_eq!(names(dir.path()), [third, second]);
}

#[test]
fn it_is_done_once_a_day_unless_much_was_added() {
    let (dir, previous, rescue) = shelves();
    previous.prune(&rescue, 1_000).unwrap();
    keep(&previous, 8, 1, b"old");
    previous.prune(&rescue, 1_000).unwrap();
    assert_eq!(names(dir.path()).len(), 1, "not yet");
    previous.added.store(126, Ordering::Relaxed);
    previous.prune(&rescue, 1_000).unwrap();
    assert_eq!(names(dir.path()).len(), 0);
}

#[test]
fn what_was_written_to_after_all_is_rescued() {
    let (dir, previous, rescue) = shelves();
    let name = keep(&previous, 8, 1, b"as read");
    fs::write(previous.directory.join(&name), "written late").unwrap();
    let late = previous.prune(&rescue, KEPT_BYTES).unwrap();
    assert_eq!(late.len(), 1);
    assert_eq!(late[0].path, Path::new("/src/a.py"));
    assert_eq!(fs::read(&late[0].file).unwrap(), b"written late");
    assert_eq!(rescued(dir.path()).unwrap(), late);
    assert_eq!(names(dir.path()).len(), 0);
}

#[test]
fn nothing_kept_is_an_empty_list() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(list(dir.path()).unwrap(), []);
    assert_eq!(find(dir.path(), Path::new("/a")).unwrap(), []);
}
