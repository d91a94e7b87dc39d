//! The memo over real databases.

use std::fs;
use std::path::Path;
use std::thread;

use super::*;
use crate::clock;
use crate::fixers::Scope;
use crate::process::Program;
use crate::store::StoreError;

fn key(n: u32) -> Key {
    let content = blake3::hash(&n.to_le_bytes());
    Key::new(content, Path::new("a.py"), &Scope::File, b"test")
}

fn known(text: &str, verified: bool) -> Known {
    Known {
        bytes: (!text.is_empty()).then(|| text.as_bytes().to_vec()),
        ..entry::clean(verified)
    }
}

fn memo(path: &Path) -> Memo {
    Memo::from_store(
        Store::open_file(path).map_err(|error| causes::told(&error)),
        256 << 20,
    )
}

fn at(path: &Path, today: i64, capacity: i64) -> Memo {
    Memo {
        table: Some(Table::for_tests(
            Store::open_file(path).unwrap(),
            today,
            capacity,
        )),
        warning: None,
    }
}

#[test]
fn results_come_back_in_order_and_to_everybody() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    let mut writer = memo(&path);
    let (clean, changed) = (known("", true), known("x = 1\n", true));
    writer.put_many(&[(key(1), clean.clone()), (key(2), changed.clone())]);
    let expected = vec![Some(changed), None, Some(clean)];
    let keys = [key(2), key(3), key(1)];
    assert_eq!(writer.get_many(&keys, Want::Verified), expected);
    let mut reader = memo(&path);
    assert_eq!(reader.get_many(&keys, Want::Any), expected);
    assert_eq!(writer.close(), None);
    assert_eq!(reader.close(), None);
}

#[test]
fn what_was_not_verified_never_serves_a_write() {
    let dir = tempfile::tempdir().unwrap();
    let mut memo = memo(&dir.path().join("hive.db"));
    for (n, text) in [(1, ""), (2, "changed")] {
        let (weak, strong) = (known(text, false), known(text, true));
        let get = |memo: &mut Memo, want| memo.get_many(&[key(n)], want).remove(0);
        memo.put_many(&[(key(n), weak.clone())]);
        assert_eq!(get(&mut memo, Want::Verified), None);
        assert_eq!(get(&mut memo, Want::Any), Some(weak.clone()));
        memo.put_many(&[(key(n), strong.clone())]);
        memo.put_many(&[(key(n), weak)]);
        assert_eq!(get(&mut memo, Want::Verified), Some(strong), "kept");
    }
    let values: i64 = memo
        .table
        .as_ref()
        .unwrap()
        .store()
        .reader()
        .query_row("SELECT count(*) FROM memo_value", [], |row| row.get(0))
        .unwrap();
    assert_eq!(values, 1, "replaced values are removed");
}

#[test]
fn the_least_recently_used_goes_first() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    // Bytes that do not compress: about 1,100 for each entry.
    let noise = |n: u32| {
        let mut bytes = vec![0; 1024];
        blake3::Hasher::new_keyed(blake3::hash(&n.to_le_bytes()).as_bytes())
            .finalize_xof()
            .fill(&mut bytes);
        Known {
            bytes: Some(bytes),
            ..entry::clean(true)
        }
    };
    let capacity = 2_000 * 1_100;
    let entries =
        |range: std::ops::Range<u32>| -> Vec<_> { range.map(|n| (key(n), noise(n))).collect() };
    let mut first = at(&path, 100, capacity);
    first.put_many(&entries(0..1_900));
    assert_eq!(first.close(), None);
    // Used on another day, the first hundred outlive the rest of their time.
    let mut second = at(&path, 101, capacity);
    let keys: Vec<_> = (0..100).map(key).collect();
    assert!(
        second
            .get_many(&keys, Want::Any)
            .iter()
            .all(Option::is_some)
    );
    assert_eq!(second.close(), None);
    let mut third = at(&path, 102, capacity);
    third.put_many(&entries(10_000..10_300));
    assert_eq!(third.close(), None);

    let mut last = at(&path, 102, capacity);
    let mut left = |range: std::ops::Range<u32>| {
        let keys: Vec<_> = range.map(key).collect();
        last.get_many(&keys, Want::Any).iter().flatten().count()
    };
    assert_eq!(left(0..100), 100, "used lately");
    assert_eq!(left(10_000..10_300), 300, "new");
    let old = left(100..1_900);
    assert!((1_000..1_500).contains(&old), "one batch is gone: {old}");
}

#[test]
fn a_full_disk_ends_remembering_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let mut memo = memo(&dir.path().join("hive.db"));
    memo.put_many(&[(key(1), known("kept", true))]);
    let reader = memo.table.as_ref().unwrap().store().reader();
    let pages: i64 = reader
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    reader
        .query_row(
            &format!("PRAGMA max_page_count = {}", pages + 2),
            [],
            |_| Ok(()),
        )
        .unwrap();
    let large: String = (0..200_000).map(|n| n.to_string()).collect();
    memo.put_many(&[(key(2), known(&large, true))]);
    let warning = memo.warning().unwrap();
    assert!(warning.contains("full"), "{warning}");
    assert_eq!(memo.get_many(&[key(1)], Want::Any), [None]);
    memo.put_many(&[(key(3), known("", true))]);
    assert_eq!(memo.warning(), None, "said once");
}

