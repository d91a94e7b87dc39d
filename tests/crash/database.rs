//! Databases that are made, brought up to date or moved away, and what is remembered in
//! them, by a process that dies or fails.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use hive::fixers::Scope;
use hive::memo::{Key, Known, Memo, Want};
use hive::repo::Place;
use hive::store::Store;
use rusqlite::{Connection, OpenFlags};

use crate::case::Case;
use crate::table::Scene;
use crate::victim;

/// A database that an older hive has saved.
const OLD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/store/v1.db");
const RESULTS: u32 = 200;
/// How many bytes of results are kept.
const CAPACITY: u64 = 64 << 10;

/// A directory that looks like a repository.
pub(crate) struct Bare {
    _directory: tempfile::TempDir,
    pub(crate) root: PathBuf,
}

pub(crate) fn bare() -> Bare {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let root = directory.path().canonicalize().unwrap().join("work");
    fs::create_dir_all(root.join(".git/hive")).unwrap();
    fs::write(root.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    Bare {
        _directory: directory,
        root,
    }
}

pub(crate) fn run(case: &Case) -> bool {
    let bare = bare();
    let file = bare.root.join(".git/hive/hive.db");
    let mut kept = BTreeSet::new();
    match case.scene {
        Scene::Migrate => {
            fs::copy(OLD, &file).unwrap();
            kept = memo_keys(&file);
            assert!(!kept.is_empty(), "there is something to lose");
        }
        Scene::Aside => {
            drop(Store::open_file(&file).unwrap());
            let mut bytes = fs::read(&file).unwrap();
            bytes[..100].fill(b'x');
            fs::write(&file, bytes).unwrap();
        }
        Scene::Memo => used_yesterday(&bare.root, &file),
        _ => {}
    }
    let does = if case.scene == Scene::Memo {
        "memo"
    } else {
        "store"
    };
    let ran = victim::run(does, &bare.root, case, "", &mut || {});
    let name = format!("{case}\n{}", ran.said());
    if ran.reached && case.kills() {
        assert!(ran.killed, "{name}");
    }
    if ran.reached && !case.kills() && case.scene != Scene::Memo {
        assert!(ran.said().contains("refused: "), "{name}");
    }
    let store = Store::open_file(&file).unwrap_or_else(|error| panic!("{name}: {error:?}"));
    is_sound(&file, &name);
    drop(store);
    for key in &kept {
        assert!(memo_keys(&file).contains(key), "{name}: a result is lost");
    }
    if case.scene == Scene::Aside {
        let aside = crate::ground::files(&bare.root.join(".git/hive"));
        let moved = |path: &&PathBuf| path.to_string_lossy().contains("corrupt-");
        let moved = aside.iter().filter(moved).count();
        assert!(moved >= 1, "{name}: what was damaged is kept: {aside:?}");
    }
    if case.scene == Scene::Memo {
        // Only whole results, and the true ones.
        let mut memo = Memo::open(Some(&Place::at(&bare.root).unwrap()), CAPACITY);
        for (number, found) in (0..RESULTS).zip(memo.get_many(&keys(), Want::Any)) {
            if let Some(found) = found {
                assert_eq!(found.bytes, Some(result(number)), "{name}: {number}");
            }
        }
        assert_eq!(memo.warning(), None, "{name}");
        let orphans = count(
            &file,
            "SELECT count(*) FROM memo_value WHERE id NOT IN (SELECT value FROM memo)",
        );
        assert_eq!(orphans, 0, "{name}: values that nobody finds");
        remembers(&bare.root);
    }
    ran.reached
}

/// A memo in which something was used before today.
fn used_yesterday(root: &Path, file: &Path) {
    let mut memo = Memo::open(Some(&Place::at(root).unwrap()), CAPACITY);
    let entries: Vec<_> = keys().into_iter().zip((0..20).map(known)).collect();
    memo.put_many(&entries);
    assert_eq!(memo.close(), None);
    let database = Connection::open(file).unwrap();
    database
        .execute("UPDATE memo SET used = used - 1", [])
        .unwrap();
}

fn memo_keys(file: &Path) -> BTreeSet<Vec<u8>> {
    let database = read_only(file);
    let mut keys = database.prepare("SELECT key FROM memo").unwrap();
    let keys = keys.query_map([], |row| row.get(0)).unwrap();
    keys.map(Result::unwrap).collect()
}

fn read_only(file: &Path) -> Connection {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap()
}

fn count(file: &Path, sql: &str) -> i64 {
    read_only(file)
        .query_row(sql, [], |row| row.get(0))
        .unwrap()
}

/// Demands a sound database of the newest schema.
#[track_caller]
pub(crate) fn is_sound(file: &Path, name: &str) {
    let database = read_only(file);
    let check: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(check, "ok", "{name}");
    let version: i64 = database
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .unwrap();
    assert!(version >= 2, "{name}: schema {version}");
}

/// What the process does that opens the database.
pub(crate) fn opens(root: &Path) -> String {
    match Store::open(Some(&Place::at(root).unwrap())) {
        Ok(_) => "opened".to_owned(),
        Err(error) => format!("refused: {error:?}"),
    }
}

fn keys() -> Vec<Key> {
    let key = |number: u32| {
        let content = blake3::hash(&number.to_le_bytes());
        Key::new(content, Path::new("a.py"), &Scope::File, b"test")
    };
    (0..RESULTS).map(key).collect()
}

/// Bytes that do not compress.
fn result(number: u32) -> Vec<u8> {
    let mut bytes = vec![0; 1024];
    blake3::Hasher::new()
        .update(&number.to_le_bytes())
        .finalize_xof()
        .fill(&mut bytes);
    bytes
}

fn known(number: u32) -> Known {
    Known {
        bytes: Some(result(number)),
        findings: Vec::new(),
        fixes: Vec::new(),
        verified: true,
        notes: Vec::new(),
    }
}

/// What the process does that remembers results: more than there is room for.
pub(crate) fn remembers(root: &Path) -> String {
    let mut memo = Memo::open(Some(&Place::at(root).unwrap()), CAPACITY);
    let entries: Vec<_> = keys().into_iter().zip((0..RESULTS).map(known)).collect();
    // What was used yesterday is used today: written down at the end.
    memo.get_many(&keys()[..20], Want::Any);
    for some in entries.chunks(40) {
        memo.put_many(some);
    }
    format!("{:?}", memo.close())
}
