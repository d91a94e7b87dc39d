//! Programs that have a file open while it is replaced.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;

use hive::writing::{Word, Written, previous, read};

use crate::ground::Ground;

#[test]
fn a_program_that_has_the_file_open_does_not_lose_its_writing() {
    let ground = Ground::new();
    let path = ground.file("a.py", "old\n");
    let writer = ground.writer();
    let mut held = OpenOptions::new().append(true).open(&path).unwrap();
    let snapshot = read(&path).unwrap();
    assert_eq!(
        writer.replace(&snapshot, b"new\n").unwrap(),
        Written::Replaced
    );
    held.write_all(b"late\n").unwrap();
    drop(held);
    let settled = writer.settle();
    assert_eq!(settled[0].word, Word::Overtaken);
    assert_eq!(
        fs::read(&path).unwrap(),
        b"old\nlate\n",
        "the save is put back"
    );
}

#[test]
fn late_writing_is_rescued_when_the_file_was_saved_again() {
    let ground = Ground::new();
    let path = ground.file("a.py", "old\n");
    let writer = ground.writer();
    let mut held = OpenOptions::new().append(true).open(&path).unwrap();
    writer.replace(&read(&path).unwrap(), b"new\n").unwrap();
    fs::write(&path, "newest\n").unwrap();
    held.write_all(b"late\n").unwrap();
    drop(held);
    let settled = writer.settle();
    assert_eq!(settled[0].word, Word::Overtaken);
    assert_eq!(fs::read(&path).unwrap(), b"newest\n");
    let rescued = settled[0].rescued.as_ref().unwrap();
    assert_eq!(fs::read(rescued).unwrap(), b"old\nlate\n");
}

#[test]
fn a_program_that_never_closes_is_reported_and_its_writing_survives() {
    let ground = Ground::new();
    let path = ground.file("a.py", "old\n");
    let writer = ground.writer();
    let held = OpenOptions::new().write(true).open(&path).unwrap();
    writer.replace(&read(&path).unwrap(), b"new\n").unwrap();
    let settled = writer.settle();
    assert_eq!(settled[0].word, Word::Replaced);
    if cfg!(target_os = "linux") {
        assert!(settled[0].still_open);
    }
    held.write_at(b"HELD", 0).unwrap();
    let kept = previous::find(writer.state_dir(), &path).unwrap();
    assert_eq!(fs::read(&kept[0].file).unwrap(), b"HELD");
}