#[test]
fn without_a_database_nothing_is_known_and_nothing_fails() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let mut off = memo(&file.join("hive.db"));
    assert!(off.warning().unwrap().contains("not remembered"));
    off.put_many(&[(key(1), known("", true))]);
    assert_eq!(off.get_many(&[key(1)], Want::Any), [None]);
    assert_eq!(off.close(), None);
    assert_eq!(Memo::none().get_many(&[key(1)], Want::Any), [None]);
}

#[test]
fn a_newer_database_is_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    let store = Store::open_file(&path).unwrap();
    store
        .reader()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    drop(store);
    let mut memo = memo(&path);
    assert!(memo.warning().unwrap().contains("newer hive"));
    assert!(matches!(
        Store::open_file(&path),
        Err(StoreError::Newer { found: 99, .. })
    ));
}

#[test]
fn damage_is_moved_aside_at_once_or_when_it_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    fs::write(&path, "garbage, and enough of it".repeat(100)).unwrap();
    let mut fresh = memo(&path);
    assert!(fresh.warning().unwrap().contains("damaged"));
    let entries: Vec<_> = (0..8_000).map(|n| (key(n), known("text", true))).collect();
    fresh.put_many(&entries);
    fresh.attempt(|table| {
        table
            .store()
            .reader()
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
    });
    drop(fresh);

    // Sound first pages, garbage behind them.
    let mut bytes = fs::read(&path).unwrap();
    let length = bytes.len();
    let sound = 128 * 4096;
    assert!(length > 2 * sound, "{length}");
    bytes[sound..length].fill(0xee);
    fs::write(&path, bytes).unwrap();
    let mut hurt = memo(&path);
    let keys: Vec<_> = (0..2_000).map(key).collect();
    assert_eq!(hurt.get_many(&keys, Want::Any), vec![None; 2_000]);
    assert!(hurt.warning().unwrap().contains("the database is now"));
    drop(hurt);

    let mut healed = memo(&path);
    assert_eq!(healed.warning(), None);
    healed.put_many(&entries[..1]);
    assert_eq!(
        healed.get_many(&keys[..1], Want::Any)[0],
        Some(entries[0].1.clone())
    );
}

#[test]
fn threads_with_their_own_connections_share_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    thread::scope(|scope| {
        for thread in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let mut memo = memo(path);
                for batch in 0..20 {
                    let first = thread * 1_000 + batch * 10;
                    let entries: Vec<_> = (first..first + 10)
                        .map(|n| (key(n), known("text", true)))
                        .collect();
                    memo.put_many(&entries);
                }
                assert_eq!(memo.close(), None);
            });
        }
    });
    let keys: Vec<_> = (0..4)
        .flat_map(|t| t * 1_000..t * 1_000 + 200)
        .map(key)
        .collect();
    let found = memo(&path).get_many(&keys, Want::Verified);
    assert_eq!(found.iter().flatten().count(), 800);
}

#[test]
fn processes_share_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let finished = Program::new(std::env::current_exe().unwrap())
                    .args(["--exact", "memo::tests::a_process_that_writes", "--ignored"])
                    .env("TMPDIR", &path)
                    .run()
                    .unwrap();
                assert!(finished.status.success(), "{finished:?}");
            });
        }
    });
    let keys: Vec<_> = (0..500).map(key).collect();
    let found = memo(&path).get_many(&keys, Want::Verified);
    assert_eq!(found.iter().flatten().count(), 500);
}

#[test]
#[ignore = "a helper; the test above runs it with a path"]
fn a_process_that_writes() {
    if !std::env::args().any(|arg| arg == "--exact") {
        return; // somebody runs all ignored tests
    }
    let mut memo = memo(&std::env::temp_dir());
    for n in 0..500 {
        memo.put_many(&[(key(n), known("text", true))]);
    }
    assert_eq!(memo.close(), None);
}

#[test]
#[ignore = "prints how long things take; run with --nocapture"]
fn how_long_it_takes() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("hive.db");
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let text = source.repeat(6_000 / source.len() + 1);
    let time = |what: &str, work: &mut dyn FnMut()| {
        let begin = clock::now();
        work();
        println!("{what}: {:?}", clock::now() - begin);
    };
    time("create", &mut || drop(Store::open_file(&path).unwrap()));
    time("open", &mut || drop(Store::open_file(&path).unwrap()));
    let keys: Vec<_> = (0..3_000).map(key).collect();
    for (name, text) in [("clean", ""), ("changed, 6 kB", text.as_str())] {
        let entries: Vec<_> = keys.iter().map(|key| (*key, known(text, true))).collect();
        let mut memo = memo(&path);
        time(&format!("put 3,000 {name}"), &mut || {
            memo.put_many(&entries);
        });
        time(&format!("get 3,000 {name}"), &mut || {
            let found = memo.get_many(&keys, Want::Verified);
            assert!(found.iter().all(Option::is_some));
        });
        time("close", &mut || {
            assert_eq!(memo.table.as_mut().unwrap().finish().ok(), Some(()));
        });
    }
}

/// Writes the database that `store` opens for ever; run once per schema.
#[test]
#[ignore = "writes a fixture"]
fn save_a_database() {
    if !std::env::args().any(|arg| arg == "--exact") {
        return; // somebody runs all ignored tests
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/store/new.db");
    let mut memo = at(&path, 20_000, i64::MAX);
    memo.put_many(&[(key(1), known("", true)), (key(2), known("x = 1\n", false))]);
    memo.attempt(|table| {
        table
            .store()
            .reader()
            .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")
    });
}
