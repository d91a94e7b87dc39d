//! Databases in every state.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::thread;

use super::*;
use crate::failure::Failure;

fn scratch() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive/hive.db");
    (dir, path)
}

#[test]
fn a_new_database_is_private_and_set_up() {
    let (_dir, path) = scratch();
    let store = Store::open_file(&path).unwrap();
    assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
    let parent = path.parent().unwrap();
    assert_eq!(fs::metadata(parent).unwrap().mode() & 0o777, 0o700);
    let text = |name: &str| {
        store
            .reader()
            .query_row(&format!("PRAGMA {name}"), [], |row| {
                row.get::<_, rusqlite::types::Value>(0)
            })
            .map(|value| format!("{value:?}"))
            .unwrap()
    };
    assert_eq!(text("journal_mode"), "Text(\"wal\")");
    assert_eq!(text("synchronous"), "Integer(1)");
    assert_eq!(text("auto_vacuum"), "Integer(2)");
    assert_eq!(text("user_version"), format!("Integer({NEWEST})"));
    assert_eq!(text("busy_timeout"), "Integer(5000)");
    assert_eq!(text("foreign_keys"), "Integer(1)");
    assert!(store.moved_aside().is_none());
}

#[test]
fn a_newer_database_is_refused_and_left_alone() {
    let (_dir, path) = scratch();
    let store = Store::open_file(&path).unwrap();
    store
        .reader()
        .pragma_update(None, "user_version", NEWEST + 1)
        .unwrap();
    drop(store);
    let error = Store::open_file(&path).unwrap_err();
    assert!(matches!(error, StoreError::Newer { found, .. } if found == NEWEST + 1));
    let failure = Failure::from(error);
    assert!(failure.hints()[0].contains("update hive"));
    assert!(path.exists());
}

#[test]
fn a_database_of_somebody_else_is_refused() {
    let (_dir, path) = scratch();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("CREATE TABLE x (y)").unwrap();
    drop(other);
    let error = Store::open_file(&path).unwrap_err();
    assert!(matches!(error, StoreError::Foreign { .. }));
}

#[test]
fn a_damaged_database_is_moved_aside_by_one_of_many() {
    let (_dir, path) = scratch();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, vec![b'#'; 10_000]).unwrap();
    let aside: Vec<PathBuf> = thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let store = Store::open_file(&path).unwrap();
                    store.moved_aside().map(Path::to_owned)
                })
            })
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().unwrap())
            .collect()
    });
    assert_eq!(aside.len(), 1, "moved aside once: {aside:?}");
    assert_eq!(fs::read(&aside[0]).unwrap(), vec![b'#'; 10_000]);
}

#[test]
fn many_that_open_a_new_database_at_once_all_succeed() {
    let (_dir, path) = scratch();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                let mut store = Store::open_file(&path).unwrap();
                for _ in 0..20 {
                    store
                        .write(|t| t.execute("INSERT INTO memo_value (bytes) VALUES (x'00')", []))
                        .unwrap();
                }
            });
        }
    });
    let store = Store::open_file(&path).unwrap();
    let count: i64 = store
        .reader()
        .query_row("SELECT count(*) FROM memo_value", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 320);
}

#[test]
fn a_failed_transaction_leaves_nothing() {
    let (_dir, path) = scratch();
    let mut store = Store::open_file(&path).unwrap();
    let failed = store.write(|t| {
        t.execute("INSERT INTO memo_value (bytes) VALUES (x'00')", [])?;
        t.execute("INSERT INTO no_such_table VALUES (1)", [])
    });
    assert!(failed.is_err());
    let count: i64 = store
        .reader()
        .query_row("SELECT count(*) FROM memo_value", [], |row| row.get(0))
        .unwrap();
    assert_eq!(count, 0);
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let error = Store::open_file(&file.join("hive.db")).unwrap_err();
    assert!(matches!(&error, StoreError::Io { path, .. } if *path == file));
    // Permission bits do not stop root, so a file stands in the way above.
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Databases saved by earlier versions open for ever.
#[test]
fn saved_databases_open() {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/store/v1.db");
    let (_dir, path) = scratch();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::copy(fixture, &path).unwrap();
    let store = Store::open_file(&path).unwrap();
    assert!(store.moved_aside().is_none());
    let kept: (i64, i64) = store
        .reader()
        .query_row(
            "SELECT verified, used FROM memo WHERE value IS NULL",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(kept.0, 1);
    // It has the tables of later versions, too.
    let version: i32 = store
        .reader()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, NEWEST);
    let tasks: i64 = store
        .reader()
        .query_row("SELECT count(*) FROM tasks", [], |row| row.get(0))
        .unwrap();
    assert_eq!(tasks, 0);
}
